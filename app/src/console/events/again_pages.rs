//! The pages on which a part of the events is handed to a consumer again: the form, and what came of it.

use super::parts::{day, instant_cell};
use super::{PATH, again};
use crate::console::again::{Handing, start};
use crate::console::data::short_stream;
use crate::console::desk::{self, Desk, READ, REPLAY};
use crate::console::islands::number;
use crate::ops::replay::Replay;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use flow::Selection;
use kernel::{DatabaseId, Error, Kind, Lang, Timestamp};
use maud::{Markup, Render, html};
use std::sync::Arc;
use web::ui::{
    self, Answer, Button, Card, Column, Field, FieldKind, Flash, FormPage, Icon, Row, Table, Tone, chip, say,
};
use web::{Api, Ctx, Doc, Failure, FormBody, Page, Query};

/// The fields of the form, in the order in which they are asked.
const FIELDS: [&str; 6] = ["consumer", "database", "type", "stream", "from", "to"];

fn replays() -> String {
    format!("{PATH}/replays")
}

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (listed, asked, begun) = (desk.clone(), desk.clone(), desk.clone());
    let new = format!("{}/new", replays());
    Api::new()
        .get(
            &replays(),
            move |ctx: Ctx, query: Query| list(listed.clone(), ctx, query),
            Doc::new("The page of the replays to consumers.").permission(READ),
        )
        .get(
            &new,
            move |ctx: Ctx, query: Query| ask(asked.clone(), ctx, query),
            Doc::new("The form that hands a part of the events to a consumer again.").permission(REPLAY),
        )
        .post(
            &new,
            move |ctx: Ctx, form: FormBody| begin(begun.clone(), ctx, form),
            Doc::new("Hands a part of the events to a consumer again.").permission(REPLAY),
        )
}

/// Nothing was chosen from a list, or something that is not in it.
fn unlisted(field: &str) -> Error {
    let (fr, en) = ("Choisissez dans la liste.", "Choose from the list.");
    Error::invalid("bad_parameter", fr, en).field(field, fr.trim_end_matches('.'), en.trim_end_matches('.'))
}

/// What the form says.
fn selection(desk: &Desk, form: &FormBody) -> Result<Selection, Failure> {
    let text = |name: &str| Some(form.get(name).trim().to_owned()).filter(|text| !text.is_empty());
    let instant = |name: &str, after: bool| match text(name) {
        None => Ok(None),
        Some(_) => day(form.get(name), &desk.zone, after).map(Some).ok_or_else(|| {
            let (fr, en) = ("Cette date ne se lit pas.", "This date cannot be read.");
            Error::invalid("bad_parameter", fr, en).field(name, "Une date : 2026-11-03", "A date: 2026-11-03")
        }),
    };
    let database = text("database").map(|id| id.parse::<DatabaseId>().map_err(|_| unlisted("database")));
    Ok(Selection {
        database: database.transpose()?,
        kind: text("type"),
        stream: text("stream"),
        from: instant("from", false)?,
        to: instant("to", true)?,
    })
}

