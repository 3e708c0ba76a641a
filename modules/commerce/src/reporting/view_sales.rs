//! The projection of sales: orders of the web that were completed, receipts of the tills, and what went back.
//!
//! A pure function of the events and of the house's calendar. The events of a page are added up before anything is
//! written. An order is a sale from the event that completes it on; its lines came with an earlier event of the same
//! log, so that the rows of this generation hold them.

use super::calendar::{Calendar, Day};
use super::sql;
use crate::reading::read;
use contracts::commerce::{
    ByShop, Ended, PAYMENT_REFUNDED, PaymentRefunded, REROUTE_REQUESTED, TRANSACTION_CANCELLED,
    TRANSACTION_COMPLETED, TRANSACTION_CREATED, TRANSACTION_REROUTED, TransactionCreated,
};
use contracts::retail::{SALE_RECORDED, SaleKind, SaleRecorded};
use db::{Expect, Statement, Value, Write};
use flow::{Delivery, Fault, PageFault, Projector, Sources, ViewTable};
use kernel::{ModuleCode, Uuid};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the projection and of its consumer.
pub(super) const NAME: &str = "reporting.sales";
/// Raised when the same events make other rows than before.
const CODE_VERSION: u32 = 1;
/// The largest order, in cents: beyond it a share of a refund could not be worked out in 64 bits.
const LARGEST_CENTS: i64 = 3_000_000_000;
/// The rate of what does not say its own.
pub(super) const RATE_OF_PRODUCT: i64 = -1;
/// What is sold by the web shop.
pub(super) const WEB: &str = "web";
/// What is sold at a till.
pub(super) const TILL: &str = "till";

/// The projector.
pub(super) struct Sales(pub(super) Calendar);

/// Which row of `sales_cell`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Cell {
    day: Day,
    shop: String,
    product: Uuid,
    rate: i64,
}

/// What is added to a row, for goods that went out and goods that came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Added {
    baskets: i64,
    pieces: i64,
    cents: i64,
    returns: i64,
    returned_pieces: i64,
    returned_cents: i64,
}

impl Added {
    fn add(&mut self, back: bool, pieces: i64, cents: i64) {
        if back {
            (self.returned_pieces, self.returned_cents) =
                (self.returned_pieces + pieces, self.returned_cents + cents);
        } else {
            (self.pieces, self.cents) = (self.pieces + pieces, self.cents + cents);
        }
    }
}

/// What a page adds up to.
#[derive(Default)]
struct Tally {
    cells: BTreeMap<Cell, Added>,
    baskets: BTreeMap<(Day, String), Added>,
    orders: Vec<Vec<Value>>,
    lines: Vec<Vec<Value>>,
    /// The shops that orders have gone to: an order is a sale of the one that hands it over.
    moved: BTreeMap<Uuid, String>,
    completed: BTreeMap<Day, BTreeSet<Uuid>>,
    cancelled: BTreeSet<Uuid>,
    refunds: Vec<Vec<Value>>,
}

fn poison(cause: &str, message: impl Into<String>) -> Fault {
    Fault::Poison { cause: cause.into(), message: message.into() }
}

/// An event in the words of its contract.
fn said<T: serde::de::DeserializeOwned>(delivery: &Delivery) -> Result<T, Fault> {
    read(0, delivery).map_err(|fault| fault.fault)
}

impl Tally {
    fn add(&mut self, calendar: &Calendar, generation: u64, delivery: &Delivery) -> Result<(), Fault> {
        let day = || calendar.day(delivery.event.at);
        match delivery.event.kind.as_str() {
            TRANSACTION_CREATED => return self.created(generation, delivery),
            TRANSACTION_COMPLETED => {
                let id = self.at_shop(delivery)?;
                self.completed.entry(day()).or_default().insert(id);
            }
            REROUTE_REQUESTED | TRANSACTION_REROUTED => {
                self.at_shop(delivery)?;
            }
            TRANSACTION_CANCELLED => {
                self.cancelled.insert(said::<Ended>(delivery)?.transaction_id);
            }
            PAYMENT_REFUNDED => {
                let refund: PaymentRefunded = said(delivery)?;
                // What was let go was never taken.
                if refund.kind == "refund" && refund.amount_cents > 0 {
                    let (day, id) = (day(), delivery.event.id);
                    let params = db::params![
                        generation,
                        id,
                        refund.transaction_id,
                        day.day,
                        day.week,
                        refund.amount_cents,
                    ];
                    self.refunds.push(params);
                }
            }
            SALE_RECORDED => {
                let sale: SaleRecorded = said(delivery)?;
                return self.receipt(&calendar.day(sale.at), &sale);
            }
            other => return Err(poison("unexpected", other)),
        }
        Ok(())
    }

