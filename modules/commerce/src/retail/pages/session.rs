//! Choosing a till, opening it with its float, reading it, counting it and closing it.

use super::{Answer, SHOPS, TILLS, flash, number, paper, see_other, told_here, trouble, with_status};
use crate::retail::till::Tills;
use crate::retail::till::change::Act;
use crate::retail::till::commands::Command;
use crate::retail::till::http::{AtTills, Place};
use crate::retail::till::queries::{Reading, Shop};
use crate::retail::till::record::{Chain, Closing};
use crate::retail::till::sql::Till;
use crate::retail::{CLOSE, REPORT, SELL, SHOP_WRITE};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use kernel::{Error, Result};
use maud::{Markup, html};
use web::ui::{
    self, Button, Card, Column, Crumb, Field, FieldKind, FormPage, Icon, Row, Table, TillPage, Tone, format,
    say,
};
use web::{Ctx, FormBody, Query};

/// Shops and tills of a page, at most.
const MOST: u32 = 200;

/// Whoever is at the till.
pub(super) fn person(ctx: &Ctx) -> Option<ui::Person> {
    ctx.principal.as_ref().map(|principal| ui::Person {
        id: principal.id.to_string(),
        name: principal.name.clone(),
        role: principal.title.clone(),
        settings: Some("/account".into()),
    })
}

/// The chip of a till's state.
fn state(ctx: &Ctx, till: &Till) -> Markup {
    if till.session.is_some() {
        ui::chip(Tone::Ok, Icon::CircleCheck, say(ctx.lang, "Ouverte", "Open"))
    } else {
        ui::chip(Tone::Neutral, Icon::Lock, say(ctx.lang, "Fermée", "Closed"))
    }
}

/// Which till.
pub(super) async fn choose(Extension(tills): AtTills, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(SELL)?;
    let lang = ctx.lang;
    let mut cards = Vec::new();
    for shop in tills.shops("", MOST).await? {
        let list = tills.tills_of(&shop.code, "", MOST).await?;
        cards.push(tills_card(&ctx, &shop, &list));
    }
    let title = say(lang, "Caisse", "Till");
    let may_add = ctx.principal.as_ref().is_some_and(|p| p.may(SHOP_WRITE));
    let add = html! { @if may_add { (Button::link(say(lang, "Ajouter un magasin", "Add a shop"), SHOPS)) } };
    let nothing = ui::empty(
        say(lang, "Aucune caisse", "No till"),
        say(lang, "Les caisses de vos magasins s’afficheront ici.", "The tills of your shops appear here."),
        &add,
    );
    let mut frame = web::pages::shell(&ctx, title);
    frame.flash = flash(lang, &query);
    let text =
        html! { (say(lang, "Choisissez la caisse où vous êtes.", "Choose the till that you are at.")) };
    let body = html! {
        (ui::head(title, &text, &html! {}))
        @if cards.is_empty() { (nothing) }
        @for card in &cards { (card) }
    };
    Ok(web::pages::html(frame.page(ui::blocks(body))).into_response())
}

fn tills_card(ctx: &Ctx, shop: &Shop, list: &[Till]) -> Markup {
    let lang = ctx.lang;
    let may_report = ctx.principal.as_ref().is_some_and(|p| p.may(REPORT));
    let columns = vec![
        Column::new(say(lang, "Caisse", "Till")),
        Column::new(say(lang, "État", "State")),
        Column::new(say(lang, "Dernier ticket", "Last receipt")).number().optional(),
        Column::unnamed(say(lang, "Actions", "Actions")).right(),
    ];
    let row = |till: &Till| {
        let href = format!("{TILLS}/{}/{}", till.shop, till.code);
        let last = till.head(Chain::Receipt).0;
        let go =
            if till.session.is_some() { say(lang, "Vendre", "Sell") } else { say(lang, "Ouvrir", "Open") };
        let label = format!("{go}\u{a0}: {} {}", shop.name, till.code);
        Row::new([
            html! { a href=(href) { (say(lang, "Caisse", "Till")) " " (till.code) } },
            state(ctx, till),
            html! { @if last == 0 { (ui::table::missing()) } @else { (number(last)) } },
            html! {
                @if may_report { (Button::link(say(lang, "Tickets", "Receipts"), format!("{href}/tickets")).small()) " " }
                a.btn.sm href=(href) aria-label=(label) { (go) }
            },
        ])
    };
    let caption = format!("{} {}", say(lang, "Caisses de", "Tills of"), shop.name);
    let table = Table::new(lang, caption, columns)
        .title(shop.name.clone())
        .rows(list.iter().map(row))
        .empty(ui::empty(say(lang, "Aucune caisse", "No till"), "", &html! {}));
    html! { (table) }
}