async fn ask(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Result<Html<String>, Failure> {
    desk::act(&ctx, REPLAY)?;
    let given = |name: &str| query.get(name).unwrap_or_default().to_owned();
    Ok(form_page(&desk, &ctx, &given, None).await)
}

async fn begin(desk: Arc<Desk>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    desk::act(&ctx, REPLAY)?;
    let clock = ctx.edge.clock.clone();
    let prepared = selection(&desk, &form)
        .and_then(|selection| Ok(Replay::new(&desk.flow, clock.new_id(), form.get("consumer"), selection)?))
        .map_err(|failure| match failure.0.kind {
            Kind::NotFound => unlisted("consumer").into(),
            _ => failure,
        });
    let replay = match prepared {
        Ok(replay) => replay,
        Err(Failure(error)) => {
            let status = match error.kind {
                Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
                Kind::Refused => StatusCode::CONFLICT,
                _ => return Err(Failure(error)),
            };
            let given = |name: &str| form.get(name).to_owned();
            return Ok((status, form_page(&desk, &ctx, &given, Some(&error)).await).into_response());
        }
    };
    desk.journal()?.write(again::entry(&ctx, &replay)).await?;
    let begun = Handing::begun(&replay, ctx.now());
    start(&desk, begun, replay, clock, ctx.cause());
    Ok(Redirect::to(&format!("{}?done=begun", replays())).into_response())
}

/// A question of the form, with its answer and what is wrong with it.
fn field(desk: &Desk, lang: Lang, name: &str, given: String, error: Option<&Error>) -> Field {
    let named = |names: Vec<String>| names.into_iter().map(|name| Answer::new(name.clone(), name)).collect();
    let (label, kind, hint) = match name {
        "consumer" => (
            say(lang, "Consommateur", "Consumer"),
            FieldKind::Select(named(desk.flow.taking_again())),
            say(lang, "Ceux qui savent ce qu’ils ont déjà fait", "Those that know what they have done"),
        ),
        "database" => {
            let mut names: Vec<String> = desk.databases.all().iter().map(|db| db.id().to_string()).collect();
            names.sort();
            (say(lang, "Base", "Database"), FieldKind::Select(named(names)), "")
        }
        "type" => (
            "Type",
            FieldKind::Text,
            say(
                lang,
                "Entier, ou son début jusqu’à un point\u{a0}: payment.",
                "Whole, or its beginning up to a dot: payment.",
            ),
        ),
        "stream" => (say(lang, "Flux", "Stream"), FieldKind::Text, ""),
        "from" => (say(lang, "Du", "From"), FieldKind::Date, ""),
        _ => (say(lang, "Au", "To"), FieldKind::Date, say(lang, "Ce jour compris", "That day included")),
    };
    let field = Field::new(lang, name, label, kind).value(given).hint(hint);
    let field = if name == "consumer" { field } else { field.optional() };
    match error.and_then(|error| error.fields.iter().find(|wrong| wrong.field == name)) {
        Some(wrong) => field.error(wrong.text.get(lang)),
        None => field,
    }
}

async fn form_page(
    desk: &Desk,
    ctx: &Ctx,
    given: &(dyn Fn(&str) -> String + Send + Sync),
    error: Option<&Error>,
) -> Html<String> {
    let lang = ctx.lang;
    let fields = FIELDS.map(|name| field(desk, lang, name, given(name), error));
    let errors = error.map_or(&[][..], |error| error.fields.as_slice()).iter();
    let title = say(lang, "Rejouer vers un consommateur", "Replay to a consumer");
    let next = say(
        lang,
        "Les événements choisis lui sont remis dans l’ordre de leur journal. Ce qu’il a déjà fait, il ne le refait pas\u{202f}; ce qu’il ne peut pas appliquer devient une lettre morte. Son point de lecture ne bouge pas.",
        "The events chosen are handed to it in the order of their log. What it has done already it does not do again; what it cannot apply becomes a dead letter. Its checkpoint does not move.",
    );
    let rebuild = say(
        lang,
        "Une projection n’est pas rejouée en partie\u{a0}: elle se reconstruit.",
        "A projection is not replayed in part: it is rebuilt.",
    );
    let content = ui::form_page(&FormPage {
        lang,
        action: format!("{}/new", replays()),
        csrf: ctx.csrf.clone(),
        title: title.into(),
        errors: errors.map(|wrong| (wrong.field.clone(), wrong.text.get(lang).to_owned())).collect(),
        message: html! {
            @if let Some(error) = error.filter(|error| error.fields.is_empty()) {
                (ui::message(Tone::Bad, error.text(lang), &html! {}, &html! {}))
            }
        },
        fields: html! { @for field in &fields { (field) } },
        aside: html! {
            (Card::new(say(lang, "Ensuite", "Next")).body(html! {
                p.small.soft { (next) }
                p.small.soft { (rebuild) " " a href="/console/consumers" { (say(lang, "Voir les consommateurs", "See the consumers")) } }
            }))
        },
        decide: ui::decision_bar(
            &[
                Button::new(say(lang, "Rejouer", "Replay")).primary().icon(Icon::Play).busy(say(
                    lang,
                    "Début…",
                    "Beginning…",
                )),
                Button::link(say(lang, "Revenir", "Go back"), replays()).quiet(),
            ],
            &[],
        ),
        ..FormPage::default()
    });
    let above = [(PATH, say(lang, "Événements", "Events"))];
    let mut shell = desk.shell(ctx, title, &above).await;
    shell.has_errors = error.is_some();
    web::pages::html(shell.page(ui::blocks(content)))
}

struct List<'a> {
    desk: &'a Desk,
    lang: Lang,
    now: Timestamp,
}

