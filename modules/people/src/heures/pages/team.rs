//! The week of those whose punches one may correct: person by day, what does not add up first. It tells what was
//! worked, never who is there now.

use super::week::{hours, wrong};
use super::{ANOMALIES, Answer, TEAM, WEEK, delta, flash};
use crate::heures::balance::window;
use crate::heures::http::Clock;
use crate::heures::week::{Week, monday_of, parse_week, sunday_of, week_code};
use crate::heures::{CORRECT, Heures};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::{Error, Lang, Result, Uuid};
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use web::ui::{
    self, Bar, BarChart, Button, Card, Choice, Column, Filter, Icon, Kpi, Row, Table, Tone, format, say,
};
use web::{Ctx, People, Person, Query};

/// Weeks of the chart.
const WEEKS: i64 = 8;
/// Lines of the table, at most; a team has fewer.
const LINES: usize = 200;

/// One line of the table.
struct Line<'a> {
    person: &'a Person,
    week: Week,
    /// Days on which something does not add up.
    wrong: Vec<Date>,
}

impl Line<'_> {
    fn worked(&self) -> i64 {
        self.week.sheet.weeks.first().map_or(0, |week| week.worked_minutes)
    }

    fn planned(&self) -> i64 {
        self.week.sheet.weeks.first().map_or(0, |week| week.planned_minutes)
    }
}

struct View<'a> {
    ctx: &'a Ctx,
    people: &'a People,
    monday: Date,
    today: Date,
    team: Option<Uuid>,
    lines: Vec<Line<'a>>,
    /// Minutes worked and planned per week, oldest first.
    sums: BTreeMap<Date, (i64, i64)>,
}