/// A till that nobody has opened: asks for the float.
pub(super) async fn closed(tills: &Tills, ctx: &Ctx, till: &Till, error: Option<(Error, String)>) -> Answer {
    let lang = ctx.lang;
    let shop = tills.shop(&till.shop).await?;
    let (error, typed) = error.map_or((None, String::new()), |(error, typed)| (Some(error), typed));
    let mut field = Field::new(lang, "float", say(lang, "Fond de caisse", "Float"), FieldKind::Money)
        .value(typed)
        .hint(say(lang, "Ce qui est dans le tiroir, en euros", "What lies in the drawer, in euros"));
    if let Some(fault) = error.as_ref().and_then(|error| error.fields.first()) {
        field = field.error(fault.text.get(lang));
    }
    let title = format!("{}, {} {}", shop.name, say(lang, "caisse", "till"), till.code);
    let content = html! {
        main.posone #main tabindex="-1" {
            form.card.cb.stack method="post" action=(format!("{TILLS}/{}/{}/ouverture", till.shop, till.code)) novalidate {
                (ui::csrf_field(&ctx.csrf))
                h1.form-title { (say(lang, "Ouvrir la caisse", "Open the till")) }
                (trouble(lang, error.as_ref().filter(|error| error.fields.is_empty())))
                (field)
                (Button::new(say(lang, "Ouvrir la caisse", "Open the till")).primary().big().busy(say(lang, "Ouverture…", "Opening…")))
                (Button::link(say(lang, "Autre caisse", "Another till"), TILLS).quiet())
            }
        }
    };
    let bar = html! { (state(ctx, till)) span.grow {} };
    let page = TillPage { lang, title, home: TILLS.into(), person: person(ctx), bar }.page(&content);
    match error {
        Some(error) => Ok(with_status(&error, page)),
        None => Ok(web::pages::html(page).into_response()),
    }
}

/// What was typed as an amount of the drawer.
fn drawer(field: &str, text: &str) -> Result<i64> {
    let (fr, en) = ("Indiquez un montant, par exemple 150 ou 149,50.", "Say an amount: 150 or 149.50.");
    format::read::money(text)
        .filter(|cents| *cents >= 0)
        .ok_or_else(|| Error::invalid("invalid_values", fr, en).field(field, fr, en))
}

/// Opens it.
pub(super) async fn open(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, code)): Place,
    body: FormBody,
) -> Answer {
    ctx.permit(SELL)?;
    let typed = body.get("float").to_owned();
    let till = tills.till(&shop, &code).await?;
    let done = match drawer("float", &typed) {
        Ok(float_cents) => {
            tills.run(&Act::of(&ctx)?, (&shop, &code), &Command::Open { float_cents }).await.map(drop)
        }
        Err(error) => Err(error),
    };
    match done {
        // Pressed twice, it is open.
        Ok(()) => Ok(see_other(&format!("{TILLS}/{shop}/{code}"))),
        Err(error) if error.code == "till_open" => Ok(see_other(&format!("{TILLS}/{shop}/{code}"))),
        Err(error) if told_here(&error) => closed(&tills, &ctx, &till, Some((error, typed))).await,
        Err(error) => Err(error.into()),
    }
}

