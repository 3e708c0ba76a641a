//! What is recorded and what is refused, without a database.

use super::world::{at, id, local};
use crate::heures::model::{
    Change, Effect, Neighbours, NewPunch, PunchRow, Refusal, Source, decide_correction, decide_punch,
    next_kind,
};
use crate::heures::week::{parse_week, week_code};
use forms_model::time::PunchKind::{self, In, Out};
use kernel::Timestamp;

const NOW: &str = "2026-11-18T13:07:42Z";

fn row(kind: PunchKind, at: Timestamp) -> PunchRow {
    PunchRow {
        id: id(1),
        person: id(11),
        team: None,
        seq: 1,
        effect: Effect::Punch,
        kind,
        at,
        zone: "Europe/Paris".into(),
        source: Source::Web,
        claimed_at: None,
        received_at: at,
        corrects: None,
        reason: None,
        recorded_by: "person:x".into(),
    }
}

fn new(claimed_at: Option<Timestamp>) -> NewPunch {
    let (person, source) = (id(11), Source::Web);
    NewPunch { person, team: None, kind: None, claimed_at, reason: None, source, for_other: false }
}

fn after(kind: PunchKind, at: Timestamp) -> Neighbours {
    Neighbours { before: Some(row(kind, at)), after: None }
}

#[test]
fn the_next_punch_is_the_opposite_of_the_last_unless_an_exit_was_forgotten() {
    let now = at(NOW);
    assert_eq!(next_kind(None, now, &[]), In);
    assert_eq!(next_kind(Some(&row(In, now.plus_seconds(-3600))), now, &[]), Out);
    assert_eq!(next_kind(Some(&row(Out, now.plus_seconds(-3600))), now, &[]), In);
    assert_eq!(next_kind(Some(&row(In, now.plus_seconds(-17 * 3600))), now, &[]), In);
}

#[test]
fn a_button_pressed_twice_punches_once() {
    let now = at(NOW);
    let decide = |around: &Neighbours| decide_punch(&new(None), around, now, &[]);
    assert_eq!(decide(&after(In, now.plus_seconds(-59))), Err(Refusal::PunchedTwice));
    assert_eq!(decide(&after(In, now.plus_seconds(-60))), Ok((Out, now)));
    let before = Neighbours { before: None, after: Some(row(Out, now.plus_seconds(59))) };
    assert_eq!(decide(&before), Err(Refusal::PunchedTwice));
}

#[test]
fn claimed_times_lie_between_a_week_ago_and_now() {
    let now = at(NOW);
    let decide =
        |claimed: i64| decide_punch(&new(Some(now.plus_seconds(claimed))), &Neighbours::default(), now, &[]);
    assert_eq!(decide(100), Ok((In, now)), "a clock slightly ahead is set back");
    assert_eq!(decide(121), Err(Refusal::InFuture));
    assert_eq!(decide(-7 * 86_400), Ok((In, now.plus_seconds(-7 * 86_400))));
    assert_eq!(decide(-7 * 86_400 - 1), Err(Refusal::TooLate));
    let mut other = NewPunch { for_other: true, ..new(Some(now.plus_seconds(-30 * 86_400))) };
    assert_eq!(decide_punch(&other, &Neighbours::default(), now, &[]), Err(Refusal::ReasonMissing));
    other.reason = Some("Panne de la borne".into());
    assert!(decide_punch(&other, &Neighbours::default(), now, &[]).is_ok());
}

#[test]
fn a_correction_has_a_reason_and_changes_something() {
    let (now, old) = (at(NOW), row(In, local("2026-11-18 08:02")));
    let decide =
        |change: &Change, why: &str| decide_correction(&old, change, why, &Neighbours::default(), now);
    let earlier = Change::Replace { kind: None, at: Some(local("2026-11-18 07:58")) };
    assert_eq!(decide(&earlier, "  "), Err(Refusal::ReasonMissing));
    assert_eq!(decide(&earlier, &"x".repeat(501)), Err(Refusal::ReasonTooLong));
    assert_eq!(decide(&earlier, "Borne"), Ok((Effect::Replace, In, local("2026-11-18 07:58"))));
    assert_eq!(decide(&Change::Void, "Borne"), Ok((Effect::Void, In, old.at)));
    assert_eq!(decide(&Change::Replace { kind: None, at: None }, "x"), Err(Refusal::NothingChanges));
    let tomorrow = Change::Replace { kind: None, at: Some(local("2026-11-19 08:00")) };
    assert_eq!(decide(&tomorrow, "x"), Err(Refusal::InFuture));
}

#[test]
fn weeks_are_read_as_iso_writes_them() {
    for (text, monday) in [("2026-W47", "2026-11-16"), ("2026-W53", "2026-12-28"), ("2027-W01", "2027-01-04")]
    {
        let day = parse_week(text).unwrap();
        assert_eq!((day.to_string().as_str(), week_code(day).as_str()), (monday, text));
    }
    for text in ["2026-W54", "2025-W53", "2026-W00", "2026-47", "x-W47", "26-W47", "2026-W4é"] {
        assert_eq!(parse_week(text), None, "{text}");
    }
}