impl View<'_> {
    fn lang(&self) -> Lang {
        self.ctx.lang
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn href(&self, monday: Date, team: Option<Uuid>) -> String {
        let team = team.map(|id| format!("?team={id}")).unwrap_or_default();
        format!("{TEAM}/{}{team}", week_code(monday))
    }

    fn kpis(&self) -> Markup {
        let lang = self.lang();
        let worked: i64 = self.lines.iter().map(Line::worked).sum();
        let planned: i64 = self.lines.iter().map(Line::planned).sum();
        let punches: usize = self.lines.iter().map(|line| line.week.punches.len()).sum();
        let wrong: usize = self.lines.iter().map(|line| line.wrong.len()).sum();
        let count = |n: usize| format::integer(lang, i64::try_from(n).unwrap_or(i64::MAX));
        let of = |text: String| format!("{} {text}", self.say("sur", "of"));
        let list = [
            Kpi::new(
                self.say("Heures travaillées, équipe", "Hours worked, team"),
                format::duration(lang, worked),
            )
            .unit(of(format::duration(lang, planned))),
            Kpi::new(self.say("Pointages à corriger", "Punches to correct"), count(wrong))
                .unit(of(count(punches)))
                .href(ANOMALIES),
        ];
        ui::kpis(lang, self.say("Chiffres de la semaine", "Figures of the week"), &list)
    }

    fn chart(&self) -> Markup {
        let lang = self.lang();
        let bar = |(monday, (worked, planned)): (&Date, &(i64, i64))| {
            let (w, p) = (format::duration(lang, *worked), format::duration(lang, *planned));
            let week = ui::capital(&format::week(lang, *monday));
            Bar {
                label: monday.iso_week_date().week().to_string(),
                value: hours(*worked),
                plan: Some(hours(*planned)),
                title: match lang {
                    Lang::Fr => format!("{week}\u{a0}: {w} travaillées, {p} prévues les jours pointés"),
                    Lang::En => format!("{week}: {w} worked, {p} planned on punched days"),
                },
                running: *monday == monday_of(self.today),
                ..Bar::default()
            }
        };
        let legend = [
            self.say("Travaillé", "Worked").to_owned(),
            String::new(),
            self.say("Prévu les jours pointés", "Planned on punched days").to_owned(),
        ];
        let label = self.say("Heures travaillées par semaine", "Hours worked per week");
        let chart =
            BarChart { label: label.into(), bars: self.sums.iter().map(bar).collect(), legend: Some(legend) };
        let table = ui::chart_table(lang, self.say("Semaine", "Week"), self.say("Heures", "Hours"), &chart);
        let body = html! { div.stack { (ui::bar_chart(lang, &chart)) (ui::why(self.say("Tableau", "Table"), false, &table)) } };
        Card::new(self.say("Heures par semaine", "Hours per week")).body(body).render()
    }

    fn filters(&self) -> Vec<Filter> {
        let label = self.say("Équipe", "Team");
        if let Some(team) = self.team.and_then(|id| self.people.teams.get(&id)) {
            return vec![Filter::set(label, &team.name, self.href(self.monday, None))];
        }
        let mut teams: Vec<Uuid> = self.lines.iter().filter_map(|line| line.person.team).collect();
        teams.sort_unstable();
        teams.dedup();
        let choice = |id: &Uuid| {
            let team = self.people.teams.get(id)?;
            Some(Choice::new(&team.name, self.href(self.monday, Some(*id)), false))
        };
        let choices: Vec<Choice> = teams.iter().filter_map(choice).collect();
        if choices.len() > 1 { vec![Filter::new(label, choices)] } else { Vec::new() }
    }

    fn days(&self) -> impl Iterator<Item = Date> {
        self.monday.series(1.day()).take(7)
    }

    fn table(&self) -> Markup {
        let lang = self.lang();
        let mut columns = vec![Column::new(self.say("Personne", "Person"))];
        columns.extend(self.days().map(|day| Column::new(format::weekday_short(lang, day)).number()));
        columns.push(Column::new(self.say("Total", "Total")).number());
        columns.push(Column::new(self.say("Écart", "Difference")).number());
        columns.push(Column::new(self.say("À corriger", "To correct")));
        let nobody = ui::empty(
            self.say("Personne dans votre équipe", "Nobody in your team"),
            self.say(
                "Les heures des personnes que vous encadrez s’afficheront ici.",
                "The hours of those you manage appear here.",
            ),
            &html! {},
        );
        let count = i64::try_from(self.lines.len()).unwrap_or(i64::MAX);
        Table::new(lang, self.say("Heures par personne et par jour", "Hours per person and day"), columns)
            .filters(self.filters())
            .count(ui::counted(lang, count, ["personne", "personnes"], ["person", "people"]))
            .csv(format!(
                "/api/v1/heures/deltas?format=csv&from={}&to={}",
                self.monday,
                sunday_of(self.monday)
            ))
            .rows(self.lines.iter().take(LINES).map(|line| self.row(line)))
            .empty(nobody)
            .render()
    }

    fn row(&self, line: &Line<'_>) -> Row {
        let lang = self.lang();
        let href = format!("{WEEK}/{}?person={}", week_code(self.monday), line.person.id);
        let mut cells = vec![ui::subject(None, &line.person.name, &href, &line.person.title)];
        for day in &line.week.sheet.days {
            let punched =
                day.worked_minutes > 0 || (line.week.on(day.date).next().is_some() && day.date < self.today);
            let text = format::duration(lang, day.worked_minutes);
            let is_wrong = line.wrong.contains(&day.date);
            cells.push(html! {
                @if is_wrong { (ui::warning(&text)) span.sr { (self.say(", à corriger", ", to correct")) } }
                @else if punched { (text) } @else { (ui::table::missing()) }
            });
        }
        cells.push(html! { b.strong { (format::duration(lang, line.worked())) } });
        cells.push(delta(lang, line.week.balance_until(self.today)));
        let wrong = i64::try_from(line.wrong.len()).unwrap_or(0);
        cells.push(html! {
            @if wrong > 0 {
                (ui::chip(Tone::Warn, Icon::TriangleAlert, &ui::counted(lang, wrong, ["jour", "jours"], ["day", "days"])))
            } @else { (ui::table::missing()) }
        });
        Row::new(cells)
    }

    fn page(&self, query: &Query) -> Markup {
        let lang = self.lang();
        let title = self.say("Heures de l’équipe", "Team’s hours");
        let week = ui::capital(&format::week(lang, self.monday));
        let dates = format::date_range(lang, self.monday, sunday_of(self.monday));
        let step = |days: i64, icon| {
            let monday = self.monday.checked_add(days.days()).unwrap_or(self.monday);
            Button::link(ui::capital(&format::week(lang, monday)), self.href(monday, self.team))
                .small()
                .icon(icon)
        };
        let around = html! { div.row.wrap { (step(-7, Icon::ChevronLeft)) (step(7, Icon::ChevronRight)) } };
        let mut frame = web::pages::shell(self.ctx, title);
        frame.flash = flash(lang, query);
        frame.page(ui::blocks(html! {
            (ui::head(&week, &html! { (ui::capital(&dates)) }, &around))
            (self.kpis())
            (self.table())
            (self.chart())
        }))
    }
}

