//! The logs of four modules, with events as their contracts write them, and the reports that follow.

use crate::reporting::calendar::Calendar;
use crate::reporting::period::Scope;
use crate::reporting::{queries, schema, view_sales, view_stock, views};
use bus::{Bus, Signal};
use contracts::commerce::{
    Ended, OfTransaction, PAYMENT_REFUNDED, PRODUCT_CHANGED, TRANSACTION_CANCELLED, TRANSACTION_COMPLETED,
    TRANSACTION_CREATED,
};
use contracts::inventory::{STOCK_CHANGED, StockChanged};
use contracts::retail::{SALE_RECORDED, SaleKind, SaleLine, SaleRecorded, Tender};
use db::databases::{NewDatabase, Place};
use db::vault::Key;
use db::{Batch, Db, NewEvent, Schema};
use flow::Flow;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::{Actor, Cause, Clock, DatabaseId, ModuleCode, TestClock, Timestamp, Uuid};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Island, Kind};

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(super) fn paris() -> Calendar {
    Calendar(TimeZone::get("Europe/Paris").unwrap())
}

pub(super) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// All shops and channels of some days.
pub(super) fn days(from: &str, to: &str) -> Scope {
    let date = |text: &str| text.parse::<Date>().unwrap();
    Scope { from: date(from), to: date(to), shop: String::new(), channel: String::new() }
}

pub(super) struct World {
    pub(super) own: Island,
    pub(super) flow: Arc<Flow>,
    pub(super) clock: Arc<TestClock>,
    sources: Vec<Db>,
}

const SOURCES: [&str; 4] = ["transaction", "payment", "retail", "inventory"];

impl World {
    pub(super) async fn new(kind: Kind) -> Self {
        let bus = Bus::default();
        let announce = bus.clone();
        let hook: db::OnCommit = Arc::new(move |database, position| {
            announce.announce(Signal::Log { database: database.clone(), position });
        });
        let own = Island::with_hook(kind, schema().unwrap(), hook).await;
        let mut sources = Vec::new();
        for code in SOURCES {
            let module = ModuleCode::new(code).unwrap();
            let new = NewDatabase {
                id: DatabaseId::main(module.clone()),
                schema: Arc::new(Schema::new(module, Vec::new(), Vec::new(), Vec::new()).unwrap()),
                place: Place::Sqlite { file: format!("{code}.sqlite") },
                key: Key::random().unwrap(),
                password: None,
            };
            sources.push(own.databases.create(new, testkit::now()).await.unwrap());
        }
        let clock = Arc::new(TestClock::at(at("2026-11-18T11:00:00Z")));
        let flow = Flow::start(own.databases.clone(), bus, clock.clone());
        Self { own, flow, clock, sources }
    }

    pub(super) fn follow(&self) {
        for view in views(&paris()) {
            self.flow.follow(self.own.db.clone(), view);
        }
    }

    pub(super) fn db(&self) -> &Db {
        &self.own.db
    }

    /// Appends an event to the log of the module that its type begins with.
    pub(super) async fn emit(&self, when: Timestamp, kind: &str, stream: String, data: impl Serialize) {
        let module = kind.split('.').next().unwrap();
        let source = SOURCES.iter().position(|code| *code == module).unwrap();
        let mut batch = Batch::new(when, Cause::new(&Actor::system("test"), id(7)));
        let data = serde_json::to_value(data).unwrap();
        batch.event(NewEvent::new(self.clock.new_id(), kind, stream, data));
        self.sources[source].write(batch).await.unwrap();
    }

    pub(super) async fn product(&self, when: Timestamp, n: u128, vat_rate_bp: u32) {
        let said = json!({ "product_id": id(n), "sku": format!("P-{n}"), "name": format!("Produit {n}"),
            "price_cents": 1000, "vat_rate_bp": vat_rate_bp, "category": "Sécurité" });
        self.emit(when, PRODUCT_CHANGED, format!("product/{n}"), said).await;
    }

    pub(super) async fn stock(&self, when: Timestamp, shop: &str, n: u128, on_hand: i64, reserved: i64) {
        let said = StockChanged { shop: shop.into(), product_id: id(n), on_hand, reserved, movement: None };
        self.emit(when, STOCK_CHANGED, format!("stock/{shop}/{n}"), said).await;
    }

