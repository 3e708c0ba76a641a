//! Every statement of the reports. Readers join the pointers to the generations that serve, so that a rebuild beside
//! them is never seen half done.
//!
//! VAT is worked out once for each day, shop, channel, product and rate, for what went out and what came back, rounded
//! half up, and everything else is a sum of these: every report adds up to every other.

/// What was sold and what came back in some days, one row for each cell and each line of a refund. Parameters: the
/// first and the last day.
const FACTS: &str = "SELECT c.day, c.week, c.shop, c.channel, c.product_id, c.vat_rate_bp AS said, c.pieces, c.gross_cents, c.returned_pieces, c.returned_cents FROM sales_cell c JOIN projection p ON p.name = 'reporting.sales' AND c.generation = p.active WHERE c.day >= ?1 AND c.day <= ?2 UNION ALL SELECT r.day, r.week, o.shop, 'web', l.product_id, l.vat_rate_bp, 0, 0, CASE WHEN r.amount_cents = o.total_cents THEN l.pieces ELSE 0 END, r.amount_cents * (l.before_cents + l.amount_cents) / o.total_cents - r.amount_cents * l.before_cents / o.total_cents FROM web_refund r JOIN projection q ON q.name = 'reporting.sales' AND r.generation = q.active JOIN web_order o ON o.generation = r.generation AND o.transaction_id = r.transaction_id AND o.state = 'completed' AND o.total_cents > 0 JOIN web_line l ON l.generation = r.generation AND l.transaction_id = r.transaction_id WHERE r.day >= ?1 AND r.day <= ?2";

/// The rate of a cell: what the sale says, else the product's on that day, else its first, else the standard rate.
const RATE: &str = "CASE WHEN f.said >= 0 THEN f.said ELSE coalesce((SELECT t.vat_rate_bp FROM report_rate t JOIN projection s ON s.name = 'reporting.stock' AND t.generation = s.active WHERE t.product_id = f.product_id AND t.day <= f.day ORDER BY t.day DESC LIMIT 1), (SELECT u.vat_rate_bp FROM report_rate u JOIN projection v ON v.name = 'reporting.stock' AND u.generation = v.active WHERE u.product_id = f.product_id ORDER BY u.day LIMIT 1), 2000) END";

/// The tax in an amount, taxes included, rounded half up.
fn vat(cents: &str) -> String {
    format!("(2 * {cents} * c.rate + 10000 + c.rate) / (2 * (10000 + c.rate))")
}

/// The cells of a period, with their rate and tax. Parameters: days; a shop and a channel, or nothing.
fn cells() -> String {
    let (out, back) = (vat("c.gross_cents"), vat("c.returned_cents"));
    format!(
        "facts AS ({FACTS}), rated AS (SELECT f.day, f.week, f.shop, f.channel, f.product_id, {RATE} AS rate, f.pieces, f.gross_cents, f.returned_pieces, f.returned_cents FROM facts f WHERE (?3 = '' OR f.shop = ?3) AND (?4 = '' OR f.channel = ?4)), whole AS (SELECT day, week, shop, channel, product_id, rate, CAST(sum(pieces) AS BIGINT) AS pieces, CAST(sum(gross_cents) AS BIGINT) AS gross_cents, CAST(sum(returned_pieces) AS BIGINT) AS returned_pieces, CAST(sum(returned_cents) AS BIGINT) AS returned_cents FROM rated GROUP BY day, week, shop, channel, product_id, rate), cells AS (SELECT c.day, c.week, c.shop, c.channel, c.product_id, c.rate, c.pieces, c.gross_cents, c.returned_pieces, c.returned_cents, {out} - {back} AS vat_cents FROM whole c)"
    )
}

/// The sums of a group, in the order of `Sums`.
const SUMS: &str = "CAST(sum(x.pieces) AS BIGINT), CAST(sum(x.gross_cents) AS BIGINT), CAST(sum(x.returned_pieces) AS BIGINT), CAST(sum(x.returned_cents) AS BIGINT), CAST(sum(x.vat_cents) AS BIGINT)";

/// Sums by a text column, in its order, after one of its values, so many.
fn by(column: &str) -> String {
    format!(
        "WITH {} SELECT x.{column}, {SUMS} FROM cells x WHERE x.{column} > ?5 GROUP BY x.{column} ORDER BY x.{column} LIMIT ?6",
        cells()
    )
}

