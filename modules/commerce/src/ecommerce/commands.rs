//! What customers do: each reads, decides, and gives one Batch.

use super::model::{Cart, Change, OrderLine, Refusal, Status, WebOrder};
use super::{copies, events, sql};
use crate::reading::list;
use db::{Batch, Db, DbError, DbResult};
use kernel::{Cause, Clock, Error, FieldError, Kind, Result, Text, Timestamp, Uuid};
use std::sync::Arc;
use web::Ctx;

/// How often a command that met another one is decided again.
pub(super) const TRIES: usize = 5;
/// The shop of a new cart, when nobody says and no shop has anything.
const SOMEWHERE: &str = "concarneau";

/// Who acts, and when.
pub(super) struct Act {
    pub(super) now: Timestamp,
    pub(super) cause: Cause,
    pub(super) clock: Arc<dyn Clock>,
}

impl Act {
    pub(super) fn of(ctx: &Ctx) -> Self {
        Self { now: ctx.now(), cause: ctx.cause(), clock: ctx.edge.clock.clone() }
    }

    fn batch(&self) -> Batch {
        Batch::new(self.now, self.cause.clone())
    }
}

/// Whether a write met another one and is to be decided again.
pub(super) fn met(error: &DbError) -> bool {
    error.is_conflict() || matches!(error, DbError::Constraint(_))
}

/// That others were faster each time.
pub(super) fn faster() -> Error {
    Error::conflict(format!("{TRIES} others were faster"))
}

async fn with_lines(db: &Db, mut carts: Vec<Cart>) -> DbResult<Vec<Cart>> {
    let ids = list(carts.iter().map(|cart| &cart.id));
    for row in db.query(&sql::CART_LINES, db::params![ids]).await? {
        let (id, product, line) = sql::cart_line(&row)?;
        if let Some(cart) = carts.iter_mut().find(|cart| cart.id == id) {
            cart.lines.insert(product, line);
        }
    }
    Ok(carts)
}

/// A cart with its lines.
pub(super) async fn cart(db: &Db, id: Uuid) -> DbResult<Option<Cart>> {
    let row = db.query_one(&sql::CART_BY_ID, db::params![id]).await?;
    Ok(with_lines(db, row.iter().map(sql::cart).collect::<DbResult<_>>()?).await?.pop())
}

/// Somebody's cart that is not ordered yet.
pub(super) async fn open_cart(db: &Db, customer: Uuid) -> DbResult<Option<Cart>> {
    let row = db.query_one(&sql::OPEN_CART, db::params![customer]).await?;
    Ok(with_lines(db, row.iter().map(sql::cart).collect::<DbResult<_>>()?).await?.pop())
}

/// Somebody's carts, newest first, after a place in that list.
pub(super) async fn carts(
    db: &Db,
    customer: Uuid,
    after: Option<(i64, Uuid)>,
    rows: u32,
) -> DbResult<Vec<Cart>> {
    let (at, id) = after.unwrap_or((i64::MAX, Uuid::max()));
    let rows = db.query(&sql::CARTS, db::params![customer, at, id, rows]).await?;
    with_lines(db, rows.iter().map(sql::cart).collect::<DbResult<_>>()?).await
}

fn fault(field: impl Into<String>, fr: &str, en: &str) -> FieldError {
    FieldError { field: field.into(), text: Text::new(fr, en) }
}

fn impossible(fields: Vec<FieldError>) -> Error {
    let (fr, en) =
        ("La commande ne peut pas être passée telle quelle.", "The order cannot be placed as it is.");
    Error { fields, ..Error::invalid("order_not_possible", fr, en) }
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Ordered => Error::refused(
            "cart_ordered",
            "Ce panier est déjà commandé. Commencez-en un autre.",
            "This cart was ordered already. Begin another one.",
        ),
        Refusal::Product => impossible(vec![fault(
            "/product_id",
            "Ce produit n’est pas en vente, ou pas dans le panier.",
            "This product is not on sale, or not in the cart.",
        )]),
        Refusal::Pieces => impossible(vec![fault(
            "/quantity",
            "De 1 à 1 000 pièces en tout.",
            "From 1 to 1,000 pieces in all.",
        )]),
        Refusal::Lines => impossible(vec![fault("/lines", "Au plus 100 produits.", "At most 100 products.")]),
    }
}

