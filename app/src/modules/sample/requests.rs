//! Three months of overtime: asked, decided, refused, and some that wait today. The same every time, counted back from
//! the day of the first start.

use crate::system::System;
use forms::{Act, Command, Filter, Forms, Instance};
use forms_model::define::Verb;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use kernel::{Actor, Cause, Error, Result, Timestamp, Uuid};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use system::auth::Seeded;

/// Weeks before this one.
const WEEKS: i64 = 13;

/// Who works late, and whether a Saturday is theirs.
const PEOPLE: [&str; 6] = ["lea", "erwan", "pierrick", "gwenael", "theo", "ines"];

/// What for, with its start and end.
const WORK: [(&str, &str, &str); 8] = [
    ("Panne de pilote automatique sur le Men Du, départ de course dimanche", "09:00", "11:30"),
    ("Remise à l’eau du Skeaf, marée de 19 h", "17:00", "19:00"),
    ("Fuite de gasoil sur le Penn Kalet, demandée par la capitainerie", "17:30", "20:15"),
    ("Alternateur de la vedette SNSM, sortie de nuit", "18:00", "20:30"),
    ("Inventaire de l’atelier avant l’arrêt annuel", "17:00", "18:30"),
    ("Réglage d’injection du Tro Breizh, bateau attendu à Lorient", "17:15", "19:45"),
    ("Arbre d’hélice du Kan ar Mor, grutage avancé", "08:00", "12:00"),
    ("Mise à jour des cartes de la flottille", "17:00", "18:15"),
];

/// A request of the past.
pub(super) struct Asked {
    pub(super) day: Date,
    pub(super) person: &'static str,
    work: usize,
    /// Days until the manager decides, and until human resources do; nobody decides after today.
    delays: (i32, i32),
    refused: Option<&'static str>,
}

impl Asked {
    /// From when to when, as it was asked.
    pub(super) fn hours(&self) -> (&'static str, &'static str) {
        let (_, from, to) = WORK[self.work];
        (from, to)
    }
}

/// Requests of all weeks, oldest first.
pub(super) fn plan(today: Date) -> Vec<Asked> {
    let mut asked = Vec::new();
    for week in (0..=WEEKS).rev() {
        for n in 0..(2 + week % 3) {
            let turn = usize::try_from(week * 3 + n).unwrap_or(0);
            let work = turn % WORK.len();
            // Longer work is a Saturday's, the rest is done on a weekday's evening.
            let weekday = if matches!(work, 0 | 6) { 6 } else { 1 + (turn % 5) as i64 };
            let monday = today
                .saturating_sub(jiff::Span::new().days(i64::from(today.weekday().to_monday_zero_offset())));
            let day = monday.saturating_sub(jiff::Span::new().days(week * 7 - (weekday - 1)));
            let refused = (turn % 11 == 7).then_some("Le client n’avait pas donné son accord");
            let delays = (1 + (turn % 3) as i32, 1 + (turn % 4) as i32);
            asked.push(Asked { day, person: PEOPLE[turn % PEOPLE.len()], work, delays, refused });
        }
    }
    asked.retain(|a| a.day < today);
    asked
}

/// Writes the requests in the names of those who made and decided them.
pub(super) async fn seed(system: &System, seeded: &Seeded) -> Result<()> {
    let forms = system.modules.forms.get("heures")?;
    let zone = system.config.zone.clone();
    let now = system.clock.now();
    let today = now.to_jiff().to_zoned(zone.clone()).date();
    let mut steps = Vec::new();
    for asked in plan(today) {
        steps.extend(lives(&asked, &zone, now));
    }
    steps.sort_by_key(|step: &Step| step.at);
    let mut company =
        Company { system, forms: &forms, seeded, made: BTreeMap::new(), instances: BTreeMap::new() };
    company.remember(now).await?;
    for step in steps {
        company.take(step).await?;
    }
    Ok(())
}