/// Baskets of a period by a text column. Refunds of the web are no baskets: they are in the sums above.
fn baskets_by(column: &str) -> String {
    format!(
        "SELECT b.{column}, CAST(sum(b.baskets) AS BIGINT), CAST(sum(b.pieces) AS BIGINT), CAST(sum(b.gross_cents) AS BIGINT), CAST(sum(b.returns) AS BIGINT) FROM basket_cell b JOIN projection p ON p.name = 'reporting.sales' AND b.generation = p.active WHERE b.day >= ?1 AND b.day <= ?2 AND (?3 = '' OR b.shop = ?3) AND (?4 = '' OR b.channel = ?4) GROUP BY b.{column} ORDER BY b.{column}"
    )
}

/// The products of the generation that serves.
const NAMES: &str =
    "report_product n JOIN projection p ON p.name = 'reporting.stock' AND n.generation = p.active";

db::statements! {
    ADD_CELL = write("INSERT INTO sales_cell (generation, day, shop, channel, product_id, vat_rate_bp, week, pieces, gross_cents, returned_pieces, returned_cents) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (generation, day, shop, channel, product_id, vat_rate_bp) DO UPDATE SET pieces = sales_cell.pieces + excluded.pieces, gross_cents = sales_cell.gross_cents + excluded.gross_cents, returned_pieces = sales_cell.returned_pieces + excluded.returned_pieces, returned_cents = sales_cell.returned_cents + excluded.returned_cents").keyed();
    ADD_BASKET = write("INSERT INTO basket_cell (generation, day, shop, channel, week, baskets, pieces, gross_cents, returns, returned_cents) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (generation, day, shop, channel) DO UPDATE SET baskets = basket_cell.baskets + excluded.baskets, pieces = basket_cell.pieces + excluded.pieces, gross_cents = basket_cell.gross_cents + excluded.gross_cents, returns = basket_cell.returns + excluded.returns, returned_cents = basket_cell.returned_cents + excluded.returned_cents").keyed();
    PUT_ORDER = write("INSERT INTO web_order (generation, transaction_id, shop, state, created_at, pieces, total_cents) VALUES (?1, ?2, ?3, 'open', ?4, ?5, ?6)").keyed();
    PUT_LINE = write("INSERT INTO web_line (generation, transaction_id, line, product_id, vat_rate_bp, pieces, amount_cents, before_cents) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").keyed();
    PUT_REFUND = write("INSERT INTO web_refund (generation, refund_id, transaction_id, day, week, amount_cents) VALUES (?1, ?2, ?3, ?4, ?5, ?6)").keyed();
    /// Another shop has an order.
    MOVE_ORDER = write("UPDATE web_order SET shop = ?3 WHERE generation = ?1 AND transaction_id = ?2 AND state = 'open'");
    /// The lines of orders become sales of a day. Parameters: generation, orders, day, week.
    SELL_LINES = write("INSERT INTO sales_cell (generation, day, shop, channel, product_id, vat_rate_bp, week, pieces, gross_cents, returned_pieces, returned_cents) SELECT o.generation, ?3, o.shop, 'web', l.product_id, l.vat_rate_bp, ?4, CAST(sum(l.pieces) AS BIGINT), CAST(sum(l.amount_cents) AS BIGINT), 0, 0 FROM web_order o JOIN web_line l ON l.generation = o.generation AND l.transaction_id = o.transaction_id WHERE o.generation = ?1 AND among(o.transaction_id, ?2) AND o.state = 'open' GROUP BY o.generation, o.shop, l.product_id, l.vat_rate_bp ON CONFLICT (generation, day, shop, channel, product_id, vat_rate_bp) DO UPDATE SET pieces = sales_cell.pieces + excluded.pieces, gross_cents = sales_cell.gross_cents + excluded.gross_cents");
    /// Each of them is a basket of that day.
    SELL_BASKETS = write("INSERT INTO basket_cell (generation, day, shop, channel, week, baskets, pieces, gross_cents, returns, returned_cents) SELECT o.generation, ?3, o.shop, 'web', ?4, count(o.transaction_id), CAST(sum(o.pieces) AS BIGINT), CAST(sum(o.total_cents) AS BIGINT), 0, 0 FROM web_order o WHERE o.generation = ?1 AND among(o.transaction_id, ?2) AND o.state = 'open' GROUP BY o.generation, o.shop ON CONFLICT (generation, day, shop, channel) DO UPDATE SET baskets = basket_cell.baskets + excluded.baskets, pieces = basket_cell.pieces + excluded.pieces, gross_cents = basket_cell.gross_cents + excluded.gross_cents");
    END_ORDERS = write("UPDATE web_order SET state = ?3 WHERE generation = ?1 AND among(transaction_id, ?2) AND state = 'open'");
    FORGET_CELLS = write("DELETE FROM sales_cell WHERE generation = ?1");
    FORGET_BASKETS = write("DELETE FROM basket_cell WHERE generation = ?1");
    FORGET_ORDERS = write("DELETE FROM web_order WHERE generation = ?1");
    FORGET_LINES = write("DELETE FROM web_line WHERE generation = ?1");
    FORGET_REFUNDS = write("DELETE FROM web_refund WHERE generation = ?1");

    PUT_PRODUCT = write("INSERT INTO report_product (generation, product_id, sku, name, category) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (generation, product_id) DO UPDATE SET sku = excluded.sku, name = excluded.name, category = excluded.category").keyed();
    PUT_RATE = write("INSERT INTO report_rate (generation, product_id, day, vat_rate_bp) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (generation, product_id, day) DO UPDATE SET vat_rate_bp = excluded.vat_rate_bp").keyed();
    /// What a shelf holds; a shelf that is out already is out since then.
    PUT_SHELF = write("INSERT INTO shelf (generation, shop, product_id, on_hand, reserved, out_since, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (generation, shop, product_id) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved, out_since = CASE WHEN excluded.out_since IS NULL THEN NULL ELSE coalesce(shelf.out_since, excluded.out_since) END, changed_at = excluded.changed_at").keyed();
    /// Nothing is left, if it is since this instant: else it was so before.
    BEGIN_OUT = write("INSERT INTO stock_out (generation, shop, product_id, from_at, until_at) SELECT s.generation, s.shop, s.product_id, s.out_since, NULL FROM shelf s WHERE s.generation = ?1 AND s.shop = ?2 AND s.product_id = ?3 AND s.out_since = ?4 ON CONFLICT (generation, shop, product_id, from_at) DO UPDATE SET until_at = NULL");
    END_OUT = write("UPDATE stock_out SET until_at = ?4 WHERE generation = ?1 AND shop = ?2 AND product_id = ?3 AND until_at IS NULL");
    FORGET_PRODUCTS = write("DELETE FROM report_product WHERE generation = ?1");
    FORGET_RATES = write("DELETE FROM report_rate WHERE generation = ?1");
    FORGET_SHELVES = write("DELETE FROM shelf WHERE generation = ?1");
    FORGET_OUTS = write("DELETE FROM stock_out WHERE generation = ?1");

    /// Sums of a period. Parameters: first and last day; a shop and a channel, or nothing; the key to begin after; rows.
    BY_DAY = read(by("day"));
    BY_WEEK = read(by("week"));
    BY_SHOP = read(by("shop"));
    BY_CHANNEL = read(by("channel"));
    BY_RATE = read(format!("WITH {} SELECT x.rate, {SUMS} FROM cells x WHERE x.rate > ?5 GROUP BY x.rate ORDER BY x.rate LIMIT ?6", cells()));
    TOTAL = read(format!("WITH {} SELECT '', {SUMS} FROM cells x", cells()));
    /// By shop and day, for the lines of a chart.
    BY_SHOP_WEEK = read(format!("WITH {} SELECT x.shop, x.week, CAST(sum(x.gross_cents - x.returned_cents) AS BIGINT) FROM cells x GROUP BY x.shop, x.week ORDER BY x.shop, x.week", cells()));
    /// The whole detail, a row for each day, shop, channel and product. The key to begin after has four parts.
    DETAIL = read(format!("WITH {} SELECT x.day, x.shop, x.channel, x.product_id, {SUMS} FROM cells x WHERE (x.day, x.shop, x.channel, x.product_id) > (?5, ?6, ?7, ?8) GROUP BY x.day, x.shop, x.channel, x.product_id ORDER BY x.day, x.shop, x.channel, x.product_id LIMIT ?9", cells()));
    /// Products by what they brought in, the most first; after an amount and a product.
    PRODUCTS = read(format!("WITH {}, ranked AS (SELECT x.product_id, {SUMS_NAMED} FROM cells x GROUP BY x.product_id) SELECT r.product_id, r.pieces, r.gross_cents, r.returned_pieces, r.returned_cents, r.vat_cents FROM ranked r WHERE r.net_cents < ?5 OR (r.net_cents = ?5 AND r.product_id > ?6) ORDER BY r.net_cents DESC, r.product_id LIMIT ?7", cells()));
    BASKETS_BY_DAY = read(baskets_by("day"));
    BASKETS_BY_WEEK = read(baskets_by("week"));
    BASKETS_BY_SHOP = read(baskets_by("shop"));
    BASKETS_BY_CHANNEL = read(baskets_by("channel"));

    /// The names of products.
    NAMED = read(format!("SELECT n.product_id, n.sku, n.name, n.category FROM {NAMES} WHERE among(n.product_id, ?1)"));
    /// Shelves where nothing is free, and those with at most so much, the emptiest and the longest empty first.
    /// Parameters: pieces; a shop or nothing; the place to begin after; rows.
    LOW = read("SELECT s.shop, s.product_id, s.on_hand, s.reserved, s.out_since, s.changed_at FROM shelf s JOIN projection p ON p.name = 'reporting.stock' AND s.generation = p.active WHERE s.on_hand - s.reserved <= ?1 AND (?2 = '' OR s.shop = ?2) AND (coalesce(s.out_since, 9223372036854775807), s.shop, s.product_id) > (?3, ?4, ?5) ORDER BY coalesce(s.out_since, 9223372036854775807), s.shop, s.product_id LIMIT ?6");
    /// How often and how long shelves were empty in a span of time, now for those that still are. Parameters: from, to,
    /// now; a shop or nothing.
    OUTS = read("SELECT o.shop, o.product_id, count(o.from_at), CAST(sum(CASE WHEN coalesce(o.until_at, ?3) < ?2 THEN coalesce(o.until_at, ?3) ELSE ?2 END - CASE WHEN o.from_at > ?1 THEN o.from_at ELSE ?1 END) AS BIGINT) FROM stock_out o JOIN projection p ON p.name = 'reporting.stock' AND o.generation = p.active WHERE o.from_at < ?2 AND coalesce(o.until_at, ?3) > ?1 AND (?4 = '' OR o.shop = ?4) GROUP BY o.shop, o.product_id ORDER BY o.shop, o.product_id");
    /// Orders placed in a span of time, by shop and state.
    ORDERS = read("SELECT o.shop, o.state, count(o.transaction_id), CAST(sum(o.total_cents) AS BIGINT) FROM web_order o JOIN projection p ON p.name = 'reporting.sales' AND o.generation = p.active WHERE o.created_at >= ?1 AND o.created_at < ?2 GROUP BY o.shop, o.state ORDER BY o.shop, o.state");
    /// Receipts of tills in some days, by shop.
    RECEIPTS = read("SELECT b.shop, CAST(sum(b.baskets) AS BIGINT), CAST(sum(b.gross_cents) AS BIGINT), CAST(sum(b.returns) AS BIGINT), CAST(sum(b.returned_cents) AS BIGINT) FROM basket_cell b JOIN projection p ON p.name = 'reporting.sales' AND b.generation = p.active WHERE b.channel = 'till' AND b.day >= ?1 AND b.day <= ?2 GROUP BY b.shop ORDER BY b.shop");
    /// The shops that anything is known of.
    SHOPS = read("SELECT b.shop FROM basket_cell b JOIN projection p ON p.name = 'reporting.sales' AND b.generation = p.active GROUP BY b.shop UNION SELECT s.shop FROM shelf s JOIN projection q ON q.name = 'reporting.stock' AND s.generation = q.active GROUP BY s.shop ORDER BY 1");
}

/// The sums of a product, named for ranking.
const SUMS_NAMED: &str = "CAST(sum(x.pieces) AS BIGINT) AS pieces, CAST(sum(x.gross_cents) AS BIGINT) AS gross_cents, CAST(sum(x.returned_pieces) AS BIGINT) AS returned_pieces, CAST(sum(x.returned_cents) AS BIGINT) AS returned_cents, CAST(sum(x.vat_cents) AS BIGINT) AS vat_cents, CAST(sum(x.gross_cents - x.returned_cents) AS BIGINT) AS net_cents";