/// A new, empty cart of somebody, who becomes a customer with their first one.
pub(super) async fn new_cart(
    db: &Db,
    act: &Act,
    customer: Uuid,
    shop: Option<String>,
) -> Result<(Batch, Cart)> {
    let shops = copies::shops(db).await?;
    let shop = match shop {
        Some(shop) => known_shop(&shops, shop)?,
        None => shops.into_iter().next().unwrap_or_else(|| SOMEWHERE.to_owned()),
    };
    let mut batch = act.batch();
    if db.query_one(&sql::CUSTOMER, db::params![customer]).await?.is_none() {
        batch.expect_one(&sql::ADD_CUSTOMER, db::params![customer, act.now]);
        batch.event(events::of_customer(act.clock.new_id(), customer, act.now, 1));
    }
    let (id, order, lines) = (act.clock.new_id(), None, std::collections::BTreeMap::new());
    let cart =
        Cart { id, customer, shop, order, lines, version: 1, created_at: act.now, updated_at: act.now };
    batch.expect_one(&sql::ADD_CART, sql::add_cart(&cart));
    batch.event(events::of_cart(act.clock.new_id(), &cart));
    Ok((batch, cart))
}

fn known_shop(shops: &[String], shop: String) -> Result<String> {
    if shops.contains(&shop) {
        return Ok(shop);
    }
    Err(impossible(vec![fault(
        "/shop",
        "Cette boutique n’a rien à vendre.",
        "This shop has nothing to sell.",
    )]))
}

/// Changes a cart.
pub(super) async fn change(db: &Db, act: &Act, before: &Cart, change: &Change) -> Result<(Batch, Cart)> {
    let named = match change {
        Change::Add(product, _) => Some(product),
        Change::Shop(shop) => {
            known_shop(&copies::shops(db).await?, shop.clone())?;
            None
        }
        _ => None,
    };
    let sold = copies::articles_of(db, before.lines.keys().chain(named)).await?;
    let mut after = before.take(change, &sold).map_err(refused)?;
    after.updated_at = act.now;
    let mut batch = act.batch();
    batch.expect_one(&sql::MOVE_CART, sql::move_cart(&after));
    for (product, line) in &after.lines {
        if before.lines.get(product) != Some(line) {
            let params = db::params![after.id, *product, i64::from(line.quantity), line.seen_cents];
            batch.expect_one(&sql::PUT_CART_LINE, params);
        }
    }
    for product in before.lines.keys().filter(|product| !after.lines.contains_key(product)) {
        batch.expect_one(&sql::DROP_CART_LINE, db::params![after.id, *product]);
    }
    batch.event(events::of_cart(act.clock.new_id(), &after));
    Ok((batch, after))
}

