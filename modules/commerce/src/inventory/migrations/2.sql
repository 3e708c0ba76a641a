ALTER TABLE products ADD COLUMN ean13 {text};
ALTER TABLE products ADD COLUMN category {text} NOT NULL DEFAULT '';
-- The class of its VAT; the rate is that of the day.
ALTER TABLE products ADD COLUMN vat {text} NOT NULL DEFAULT 'standard';
-- What it is looked for by: small letters, no accents.
ALTER TABLE products ADD COLUMN words {text} NOT NULL DEFAULT '';
CREATE UNIQUE INDEX products_ean13 ON products (ean13);
ALTER TABLE stock_level ADD COLUMN low_at {int} NOT NULL DEFAULT 0;
ALTER TABLE stock_level ADD COLUMN low {int} NOT NULL DEFAULT 0;
ALTER TABLE stock_level ADD COLUMN to_count {int} NOT NULL DEFAULT 0;
CREATE INDEX stock_movement_by ON stock_movement (transaction_id);
CREATE TABLE transfer (
  id {id} NOT NULL PRIMARY KEY,
  from_shop {text} NOT NULL,
  to_shop {text} NOT NULL,
  -- `requested`, `approved`, `shipped`, `received` or `refused`.
  state {text} NOT NULL,
  requested_by {id} NOT NULL,
  version {int} NOT NULL,
  created_at {instant} NOT NULL,
  updated_at {instant} NOT NULL
){strict};
CREATE INDEX transfer_recent ON transfer (created_at, id);
-- What is on its way is what was sent and has not come: the difference that stays on receipt was lost.
CREATE TABLE transfer_line (
  transfer_id {id} NOT NULL,
  product_id {id} NOT NULL,
  asked {int} NOT NULL CHECK (asked > 0),
  received {int} NOT NULL CHECK (received >= 0 AND received <= asked),
  PRIMARY KEY (transfer_id, product_id)
){keyed};
