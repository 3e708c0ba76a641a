//! A shop's orders: what waits, and each with what is to be fetched and what can be done with it.

use super::{Answer, SHOPS, flash, see_other, told_here, trouble, with_status};
use crate::retail::http::ACTS;
use crate::retail::model::{Input, ShopOrder, Stage, take};
use crate::retail::orders::{self, Act, Line};
use crate::retail::till::Tills;
use crate::retail::till::http::AtTills;
use crate::retail::{READ, WRITE};
use crate::shown::number;
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use kernel::{Error, Lang, Result, Uuid};
use maud::{Markup, html};
use web::ui::{
    self, Button, Card, Choice, Column, Crumb, Field, FieldKind, Icon, Row, Table, Tone, format, say,
};
use web::{Ctx, FormBody, ListPage, Query};

/// Orders of a page.
const PAGE: u32 = 50;

/// A stage in words, with the colour of its chip.
fn stage_word(lang: Lang, stage: Stage) -> (&'static str, Tone, Icon) {
    match stage {
        Stage::Assigned => (say(lang, "À préparer", "To prepare"), Tone::Accent, Icon::Package),
        Stage::Picking => (say(lang, "En préparation", "Being prepared"), Tone::Info, Icon::Hourglass),
        Stage::CancelRequested => {
            (say(lang, "Annulée, à remettre en place", "Cancelled, to put back"), Tone::Warn, Icon::Undo2)
        }
        Stage::Fulfilled => (say(lang, "Remise", "Handed over"), Tone::Ok, Icon::CircleCheck),
        Stage::Delivered => (say(lang, "Livrée", "Delivered"), Tone::Ok, Icon::CircleCheck),
        Stage::Refused => (say(lang, "Refusée", "Refused"), Tone::Bad, Icon::CircleX),
        Stage::Cancelled => (say(lang, "Annulée", "Cancelled"), Tone::Neutral, Icon::X),
    }
}

fn stage_chip(lang: Lang, stage: Stage) -> Markup {
    let (word, tone, icon) = stage_word(lang, stage);
    ui::chip(tone, icon, word)
}

/// The orders of a shop at a stage.
pub(super) async fn list(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path(shop): Path<String>,
    query: Query,
) -> Answer {
    ctx.permit(READ)?;
    let lang = ctx.lang;
    let place = tills.shop(&shop).await?;
    let asked = query.get("etape").unwrap_or("assigned");
    let stage = Stage::parse(asked).ok_or_else(Error::not_found)?;
    let after: (i64, Uuid) = query.cursor()?.unwrap_or((i64::MIN, Uuid::nil()));
    let found = orders::at_stage(&tills.db, (&shop, stage), after, PAGE + 1).await?;
    let ListPage { items, next_cursor } = ListPage::cut(found, PAGE, |o| (o.assigned_at.0, o.transaction));
    let path = format!("{SHOPS}/{shop}/commandes");
    let choice = |one: Stage| {
        Choice::new(stage_word(lang, one).0, format!("{path}?etape={}", one.word()), one == stage)
    };
    let title = format!("{} {}", say(lang, "Commandes de", "Orders of"), place.name);
    let columns = vec![
        Column::new(say(lang, "Commande", "Order")).mono(),
        Column::new(say(lang, "Reçue", "Received")).nowrap(),
        Column::new(say(lang, "Articles", "Items")).number(),
        Column::new(say(lang, "Étape", "Stage")),
    ];
    let row = |o: &ShopOrder| {
        Row::new([
            html! { a href=(format!("{SHOPS}/commandes/{}", o.transaction)) { (number(o.transaction)) } },
            html! { (format::datetime_short(lang, o.assigned_at, &ctx.edge.config.zone)) },
            html! { (format::integer(lang, o.pieces)) },
            stage_chip(lang, o.stage),
        ])
    };
    let nothing = say(lang, "Rien à cette étape", "Nothing at this stage");
    let table = Table::new(lang, title.clone(), columns)
        .rows(items.iter().map(row))
        .pages(None, next_cursor.map(|cursor| query.with("cursor", Some(&cursor))))
        .empty(ui::empty(nothing, "", &html! {}));
    let mut frame = web::pages::shell(&ctx, title.clone());
    frame.crumbs = vec![Crumb { label: say(lang, "Magasins", "Shops").into(), href: Some(SHOPS.into()) }];
    frame.flash = flash(lang, &query);
    let stages: Vec<Choice> = Stage::ALL.into_iter().map(choice).collect();
    let body = html! {
        (ui::head(&title, &html! {}, &html! {}))
        (ui::pills(say(lang, "Étape", "Stage"), &stages))
        (table)
    };
    Ok(web::pages::html(frame.page(ui::blocks(body))).into_response())
}

/// What the buttons say.
fn verb_word(lang: Lang, verb: &str) -> &'static str {
    match verb {
        "pick" => say(lang, "Commencer la préparation", "Begin to prepare"),
        "fulfil" => say(lang, "Remettre ou expédier", "Hand over or send"),
        "refuse" => say(lang, "Refuser la commande", "Refuse the order"),
        "put-back" => say(lang, "Articles remis en place", "Goods are put back"),
        _ => say(lang, "Noter la livraison", "Note the delivery"),
    }
}

