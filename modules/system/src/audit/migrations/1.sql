-- One row for each event of every log, in the order in which they came in. `hash` is SHA-256 over `prev_hash` and every
-- other column; `source_hash` is the entry's hash in its own log. What happened stays there: here are only references.
CREATE TABLE audit_log (
  seq {int} NOT NULL PRIMARY KEY,
  source {text} NOT NULL,
  position {int} NOT NULL,
  event_id {id} NOT NULL,
  type {text} NOT NULL,
  stream {text} NOT NULL,
  actor {text} NOT NULL,
  at {instant} NOT NULL,
  correlation_id {id} NOT NULL,
  tags {text} NOT NULL,
  source_hash {bytes} NOT NULL,
  prev_hash {bytes} NOT NULL,
  hash {bytes} NOT NULL,
  UNIQUE (source, position)
){strict};
CREATE INDEX audit_log_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_correlation ON audit_log (correlation_id, seq);
CREATE INDEX audit_log_type ON audit_log (type, seq);
-- The hash that a log had at a position, noted when it was read that far.
CREATE TABLE audit_anchor (
  source {text} NOT NULL,
  position {int} NOT NULL,
  hash {bytes} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (source, position)
){strict};