impl List<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// Which events, in a line.
    fn selection(&self, selection: &Selection) -> Markup {
        let Selection { database, kind, stream, from, to } = selection;
        let at = |at: Timestamp| self.desk.instant(self.lang, at, self.now);
        html! {
            @if *selection == Selection::default() { (self.say("Tous les événements", "Every event")) }
            @if let Some(database) = database { span { (database) } " " }
            @if let Some(kind) = kind { code.mono { (kind) } " " }
            @if let Some(stream) = stream { code.mono title=(stream) { (short_stream(stream)) } " " }
            @if let Some(from) = from { (self.say("du", "from")) " " (at(*from)) " " }
            @if let Some(to) = to { (self.say("avant", "before")) " " (at(*to)) }
        }
    }

    fn state(&self, one: &Handing) -> Markup {
        let (read, all) = (one.handed.read, one.handed.to_read.max(1));
        match (&one.failed, one.ended) {
            (Some(why), _) => html! {
                span title=(why.get(self.lang)) { (chip(Tone::Bad, Icon::CircleX, self.say("Interrompu", "Ended early"))) }
            },
            (None, Some(_)) => chip(Tone::Ok, Icon::CircleCheck, self.say("Terminé", "Done")),
            (None, None) => {
                let share = format!("{}\u{a0}%", number(self.lang, Some(read * 100 / all)));
                chip(Tone::Info, Icon::Hourglass, &share)
            }
        }
    }

    fn row(&self, one: &Handing) -> Row {
        let count = |n: u64| html! { (number(self.lang, Some(n))) };
        let flow::Handed { handed, applied, skipped, parked, held, coming, .. } = one.handed;
        let waits = match held + coming {
            0 => ui::missing(),
            n => count(n),
        };
        let letters = match parked {
            0 => ui::missing(),
            n => html! { a href="/console/dead-letters" { (number(self.lang, Some(n))) } },
        };
        Row::new([
            html! { span.t.strong { (one.consumer) } },
            self.selection(&one.selection),
            self.state(one),
            count(handed),
            count(applied),
            count(skipped),
            letters,
            waits,
            instant_cell(self.desk, self.lang, one.begun, self.now),
        ])
        .id(format!("r-{}", one.id))
    }

    fn table(&self, all: &[Handing]) -> Markup {
        let columns = vec![
            Column::new(self.say("Consommateur", "Consumer")).nowrap(),
            Column::new(self.say("Événements", "Events")),
            Column::new(self.say("État", "State")).nowrap(),
            Column::new(self.say("Remis", "Handed")).number(),
            Column::new(self.say("Appliqués", "Applied")).number(),
            Column::new(self.say("Déjà faits", "Already done")).number().soft(),
            Column::new(self.say("Lettres mortes", "Dead letters")).number().optional(),
            Column::new(self.say("Non remis", "Not handed")).number().soft().optional(),
            Column::new(self.say("Début", "Begun")).number().soft().optional(),
        ];
        let nothing = ui::empty(
            self.say("Aucun rejeu depuis le démarrage", "No replay since the start"),
            self.say(
                "Le journal de l’opérateur garde ceux d’avant.",
                "The operator’s journal keeps those from before.",
            ),
            &html! {},
        );
        let title = self.say("Rejeux", "Replays");
        Table::new(self.lang, title, columns)
            .rows(all.iter().map(|one| self.row(one)))
            .empty(nothing)
            .render()
    }
}

async fn list(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Page {
    desk::see(&ctx)?;
    let list = List { desk: &desk, lang: ctx.lang, now: ctx.now() };
    let title = list.say("Rejeux vers un consommateur", "Replays to a consumer");
    let mut shell = desk.shell(&ctx, title, &[(PATH, list.say("Événements", "Events"))]).await;
    if query.get("done") == Some("begun") {
        shell.flash = Some(Flash::done(list.say("Rejeu commencé", "Replay begun")));
    }
    let sentence = html! { (list.say(
        "Une partie des événements est remise à un consommateur, qui ne refait pas ce qu’il a déjà fait. Non remis\u{a0}: ce qui attend derrière une lettre morte, ou viendra de soi.",
        "A part of the events is handed to a consumer, which does not do again what it has done. Not handed: what waits behind a dead letter, or comes by itself.",
    )) };
    let may = ctx.principal()?.may(REPLAY);
    let new = Button::link(list.say("Rejouer…", "Replay…"), format!("{}/new", replays())).icon(Icon::Play);
    let content = html! {
        (ui::head(title, &sentence, &html! { @if may { (new.primary()) } }))
        (list.table(&desk.handings.all()))
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}
