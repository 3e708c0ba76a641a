-- Whether another shop may prepare an order when its own cannot, which shop in turn has it, and what is asked about it:
-- nothing, `recalled` or `asked`.
ALTER TABLE transactions ADD COLUMN reroute {int} NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN round {int} NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN routing {text} NOT NULL DEFAULT '';
