-- Things that are as a figure says, by the last event about each: a shelf without a free piece. One row for each.
CREATE TABLE kpi_thing (
  generation {int} NOT NULL,
  role_scope {text} NOT NULL,
  id {text} NOT NULL,
  thing {text} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (generation, role_scope, id, thing)
){keyed};
