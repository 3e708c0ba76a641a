-- What was sold, added up: one row for each day, shop, channel, product and rate. `vat_rate_bp` is -1 where the sale does
-- not say its rate: it is the product's, of that day. `day` is 2026-11-18 and `week` 2026-W47, where the shops are.
CREATE TABLE sales_cell (
  generation {int} NOT NULL,
  day {text} NOT NULL,
  shop {text} NOT NULL,
  channel {text} NOT NULL,
  product_id {id} NOT NULL,
  vat_rate_bp {int} NOT NULL,
  week {text} NOT NULL,
  pieces {int} NOT NULL,
  gross_cents {int} NOT NULL,
  returned_pieces {int} NOT NULL,
  returned_cents {int} NOT NULL,
  PRIMARY KEY (generation, day, shop, channel, product_id, vat_rate_bp)
){keyed};
-- Baskets, added up: how many, and what they came to.
CREATE TABLE basket_cell (
  generation {int} NOT NULL,
  day {text} NOT NULL,
  shop {text} NOT NULL,
  channel {text} NOT NULL,
  week {text} NOT NULL,
  baskets {int} NOT NULL,
  pieces {int} NOT NULL,
  gross_cents {int} NOT NULL,
  returns {int} NOT NULL,
  returned_cents {int} NOT NULL,
  PRIMARY KEY (generation, day, shop, channel)
){keyed};
-- Orders of the web: an order is a sale from the day on which it was completed.
CREATE TABLE web_order (
  generation {int} NOT NULL,
  transaction_id {id} NOT NULL,
  shop {text} NOT NULL,
  state {text} NOT NULL,
  created_at {instant} NOT NULL,
  pieces {int} NOT NULL,
  total_cents {int} NOT NULL,
  PRIMARY KEY (generation, transaction_id)
){keyed};
CREATE INDEX web_order_created ON web_order (generation, created_at);
-- Their lines; `before_cents` is what the lines before come to, so that a refund is shared out to the cent.
CREATE TABLE web_line (
  generation {int} NOT NULL,
  transaction_id {id} NOT NULL,
  line {int} NOT NULL,
  product_id {id} NOT NULL,
  vat_rate_bp {int} NOT NULL,
  pieces {int} NOT NULL,
  amount_cents {int} NOT NULL,
  before_cents {int} NOT NULL,
  PRIMARY KEY (generation, transaction_id, line)
){keyed};
-- Money that went back to web customers. It counts where its order was completed.
CREATE TABLE web_refund (
  generation {int} NOT NULL,
  refund_id {id} NOT NULL,
  transaction_id {id} NOT NULL,
  day {text} NOT NULL,
  week {text} NOT NULL,
  amount_cents {int} NOT NULL,
  PRIMARY KEY (generation, refund_id)
){keyed};
CREATE INDEX web_refund_day ON web_refund (generation, day);
-- Products as `inventory` names them, and the VAT rate of each from a day on.
CREATE TABLE report_product (
  generation {int} NOT NULL,
  product_id {id} NOT NULL,
  sku {text} NOT NULL,
  name {text} NOT NULL,
  category {text} NOT NULL,
  PRIMARY KEY (generation, product_id)
){keyed};
CREATE TABLE report_rate (
  generation {int} NOT NULL,
  product_id {id} NOT NULL,
  day {text} NOT NULL,
  vat_rate_bp {int} NOT NULL,
  PRIMARY KEY (generation, product_id, day)
){keyed};
-- What a shop has of a product; `out_since` says since when nothing of it is free.
CREATE TABLE shelf (
  generation {int} NOT NULL,
  shop {text} NOT NULL,
  product_id {id} NOT NULL,
  on_hand {int} NOT NULL,
  reserved {int} NOT NULL,
  out_since {instant},
  changed_at {instant} NOT NULL,
  PRIMARY KEY (generation, shop, product_id)
){keyed};
-- Times without a free piece; the last one of a place may be open.
CREATE TABLE stock_out (
  generation {int} NOT NULL,
  shop {text} NOT NULL,
  product_id {id} NOT NULL,
  from_at {instant} NOT NULL,
  until_at {instant},
  PRIMARY KEY (generation, shop, product_id, from_at)
){keyed};
CREATE INDEX stock_out_from ON stock_out (generation, from_at);
