//! The page of the audit: who did what, when and where, with the way to everything that followed from it.

use super::http::{READ, tags};
use super::model::Entry;
use super::queries::{self, Wanted};
use super::tags::Tag;
use db::Db;
use jiff::tz::TimeZone;
use kernel::{Actor, Lang, Timestamp};
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Choice, Column, Filter, Row, Table, Width, format, say};
use web::{Api, Ctx, Doc, ListPage, Page, People, Query};

/// The page's address.
pub(super) const PATH: &str = "/console/audit";

/// The page.
pub(super) fn api(db: &Db) -> Api {
    let db = db.clone();
    Api::new().get(
        PATH,
        move |ctx: Ctx, query: Query| audit(db.clone(), ctx, query),
        Doc::new("The page of the audit.").permission(READ),
    )
}

struct View {
    lang: Lang,
    now: Timestamp,
    zone: TimeZone,
    people: Arc<People>,
    query: Query,
    wanted: Wanted,
    sources: Vec<String>,
    alerts: u64,
}

async fn audit(db: Db, ctx: Ctx, query: Query) -> Page {
    ctx.permit(READ)?;
    let (wanted, limit) = (Wanted::read(&query)?, query.limit()?);
    let entries = queries::find(&db, &wanted, query.cursor()?, limit + 1).await?;
    let page = ListPage::cut(entries, limit, |entry: &Entry| entry.seq);
    let (sources, people) = (queries::sources(&db).await?, ctx.edge.people().await?);
    let (lang, now, zone) = (ctx.lang, ctx.now(), ctx.edge.config.zone.clone());
    let alerts = super::alerts::open_alerts(&db).await?;
    let view = View { lang, now, zone, people, query, wanted, sources, alerts };
    let shell = web::pages::shell(&ctx, say(ctx.lang, "Audit", "Audit"));
    Ok(web::pages::html(shell.page(ui::blocks(view.content(&page)))))
}

impl View {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// The page's address with one filter changed; a changed filter begins at the newest.
    fn with(&self, name: &str, value: Option<&str>) -> String {
        let changed = self.query.with(name, value);
        let parts = changed.trim_start_matches('?').split('&');
        let kept: Vec<&str> =
            parts.filter(|p| !p.is_empty() && (name == "cursor" || !p.starts_with("cursor="))).collect();
        if kept.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", kept.join("&")) }
    }

