//! What the people of a shop do with its orders, and reading them.

use super::events::Change;
use super::model::{Input, ShopOrder, Stage, take};
use super::till::offers;
use super::{saga, sql};
use db::{Batch, Db, DbResult};
use kernel::{Cause, Clock, Error, Result, Timestamp, Uuid};

/// How often a command that met another one is decided again.
const TRIES: usize = 5;
/// Characters of a reason, at most.
const LONGEST: usize = 200;

/// A product and how many of it, with its name as far as this module knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub(super) product: Uuid,
    pub(super) name: String,
    pub(super) sku: String,
    pub(super) quantity: i64,
}

/// Who acts, and when.
pub(super) struct Act<'a> {
    pub(super) now: Timestamp,
    pub(super) cause: Cause,
    pub(super) clock: &'a dyn Clock,
}

impl<'a> From<&'a web::Ctx> for Act<'a> {
    fn from(ctx: &'a web::Ctx) -> Self {
        Self { now: ctx.now(), cause: ctx.cause(), clock: &*ctx.edge.clock }
    }
}

/// An order.
///
/// # Errors
/// Not found.
pub(super) async fn one(db: &Db, id: Uuid) -> Result<ShopOrder> {
    let row = db.query_one(&sql::ONE, db::params![id]).await?;
    Ok(sql::shop_order(&row.ok_or_else(Error::not_found)?)?)
}

/// A shop's orders at a stage, oldest first, after a place.
pub(super) async fn at_stage(
    db: &Db,
    (shop, stage): (&str, Stage),
    (at, id): (i64, Uuid),
    rows: u32,
) -> Result<Vec<ShopOrder>> {
    let rows = db.query(&sql::PAGE, db::params![shop, stage.word(), at, id, rows]).await?;
    Ok(rows.iter().map(sql::shop_order).collect::<DbResult<_>>()?)
}

/// What an order consists of.
pub(super) async fn lines(db: &Db, order: &ShopOrder) -> Result<Vec<Line>> {
    let rows = db.query(&sql::LINES, db::params![order.transaction]).await?;
    let rows = rows.iter().map(|row| Ok((row.uuid(0)?, row.int(1)?))).collect::<DbResult<Vec<_>>>()?;
    let ids: Vec<Uuid> = rows.iter().map(|(product, _)| *product).collect();
    let known = offers::by_id(db, &order.shop, &ids).await?;
    let line = |(product, quantity): (Uuid, i64)| {
        let offer = known.get(&product);
        Line {
            product,
            name: offer.map_or_else(|| product.to_string(), |offer| offer.name.clone()),
            sku: offer.map(|offer| offer.sku.clone()).unwrap_or_default(),
            quantity,
        }
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Moves an order on; a reason goes with a refusal. Whoever says which shop they act for, acts for no other.
///
/// # Errors
/// Not found; refused, when it is at another stage, or another shop has it.
pub(super) async fn act(
    db: &Db,
    act: &Act<'_>,
    id: Uuid,
    input: &Input,
    (shop, reason): (Option<&str>, Option<&str>),
) -> Result<ShopOrder> {
    let reason = reason.map(str::trim).filter(|text| !text.is_empty());
    if reason.is_some_and(|text| text.chars().count() > LONGEST || text.chars().any(char::is_control)) {
        let (fr, en) = ("Le motif compte au plus 200 caractères.", "The reason has at most 200 characters.");
        return Err(Error::invalid("bad_parameter", fr, en).field("reason", fr, en));
    }
    for _ in 0..TRIES {
        let before = one(db, id).await?;
        if shop.is_some_and(|shop| shop != before.shop) {
            let fr = "Cette commande est maintenant préparée par une autre boutique.";
            let en = "Another shop prepares this order now.";
            let details = serde_json::json!({ "shop": before.shop });
            return Err(Error::refused("order_elsewhere", fr, en).with_details(details));
        }
        let Some(mut after) = take(id, Some(&before), input, act.now) else {
            let fr = "À cette étape, cela n’est pas possible.";
            let details = serde_json::json!({ "stage": before.stage });
            let refused = Error::refused("not_at_this_stage", fr, "This is not possible at this stage.");
            return Err(refused.with_details(details));
        };
        if *input == Input::Refuse {
            after.note = reason.map(str::to_owned);
        }
        let mut batch = Batch::new(act.now, act.cause.clone());
        let change = Change { before: Some(&before), after: &after, lines: &[], late: false };
        saga::write(&mut batch, &change, act.clock.new_id());
        match db.write(batch).await {
            Err(error) if error.is_conflict() => {}
            other => {
                other?;
                return Ok(after);
            }
        }
    }
    Err(Error::conflict(format!("{TRIES} others were faster")))
}
