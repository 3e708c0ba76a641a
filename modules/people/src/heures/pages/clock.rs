//! The punch clock: whether one is at work, one large button, and what the server has received today.

use super::{Answer, CLOCK, FORGOTTEN, Told, WEEK, flash, kind_word, see_other};
use crate::heures::commands::{Act, Command};
use crate::heures::http::{Clock, new_punch};
use crate::heures::model::{MINUTE, NewPunch, PunchRow, Source, is_forgotten, next_kind};
use crate::heures::week::{Week, minute_of, monday_of};
use crate::heures::{Heures, WRITE};
use axum::Extension;
use axum::response::IntoResponse;
use forms_model::time::PunchKind;
use jiff::civil::Date;
use kernel::{Lang, Result, Timestamp};
use maud::{Markup, html};
use web::ui::{self, Button, DayLine, Icon, MenuItem, Phone, Punch, State, Tone, format, say};
use web::{Ctx, FormBody, Query};

/// The stretch of the day that the line shows, in minutes: 8 h to 17 h 30, longer when somebody was there.
const LINE: (i64, i64) = (480, 1050);

/// Where somebody stands now.
struct Now<'a> {
    heures: &'a Heures,
    lang: Lang,
    at: Timestamp,
    today: Date,
    week: Week,
    /// The last punch in force.
    last: Option<PunchRow>,
}

