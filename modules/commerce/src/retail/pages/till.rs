//! The till: each step sends the ticket and gets it back, until a payment reaches the total. From a scan to the total
//! there is no question.

use super::counter::View;
use super::draft::{Draft, Step};
use super::{Answer, TILLS, see_other, session, told_here, with_status};
use crate::retail::SELL;
use crate::retail::till::change::Act;
use crate::retail::till::commands::{Command, Sale, Wanted};
use crate::retail::till::http::{AtTills, Place};
use crate::retail::till::model::{Means, Offer};
use crate::retail::till::record::{Given, Record};
use crate::retail::till::sql::Till;
use crate::retail::till::{Tills, offers};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use kernel::{Error, Result, Uuid};
use web::{Ctx, FormBody, Query};

/// Products that a shelf or a search shows, at most.
const TILES: u32 = 60;
/// Reads what a draft needs to be shown.
async fn view<'a>(tills: &Tills, ctx: &'a Ctx, till: &'a Till, mut draft: Draft) -> Result<View<'a>> {
    let shop = tills.shop(&till.shop).await?.name;
    let ids: Vec<Uuid> = draft.lines.iter().map(|(product, _)| *product).collect();
    let known = offers::by_id(&tills.db, &till.shop, &ids).await?;
    draft.lines.retain(|(product, _)| known.contains_key(product));
    let shelves = offers::shelves(&tills.db).await?;
    if !shelves.contains(&draft.shelf) {
        draft.shelf =
            shelves.iter().find(|shelf| !shelf.is_empty()).or(shelves.first()).cloned().unwrap_or_default();
    }
    let tiles = offers::on_shelf(&tills.db, &till.shop, &draft.shelf, TILES).await?;
    let sought = String::new();
    Ok(View { ctx, till, shop, draft, known, shelves, tiles, sought, sold: None, error: None })
}

/// The till, ready for the next customer.
pub(super) async fn page(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, code)): Place,
    query: Query,
) -> Answer {
    ctx.permit(SELL)?;
    let till = tills.till(&shop, &code).await?;
    if till.session.is_none() {
        return session::closed(&tills, &ctx, &till, None).await;
    }
    let draft = Draft { sale: ctx.edge.clock.new_id(), ..Draft::default() };
    let mut view = view(&tills, &ctx, &till, draft).await?;
    if let Some(sale) = query.parsed::<Uuid>("vente")? {
        let sold = tills.receipt(sale).await?.filter(|r| r.till == code && r.shop == shop);
        view.sold = sold.map(|record| record.read()).transpose()?;
    }
    Ok(web::pages::html(view.page()).into_response())
}

/// One step: what was scanned is added, a button changes the ticket, a payment that reaches the total records the sale.
pub(super) async fn step(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, code)): Place,
    body: FormBody,
) -> Answer {
    ctx.permit(SELL)?;
    let till = tills.till(&shop, &code).await?;
    let mut draft = Draft::of(&body);
    if draft.sale.is_nil() {
        draft.sale = ctx.edge.clock.new_id();
    }
    let step = draft.step(&body);
    let mut found = None;
    match &step {
        Step::Scan { pieces, text } if !text.is_empty() => {
            let offers = offers::like(&tills.db, &shop, text, TILES).await.map_err(Error::from)?;
            match offers.as_slice() {
                [one] => draft.add(one.product, *pieces),
                _ => found = Some((offers, text.clone())),
            }
        }
        Step::Add(product) => draft.add(*product, 1),
        _ => {}
    }
    let mut view = view(&tills, &ctx, &till, draft).await?;
    if let Some((offers, text)) = found {
        (view.tiles, view.sought) = (offers, text);
    }
    let error = match step {
        Step::Pay { means, cents } => match pay(&tills, &mut view, means, cents).await {
            Ok(Some(record)) => {
                return Ok(see_other(&format!("{TILLS}/{shop}/{code}?vente={}", record.id)));
            }
            Ok(None) => None,
            Err(error) if told_here(&error) => Some(error),
            Err(error) => return Err(error.into()),
        },
        Step::Unreadable => {
            let (fr, en) = (
                "Ce montant ne se lit pas. Tapez par exemple 20 ou 12,50.",
                "This amount cannot be read. Type 20 or 12.50.",
            );
            Some(Error::invalid("invalid_values", fr, en))
        }
        Step::Scan { .. } | Step::Add(_) | Step::Show => None,
    };
    view.error = error;
    let page = view.page();
    match &view.error {
        Some(error) => Ok(with_status(error, page)),
        None => Ok(web::pages::html(page).into_response()),
    }
}

/// Adds a payment; when it reaches the total the sale is recorded.
async fn pay(tills: &Tills, view: &mut View<'_>, means: Means, cents: Option<i64>) -> Result<Option<Record>> {
    let left = view.total_cents() - view.draft.paid_cents();
    let given_cents = cents.unwrap_or(left);
    let mut given = view.draft.given.clone();
    given.extend((given_cents > 0).then_some(Given { means, given_cents }));
    if given_cents < left {
        view.draft.given = given;
        return Ok(None);
    }
    let wanted = |(_, offer, quantity): (usize, &Offer, i64)| Wanted {
        product: Some(offer.product),
        code: None,
        quantity,
        seen_cents: Some(offer.price_cents),
    };
    let lines = view.lines().map(wanted).collect();
    let sale = Sale { id: view.draft.sale, lines, given, at: None };
    let place = (view.till.shop.as_str(), view.till.code.as_str());
    let act = Act::of(view.ctx)?;
    Ok(Some(tills.run(&act, place, &Command::Sell(sale)).await?))
}