    /// The order that an event of its transaction is about; notes which shop has it, where it is not the first one.
    fn at_shop(&mut self, delivery: &Delivery) -> Result<Uuid, Fault> {
        let ByShop { transaction_id, shop, round } = said(delivery)?;
        if let Some(shop) = shop.filter(|_| round > 0) {
            self.moved.insert(transaction_id, shop);
        }
        Ok(transaction_id)
    }

    /// An order, and its lines with what those before each come to.
    fn created(&mut self, generation: u64, delivery: &Delivery) -> Result<(), Fault> {
        let order: TransactionCreated = said(delivery)?;
        let (mut before, mut pieces) = (0_i64, 0_i64);
        let mut lines = Vec::with_capacity(order.lines.len());
        for (n, line) in order.lines.iter().enumerate() {
            let quantity = i64::from(line.quantity);
            let amount = line.unit_price_cents.checked_mul(quantity);
            let amount = amount.filter(|cents| (0..=LARGEST_CENTS).contains(cents));
            let amount = amount.ok_or_else(|| poison("unreasonable", format!("line {n}: {line:?}")))?;
            // An order that says its rate is not changed by what the product's becomes.
            let rate = delivery.data["lines"][n]["vat_rate_bp"].as_i64();
            let rate = rate.filter(|bp| (0..=10_000).contains(bp)).unwrap_or(RATE_OF_PRODUCT);
            let (id, product) = (order.transaction_id, line.product_id);
            lines.push(db::params![generation, id, n as u64, product, rate, quantity, amount, before]);
            (before, pieces) = (before + amount, pieces + quantity);
        }
        if before != order.total_cents || before > LARGEST_CENTS {
            let message = format!("the lines come to {before}, the order to {}", order.total_cents);
            return Err(poison("unbalanced", message));
        }
        let (id, at) = (order.transaction_id, delivery.event.at);
        self.orders.push(db::params![generation, id, order.shop, at, pieces, order.total_cents]);
        self.lines.extend(lines);
        Ok(())
    }

    /// A receipt of a till.
    fn receipt(&mut self, day: &Day, sale: &SaleRecorded) -> Result<(), Fault> {
        let sum = sale.lines.iter().try_fold(0_i64, |sum, line| {
            sum.checked_add(line.total_cents).filter(|_| (0..=LARGEST_CENTS).contains(&line.total_cents))
        });
        if sum != Some(sale.total_cents) {
            let message = format!("the lines come to {sum:?}, the receipt to {}", sale.total_cents);
            return Err(poison("unbalanced", message));
        }
        let back = sale.kind == SaleKind::Return;
        let basket = self.baskets.entry((day.clone(), sale.shop.clone())).or_default();
        (basket.baskets, basket.returns) =
            (basket.baskets + i64::from(!back), basket.returns + i64::from(back));
        for line in &sale.lines {
            let cell = Cell {
                day: day.clone(),
                shop: sale.shop.clone(),
                product: line.product_id,
                rate: line.vat_rate_bp.into(),
            };
            let pieces = i64::from(line.quantity);
            self.cells.entry(cell).or_default().add(back, pieces, line.total_cents);
            basket.add(back, pieces, line.total_cents);
        }
        Ok(())
    }

