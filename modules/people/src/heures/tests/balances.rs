//! Balances: computing what a command touches is computing everything again.

use super::world::{LEA, MARC, WORKSHOP, World, at, id, local};
use crate::heures::balance::PlanRow;
use crate::heures::commands::{Command, Imported};
use crate::heures::model::Change;
use forms_model::time::PunchKind::{self, In, Out};
use kernel::{Timestamp, Uuid};
use testkit::on_both_engines;

/// A small generator of numbers: the same ones in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % n
    }

    fn kind(&mut self) -> PunchKind {
        if self.below(2) == 0 { In } else { Out }
    }

    /// A time in one of three stretches: an ordinary one, and those around both changes of the clock.
    fn time(&mut self) -> Timestamp {
        let starts = ["2026-11-02T00:00:00Z", "2026-03-26T00:00:00Z", "2026-10-22T00:00:00Z"];
        let start = at(starts[usize::try_from(self.below(3)).unwrap()]);
        start.plus_seconds(self.below(6 * 24 * 60) * 60)
    }

    fn change(&mut self) -> Change {
        match self.below(3) {
            0 => Change::Void,
            1 => Change::Replace { kind: Some(self.kind()), at: None },
            _ => Change::Replace { kind: None, at: Some(self.time()) },
        }
    }
}

/// Punches, corrections, plans and imports in any order; refusals are as good as the rest.
async fn anything(world: &World, dice: &mut Dice, known: &mut Vec<Uuid>) {
    match dice.below(10) {
        0..=4 => {
            let (kind, time) = (dice.kind(), dice.time());
            known.extend(world.punch(LEA, kind, time).await.map(|row| row.id));
        }
        5..=7 if !known.is_empty() => {
            let which = usize::try_from(dice.below(i64::try_from(known.len()).unwrap())).unwrap();
            let (punch, change) = (known[which], dice.change());
            known.extend(world.correct(punch, change).await.map(|row| row.id));
        }
        8 => {
            let valid_from =
                jiff::civil::date(2026, 3, 1).saturating_add(jiff::Span::new().days(dice.below(260)));
            let plan = PlanRow { valid_from, minutes: std::array::from_fn(|_| dice.below(600)) };
            world.run(Command::Plan { person: id(LEA), plan }).await.unwrap();
        }
        _ => {
            let imported = |_| Imported { person: id(LEA), team: None, kind: dice.kind(), at: dice.time() };
            let list: Vec<Imported> = (0..5).map(imported).collect();
            let done = world.run(Command::Import(list.clone())).await.unwrap();
            known.extend(done.punches.iter().map(|row| row.id));
            let again = world.run(Command::Import(list)).await.unwrap();
            assert!(again.punches.is_empty() && again.skipped == 5);
        }
    }
}

