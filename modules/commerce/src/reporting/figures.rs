//! What the reports declare for the home page: figures that the dashboard makes of the events of the store by itself.

use contracts::commerce::{
    PAYMENT_FAILED, TRANSACTION_CANCELLED, TRANSACTION_COMPLETED, TRANSACTION_CREATED,
};
use contracts::dashboard::{Add, Audience, Dashboard, Direction, Kpi, Measure, When};
use contracts::inventory::STOCK_CHANGED;
use contracts::retail::SALE_RECORDED;
use kernel::Text;

fn add(module: &str, event: &str) -> Add {
    Add { module: module.into(), event: event.into(), of: None, minus: false, when: None }
}

fn of(add: Add, pointer: &str) -> Add {
    Add { of: Some(pointer.into()), ..add }
}

/// Of receipts of one kind.
fn receipts(kind: &str) -> Add {
    let when = When { at: "/kind".into(), is: Some(kind.into()), ..When::default() };
    Add { when: Some(when), ..of(add("retail", SALE_RECORDED), "/total_cents") }
}

fn minus(add: Add) -> Add {
    Add { minus: true, ..add }
}

fn kpi(id: &str, label: Text, unit: &str, measure: Measure, direction: Direction, link: &str) -> Kpi {
    let audience = |role: &str| Audience { role: role.into(), scope: "all".into() };
    Kpi {
        id: id.into(),
        label,
        unit: unit.into(),
        measure,
        forms: Vec::new(),
        target: None,
        direction,
        audience: ["shop_manager", "admin"].map(audience).to_vec(),
        link: link.into(),
    }
}

/// What was sold in a day, by shop: orders completed and receipts, less what came back to the tills.
fn sales() -> Measure {
    Measure::Counted {
        adds: vec![
            of(add("transaction", TRANSACTION_COMPLETED), "/total_cents"),
            receipts("sale"),
            minus(receipts("return")),
        ],
        period: Some("day".into()),
        by: Some("/shop".into()),
    }
}

/// Orders that have not ended.
fn open() -> Measure {
    Measure::Counted {
        adds: vec![
            add("transaction", TRANSACTION_CREATED),
            minus(add("transaction", TRANSACTION_COMPLETED)),
            minus(add("transaction", TRANSACTION_CANCELLED)),
        ],
        period: None,
        by: None,
    }
}

/// What the bank refused in a day.
fn refused() -> Measure {
    Measure::Counted { adds: vec![add("payment", PAYMENT_FAILED)], period: Some("day".into()), by: None }
}

/// Shelves of which nothing is free.
fn out() -> Measure {
    Measure::Holding {
        module: "inventory".into(),
        event: STOCK_CHANGED.into(),
        thing: vec!["/shop".into(), "/product_id".into()],
        when: When {
            at: "/on_hand".into(),
            less: Some("/reserved".into()),
            at_most: Some(0),
            ..When::default()
        },
    }
}

/// The declaration.
pub(super) fn dashboard() -> Dashboard {
    let cents = |id, label, measure, link| kpi(id, label, "cents", measure, Direction::Up, link);
    let count = |id, label, measure, way, link| kpi(id, label, "count", measure, way, link);
    Dashboard {
        name: Text::new("Magasins", "Shops"),
        icon: "store".into(),
        kpis: vec![
            cents("sales", Text::new("Ventes du jour", "Sales of the day"), sales(), "/reports?period=today"),
            count(
                "open",
                Text::new("Commandes en cours", "Orders in progress"),
                open(),
                Direction::Neutral,
                "/reports/reconciliation?period=year",
            ),
            count(
                "out",
                Text::new("Produits en rupture", "Products out of stock"),
                out(),
                Direction::Down,
                "/reports/stock-outs?low=0",
            ),
            count(
                "refused",
                Text::new("Paiements refusés", "Refused payments"),
                refused(),
                Direction::Down,
                "/reports/reconciliation?period=today",
            ),
        ],
    }
}
