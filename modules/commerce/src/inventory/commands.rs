//! What people do to products, stock and transfers: each reads, decides, and gives one Batch.

use super::model::{Level, Place, is_ean13};
use super::shelves::{Shelves, Why};
use super::sql::{self, Product};
use super::transfer::{Refusal, State, Step, Transfer, TransferLine};
use super::{events, vat};
use crate::reading::list;
use db::{Batch, Db, DbResult};
use kernel::{Cause, Clock, Error, FieldError, Result, Text, Timestamp, Uuid};
use std::sync::Arc;
use web::Ctx;

/// Pieces that move at once, at most.
const MOST_PIECES: i64 = 1_000_000;
/// Cents of a price, at most: ten million euros.
const MOST_CENTS: i64 = 1_000_000_000;

/// Who acts, and when.
pub(super) struct Act {
    pub(super) now: Timestamp,
    pub(super) cause: Cause,
    pub(super) clock: Arc<dyn Clock>,
    /// The local day.
    pub(super) day: String,
    pub(super) person: Uuid,
}

impl Act {
    pub(super) fn of(ctx: &Ctx) -> Self {
        let day = ctx.now().to_jiff().to_zoned(ctx.edge.config.zone.clone()).date().to_string();
        let person = ctx.principal.as_ref().map_or_else(Uuid::nil, |principal| principal.id);
        Self { now: ctx.now(), cause: ctx.cause(), clock: ctx.edge.clock.clone(), day, person }
    }

    fn batch(&self) -> Batch {
        Batch::new(self.now, self.cause.clone())
    }
}

/// A product as somebody describes it.
#[derive(Clone)]
pub(super) struct Described {
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) price_cents: i64,
    pub(super) ean13: Option<String>,
    pub(super) category: String,
    pub(super) vat: String,
}

/// Values that cannot be used, at their fields.
fn wrong(faults: Vec<FieldError>) -> Error {
    let (fr, en) =
        ("Corrigez ce qui est signalé, puis réessayez.", "Correct what is marked, then try again.");
    Error { fields: faults, ..Error::invalid("invalid_values", fr, en) }
}

fn fault(field: &str, fr: impl Into<String>, en: impl Into<String>) -> FieldError {
    FieldError { field: field.to_owned(), text: Text::new(fr, en) }
}

/// A text that people read.
fn text_fault(field: &str, text: &str, most: usize) -> Option<FieldError> {
    let visible = !text.trim().is_empty() && !text.chars().any(char::is_control);
    (!visible || text.chars().count() > most).then(|| {
        fault(
            field,
            format!("De 1 à {most} caractères visibles."),
            format!("From 1 to {most} visible characters."),
        )
    })
}

impl Described {
    fn check(&self, act: &Act) -> Result<()> {
        let mut faults: Vec<FieldError> = Vec::new();
        faults.extend(text_fault("/sku", &self.sku, 40));
        faults.extend(text_fault("/name", &self.name, 200));
        if !self.category.is_empty() {
            faults.extend(text_fault("/category", &self.category, 60));
        }
        if !(0..=MOST_CENTS).contains(&self.price_cents) {
            faults.push(fault("/price_cents", "De 0 à 10 millions d’euros.", "From 0 to 10 million euros."));
        }
        if self.ean13.as_deref().is_some_and(|code| !is_ean13(code)) {
            let (fr, en) = (
                "Treize chiffres, dont le dernier est la clé.",
                "Thirteen digits, the last of which checks the others.",
            );
            faults.push(fault("/ean13", fr, en));
        }
        if vat::rate_bp(&self.vat, &act.day).is_none() {
            let known = vat::CODES.join(", ");
            faults.push(fault("/vat", format!("L’une de : {known}."), format!("One of: {known}.")));
        }
        if faults.is_empty() { Ok(()) } else { Err(wrong(faults)) }
    }
}

fn sku_taken() -> Error {
    Error::refused("sku_taken", "Ce numéro d’article existe déjà.", "This article number exists already.")
}

/// A bar code is of one product.
async fn check_code(db: &Db, product: &Product) -> Result<()> {
    let Some(code) = product.ean13.as_deref() else { return Ok(()) };
    if db.query_one(&sql::PRODUCT_BY_EAN13, db::params![code, product.id]).await?.is_some() {
        let (fr, en) = ("Un autre produit porte ce code-barres.", "Another product has this bar code.");
        return Err(Error::refused("ean13_taken", fr, en));
    }
    Ok(())
}

/// A new product.
pub(super) async fn add_product(db: &Db, act: &Act, new: &Described) -> Result<(Batch, Product)> {
    new.check(act)?;
    if db.query_one(&sql::PRODUCT_BY_SKU, db::params![&new.sku]).await?.is_some() {
        return Err(sku_taken());
    }
    let Described { sku, name, price_cents, ean13, category, vat } = new.clone();
    let product =
        Product { id: act.clock.new_id(), sku, name, price_cents, ean13, category, vat, version: 1 };
    check_code(db, &product).await?;
    let mut batch = act.batch();
    batch.expect_one(&sql::ADD_PRODUCT, sql::add_product(&product));
    batch.event(events::of_product(act.clock.new_id(), &product, &act.day));
    Ok((batch, product))
}