impl Now<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// The entry that one is at work since.
    fn at_work(&self) -> Option<&PunchRow> {
        let entry = self.last.as_ref().filter(|last| last.kind == PunchKind::In)?;
        (!is_forgotten(entry, self.at, &self.heures.house.rules)).then_some(entry)
    }

    fn next(&self) -> PunchKind {
        next_kind(self.last.as_ref(), self.at, &self.heures.house.rules)
    }

    /// Minutes worked today, the running stretch included.
    fn worked(&self) -> i64 {
        let done = self.week.sheet.day(self.today).map_or(0, |day| day.worked_minutes);
        let running = self.at_work().map_or(0, |entry| {
            let from = entry.at.max(self.heures.house.start_of(self.today));
            (self.at.0 - from.0) / MINUTE
        });
        done + running
    }

    fn planned(&self) -> i64 {
        self.week.sheet.day(self.today).map_or(0, |day| day.planned_minutes)
    }

    fn state(&self) -> Markup {
        let lang = self.lang;
        let time = |at| format::time(lang, format::local(at, &self.heures.house.zone).time());
        if let Some(entry) = self.at_work() {
            let word = format!("{} {}", self.say("Au travail depuis", "At work since"), time(entry.at));
            return ui::state_chip(lang, &State::Done(word));
        }
        match &self.last {
            Some(entry) if entry.kind == PunchKind::In => {
                let day = format::weekday_day(lang, self.heures.house.day(entry.at));
                let text = format!("{} {day}", self.say("Sortie oubliée", "Exit forgotten on"));
                ui::chip(Tone::Warn, Icon::TriangleAlert, &text)
            }
            Some(exit) if self.heures.house.day(exit.at) == self.today => {
                let word = self.say("Sorti à", "Left at");
                ui::chip(Tone::Neutral, Icon::LogOut, &format!("{word} {}", time(exit.at)))
            }
            _ => ui::chip(Tone::Neutral, Icon::CircleDashed, self.say("Pas encore pointé", "Not in yet")),
        }
    }

    /// When the planned hours are done, if one stays at work.
    fn end(&self) -> Option<String> {
        let left = self.planned() - self.worked();
        self.at_work().filter(|_| left > 0)?;
        let end = self.at.plus_seconds(left * 60);
        let time = format::time(self.lang, format::local(end, &self.heures.house.zone).time());
        Some(format!("{} {time}", self.say("Fin à", "Ends at")))
    }

    /// Presences of today in minutes since midnight; an open one has no end.
    fn spans(&self) -> Vec<(i64, Option<i64>)> {
        let minute = |at: Timestamp| {
            let local = format::local(at, &self.heures.house.zone);
            if local.date() == self.today {
                i64::from(local.hour()) * 60 + i64::from(local.minute())
            } else {
                24 * 60
            }
        };
        let done = self.week.sheet.day(self.today).map(|day| day.intervals.as_slice()).unwrap_or_default();
        let mut spans: Vec<(i64, Option<i64>)> =
            done.iter().map(|i| (minute(i.start), Some(minute(i.end)))).collect();
        if let Some(entry) = self.at_work() {
            let from = if self.heures.house.day(entry.at) == self.today { minute_of(entry) } else { 0 };
            spans.push((from, None));
        }
        spans
    }

    fn line(&self) -> Markup {
        let short = |minute: i64| u16::try_from(minute).unwrap_or(0);
        let spans = self.spans();
        let local = format::local(self.at, &self.heures.house.zone);
        let now = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let first = spans.iter().map(|span| span.0).fold(LINE.0.min(now), i64::min) / 60 * 60;
        let last = spans.iter().filter_map(|span| span.1).fold(LINE.1.max(now), i64::max);
        let name = |minute: i64| {
            let (hour, minute) =
                (i8::try_from(minute / 60 % 24).unwrap_or(0), i8::try_from(minute % 60).unwrap_or(0));
            format::time_brief(self.lang, jiff::civil::Time::new(hour, minute, 0, 0).unwrap_or_default())
        };
        let ticks = [first, 720, last].into_iter().filter(|m| (first..=last).contains(m));
        ui::day_line(&DayLine {
            label: self.presence(&spans, &name),
            from_to: (short(first), short(last)),
            spans: spans.iter().map(|(start, end)| (short(*start), end.map(short))).collect(),
            now: self.at_work().map(|_| short(now)),
            ticks: ticks.map(|minute| (short(minute), name(minute))).collect(),
        })
    }

    /// `Présent de 8 h 02 à 12 h 01 et depuis 13 h 31`.
    fn presence(&self, spans: &[(i64, Option<i64>)], name: &impl Fn(i64) -> String) -> String {
        let told = |(start, end): &(i64, Option<i64>)| match end {
            Some(end) => {
                format!("{} {} {} {}", self.say("de", "from"), name(*start), self.say("à", "to"), name(*end))
            }
            None => format!("{} {}", self.say("depuis", "since"), name(*start)),
        };
        if spans.is_empty() {
            return self.say("Aucune présence aujourd’hui", "Not present today").to_owned();
        }
        let parts: Vec<String> = spans.iter().map(told).collect();
        format!("{} {}", self.say("Présent", "Present"), ui::enumerated(self.lang, &parts))
    }

    fn card(&self) -> Markup {
        let local = format::local(self.at, &self.heures.house.zone);
        html! {
            div.between { (self.state()) span.small.muted { (format::date_with_weekday(self.lang, self.today)) } }
            (ui::running_clock(self.lang, local.time()))
            p.small.soft { (self.say("L’heure du serveur fait foi.", "The server’s time counts.")) }
            (self.line())
            div.between {
                span.small.soft {
                    (self.say("Aujourd’hui", "Today")) " " b.strong.num { (format::duration(self.lang, self.worked())) }
                    @if self.planned() > 0 { " " (self.say("sur", "of")) " " (format::duration(self.lang, self.planned())) }
                }
                @if let Some(end) = self.end() { span.small.soft.num { (end) } }
            }
        }
    }

    fn button(&self) -> Button {
        let (kind, label, icon) = match self.next() {
            PunchKind::In => ("in", self.say("Pointer l’entrée", "Clock in"), Icon::LogIn),
            PunchKind::Out => ("out", self.say("Pointer la sortie", "Clock out"), Icon::LogOut),
        };
        Button::new(label).primary().big().icon(icon).value("kind", kind).busy(self.say("Envoi…", "Sending…"))
    }

    fn today_card(&self, told: &Told<'_>) -> Markup {
        let punches: Vec<Punch> = self
            .week
            .on(self.today)
            .map(|punch| Punch {
                time: told.time(punch.at),
                text: format!("{}, {}", kind_word(self.lang, punch.kind), told.origin(punch)),
                state: told.received(punch),
            })
            .collect();
        html! {
            div.between {
                h2 { (self.say("Pointages du jour", "Today’s punches")) }
                a.small href=(FORGOTTEN) { (self.say("Pointage oublié\u{202f}?", "Forgotten punch?")) }
            }
            @if punches.is_empty() {
                p.small.soft {
                    (self.say("Vos pointages du jour apparaîtront ici dès leur réception.", "Today’s punches appear here once received."))
                }
            } @else { (ui::punches(&punches)) }
        }
    }
}

