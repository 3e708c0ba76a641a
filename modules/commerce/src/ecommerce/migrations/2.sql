-- Whether another shop may prepare an order when its own cannot.
ALTER TABLE web_order ADD COLUMN reroute {int} NOT NULL DEFAULT 0;
