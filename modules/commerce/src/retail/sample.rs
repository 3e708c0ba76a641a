//! The shops of the sample company with their tills, and a few days of sales: enough for readings and closings to say
//! something. What is there already stays, so that a start that was broken off goes on.

use super::till::Tills;
use super::till::change::Act;
use super::till::commands::{Back, Command, Return, Sale, Wanted};
use super::till::model::{Means, Offer};
use super::till::offers;
use super::till::queries::Shop;
use super::till::record::{Chain, Closing, Given};
use super::till::shops;
use db::Db;
use kernel::{Actor, Cause, Clock, Error, Kind, Result, Timestamp, Uuid};
use std::sync::Arc;
use std::time::Duration;

/// Code, name and address.
const SHOPS: [(&str, &str, &str); 2] = [
    ("concarneau", "Concarneau", "12, quai Pénéroff, 29900 Concarneau"),
    ("lorient", "Lorient", "4, rue de la Cale Ory, 56100 Lorient"),
];
const TILLS: [&str; 2] = ["1", "2"];
/// The tills that have sold something, and how many times a day.
const BUSY: [(&str, &str, usize); 3] = [("concarneau", "1", 4), ("concarneau", "2", 3), ("lorient", "1", 2)];
const FLOAT: i64 = 15_000;
/// Only of products that there are enough of.
const ENOUGH: i64 = 10;
/// How often we look whether the products are known, every 10 ms.
const LOOKS: usize = 300;

/// Who works at the tills, and on which days.
pub struct SampleTills<'a> {
    /// The cashier.
    pub cashier: Uuid,
    /// The shop's manager, who closes.
    pub manager: Uuid,
    /// When the shops opened on the days before today, oldest first; the sessions of the last one are still open.
    pub mornings: &'a [Timestamp],
    /// Whether there are products to wait for.
    pub products: bool,
    /// Under which all of it is written.
    pub correlation: Uuid,
}

/// Fills the module's database. Answers how many receipts were written.
///
/// # Errors
/// When the database does not take them.
pub async fn seed(db: &Db, clock: &Arc<dyn Clock>, sample: &SampleTills<'_>) -> Result<usize> {
    let tills = Tills::new(db.clone());
    let act = |by: Uuid, now: Timestamp| Act {
        now,
        cause: Cause::new(&Actor::Person(by), sample.correlation),
        clock: clock.clone(),
        by,
    };
    let first = sample.mornings.first().copied().unwrap_or_else(|| clock.now());
    for (code, name, address) in SHOPS {
        let there = absent(tills.shop(code).await)?.is_some();
        if !there {
            let shop = Shop { code: code.into(), name: name.into(), address: address.into() };
            db.write(shops::add_shop(&act(sample.manager, first), &shop)?).await?;
        }
        for till in TILLS {
            if absent(tills.till(code, till).await)?.is_none() {
                db.write(tills.add_till(&act(sample.manager, first), code, till).await?.0).await?;
            }
        }
    }
    let goods = if sample.products { goods(db).await? } else { Vec::new() };
    let mut written = 0;
    for (nth, (shop, code, sales)) in BUSY.into_iter().enumerate() {
        let till = tills.till(shop, code).await?;
        if goods.is_empty() || till.head(Chain::Receipt).0 > 0 {
            continue;
        }
        for (day, morning) in sample.mornings.iter().enumerate() {
            let today = day + 1 == sample.mornings.len();
            let plan = Day { shop, code, morning: *morning, seed: day * 5 + nth * 3, sales, today };
            written += plan.play(&tills, &goods, (&act, sample)).await?;
        }
    }
    Ok(written)
}

/// What there is, or nothing.
fn absent<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The products that there are enough of; waits a little for their events.
async fn goods(db: &Db) -> Result<Vec<Offer>> {
    let look = || async {
        let mut found = offers::all(db, SHOPS[0].0, "", 50).await.map_err(Error::from)?;
        found.retain(|offer| offer.free.is_some_and(|free| free >= ENOUGH) && offer.price_cents > 0);
        Ok::<_, Error>(found)
    };
    let enough = |found: &Vec<Offer>| found.len() > 3;
    let found = flow::look_again(LOOKS, Duration::from_millis(10), look, enough).await?;
    Ok(if enough(&found) { found } else { Vec::new() })
}

/// A day at a till.
struct Day<'a> {
    shop: &'a str,
    code: &'a str,
    morning: Timestamp,
    seed: usize,
    sales: usize,
    today: bool,
}

