-- What somebody sends back of an order.
CREATE TABLE return_request (
  id {id} NOT NULL PRIMARY KEY,
  transaction_id {id} NOT NULL,
  customer_id {id} NOT NULL,
  shop {text} NOT NULL,
  reason {text} NOT NULL,
  amount_cents {int} NOT NULL CHECK (amount_cents > 0),
  -- `asked`, `approved`, `refused` or `closed`.
  state {text} NOT NULL,
  -- Why it was refused.
  refusal {text},
  version {int} NOT NULL,
  created_at {instant} NOT NULL,
  updated_at {instant} NOT NULL
){strict};
CREATE INDEX return_recent ON return_request (created_at, id);
CREATE INDEX return_of ON return_request (transaction_id, id);
CREATE TABLE return_line (
  return_id {id} NOT NULL,
  product_id {id} NOT NULL,
  quantity {int} NOT NULL CHECK (quantity > 0),
  unit_price_cents {int} NOT NULL,
  -- Whether it can be sold again, as 0 or 1.
  restock {int} NOT NULL,
  PRIMARY KEY (return_id, product_id)
){keyed};
-- The orders that something can be sent back of, as far as the logs of others were read.
CREATE TABLE known_order (
  generation {int} NOT NULL,
  transaction_id {id} NOT NULL,
  customer_id {id},
  shop {text} NOT NULL,
  completed {int} NOT NULL,
  delivered {int} NOT NULL,
  PRIMARY KEY (generation, transaction_id)
){keyed};
CREATE TABLE known_line (
  generation {int} NOT NULL,
  transaction_id {id} NOT NULL,
  product_id {id} NOT NULL,
  quantity {int} NOT NULL,
  unit_price_cents {int} NOT NULL,
  PRIMARY KEY (generation, transaction_id, product_id)
){keyed};