/// The four ways from the clock.
pub(super) fn tabs(lang: Lang, current: &str) -> Vec<MenuItem> {
    let tab =
        |fr, en, href: &str, icon| MenuItem::new(say(lang, fr, en), href, icon).current(href == current);
    vec![
        tab("Pointer", "Clock", CLOCK, Icon::Clock),
        tab("Mes heures", "My hours", WEEK, Icon::CalendarDays),
        tab("Demandes", "Requests", "/heures", Icon::FileText),
        tab("Accueil", "Home", "/", Icon::House),
    ]
}

/// The frame of a page for one hand.
pub(super) fn phone(ctx: &Ctx, title: &str, query: &Query) -> Phone {
    let person = ctx.principal.as_ref().map(|principal| ui::Person {
        id: principal.id.to_string(),
        name: principal.name.clone(),
        role: principal.title.clone(),
        settings: Some("/account".into()),
    });
    let (lang, csrf) = (ctx.lang, ctx.csrf.clone());
    let flash = flash(lang, query);
    Phone { lang, title: title.to_owned(), person, tabs: tabs(lang, CLOCK), flash, csrf, ..Phone::default() }
}

async fn now<'a>(heures: &'a Heures, ctx: &Ctx) -> Result<Now<'a>> {
    let (me, at) = (ctx.principal()?.id, ctx.now());
    let today = heures.house.day(at);
    let week = heures.week(me, monday_of(today)).await?;
    let last = heures.neighbours(me, (at, at), None).await?.before;
    Ok(Now { heures, lang: ctx.lang, at, today, week, last })
}

/// The page.
pub(super) async fn page(Extension(heures): Clock, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(WRITE)?;
    let now = now(&heures, &ctx).await?;
    let people = ctx.edge.people().await?;
    let told = Told { lang: ctx.lang, heures: &heures, people: &people };
    let content = html! {
        (ui::phone_card(&now.card()))
        (ui::post_form("punch", CLOCK, &ctx.csrf, &html! { (now.button()) }))
        (ui::phone_card(&now.today_card(&told)))
    };
    let page = phone(&ctx, say(ctx.lang, "Pointage", "Punch clock"), &query).page(&content);
    Ok(web::pages::html(page).into_response())
}

/// One press of the button. Pressed twice, it punches once.
pub(super) async fn punch(Extension(heures): Clock, ctx: Ctx, body: FormBody) -> Answer {
    let new = new_punch(&ctx, None, Source::Web).await?;
    let command = Command::Punch(NewPunch { kind: PunchKind::parse(body.get("kind")), ..new });
    match heures.run(&Act::from(&ctx), &command).await {
        Ok(done) => {
            let kind = done.punches.first().map_or("in", |row| row.kind.as_str());
            Ok(see_other(&format!("{CLOCK}?did={kind}")))
        }
        Err(error) if error.code == "punched_twice" => Ok(see_other(&format!("{CLOCK}?did=twice"))),
        Err(error) => Err(error.into()),
    }
}
