//! Shops and their tills: where there are some, and new ones.

use super::change::{Act, till_row};
use super::queries::Shop;
use super::record::{Chain, FIRST};
use super::sql::{self, Till};
use super::{Tills, events, refusal};
use db::{Batch, DbError, Expected, NewEvent};
use kernel::{Error, Result};
use serde_json::json;

/// Characters of a code, at most: it stands in addresses and on receipts.
const CODE: usize = 40;

fn check_code(field: &str, code: &str) -> Result<()> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=CODE).contains(&code.len()) && code.chars().all(good) {
        return Ok(());
    }
    let fr = "De 1 à 40 lettres minuscules sans accent, chiffres ou tirets.";
    Err(refusal::wrong(field, fr, "From 1 to 40 small letters without accents, digits or dashes."))
}

fn check_text(field: &str, text: &str, least: usize) -> Result<()> {
    let visible = !text.chars().any(char::is_control) && text.trim().chars().count() >= least;
    if visible && text.chars().count() <= 200 {
        return Ok(());
    }
    Err(refusal::wrong(field, "Au plus 200 caractères visibles.", "At most 200 visible characters."))
}

fn taken(error: DbError, fr: &str, en: &str) -> Error {
    match error {
        DbError::Constraint(_) | DbError::StreamMoved(_) => Error::refused("code_taken", fr, en),
        other => other.into(),
    }
}

/// The Batch of a new shop.
///
/// # Errors
/// Invalid, for a code or name that cannot be.
pub(crate) fn add_shop(act: &Act, shop: &Shop) -> Result<Batch> {
    check_code("/code", &shop.code)?;
    check_text("/name", &shop.name, 1)?;
    check_text("/address", &shop.address, 0)?;
    let mut batch = Batch::new(act.now, act.cause.clone());
    batch.expect_one(&sql::ADD_SHOP, db::params![&shop.code, &shop.name, &shop.address, 1]);
    let mut data = json!({ "shop": shop.code, "name": shop.name, "address": shop.address });
    let row = json!({ "name": shop.name, "address": shop.address, "version": 1 });
    data["after"]["shops"][&shop.code] = row;
    let stream = format!("shop/{}", shop.code);
    batch.event(NewEvent {
        expected: Expected::Version(0),
        ..NewEvent::new(act.clock.new_id(), events::SHOP_CHANGED, stream, data)
    });
    Ok(batch)
}

/// What is said of a code that another shop or till has.
pub(crate) fn code_taken(error: DbError) -> Error {
    taken(error, "Ce code est déjà pris.", "This code is taken.")
}

impl Tills {
    /// The Batch of a new till.
    ///
    /// # Errors
    /// Not found, when there is no such shop; invalid, for a code that cannot be.
    pub(crate) async fn add_till(&self, act: &Act, shop: &str, code: &str) -> Result<(Batch, Till)> {
        self.shop(shop).await?;
        check_code("/code", code)?;
        let till = Till {
            shop: shop.to_owned(),
            code: code.to_owned(),
            heads: Chain::ALL.map(|_| (0, FIRST.to_owned())),
            sold_cents: 0,
            returned_cents: 0,
            session: None,
            version: 1,
        };
        let mut batch = Batch::new(act.now, act.cause.clone());
        batch.expect_one(&sql::ADD_TILL, sql::till_params(&till));
        let mut data = json!({ "shop": shop, "till": code });
        let (key, row) = till_row(&till);
        data["after"]["tills"][&key] = row;
        batch.event(NewEvent {
            expected: Expected::Version(0),
            ..NewEvent::new(act.clock.new_id(), events::TILL_ADDED, format!("till/{shop}/{code}"), data)
        });
        Ok((batch, till))
    }
}
