-- Which shop in turn has an order, and whether it is over for all of them.
ALTER TABLE shop_order ADD COLUMN round {int} NOT NULL DEFAULT 0;
ALTER TABLE shop_order ADD COLUMN ended {int} NOT NULL DEFAULT 0;
-- What the shops had that have given an order back, and another one has it.
CREATE TABLE shop_order_past (
  transaction_id {id} NOT NULL,
  round {int} NOT NULL,
  shop {text} NOT NULL,
  stage {text} NOT NULL,
  pieces {int} NOT NULL,
  assigned_at {instant} NOT NULL,
  note {text},
  PRIMARY KEY (transaction_id, round)
){keyed};
CREATE INDEX shop_order_past_of ON shop_order_past (shop, stage, assigned_at, transaction_id);
