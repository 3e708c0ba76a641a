-- One punch, or one correction of a punch: a row is written once and never changed.
CREATE TABLE hs_pointage (
  id {id} NOT NULL PRIMARY KEY,
  person_id {id} NOT NULL,
  -- The person's team on the day of the punch.
  team_id {id},
  -- The version of the stream `punch/PERSON` that this row made.
  seq {int} NOT NULL,
  -- `punch`; `replace` and `void` for corrections.
  effect {text} NOT NULL,
  kind {text} NOT NULL,
  at {instant} NOT NULL,
  zone {text} NOT NULL,
  source {text} NOT NULL,
  claimed_at {instant},
  received_at {instant} NOT NULL,
  corrects {id} UNIQUE,
  reason {text},
  recorded_by {text} NOT NULL
){strict};
CREATE INDEX hs_pointage_seq ON hs_pointage (person_id, seq);
CREATE INDEX hs_pointage_person ON hs_pointage (person_id, at);
CREATE INDEX hs_pointage_at ON hs_pointage (at, id);
-- Minutes planned per weekday, Monday first, from a day on.
CREATE TABLE hs_plan (
  person_id {id} NOT NULL,
  valid_from {text} NOT NULL,
  minutes {json} NOT NULL,
  seq {int} NOT NULL,
  PRIMARY KEY (person_id, valid_from)
){strict};
-- Worked against planned, per person and local day with punches; computed from the two tables above.
CREATE TABLE hs_delta (
  person_id {id} NOT NULL,
  day {text} NOT NULL,
  team_id {id},
  worked_minutes {int} NOT NULL,
  planned_minutes {int} NOT NULL,
  delta_minutes {int} NOT NULL,
  anomaly {text},
  anomaly_punch {id},
  computed_at {instant} NOT NULL,
  PRIMARY KEY (person_id, day)
){strict};
CREATE INDEX hs_delta_day ON hs_delta (day, person_id);
