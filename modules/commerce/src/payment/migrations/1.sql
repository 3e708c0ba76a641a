CREATE TABLE payment (
  transaction_id {id} NOT NULL PRIMARY KEY,
  amount_cents {int} NOT NULL CHECK (amount_cents >= 0),
  method {text} NOT NULL,
  -- `asked`, `authorised`, `failed`, `capturing`, `captured`, `voiding`, `voided`, `refunding` or `refunded`.
  stage {text} NOT NULL,
  version {int} NOT NULL
){strict};