    fn writes(self, generation: u64, writes: &mut Vec<Write>) {
        let mut write = |statement: &Statement, params| {
            writes.push(Write { statement: statement.clone(), params, expect: Expect::Any });
        };
        for (Cell { day, shop, product, rate }, a) in self.cells {
            let params = db::params![
                generation,
                day.day,
                shop,
                TILL,
                product,
                rate,
                day.week,
                a.pieces,
                a.cents,
                a.returned_pieces,
                a.returned_cents,
            ];
            write(&sql::ADD_CELL, params);
        }
        for ((day, shop), a) in self.baskets {
            let params = db::params![
                generation,
                day.day,
                shop,
                TILL,
                day.week,
                a.baskets,
                a.pieces,
                a.cents,
                a.returns,
                a.returned_cents,
            ];
            write(&sql::ADD_BASKET, params);
        }
        self.orders.into_iter().for_each(|params| write(&sql::PUT_ORDER, params));
        self.lines.into_iter().for_each(|params| write(&sql::PUT_LINE, params));
        self.refunds.into_iter().for_each(|params| write(&sql::PUT_REFUND, params));
        for (id, shop) in self.moved {
            write(&sql::MOVE_ORDER, db::params![generation, id, shop]);
        }
        for (Day { day, week }, ids) in self.completed {
            let ids = crate::reading::list(&ids);
            write(&sql::SELL_LINES, db::params![generation, ids.clone(), &day, &week]);
            write(&sql::SELL_BASKETS, db::params![generation, ids.clone(), &day, &week]);
            write(&sql::END_ORDERS, db::params![generation, ids, "completed"]);
        }
        if !self.cancelled.is_empty() {
            let ids = crate::reading::list(&self.cancelled);
            write(&sql::END_ORDERS, db::params![generation, ids, "cancelled"]);
        }
    }
}

impl Projector for Sales {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> u32 {
        self.0.version(CODE_VERSION)
    }

    fn sources(&self) -> Sources {
        let codes = ["transaction", "payment", "retail"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        let wanted = [
            TRANSACTION_CREATED,
            REROUTE_REQUESTED,
            TRANSACTION_REROUTED,
            TRANSACTION_COMPLETED,
            TRANSACTION_CANCELLED,
            PAYMENT_REFUNDED,
            SALE_RECORDED,
        ];
        wanted.contains(&kind)
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        let mut tally = Tally::default();
        tally.add(&self.0, generation, delivery)?;
        tally.writes(generation, writes);
        Ok(())
    }

    fn page(&self, generation: u64, page: &[Delivery], writes: &mut Vec<Write>) -> Result<(), PageFault> {
        let mut tally = Tally::default();
        for (at, delivery) in page.iter().enumerate() {
            tally.add(&self.0, generation, delivery).map_err(|fault| PageFault { at, fault })?;
        }
        tally.writes(generation, writes);
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        let statements = [
            &sql::FORGET_CELLS,
            &sql::FORGET_BASKETS,
            &sql::FORGET_ORDERS,
            &sql::FORGET_LINES,
            &sql::FORGET_REFUNDS,
        ];
        let forget = |statement: &Statement| Write {
            statement: statement.clone(),
            params: db::params![generation],
            expect: Expect::Any,
        };
        statements.into_iter().map(|statement| forget(statement)).collect()
    }

    fn tables(&self) -> Vec<ViewTable> {
        vec![
            ViewTable {
                name: "sales_cell",
                columns: &[
                    "day",
                    "shop",
                    "channel",
                    "product_id",
                    "vat_rate_bp",
                    "week",
                    "pieces",
                    "gross_cents",
                    "returned_pieces",
                    "returned_cents",
                ],
            },
            ViewTable {
                name: "basket_cell",
                columns: &[
                    "day",
                    "shop",
                    "channel",
                    "week",
                    "baskets",
                    "pieces",
                    "gross_cents",
                    "returns",
                    "returned_cents",
                ],
            },
            ViewTable {
                name: "web_order",
                columns: &["transaction_id", "shop", "state", "created_at", "pieces", "total_cents"],
            },
            ViewTable {
                name: "web_line",
                columns: &[
                    "transaction_id",
                    "line",
                    "product_id",
                    "vat_rate_bp",
                    "pieces",
                    "amount_cents",
                    "before_cents",
                ],
            },
            ViewTable {
                name: "web_refund",
                columns: &["refund_id", "transaction_id", "day", "week", "amount_cents"],
            },
        ]
    }
}