/// A product as it is.
pub(super) async fn product(db: &Db, id: Uuid) -> Result<Product> {
    let row = db.query_one(&sql::PRODUCT, db::params![id]).await?.ok_or_else(Error::not_found)?;
    Ok(sql::product(&row)?)
}

/// A product described anew, from the version that somebody has seen.
pub(super) async fn change_product(
    db: &Db,
    act: &Act,
    (id, seen): (Uuid, u64),
    change: impl FnOnce(&mut Product),
) -> Result<(Batch, Product)> {
    let before = product(db, id).await?;
    if before.version != seen {
        let now = serde_json::json!({ "version": before.version, "price_cents": before.price_cents });
        return Err(Error::conflict("the product was changed meanwhile").with_details(now));
    }
    let mut after = Product { version: before.version + 1, ..before };
    change(&mut after);
    let Product { sku, name, price_cents, ean13, category, vat, .. } = after.clone();
    Described { sku, name, price_cents, ean13, category, vat }.check(act)?;
    check_code(db, &after).await?;
    let mut batch = act.batch();
    batch.expect_one(&sql::SET_PRODUCT, sql::set_product(&after));
    batch.event(events::of_product(act.clock.new_id(), &after, &act.day));
    Ok((batch, after))
}

fn check_pieces(field: &str, pieces: i64, least: i64) -> Result<()> {
    if (least..=MOST_PIECES).contains(&pieces) {
        return Ok(());
    }
    let (fr, en) = (format!("De {least} à 1 000 000 pièces."), format!("From {least} to 1,000,000 pieces."));
    Err(wrong(vec![fault(field, fr, en)]))
}

fn check_shop(field: &str, shop: &str) -> Result<()> {
    text_fault(field, shop, 40).map_or(Ok(()), |fault| Err(wrong(vec![fault])))
}

/// The level of a place, with what is needed to change it.
async fn shelf(db: &Db, act: &Act, place: &Place) -> Result<Shelves> {
    check_shop("/shop", &place.0)?;
    product(db, place.1).await?;
    Ok(Shelves::load(db, [&place.1], &act.clock).await?)
}

/// Goods that come in. The ledger's row may be named by whoever sends it, so that a form that is sent twice comes in
/// once.
pub(super) async fn receive(
    db: &Db,
    act: &Act,
    place: &Place,
    pieces: i64,
    once: Option<Uuid>,
) -> Result<(Batch, Level)> {
    check_pieces("/quantity", pieces, 1)?;
    let mut shelves = shelf(db, act, place).await?;
    let mut batch = act.batch();
    let mut movement = shelves.movement(&batch, pieces, Some(Why { kind: "receipt", of: None }));
    if let (Some(movement), Some(id)) = (&mut movement, once) {
        movement.id = id;
    }
    shelves.change(&mut batch, place, movement, |level| level.on_hand += pieces);
    shelves.close(&mut batch);
    Ok((batch, shelves.level(place)))
}

/// What somebody has counted.
pub(super) async fn count(db: &Db, act: &Act, place: &Place, counted: i64) -> Result<(Batch, Level)> {
    check_pieces("/counted", counted, 0)?;
    let mut shelves = shelf(db, act, place).await?;
    let before = shelves.level(place);
    if counted < before.reserved {
        return Err(Error::refused(
            "below_reserved",
            "Moins de pièces que de promesses : faites d’abord annuler des commandes.",
            "Fewer pieces than promises: have orders cancelled first.",
        )
        .with_details(serde_json::json!({ "reserved": before.reserved })));
    }
    let mut batch = act.batch();
    let why = Some(Why { kind: "count", of: None });
    let movement = shelves.movement(&batch, counted - before.on_hand, why);
    shelves.change(&mut batch, place, movement, |level| {
        level.on_hand = counted;
        level.to_count = false;
    });
    shelves.close(&mut batch);
    Ok((batch, shelves.level(place)))
}

/// At how many free pieces a shop wants to be told; 0 for never.
pub(super) async fn threshold(db: &Db, act: &Act, place: &Place, low_at: i64) -> Result<(Batch, Level)> {
    check_pieces("/low_at", low_at, 0)?;
    let mut shelves = shelf(db, act, place).await?;
    let mut batch = act.batch();
    shelves.change(&mut batch, place, None, |level| level.low_at = low_at);
    shelves.close(&mut batch);
    Ok((batch, shelves.level(place)))
}

