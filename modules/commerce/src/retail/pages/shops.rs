//! The shops: what waits in each, and new ones with their tills.

use super::{Answer, SHOPS, TILLS, flash, see_other, told_here, trouble, with_status};
use crate::retail::model::Stage;
use crate::retail::till::change::Act;
use crate::retail::till::http::AtTills;
use crate::retail::till::queries::Shop;
use crate::retail::till::{Tills, shops};
use crate::retail::{READ, SHOP_READ, SHOP_WRITE, orders};
use axum::Extension;
use axum::response::IntoResponse;
use kernel::{Error, Result, Uuid};
use maud::{Markup, html};
use web::ui::{self, Button, Card, Column, Field, FieldKind, Row, Table, format, say};
use web::{Ctx, FormBody, Query};

/// Shops of the page, at most; orders that are counted of each, at most.
const MOST: u32 = 200;

/// The page.
pub(super) async fn page(Extension(tills): AtTills, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(SHOP_READ)?;
    let page = shown(&tills, &ctx, flash(ctx.lang, &query), None).await?;
    Ok(web::pages::html(page).into_response())
}

async fn shown(tills: &Tills, ctx: &Ctx, flash: Option<ui::Flash>, error: Option<&Error>) -> Result<Markup> {
    let lang = ctx.lang;
    let may = |permission: &str| ctx.principal.as_ref().is_some_and(|p| p.may(permission));
    let mut rows = Vec::new();
    for shop in tills.shops("", MOST).await? {
        let count = tills.tills_of(&shop.code, "", MOST).await?.len();
        let mut waiting = 0;
        if may(READ) {
            for stage in [Stage::Assigned, Stage::Picking, Stage::CancelRequested] {
                let place = (i64::MIN, Uuid::nil());
                waiting += orders::at_stage(&tills.db, (&shop.code, stage), place, MOST).await?.len();
            }
        }
        let number = |n: usize| format::integer(lang, i64::try_from(n).unwrap_or(i64::MAX));
        let name = html! {
            @if may(READ) { a href=(format!("{SHOPS}/{}/commandes", shop.code)) { (shop.name) } } @else { (shop.name) }
        };
        rows.push(Row::new([
            name,
            html! { (shop.address) },
            html! { (number(count)) },
            html! { @if may(READ) { (number(waiting)) } @else { (ui::table::missing()) } },
        ]));
    }
    let title = say(lang, "Magasins", "Shops");
    let columns = vec![
        Column::new(say(lang, "Magasin", "Shop")),
        Column::new(say(lang, "Adresse", "Address")).soft().optional(),
        Column::new(say(lang, "Caisses", "Tills")).number(),
        Column::new(say(lang, "À préparer", "To prepare")).number(),
    ];
    let nothing = say(lang, "Aucun magasin", "No shop");
    let table = Table::new(lang, title, columns).rows(rows).empty(ui::empty(nothing, "", &html! {}));
    let mut frame = web::pages::shell(ctx, title);
    frame.flash = flash;
    frame.has_errors = error.is_some();
    let side = html! { @if may(SHOP_WRITE) { (adding(ctx)) } };
    let body = html! {
        (ui::head(title, &html! { (say(lang, "Où l’on vend, et ce qui attend d’être préparé.", "Where we sell, and what waits to be prepared.")) }, &html! {}))
        (trouble(lang, error))
        @if may(SHOP_WRITE) { (ui::columns(&html! { (table) }, &side)) } @else { (table) }
    };
    Ok(frame.page(ui::blocks(body)))
}

/// The forms that add a shop and a till.
fn adding(ctx: &Ctx) -> Markup {
    let lang = ctx.lang;
    let field = |key: &str, fr, en| Field::new(lang, key, say(lang, fr, en), FieldKind::Text);
    let send = |fr, en, what: &str| Button::new(say(lang, fr, en)).value("do", what);
    let shop = html! {
        div.stack {
            (field("code", "Code", "Code").hint(say(lang, "Lettres minuscules, chiffres, tirets", "Small letters, digits, dashes")))
            (field("name", "Nom", "Name"))
            (field("address", "Adresse", "Address").optional())
            (send("Ajouter le magasin", "Add the shop", "shop"))
        }
    };
    let till = html! {
        div.stack {
            (field("shop", "Code du magasin", "Shop’s code"))
            (field("till", "Code de la caisse", "Till’s code").hint(say(lang, "Par exemple 1", "For example 1")))
            (send("Ajouter la caisse", "Add the till", "till"))
        }
    };
    html! {
        (Card::new(say(lang, "Nouveau magasin", "New shop")).body(ui::post_form("new-shop", SHOPS, &ctx.csrf, &shop)))
        (Card::new(say(lang, "Nouvelle caisse", "New till")).body(ui::post_form("new-till", SHOPS, &ctx.csrf, &till)))
    }
}

async fn write(tills: &Tills, ctx: &Ctx, body: &FormBody) -> Result<()> {
    let act = Act::of(ctx)?;
    let batch = if body.get("do") == "till" {
        tills.add_till(&act, body.get("shop"), body.get("till")).await?.0
    } else {
        let text = |name| body.get(name).to_owned();
        shops::add_shop(&act, &Shop { code: text("code"), name: text("name"), address: text("address") })?
    };
    tills.db.write(batch).await.map(drop).map_err(shops::code_taken)
}

/// Adds a shop or a till.
pub(super) async fn add(Extension(tills): AtTills, ctx: Ctx, body: FormBody) -> Answer {
    ctx.permit(SHOP_WRITE)?;
    match write(&tills, &ctx, &body).await {
        Ok(()) if body.get("do") == "till" => Ok(see_other(&format!("{TILLS}?did=added"))),
        Ok(()) => Ok(see_other(&format!("{SHOPS}?did=added"))),
        Err(error) if told_here(&error) => {
            let page = shown(&tills, &ctx, None, Some(&error)).await?;
            Ok(with_status(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}
