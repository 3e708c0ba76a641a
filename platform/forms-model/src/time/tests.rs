use super::*;
use crate::calendar::Calendar;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use kernel::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

fn rules() -> Vec<TimeRules> {
    crate::check(&crate::check::tests::folder("modules/people/src/heures")).unwrap().rules
}

/// Rules without the automatic break.
fn plain() -> Vec<TimeRules> {
    let mut rules = rules();
    rules[0].automatic_break = None;
    rules
}

/// A punch at a local time in Paris: `in 2026-11-02 08:30`.
fn punch(text: &str) -> Punch {
    let (kind, local) = text.split_once(' ').unwrap();
    let zoned = local.parse::<jiff::civil::DateTime>().unwrap().in_tz("Europe/Paris").unwrap();
    let id = Uuid::new_v5_like(text);
    Punch::new(id, PunchKind::parse(kind).unwrap(), zoned.timestamp().into(), "Europe/Paris").unwrap()
}

trait V5Like {
    fn new_v5_like(text: &str) -> Uuid;
}

impl V5Like for Uuid {
    /// An id that depends on the text alone.
    fn new_v5_like(text: &str) -> Uuid {
        let sum = text.bytes().fold(0_u128, |sum, byte| sum.wrapping_mul(257).wrapping_add(u128::from(byte)));
        Uuid::from_u128(sum)
    }
}

fn sheet(punches: &[Punch], from: Date, to: Date, rules: &[TimeRules]) -> Timesheet {
    timesheet(punches, (from, to), rules, Calendar::France, &BTreeMap::new())
}

fn week_of(hours: &[(&str, &str)]) -> Vec<Punch> {
    hours
        .iter()
        .flat_map(|(start, end)| [punch(&format!("in {start}")), punch(&format!("out {end}"))])
        .collect()
}

#[test]
fn a_day_with_a_punched_lunch_has_no_break_taken_off() {
    let punches =
        week_of(&[("2026-11-02 08:30", "2026-11-02 12:00"), ("2026-11-02 13:00", "2026-11-02 17:00")]);
    let sheet = sheet(&punches, date(2026, 11, 2), date(2026, 11, 2), &rules());
    let day = &sheet.days[0];
    assert_eq!(
        (day.worked_minutes, day.planned_minutes, day.delta_minutes, day.break_minutes),
        (450, 420, 30, 0)
    );
    assert_eq!(day.rules.as_deref(), Some("fr-2026"));
}

#[test]
fn the_automatic_break_never_makes_a_longer_day_shorter() {
    let worked = |end: &str| {
        let punches = week_of(&[("2026-11-02 08:00", &format!("2026-11-02 {end}"))]);
        sheet(&punches, date(2026, 11, 2), date(2026, 11, 2), &rules()).days[0].worked_minutes
    };
    assert_eq!(
        [worked("13:59"), worked("14:00"), worked("14:05"), worked("14:20"), worked("15:00")],
        [359, 360, 360, 360, 400]
    );
}

#[test]
fn a_holiday_has_nothing_planned_and_leave_overrides_the_plan() {
    let armistice = date(2026, 11, 11);
    let leave = BTreeMap::from([(date(2026, 11, 12), 0)]);
    let span = (armistice, date(2026, 11, 13));
    let sheet = timesheet(&[], span, &rules(), Calendar::France, &leave);
    assert_eq!(sheet.days.iter().map(|day| day.planned_minutes).collect::<Vec<_>>(), [0, 0, 420]);
    assert_eq!(sheet.days[2].delta_minutes, -420);
}

#[test]
fn missing_punches_are_told_and_count_for_nothing() {
    let punches = [
        punch("out 2026-11-02 07:00"),
        punch("in 2026-11-02 08:00"),
        punch("in 2026-11-02 13:00"),
        punch("out 2026-11-02 17:00"),
        punch("in 2026-11-03 08:00"),
        punch("out 2026-11-04 17:00"),
        punch("in 2026-11-05 09:00"),
    ];
    let sheet = sheet(&punches, date(2026, 11, 2), date(2026, 11, 8), &plain());
    let kinds: Vec<&str> = sheet
        .anomalies
        .iter()
        .map(|anomaly| match anomaly {
            Anomaly::MissingIn(_) => "missing in",
            Anomaly::MissingOut(_) => "missing out",
            Anomaly::TooLong(..) => "too long",
        })
        .collect();
    assert_eq!(kinds, ["missing in", "missing out", "too long"]);
    assert_eq!(sheet.weeks[0].worked_minutes, 240);
    assert_eq!(sheet.open.as_ref().map(|punch| punch.id), Some(punches[6].id));
    assert!(!sheet.is_forgotten(punches[6].at.plus_seconds(3600), &rules()));
    assert!(sheet.is_forgotten(punches[6].at.plus_seconds(17 * 3600), &rules()));
    assert_eq!(
        sheet.anomalies[1].text().fr,
        "Il manque la sortie après l’entrée de 8\u{a0}h\u{a0}00. Indiquez-la."
    );
}

