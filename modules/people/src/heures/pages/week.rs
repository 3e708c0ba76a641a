//! A person's week: days against the plan, limits with their articles, what does not add up, and every punch with its
//! corrections. One's own, or of somebody in reach.

use super::{ANOMALIES, Answer, CORRECTION, FORGOTTEN, Told, WEEK, delta, flash, kind_word};
use crate::heures::http::{Clock, subject, team_of};
use crate::heures::model::{Effect, LATE_DAYS, PunchRow, is_forgotten};
use crate::heures::queries::Wanted;
use crate::heures::week::{Week, monday_of, parse_week, week_code};
use crate::heures::{CORRECT, Heures, READ, WRITE};
use axum::extract::Path;
use axum::response::IntoResponse;
use forms_model::time::{Anomaly, BandMinutes, DayTotal};
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::{Error, Lang, Uuid};
use maud::{Markup, Render, html};
use web::ui::{self, Bar, BarChart, Button, Card, Column, Crumb, Fact, Icon, Row, Table, Tone, format, say};
use web::{Ctx, People, Query};

/// Rows of a week's history, at most.
const HISTORY: u32 = 200;

struct View<'a> {
    heures: &'a Heures,
    ctx: &'a Ctx,
    people: &'a People,
    person: Uuid,
    is_own: bool,
    may_correct: bool,
    today: Date,
    week: Week,
    /// Every row of the week, corrections and corrected ones too, newest first.
    history: Vec<(PunchRow, Option<Uuid>)>,
}

/// What does not add up in a week, the entry without an exit included once it is too old to be a shift under way.
pub(super) fn wrong(heures: &Heures, week: &Week, now: kernel::Timestamp) -> Vec<Anomaly> {
    let forgotten = week.open().is_some_and(|entry| is_forgotten(entry, now, &heures.house.rules));
    let open = week.sheet.open.clone().filter(|_| forgotten).map(Anomaly::MissingOut);
    week.sheet.anomalies.iter().cloned().chain(open).collect()
}

/// The address that gives the punch that an anomaly misses.
pub(super) fn remedy(anomaly: &Anomaly, person: Option<Uuid>) -> String {
    let kind = if matches!(anomaly, Anomaly::MissingIn(_)) { "in" } else { "out" };
    let person = person.map(|id| format!("&person={id}")).unwrap_or_default();
    format!("{FORGOTTEN}?day={}&kind={kind}{person}", anomaly.date())
}

/// Hours, for the height of a bar.
pub(super) fn hours(minutes: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "minutes of a few weeks")]
    let hours = minutes as f64 / 60.0;
    hours
}

