//! One transaction, step by step: what was done and what is undone, each with its event and cause; its money and its
//! goods, which end at zero when it is cancelled.

use super::{Answer, PATH, STUCK, flash, id_of, kind_word, number, reason_word, see_other, state_chip};
use crate::transaction::http::{act, reached};
use crate::transaction::incidents::{self, Incident, Standing};
use crate::transaction::journal::{self, Entry};
use crate::transaction::model::{State, Transaction};
use crate::transaction::{READ, WITHDRAW, commands, offers, sql};
use axum::response::IntoResponse;
use contracts::commerce::Line;
use db::{Db, DbResult};
use jiff::tz::TimeZone;
use kernel::{Error, Lang, Timestamp, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use web::ui::{self, Button, Card, Column, Crumb, Icon, Row, Table, Tone, chip, format, say};
use web::{Ctx, Query};

struct View<'a> {
    ctx: &'a Ctx,
    lang: Lang,
    zone: TimeZone,
    t: &'a Transaction,
    entries: &'a [Entry],
    lines: &'a [Line],
    names: BTreeMap<Uuid, String>,
    incidents: Vec<Incident>,
    customer: String,
}

/// The page.
pub(super) async fn page(db: Db, ctx: Ctx, id: String, query: Query) -> Answer {
    let t = reached(&db, &ctx, READ, id_of(&id)?).await?;
    let rows = db.query(&sql::LINES, db::params![t.id]).await.map_err(Error::from)?;
    let lines = rows.iter().map(sql::line).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let products: Vec<Uuid> = lines.iter().map(|line| line.product_id).collect();
    let names = offers::names(&db, &products).await.map_err(Error::from)?;
    let entries = journal::of(&db, t.id).await.map_err(Error::from)?;
    let ids = crate::reading::list([&t.id]);
    let incidents = incidents::commands::of(&db, ids).await.map_err(Error::from)?;
    let people = ctx.edge.people().await?;
    let view = View {
        ctx: &ctx,
        lang: ctx.lang,
        zone: ctx.edge.config.zone.clone(),
        t: &t,
        entries: &entries,
        lines: &lines,
        names,
        incidents,
        customer: people.name(t.customer).to_owned(),
    };
    let title = number(t.id);
    let mut shell = web::pages::shell(&ctx, title);
    let back = say(ctx.lang, "Commandes", "Orders").to_owned();
    shell.crumbs = vec![Crumb { label: back, href: Some(PATH.to_owned()) }];
    shell.flash = flash(ctx.lang, &query);
    let content = ui::live("transaction", "/transactions/live", &view.content());
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

/// Takes the order back.
pub(super) async fn withdraw(db: Db, ctx: Ctx, id: String) -> Answer {
    let before = reached(&db, &ctx, WITHDRAW, id_of(&id)?).await?;
    let (batch, after) = commands::withdraw(&act(&ctx), &before)?;
    db.write(batch).await.map_err(Error::from)?;
    Ok(see_other(&format!("{PATH}/{}?did=cancelled", after.id)))
}

/// A step of the choreography, as the page tells it.
struct Told {
    icon: Icon,
    name: &'static str,
    module: &'static str,
    done: Option<Markup>,
    undone: Markup,
}

impl View<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    fn content(&self) -> Markup {
        let t = self.t;
        let title = format!("{} {}", self.say("Commande", "Order"), number(t.id));
        let placed = format::datetime_short(self.lang, t.created_at, &self.zone);
        let sentence = html! { (state_chip(self.lang, t)) " " (self.customer) ", " (ui::capital(&t.shop)) ", " (placed) };
        let total = html! { span.small.muted { (self.say("Total", "Total")) } " " b.num { (format::money(self.lang, t.total_cents)) } };
        html! {
            (ui::head(&title, &sentence, &total))
            (self.message())
            (ui::columns(
                &html! { (self.steps()) (self.events()) },
                &html! { (self.accounts()) (self.articles()) },
            ))
        }
    }

    fn message(&self) -> Markup {
        let open = self.incidents.iter().find(|incident| incident.standing != Standing::Resolved);
        if let Some(incident) = open {
            let action = Button::link(
                self.say("Voir l’incident", "See the incident"),
                format!("{STUCK}/{}", incident.id),
            );
            let text = html! { (super::why(self.lang, incident.kind)) };
            return ui::message(Tone::Bad, kind_word(self.lang, incident.kind), &text, &html! { (action) });
        }
        match (&self.t.reason, self.t.state) {
            (Some(reason), State::Cancelled) => {
                let text = if self.t.settled {
                    self.say("Argent et articles sont rendus.", "Money and goods are given back.")
                } else {
                    self.say(
                        "La banque n’a pas encore confirmé. Elle est interrogée jusqu’à sa réponse.",
                        "The bank has not confirmed yet. It is asked until it answers.",
                    )
                };
                ui::message(Tone::Warn, reason_word(self.lang, reason), &html! { (text) }, &html! {})
            }
            _ => html! {},
        }
    }

    fn when(&self, at: Timestamp) -> String {
        format::datetime_short(self.lang, at, &self.zone)
    }

    fn first(&self, kinds: &[&str]) -> Option<&Entry> {
        self.entries.iter().find(|entry| kinds.contains(&entry.kind.as_str()))
    }

    fn done(&self, kinds: &[&str]) -> Option<Markup> {
        self.first(kinds).map(|entry| chip(Tone::Ok, Icon::Check, &self.when(entry.at)))
    }

    /// What has become of a step that is undone when the transaction is cancelled.
    fn undone(&self, done: bool, kinds: &[&str], word: &str) -> Markup {
        match self.first(kinds) {
            Some(entry) if done => chip(Tone::Warn, Icon::Undo2, &format!("{word}, {}", self.when(entry.at))),
            None if done && self.t.state == State::Cancelled => {
                chip(Tone::Info, Icon::Hourglass, self.say("Demandé", "Asked for"))
            }
            _ => html! { span.small.muted { (self.say("Rien à défaire", "Nothing to undo")) } },
        }
    }

    fn told(&self) -> Vec<Told> {
        let stays = || html! { span.small.muted { (self.say("Reste au journal", "Stays in the log")) } };
        let refused =
            |kinds: &[&str], fr, en| self.first(kinds).map(|_| chip(Tone::Bad, Icon::X, self.say(fr, en)));
        let reserved = self.done(&["inventory.reserved"]);
        let paid = self.done(&["payment.processed"]);
        let fulfilled = self.done(&["retail.order.fulfilled"]);
        let back = self.undone(reserved.is_some(), &["inventory.released"], self.say("Libéré", "Released"));
        let money = self.undone(paid.is_some(), &["payment.refunded"], self.say("Rendu", "Given back"));
        let no_goods = refused(&["inventory.unavailable"], "Pas assez de stock", "Not enough stock");
        let no_money = refused(&["payment.failed"], "Refusé par la banque", "Refused by the bank");
        let no_shop = refused(&["retail.order.refused"], "Refusé par la boutique", "Refused by the shop");
        let elsewhere = (self.t.state == State::Reserved && self.t.round > 0)
            .then(|| chip(Tone::Info, Icon::Hourglass, self.say("En attente", "Waiting")));
        let late = (self.t.reason.as_deref() == Some("timeout") && fulfilled.is_none())
            .then(|| chip(Tone::Bad, Icon::X, self.say("Délai dépassé", "Out of time")));
        let nothing = html! { span.small.muted { (self.say("Rien à défaire", "Nothing to undo")) } };
        let end = match self.t.state {
            State::Completed => self.done(&["transaction.completed"]),
            State::Cancelled => None,
            _ => Some(chip(Tone::Info, Icon::Hourglass, self.say("En attente", "Waiting"))),
        };
        let cancelled = (self.t.state == State::Cancelled)
            .then(|| chip(Tone::Neutral, Icon::CircleDashed, super::state_word(self.lang, self.t)));
        let mut told = vec![
            Told {
                icon: Icon::ShoppingBag,
                name: self.say("Commande créée", "Order created"),
                module: "transaction",
                done: self.done(&["transaction.created"]),
                undone: stays(),
            },
            Told {
                icon: Icon::Package,
                name: self.say("Stock réservé", "Stock set aside"),
                module: "inventory",
                done: no_goods.or(reserved),
                undone: back,
            },
            Told {
                icon: Icon::CreditCard,
                name: self.say("Paiement autorisé", "Payment authorised"),
                module: "payment",
                done: no_money.or(paid),
                undone: money,
            },
            Told {
                icon: Icon::Store,
                name: self.say("Remise en boutique", "Hand-over by the shop"),
                module: "retail",
                done: fulfilled.or(elsewhere).or(no_shop).or(late),
                undone: nothing,
            },
            Told {
                icon: Icon::CircleCheck,
                name: self.say("Fin de la commande", "End of the order"),
                module: "transaction",
                done: end,
                undone: cancelled.unwrap_or_else(ui::missing),
            },
        ];
        if let Some(done) = self.another_shop() {
            let (icon, name) = (Icon::Undo2, self.say("Autre boutique", "Another shop"));
            told.insert(3, Told { icon, name, module: "inventory", done: Some(done), undone: stays() });
        }
        told
    }

    /// What became of the last question for another shop.
    fn another_shop(&self) -> Option<Markup> {
        let kinds = ["transaction.reroute.requested", "inventory.rerouted", "inventory.reroute.failed"];
        let last = self.entries.iter().rfind(|entry| kinds.contains(&entry.kind.as_str()))?;
        Some(match last.kind.as_str() {
            "inventory.rerouted" => chip(Tone::Ok, Icon::Check, &ui::capital(&last.note)),
            "inventory.reroute.failed" => {
                chip(Tone::Bad, Icon::X, self.say("Aucune n’a tous les articles", "None has all the goods"))
            }
            _ => chip(Tone::Info, Icon::Hourglass, self.say("Cherchée", "Looked for")),
        })
    }

    fn steps(&self) -> Markup {
        let columns = vec![
            Column::new(self.say("Étape", "Step")),
            Column::new(self.say("Faite", "Done")),
            Column::new(self.say("Défaite", "Undone")),
        ];
        let row = |told: Told| {
            Row::new([
                html! { span.subject { (ui::icon::tile(told.icon)) span.grow { b.t { (told.name) } span.sub { (told.module) } } } },
                told.done.unwrap_or_else(ui::missing),
                told.undone,
            ])
        };
        let title = self.say("Ce qui a été fait, ce qui se défait", "What was done, what is undone");
        let table = Table::new(self.lang, title, columns).title(title).rows(self.told().into_iter().map(row));
        html! { (table.foot(self.actions())) }
    }

    fn actions(&self) -> Markup {
        let open = !matches!(self.t.state, State::Completed | State::Cancelled);
        let may = self.ctx.principal.as_ref().is_some_and(|who| who.may(WITHDRAW));
        html! {
            @if open && may {
                (ui::post_button(
                    &format!("{PATH}/{}/cancel", self.t.id),
                    &self.ctx.csrf,
                    &Button::new(self.say("Annuler la commande", "Cancel the order")).danger().icon(Icon::Undo2),
                ))
            } @else {
                (self.say("Chaque action est inscrite au journal d’audit.", "Each action is kept by the audit."))
            }
        }
    }

    /// Every event with what it follows from.
    fn events(&self) -> Markup {
        let columns = vec![
            Column::new(self.say("Événement", "Event")),
            Column::new(self.say("Cause", "Cause")).optional(),
            Column::new(self.say("Quand", "When")).right().soft().nowrap(),
        ];
        let causes: BTreeMap<Uuid, &str> =
            self.entries.iter().map(|entry| (entry.event, entry.kind.as_str())).collect();
        let row = |entry: &Entry| {
            let cause = entry.cause.and_then(|id| causes.get(&id));
            let clock = format::clock_seconds(format::local(entry.at, &self.zone).time());
            Row::new([
                html! { b.t { (entry.kind) } span.sub { (entry.source) @if !entry.note.is_empty() { ", " (entry.note) } } },
                match cause {
                    Some(cause) => html! { (cause) },
                    None => html! { span.muted { (entry.actor.split(':').next().unwrap_or_default()) } },
                },
                html! { time datetime=(entry.at) { (clock) } },
            ])
        };
        let title = self.say("Journal", "Log");
        let table = Table::new(self.lang, title, columns).title(title).id("journal");
        html! { (table.rows(self.entries.iter().map(row))) }
    }

    /// Money and goods of the order, and what is left of both.
    fn accounts(&self) -> Markup {
        let columns = vec![
            Column::new(self.say("Écriture", "Entry")),
            Column::new(self.say("Argent", "Money")).number(),
            Column::new("Stock").number(),
        ];
        let pieces: i64 = self.entries.iter().map(|entry| entry.pieces).sum();
        let released = self.first(&["inventory.released"]).is_some() && pieces != 0;
        let cash = |cents: i64| match cents {
            0 => ui::missing(),
            cents => html! { (format::signed_money(self.lang, cents)) },
        };
        let goods = |n: i64| match n {
            0 => ui::missing(),
            n => html! { (format::signed(self.lang, n)) },
        };
        let mut rows = Vec::new();
        let mut entry = |word: &str, cents: i64, n: i64| {
            rows.push(Row::new([html! { (word) }, cash(cents), goods(n)]));
        };
        if pieces != 0 {
            entry(self.say("Réservé", "Set aside"), 0, pieces);
        }
        let sum = |kept: &dyn Fn(&Entry) -> i64| self.entries.iter().map(kept).sum::<i64>();
        let held = sum(&|e| if e.kind == "payment.processed" { e.held_cents } else { 0 });
        let voided = sum(&|e| if e.kind == "payment.refunded" { e.held_cents } else { 0 });
        let back = sum(&|e| e.taken_cents.min(0));
        let lines = [
            (self.say("Autorisé par la banque", "Authorised by the bank"), held),
            (self.say("Rendu à l’autorisation", "Authorisation let go"), voided),
            (self.say("Remboursé", "Refunded"), back),
        ];
        for (word, cents) in lines.into_iter().filter(|(_, cents)| *cents != 0) {
            entry(word, cents, 0);
        }
        if released {
            entry(self.say("Libéré", "Released"), 0, -pieces);
        }
        let left = (held + voided + back, if released { 0 } else { pieces });
        let total = Row::new([
            html! { b { (self.say("Solde", "Balance")) } },
            html! { b { (format::money(self.lang, left.0)) } },
            html! { b { (format::integer(self.lang, left.1)) } },
        ]);
        rows.push(total);
        let title = self.say("Comptes de la commande", "Accounts of the order");
        let foot = self.say(
            "Annulée, les deux soldes valent zéro à la fin.",
            "When it is cancelled, both balances end at zero.",
        );
        let table = Table::new(self.lang, title, columns).title(title).id("accounts");
        html! { (table.rows(rows).foot(html! { (foot) })) }
    }

    fn articles(&self) -> Markup {
        let pairs: Vec<(String, Markup)> = self
            .lines
            .iter()
            .map(|line| {
                let unknown = || number(line.product_id);
                let name = self.names.get(&line.product_id).cloned().unwrap_or_else(unknown);
                let price = format::money(self.lang, line.unit_price_cents);
                (name, html! { (line.quantity) " × " (price) })
            })
            .collect();
        html! { (Card::new(self.say("Articles", "Items")).body(ui::definitions(&pairs))) }
    }
}
