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
  PRIMARY KEY (generation, product_id)
){keyed};