impl View<'_> {
    fn lang(&self) -> Lang {
        self.ctx.lang
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn href(&self, monday: Date) -> String {
        let person = if self.is_own { String::new() } else { format!("?person={}", self.person) };
        format!("{WEEK}/{}{person}", week_code(monday))
    }

    /// The days worth a line: planned, worked or punched.
    fn days(&self) -> impl Iterator<Item = &DayTotal> {
        self.week.sheet.days.iter().filter(|day| {
            day.planned_minutes > 0 || day.worked_minutes > 0 || self.week.on(day.date).next().is_some()
        })
    }

    fn chart(&self) -> Markup {
        let lang = self.lang();
        let bar = |day: &DayTotal| {
            let within =
                if day.planned_minutes > 0 { day.worked_minutes.min(day.planned_minutes) } else { 0 };
            let worked = format::duration(lang, day.worked_minutes);
            let planned = format::duration(lang, day.planned_minutes);
            let title = match lang {
                Lang::Fr => format!(
                    "{}\u{a0}: {worked} travaillées, {planned} prévues",
                    format::weekday_day(lang, day.date)
                ),
                Lang::En => {
                    format!("{}: {worked} worked, {planned} planned", format::weekday_day(lang, day.date))
                }
            };
            Bar {
                label: format::weekday_short(lang, day.date).to_owned(),
                value: hours(within),
                extra: hours(day.worked_minutes - within),
                plan: (day.planned_minutes > 0).then(|| hours(day.planned_minutes)),
                title: ui::capital(&title),
                running: day.date == self.today,
                caption: worked,
            }
        };
        let legend = [
            self.say("Travaillé", "Worked").to_owned(),
            self.say("Au-delà du prévu", "Beyond the plan").to_owned(),
            self.say("Prévu", "Planned").to_owned(),
        ];
        let label = self
            .say("Heures travaillées par jour, comparées au prévu", "Hours worked per day, against the plan");
        let chart =
            BarChart { label: label.into(), bars: self.days().map(bar).collect(), legend: Some(legend) };
        Card::new(self.say("Heures par jour", "Hours per day")).body(ui::bar_chart(lang, &chart)).render()
    }

    fn facts(&self) -> Markup {
        let lang = self.lang();
        let Some(total) = self.week.sheet.weeks.first() else { return html! {} };
        let of = format!("{} {}", self.say("sur", "of"), format::duration(lang, total.planned_minutes));
        let until = self.week.balance_until(self.today);
        let extra: i64 = total.bands.iter().map(|band| band.minutes).sum();
        let facts = [
            Fact::new(self.say("Travaillé", "Worked"), format::duration(lang, total.worked_minutes)).of(of),
            Fact::new(
                self.say("Écart des jours pointés", "Difference on punched days"),
                format::signed_duration(lang, until),
            ),
            Fact::new(self.say("Heures majorées", "Premium hours"), format::duration(lang, extra)),
        ];
        ui::fact_strip(&facts)
    }

    /// Why some hours bring a premium, when some do.
    fn premium(&self) -> Markup {
        let lang = self.lang();
        let bands = self.week.sheet.weeks.first().map(|week| week.bands.as_slice()).unwrap_or_default();
        let some: Vec<&BandMinutes> = bands.iter().filter(|band| band.minutes > 0).collect();
        if some.is_empty() {
            return html! {};
        }
        let line = |band: &BandMinutes| {
            let (minutes, rest) =
                (format::duration(lang, band.minutes), format::duration(lang, band.rest_minutes));
            let rate = format::signed_percent(lang, hours(band.rate_percent * 60), 0);
            let reference = &band.basis.reference;
            match lang {
                Lang::Fr => format!("{minutes} à {rate}, soit {rest} en repos ({reference})."),
                Lang::En => format!("{minutes} at {rate}, worth {rest} of rest ({reference})."),
            }
        };
        let content = html! { @for band in some { p.small { (line(band)) } } };
        ui::why(self.say("Pourquoi une majoration\u{202f}?", "Why a premium?"), false, &content)
    }

    /// Whether the reader may still give this missing punch.
    fn can_give(&self, anomaly: &Anomaly) -> bool {
        let age = (self.today - anomaly.date()).get_days();
        let own = self.is_own && self.ctx.principal.as_ref().is_some_and(|p| p.may(WRITE));
        if self.is_own { own && i64::from(age) < LATE_DAYS } else { self.may_correct }
    }

    fn alerts(&self) -> Markup {
        let lang = self.lang();
        let anomalies = wrong(self.heures, &self.week, self.ctx.now());
        let person = (!self.is_own).then_some(self.person);
        html! {
            @for anomaly in &anomalies {
                @let action = html! {
                    @if self.can_give(anomaly) {
                        (Button::link(self.say("Ajouter le pointage", "Add the punch"), remedy(anomaly, person)).small())
                    }
                };
                (ui::message(Tone::Warn, &ui::capital(&format::weekday_day(lang, anomaly.date())), &html! { (anomaly.text().get(lang)) }, &action))
            }
            @for warning in &self.week.sheet.warnings {
                (ui::message(Tone::Warn, self.say("Limite dépassée", "Limit passed"), &html! { (ui::capital(warning.text().get(lang))) "." }, &html! {}))
            }
        }
    }

    fn table(&self) -> Markup {
        let lang = self.lang();
        let told = Told { lang, heures: self.heures, people: self.people };
        let anomalies = wrong(self.heures, &self.week, self.ctx.now());
        let columns = vec![
            Column::new(self.say("Jour", "Day")),
            Column::new(self.say("Pointages", "Punches")).soft(),
            Column::new(self.say("Travaillé", "Worked")).number(),
            Column::new(self.say("Prévu", "Planned")).number().optional(),
            Column::new(self.say("Écart", "Difference")).number(),
        ];
        let row = |day: &DayTotal| {
            let times: Vec<String> = self.week.on(day.date).map(|punch| told.time(punch.at)).collect();
            let is_wrong = anomalies.iter().any(|anomaly| anomaly.date() == day.date);
            let name = ui::capital(&format::weekday_day(lang, day.date));
            let counts = !times.is_empty() && day.date < self.today;
            Row::new([
                html! { @if is_wrong { (ui::warning(&name)) } @else { (name) } },
                html! { @if times.is_empty() { (ui::table::missing()) } @else { (times.join(" · ")) } },
                html! { @if day.worked_minutes == 0 && (times.is_empty() || day.date == self.today) { (ui::table::missing()) } @else { (format::duration(lang, day.worked_minutes)) } },
                html! { @if day.planned_minutes == 0 { (ui::table::missing()) } @else { (format::duration(lang, day.planned_minutes)) } },
                html! { @if counts { (delta(lang, day.delta_minutes)) } @else { (ui::table::missing()) } },
            ])
        };
        Table::new(lang, self.say("Jours de la semaine", "Days of the week"), columns)
            .title(self.say("Jours", "Days"))
            .rows(self.days().map(row))
            .csv(format!(
                "/api/v1/heures/deltas?format=csv&person={}&from={}&to={}",
                self.person,
                self.week.monday,
                self.week.sunday()
            ))
            .empty(ui::empty(
                self.say("Rien de prévu cette semaine", "Nothing planned this week"),
                "",
                &html! {},
            ))
            .render()
    }

    fn history(&self) -> Markup {
        let lang = self.lang();
        let told = Told { lang, heures: self.heures, people: self.people };
        let columns = vec![
            Column::new(self.say("Moment", "When")).nowrap(),
            Column::new(self.say("Pointage", "Punch")),
            Column::new(self.say("Réception", "Receipt")).optional(),
            Column::unnamed(self.say("Actions", "Actions")).right(),
        ];
        let row = |(punch, corrected_by): &(PunchRow, Option<Uuid>)| {
            let in_force = corrected_by.is_none() && punch.effect != Effect::Void;
            let word = match (punch.effect, corrected_by) {
                (Effect::Void, _) => Some(self.say("Retrait", "Taken away")),
                (_, Some(_)) => Some(self.say("Corrigé", "Corrected")),
                _ => None,
            };
            let may = in_force && self.may_correct && !self.is_own;
            Row::new([
                html! { (format::datetime_short(lang, punch.at, &self.heures.house.zone)) },
                html! {
                    (kind_word(lang, punch.kind)) ", " (told.origin(punch))
                    @if let Some(word) = word { " " (ui::tag(word)) }
                    @if let Some(reason) = &punch.reason { span.sub { (ui::quoted(lang, reason)) } }
                },
                told.received(punch),
                html! { @if may { (Button::link(self.say("Corriger", "Correct"), format!("{CORRECTION}/{}", punch.id)).small()) } },
            ])
        };
        let add = Button::link(
            if self.is_own {
                self.say("Pointage oublié", "Forgotten punch")
            } else {
                self.say("Ajouter un pointage", "Add a punch")
            },
            if self.is_own {
                FORGOTTEN.to_owned()
            } else {
                format!("{FORGOTTEN}?person={}&day={}", self.person, self.week.monday)
            },
        );
        let controls = html! { @if self.is_own || self.may_correct { (add.small().icon(Icon::Plus)) } };
        let nothing = ui::empty(
            self.say("Aucun pointage cette semaine", "No punch this week"),
            self.say(
                "Les pointages et leurs corrections s’afficheront ici.",
                "Punches and their corrections appear here.",
            ),
            &html! {},
        );
        Table::new(
            lang,
            self.say("Pointages et corrections de la semaine", "Punches and corrections of the week"),
            columns,
        )
        .title(self.say("Pointages et corrections", "Punches and corrections"))
        .rows(self.history.iter().rev().map(row))
        .controls(controls)
        .empty(nothing)
        .render()
    }

    /// Before and after, and the way back to the present.
    fn around(&self) -> Markup {
        let step = |days: i64, icon| {
            let monday = self.week.monday.checked_add(days.days()).unwrap_or(self.week.monday);
            let label = ui::capital(&format::week(self.lang(), monday));
            Button::link(label, self.href(monday)).small().icon(icon)
        };
        html! { div.row.wrap { (step(-7, Icon::ChevronLeft)) (step(7, Icon::ChevronRight)) } }
    }

    fn page(&self, query: &Query) -> Markup {
        let lang = self.lang();
        let title = ui::capital(&format::week(lang, self.week.monday));
        let dates = format::date_range(lang, self.week.monday, self.week.sunday());
        let who = html! { (ui::capital(&dates)) @if !self.is_own { ", " (self.people.name(self.person)) } };
        let mut frame = web::pages::shell(self.ctx, title.clone());
        let (label, href) = if self.is_own {
            (self.say("Mes heures", "My hours"), WEEK)
        } else {
            (self.say("Heures de l’équipe", "Team’s hours"), super::TEAM)
        };
        frame.crumbs = vec![Crumb { label: label.into(), href: Some(href.into()) }];
        frame.flash = flash(lang, query);
        frame.actions = html! {
            (Button::link(self.say("Anomalies", "Anomalies"), ANOMALIES).quiet().small().icon(Icon::TriangleAlert))
        };
        let side = html! { (self.chart()) (self.premium()) };
        let main = html! { (self.facts()) (self.alerts()) (self.table()) (self.history()) };
        frame.page(ui::blocks(html! { (ui::head(&title, &who, &self.around())) (ui::columns(&main, &side)) }))
    }
}

