//! Three months of plausible punches for the sample company: the same ones for the same people and the same present.
//!
//! Days of four punches around 7 hours, leave now and then, exits forgotten and given later by the person or the
//! manager, and what the caller says: late work, days away, and oddities of this week that wait for somebody.

use super::balance::{self, House};
use super::model::{Effect, MINUTE, PunchRow, Source};
use super::week::monday_of;
use super::{Heures, definition, events, house, sql};
use db::{Batch, Db};
use forms_model::time::PunchKind::{self, In, Out};
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use kernel::{Actor, Cause, Result, Timestamp, Uuid};
use std::collections::BTreeMap;

/// Weeks before this one.
const WEEKS: i64 = 13;

/// Somebody of the sample company.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SamplePerson {
    /// Their id.
    pub id: Uuid,
    /// Their team.
    pub team: Option<Uuid>,
    /// Who mends their punches.
    pub manager: Option<Uuid>,
    /// Days without punches beside the chance ones: training, leave.
    pub away: Vec<Date>,
    /// What is wrong with their punches this week.
    pub oddity: Option<Oddity>,
}

impl SamplePerson {
    /// Somebody who comes every day and whose punches are in order.
    #[must_use]
    pub fn new(id: Uuid, team: Option<Uuid>, manager: Option<Uuid>) -> Self {
        Self { id, team, manager, away: Vec::new(), oddity: None }
    }
}

/// Something that does not add up on the last working day before today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Oddity {
    /// Came at 8:02 and never left.
    NoExit,
    /// Two entries in a row: at 8:01 and 13:34.
    TwoEntries,
}

/// Late work to be found among the punches: what a request for overtime tells of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Late {
    /// Whose.
    pub person: Uuid,
    /// The day; a Saturday perhaps.
    pub day: Date,
    /// From, and to.
    pub from_to: (Time, Time),
}

/// Fills the module's database, from where a seed that was broken off has come. Answers how many punches were written.
///
/// # Errors
/// When the database does not take them.
pub async fn seed(
    db: &Db,
    people: &[SamplePerson],
    late: &[Late],
    now: Timestamp,
    correlation: Uuid,
) -> Result<usize> {
    let heures = Heures::new(db.clone(), house(&definition()?));
    let (mut rows, mut missing): (Vec<PunchRow>, Vec<PunchRow>) = Default::default();
    for (nth, person) in (0_u64..).zip(people) {
        let life = Life { house: &heures.house, nth, person, late, now }.rows();
        let written = heures.version(person.id).await?;
        missing.extend(life.iter().filter(|row| row.seq > written).cloned());
        rows.extend(life);
    }
    missing.sort_by_key(|row| (row.received_at, row.person));
    // One Batch per week, in the order of time; the balances come with the last.
    let mut weeks: BTreeMap<Date, Vec<&PunchRow>> = BTreeMap::new();
    for row in &missing {
        weeks.entry(monday_of(heures.house.day(row.received_at))).or_default().push(row);
    }
    let cause = Cause::new(&Actor::system("sample"), correlation);
    let last = weeks.keys().next_back().copied();
    for (monday, week) in weeks {
        let at = week.last().map_or(now, |row| row.received_at);
        let mut batch = Batch::new(at, cause.clone());
        for row in week {
            batch.write(&sql::HS_ADD_PUNCH, sql::punch_params(row));
            batch.event(events::of_punch(row));
        }
        if Some(monday) == last {
            add_balances(&mut batch, &heures.house, &rows, people, now);
        }
        db.write(batch).await?;
    }
    Ok(missing.len())
}

/// The balances of everybody.
fn add_balances(
    batch: &mut Batch,
    house: &House,
    rows: &[PunchRow],
    people: &[SamplePerson],
    now: Timestamp,
) {
    for person in people {
        let mut mine: Vec<PunchRow> = rows.iter().filter(|row| row.person == person.id).cloned().collect();
        mine.sort_by_key(|row| row.at);
        let (Some(first), Some(last)) = (mine.first(), mine.last()) else { continue };
        let span = (house.day(first.at), house.day(last.at));
        for delta in balance::deltas(house, person.id, &mine, &[], span) {
            batch.write(&sql::HS_ADD_DELTA, sql::delta_params(&delta, now));
        }
    }
}

/// Numbers that look like chance and are the same every time.
struct Dice(u64);

impl Dice {
    fn of(nth: u64, day: Date) -> Self {
        let days = u64::try_from(forms_model::to_days(day)).unwrap_or(0);
        Self(nth.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ days.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    /// The next number (splitmix64).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> i64 {
        i64::try_from(self.next() % n).unwrap_or(0)
    }
}

/// A punch to be: its kind, its instant, and when and by whom it was told if not at once by the person.
struct Draft {
    kind: PunchKind,
    at: Timestamp,
    told: Option<(Timestamp, Uuid, &'static str)>,
}

/// The three months of one person.
struct Life<'a> {
    house: &'a House,
    nth: u64,
    person: &'a SamplePerson,
    late: &'a [Late],
    now: Timestamp,
}

impl Life<'_> {
    fn rows(&self) -> Vec<PunchRow> {
        let today = self.house.day(self.now);
        let monday = monday_of(today);
        let first = monday.checked_sub((WEEKS * 7).days()).unwrap_or(monday);
        let odd = self.last_working_day(today);
        let mut drafts: Vec<Draft> = Vec::new();
        for day in first.series(1.day()).take_while(|day| *day <= today) {
            match self.person.oddity.filter(|_| Some(day) == odd) {
                Some(oddity) => drafts.extend(self.odd_day(oddity, day)),
                None => drafts.extend(self.day(day, day >= monday)),
            }
        }
        drafts.retain(|draft| draft.at <= self.now && draft.told.is_none_or(|(at, ..)| at <= self.now));
        drafts.sort_by_key(|draft| draft.told.map_or(draft.at, |(at, ..)| at));
        drafts.iter().zip(1..).map(|(draft, seq)| self.row(draft, seq)).collect()
    }

