-- One row for each event of every log, in the order in which they came in, with the very text that its log has:
-- personal members are sealed under keys that stay in the source. `partition` is the month that it is kept under.
CREATE TABLE event_store (
  seq {int} NOT NULL PRIMARY KEY,
  partition_name {text} NOT NULL,
  source {text} NOT NULL,
  position {int} NOT NULL,
  at {instant} NOT NULL,
  id {id} NOT NULL,
  type {text} NOT NULL,
  version {int} NOT NULL,
  stream {text} NOT NULL,
  stream_version {int} NOT NULL,
  actor {text} NOT NULL,
  correlation_id {id} NOT NULL,
  causation_id {id},
  data {text} NOT NULL,
  hash {bytes} NOT NULL,
  UNIQUE (source, position)
){strict};
CREATE INDEX event_store_stream ON event_store (stream, source, stream_version);
CREATE INDEX event_store_type ON event_store (type, seq);
CREATE INDEX event_store_correlation ON event_store (correlation_id);
-- How far each log has come in.
CREATE TABLE event_source (
  source {text} NOT NULL PRIMARY KEY,
  position {int} NOT NULL,
  hash {bytes} NOT NULL,
  at {instant} NOT NULL
){strict};
-- Where a log was not dense or not chained when it was read.
CREATE TABLE event_gap (
  source {text} NOT NULL,
  expected {int} NOT NULL,
  found {int} NOT NULL,
  message {text} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (source, expected, found)
){strict};
-- The months. `hash` chains sequence numbers and hashes of the month's events in their order.
CREATE TABLE event_partition (
  name {text} NOT NULL PRIMARY KEY,
  state {text} NOT NULL,
  events {int} NOT NULL,
  first_seq {int} NOT NULL,
  last_seq {int} NOT NULL,
  first_at {instant} NOT NULL,
  last_at {instant} NOT NULL,
  hash {bytes} NOT NULL,
  file {text},
  file_sha256 {text},
  file_bytes {int},
  changed_at {instant} NOT NULL
){strict};
-- Which versions of which streams lie in an archived month.
CREATE TABLE event_archived_stream (
  partition_name {text} NOT NULL,
  source {text} NOT NULL,
  stream {text} NOT NULL,
  first_version {int} NOT NULL,
  last_version {int} NOT NULL,
  PRIMARY KEY (stream, source, partition_name)
){strict};
-- What the first `version` events of a stream come to, sealed members still sealed; `made_by` is the code that folded.
CREATE TABLE event_snapshot (
  source {text} NOT NULL,
  stream {text} NOT NULL,
  version {int} NOT NULL,
  made_by {text} NOT NULL,
  state {text} NOT NULL,
  PRIMARY KEY (source, stream, version)
){strict};
-- Types of events that are not a module's: who appends declares them first.
CREATE TABLE event_type (
  type {text} NOT NULL,
  version {int} NOT NULL,
  schema {json} NOT NULL,
  declared_at {instant} NOT NULL,
  PRIMARY KEY (type, version)
){strict};