on_both_engines! {
    async fn what_is_kept_is_what_computing_everything_gives(kind) {
        let world = World::new(kind).await;
        let (mut dice, mut known) = (Dice(47), Vec::new());
        for step in 0..160 {
            anything(&world, &mut dice, &mut known).await;
            if step % 4 == 0 {
                assert_eq!(world.stored(LEA).await, world.computed_anew(LEA).await, "step {step}");
            }
        }
        assert_eq!(world.stored(LEA).await, world.computed_anew(LEA).await);
        assert!(known.len() > 100, "{}", known.len());
        world.verify().await;
    }

    async fn a_night_counts_on_both_of_its_days(kind) {
        let world = World::new(kind).await;
        world.day(LEA, WORKSHOP, "2026-11-16", &[("08:00", "12:00")]).await;
        world.punch(LEA, In, local("2026-11-16 22:00")).await.unwrap();
        assert_eq!(world.stored(LEA).await["2026-11-16"], (240, -180, None));
        world.punch(LEA, Out, local("2026-11-17 03:00")).await.unwrap();
        let stored = world.stored(LEA).await;
        assert_eq!((stored["2026-11-16"].0, stored["2026-11-17"].0), (360, 180));
        // Midnight itself belongs to the day that begins.
        let exit = world.heures.in_force(id(LEA), (local("2026-11-17 00:00"), local("2026-11-18 00:00")), None);
        let exit = exit.await.unwrap().last().unwrap().id;
        let midnight = Change::Replace { kind: None, at: Some(local("2026-11-17 00:00")) };
        world.correct(exit, midnight).await.unwrap();
        let stored = world.stored(LEA).await;
        assert_eq!((stored["2026-11-16"].0, stored["2026-11-17"].0), (360, 0));
        assert_eq!(stored, world.computed_anew(LEA).await);
    }

    async fn days_of_23_and_25_hours(kind) {
        let world = World::new(kind).await;
        // Summer time begins on 29 March 2026 and ends on 25 October: from 1:00 to 4:00 are two and four hours.
        world.day(LEA, WORKSHOP, "2026-03-29", &[("01:00", "04:00")]).await;
        world.day(LEA, WORKSHOP, "2026-10-25", &[("01:00", "04:00")]).await;
        let stored = world.stored(LEA).await;
        assert_eq!((stored["2026-03-29"].0, stored["2026-10-25"].0), (120, 240));
    }

    async fn a_forgotten_exit_shows_when_the_next_entry_comes_and_goes_when_it_is_given(kind) {
        let world = World::new(kind).await;
        world.punch(LEA, In, local("2026-10-30 08:02")).await.unwrap();
        assert_eq!(world.stored(LEA).await["2026-10-30"], (0, -420, None));
        world.day(LEA, WORKSHOP, "2026-11-16", &[("08:00", "12:00")]).await;
        assert_eq!(world.stored(LEA).await["2026-10-30"], (0, -420, Some("missing_out".into())));
        let exit = world.punch(LEA, Out, local("2026-10-30 16:02")).await.unwrap();
        assert_eq!(world.stored(LEA).await["2026-10-30"], (460, 40, None));
        world.correct(exit.id, Change::Void).await.unwrap();
        assert_eq!(world.stored(LEA).await["2026-10-30"], (0, -420, Some("missing_out".into())));
        world.verify().await;
    }

    async fn a_day_without_punches_in_force_has_no_row(kind) {
        let world = World::new(kind).await;
        let punch = world.punch(LEA, In, local("2026-11-16 08:00")).await.unwrap();
        world.correct(punch.id, Change::Void).await.unwrap();
        assert!(world.stored(LEA).await.is_empty());
        let (row, corrected_by) = world.heures.punch_row(punch.id).await.unwrap().unwrap();
        assert_eq!(row, punch, "the row itself stays as it was");
        assert!(corrected_by.is_some());
    }

    async fn many_at_once_for_one_person_are_all_there(kind) {
        let world = std::sync::Arc::new(World::new(kind).await);
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..12 {
            let world = world.clone();
            let kind = if n % 2 == 0 { In } else { Out };
            calls.spawn(async move {
                let time = local("2026-11-16 08:00").plus_seconds(n * 1800);
                // Each round of those who met lets one through; some need more than one call.
                while world.punch(LEA, kind, time).await.is_err_and(|error| error.code == "stale_version") {}
            });
        }
        calls.join_all().await;
        assert_eq!(world.stored(LEA).await["2026-11-16"].0, 180);
        assert_eq!(world.stored(LEA).await, world.computed_anew(LEA).await);
        let stream = world.island.db.stream(&format!("punch/{}", id(LEA)), 0, 100).await.unwrap();
        assert_eq!(stream.len(), 12);
        world.verify().await;
    }

    async fn an_erased_person_is_gone_from_the_log_and_it_still_verifies(kind) {
        let world = World::new(kind).await;
        world.day(LEA, WORKSHOP, "2026-11-16", &[("08:00", "12:00")]).await;
        world.day(MARC, WORKSHOP, "2026-11-16", &[("08:00", "12:00")]).await;
        let cause = kernel::Cause::new(&kernel::Actor::system("test"), id(8));
        world.island.db.erase_subject(id(LEA), at("2026-11-18T13:00:00Z"), cause).await.unwrap();
        let entries = world.island.db.stream(&format!("punch/{}", id(LEA)), 0, 1).await.unwrap();
        let entry = &entries[0];
        let data = world.island.db.data(entry).await.unwrap();
        assert_eq!(data["punch"], serde_json::json!({ "$erased": true }));
        assert!(!entry.data.contains("2026-11-16T07"), "{}", entry.data);
        world.verify().await;
    }
}
