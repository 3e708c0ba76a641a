CREATE TABLE transactions (
  id {id} NOT NULL PRIMARY KEY,
  shop {text} NOT NULL,
  customer_id {id} NOT NULL,
  total_cents {int} NOT NULL CHECK (total_cents >= 0),
  state {text} NOT NULL,
  reason {text},
  -- Details beside the state: `early` (goods came before money), `paid`, `settled`, `delivered`, as 0 or 1.
  reserved_early {int} NOT NULL,
  paid {int} NOT NULL,
  settled {int} NOT NULL,
  delivered {int} NOT NULL,
  -- What has gone back for goods that came back.
  returned_cents {int} NOT NULL CHECK (returned_cents <= total_cents),
  version {int} NOT NULL,
  created_at {instant} NOT NULL,
  updated_at {instant} NOT NULL
){strict};
CREATE INDEX transactions_recent ON transactions (created_at, id);
CREATE INDEX transactions_customer ON transactions (customer_id, created_at, id);
CREATE TABLE transaction_line (
  transaction_id {id} NOT NULL,
  product_id {id} NOT NULL,
  quantity {int} NOT NULL CHECK (quantity > 0),
  unit_price_cents {int} NOT NULL CHECK (unit_price_cents >= 0),
  PRIMARY KEY (transaction_id, product_id)
){keyed};
-- What `inventory` sells and for how much, as far as its log was read.
CREATE TABLE offer (
  generation {int} NOT NULL,
  product_id {id} NOT NULL,
  price_cents {int} NOT NULL,
  name {text} NOT NULL,
  PRIMARY KEY (generation, product_id)
){keyed};
-- What was heard in a state that the table of states has no line for.
CREATE TABLE unexpected (
  state {text} NOT NULL,
  heard {text} NOT NULL,
  times {int} NOT NULL,
  PRIMARY KEY (state, heard)
){keyed};
-- What is stuck or contradicts itself, and what was done about it.
CREATE TABLE incident (
  id {id} NOT NULL PRIMARY KEY,
  transaction_id {id} NOT NULL,
  -- `refund`, `capture`, `goods_left`, `amount` or `dead_letter`.
  kind {text} NOT NULL,
  refund_id {id},
  amount_cents {int} NOT NULL,
  -- `open`, `acting` or `resolved`.
  state {text} NOT NULL,
  -- What was decided last: `retry`, `settle` or `write_off`; by whom, why, and where it can be looked up.
  action {text},
  acted_by {text},
  reason {text},
  reference {text},
  -- The version of what it is about, when it was last said to be stuck.
  round {int} NOT NULL,
  opened_at {instant} NOT NULL,
  updated_at {instant} NOT NULL,
  version {int} NOT NULL
){strict};
CREATE INDEX incident_open ON incident (state, opened_at, id);
CREATE INDEX incident_of ON incident (transaction_id);
-- What happened to a transaction in all modules, as far as their logs were read.
CREATE TABLE journal (
  generation {int} NOT NULL,
  event_id {id} NOT NULL,
  transaction_id {id} NOT NULL,
  source {text} NOT NULL,
  position {int} NOT NULL,
  kind {text} NOT NULL,
  cause_id {id},
  actor {text} NOT NULL,
  -- What it moves: cents that the bank holds or took, pieces that are free or not.
  held_cents {int} NOT NULL,
  taken_cents {int} NOT NULL,
  pieces {int} NOT NULL,
  note {text} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (generation, transaction_id, at, event_id)
){keyed};