    /// An order of lines (product, pieces, price of one).
    pub(super) async fn order(&self, when: Timestamp, n: u128, shop: &str, lines: &[(u128, u32, i64)]) {
        let total: i64 = lines.iter().map(|(_, q, p)| i64::from(*q) * p).sum();
        let line = |(product, quantity, price): &(u128, u32, i64)| json!({ "product_id": id(*product), "quantity": quantity, "unit_price_cents": price });
        let lines: Vec<Json> = lines.iter().map(line).collect();
        let said = json!({ "transaction_id": id(n), "shop": shop, "customer_id": id(1), "lines": lines,
            "total_cents": total, "payment_method": "tok_ok" });
        self.emit(when, TRANSACTION_CREATED, format!("transaction/{n}"), said).await;
    }

    pub(super) async fn completed(&self, when: Timestamp, n: u128) {
        let said = OfTransaction { transaction_id: id(n) };
        self.emit(when, TRANSACTION_COMPLETED, format!("transaction/{n}"), said).await;
    }

    pub(super) async fn cancelled(&self, when: Timestamp, n: u128) {
        let said = Ended { transaction_id: id(n), reason: "customer".into() };
        self.emit(when, TRANSACTION_CANCELLED, format!("transaction/{n}"), said).await;
    }

    pub(super) async fn refunded(&self, when: Timestamp, n: u128, kind: &str, amount_cents: i64) {
        let said = json!({ "transaction_id": id(n), "kind": kind, "amount_cents": amount_cents });
        self.emit(when, PAYMENT_REFUNDED, format!("payment/{n}"), said).await;
    }

    /// A receipt of lines (product, pieces, price of one, rate).
    pub(super) async fn receipt(
        &self,
        when: Timestamp,
        kind: SaleKind,
        shop: &str,
        lines: &[(u128, u32, i64, u32)],
    ) {
        let line = |(product, quantity, price, rate): &(u128, u32, i64, u32)| SaleLine {
            product_id: id(*product),
            quantity: *quantity,
            unit_price_cents: *price,
            vat_rate_bp: *rate,
            total_cents: i64::from(*quantity) * price,
            restock: true,
        };
        let lines: Vec<SaleLine> = lines.iter().map(line).collect();
        let total_cents = lines.iter().map(|line| line.total_cents).sum();
        let sale_id = self.clock.new_id();
        let said = SaleRecorded {
            sale_id,
            kind,
            shop: shop.into(),
            till: "1".into(),
            receipt: 1,
            lines,
            total_cents,
            tenders: vec![Tender { means: "cash".into(), amount_cents: total_cents }],
            returns: None,
            at: when,
        };
        self.emit(when, SALE_RECORDED, format!("sale/{sale_id}"), said).await;
    }

    /// The rows that one question is answered with.
    pub(super) async fn ask(&self, query: db::Query) -> Vec<db::Row> {
        let [rows] = queries::at_once(self.db(), [query]).await.unwrap();
        rows
    }

    pub(super) async fn caught_up(&self) {
        eventually(async || {
            let lags = self.flow.lags().await.unwrap();
            lags.len() == 4 && lags.iter().all(|lag| lag.position == lag.head)
        })
        .await;
    }

    /// Every row of the views but for its generation, sorted.
    pub(super) async fn rows(&self) -> Vec<String> {
        let mut all = Vec::new();
        for view in views(&paris()) {
            for table in view.tables() {
                let rows = self.db().rows_of(table.name, table.columns).await.unwrap();
                all.extend(rows.iter().map(|row| format!("{} {row:?}", table.name)));
            }
        }
        all.sort();
        all
    }

    /// Builds both views anew beside the ones that serve, and waits until they do.
    pub(super) async fn rebuilt(&self) {
        for name in [view_sales::NAME, view_stock::NAME] {
            let before = flow::active_generation(self.db(), name).await.unwrap();
            assert!(self.flow.rebuild(name).await.unwrap());
            eventually(async || flow::active_generation(self.db(), name).await.unwrap() > before).await;
        }
    }

    /// Both views hold against a replay; how many rows that were.
    pub(super) async fn proved(&self) -> u64 {
        assert_eq!(self.flow.provable(), [view_sales::NAME, view_stock::NAME]);
        let mut rows = 0;
        for name in self.flow.provable() {
            let (compared, findings) = self.flow.verify_projection(&name).await.unwrap();
            assert!(findings.is_empty(), "{findings:#?}");
            rows += compared;
        }
        rows
    }
}

/// Waits for a condition, with a bound.
pub(super) async fn eventually(condition: impl AsyncFn() -> bool) {
    for _ in 0..3000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come about within thirty seconds");
}
