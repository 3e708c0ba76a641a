CREATE TABLE products (
  id {id} NOT NULL PRIMARY KEY,
  sku {text} NOT NULL UNIQUE,
  name {text} NOT NULL,
  price_cents {int} NOT NULL CHECK (price_cents >= 0),
  version {int} NOT NULL
){strict};
-- What a shop has, and how much of it is promised. Never less than nothing, whoever writes it.
CREATE TABLE stock_level (
  shop {text} NOT NULL,
  product_id {id} NOT NULL,
  on_hand {int} NOT NULL CHECK (on_hand >= 0),
  reserved {int} NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand),
  version {int} NOT NULL,
  PRIMARY KEY (shop, product_id)
){keyed};
-- The ledger: what came and went. Rows are written once; their sum is what is on hand.
CREATE TABLE stock_movement (
  id {id} NOT NULL PRIMARY KEY,
  shop {text} NOT NULL,
  product_id {id} NOT NULL,
  kind {text} NOT NULL,
  quantity {int} NOT NULL CHECK (quantity <> 0),
  transaction_id {id},
  at {instant} NOT NULL
){strict};
CREATE INDEX stock_movement_of ON stock_movement (shop, product_id, at);
CREATE TABLE reservation (
  transaction_id {id} NOT NULL PRIMARY KEY,
  shop {text} NOT NULL,
  -- `announced`, `held`, `reserved`, `refused`, `released` or `consumed`.
  stage {text} NOT NULL,
  paid {int} NOT NULL,
  version {int} NOT NULL
){strict};
CREATE TABLE reservation_line (
  transaction_id {id} NOT NULL,
  product_id {id} NOT NULL,
  quantity {int} NOT NULL,
  unit_price_cents {int} NOT NULL,
  PRIMARY KEY (transaction_id, product_id)
){keyed};
