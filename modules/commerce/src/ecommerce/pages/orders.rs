//! Orders: the list, and one with what becomes of it, as it happens.

use super::super::commands;
use super::super::http_orders::{list_orders, reached_order, withdraw};
use super::super::model::{OrderLine, Status, Step, WebOrder, shop_now, status};
use super::{Answer, CANCEL, LIVE, ORDERS, READ, Room, SHOP, copies, flash, frame, status_chip};
use crate::shown::{error_message, link, see_other, shop_name, told_here, with_status};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use db::Db;
use kernel::{Error, Lang, Result, Timestamp, Uuid};
use maud::{Markup, html};
use web::ui::{self, Button, Card, Column, Icon, Row, StepState, Table, Tone, Width, format, say};
use web::{Ctx, ListPage, Query, Scope};

/// Orders on a page.
const ROWS: u32 = 25;

pub(super) async fn page(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    let access = ctx.permit(READ)?.access;
    let (lang, all) = (ctx.lang, access.scope() == Some(Scope::All));
    let after = query.cursor()?;
    let found = list_orders(&db, &ctx, after, ROWS + 1).await?;
    let page = ListPage::cut(found, ROWS, |(o, _): &(WebOrder, Vec<Step>)| (o.placed_at.0, o.id));
    let people = ctx.edge.people().await?;
    let zone = &ctx.edge.config.zone;
    let row = |(order, steps): &(WebOrder, Vec<Step>)| {
        let href = format!("{ORDERS}/{}", order.id);
        let who =
            if all { people.name(order.customer).to_owned() } else { shop_name(shop_now(order, steps)) };
        let when = format::when(lang, order.placed_at, ctx.now(), zone);
        Row::new([
            ui::subject(Some(Icon::ShoppingBag), &order.reference(), &href, &who),
            status_chip(lang, status(order.withdrawn, steps)),
            html! { span.soft.nowrap { (when) } },
            html! { b.num { (format::money(lang, order.total_cents)) } },
        ])
        .id(format!("order-{}", order.id))
    };
    let columns = vec![
        Column::new(say(lang, "Commande", "Order")),
        Column::new(say(lang, "État", "State")).width(Width::Long),
        Column::new(say(lang, "Passée", "Placed")).right().optional().width(Width::Medium),
        Column::new(say(lang, "Total", "Total")).number().width(Width::Medium),
    ];
    let title =
        if all { say(lang, "Commandes web", "Web orders") } else { say(lang, "Mes commandes", "My orders") };
    let go = Button::link(say(lang, "Aller à la boutique", "Go to the shop"), SHOP);
    let empty = ui::empty(
        say(lang, "Aucune commande", "No order"),
        say(
            lang,
            "Une commande passée s’affiche ici, et son état la suit.",
            "An order that was placed shows here, and its state with it.",
        ),
        &html! { (go) },
    );
    let first = after.map(|_: (i64, Uuid)| ORDERS.to_owned());
    let next = page.next_cursor.as_deref().map(|cursor| link(ORDERS, &[("cursor", cursor)]));
    let table =
        Table::new(lang, title, columns).rows(page.items.iter().map(row)).pages(first, next).empty(empty);
    let shell = frame(&db, &ctx, title, &[]).await?;
    let content =
        html! { (ui::head(title, &html! {}, &html! {})) (ui::live("orders", LIVE, &html! { (table) })) };
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

/// Everything that the page of one order shows.
struct One<'a> {
    ctx: &'a Ctx,
    order: WebOrder,
    lines: Vec<OrderLine>,
    steps: Vec<Step>,
    customer: String,
}

