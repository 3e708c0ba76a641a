CREATE TABLE payment (
  transaction_id {id} NOT NULL PRIMARY KEY,
  amount_cents {int} NOT NULL CHECK (amount_cents >= 0),
  method {text} NOT NULL,
  -- `asked`, `authorised`, `failed`, `capturing`, `reauthorising`, `captured`, `uncaptured`, `voiding`, `voided`, `settled`
  -- or `written_off`.
  stage {text} NOT NULL,
  -- Which authorisation it is, from 1.
  attempt {int} NOT NULL,
  -- Whether its transaction was cancelled, as 0 or 1.
  cancelled {int} NOT NULL,
  captured_cents {int} NOT NULL,
  -- What the bank has given back, and what it is to give back.
  refunded_cents {int} NOT NULL,
  returning_cents {int} NOT NULL CHECK (returning_cents >= 0),
  -- What was settled past the bank: what we got, less what we gave back.
  hand_cents {int} NOT NULL,
  version {int} NOT NULL,
  created_at {instant} NOT NULL,
  CHECK (refunded_cents + returning_cents <= captured_cents)
){strict};
CREATE INDEX payment_recent ON payment (created_at, transaction_id);
-- What is given back, in whole or in part.
CREATE TABLE payment_refund (
  id {id} NOT NULL PRIMARY KEY,
  transaction_id {id} NOT NULL,
  amount_cents {int} NOT NULL CHECK (amount_cents > 0),
  -- `cancelled` or `return`.
  reason {text} NOT NULL,
  -- `asked`, `done`, `manual` or `settled`.
  state {text} NOT NULL,
  version {int} NOT NULL
){strict};
CREATE INDEX payment_refund_of ON payment_refund (transaction_id, id);
