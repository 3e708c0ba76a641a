//! The pages of alerts and of reports, beside that of the trail.

use super::alerts::{self, Alert};
use super::http::READ;
use super::http_alerts::SEE_TO;
use super::queries::Wanted;
use super::report::{self, Line};
use super::rules;
use super::tags::Tag;
use db::Db;
use jiff::tz::TimeZone;
use kernel::{Actor, Lang, Timestamp};
use maud::{Markup, Render, html};
use std::sync::Arc;
use web::ui::{self, Button, Choice, Column, Fact, Filter, Flash, Icon, Row, Table, Tone, chip, format, say};
use web::{Api, Ctx, Doc, ListPage, Page, People, Query};

/// The alerts' page.
pub(super) const PATH: &str = "/console/audit/alerts";
/// The reports' page.
pub(super) const REPORT: &str = "/console/audit/report";

/// The pages.
pub(super) fn api(db: &Db) -> Api {
    let (alerted, reported) = (db.clone(), db.clone());
    Api::new()
        .get(
            PATH,
            move |ctx: Ctx, query: Query| alerts_page(alerted.clone(), ctx, query),
            Doc::new("The page of the alerts.").permission(READ),
        )
        .get(
            REPORT,
            move |ctx: Ctx, query: Query| report_page(reported.clone(), ctx, query),
            Doc::new("The page of the audit’s reports.").permission(READ),
        )
}

/// The three pages of the audit, as tabs.
pub(super) fn tabs(lang: Lang, current: &str, open: u64) -> Markup {
    let choice = |fr, en, href: &str| Choice::new(say(lang, fr, en), href, href == current);
    let mut alerts = choice("Alertes", "Alerts", PATH);
    if open > 0 {
        alerts = alerts.count(format::integer(lang, i64::try_from(open).unwrap_or(i64::MAX)));
    }
    let (trail, reports) =
        (choice("Journal", "Trail", super::pages::PATH), choice("Rapports", "Reports", REPORT));
    ui::tabs("Audit", &[trail, reports, alerts])
}

struct View<'a> {
    lang: Lang,
    zone: TimeZone,
    people: Arc<People>,
    csrf: &'a str,
    may: bool,
    open: bool,
}

impl View<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    fn name(&self, actor: &str) -> String {
        match actor.parse::<Actor>() {
            Ok(Actor::Person(id)) if self.people.people.contains_key(&id) => self.people.name(id).to_owned(),
            Ok(Actor::System(name)) => format!("{} {name}", self.say("Système", "System")),
            _ => actor.to_owned(),
        }
    }

    fn at(&self, at: Timestamp) -> String {
        format::datetime_short(self.lang, at, &self.zone)
    }

    fn standing(&self, alert: &Alert) -> Markup {
        match (&alert.acknowledged_by, alert.acknowledged_at) {
            (Some(by), Some(at)) => html! {
                (chip(Tone::Ok, Icon::CircleCheck, self.say("Vu", "Seen to")))
                span.sub { (self.name(by)) ", " (self.at(at)) }
            },
            _ => chip(Tone::Bad, Icon::CircleAlert, self.say("À voir", "To see to")),
        }
    }

    fn row(&self, alert: &Alert) -> Row {
        let trace = format!("/console/events/{}", alert.correlation_id);
        let button = Button::new(self.say("Je m’en occupe", "I see to it")).small();
        Row::new([
            html! { a.t href=(trace) { (rules::words(&alert.rule).get(self.lang)) } span.sub { (alert.kind) } },
            html! { (alert.source) " " span.muted { (alert.position) } },
            html! { (self.name(&alert.actor)) },
            html! { time datetime=(alert.at) { (self.at(alert.at)) } },
            self.standing(alert),
            html! {
                @if self.may && alert.acknowledged_at.is_none() {
                    (ui::post_button(&format!("{PATH}/{}/acknowledge", alert.id), self.csrf, &button))
                }
            },
        ])
        .id(format!("alert-{}", alert.id))
    }

    fn table(&self, page: &ListPage<Alert>, is_first: bool) -> Markup {
        let columns = vec![
            Column::new(self.say("Alerte", "Alert")),
            Column::new(self.say("Où", "Where")).nowrap().optional(),
            Column::new(self.say("Qui", "Who")).nowrap().optional(),
            Column::new(self.say("Quand", "When")).number().soft(),
            Column::new(self.say("État", "State")).nowrap(),
            Column::unnamed(self.say("Actions", "Actions")).right(),
        ];
        let shown = |open: bool| format!("{PATH}{}", if open { "" } else { "?all=true" });
        let which = ui::segmented(
            self.say("Lesquelles", "Which"),
            &[
                Choice::new(self.say("À voir", "To see to"), shown(true), self.open),
                Choice::new(self.say("Toutes", "All"), shown(false), !self.open),
            ],
        );
        let join = if self.open { "?" } else { "?all=true&" };
        let next = page.next_cursor.as_ref().map(|cursor| format!("{PATH}{join}cursor={cursor}"));
        let first = (!is_first).then(|| shown(self.open));
        let nothing = ui::empty(
            self.say("Rien à voir", "Nothing to see to"),
            self.say(
                "Les événements critiques s’afficheront ici, avec qui s’en est occupé.",
                "Critical events appear here, with who has seen to them.",
            ),
            &html! {},
        );
        Table::new(self.lang, self.say("Alertes", "Alerts"), columns)
            .id("alerts")
            .controls(which)
            .rows(page.items.iter().map(|alert| self.row(alert)))
            .pages(first, next)
            .empty(nothing)
            .render()
    }

    fn line(&self, line: &Line, of: &dyn Fn(&Line) -> String) -> Row {
        let number = |n: u64| format::integer(self.lang, i64::try_from(n).unwrap_or(i64::MAX));
        Row::new([
            html! { a.t href=(of(line)) { (line.kind) } span.sub { (line.source) } },
            html! { @for tag in &line.tags { (ui::tag(tag)) " " } },
            html! { (number(line.events)) },
            html! { (number(line.actors)) },
            html! { (self.at(line.first_at)) },
            html! { (self.at(line.last_at)) },
        ])
    }
}

