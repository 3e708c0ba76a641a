-- What somebody must look at: one row for each event that a rule calls critical, with who has seen to it.
CREATE TABLE audit_alert (
  id {id} NOT NULL PRIMARY KEY,
  rule {text} NOT NULL,
  source {text} NOT NULL,
  position {int} NOT NULL,
  event_id {id} NOT NULL,
  type {text} NOT NULL,
  stream {text} NOT NULL,
  actor {text} NOT NULL,
  at {instant} NOT NULL,
  correlation_id {id} NOT NULL,
  raised_at {instant} NOT NULL,
  acknowledged_at {instant},
  acknowledged_by {text},
  UNIQUE (rule, source, position)
){strict};
CREATE INDEX audit_alert_open ON audit_alert (acknowledged_at, raised_at);
CREATE INDEX audit_log_at ON audit_log (at);
