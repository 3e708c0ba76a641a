-- Which shop in turn was looked for last, and the shops that have had it: a JSON list of their codes.
ALTER TABLE reservation ADD COLUMN round {int} NOT NULL DEFAULT 0;
ALTER TABLE reservation ADD COLUMN refused {text} NOT NULL DEFAULT '[]';