/// One thing that somebody did.
struct Step {
    at: Timestamp,
    by: &'static str,
    key: (Date, &'static str),
    what: What,
}

enum What {
    Ask(Json),
    /// In this state, with these words.
    Decide(&'static str, Verb, Option<&'static str>),
}

/// The steps of a request that lie in the past.
fn lives(asked: &Asked, zone: &TimeZone, now: Timestamp) -> Vec<Step> {
    let key = (asked.day, asked.person);
    let (motif, debut, fin) = WORK[asked.work];
    let values = json!({ "jour": asked.day.to_string(), "debut": debut, "fin": fin, "motif": motif,
        "compensation": if asked.work.is_multiple_of(2) { "repos" } else { "paiement" } });
    let (first, second) = asked.delays;
    let minute = (asked.work as i8) * 7;
    let mut steps = vec![Step {
        at: instant(working_day(asked.day, 1), 8, minute, zone),
        by: asked.person,
        key,
        what: What::Ask(values),
    }];
    let verdict = match asked.refused {
        Some(why) => What::Decide("en_attente_chef", Verb::Refuse, Some(why)),
        None => What::Decide("en_attente_chef", Verb::Approve, None),
    };
    let decided = working_day(asked.day, 1 + first);
    steps.push(Step { at: instant(decided, 14, minute, zone), by: "marc", key, what: verdict });
    if asked.refused.is_none() {
        let approve = What::Decide("en_attente_rh", Verb::Approve, None);
        // Counted from the manager's day: a weekend must not put the second decision before the first.
        let checked = instant(working_day(decided, second), 10, minute, zone);
        steps.push(Step { at: checked, by: "nadia", key, what: approve });
    }
    // The last days are left as they came in: some late, some due, some for human resources.
    let settled = now.plus_seconds(-6 * 86_400);
    steps.retain(|step| step.at < now && (matches!(step.what, What::Ask(_)) || step.at < settled));
    steps
}

/// A working day so many days after.
fn working_day(day: Date, after: i32) -> Date {
    let mut day = day.saturating_add(jiff::Span::new().days(after));
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        day = day.saturating_add(jiff::Span::new().days(1));
    }
    day
}

fn instant(day: Date, hour: i8, minute: i8, zone: &TimeZone) -> Timestamp {
    let time = Time::new(hour, minute, 0, 0).unwrap_or_default();
    day.to_datetime(time)
        .to_zoned(zone.clone())
        .map_or_else(|_| Timestamp::default(), |zoned| zoned.timestamp().into())
}

struct Company<'a> {
    system: &'a System,
    forms: &'a Forms,
    seeded: &'a Seeded,
    /// What a start that was broken off has made already, by author and instant.
    made: BTreeMap<(Uuid, Timestamp), Instance>,
    instances: BTreeMap<(Date, &'static str), Instance>,
}

impl Company<'_> {
    /// Learns what is there: the one who sees all requests lists them.
    async fn remember(&mut self, now: Timestamp) -> Result<()> {
        let reader = self.act("nadia", now).await?.principal;
        let mut after = None;
        loop {
            let page = self.forms.list(&reader, &Filter::default(), now, after, 100).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(Forms::place(last));
            self.made.extend(page.into_iter().map(|made| ((made.author, made.created_at), made)));
        }
    }

    fn person(&self, name: &str) -> Result<Uuid> {
        let email = format!("{name}@archipel.test");
        self.seeded.people.get(&email).copied().ok_or_else(|| Error::internal(format!("no {email}")))
    }

    async fn act(&self, name: &str, at: Timestamp) -> Result<Act> {
        let id = self.person(name)?;
        let principal = self.system.modules.auth()?.acting_as(id).await?;
        let principal = principal.ok_or_else(|| Error::internal(format!("{name} may not act")))?;
        Ok(Act {
            principal,
            people: self.system.edge.people().await?,
            now: at,
            cause: Cause::new(&Actor::Person(id), self.system.clock.new_id()),
            clock: self.system.clock.clone(),
        })
    }

    /// Takes a step, unless it was taken before.
    async fn take(&mut self, step: Step) -> Result<()> {
        let act = self.act(step.by, step.at).await?;
        let instance = match step.what {
            What::Ask(values) => match self.made.remove(&(act.principal.id, step.at)) {
                Some(made) => made,
                None => self.ask(&act, &values).await?,
            },
            What::Decide(state, verb, comment) => {
                let Some(Instance { id, .. }) = self.instances.get(&step.key).filter(|i| i.state == state)
                else {
                    return Ok(());
                };
                let comment = comment.map(str::to_owned);
                let decide = Command::Act { id: *id, verb, comment, answers: None, revision: None };
                self.forms.run(&act, &decide).await?.instance
            }
        };
        self.instances.insert(step.key, instance);
        Ok(())
    }

    async fn ask(&self, act: &Act, values: &Json) -> Result<Instance> {
        let form = self.forms.form("HEURE_SUP")?;
        let values = forms_model::values::parse_json(form, values).into_result();
        let values = values.map_err(|errors| Error::internal(format!("sample: {errors:?}")))?;
        let command = Command::Create { form: "HEURE_SUP".into(), values, submit: true };
        Ok(self.forms.run(act, &command).await?.instance)
    }
}
