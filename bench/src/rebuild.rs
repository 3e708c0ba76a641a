//! Building a view anew from a long log while the old one serves: the reports of a year of sales, as the product has
//! them.

use crate::measure::REPEAT;
use bus::{Bus, Signal};
use contracts::commerce::{
    Line, OfTransaction, TRANSACTION_COMPLETED, TRANSACTION_CREATED, TransactionCreated,
};
use contracts::retail::{SALE_RECORDED, SaleKind, SaleLine, SaleRecorded, Tender};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Db, NewEvent, Schema};
use flow::Flow;
use kernel::{Actor, Cause, DatabaseId, ModuleCode, SystemClock, Timestamp, Uuid};
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::{Island, Kind};
use web::{Edge, EdgeConfig, Module, Wiring};

/// Events when nobody says how many.
const EVENTS: u64 = 100_000;
/// The view that is built anew.
const VIEW: &str = "reporting.sales";
/// Events of one Batch.
const BATCH: u64 = 500;

fn reporting() -> anyhow::Result<Module> {
    let all = commerce::modules()?;
    let found = all.into_iter().find(|module| module.code.as_str() == "reporting");
    found.ok_or_else(|| anyhow::anyhow!("no module `reporting`"))
}

async fn source(own: &Island, code: &str) -> anyhow::Result<Db> {
    let module = ModuleCode::new(code)?;
    let new = NewDatabase {
        id: DatabaseId::main(module.clone()),
        schema: Arc::new(Schema::new(module, Vec::new(), Vec::new(), Vec::new())?),
        place: Place::Sqlite { file: format!("{code}.sqlite") },
        key: Key::random()?,
        password: None,
    };
    Ok(own.databases.create(new, testkit::now()).await?)
}

/// The nth instant of a year with so many events.
fn instant(n: u64, of: u64) -> Timestamp {
    let second = n.wrapping_mul(31_536_000) / of.max(1);
    Timestamp(1_767_225_600 * Timestamp::SECOND).plus_seconds(i64::try_from(second).unwrap_or(0))
}

fn product(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(n.wrapping_mul(2_654_435_761) % 200))
}

fn shop(n: u64) -> String {
    if n.is_multiple_of(3) { "lorient" } else { "concarneau" }.to_owned()
}

/// A receipt of two lines.
fn receipt(n: u64, at: Timestamp) -> NewEvent {
    let line = |nth: u64| SaleLine {
        product_id: product(n + nth),
        quantity: 1 + u32::try_from(n % 3).unwrap_or(0),
        unit_price_cents: 1990,
        vat_rate_bp: if nth == 0 { 2000 } else { 550 },
        total_cents: 1990 * i64::try_from(1 + n % 3).unwrap_or(1),
        restock: true,
    };
    let lines: Vec<SaleLine> = (0..2).map(line).collect();
    let total_cents = lines.iter().map(|line| line.total_cents).sum();
    let said = SaleRecorded {
        sale_id: Uuid::from_u128(n.into()),
        kind: if n % 40 == 39 { SaleKind::Return } else { SaleKind::Sale },
        shop: shop(n),
        till: "1".into(),
        receipt: n,
        lines,
        total_cents,
        tenders: vec![Tender { means: "card".into(), amount_cents: total_cents }],
        returns: None,
        at,
    };
    let data = serde_json::to_value(said).unwrap();
    NewEvent::new(testkit::id(), SALE_RECORDED, format!("sale/{n}"), data)
}

/// An order of two lines, or its completion.
fn order(n: u64) -> NewEvent {
    let transaction_id = Uuid::from_u128(u128::from(n / 2));
    let stream = format!("transaction/{}", n / 2);
    if n % 2 == 1 {
        let data = serde_json::to_value(OfTransaction { transaction_id }).unwrap();
        return NewEvent::new(testkit::id(), TRANSACTION_COMPLETED, stream, data);
    }
    let line = |nth: u64| {
        let product_id = product(n + nth);
        serde_json::from_value::<Line>(
            serde_json::json!({ "product_id": product_id, "quantity": 1, "unit_price_cents": 2490 }),
        )
    };
    let said = TransactionCreated {
        transaction_id,
        shop: shop(n),
        customer_id: Uuid::nil(),
        lines: (0..2).map(|nth| line(nth).unwrap()).collect(),
        total_cents: 4980,
        payment_method: "tok_ok".into(),
    };
    NewEvent::new(testkit::id(), TRANSACTION_CREATED, stream, serde_json::to_value(said).unwrap())
}

/// Fills a log with so many events.
async fn fill(db: &Db, count: u64, event: impl Fn(u64, Timestamp) -> NewEvent) -> anyhow::Result<()> {
    let mut n = 0;
    while n < count {
        let at = instant(n, count);
        let mut batch = Batch::new(at, Cause::new(&Actor::system("bench"), testkit::id()));
        for _ in 0..BATCH.min(count - n) {
            batch.event(event(n, instant(n, count)));
            n += 1;
        }
        db.write(batch).await?;
    }
    Ok(())
}

