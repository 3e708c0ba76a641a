//! What is stuck: the list, and the page of one with what can be done about it. Every action needs a reason.

use super::{Answer, PATH, STUCK, flash, id_of, kind_word, number, see_other, why};
use crate::shown::{field_errors, told_here, with_status};
use crate::transaction::http::act as acting;
use crate::transaction::incidents::commands::{self, Asked};
use crate::transaction::incidents::{Action, Incident, IncidentKind, Standing, http};
use crate::transaction::{ACT, INCIDENTS, sql};
use axum::response::IntoResponse;
use db::Db;
use jiff::tz::TimeZone;
use kernel::{Error, Lang, Timestamp};
use maud::{Markup, html};
use web::ui::{
    self, Answer as Choosable, Button, Card, Choice, Column, Crumb, Field, FieldKind, Filter, FormPage, Icon,
    Row, Table, Tone, chip, format, say,
};
use web::{Ctx, FormBody, ListPage, Query};

fn standing_chip(lang: Lang, incident: &Incident) -> Markup {
    match incident.standing {
        Standing::Open => chip(Tone::Bad, Icon::CircleAlert, say(lang, "Ouvert", "Open")),
        Standing::Acting => chip(Tone::Info, Icon::Hourglass, say(lang, "Action en cours", "Being acted on")),
        Standing::Resolved => chip(Tone::Ok, Icon::Check, say(lang, "Réglé", "Settled")),
    }
}

fn action_word(lang: Lang, action: Action) -> &'static str {
    match action {
        Action::Retry => say(lang, "Relancer la banque", "Ask the bank again"),
        Action::Settle => say(lang, "Marquer comme réglé", "Mark as settled"),
        Action::WriteOff => say(lang, "Passer en perte", "Write off"),
    }
}

fn consequence(lang: Lang, action: Action) -> &'static str {
    match action {
        Action::Retry => {
            say(lang, "La même demande, sous la même clé.", "The same request under the same key.")
        }
        Action::Settle => {
            say(lang, "Il a été réglé autrement\u{202f}: dites où.", "It was settled another way: say where.")
        }
        Action::WriteOff => say(lang, "Nous ne l’aurons pas.", "We shall not have it."),
    }
}

/// The page of what is stuck.
pub(super) async fn list(db: Db, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(INCIDENTS)?;
    let page = http::found(&db, &query).await?;
    let late = super::list::overdue(&db, ctx.now()).await.map_err(Error::from)?;
    let rows = db.query(&sql::UNEXPECTED, Vec::new()).await.map_err(Error::from)?;
    let mut unexpected = Vec::new();
    for row in &rows {
        let read = || Ok::<_, db::DbError>((row.text(0)?, row.text(1)?, row.int(2)?));
        unexpected.push(read().map_err(Error::from)?);
    }
    let lang = ctx.lang;
    let title = say(lang, "Incidents", "Incidents");
    let sentence = html! { (say(
        lang,
        "Ce qui est bloqué ou se contredit, pourquoi, et ce que vous pouvez faire. Chaque action garde son motif.",
        "What is stuck or contradicts itself, why, and what you can do. Each action keeps its reason.",
    )) };
    let zone = ctx.edge.config.zone.clone();
    let view = List { lang, now: ctx.now(), zone, query: &query };
    let content = html! {
        (ui::head(title, &sentence, &html! {}))
        div.stack.wide {
            (view.table(title, &page))
            @if !late.is_empty() { (view.late(&late)) }
            @if !unexpected.is_empty() { (view.unexpected(&unexpected)) }
        }
    };
    let mut shell = web::pages::shell(&ctx, title);
    shell.flash = flash(lang, &query);
    let content = ui::live("incidents", "/transactions/live", &content);
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

struct List<'a> {
    lang: Lang,
    now: Timestamp,
    zone: TimeZone,
    query: &'a Query,
}

