//! What was ordered and delivered: a local copy, as far as the logs of others were read.

use super::sql;
use contracts::commerce::{
    ByShop, ORDER_DELIVERED, TRANSACTION_COMPLETED, TRANSACTION_CREATED, TransactionCreated,
};
use db::{Db, DbResult, Statement, Value, Write};
use flow::{Delivery, Fault, PageFault, Projector, Sources, ViewTable, active_generation};
use kernel::{ModuleCode, Uuid};

const NAME: &str = "returns.orders";

pub(super) struct Orders;

fn write(statement: &Statement, params: Vec<Value>) -> Write {
    Write { statement: statement.clone(), params, expect: db::Expect::Any }
}

impl Projector for Orders {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> u32 {
        1
    }

    fn sources(&self) -> Sources {
        let codes = ["transaction", "retail"].map(ModuleCode::new);
        Sources::Modules(codes.into_iter().flatten().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        [TRANSACTION_CREATED, TRANSACTION_COMPLETED, ORDER_DELIVERED].contains(&kind)
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        let unread = |fault: PageFault| fault.fault;
        if delivery.event.kind == TRANSACTION_CREATED {
            let said: TransactionCreated = crate::reading::read(0, delivery).map_err(unread)?;
            let id = said.transaction_id;
            writes.push(write(&sql::PUT_ORDER, db::params![generation, id, said.customer_id, said.shop]));
            for line in said.lines {
                let (quantity, cents) = (i64::from(line.quantity), line.unit_price_cents);
                let params = db::params![generation, id, line.product_id, quantity, cents];
                writes.push(write(&sql::PUT_LINE, params));
            }
            return Ok(());
        }
        let ByShop { transaction_id, shop, round } = crate::reading::read(0, delivery).map_err(unread)?;
        let completed = delivery.event.kind == TRANSACTION_COMPLETED;
        let statement = if completed { &sql::COMPLETED } else { &sql::DELIVERED };
        writes.push(write(statement, db::params![generation, transaction_id]));
        // What comes back goes to the shop that handed it over.
        if let Some(shop) = shop.filter(|_| completed && round > 0) {
            writes.push(write(&sql::AT_SHOP, db::params![generation, transaction_id, shop]));
        }
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        let params = || db::params![generation];
        vec![write(&sql::FORGET_ORDERS, params()), write(&sql::FORGET_LINES, params())]
    }

    fn tables(&self) -> Vec<ViewTable> {
        let order = &["transaction_id", "customer_id", "shop", "completed", "delivered"];
        let line = &["transaction_id", "product_id", "quantity", "unit_price_cents"];
        vec![
            ViewTable { name: "known_order", columns: order },
            ViewTable { name: "known_line", columns: line },
        ]
    }
}

/// An order that something can be sent back of, as far as it is known.
pub(super) async fn order(db: &Db, transaction: Uuid) -> DbResult<Option<super::model::Known>> {
    let generation = active_generation(db, NAME).await?;
    sql::order(db, generation, transaction).await
}