    fn last_working_day(&self, today: Date) -> Option<Date> {
        let before = std::iter::successors(today.yesterday().ok(), |day| day.yesterday().ok());
        before.take(10).find(|day| self.house.calendar.is_working_day(*day))
    }

    fn at(&self, day: Date, minute: i64, seconds: i64) -> Timestamp {
        let hour = |n: i64| i8::try_from(n).unwrap_or(0);
        let time = Time::new(hour(minute / 60), hour(minute % 60), 0, 0).unwrap_or_default();
        let start = day.to_datetime(time).to_zoned(self.house.zone.clone());
        start.map_or(self.now, |at| Timestamp::from(at.timestamp()).plus_seconds(seconds))
    }

    fn odd_day(&self, oddity: Oddity, day: Date) -> Vec<Draft> {
        let punch = |kind, minute| Draft { kind, at: self.at(day, minute, 17), told: None };
        match oddity {
            Oddity::NoExit => vec![punch(In, 8 * 60 + 2)],
            Oddity::TwoEntries => {
                vec![punch(In, 8 * 60 + 1), punch(In, 13 * 60 + 34), punch(Out, 16 * 60 + 31)]
            }
        }
    }

    /// The punches of a day: the planned stretches, then late work.
    fn day(&self, day: Date, this_week: bool) -> Vec<Draft> {
        let mut dice = Dice::of(self.nth, day);
        let mut stretches: Vec<(i64, i64)> = Vec::new();
        let away = self.person.away.contains(&day) || (dice.below(45) == 0 && !this_week);
        if self.house.calendar.is_working_day(day) && !away {
            let (start, noon, back) = (478 + dice.below(9), 719 + dice.below(6), 808 + dice.below(6));
            let more = [-12, -6, -3, 0, 0, 2, 4, 9][usize::try_from(dice.below(8)).unwrap_or(0)];
            stretches.extend([(start, noon), (back, back + 420 - (noon - start) + more)]);
        }
        for late in self.late.iter().filter(|late| late.person == self.person.id && late.day == day) {
            let minute = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
            let (from, to) = (minute(late.from_to.0) + 2, minute(late.from_to.1) + 1);
            // Late work that begins where the day ends is one stretch with it.
            match stretches.last_mut() {
                Some(last) if from - last.1 < 10 => last.1 = last.1.max(to),
                _ => stretches.push((from, to)),
            }
        }
        self.punched(day, &stretches, &mut dice, this_week)
    }

    fn punched(&self, day: Date, stretches: &[(i64, i64)], dice: &mut Dice, this_week: bool) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for (start, end) in stretches {
            drafts.push(Draft { kind: In, at: self.at(day, *start, dice.below(60)), told: None });
            drafts.push(Draft { kind: Out, at: self.at(day, *end, dice.below(60)), told: None });
        }
        // Now and then the last exit was forgotten: given the next morning, or added by the manager.
        let luck = dice.below(80);
        if let Some(exit) = drafts.last_mut().filter(|_| !this_week && luck < 2) {
            let told = Timestamp(exit.at.0 / MINUTE * MINUTE);
            exit.at = told;
            exit.told = match self.person.manager.filter(|manager| luck == 1 && *manager != self.person.id) {
                Some(manager) => {
                    Some((told.plus_seconds(41 * 3600), manager, "Sortie oubliée, heure vue ensemble"))
                }
                None => Some((told.plus_seconds(15 * 3600), self.person.id, "Oubli en partant")),
            };
        }
        drafts
    }

    fn row(&self, draft: &Draft, seq: u64) -> PunchRow {
        let (received_at, by, reason) = match draft.told {
            Some((at, by, why)) => (at, by, Some(why.to_owned())),
            None => (draft.at, self.person.id, None),
        };
        let told = draft.told.is_some();
        PunchRow {
            id: self.id(received_at, seq),
            person: self.person.id,
            team: self.person.team,
            seq,
            effect: Effect::Punch,
            kind: draft.kind,
            at: draft.at,
            zone: self.house.zone_name.clone(),
            source: if told { Source::Web } else { Source::Api },
            claimed_at: told.then_some(draft.at),
            received_at,
            corrects: None,
            reason,
            recorded_by: Actor::Person(by).to_string(),
        }
    }

    /// An id that sorts by birth and is the same every time.
    fn id(&self, at: Timestamp, seq: u64) -> Uuid {
        let mut dice = Dice(self.nth.wrapping_mul(1_000_003).wrapping_add(seq));
        let mut rest = [0; 10];
        rest.iter_mut().for_each(|byte| *byte = u8::try_from(dice.below(256)).unwrap_or(0));
        let millis = u64::try_from(at.0 / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }
}