/// Whether a word is a token of the bank. A card's number is not, and goes no further.
fn check_method(method: &str) -> Result<()> {
    let token = method.strip_prefix("tok_").is_some_and(|rest| {
        (1..=40).contains(&rest.len()) && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    let digits = method.chars().filter(char::is_ascii_digit).count();
    if token && digits < 12 {
        return Ok(());
    }
    let (fr, en) =
        ("Un jeton de la banque, jamais un numéro de carte.", "A token of the bank, never a card number.");
    Err(impossible(vec![fault("/payment_method", fr, en)]))
}

/// How an order is paid for, and whether another shop may prepare it when its own cannot.
pub(super) struct Terms<'a> {
    pub(super) method: &'a str,
    pub(super) reroute: bool,
}

/// Makes an order of a cart: at the prices that the customer has seen, or not at all.
pub(super) async fn check_out(
    db: &Db,
    act: &Act,
    cart: &Cart,
    terms: &Terms<'_>,
) -> Result<(Batch, WebOrder, Vec<OrderLine>)> {
    check_method(terms.method)?;
    if cart.order.is_some() {
        return Err(refused(Refusal::Ordered));
    }
    if cart.lines.is_empty() {
        return Err(impossible(vec![fault("/lines", "Le panier est vide.", "The cart is empty.")]));
    }
    let sold = copies::articles_of(db, cart.lines.keys()).await?;
    let changed = cart.repriced(&sold);
    if !changed.is_empty() {
        return Err(price_changed(&changed));
    }
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for (n, (product, line)) in cart.lines.iter().enumerate() {
        match sold.get(product) {
            None => faults.push(fault(
                format!("/lines/{n}/product_id"),
                "Ce produit n’est plus en vente.",
                "This product is not sold any more.",
            )),
            Some(article) => lines.push(OrderLine {
                product: *product,
                sku: article.sku.clone(),
                name: article.name.clone(),
                quantity: line.quantity,
                unit_price_cents: line.seen_cents,
                vat_rate_bp: article.vat_rate_bp,
            }),
        }
    }
    if !faults.is_empty() {
        return Err(impossible(faults));
    }
    let order = WebOrder {
        id: act.clock.new_id(),
        cart: cart.id,
        customer: cart.customer,
        shop: cart.shop.clone(),
        total_cents: cart.total_cents(),
        payment_method: terms.method.to_owned(),
        reroute: terms.reroute,
        withdrawn: false,
        version: 1,
        placed_at: act.now,
    };
    let after =
        Cart { order: Some(order.id), version: cart.version + 1, updated_at: act.now, ..cart.clone() };
    let mut batch = act.batch();
    batch.expect_one(&sql::MOVE_CART, sql::move_cart(&after));
    batch.expect_one(&sql::ADD_ORDER, sql::add_order(&order));
    for line in &lines {
        batch.expect_one(&sql::ADD_ORDER_LINE, sql::add_order_line(order.id, line));
    }
    batch.event(events::of_cart(act.clock.new_id(), &after));
    batch.event(events::placed(act.clock.new_id(), &order, &lines));
    Ok((batch, order, lines))
}

fn price_changed(changed: &[(Uuid, i64, i64)]) -> Error {
    let told: Vec<_> = changed
        .iter()
        .map(|(product, seen, now)| {
            serde_json::json!({ "product_id": product, "seen_price_cents": seen, "unit_price_cents": now })
        })
        .collect();
    Error::new(
        Kind::Refused,
        "price_changed",
        "Un prix a changé depuis que vous l’avez vu. Relisez le panier, puis commandez.",
        "A price has changed since you saw it. Look at the cart again, then order.",
    )
    .with_details(serde_json::json!({ "lines": told }))
}

/// An order.
pub(super) async fn order(db: &Db, id: Uuid) -> DbResult<Option<WebOrder>> {
    db.query_one(&sql::ORDER_BY_ID, db::params![id]).await?.map(|row| sql::order(&row)).transpose()
}

/// What was ordered.
pub(super) async fn order_lines(db: &Db, id: Uuid) -> DbResult<Vec<OrderLine>> {
    db.query(&sql::ORDER_LINES, db::params![id]).await?.iter().map(sql::order_line).collect()
}

/// Says that the customer wants an order no more; whether that comes in time, `transaction` decides.
pub(super) fn withdraw(act: &Act, before: &WebOrder, status: Status) -> Result<(Batch, WebOrder)> {
    if status.is_final() {
        return Err(Error::refused(
            "order_is_final",
            "Cette commande est terminée : elle ne peut plus être annulée.",
            "This order is final: it cannot be cancelled any more.",
        ));
    }
    let mut batch = act.batch();
    if before.withdrawn {
        return Ok((batch, before.clone()));
    }
    let after = WebOrder { withdrawn: true, version: before.version + 1, ..before.clone() };
    batch.expect_one(&sql::WITHDRAW, db::params![after.id, before.version, after.version]);
    batch.event(events::withdrawn(act.clock.new_id(), &after));
    Ok((batch, after))
}

/// Notes that somebody has seen what became of their orders.
pub(super) async fn seen(db: &Db, act: &Act, customer: Uuid) -> DbResult<Option<Batch>> {
    let Some(row) = db.query_one(&sql::CUSTOMER, db::params![customer]).await? else { return Ok(None) };
    let (before, mut batch) = (row.count(1)?, act.batch());
    batch.expect_one(&sql::SET_CUSTOMER, db::params![customer, before, act.now]);
    batch.event(events::of_customer(act.clock.new_id(), customer, act.now, before + 1));
    Ok(Some(batch))
}
