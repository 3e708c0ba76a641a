//! The web shop: what customers look at, put into carts and order, and what becomes of it.
//!
//! It owns `customer`, `cart`, `cart_line`, `web_order` and `web_order_line`. `article` and `availability` are copies of
//! what `inventory` sells and has, `order_step` of what became of orders: views that can be built anew.
//!
//! Invariants:
//! - A cart becomes one order, at the prices that its customer has seen, or none.
//! - An order is placed by this module's log alone: `transaction` takes it up under the id that it has here, so that
//!   nothing spans two databases.
//! - Who a customer is called is known to whoever answers for people, and not here.
//!
//! Events out: `ecommerce.order.placed`, `ecommerce.order.withdrawn`, `ecommerce.cart.changed`,
//! `ecommerce.customer.changed`. Events in: those of `inventory`, `transaction`, `payment` and `retail`. What was
//! sent back of an order its page asks of `returns`.

mod commands;
mod copies;
mod events;
mod http;
mod http_orders;
mod model;
mod pages;
mod sql;

use contracts::references::{self, Reference};
use db::{Migration, Schema, Table};
use flow::{Consumer, Fold, Projection};
use kernel::{Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Calls, Grant, Module, Parts, RoleGrant, Scope};

/// The module's code.
const CODE: &str = "ecommerce";
/// To look at what is sold on the web.
const BROWSE: &str = "ecommerce.article.read";
/// To have carts.
const CART: &str = "ecommerce.cart.write";
/// To order.
const CREATE: &str = "ecommerce.order.create";
/// To see web orders.
const READ: &str = "ecommerce.order.read";
/// To want an order no more.
const CANCEL: &str = "ecommerce.order.cancel";

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module() -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let state = ["customer", "cart", "cart_line", "web_order", "web_order_line"].map(Table::state);
    let derived = ["article", "availability", "order_step"].map(Table::derived);
    let tables = state.into_iter().chain(derived).collect();
    let steps = vec![
        Migration::new(1, "carts and orders", include_str!("migrations/1.sql")),
        Migration::new(2, "another shop", include_str!("migrations/2.sql")),
    ];
    Ok(Module {
        schema: Arc::new(Schema::new(code.clone(), tables, steps, sql::all())?),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Boutique en ligne", "Web shop"),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        grants: grants(),
        menu: pages::menu(),
        contracts: events::contracts(),
        checks: Vec::new(),
        declares: BTreeMap::from([(references::DECLARATION.to_owned(), serde_json::json!(references()))]),
        start: Box::new(|wiring| {
            let consumers: Vec<Arc<dyn Consumer>> = vec![
                Arc::new(Projection(copies::articles())),
                Arc::new(Projection(copies::Availability)),
                Arc::new(Projection(copies::Progress)),
            ];
            let calls = Calls::new(&wiring.edge, CODE, &pages::ASKS);
            let api = http::api(&wiring.db)
                .merge(http_orders::api(&wiring.db))
                .merge(pages::api(&wiring.db, calls));
            Parts { api, consumers, timers: None }
        }),
    })
}

/// What carts and orders name in other databases.
fn references() -> Vec<Reference> {
    vec![
        Reference::new(("cart_line", "product_id"), "inventory", ("products", "id")),
        Reference::new(("web_order_line", "product_id"), "inventory", ("products", "id")),
        Reference::new(("web_order", "id"), "transaction", ("transactions", "id")),
        Reference::new(("customer", "id"), "auth", ("users", "id")).loose(),
        Reference::new(("cart", "shop"), "retail", ("shops", "code")).loose(),
        Reference::new(("web_order", "shop"), "retail", ("shops", "code")).loose(),
    ]
}

fn grants() -> Vec<RoleGrant> {
    let grant = |role: &str, permission: &str, scope| RoleGrant {
        role: role.into(),
        grant: Grant { permission: permission.into(), scope },
    };
    let own = [CART, CREATE, READ, CANCEL].map(|permission| grant("customer", permission, Scope::Own));
    let others = [
        grant("customer", BROWSE, Scope::All),
        grant("cashier", READ, Scope::All),
        grant("shop_manager", BROWSE, Scope::All),
        grant("shop_manager", READ, Scope::All),
        grant("shop_manager", CANCEL, Scope::All),
    ];
    own.into_iter().chain(others).collect()
}