/// This week.
pub(super) async fn current(heures: Clock, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(CORRECT)?;
    let today = heures.0.house.day(ctx.now());
    shown(&heures.0, &ctx, monday_of(today), &query).await
}

/// A week by its code.
pub(super) async fn page(
    Extension(heures): Clock,
    ctx: Ctx,
    Path(code): Path<String>,
    query: Query,
) -> Answer {
    ctx.permit(CORRECT)?;
    let monday = parse_week(&code).ok_or_else(Error::not_found)?;
    shown(&heures, &ctx, monday, &query).await
}

async fn shown(heures: &Heures, ctx: &Ctx, monday: Date, query: &Query) -> Answer {
    let people = ctx.edge.people().await?;
    let team = query.parsed("team")?;
    let view = View {
        ctx,
        people: &people,
        monday,
        today: heures.house.day(ctx.now()),
        team,
        lines: lines(heures, ctx, &people, monday, team).await?,
        sums: sums(heures, ctx, monday).await?,
    };
    Ok(web::pages::html(view.page(query)).into_response())
}

/// The people in reach with their weeks, those with something to correct first.
async fn lines<'a>(
    heures: &Heures,
    ctx: &Ctx,
    people: &'a People,
    monday: Date,
    team: Option<Uuid>,
) -> Result<Vec<Line<'a>>> {
    let access = ctx.permit(CORRECT)?.access;
    let span = window(&heures.house, (monday, sunday_of(monday)));
    let mut punches = heures.in_force_of_all(&access, span).await?;
    let plans = heures.plans_of_all().await?;
    let wanted = |person: &&Person| {
        let here = team.is_none() || person.team == team;
        person.active && person.team.is_some() && here && access.reaches(person.id, person.team)
    };
    let line = |person: &'a Person| {
        let mine = punches.remove(&person.id).unwrap_or_default();
        let own = plans.get(&person.id).map(Vec::as_slice).unwrap_or_default();
        let week = heures.week_of(&mine, own, monday);
        let mut wrong: Vec<Date> =
            wrong(heures, &week, ctx.now()).iter().map(|anomaly| anomaly.date()).collect();
        wrong.dedup();
        Line { person, week, wrong }
    };
    let mut lines: Vec<Line<'a>> = people.people.values().filter(wanted).map(line).collect();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.wrong.len()), line.person.name.clone()));
    Ok(lines)
}

/// Minutes worked and planned in the weeks up to this one.
async fn sums(heures: &Heures, ctx: &Ctx, monday: Date) -> Result<BTreeMap<Date, (i64, i64)>> {
    let access = ctx.permit(CORRECT)?.access;
    let first = monday.checked_sub(((WEEKS - 1) * 7).days()).unwrap_or(monday);
    let mut weeks: BTreeMap<Date, (i64, i64)> =
        first.series(7.days()).take_while(|day| *day <= monday).map(|day| (day, (0, 0))).collect();
    for (day, worked, planned) in heures.sums(&access, (first, sunday_of(monday))).await? {
        let week = weeks.entry(monday_of(day)).or_default();
        *week = (week.0 + worked, week.1 + planned);
    }
    Ok(weeks)
}