/// The reading, and the count that closes the session.
async fn counting(
    tills: &Tills,
    ctx: &Ctx,
    till: &Till,
    reading: &Reading,
    failed: Option<(Error, String)>,
) -> Answer {
    let lang = ctx.lang;
    let shop = tills.shop(&till.shop).await?;
    let (error, typed) = failed.map_or((None, String::new()), |(error, typed)| (Some(error), typed));
    let place = format!("{}, {} {}", shop.name, say(lang, "caisse", "till"), till.code);
    let title = say(lang, "Clôturer la caisse", "Close the till");
    let mut field =
        Field::new(lang, "counted", say(lang, "Espèces comptées", "Cash counted"), FieldKind::Money)
            .value(typed)
            .hint(say(
                lang,
                "Tout ce qui est dans le tiroir, fond compris",
                "All that lies in the drawer, the float too",
            ));
    let errors: Vec<(String, String)> = error
        .iter()
        .flat_map(|error| &error.fields)
        .map(|fault| ("counted".to_owned(), fault.text.get(lang).to_owned()))
        .collect();
    if let Some((_, text)) = errors.first() {
        field = field.error(text);
    }
    let may_close = ctx.principal.as_ref().is_some_and(|p| p.may(CLOSE));
    let back = format!("{TILLS}/{}/{}", till.shop, till.code);
    let close = Button::new(title).primary().busy(say(lang, "Clôture…", "Closing…"));
    let mut frame = web::pages::shell(ctx, title);
    frame.crumbs = vec![Crumb { label: place.clone(), href: Some(back.clone()) }];
    frame.has_errors = error.is_some();
    let page = frame.page(ui::form_page(&FormPage {
        lang,
        id: "close".into(),
        action: format!("{back}/cloture"),
        csrf: ctx.csrf.clone(),
        title: title.into(),
        message: trouble(lang, error.as_ref().filter(|error| error.fields.is_empty())),
        errors,
        fields: html! { (field) },
        aside: html! {
            (Card::new(say(lang, "Lecture X", "Reading X")).body(paper::reading(ctx, reading)))
        },
        decide: ui::decision_bar(
            &if may_close {
                vec![close, Button::link(say(lang, "Revenir", "Go back"), &back).quiet()]
            } else {
                vec![Button::link(say(lang, "Revenir", "Go back"), &back)]
            },
            &[],
        ),
        ..FormPage::default()
    }));
    match error {
        Some(error) => Ok(with_status(&error, page)),
        None => Ok(web::pages::html(page).into_response()),
    }
}

/// The page.
pub(super) async fn close_page(Extension(tills): AtTills, ctx: Ctx, Path((shop, code)): Place) -> Answer {
    ctx.permit(REPORT)?;
    let till = tills.till(&shop, &code).await?;
    if till.session.is_none() {
        let last = till.head(Chain::Closing).0;
        let to = if last == 0 {
            format!("{TILLS}/{shop}/{code}")
        } else {
            format!("{TILLS}/{shop}/{code}/cloture/{last}")
        };
        return Ok(see_other(&to));
    }
    let reading = tills.reading(&till).await?;
    counting(&tills, &ctx, &till, &reading, None).await
}

/// Closes the session.
pub(super) async fn close(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, code)): Place,
    body: FormBody,
) -> Answer {
    ctx.permit(CLOSE)?;
    let typed = body.get("counted").to_owned();
    let till = tills.till(&shop, &code).await?;
    let done = match drawer("counted", &typed) {
        Ok(counted_cents) => {
            tills.run(&Act::of(&ctx)?, (&shop, &code), &Command::Close { counted_cents }).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(record) => Ok(see_other(&format!("{TILLS}/{shop}/{code}/cloture/{}?did=closed", record.number))),
        Err(error) if told_here(&error) && till.session.is_some() => {
            let reading = tills.reading(&till).await?;
            counting(&tills, &ctx, &till, &reading, Some((error, typed))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// A closing, to be read and printed.
pub(super) async fn closing(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path((shop, code, n)): Path<(String, String, String)>,
    query: Query,
) -> Answer {
    ctx.permit(REPORT)?;
    let n: u64 = n.parse().map_err(|_| Error::not_found())?;
    let record = tills.record((&shop, &code), Chain::Closing, n).await?.ok_or_else(Error::not_found)?;
    let closing: Closing = record.read()?;
    let lang = ctx.lang;
    let place = tills.shop(&shop).await?;
    let title = format!("{} {n}", say(lang, "Clôture Z", "Closing Z"));
    let mut frame = web::pages::shell(&ctx, title.clone());
    let label = format!("{}, {} {code}", place.name, say(lang, "caisse", "till"));
    frame.crumbs = vec![Crumb { label, href: Some(format!("{TILLS}/{shop}/{code}/tickets")) }];
    frame.flash = flash(lang, &query);
    let people = ctx.edge.people().await?;
    let paper = paper::closing(&ctx, &place, &closing, &record.hash, people.name(closing.closed_by));
    let print = paper::print_button(lang);
    Ok(web::pages::html(frame.page(ui::blocks(html! { (ui::head(&title, &html! {}, &print)) (paper) })))
        .into_response())
}