impl List<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    fn with(&self, name: &str, value: Option<&str>) -> String {
        format!("{STUCK}{}", self.query.with(name, value))
    }

    fn filters(&self) -> Vec<Filter> {
        let (state, kind) = (self.query.get("state"), self.query.get("kind"));
        let label = self.say("État", "State");
        let settled = self.say("Réglés", "Settled");
        let by_state = match state {
            Some(_) => Filter::set(label, settled, self.with("state", None)),
            None => {
                Filter::new(label, vec![Choice::new(settled, self.with("state", Some("resolved")), false)])
            }
        };
        let label = self.say("Sujet", "Subject");
        let by_kind = match kind.and_then(IncidentKind::parse) {
            Some(kind) => Filter::set(label, kind_word(self.lang, kind), self.with("kind", None)),
            None => {
                let choice = |kind: IncidentKind| {
                    Choice::new(kind_word(self.lang, kind), self.with("kind", Some(kind.word())), false)
                };
                Filter::new(label, IncidentKind::ALL.into_iter().map(choice).collect())
            }
        };
        vec![by_state, by_kind]
    }

    fn table(&self, title: &str, page: &ListPage<Incident>) -> Table {
        let columns = vec![
            Column::new(self.say("Sujet", "Subject")),
            Column::new(self.say("État", "State")).nowrap(),
            Column::new(self.say("Montant", "Amount")).number().nowrap(),
            Column::new(self.say("Depuis", "Since")).right().soft().nowrap().optional(),
        ];
        let row = |incident: &Incident| {
            let order = format!("{} {}", self.say("Commande", "Order"), number(incident.transaction));
            let href = format!("{STUCK}/{}", incident.id);
            Row::new([
                ui::subject(None, kind_word(self.lang, incident.kind), &href, &order),
                standing_chip(self.lang, incident),
                html! { (format::money(self.lang, incident.amount_cents)) },
                html! { (format::when(self.lang, incident.opened_at, self.now, &self.zone)) },
            ])
        };
        let next = page.next_cursor.as_deref().map(|cursor| self.with("cursor", Some(cursor)));
        let empty = ui::empty(
            self.say("Rien n’est bloqué", "Nothing is stuck"),
            self.say("L’argent et le stock s’accordent.", "Money and stock agree."),
            &html! {},
        );
        Table::new(self.lang, title, columns)
            .id("stuck")
            .filters(self.filters())
            .rows(page.items.iter().map(row))
            .pages(None, next)
            .clear(STUCK)
            .empty(empty)
    }

    fn late(&self, late: &[crate::transaction::model::Transaction]) -> Table {
        let title = self.say("En attente depuis trop longtemps", "Waiting for too long");
        let columns = vec![
            Column::new(self.say("Commande", "Order")),
            Column::new(self.say("État", "State")).nowrap(),
            Column::new(self.say("Depuis", "Since")).right().soft().nowrap(),
        ];
        let row = |t: &crate::transaction::model::Transaction| {
            Row::new([
                ui::subject(None, &number(t.id), &format!("{PATH}/{}", t.id), &ui::capital(&t.shop)),
                super::state_chip(self.lang, t),
                html! { (format::when(self.lang, t.updated_at, self.now, &self.zone)) },
            ])
        };
        Table::new(self.lang, title, columns).title(title).id("late").rows(late.iter().map(row))
    }

    fn unexpected(&self, counted: &[(String, String, i64)]) -> Table {
        let title = self.say("Événements inattendus", "Unexpected events");
        let columns = vec![
            Column::new(self.say("Événement", "Event")),
            Column::new(self.say("Dans l’état", "In the state")).nowrap(),
            Column::new(self.say("Fois", "Times")).number(),
        ];
        let row = |(state, heard, times): &(String, String, i64)| {
            Row::new([html! { (heard) }, html! { (state) }, html! { (format::integer(self.lang, *times)) }])
        };
        Table::new(self.lang, title, columns).title(title).id("unexpected").rows(counted.iter().map(row))
    }
}

/// What was typed.
#[derive(Default)]
struct Typed {
    action: String,
    reason: String,
    reference: String,
}

/// The page of one.
pub(super) async fn page(db: Db, ctx: Ctx, id: String, query: Query) -> Answer {
    ctx.permit(INCIDENTS)?;
    let incident = commands::find(&db, id_of(&id)?).await?;
    let shown = shown(&ctx, &incident, &Typed::default(), None, &query).await?;
    Ok(web::pages::html(shown).into_response())
}