/// A transfer that is asked for: from a shop, to another, products and pieces.
pub(super) async fn request_transfer(
    db: &Db,
    act: &Act,
    (from, to): (&str, &str),
    wanted: &[(Uuid, i64)],
) -> Result<(Batch, Transfer)> {
    check_shop("/from_shop", from)?;
    check_shop("/to_shop", to)?;
    let mut faults = Vec::new();
    if from == to {
        faults.push(fault("/to_shop", "Choisissez une autre boutique.", "Choose another shop."));
    }
    if wanted.is_empty() || wanted.len() > 100 {
        faults.push(fault("/lines", "De 1 à 100 lignes.", "From 1 to 100 lines."));
    }
    let rows = db.query(&sql::PRODUCTS_OF, db::params![list(wanted.iter().map(|(id, _)| id))]).await?;
    let known = rows.iter().map(|row| row.uuid(0)).collect::<DbResult<Vec<_>>>()?;
    for (n, (product, pieces)) in wanted.iter().enumerate() {
        if !known.contains(product) || wanted[..n].iter().any(|(other, _)| other == product) {
            let (fr, en) = (
                "Ce produit n’existe pas, ou est déjà là.",
                "There is no such product, or it is there already.",
            );
            faults.push(fault(&format!("/lines/{n}/product_id"), fr, en));
        }
        if !(1..=MOST_PIECES).contains(pieces) {
            let field = format!("/lines/{n}/quantity");
            faults.push(fault(&field, "De 1 à 1 000 000 pièces.", "From 1 to 1,000,000 pieces."));
        }
    }
    if !faults.is_empty() {
        return Err(wrong(faults));
    }
    let line =
        |(product, asked): &(Uuid, i64)| TransferLine { product: *product, asked: *asked, received: 0 };
    let transfer = Transfer {
        id: act.clock.new_id(),
        from: from.to_owned(),
        to: to.to_owned(),
        state: State::Requested,
        requested_by: act.person,
        lines: wanted.iter().map(line).collect(),
        version: 1,
        created_at: act.now,
        updated_at: act.now,
    };
    let mut batch = act.batch();
    batch.expect_one(&sql::ADD_TRANSFER, {
        let Transfer { id, from, to, state, requested_by, version, created_at, updated_at, .. } = &transfer;
        db::params![*id, from, to, state.word(), *requested_by, *version, *created_at, *updated_at]
    });
    for line in &transfer.lines {
        batch.expect_one(&sql::ADD_TRANSFER_LINE, db::params![transfer.id, line.product, line.asked]);
    }
    batch.event(events::of_transfer(act.clock.new_id(), &transfer));
    Ok((batch, transfer))
}

/// A transfer with its lines.
pub(super) async fn transfer(db: &Db, id: Uuid) -> Result<Transfer> {
    let row = db.query_one(&sql::TRANSFER, db::params![id]).await?.ok_or_else(Error::not_found)?;
    let mut transfer = sql::transfer(&row)?;
    for row in db.query(&sql::TRANSFER_LINES, db::params![list([&id])]).await? {
        transfer.lines.push(sql::transfer_line(&row)?.1);
    }
    Ok(transfer)
}

/// Takes a step with a transfer; what is sent must be free, and what has come is on hand.
pub(super) async fn step_transfer(db: &Db, act: &Act, id: Uuid, step: &Step) -> Result<(Batch, Transfer)> {
    let before = transfer(db, id).await?;
    let mut after = before.take(step).map_err(|refusal| refused(refusal, &before))?;
    after.updated_at = act.now;
    let mut batch = act.batch();
    let params = db::params![id, before.version, after.state.word(), after.version, act.now];
    batch.expect_one(&sql::MOVE_TRANSFER, params);
    let mut shelves = Shelves::load(db, after.lines.iter().map(|line| &line.product), &act.clock).await?;
    let of = Some(id);
    let mut lacking = Vec::new();
    for line in &after.lines {
        match after.state {
            State::Shipped => {
                let place = (after.from.clone(), line.product);
                if shelves.level(&place).free() < line.asked {
                    lacking.push(line.product);
                }
                let why = Why { kind: "transfer_out", of };
                shelves.apply(&mut batch, &place, (-line.asked, 0), Some(why));
            }
            State::Received => {
                batch.expect_one(&sql::SET_TRANSFER_LINE, db::params![id, line.product, line.received]);
                if line.received > 0 {
                    let why = Why { kind: "transfer_in", of };
                    let place = (after.to.clone(), line.product);
                    shelves.apply(&mut batch, &place, (line.received, 0), Some(why));
                }
            }
            State::Requested | State::Approved | State::Refused => {}
        }
    }
    if !lacking.is_empty() {
        let (fr, en) = (
            "La boutique n’a pas assez de pièces libres pour cet envoi.",
            "The shop does not have enough free pieces for this transfer.",
        );
        let details = serde_json::json!({ "lacking": lacking });
        return Err(Error::refused("not_enough_stock", fr, en).with_details(details));
    }
    shelves.close(&mut batch);
    batch.event(events::of_transfer(act.clock.new_id(), &after));
    Ok((batch, after))
}

fn refused(refusal: Refusal, transfer: &Transfer) -> Error {
    match refusal {
        Refusal::Stage => {
            let details = serde_json::json!({ "stage": transfer.state });
            let fr = "À cette étape, cela n’est pas possible.";
            Error::refused("not_at_this_stage", fr, "This is not possible at this stage.")
                .with_details(details)
        }
        Refusal::Pieces => wrong(vec![fault(
            "/lines",
            "Pas plus de pièces que ce qui a été envoyé.",
            "No more pieces than were sent.",
        )]),
    }
}
