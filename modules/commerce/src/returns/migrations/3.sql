-- What products are called, as far as the log of `inventory` was read.
CREATE TABLE article (
  generation {int} NOT NULL,
  product_id {id} NOT NULL,
  name {text} NOT NULL,
  PRIMARY KEY (generation, product_id)
){keyed};
