//! Reconciliation: what the reports say against what the modules themselves answer, to the cent. Orders are compared by
//! the day on which they were placed and by where they stand, receipts by the day of the till.

use super::calendar::Calendar;
use super::period::Scope;
use super::{sql, view_sales};
use contracts::reporting::{Total, Totals};
use db::{Db, DbResult, Row};
use flow::Lag;
use kernel::Uuid;
use std::collections::BTreeMap;
use web::{Away, Calls};

/// The permissions of others that the reports ask with.
pub(super) const ASKS: [&str; 2] = ["transaction.order.read", "retail.totals.read"];

/// A source that is compared: module, path, and whether its totals are of tills.
const SOURCES: [(&str, &str); 2] =
    [("transaction", "/api/v1/transactions/totals"), ("retail", "/api/v1/retail/totals")];

/// How often and how much.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Amount {
    pub(super) count: i64,
    pub(super) cents: i64,
}

/// A line of the comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub(super) shop: String,
    /// `open`, `completed`, `cancelled`; `sale`, `return`.
    pub(super) kind: String,
    pub(super) ours: Amount,
    pub(super) theirs: Amount,
}

impl Line {
    /// Whether both say the same.
    pub(super) fn agrees(&self) -> bool {
        self.ours == self.theirs
    }
}

/// What became of the comparison with one source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Compared {
    /// The module.
    pub(super) source: &'static str,
    /// Its lines; when it is away, ours alone.
    pub(super) lines: Vec<Line>,
    /// Why there is nothing to compare with.
    pub(super) away: Option<String>,
    /// Entries of its log that are in its answer and not in ours yet.
    pub(super) behind: u64,
}

impl Compared {
    /// Whether both say the same in everything.
    pub(super) fn agrees(&self) -> bool {
        self.away.is_none() && self.lines.iter().all(Line::agrees)
    }
}

/// Compares the reports of a period with every source.
///
/// # Errors
/// When our own database cannot be read; a source that is away is told, and the others still compared.
pub(super) async fn compare(
    db: &Db,
    calls: &Calls,
    calendar: &Calendar,
    correlation_id: Uuid,
    scope: &Scope,
    lags: &[Lag],
) -> DbResult<Vec<Compared>> {
    let (from, to) = calendar.span(scope.from, scope.to);
    let (from_text, to_text) = (from.to_string(), to.to_string());
    let query = [("from", from_text.as_str()), ("to", to_text.as_str())];
    let mut compared = Vec::new();
    for (source, path) in SOURCES {
        let theirs = calls.ask::<Totals>(correlation_id, path, &query).await;
        let ours = match source {
            "transaction" => orders(db, db::params![from, to]).await?,
            _ => receipts(db, db::params![scope.from.to_string(), scope.to.to_string()]).await?,
        };
        let position = lags
            .iter()
            .find(|lag| lag.consumer == view_sales::NAME && lag.source == source)
            .map_or(0, |lag| lag.position);
        compared.push(beside(source, ours, theirs, position, &scope.shop));
    }
    Ok(compared)
}

type Known = BTreeMap<(String, String), Amount>;

async fn orders(db: &Db, params: Vec<db::Value>) -> DbResult<Known> {
    let rows = db.query(&sql::ORDERS, params).await?;
    let one =
        |row: &Row| Ok(((row.text(0)?, row.text(1)?), Amount { count: row.int(2)?, cents: row.int(3)? }));
    rows.iter().map(one).collect()
}

async fn receipts(db: &Db, params: Vec<db::Value>) -> DbResult<Known> {
    let mut known = Known::new();
    for row in db.query(&sql::RECEIPTS, params).await? {
        let shop = row.text(0)?;
        let sale = Amount { count: row.int(1)?, cents: row.int(2)? };
        let back = Amount { count: row.int(3)?, cents: row.int(4)? };
        known.insert((shop.clone(), "sale".into()), sale);
        known.insert((shop, "return".into()), back);
    }
    known.retain(|_, amount| *amount != Amount::default());
    Ok(known)
}

/// Where an order stands, in the words of the reports.
fn standing(kind: &str) -> &str {
    match kind {
        "completed" | "cancelled" | "sale" | "return" => kind,
        _ => "open",
    }
}

fn beside(
    source: &'static str,
    ours: Known,
    theirs: Result<Totals, Away>,
    position: u64,
    shop: &str,
) -> Compared {
    let (theirs, away, head) = match theirs {
        Ok(totals) => (totals.items, None, totals.position),
        Err(away) => (Vec::new(), Some(away.to_string()), 0),
    };
    let mut both: BTreeMap<(String, String), (Amount, Amount)> =
        ours.into_iter().map(|(key, amount)| (key, (amount, Amount::default()))).collect();
    for Total { shop, kind, count, amount_cents } in theirs {
        let theirs = &mut both.entry((shop, standing(&kind).to_owned())).or_default().1;
        theirs.count += i64::try_from(count).unwrap_or(i64::MAX);
        theirs.cents += amount_cents;
    }
    both.retain(|(of, _), (a, b)| {
        (shop.is_empty() || of == shop) && (*a, *b) != (Amount::default(), Amount::default())
    });
    let lines = both.into_iter();
    let lines = lines.map(|((shop, kind), (ours, theirs))| Line { shop, kind, ours, theirs }).collect();
    Compared { source, lines, away, behind: head.saturating_sub(position) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(rows: &[(&str, &str, i64, i64)]) -> Known {
        let one = |(shop, kind, count, cents): &(&str, &str, i64, i64)| {
            (((*shop).to_owned(), (*kind).to_owned()), Amount { count: *count, cents: *cents })
        };
        rows.iter().map(one).collect()
    }

    fn total(shop: &str, kind: &str, count: u64, amount_cents: i64) -> Total {
        Total { shop: shop.into(), kind: kind.into(), count, amount_cents }
    }

    #[test]
    fn states_on_the_way_are_one_and_agree() {
        let ours = known(&[("quai", "open", 3, 600), ("quai", "completed", 2, 400)]);
        let items = vec![
            total("quai", "created", 1, 100),
            total("quai", "reserved", 2, 500),
            total("quai", "completed", 2, 400),
        ];
        let compared = beside("transaction", ours, Ok(Totals { position: 12, items }), 12, "");
        assert!(compared.agrees(), "{compared:?}");
        assert_eq!(compared.behind, 0);
    }

    #[test]
    fn a_cent_is_a_difference_and_the_lag_is_told() {
        let ours = known(&[("quai", "sale", 2, 399)]);
        let theirs = Totals { position: 14, items: vec![total("quai", "sale", 2, 400)] };
        let compared = beside("retail", ours, Ok(theirs), 12, "");
        assert_eq!((compared.agrees(), compared.behind), (false, 2));
    }

    #[test]
    fn a_source_that_is_away_leaves_our_figure() {
        let away = Away { path: "/x".into(), why: "no answer within 2 s".into() };
        let compared = beside("retail", known(&[("quai", "sale", 2, 399)]), Err(away), 12, "");
        assert_eq!(compared.lines[0].ours.cents, 399);
        assert!(compared.away.is_some() && !compared.agrees());
    }
}