#[test]
fn a_night_shift_is_cut_at_midnight() {
    let punches = week_of(&[("2026-11-02 22:00", "2026-11-03 06:00")]);
    let sheet = sheet(&punches, date(2026, 11, 2), date(2026, 11, 3), &plain());
    assert_eq!(sheet.days.iter().map(|day| day.worked_minutes).collect::<Vec<_>>(), [120, 360]);
}

#[test]
fn nights_of_the_clock_change_have_seven_and_nine_hours() {
    // 22:00 to 06:00: seven hours when summer time begins on 29 March 2026, nine when it ends on 25 October.
    for (before, sunday, minutes) in [("2026-03-28", "2026-03-29", 300), ("2026-10-24", "2026-10-25", 420)] {
        let punches = week_of(&[(&format!("{before} 22:00"), &format!("{sunday} 06:00"))]);
        let day: Date = sunday.parse().unwrap();
        let sheet = sheet(&punches, day.yesterday().unwrap(), day, &plain());
        assert_eq!(sheet.days.iter().map(|day| day.worked_minutes).collect::<Vec<_>>(), [120, minutes]);
    }
    for (day, hours) in [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)] {
        let next = day.tomorrow().unwrap();
        let mut long = plain();
        long[0].longest_shift = 48 * 60;
        let punches = week_of(&[(&format!("{day} 00:00"), &format!("{next} 00:00"))]);
        assert_eq!(sheet(&punches, day, next, &long).days[0].worked_minutes, hours * 60);
        assert_eq!(sheet(&punches, day, next, &long).days[1].worked_minutes, 0);
    }
}

#[test]
fn the_hour_that_comes_twice_is_told_apart_by_its_instant() {
    // 25 October 2026: in at the first 02:30 (summer time), out at the second 02:30 (winter time).
    let at = |text: &str| Timestamp::parse(text).unwrap();
    let punches = [
        Punch::new(Uuid::from_u128(1), PunchKind::In, at("2026-10-25T00:30:00Z"), "Europe/Paris").unwrap(),
        Punch::new(Uuid::from_u128(2), PunchKind::Out, at("2026-10-25T01:30:00Z"), "Europe/Paris").unwrap(),
    ];
    assert_eq!(sheet(&punches, date(2026, 10, 25), date(2026, 10, 25), &plain()).days[0].worked_minutes, 60);
}

#[test]
fn bands_and_warnings_of_a_heavy_week() {
    // Ten and a half hours from Monday to Friday: 52 h 30.
    let day = |n: i8| (format!("2026-11-{:02} 08:00", n), format!("2026-11-{:02} 18:30", n));
    let hours: Vec<(String, String)> = (16..=20).map(day).collect();
    let hours: Vec<(&str, &str)> = hours.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let sheet = sheet(&week_of(&hours), date(2026, 11, 16), date(2026, 11, 22), &plain());
    let week = &sheet.weeks[0];
    assert_eq!((week.iso_year, week.iso_week, week.worked_minutes, week.complete), (2026, 47, 3150, true));
    let bands: Vec<(i64, i64)> = week.bands.iter().map(|band| (band.rate_percent, band.minutes)).collect();
    assert_eq!(bands, [(25, 480), (50, 570)]);
    assert_eq!(week.bands[0].rest_minutes, 600);
    assert_eq!(week.bands[0].basis.reference, "L3121-36");
    assert_eq!(sheet.warnings.len(), 6);
    let text = sheet.warnings[5].text();
    assert_eq!(text.fr, "52\u{a0}h\u{a0}30 dans la semaine, au-delà du maximum de 48\u{a0}h (L3121-20)");
    assert!(sheet.warnings[0].text().en.ends_with("(L3121-18)"));
}

#[test]
fn an_unknown_zone_is_refused_when_the_punch_is_made() {
    assert!(Punch::new(Uuid::nil(), PunchKind::In, Timestamp(0), "Europe/Brest").is_err());
}

/// Shifts of up to 16 hours with pauses between them, around both clock changes and the end of the year.
fn shifts() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let start =
        prop::sample::select(vec!["2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z", "2026-12-29T00:00:00Z"]);
    let lengths = prop::collection::vec((1_i64..20 * 3600, 0_i64..16 * 3600), 0..12);
    (start, lengths).prop_map(|(start, lengths)| {
        let mut at = Timestamp::parse(start).unwrap().0;
        lengths
            .into_iter()
            .map(|(pause, work)| {
                let begin = at + pause * Timestamp::SECOND;
                at = begin + work * Timestamp::SECOND;
                (begin, at)
            })
            .collect()
    })
}