/// Revenue by generation, as the tables say it.
async fn revenue(db: &Db) -> anyhow::Result<std::collections::BTreeMap<u64, i64>> {
    let mut sums = std::collections::BTreeMap::new();
    for row in db.rows_of("basket_cell", &["generation", "gross_cents", "returned_cents"]).await? {
        *sums.entry(row.count(0)?).or_insert(0) += row.int(1)? - row.int(2)?;
    }
    Ok(sums)
}

/// Prints how long a rebuild takes, and what readers of the old view notice.
pub async fn run(kind: Kind, events: Option<u64>) -> anyhow::Result<()> {
    let events = events.unwrap_or(EVENTS);
    let module = reporting()?;
    let bus = Bus::default();
    let announce = bus.clone();
    let hook: db::OnCommit = Arc::new(move |database, position| {
        announce.announce(Signal::Log { database: database.clone(), position });
    });
    let own = Island::durable_with_hook(kind, (*module.schema).clone(), hook).await;
    let (orders, receipts) = (source(&own, "transaction").await?, source(&own, "retail").await?);
    let web_orders = events / 10 * 2;
    fill(&orders, web_orders, |n, _| order(n)).await?;
    fill(&receipts, events - web_orders, receipt).await?;
    let flow = Flow::start(own.databases.clone(), bus.clone(), Arc::new(SystemClock));
    let config = EdgeConfig {
        organisation: "bench".into(),
        public_url: "http://localhost".into(),
        secure: false,
        trusted_proxies: Vec::new(),
        zone: jiff::tz::TimeZone::get("Europe/Paris")?,
        requests_per_second: std::num::NonZeroU32::MIN.saturating_add(999),
    };
    let edge = Edge::new(Arc::new(SystemClock), bus, flow.clone(), config);
    let parts = (module.start)(Wiring { edge, db: own.db.clone() });
    let start = Instant::now();
    parts.consumers.into_iter().for_each(|consumer| flow.follow(own.db.clone(), consumer));
    while !flow.lags().await?.iter().all(|lag| lag.position == lag.head) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let first = start.elapsed().as_secs_f64();
    println!("first build of {events} events: {first:.1} s, {:.0} events/s", events as f64 / first);
    let repeat = if events > EVENTS { 1 } else { REPEAT };
    let mut times = Vec::new();
    for _ in 0..repeat {
        times.push(once(&own, &flow, &receipts, events).await?);
    }
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    println!(
        "rebuild of {events} events beside the view that serves: {median:.1} s, {:.0} events/s; {:.1} s per million",
        events as f64 / median,
        median * 1e6 / events as f64
    );
    flow.stop().await;
    Ok(())
}

/// One rebuild, read and written beside; seconds.
async fn once(own: &Island, flow: &Arc<Flow>, receipts: &Db, events: u64) -> anyhow::Result<f64> {
    let before = flow::active_generation(&own.db, VIEW).await?;
    let serving = revenue(&own.db).await?.get(&before).copied();
    let start = Instant::now();
    flow.rebuild(VIEW).await?;
    let (mut reads, mut added) = (Vec::new(), 0_i64);
    let mut n = events;
    while flow::active_generation(&own.db, VIEW).await? == before {
        // Somebody sells and somebody looks meanwhile.
        let at = instant(1, 1);
        let mut batch = Batch::new(at, Cause::new(&Actor::system("bench"), testkit::id()));
        let event = receipt(n * 40, at);
        added += event.data["total_cents"].as_i64().unwrap_or(0);
        batch.event(event);
        receipts.write(batch).await?;
        n += 1;
        let asked = Instant::now();
        let seen = revenue(&own.db).await?;
        reads.push(asked.elapsed().as_secs_f64() * 1000.0);
        assert!(seen.contains_key(&before) || seen.len() == 1, "the old view serves until the new one does");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = start.elapsed().as_secs_f64();
    while !flow.lags().await?.iter().all(|lag| lag.position == lag.head) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let after = flow::active_generation(&own.db, VIEW).await?;
    let built = revenue(&own.db).await?.get(&after).copied();
    assert_eq!(
        built,
        serving.map(|sum| sum + added),
        "the new view says what the old one said, and what came since"
    );
    reads.sort_by(f64::total_cmp);
    let at = |share: f64| {
        reads.get((reads.len() as f64 * share) as usize).or(reads.last()).copied().unwrap_or(0.0)
    };
    println!(
        "  {seconds:.2} s; reads of the old view meanwhile p50 {:.1} ms, p99 {:.1} ms",
        at(0.5),
        at(0.99)
    );
    Ok(seconds)
}