/// Does something about it.
pub(super) async fn act(db: Db, ctx: Ctx, id: String, body: FormBody) -> Answer {
    ctx.permit(ACT)?;
    let incident = commands::find(&db, id_of(&id)?).await?;
    let field = |name: &str| body.get(name).to_owned();
    let typed = Typed { action: field("action"), reason: field("reason"), reference: field("reference") };
    let asked = Action::parse(&typed.action).ok_or_else(|| {
        let (fr, en) = ("Choisissez ce qu’il faut faire.", "Choose what to do.");
        Error::invalid("bad_parameter", fr, en).field("action", fr, en)
    });
    let decided = match asked {
        Ok(action) => {
            let asked = Asked { action, reason: typed.reason.clone(), reference: typed.reference.clone() };
            commands::decide(&db, &acting(&ctx), incident.id, &asked).await
        }
        Err(error) => Err(error),
    };
    match decided {
        Ok(after) => Ok(see_other(&format!("{STUCK}/{}?did=acted", after.id))),
        Err(error) if told_here(&error) => {
            let page = shown(&ctx, &incident, &typed, Some(&error), &Query::default()).await?;
            Ok(with_status(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}

async fn shown(
    ctx: &Ctx,
    incident: &Incident,
    typed: &Typed,
    error: Option<&Error>,
    query: &Query,
) -> kernel::Result<Markup> {
    let (lang, title) = (ctx.lang, kind_word(ctx.lang, incident.kind));
    let people = ctx.edge.people().await?;
    let mut shell = web::pages::shell(ctx, title);
    let back = say(lang, "Incidents", "Incidents").to_owned();
    shell.crumbs = vec![Crumb { label: back, href: Some(STUCK.to_owned()) }];
    shell.flash = flash(lang, query);
    shell.has_errors = error.is_some();
    let by = incident.decided.as_ref().map(|decided| {
        let person = decided.by.strip_prefix("person:").and_then(|id| id.parse().ok());
        person.map_or_else(|| decided.by.clone(), |id| people.name(id).to_owned())
    });
    let about = about(ctx, incident, by);
    let may = ctx.principal.as_ref().is_some_and(|who| who.may(ACT));
    if incident.standing == Standing::Resolved || !may {
        return Ok(shell.page(ui::blocks(html! { (ui::head(title, &html! {}, &html! {})) (about) })));
    }
    let errors = field_errors(lang, error);
    let message = match error.filter(|error| error.fields.is_empty()) {
        Some(error) => ui::message(Tone::Bad, error.text(lang), &html! {}, &html! {}),
        None => html! { p.soft { (why(lang, incident.kind)) } },
    };
    let fields = fields(lang, incident, typed, &errors);
    let decide =
        ui::decision_bar(&[Button::new(say(lang, "Inscrire l’action", "Record the action")).primary()], &[]);
    Ok(shell.page(ui::form_page(&FormPage {
        lang,
        id: "incident".into(),
        action: format!("{STUCK}/{}", incident.id),
        csrf: ctx.csrf.clone(),
        title: title.into(),
        message,
        errors,
        fields: html! { @for field in &fields { (field) } },
        aside: about,
        decide,
        ..FormPage::default()
    })))
}

fn fields(lang: Lang, incident: &Incident, typed: &Typed, errors: &[(String, String)]) -> Vec<Field> {
    let choice = |action: &Action| {
        Choosable::new(action.word(), action_word(lang, *action)).consequence(consequence(lang, *action))
    };
    let choices = incident.kind.actions().iter().map(choice).collect();
    let field = |key: &str, label: &str, kind: FieldKind, value: &str| {
        let field = Field::new(lang, key, label, kind).value(value);
        match errors.iter().find(|(name, _)| name == key) {
            Some((_, text)) => field.error(text.clone()),
            None => field,
        }
    };
    let reason = FieldKind::LongText { max: 500 };
    let hint = say(
        lang,
        "Un virement, un courrier\u{202f}; nécessaire pour marquer comme réglé",
        "A transfer, a letter; needed to mark as settled",
    );
    vec![
        field("action", say(lang, "Que faire", "What to do"), FieldKind::Radios(choices), &typed.action),
        field("reason", say(lang, "Motif", "Reason"), reason, &typed.reason),
        field("reference", say(lang, "Référence", "Reference"), FieldKind::Text, &typed.reference)
            .hint(hint)
            .optional(),
    ]
}

fn about(ctx: &Ctx, incident: &Incident, by: Option<String>) -> Markup {
    let (lang, zone) = (ctx.lang, &ctx.edge.config.zone);
    let word = |fr: &'static str, en: &'static str| say(lang, fr, en).to_owned();
    let order =
        html! { a href=(format!("{PATH}/{}", incident.transaction)) { (number(incident.transaction)) } };
    let mut pairs = vec![
        (word("Commande", "Order"), order),
        (word("Montant", "Amount"), html! { (format::money(lang, incident.amount_cents)) }),
        (word("Ouvert", "Opened"), html! { (format::datetime_short(lang, incident.opened_at, zone)) }),
        (word("État", "State"), standing_chip(lang, incident)),
    ];
    if let Some(decided) = &incident.decided {
        pairs.push((word("Dernière action", "Last action"), html! { (action_word(lang, decided.action)) }));
        pairs.push((word("Par", "By"), html! { (by.unwrap_or_default()) }));
        pairs.push((word("Motif", "Reason"), html! { (decided.reason) }));
        if !decided.reference.is_empty() {
            pairs.push((word("Référence", "Reference"), html! { (decided.reference) }));
        }
    }
    html! { (Card::new(word("L’incident", "The incident")).body(ui::definitions(&pairs))) }
}
