CREATE TABLE {P}_form_instance (
  id {id} NOT NULL PRIMARY KEY,
  reference {text} NOT NULL UNIQUE,
  form {text} NOT NULL,
  form_version {int} NOT NULL,
  workflow {text} NOT NULL,
  workflow_version {int} NOT NULL,
  title_fr {text} NOT NULL,
  title_en {text} NOT NULL,
  subject_id {id} NOT NULL,
  author_id {id} NOT NULL,
  team_id {id},
  state {text} NOT NULL,
  kind {text} NOT NULL,
  revision {int} NOT NULL,
  awaits_role {text},
  awaits_scope {text},
  also_role {text},
  also_scope {text},
  due_at {instant},
  late_at {instant},
  submitted_at {instant},
  created_at {instant} NOT NULL,
  updated_at {instant} NOT NULL,
  closed_at {instant},
  search {text} NOT NULL
){strict};
CREATE INDEX {P}_form_instance_updated ON {P}_form_instance (updated_at, id);
CREATE INDEX {P}_form_instance_subject ON {P}_form_instance (subject_id, updated_at, id);
CREATE INDEX {P}_form_instance_team ON {P}_form_instance (team_id, updated_at, id);
CREATE INDEX {P}_form_instance_awaits ON {P}_form_instance (kind, awaits_role, due_at, id);
CREATE TABLE {P}_values (
  instance_id {id} NOT NULL,
  field {text} NOT NULL,
  -- One canonical JSON text for each value, so that equal values are equal texts on both engines.
  value {text} NOT NULL,
  PRIMARY KEY (instance_id, field)
){strict};
-- Forms and workflows by version, written once and never changed: an instance keeps those that it began with.
CREATE TABLE {P}_workflow_definition (
  kind {text} NOT NULL,
  name {text} NOT NULL,
  version {int} NOT NULL,
  hash {text} NOT NULL,
  body {text} NOT NULL,
  published_at {instant} NOT NULL,
  PRIMARY KEY (kind, name, version)
){strict};
CREATE TABLE {P}_workflow_instance (
  instance_id {id} NOT NULL PRIMARY KEY,
  workflow {text} NOT NULL,
  version {int} NOT NULL,
  state {text} NOT NULL,
  -- The how-manieth of the workflow's waiting states it is in; 0 outside of them.
  level {int} NOT NULL,
  due_at {instant},
  updated_at {instant} NOT NULL
){strict};
CREATE TABLE {P}_workflow_event (
  id {id} NOT NULL PRIMARY KEY,
  instance_id {id} NOT NULL,
  -- The instance's revision after it, which is the version of the stream `instance/ID` that tells it.
  seq {int} NOT NULL,
  verb {text} NOT NULL,
  from_state {text},
  to_state {text} NOT NULL,
  -- Nobody, when the system did it.
  by_id {id},
  on_behalf_of {id},
  at {instant} NOT NULL,
  comment {text},
  UNIQUE (instance_id, seq)
){strict};
-- The last number given out per year; numbers of deleted drafts do not come back.
CREATE TABLE {P}_counter (
  year {int} NOT NULL PRIMARY KEY,
  last {int} NOT NULL
){strict};