impl One<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn step(&self, kind: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.kind == kind)
    }

    fn status(&self) -> Status {
        status(self.order.withdrawn, &self.steps)
    }

    fn timed(&self, state: StepState, title: &str, at: Timestamp) -> ui::Step {
        let text = format::datetime_short(self.ctx.lang, at, &self.ctx.edge.config.zone);
        ui::Step::new(state, title).time(text, at.to_string())
    }

    /// What was done, what is done now, and what is to come; or where it ended.
    fn timeline(&self) -> Vec<ui::Step> {
        let way = [
            (
                "paid",
                self.say("Paiement accepté", "Payment accepted"),
                self.say("La banque répond", "The bank answers"),
            ),
            (
                "reserved",
                self.say("Articles mis de côté", "Articles set aside"),
                self.say("Le stock est vérifié", "The stock is looked at"),
            ),
            (
                "fulfilled",
                self.say("Remise ou expédiée", "Handed over or sent"),
                self.say("La boutique prépare", "The shop prepares it"),
            ),
            ("delivered", self.say("Livrée", "Delivered"), self.say("Livraison", "Delivery")),
        ];
        let recorded = self.say("Commande enregistrée", "Order recorded");
        let mut shown = vec![self.timed(StepState::Done, recorded, self.order.placed_at)];
        let ended = self.step("cancelled");
        let mut now = ended.is_none();
        for (kind, done, running) in way {
            if kind == "fulfilled" {
                shown.extend(self.elsewhere());
            }
            match self.step(kind) {
                Some(step) => shown.push(self.timed(StepState::Done, done, step.at)),
                None if ended.is_some() => {}
                None => {
                    let state = if std::mem::take(&mut now) { StepState::Now } else { StepState::ToCome };
                    shown.push(ui::Step::new(state, running).icon(Icon::Hourglass));
                }
            }
        }
        if let Some(step) = ended {
            let title = self.say("Commande annulée", "Order cancelled");
            shown.push(
                self.timed(StepState::Refused, title, step.at).text(reason(self.ctx.lang, &step.detail)),
            );
        }
        if let Some(step) = self.step("refunded") {
            let title = self.say("Montant libéré ou remboursé", "Amount let go or given back");
            shown.push(self.timed(StepState::Undone, title, step.at));
        }
        shown
    }

    /// That another shop has it, and which.
    fn elsewhere(&self) -> Option<ui::Step> {
        let step = self.step("rerouted")?;
        let title = self.say("Confiée à une autre boutique", "Given to another shop");
        Some(self.timed(StepState::Done, title, step.at).text(shop_name(&step.detail)))
    }

    fn articles(&self) -> Markup {
        let lang = self.ctx.lang;
        html! {
            ul.plainlist {
                @for line in &self.lines {
                    li.between {
                        span {
                            b { (line.name) }
                            span.line.small.muted { (line.quantity) " × " (format::money(lang, line.unit_price_cents)) }
                        }
                        span.num { (format::money(lang, i64::from(line.quantity) * line.unit_price_cents)) }
                    }
                }
            }
        }
    }

    fn cancel(&self) -> Markup {
        let may = self.ctx.principal.as_ref().is_some_and(|principal| principal.may(CANCEL));
        if !may || self.status().is_final() || self.order.withdrawn {
            return html! {};
        }
        let button = Button::new(self.say("Annuler la commande", "Cancel the order")).danger();
        let text = self.say(
            "Possible tant que la boutique n’a pas remis les articles.",
            "Possible until the shop has handed the articles over.",
        );
        let form = ui::post_button(&format!("{ORDERS}/{}/cancel", self.order.id), &self.ctx.csrf, &button);
        html! { (Card::new(self.say("Changer d’avis", "Change your mind")).body(html! { p.small.soft { (text) } (form) })) }
    }

    fn content(&self, error: Option<&Error>) -> Markup {
        let lang = self.ctx.lang;
        let placed = format::datetime_long(lang, self.order.placed_at, &self.ctx.edge.config.zone);
        let sentence =
            html! { (self.customer) ", " (shop_name(shop_now(&self.order, &self.steps))) ", " (placed) };
        let total = html! {
            div.right { span.small.muted { (self.say("Total", "Total")) }
                b.line.price.num { (format::money(lang, self.order.total_cents)) } }
        };
        let title = format!("{} {}", self.say("Commande", "Order"), self.order.reference());
        let main = html! { (Card::new(self.say("Où elle en est", "Where it stands")).body(ui::timeline(&self.timeline()))) };
        let side = html! {
            (Card::new(self.say("Articles", "Articles")).body(self.articles()))
            (self.cancel())
        };
        let moved = self.step("rerouted").filter(|_| !self.status().is_final()).map(|step| {
            let shop = shop_name(&step.detail);
            let text = html! { (self.say("Elle est maintenant préparée ici\u{202f}: ", "It is prepared here now: ")) b { (shop) } "." };
            let title = self.say("Votre commande a changé de boutique", "Your order has gone to another shop");
            ui::message(Tone::Info, title, &text, &html! {})
        });
        let region = html! {
            @if let Some(moved) = moved { (moved) }
            div.row { (status_chip(lang, self.status())) }
            (ui::head(&title, &sentence, &total))
            (ui::columns(&main, &side))
        };
        html! {
            @if let Some(error) = error { (error_message(lang, error)) }
            (ui::live("order", LIVE, &html! { div.stack.wide { (region) } }))
        }
    }
}

/// Why an order was cancelled, in words.
fn reason(lang: Lang, word: &str) -> &'static str {
    match word {
        "payment_refused" => say(lang, "La banque a refusé le paiement.", "The bank refused the payment."),
        "stock" => {
            say(lang, "Il n’y avait plus assez d’articles.", "There were not enough articles any more.")
        }
        "timeout" => say(lang, "Une réponse n’est pas venue à temps.", "An answer did not come in time."),
        "customer" => say(lang, "À la demande du client.", "As the customer asked."),
        "shop" => say(lang, "La boutique n’a pas pu la préparer.", "The shop could not prepare it."),
        _ => say(lang, "Sans motif connu.", "For no known reason."),
    }
}

async fn shown(db: &Db, ctx: &Ctx, order: WebOrder, query: &Query, error: Option<&Error>) -> Result<Markup> {
    let people = ctx.edge.people().await?;
    let id = order.id;
    let lines = commands::order_lines(db, id).await?;
    let steps = copies::steps(db, [&id]).await?.remove(&id).unwrap_or_default();
    let customer = people.name(order.customer).to_owned();
    let one = One { ctx, order, lines, steps, customer };
    let above = [(ORDERS, say(ctx.lang, "Commandes web", "Web orders"))];
    let mut shell = frame(db, ctx, &one.order.reference(), &above).await?;
    shell.flash = flash(ctx.lang, query);
    Ok(shell.page(ui::blocks(one.content(error))))
}

pub(super) async fn one(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, query: Query) -> Answer {
    let order = reached_order(&db, &ctx, READ, id).await?;
    Ok(web::pages::html(shown(&db, &ctx, order, &query, None).await?).into_response())
}

pub(super) async fn cancel(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    match withdraw(&db, &ctx, id).await {
        Ok(()) => Ok(see_other(&format!("{ORDERS}/{id}?did=withdrawn"))),
        Err(error) if told_here(&error) => {
            let order = reached_order(&db, &ctx, CANCEL, id).await?;
            Ok(with_status(&error, shown(&db, &ctx, order, &Query::default(), Some(&error)).await?))
        }
        Err(error) => Err(error.into()),
    }
}
