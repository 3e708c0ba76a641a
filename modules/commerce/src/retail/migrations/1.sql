-- What a shop has to hand over or to send.
CREATE TABLE shop_order (
  transaction_id {id} NOT NULL PRIMARY KEY,
  shop {text} NOT NULL,
  -- `assigned`, `fulfilled`, `delivered`, `refused` or `cancelled`.
  stage {text} NOT NULL,
  pieces {int} NOT NULL,
  version {int} NOT NULL,
  assigned_at {instant} NOT NULL
){strict};
CREATE INDEX shop_order_open ON shop_order (shop, stage, assigned_at, transaction_id);