fn punches_of(shifts: &[(i64, i64)]) -> Vec<Punch> {
    let make = |(index, (kind, at)): (usize, (PunchKind, i64))| {
        Punch::new(Uuid::from_u128(index as u128 + 1), kind, Timestamp(at), "Europe/Paris").unwrap()
    };
    shifts
        .iter()
        .flat_map(|(a, b)| [(PunchKind::In, *a), (PunchKind::Out, *b)])
        .enumerate()
        .map(make)
        .collect()
}

fn whole(punches: &[Punch], rules: &[TimeRules]) -> Timesheet {
    let from = punches.first().map_or(date(2026, 1, 1), |p| p.at.to_jiff().to_zoned(p.zone.clone()).date());
    sheet(punches, from, from.checked_add(20.days()).unwrap(), rules)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn splitting_a_shift_anywhere_changes_nothing(shifts in shifts(), which in 0_usize..12, part in 0.0_f64..1.0) {
        let before = whole(&punches_of(&shifts), &rules());
        if let Some((start, end)) = shifts.get(which).copied() {
            let cut = start + ((end - start) as f64 * part) as i64;
            let mut split = shifts.clone();
            split.splice(which..=which, [(start, cut), (cut, end)]);
            let after = whole(&punches_of(&split), &rules());
            prop_assert_eq!(&after.anomalies, &Vec::new());
            prop_assert_eq!(before.days, after.days);
            prop_assert_eq!(before.weeks, after.weeks);
        }
    }

    #[test]
    fn order_and_repetition_of_punches_do_not_matter(shifts in shifts(), seed in any::<u64>()) {
        let punches = punches_of(&shifts);
        let mut shuffled = punches.clone();
        let mut state = seed | 1;
        for index in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(index, (state >> 33) as usize % (index + 1));
        }
        shuffled.extend(punches.iter().take(5).cloned());
        let rules = rules();
        let span = |sheet: Timesheet| (sheet.days, sheet.weeks, sheet.anomalies, sheet.open);
        let from = punches.first().map_or(date(2026, 1, 1), |p| p.at.to_jiff().to_zoned(p.zone.clone()).date());
        let to = from.checked_add(20.days()).unwrap();
        prop_assert_eq!(span(sheet(&punches, from, to, &rules)), span(sheet(&shuffled, from, to, &rules)));
    }

    #[test]
    fn every_second_of_work_is_on_exactly_one_day(shifts in shifts()) {
        let sheet = whole(&punches_of(&shifts), &plain());
        let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
        let worked: i64 = shifts.iter().map(|(a, b)| b - a).sum();
        let counted: i64 = sheet.days.iter().flat_map(|day| &day.intervals).map(|i| i.end.0 - i.start.0).sum();
        prop_assert_eq!(worked, counted);
        for day in &sheet.days {
            for interval in &day.intervals {
                prop_assert_eq!(interval.start.to_jiff().to_zoned(zone.clone()).date(), day.date);
                let last = Timestamp(interval.end.0 - 1);
                prop_assert_eq!(last.to_jiff().to_zoned(zone.clone()).date(), day.date);
            }
        }
    }

    #[test]
    fn any_punches_at_all_give_a_sheet_and_twice_the_same(kinds in prop::collection::vec((any::<bool>(), 0_i64..864_000), 0..40)) {
        let start = Timestamp::parse("2026-10-20T00:00:00Z").unwrap();
        let punches: Vec<Punch> = kinds.iter().enumerate().map(|(index, (entry, second))| {
            let kind = if *entry { PunchKind::In } else { PunchKind::Out };
            Punch::new(Uuid::from_u128(index as u128), kind, start.plus_seconds(*second), "Europe/Paris").unwrap()
        }).collect();
        let rules = rules();
        let sheet = || sheet(&punches, date(2026, 10, 19), date(2026, 11, 2), &rules);
        let (first, again) = (sheet(), sheet());
        prop_assert_eq!(&first, &again);
        // Every punch is used once: in an interval, in an anomaly, or open.
        let paired = pair(&punches, &rules);
        let in_anomalies: usize = paired.anomalies.iter().map(|a| if matches!(a, Anomaly::TooLong(..)) { 2 } else { 1 }).sum();
        prop_assert_eq!(paired.intervals.len() * 2 + in_anomalies + usize::from(paired.open.is_some()), punches.len());
        prop_assert!(first.days.iter().all(|day| day.worked_minutes <= 25 * 60));
    }
}