/// This week.
pub(super) async fn current(heures: Clock, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(READ)?;
    let today = heures.0.house.day(ctx.now());
    shown(&heures.0, &ctx, monday_of(today), &query).await
}

/// A week by its code.
pub(super) async fn page(heures: Clock, ctx: Ctx, Path(code): Path<String>, query: Query) -> Answer {
    ctx.permit(READ)?;
    let monday = parse_week(&code).ok_or_else(Error::not_found)?;
    shown(&heures.0, &ctx, monday, &query).await
}

async fn shown(heures: &Heures, ctx: &Ctx, monday: Date, query: &Query) -> Answer {
    let person = subject(ctx, query.parsed("person")?).await?;
    let people = ctx.edge.people().await?;
    let me = ctx.principal()?;
    let access = me.access(READ);
    let wanted = Wanted { access, person: Some(person), span: heures.bounds(monday) };
    let view = View {
        heures,
        ctx,
        people: &people,
        person,
        is_own: person == me.id,
        may_correct: me.access(CORRECT).reaches(person, team_of(&people, person)),
        today: heures.house.day(ctx.now()),
        week: heures.week(person, monday).await?,
        history: heures.punches(&wanted, None, HISTORY).await?,
    };
    Ok(web::pages::html(view.page(query)).into_response())
}