async fn shown(tills: &Tills, ctx: &Ctx, id: Uuid, query: &Query, error: Option<&Error>) -> Result<Markup> {
    let lang = ctx.lang;
    let order = orders::one(&tills.db, id).await?;
    let lines = orders::lines(&tills.db, &order).await?;
    let title = format!("{} {}", say(lang, "Commande", "Order"), number(id));
    let columns = vec![
        Column::new(say(lang, "Quantité", "Quantity")).number(),
        Column::new(say(lang, "Article", "Item")),
        Column::new(say(lang, "Référence", "Number")).mono().optional(),
    ];
    let row = |line: &Line| {
        Row::new([
            html! { (format::integer(lang, line.quantity)) },
            html! { (ui::typeset(lang, &line.name)) },
            html! { (line.sku) },
        ])
    };
    let table = Table::new(lang, say(lang, "À rassembler", "To fetch"), columns)
        .title(say(lang, "À rassembler", "To fetch"))
        .rows(lines.iter().map(row))
        .empty(ui::empty(say(lang, "Sans détail", "Without details"), "", &html! {}));
    let mut frame = web::pages::shell(ctx, title.clone());
    frame.crumbs = vec![
        Crumb { label: say(lang, "Magasins", "Shops").into(), href: Some(SHOPS.into()) },
        Crumb { label: order.shop.clone(), href: Some(format!("{SHOPS}/{}/commandes", order.shop)) },
    ];
    frame.flash = flash(lang, query);
    frame.has_errors = error.is_some();
    let received = html! {
        (say(lang, "Reçue le", "Received on")) " "
        (format::datetime_long(lang, order.assigned_at, &ctx.edge.config.zone))
        @if let Some(note) = &order.note { ", " (ui::quoted(lang, note)) }
    };
    let body = html! {
        (ui::head(&title, &received, &stage_chip(lang, order.stage)))
        (trouble(lang, error))
        (ui::columns(&html! { (table) }, &actions(ctx, &order)))
    };
    Ok(frame.page(ui::blocks(body)))
}

/// What can be done with an order now.
fn actions(ctx: &Ctx, order: &ShopOrder) -> Markup {
    let lang = ctx.lang;
    let can = |input: &Input| take(order.transaction, Some(order), input, ctx.now()).is_some();
    let may = ctx.principal.as_ref().is_some_and(|p| p.may(WRITE));
    let open: Vec<&str> =
        ACTS.iter().filter(|(_, _, input)| may && can(input)).map(|(verb, _, _)| *verb).collect();
    if open.is_empty() {
        let text = say(lang, "Rien à faire ici.", "Nothing to do here.");
        return html! { (Card::new(say(lang, "Étape suivante", "Next step")).body(html! { p.soft { (text) } })) };
    }
    let path = format!("{SHOPS}/commandes/{}", order.transaction);
    let button = |at: usize, verb: &str| {
        let button =
            Button::new(verb_word(lang, verb)).value("do", verb).busy(say(lang, "Envoi…", "Sending…"));
        if at == 0 { button.primary() } else { button }
    };
    let steps = open.iter().filter(|verb| **verb != "refuse").enumerate();
    // Whoever looks at an old page does not act for the shop that has it now.
    let shop = html! { input type="hidden" name="shop" value=(order.shop); };
    let content = html! { (shop) div.stack { @for (at, verb) in steps { (button(at, verb)) } } };
    let reason = Field::new(lang, "reason", say(lang, "Motif", "Reason"), FieldKind::Text)
        .hint(say(lang, "Le client ne le lit pas", "The customer does not read it"))
        .optional();
    let refuse = Button::new(verb_word(lang, "refuse")).danger().value("do", "refuse");
    html! {
        (Card::new(say(lang, "Étape suivante", "Next step")).body(ui::post_form("next", &path, &ctx.csrf, &content)))
        @if open.contains(&"refuse") {
            (Card::new(say(lang, "Le magasin ne peut pas", "The shop cannot"))
                .body(ui::post_form("refuse", &path, &ctx.csrf, &html! { (shop) div.stack { (reason) (refuse) } })))
        }
    }
}

/// An order.
pub(super) async fn page(Extension(tills): AtTills, ctx: Ctx, Path(id): Path<Uuid>, query: Query) -> Answer {
    ctx.permit(READ)?;
    Ok(web::pages::html(shown(&tills, &ctx, id, &query, None).await?).into_response())
}

/// Moves it on.
pub(super) async fn act(Extension(tills): AtTills, ctx: Ctx, Path(id): Path<Uuid>, body: FormBody) -> Answer {
    ctx.permit(WRITE)?;
    let verb = body.get("do");
    let known = ACTS.iter().find(|(name, _, _)| *name == verb);
    let (verb, _, input) = known
        .ok_or_else(|| Error::invalid("bad_parameter", "Choisissez une action.", "Choose an action."))?;
    let shop = Some(body.get("shop")).filter(|shop| !shop.is_empty());
    match orders::act(&tills.db, &Act::from(&ctx), id, input, (shop, Some(body.get("reason")))).await {
        Ok(_) => Ok(see_other(&format!("{SHOPS}/commandes/{id}?did={verb}"))),
        Err(error) if told_here(&error) => {
            let page = shown(&tills, &ctx, id, &Query::default(), Some(&error)).await?;
            Ok(with_status(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}
