-- What the bank holds for us, by the key of the authorisation.
CREATE TABLE bank_hold (
  authorisation {text} NOT NULL PRIMARY KEY,
  amount_cents {int} NOT NULL,
  captured_cents {int} NOT NULL,
  refunded_cents {int} NOT NULL CHECK (refunded_cents <= captured_cents),
  -- `thinking`, `authorised`, `refused`, `expired`, `captured` or `voided`.
  state {text} NOT NULL,
  -- How often it has put us off.
  put_off {int} NOT NULL,
  version {int} NOT NULL
){strict};
-- The bank's own book: each operation that it has done, once.
CREATE TABLE bank_operation (
  authorisation {text} NOT NULL,
  kind {text} NOT NULL,
  -- What tells apart operations of one kind on one authorisation: empty, or whoever gives back in parts says which.
  part {text} NOT NULL,
  amount_cents {int} NOT NULL,
  at {instant} NOT NULL,
  PRIMARY KEY (authorisation, kind, part)
){keyed};
