//! The sample's punches: the same every time, in order, quick.

use super::world::{LEA, MARC, WORKSHOP, World, id};
use crate::heures::sample::{Late, Oddity, SamplePerson, seed};
use jiff::civil::{date, time};
use kernel::{Clock, Timestamp};
use testkit::on_both_engines;

fn people() -> Vec<SamplePerson> {
    let mut people: Vec<SamplePerson> =
        (0..12).map(|n| SamplePerson::new(id(LEA + n), Some(id(WORKSHOP)), Some(id(MARC)))).collect();
    people[4].oddity = Some(Oddity::NoExit);
    people[5].oddity = Some(Oddity::TwoEntries);
    people[6].away = vec![date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 18)];
    people
}

on_both_engines! {
    async fn three_months_of_a_workshop(kind) {
        let world = World::new(kind).await;
        let late = [Late { person: id(LEA), day: date(2026, 11, 7), from_to: (time(9, 0, 0, 0), time(11, 30, 0, 0)) }];
        let written = seed(&world.island.db, &people(), &late, world.clock.now(), id(5)).await.unwrap();
        assert!((2800..3400).contains(&written), "{written}");
        let again = seed(&world.island.db, &people(), &late, world.clock.now(), id(6)).await.unwrap();
        assert_eq!(again, 0);
        for n in 0..12 {
            assert_eq!(world.stored(LEA + n).await, world.computed_anew(LEA + n).await);
        }
        let lea = world.stored(LEA).await;
        assert_eq!(lea["2026-11-07"].0, 149, "9:02 to 11:31");
        let mean = lea.values().map(|day| day.0).sum::<i64>() / i64::try_from(lea.len()).unwrap();
        assert!((400..430).contains(&mean), "{mean}");
        let two = world.stored(LEA + 5).await;
        assert_eq!(two["2026-11-17"].2.as_deref(), Some("missing_out"));
        assert!(!world.stored(LEA + 6).await.contains_key("2026-11-17"));
        let wrong = world.stored(LEA + 4).await.values().filter(|day| day.2.is_some()).count();
        assert_eq!(wrong, 1, "entered on Tuesday, entered again on Wednesday");
        world.verify().await;
    }

    async fn the_same_people_and_the_same_present_give_the_same_punches(kind) {
        let mut all = Vec::new();
        for _ in 0..2 {
            let world = World::new(kind).await;
            seed(&world.island.db, &people()[..2], &[], world.clock.now(), id(5)).await.unwrap();
            let always = (Timestamp(0), Timestamp(i64::MAX / 2));
            all.push(world.heures.in_force(id(LEA), always, None).await.unwrap());
        }
        assert!(all[0].len() > 200);
        assert_eq!(all[0], all[1]);
    }
}