impl Day<'_> {
    async fn play(
        &self,
        tills: &Tills,
        goods: &[Offer],
        (act, sample): (&impl Fn(Uuid, Timestamp) -> Act, &SampleTills<'_>),
    ) -> Result<usize> {
        let place = (self.shop, self.code);
        let at = |minutes: usize| self.morning.plus_seconds(i64::try_from(minutes * 60).unwrap_or(0));
        let opening = Command::Open { float_cents: FLOAT };
        tills.run(&act(sample.cashier, self.morning), place, &opening).await?;
        let mut written = 0;
        let mut last = None;
        for n in 0..if self.today { 1 } else { self.sales } {
            let act = act(sample.cashier, at(17 + n * 96 + self.seed % 7));
            let sale = self.sale(n, goods, act.clock.new_id());
            last = Some((
                sale.id,
                sale.given.first().copied(),
                goods[(self.seed + n * 2) % goods.len()].price_cents,
            ));
            tills.run(&act, place, &Command::Sell(sale)).await?;
            written += 1;
        }
        if let Some((sale, Some(given), price_cents)) = last.filter(|_| self.seed % 5 == 1 && !self.today) {
            let act = act(sample.cashier, at(425));
            let lines = vec![Back { line: 1, quantity: 1, restock: true }];
            let given = vec![Given { means: given.means, given_cents: price_cents }];
            let back = Return { id: act.clock.new_id(), sale, lines, given };
            tills.run(&act, place, &Command::TakeBack(back)).await?;
            written += 1;
        }
        if !self.today {
            let reading = tills.reading(&tills.till(self.shop, self.code).await?).await?;
            // Half a euro is missing now and then, as it is in shops.
            let missing = if self.seed % 4 == 3 { 50 } else { 0 };
            let command = Command::Close { counted_cents: reading.expected_cents - missing };
            let record = tills.run(&act(sample.manager, at(570)), place, &command).await?;
            debug_assert!(record.read::<Closing>().is_ok());
        }
        Ok(written)
    }

    /// One or two products, paid by card, in cash or half and half.
    fn sale(&self, n: usize, goods: &[Offer], id: Uuid) -> Sale {
        let pick = |step: usize| &goods[(self.seed + n * 2 + step) % goods.len()];
        let wanted = |offer: &Offer, quantity: i64| Wanted {
            product: Some(offer.product),
            code: None,
            quantity,
            seen_cents: Some(offer.price_cents),
        };
        let mut lines = vec![wanted(pick(0), 1)];
        if (self.seed + n) % 2 == 1 {
            lines.push(wanted(pick(1), 2));
        }
        let total: i64 = lines.iter().filter_map(|line| Some(line.seen_cents? * line.quantity)).sum();
        let given = |means, given_cents| Given { means, given_cents };
        let given = match (self.seed + n) % 3 {
            0 => vec![given(Means::Cash, (total + 999) / 1000 * 1000)],
            1 => vec![given(Means::Card, total)],
            _ => vec![given(Means::Card, total / 2), given(Means::Cash, total - total / 2)],
        };
        Sale { id, lines, given, at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::super::till::sql;
    use super::*;
    use db::Batch;
    use kernel::TestClock;
    use testkit::{Island, on_both_engines};

    /// Products as their events would have told of them.
    async fn furnish(island: &Island) {
        let generation = flow::active_generation(&island.db, "retail.offers").await.unwrap();
        let cause = Cause::new(&Actor::system("test"), Uuid::nil());
        let mut batch = Batch::new(Timestamp(0), cause);
        for n in 1..=12_i64 {
            let (id, sku, price) = (Uuid::from_u128(n.unsigned_abs().into()), format!("P-{n:02}"), 350 * n);
            let rate = if n % 4 == 0 { 550 } else { 2000 };
            let offer = db::params![generation, id, &sku, "", &sku, &sku, "Divers", price, rate];
            batch.write(&sql::PUT_OFFER, offer);
            batch.write(&sql::PUT_PRICE, db::params![generation, id, Timestamp(0), price, rate]);
            batch.write(&sql::PUT_STOCK, db::params![generation, "concarneau", id, 40, 0]);
        }
        island.db.write(batch).await.unwrap();
    }

    on_both_engines! {
        async fn a_few_days_of_sales_add_up_and_are_made_once(kind) {
            let module = crate::retail::module().unwrap();
            let island = Island::new(kind, (*module.schema).clone()).await;
            furnish(&island).await;
            let now = Timestamp::parse("2026-11-18T13:07:00Z").unwrap();
            let clock: Arc<dyn Clock> = Arc::new(TestClock::at(now));
            let mornings: Vec<Timestamp> = [3, 2, 1, 0].map(|days| now.plus_seconds(-days * 86_400 - 18_000)).into();
            let sample = SampleTills {
                cashier: Uuid::from_u128(101),
                manager: Uuid::from_u128(102),
                mornings: &mornings,
                products: true,
                correlation: Uuid::from_u128(103),
            };
            let written = seed(&island.db, &clock, &sample).await.unwrap();
            assert!((25..=35).contains(&written), "{written}");
            assert_eq!(seed(&island.db, &clock, &sample).await.unwrap(), 0, "a second time adds nothing");
            let tills = Tills::new(island.db.clone());
            let till = tills.till("concarneau", "1").await.unwrap();
            assert_eq!((till.head(Chain::Closing).0, till.session.is_some()), (3, true));
            let closing = tills.record(("concarneau", "1"), Chain::Closing, 3).await.unwrap().unwrap();
            let closing: Closing = closing.read().unwrap();
            assert_eq!(closing.sold_ever_cents, till.sold_cents - tills.reading(&till).await.unwrap().totals.sold_cents);
            for check in module.checks {
                assert_eq!((check.run)(island.db.clone()).await.unwrap(), Vec::new(), "{}", check.name);
            }
            let (rows, findings) = flow::verify_rows(&island.db, &module.fold.unwrap()).await.unwrap();
            assert_eq!(findings, Vec::new());
            assert!(rows > 60, "{rows}");
        }
    }
}
