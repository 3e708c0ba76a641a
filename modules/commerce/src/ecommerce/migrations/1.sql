-- Who buys here: what they are called is known to whoever answers for people, not here.
CREATE TABLE customer (
  id {id} NOT NULL PRIMARY KEY,
  -- Up to when they have seen what became of their orders.
  seen_at {instant} NOT NULL,
  version {int} NOT NULL
){strict};
CREATE TABLE cart (
  id {id} NOT NULL PRIMARY KEY,
  customer_id {id} NOT NULL,
  shop {text} NOT NULL,
  -- `open` or `ordered`.
  state {text} NOT NULL,
  order_id {id},
  version {int} NOT NULL,
  created_at {instant} NOT NULL,
  updated_at {instant} NOT NULL
){strict};
CREATE UNIQUE INDEX cart_open ON cart (customer_id) WHERE state = 'open';
CREATE INDEX cart_recent ON cart (customer_id, created_at, id);
CREATE TABLE cart_line (
  cart_id {id} NOT NULL,
  product_id {id} NOT NULL,
  quantity {int} NOT NULL CHECK (quantity > 0),
  -- The price that the customer has seen.
  unit_price_cents {int} NOT NULL CHECK (unit_price_cents >= 0),
  PRIMARY KEY (cart_id, product_id)
){keyed};
CREATE TABLE web_order (
  id {id} NOT NULL PRIMARY KEY,
  cart_id {id} NOT NULL UNIQUE,
  customer_id {id} NOT NULL,
  shop {text} NOT NULL,
  total_cents {int} NOT NULL CHECK (total_cents >= 0),
  payment_method {text} NOT NULL,
  -- The customer wants it no more.
  withdrawn {int} NOT NULL,
  version {int} NOT NULL,
  placed_at {instant} NOT NULL
){strict};
CREATE INDEX web_order_recent ON web_order (placed_at, id);
CREATE INDEX web_order_customer ON web_order (customer_id, placed_at, id);
CREATE TABLE web_order_line (
  order_id {id} NOT NULL,
  product_id {id} NOT NULL,
  sku {text} NOT NULL,
  name {text} NOT NULL,
  quantity {int} NOT NULL CHECK (quantity > 0),
  unit_price_cents {int} NOT NULL CHECK (unit_price_cents >= 0),
  vat_rate_bp {int} NOT NULL,
  PRIMARY KEY (order_id, product_id)
){keyed};
-- What `inventory` sells, as far as its log was read.
CREATE TABLE article (
  generation {int} NOT NULL,
  product_id {id} NOT NULL,
  sku {text} NOT NULL,
  name {text} NOT NULL,
  price_cents {int} NOT NULL,
  vat_rate_bp {int} NOT NULL,
  category {text} NOT NULL,
  words {text} NOT NULL,
  PRIMARY KEY (generation, product_id)
){keyed};
CREATE INDEX article_by_sku ON article (generation, sku);
-- How much of it a shop can sell.
CREATE TABLE availability (
  generation {int} NOT NULL,
  shop {text} NOT NULL,
  product_id {id} NOT NULL,
  available {int} NOT NULL,
  PRIMARY KEY (generation, product_id, shop)
){keyed};
-- What became of an order, from the events of those who work on it.
CREATE TABLE order_step (
  generation {int} NOT NULL,
  order_id {id} NOT NULL,
  kind {text} NOT NULL,
  at {instant} NOT NULL,
  detail {text} NOT NULL,
  PRIMARY KEY (generation, order_id, kind)
){keyed};
