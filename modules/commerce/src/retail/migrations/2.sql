CREATE TABLE shops (
  code {text} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  address {text} NOT NULL,
  version {int} NOT NULL
){strict};
-- A till, and the heads of its three chains: receipts, closings, notes of what was done at it. Whoever writes one moves
-- this row on, so that no number is given twice and none is left out.
CREATE TABLE tills (
  shop {text} NOT NULL,
  code {text} NOT NULL,
  receipts {int} NOT NULL,
  receipt_hash {text} NOT NULL,
  closings {int} NOT NULL,
  closing_hash {text} NOT NULL,
  notes {int} NOT NULL,
  note_hash {text} NOT NULL,
  -- The perpetual totals: what was ever sold and ever taken back. They only grow.
  sold_cents {int} NOT NULL CHECK (sold_cents >= 0),
  returned_cents {int} NOT NULL CHECK (returned_cents >= 0),
  -- The session that is open now.
  session_id {id},
  version {int} NOT NULL,
  PRIMARY KEY (shop, code)
){strict};
CREATE TABLE till_session (
  id {id} NOT NULL PRIMARY KEY,
  shop {text} NOT NULL,
  till {text} NOT NULL,
  opened_by {id} NOT NULL,
  float_cents {int} NOT NULL CHECK (float_cents >= 0),
  opened_at {instant} NOT NULL,
  closed_at {instant},
  -- The number of its closing.
  closing {int}
){strict};
CREATE INDEX till_session_of ON till_session (shop, till, opened_at);
-- What is written once: `receipt`, `closing`, `note`, each chained by itself for each till. The content is the text that
-- was hashed; the other columns say parts of it again, to find it by.
CREATE TABLE till_record (
  shop {text} NOT NULL,
  till {text} NOT NULL,
  chain {text} NOT NULL,
  number {int} NOT NULL CHECK (number > 0),
  -- The sale, the session that was closed, or the note itself.
  id {id} NOT NULL,
  kind {text} NOT NULL,
  -- The session of a receipt, the sale of a copy.
  about {id},
  total_cents {int} NOT NULL CHECK (total_cents >= 0),
  at {instant} NOT NULL,
  content {text} NOT NULL,
  previous {text} NOT NULL,
  hash {text} NOT NULL,
  PRIMARY KEY (shop, till, chain, number)
){strict};
{written_once till_record};
CREATE UNIQUE INDEX till_record_id ON till_record (chain, id);
CREATE INDEX till_record_at ON till_record (chain, at);
CREATE INDEX till_record_about ON till_record (about, chain, number);
-- How much of a line was sold and how much of it has come back.
CREATE TABLE sale_line (
  sale_id {id} NOT NULL,
  line {int} NOT NULL,
  quantity {int} NOT NULL CHECK (quantity > 0),
  returned {int} NOT NULL CHECK (returned >= 0 AND returned <= quantity),
  PRIMARY KEY (sale_id, line)
){keyed};
-- What inventory sells, as far as its log was read.
CREATE TABLE till_offer (
  generation {int} NOT NULL,
  product_id {id} NOT NULL,
  sku {text} NOT NULL,
  ean13 {text} NOT NULL,
  name {text} NOT NULL,
  -- The name in small letters without accents, to be looked for.
  plain {text} NOT NULL,
  category {text} NOT NULL,
  price_cents {int} NOT NULL,
  vat_rate_bp {int} NOT NULL,
  PRIMARY KEY (generation, product_id)
){strict};
CREATE INDEX till_offer_sku ON till_offer (generation, sku);
CREATE INDEX till_offer_ean13 ON till_offer (generation, ean13);
-- Prices and rates with the moment from which they hold.
CREATE TABLE till_price (
  generation {int} NOT NULL,
  product_id {id} NOT NULL,
  since {instant} NOT NULL,
  price_cents {int} NOT NULL,
  vat_rate_bp {int} NOT NULL,
  PRIMARY KEY (generation, product_id, since)
){keyed};
CREATE TABLE till_stock (
  generation {int} NOT NULL,
  shop {text} NOT NULL,
  product_id {id} NOT NULL,
  on_hand {int} NOT NULL,
  reserved {int} NOT NULL,
  PRIMARY KEY (generation, shop, product_id)
){keyed};
-- What is to be prepared for an order.
CREATE TABLE shop_order_line (
  transaction_id {id} NOT NULL,
  product_id {id} NOT NULL,
  quantity {int} NOT NULL,
  PRIMARY KEY (transaction_id, product_id)
){keyed};
ALTER TABLE shop_order ADD COLUMN note {text};
