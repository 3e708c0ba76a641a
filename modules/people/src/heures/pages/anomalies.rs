//! What does not add up, newest first: one's own, and of those in reach.

use super::{ANOMALIES, Answer, WEEK};
use crate::heures::balance::DeltaRow;
use crate::heures::http::{Clock, days};
use crate::heures::model::{PunchRow, is_forgotten};
use crate::heures::queries::Wanted;
use crate::heures::week::week_code;
use crate::heures::{Heures, READ};
use axum::Extension;
use axum::response::IntoResponse;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::{Lang, Timestamp, Uuid};
use maud::{Markup, Render, html};
use web::ui::{self, Button, Column, Crumb, Icon, Row, Table, Tone, Width, format, say};
use web::{Ctx, ListPage, People, Query};

/// Lines of a page.
const LINES: u32 = 50;

/// A day of a person on which something does not add up.
struct Line {
    person: Uuid,
    day: Date,
    what: &'static str,
}

struct View<'a> {
    ctx: &'a Ctx,
    people: &'a People,
    lines: Vec<Line>,
    /// Punches in force in reach in the same time.
    punches: i64,
    /// Whether the page shows every line.
    whole: bool,
    next: Option<String>,
    csv: String,
}

/// What is wrong, in a few words.
fn words(lang: Lang, code: &str) -> &'static str {
    match code {
        "missing_out" => say(lang, "Sortie oubliée", "Exit forgotten"),
        "missing_in" => say(lang, "Entrée oubliée", "Entry forgotten"),
        _ => say(lang, "Présence trop longue, pointages oubliés", "Too long a presence, punches forgotten"),
    }
}

impl View<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn row(&self, line: &Line) -> Row {
        let lang = self.ctx.lang;
        let href = format!("{WEEK}/{}?person={}", week_code(line.day), line.person);
        Row::new([
            ui::subject(None, &ui::capital(&format::date_with_weekday(lang, line.day)), &href, ""),
            ui::person(&line.person.to_string(), self.people.name(line.person)),
            ui::chip(Tone::Warn, Icon::TriangleAlert, line.what),
            html! { (Button::link(self.say("Ouvrir la semaine", "Open the week"), &href).small()) },
        ])
    }

    /// `2 sur 703 pointages`, when all of them are on this page.
    fn count(&self) -> String {
        let (of, lang) = (self.say("sur", "of"), self.ctx.lang);
        let punches = ui::counted(lang, self.punches, ["pointage", "pointages"], ["punch", "punches"]);
        let all = format::integer(lang, i64::try_from(self.lines.len()).unwrap_or(i64::MAX));
        if !self.whole { punches } else { format!("{all} {of} {punches}") }
    }

    fn page(&self) -> Markup {
        let lang = self.ctx.lang;
        let title = self.say("Anomalies de pointage", "Punch anomalies");
        let columns = vec![
            Column::new(self.say("Jour", "Day")).width(Width::Medium),
            Column::new(self.say("Personne", "Person")),
            Column::new(self.say("Anomalie", "Anomaly")),
            Column::unnamed(self.say("Actions", "Actions")).right(),
        ];
        let fine = ui::empty(
            self.say("Rien à corriger", "Nothing to correct"),
            self.say(
                "Les pointages oubliés apparaîtront ici, le plus récent d’abord.",
                "Forgotten punches appear here, the latest first.",
            ),
            &html! {},
        );
        let sentence = self.say(
            "Ce qui ne tombe pas juste ne compte pas tant que personne ne l’a complété.",
            "What does not add up counts for nothing until somebody completes it.",
        );
        let table = Table::new(lang, title, columns)
            .rows(self.lines.iter().map(|line| self.row(line)))
            .count(self.count())
            .csv(&self.csv)
            .pages(None, self.next.clone())
            .empty(fine)
            .render();
        let mut frame = web::pages::shell(self.ctx, title);
        frame.crumbs =
            vec![Crumb { label: self.say("Mes heures", "My hours").into(), href: Some(WEEK.into()) }];
        frame.page(ui::blocks(html! { (ui::head(title, &html! { (sentence) }, &html! {})) (table) }))
    }
}

/// The page.
pub(super) async fn page(Extension(heures): Clock, ctx: Ctx, query: Query) -> Answer {
    let access = ctx.permit(READ)?.access;
    let (from, to) = days(&heures, &ctx, &query)?;
    let people = ctx.edge.people().await?;
    let wanted = Wanted { access, person: None, span: (from, to) };
    let cursor: Option<(String, Uuid)> = query.cursor()?;
    let first = cursor.is_none();
    let rows = heures.deltas(&wanted, true, cursor, LINES + 1).await?;
    let cut = ListPage::cut(rows, LINES, |(row, _)| (row.day.to_string(), row.person));
    let mut lines: Vec<Line> = cut.items.iter().map(|(row, _)| known(ctx.lang, row)).collect();
    if first {
        lines.extend(still_open(&heures, &ctx, &wanted).await?);
        lines.sort_by_key(|line| std::cmp::Reverse(line.day));
    }
    let punches = heures.count(&wanted.access, bounds(&heures, wanted.span)).await?;
    let span = format!("from={from}&to={to}");
    let next = cut.next_cursor.map(|cursor| format!("{ANOMALIES}?{span}&cursor={cursor}"));
    let csv = format!("/api/v1/heures/deltas?format=csv&anomalies=only&{span}");
    let view = View { ctx: &ctx, people: &people, lines, punches, whole: first && next.is_none(), next, csv };
    Ok(web::pages::html(view.page()).into_response())
}

/// The instants between which days lie.
fn bounds(heures: &Heures, (from, to): (Date, Date)) -> (Timestamp, Timestamp) {
    let after = to.checked_add(1.day()).unwrap_or(to);
    (heures.house.start_of(from), heures.house.start_of(after))
}

fn known(lang: Lang, row: &DeltaRow) -> Line {
    let what = words(lang, row.anomaly.as_deref().unwrap_or_default());
    Line { person: row.person, day: row.day, what }
}

/// Entries too old to be a shift under way, which nothing followed.
async fn still_open(heures: &Heures, ctx: &Ctx, wanted: &Wanted<Date>) -> kernel::Result<Vec<Line>> {
    let open = heures.forgotten(&wanted.access, bounds(heures, wanted.span), LINES).await?;
    let old = |entry: &&PunchRow| is_forgotten(entry, ctx.now(), &heures.house.rules);
    let line = |entry: &PunchRow| {
        let what = words(ctx.lang, "missing_out");
        Line { person: entry.person, day: heures.house.day(entry.at), what }
    };
    Ok(open.iter().filter(old).map(line).collect())
}
