-- Figures. `id` is module.kpi; `role_scope` says who sees the row: role@all, role@team:TEAM, role@self:PERSON; `bucket`
-- is a week (2026-W47), a month (2026-11), or empty for what holds now. `total` and `n` only ever grow by what an event
-- adds; `value` follows from them: the total, or for a delay the mean in tenths of a day.
CREATE TABLE kpi_item (
  generation {int} NOT NULL,
  id {text} NOT NULL,
  kind {text} NOT NULL,
  label {text} NOT NULL,
  label_en {text} NOT NULL,
  value {int} NOT NULL,
  unit {text} NOT NULL,
  role_scope {text} NOT NULL,
  source {text} NOT NULL,
  computed_at {instant} NOT NULL,
  bucket {text} NOT NULL,
  total {int} NOT NULL,
  n {int} NOT NULL,
  PRIMARY KEY (generation, role_scope, id, bucket)
){strict};
-- What awaits somebody: one row for each instance. `assignee` is the role that decides, `also_scope` who
-- may decide as well since it is late; an erased title is null.
CREATE TABLE backlog_item (
  generation {int} NOT NULL,
  id {text} NOT NULL,
  title {text},
  title_en {text},
  source {text} NOT NULL,
  assignee {text} NOT NULL,
  due_at {instant},
  link {text} NOT NULL,
  role_scope {text} NOT NULL,
  also_scope {text},
  module {text} NOT NULL,
  instance {text} NOT NULL,
  form {text} NOT NULL,
  reference {text},
  subject {text},
  author {text},
  submitted_at {instant},
  computed_at {instant} NOT NULL,
  PRIMARY KEY (generation, id)
){strict};
CREATE INDEX backlog_item_scope ON backlog_item (generation, role_scope, due_at);
CREATE INDEX backlog_item_subject ON backlog_item (generation, subject);
-- The last event of each source that is in the figures, written with them.
CREATE TABLE dashboard_source (
  generation {int} NOT NULL,
  source {text} NOT NULL,
  position {int} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (generation, source)
){strict};
