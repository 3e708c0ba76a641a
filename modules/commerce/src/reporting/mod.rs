//! Reporting: what was sold, by shop, day and product; what runs out; how the weeks go; and whether all that is what the
//! other modules say.
//!
//! It owns projections and nothing else: `sales_cell` and `basket_cell` (sales added up), `web_order`, `web_line` and
//! `web_refund`, `report_product` and `report_rate`, `shelf` and `stock_out`. All are made from events, and built anew
//! beside themselves at any time with the same result.
//!
//! Invariants:
//! - Amounts are whole cents, and every sum of a report is the sum of its rows.
//! - A sale counts once: an order when it is completed, a receipt when it is printed; what went back counts on the day on
//!   which it went back.
//! - Days begin and end where the shops are.
//! - An answer says how old it is, source by source.
//!
//! Events in: `transaction.created`, `.reroute.requested`, `.rerouted`, `.completed`, `.cancelled`, `payment.refunded`, `retail.sale.recorded`,
//! `inventory.product.changed`, `inventory.stock.changed`. Events out: none.

mod calendar;
mod csv;
mod figures;
mod http;
mod pages;
mod period;
mod queries;
mod reconcile;
mod sql;
mod view_sales;
mod view_stock;
mod words;

#[cfg(test)]
mod tests;

use calendar::Calendar;
use db::{DbResult, Migration, Schema, Table};
use flow::{Consumer, Projection};
use kernel::{Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Calls, Grant, MenuGroup, MenuItem, Module, Parts, RoleGrant, Scope};

/// The module's code.
const CODE: &str = "reporting";
/// To see what was sold, and what runs out.
const READ: &str = "reporting.report.read";

/// The reports, as handlers reach them.
#[derive(Clone)]
struct Reports {
    db: db::Db,
    calendar: Calendar,
    calls: Calls,
}

/// What the database of the reports is made of.
fn schema() -> DbResult<Schema> {
    let code = ModuleCode::new(CODE).map_err(|e| db::DbError::Schema(e.to_string()))?;
    let names = [
        "sales_cell",
        "basket_cell",
        "web_order",
        "web_line",
        "web_refund",
        "report_product",
        "report_rate",
        "shelf",
        "stock_out",
    ];
    let steps = vec![Migration::new(1, "sales, products and shelves", include_str!("migrations/1.sql"))];
    Schema::new(code, names.map(Table::derived).to_vec(), steps, sql::all())
}

/// The projections, with the calendar of the house.
fn views(calendar: &Calendar) -> Vec<Arc<dyn Consumer>> {
    vec![
        Arc::new(Projection(view_sales::Sales(calendar.clone()))),
        Arc::new(Projection(view_stock::Stock(calendar.clone()))),
    ]
}

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module() -> Result<Module> {
    let grant = |role: &str| RoleGrant {
        role: role.into(),
        grant: Grant { permission: READ.into(), scope: Scope::All },
    };
    let declared = serde_json::to_value(figures::dashboard()).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Module {
        code: ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Rapports", "Reports"),
        schema: Arc::new(schema()?),
        fold: None,
        checks: Vec::new(),
        grants: ["shop_manager", "admin"].map(grant).to_vec(),
        menu: vec![MenuItem {
            group: MenuGroup::Work,
            label: Text::new("Rapports", "Reports"),
            href: pages::SALES.into(),
            icon: "chart-column".into(),
            permission: Some(READ.into()),
        }],
        contracts: Vec::new(),
        declares: BTreeMap::from([(contracts::dashboard::DECLARATION.to_owned(), declared)]),
        start: Box::new(|wiring| {
            let calendar = Calendar(wiring.edge.config.zone.clone());
            let calls = Calls::new(&wiring.edge, CODE, &reconcile::ASKS);
            let reports = Reports { db: wiring.db, calendar: calendar.clone(), calls };
            let api = http::api(&reports).merge(pages::api(&reports));
            Parts { api, consumers: views(&calendar), timers: None }
        }),
    })
}
