//! One return. Its customer sees how far it is; the shop and the operators every step of its process as it was kept,
//! how often it was tried and why it was not done; whoever decides does it here.

use super::super::articles;
use super::super::commands::{self, Act};
use super::super::http::reached;
use super::super::model::{Return, State};
use super::steps::{Stage, Told, said_word, step_word, told, why_word};
use super::{Answer, DECIDE, LIVE, READ, RETURNS, Room, flash};
use crate::deciding::attempt;
use crate::shown::{error_message, number, return_chip, see_other, shop_name, told_here, with_status};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use db::Db;
use flow::process::{self, Record};
use kernel::{Error, Result, Timestamp, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use web::ui::{
    self, Button, Card, Column, Crumb, Field, FieldKind, Icon, Row, StepState, Table, Tone, chip, format, say,
};
use web::{Ctx, FormBody, Query, Scope};

/// Everything that the page of one return shows.
struct One<'a> {
    ctx: &'a Ctx,
    r: Return,
    steps: Vec<Told>,
    records: Vec<Record>,
    names: BTreeMap<Uuid, String>,
    customer: String,
    /// Whether the reader works here: others see their own returns.
    staff: bool,
}

impl<'a> One<'a> {
    async fn read(db: &Db, ctx: &'a Ctx, r: Return) -> Result<Self> {
        let staff = ctx.permit(READ)?.access.scope() == Some(Scope::All);
        let run = process::find(db, r.id).await?;
        let records = process::records(db, r.id).await?;
        let names = articles::names(db, r.lines.iter().map(|line| &line.product)).await?;
        let customer = ctx.edge.people().await?.name(r.customer).to_owned();
        let steps = told(run.as_ref().map(|found| &found.run), &records, r.state == State::Refused);
        Ok(Self { ctx, r, steps, records, names, customer, staff })
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn may(&self, permission: &str) -> bool {
        self.ctx.principal.as_ref().is_some_and(|who| who.may(permission))
    }

    fn when(&self, at: Timestamp) -> String {
        format::datetime_short(self.ctx.lang, at, &self.ctx.edge.config.zone)
    }

    /// Whether the goods go back on the shelf.
    fn sold_again(&self) -> bool {
        self.r.lines.iter().all(|line| line.restock)
    }

    /// Why it was refused.
    fn refusal(&self) -> Option<String> {
        self.r.refusal.as_ref().map(|why| why_word(self.ctx.lang, why))
    }

    fn timed(&self, state: StepState, title: &str, at: Timestamp) -> ui::Step {
        ui::Step::new(state, title).time(self.when(at), at.to_string())
    }

    /// What was done, what is done now, and what is to come; or where it ended.
    fn timeline(&self) -> Markup {
        let mut shown =
            vec![self.timed(StepState::Done, self.say("Demandé", "Asked for"), self.r.created_at)];
        // Each by the word for when it is done, and the one before.
        let money = (
            self.say("Vous êtes remboursé", "You have your money back"),
            self.say("Remboursement", "Your money goes back"),
        );
        let goods = (
            self.say("Articles repris", "Articles taken back"),
            self.say("Reprise des articles", "Articles are taken back"),
        );
        let mut now = true;
        match self.r.state {
            State::Asked => {
                let deciding = self.say("La boutique décide", "The shop decides");
                shown.push(ui::Step::new(StepState::Now, deciding).icon(Icon::Hourglass));
                now = false;
            }
            State::Refused => {
                let refused = self.say("Refusé", "Refused");
                let refused = self.timed(StepState::Refused, refused, self.r.updated_at);
                shown.push(refused.text(self.refusal().unwrap_or_default()));
            }
            State::Approved | State::Closed => {
                let at = self.steps.first().and_then(Told::done_at).unwrap_or(self.r.updated_at);
                let accepted = self.say("Accepté par la boutique", "Accepted by the shop");
                shown.push(self.timed(StepState::Done, accepted, at));
            }
        }
        if self.r.state != State::Refused {
            for (step, (done, before)) in self.steps.iter().skip(1).zip([money, goods]) {
                shown.push(match step.done_at() {
                    Some(at) => self.timed(StepState::Done, done, at),
                    None => {
                        let state = if std::mem::take(&mut now) { StepState::Now } else { StepState::ToCome };
                        ui::Step::new(state, before).icon(Icon::Hourglass)
                    }
                });
            }
        }
        html! { (Card::new(self.say("Où il en est", "Where it stands")).body(ui::timeline(&shown))) }
    }

    fn stage_chip(&self, stage: Stage) -> Markup {
        let later = |fr, en, due| format!("{} {}", self.say(fr, en), self.when(due));
        match stage {
            Stage::Done(at) => chip(Tone::Ok, Icon::Check, &self.when(at)),
            Stage::Now => chip(Tone::Info, Icon::Hourglass, self.say("En cours", "Under way")),
            Stage::Waits(due) => {
                let again = later("Sans réponse, redemandé", "Without an answer, asked again", due);
                html! { (chip(Tone::Info, Icon::Hourglass, self.say("Réponse attendue", "Waiting for an answer")))
                span.line.small.muted { (again) } }
            }
            Stage::Again(due) => chip(Tone::Warn, Icon::RotateCcw, &later("Nouvel essai", "Next try", due)),
            Stage::Refused(at) => {
                let text = format!("{}, {}", self.say("Refusé", "Refused"), self.when(at));
                chip(Tone::Bad, Icon::X, &text)
            }
            Stage::Undone(at) => {
                let text = format!("{}, {}", self.say("Défait", "Undone"), self.when(at));
                chip(Tone::Warn, Icon::Undo2, &text)
            }
            Stage::ToCome => html! { span.small.muted { (self.say("À venir", "To come")) } },
            Stage::Never => html! { span.small.muted { (self.say("N’aura pas lieu", "Will not happen")) } },
        }
    }

    /// Every step, how far it is, how often it was tried, and why it was not done.
    fn process(&self) -> Markup {
        let lang = self.ctx.lang;
        let columns = vec![
            Column::new(self.say("Étape", "Step")),
            Column::new(self.say("État", "State")),
            Column::new(self.say("Essais", "Tries")).number(),
            Column::new(self.say("Cause", "Cause")).optional(),
        ];
        let row = |step: &Told| {
            let icon = match step.name {
                "accept" => Icon::MessageSquare,
                "refund" => Icon::CreditCard,
                _ => Icon::Package,
            };
            let why = step.why.as_ref().map(|why| why_word(lang, why));
            Row::new([
                html! { span.subject { (ui::icon::tile(icon)) span.grow { b.t { (step_word(lang, step.name)) } span.sub { (step.name) } } } },
                self.stage_chip(step.stage),
                html! { (format::integer(lang, i64::try_from(step.tries).unwrap_or(i64::MAX))) },
                why.map_or_else(ui::missing, |why| html! { (why) }),
            ])
        };
        let title = self.say("Ce qui a été fait, ce qui reste", "What was done, what remains");
        let foot = self.say(
            "Le remboursement est le point de non-retour\u{202f}: avant lui, tout se défait.",
            "The money is the point of no return: before it, everything can be undone.",
        );
        let table = Table::new(lang, title, columns).title(title).id("steps");
        html! { (table.rows(self.steps.iter().map(row)).foot(html! { (foot) })) }
    }

    /// Every record of the process, in order.
    fn journal(&self) -> Markup {
        let lang = self.ctx.lang;
        let columns = vec![
            Column::new(self.say("Étape", "Step")),
            Column::new(self.say("Réponse", "Answer")),
            Column::new(self.say("Quand", "When")).right().soft().nowrap(),
        ];
        let zone = &self.ctx.edge.config.zone;
        let row = |record: &Record| {
            let clock = format::clock_seconds(format::local(record.at, zone).time());
            let day = format::date_short(lang, format::local(record.at, zone).date());
            Row::new([
                html! { (step_word(lang, &record.step)) },
                html! { (said_word(lang, record)) },
                html! { time datetime=(record.at) { (day) " " (clock) } },
            ])
        };
        let title = self.say("Journal du processus", "Log of the process");
        let empty = ui::empty(
            self.say("Rien n’a commencé", "Nothing has begun"),
            self.say(
                "Le processus commence avec l’accord.",
                "The process begins when the return is accepted.",
            ),
            &html! {},
        );
        let table = Table::new(lang, title, columns).title(title).id("records").empty(empty);
        html! { (table.rows(self.records.iter().map(row))) }
    }

    fn about(&self) -> Markup {
        let word = |fr: &'static str, en: &'static str| self.say(fr, en).to_owned();
        let order = number(self.r.transaction);
        let path = if self.staff { "/transactions" } else { "/shop/orders" };
        let leads = !self.staff || self.may("transaction.order.read");
        let order = html! { @if leads { a href=(format!("{path}/{}", self.r.transaction)) { (order) } } @else { (order) } };
        let state = if self.sold_again() {
            word("Comme neufs", "As new")
        } else {
            word("Abîmés ou défectueux", "Damaged or faulty")
        };
        let mut pairs = vec![
            (word("Commande", "Order"), order),
            (word("Motif", "Reason"), html! { (self.r.reason) }),
            (word("État des articles", "State of the articles"), html! { (state) }),
        ];
        if let Some(why) = self.refusal() {
            pairs.push((word("Refusé parce que", "Refused because"), html! { (why) }));
        }
        html! { (Card::new(self.say("La demande", "The request")).body(ui::definitions(&pairs))) }
    }

    fn articles(&self) -> Markup {
        let lang = self.ctx.lang;
        html! {
            (Card::new(self.say("Articles", "Articles")).body(html! {
                ul.plainlist {
                    @for line in &self.r.lines {
                        li.between {
                            span {
                                b { (self.names.get(&line.product).map_or_else(|| number(line.product), Clone::clone)) }
                                span.line.small.muted { (line.quantity) " × " (format::money(lang, line.unit_price_cents)) }
                            }
                            span.num { (format::money(lang, i64::from(line.quantity) * line.unit_price_cents)) }
                        }
                    }
                }
            }))
        }
    }

    /// What whoever decides can do; what was typed and refused stays.
    fn decision(&self, typed: &str, error: Option<&Error>) -> Markup {
        if self.r.state != State::Asked || !self.may(DECIDE) {
            return html! {};
        }
        let lang = self.ctx.lang;
        let path = format!("{RETURNS}/{}", self.r.id);
        let accept = Button::new(self.say("Accepter le retour", "Accept the return")).primary();
        let follows = if self.sold_again() {
            self.say(
                "Le client est remboursé et les articles rentrent en stock.",
                "The customer gets the money back, and the goods go into stock.",
            )
        } else {
            self.say(
                "Le client est remboursé\u{202f}; les articles ne rentrent pas en stock.",
                "The customer gets the money back; the goods do not go into stock.",
            )
        };
        let fault = error.iter().flat_map(|error| &error.fields).find(|fault| fault.field == "reason");
        let reason = self.say("Motif du refus", "Reason of the refusal");
        let hint = self.say("Le client le lit", "The customer reads it");
        let reason = Field::new(lang, "reason", reason, FieldKind::Text).value(typed).hint(hint);
        let reason = match fault {
            Some(fault) => reason.error(fault.text.get(lang)),
            None => reason,
        };
        let refuse = Button::new(self.say("Refuser le retour", "Refuse the return")).danger();
        html! {
            (Card::new(self.say("Décider", "Decide")).body(html! {
                div.stack {
                    p.small.soft { (follows) }
                    (ui::post_button(&format!("{path}/approve"), &self.ctx.csrf, &accept))
                }
            }))
            (Card::new(self.say("Ou refuser", "Or refuse")).body(ui::post_form(
                "refuse", &format!("{path}/refuse"), &self.ctx.csrf, &html! { div.stack { (reason) (refuse) } })))
        }
    }

    fn content(&self, typed: &str, error: Option<&Error>) -> Markup {
        let lang = self.ctx.lang;
        let title = format!("{} {}", self.say("Retour", "Return"), number(self.r.id));
        let asked = format::datetime_long(lang, self.r.created_at, &self.ctx.edge.config.zone);
        let sentence = html! { (self.customer) ", " (shop_name(&self.r.shop)) ", " (asked) };
        let money = match self.r.state {
            State::Asked | State::Approved => self.say("À rembourser", "To give back"),
            State::Closed => self.say("Remboursé", "Given back"),
            State::Refused => self.say("Demandé", "Asked for"),
        };
        let amount = html! {
            div.right { span.small.muted { (money) }
                b.line.price.num { (format::money(lang, self.r.amount_cents)) } }
        };
        let main = html! {
            @if self.staff { (self.process()) (self.journal()) } @else { (self.timeline()) }
        };
        let side = html! { (self.decision(typed, error)) (self.about()) (self.articles()) };
        let region = html! {
            div.row { (return_chip(lang, self.r.state.word())) }
            (ui::head(&title, &sentence, &amount))
            (ui::columns(&main, &side))
        };
        html! {
            @if let Some(error) = error { (error_message(lang, error)) }
            (ui::live("return", LIVE, &html! { div.stack.wide { (region) } }))
        }
    }

    fn page(&self, query: &Query, typed: &str, error: Option<&Error>) -> Markup {
        let mut shell = web::pages::shell(self.ctx, number(self.r.id));
        let back = self.say("Retours", "Returns").to_owned();
        shell.crumbs = vec![Crumb { label: back, href: Some(RETURNS.to_owned()) }];
        shell.flash = flash(self.ctx.lang, query);
        shell.has_errors = error.is_some();
        shell.page(ui::blocks(self.content(typed, error)))
    }
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, query: Query) -> Answer {
    let one = One::read(&db, &ctx, reached(&db, &ctx, READ, id).await?).await?;
    Ok(web::pages::html(one.page(&query, "", None)).into_response())
}

pub(super) async fn approve(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>) -> Answer {
    ctx.permit(DECIDE)?;
    decide(&db, &ctx, id, None, "approved").await
}

pub(super) async fn refuse(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, body: FormBody) -> Answer {
    ctx.permit(DECIDE)?;
    decide(&db, &ctx, id, Some(body.get("reason")), "refused").await
}

async fn decide(db: &Db, ctx: &Ctx, id: Uuid, refusal: Option<&str>, did: &str) -> Answer {
    let act = Act::of(ctx);
    let decided = attempt(db, || {
        Box::pin(async {
            let before = reached(db, ctx, DECIDE, id).await?;
            commands::decide(&act, &before, refusal.map(commands::reason).transpose()?)
        })
    });
    match decided.await {
        Ok(_) => Ok(see_other(&format!("{RETURNS}/{id}?did={did}"))),
        Err(error) if told_here(&error) => {
            let one = One::read(db, ctx, reached(db, ctx, DECIDE, id).await?).await?;
            let page = one.page(&Query::default(), refusal.unwrap_or_default(), Some(&error));
            Ok(with_status(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}