fn view<'a>(ctx: &'a Ctx, people: Arc<People>, open: bool) -> View<'a> {
    let may = ctx.principal.as_ref().is_some_and(|principal| principal.may(SEE_TO));
    View { lang: ctx.lang, zone: ctx.edge.config.zone.clone(), people, csrf: &ctx.csrf, may, open }
}

async fn alerts_page(db: Db, ctx: Ctx, query: Query) -> Page {
    ctx.permit(READ)?;
    let (open, limit) = (query.get("all").is_none(), query.limit()?);
    let found = alerts::list(&db, (open, ""), query.cursor()?, limit + 1).await?;
    let page = ListPage::cut(found, limit, |alert: &Alert| (alert.raised_at.0, alert.id));
    let view = view(&ctx, ctx.edge.people().await?, open);
    let title = view.say("Alertes", "Alerts");
    let mut shell = web::pages::shell(&ctx, title);
    shell.flash = query.get("done").map(|_| Flash::done(view.say("Alerte vue", "Alert seen to")));
    let sentence = html! { (view.say(
        "Les événements critiques, et qui s’en est occupé. Une alerte renvoie à l’événement et n’en répète rien.",
        "Critical events, and who has seen to them. An alert refers to the event and repeats nothing of it.",
    )) };
    let content = html! {
        (ui::head(title, &sentence, &html! {}))
        (tabs(ctx.lang, PATH, alerts::open_alerts(&db).await?))
        (view.table(&page, query.get("cursor").is_none()))
    };
    Ok(web::pages::html(shell.page(ui::blocks(content))))
}

/// The filters of a report: a tag, and a span of days.
fn filters(view: &View<'_>, query: &Query, wanted: &Wanted, now: Timestamp) -> Vec<Filter> {
    let with = |name: &str, value: Option<&str>| format!("{REPORT}{}", query.with(name, value));
    let tag = view.say("Étiquette", "Tag");
    let tags =
        || Tag::ALL.iter().map(|t| Choice::new(t.word(), with("tag", Some(t.word())), false)).collect();
    let since = view.say("Depuis", "Since");
    let span = |words: &str, days: i64| {
        let from = now.plus_seconds(-days * 86_400).to_string();
        Choice::new(words, with("from", Some(&from)), false)
    };
    let spans = || {
        let spans = [
            ("7 jours", "7 days", 7),
            ("30 jours", "30 days", 30),
            ("90 jours", "90 days", 90),
            ("un an", "a year", 365),
        ];
        spans.map(|(fr, en, days)| span(view.say(fr, en), days)).to_vec()
    };
    vec![
        wanted.tag.map_or_else(|| Filter::new(tag, tags()), |word| Filter::set(tag, word, with("tag", None))),
        wanted.from.map_or_else(
            || Filter::new(since, spans()),
            |at| Filter::set(since, view.at(at), with("from", None)),
        ),
    ]
}

async fn report_page(db: Db, ctx: Ctx, query: Query) -> Page {
    ctx.permit(READ)?;
    let wanted = Wanted::read(&query)?;
    let lines = report::lines(&db, &wanted).await?;
    let view = view(&ctx, ctx.edge.people().await?, true);
    let title = view.say("Rapports d’audit", "Audit reports");
    let sum = |tag: Option<Tag>| {
        let under = |line: &&Line| tag.is_none_or(|tag| line.tags.iter().any(|word| word == tag.word()));
        let n: u64 = lines.iter().filter(under).map(|line| line.events).sum();
        format::integer(ctx.lang, i64::try_from(n).unwrap_or(i64::MAX))
    };
    let mut facts = vec![Fact::new(view.say("Événements", "Events"), sum(None))];
    facts.extend(Tag::ALL.map(|tag| Fact::new(tag.word(), sum(Some(tag)))));
    let columns = vec![
        Column::new(view.say("Type", "Type")),
        Column::new(view.say("Étiquettes", "Tags")),
        Column::new(view.say("Événements", "Events")).number(),
        Column::new(view.say("Acteurs", "Actors")).number().optional(),
        Column::new(view.say("Premier", "First")).number().soft().optional(),
        Column::new(view.say("Dernier", "Last")).number().soft().optional(),
    ];
    // Each line leads to its entries, under the same tag and period.
    let of = |line: &Line| format!("{}{}", super::pages::PATH, query.with("type", Some(&line.kind)));
    let nothing = ui::empty(
        view.say("Rien dans cette période", "Nothing in this period"),
        view.say("Choisissez une autre étiquette ou une autre période.", "Choose another tag or period."),
        &html! {},
    );
    let table = Table::new(ctx.lang, title, columns)
        .filters(filters(&view, &query, &wanted, ctx.now()))
        .csv(format!("/api/v1/audit/report.csv{}", query.with("cursor", None)))
        .rows(lines.iter().map(|line| view.line(line, &of)))
        .empty(nothing);
    let content = html! {
        (ui::head(title, &html! { (view.say("Ce qui s’est passé, par étiquette et par période.", "What happened, by tag and period.")) }, &ui::fact_strip(&facts)))
        (tabs(ctx.lang, REPORT, alerts::open_alerts(&db).await?))
        (table)
    };
    let shell = web::pages::shell(&ctx, title);
    Ok(web::pages::html(shell.page(ui::blocks(content))))
}
