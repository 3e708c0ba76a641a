-- What the bank holds for us, by the key of the authorisation.
CREATE TABLE bank_hold (
  authorisation {text} NOT NULL PRIMARY KEY,
  amount_cents {int} NOT NULL,
  -- `authorised`, `refused`, `captured`, `voided` or `refunded`.
  state {text} NOT NULL,
  version {int} NOT NULL
){strict};
-- The bank's own book: each operation that it has done, once.
CREATE TABLE bank_operation (
  authorisation {text} NOT NULL,
  kind {text} NOT NULL,
  amount_cents {int} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (authorisation, kind)
){keyed};