    fn content(&self, page: &ListPage<Entry>) -> Markup {
        let title = self.say("Journal d’audit", "Audit trail");
        let sentence = html! { (self.say(
            "Chaque événement de chaque base, avec son empreinte. Le contenu reste dans la base qui l’a écrit.",
            "Every event of every database, with its hash. What it says stays in the database that wrote it.",
        )) };
        let next = page.next_cursor.as_deref().map(|cursor| self.with("cursor", Some(cursor)));
        let first = self.query.get("cursor").map(|_| self.with("cursor", None));
        let empty = ui::empty(
            self.say("Aucune entrée", "No entry"),
            self.say(
                "Les entrées arrivent dès qu’une base écrit un événement.",
                "Entries arrive as soon as a database writes an event.",
            ),
            &html! {},
        );
        let table = Table::new(self.lang, title, self.columns())
            .id("audit")
            .filters(self.filters())
            .csv(format!("/api/v1/audit.csv{}", self.query.with("cursor", None)))
            .rows(page.items.iter().map(|entry| self.row(entry)))
            .pages(first, next)
            .clear(PATH)
            .empty(empty);
        html! {
            (ui::head(title, &sentence, &html! {}))
            (super::pages_alerts::tabs(self.lang, PATH, self.alerts))
            (table)
        }
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            Column::new(self.say("Quand", "When")).nowrap().width(Width::Medium),
            Column::new(self.say("Qui", "Who")).width(Width::Medium),
            Column::new(self.say("Quoi", "What")),
            Column::new(self.say("Où", "Where")).nowrap().width(Width::Medium),
            Column::new(self.say("Étiquettes", "Tags")).optional(),
            Column::new(self.say("Suite", "Trace")).nowrap().right().width(Width::Short),
        ]
    }

    fn row(&self, entry: &Entry) -> Row {
        let at = format::local(entry.at, &self.zone);
        let today = format::local(self.now, &self.zone).date();
        let clock = format::clock_seconds(at.time());
        let when = match at.date() == today {
            true => clock,
            false => format!("{} {clock}", format::date_short(self.lang, at.date())),
        };
        let position = i64::try_from(entry.position).unwrap_or(i64::MAX);
        let position = format::integer(self.lang, position);
        Row::new([
            html! { span title=(entry.at) { (when) } },
            self.who(&entry.actor),
            ui::subject(None, &entry.kind, &self.with("type", Some(&entry.kind)), &entry.stream),
            html! { a href=(self.with("source", Some(&entry.source))) { (entry.source) } " " span.muted { (position) } },
            html! { @for tag in tags(entry) { (ui::tag(&tag)) " " } },
            html! { a href=(format!("/console/events/{}", entry.correlation_id)) {
                (self.say("Suivre", "Follow")) span.sr { " " (entry.correlation_id) }
            } },
        ])
        .id(format!("entry-{}", entry.seq))
    }

    fn name(&self, actor: &str) -> String {
        match actor.parse::<Actor>() {
            Ok(Actor::Person(id)) if self.people.people.contains_key(&id) => self.people.name(id).to_owned(),
            Ok(Actor::System(name)) => format!("{} {name}", self.say("Système", "System")),
            _ => actor.to_owned(),
        }
    }

    fn who(&self, actor: &str) -> Markup {
        html! { a href=(self.with("actor", Some(actor))) { (self.name(actor)) } }
    }

    fn filters(&self) -> Vec<Filter> {
        let set = |label: &str, name: &str, value: Option<String>| {
            value.map(|value| Filter::set(label, value, self.with(name, None)))
        };
        let wanted = &self.wanted;
        let choice = |name: &str, value: &str| Choice::new(value, self.with(name, Some(value)), false);
        let source = self.say("Base", "Database");
        let tag = self.say("Étiquette", "Tag");
        let of_source = set(source, "source", wanted.source.clone());
        let of_tag = set(tag, "tag", wanted.tag.map(str::to_owned));
        let sources = || self.sources.iter().map(|value| choice("source", value)).collect();
        let all_tags = || Tag::ALL.iter().map(|tag| choice("tag", tag.word())).collect();
        let mut filters = vec![
            of_source.unwrap_or_else(|| Filter::new(source, sources())),
            of_tag.unwrap_or_else(|| Filter::new(tag, all_tags())),
            self.since(),
        ];
        let actor = wanted.actor.as_deref().map(|actor| self.name(actor));
        filters.extend(set(self.say("Qui", "Who"), "actor", actor));
        filters.extend(set(self.say("Quoi", "What"), "type", wanted.kind.clone()));
        let correlation = wanted.correlation_id.map(|id| id.to_string());
        filters.extend(set(self.say("Suite", "Trace"), "correlation_id", correlation));
        let to = wanted.to.map(|at| format::datetime_short(self.lang, at, &self.zone));
        filters.extend(set(self.say("Avant", "Before"), "to", to));
        filters
    }

    /// From a day on: today, a week, a month.
    fn since(&self) -> Filter {
        let label = self.say("Depuis", "Since");
        if let Some(at) = self.wanted.from {
            return Filter::set(
                label,
                format::datetime_short(self.lang, at, &self.zone),
                self.with("from", None),
            );
        }
        let day = 86_400;
        let spans = [
            (self.say("24 heures", "24 hours"), day),
            (self.say("7 jours", "7 days"), 7 * day),
            (self.say("30 jours", "30 days"), 30 * day),
        ];
        let choice = |(words, seconds): (&str, i64)| {
            let from = self.now.plus_seconds(-seconds).to_string();
            Choice::new(words, self.with("from", Some(&from)), false)
        };
        Filter::new(label, spans.into_iter().map(choice).collect())
    }
}
