//! The projection of products and shelves: what things are called, at which VAT rate they are sold since when, what each
//! shop has, and since when it has had nothing left.
//!
//! Pure. Events of a page that leave a shelf as it was (out, or not) are told as one.

use super::calendar::Calendar;
use super::sql;
use crate::reading::read;
use contracts::commerce::{PRODUCT_CHANGED, ProductChanged};
use contracts::inventory::STOCK_CHANGED;
use db::{Expect, Statement, Write};
use flow::{Delivery, Fault, PageFault, Projector, Sources, ViewTable};
use kernel::{ModuleCode, Timestamp, Uuid};
use std::collections::BTreeMap;

/// The name of the projection and of its consumer.
pub(super) const NAME: &str = "reporting.stock";
/// Raised when the same events make other rows than before.
const CODE_VERSION: u32 = 1;

/// The projector.
pub(super) struct Stock(pub(super) Calendar);

/// What is read of `inventory.stock.changed`: how much there is, not what moved it.
#[derive(serde::Deserialize)]
struct Level {
    shop: String,
    product_id: Uuid,
    on_hand: i64,
    reserved: i64,
}

/// Events of one shelf in a row during which it was out, or was not.
struct Run {
    out: bool,
    first: Timestamp,
    last: Timestamp,
    on_hand: i64,
    reserved: i64,
}

/// What a page says.
#[derive(Default)]
struct Tally {
    products: BTreeMap<Uuid, ProductChanged>,
    rates: BTreeMap<(Uuid, String), i64>,
    shelves: BTreeMap<(String, Uuid), Vec<Run>>,
}

impl Tally {
    fn add(&mut self, calendar: &Calendar, delivery: &Delivery) -> Result<(), Fault> {
        let at = delivery.event.at;
        match delivery.event.kind.as_str() {
            PRODUCT_CHANGED => {
                let product: ProductChanged = read(0, delivery).map_err(|fault| fault.fault)?;
                let rate = (product.product_id, calendar.day(at).day);
                self.rates.insert(rate, product.vat_rate_bp.into());
                self.products.insert(product.product_id, product);
            }
            STOCK_CHANGED => {
                let level: Level = read(0, delivery).map_err(|fault| fault.fault)?;
                let Level { shop, product_id, on_hand, reserved } = level;
                let out = on_hand.saturating_sub(reserved) <= 0;
                let runs = self.shelves.entry((shop, product_id)).or_default();
                match runs.last_mut() {
                    Some(run) if run.out == out => {
                        (run.last, run.on_hand, run.reserved) = (at, on_hand, reserved);
                    }
                    _ => runs.push(Run { out, first: at, last: at, on_hand, reserved }),
                }
            }
            other => {
                return Err(Fault::Poison { cause: "unexpected".into(), message: other.into() });
            }
        }
        Ok(())
    }

    fn writes(self, generation: u64, writes: &mut Vec<Write>) {
        let mut write = |statement: &Statement, params| {
            writes.push(Write { statement: statement.clone(), params, expect: Expect::Any });
        };
        for (id, p) in self.products {
            write(&sql::PUT_PRODUCT, db::params![generation, id, p.sku, p.name, p.category]);
        }
        for ((id, day), rate) in self.rates {
            write(&sql::PUT_RATE, db::params![generation, id, day, rate]);
        }
        // The first run of every shelf, then the second: statements of one kind stand together.
        let longest = self.shelves.values().map(Vec::len).max().unwrap_or(0);
        for nth in 0..longest {
            let runs = || self.shelves.iter().filter_map(|(place, runs)| Some((place, runs.get(nth)?)));
            for ((shop, id), run) in runs() {
                let since = run.out.then_some(run.first);
                let levels = db::params![generation, shop, *id, run.on_hand, run.reserved, since, run.last];
                write(&sql::PUT_SHELF, levels);
            }
            for ((shop, id), run) in runs() {
                let of = db::params![generation, shop, *id, run.first];
                write(if run.out { &sql::BEGIN_OUT } else { &sql::END_OUT }, of);
            }
        }
    }
}

impl Projector for Stock {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> u32 {
        self.0.version(CODE_VERSION)
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("inventory").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        kind == PRODUCT_CHANGED || kind == STOCK_CHANGED
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        let mut tally = Tally::default();
        tally.add(&self.0, delivery)?;
        tally.writes(generation, writes);
        Ok(())
    }

    fn page(&self, generation: u64, page: &[Delivery], writes: &mut Vec<Write>) -> Result<(), PageFault> {
        let mut tally = Tally::default();
        for (at, delivery) in page.iter().enumerate() {
            tally.add(&self.0, delivery).map_err(|fault| PageFault { at, fault })?;
        }
        tally.writes(generation, writes);
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        let forget = |statement: &Statement| Write {
            statement: statement.clone(),
            params: db::params![generation],
            expect: Expect::Any,
        };
        [&sql::FORGET_PRODUCTS, &sql::FORGET_RATES, &sql::FORGET_SHELVES, &sql::FORGET_OUTS]
            .map(|statement| forget(statement))
            .to_vec()
    }

    fn tables(&self) -> Vec<ViewTable> {
        vec![
            ViewTable { name: "report_product", columns: &["product_id", "sku", "name", "category"] },
            ViewTable { name: "report_rate", columns: &["product_id", "day", "vat_rate_bp"] },
            ViewTable {
                name: "shelf",
                columns: &["shop", "product_id", "on_hand", "reserved", "out_since", "changed_at"],
            },
            ViewTable { name: "stock_out", columns: &["shop", "product_id", "from_at", "until_at"] },
        ]
    }
}
