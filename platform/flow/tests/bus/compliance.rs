//! The suite: each test runs embedded and over RabbitMQ, on both engines.

use super::world::{BOTH, Carrier, World, eventually};
use kernel::{Actor, Cause};
use serde_json::json;
use std::sync::atomic::Ordering;
use testkit::on_both_engines;

on_both_engines! {
    async fn order_is_kept_and_each_event_has_its_effect_once(kind) {
        for carrier in BOTH {
            let world = World::new(kind, carrier).await;
            for n in 1..=200 { world.emit(&format!("s{}", n % 7), n).await; }
            world.follow().await;
            for n in 201..=300 { world.emit(&format!("s{}", n % 7), n).await; }
            world.caught_up().await;
            let echoes = world.echoes().await;
            for (s, found) in (0..7).map(|s| (s, &echoes[&format!("s{s}")])) {
                let expected: Vec<i64> = (1..=300).filter(|n| n % 7 == s).collect();
                assert_eq!(found, &expected, "{carrier:?} s{s}");
            }
            assert_eq!(world.total().await, 300 * 301 / 2, "{carrier:?}");
            world.flow.stop().await;
        }
    }

    async fn what_comes_twice_is_applied_once(kind) {
        for carrier in BOTH {
            let world = World::new(kind, carrier).await;
            world.follow().await;
            for n in 1..=50 { world.emit(&format!("s{}", n % 3), n).await; }
            world.caught_up().await;
            match carrier {
                Carrier::RabbitMq => {
                    // Everything again, before the cursor and in the inbox.
                    assert_eq!(world.flow.refeed(true).await.unwrap()["source"], 50);
                    for n in 51..=60 { world.emit("s1", n).await; }
                    world.flow.refeed(true).await.unwrap();
                    world.sent().await;
                }
                Carrier::Embedded => {
                    world.flow.stop().await;
                    let again = world.other_flow();
                    world.put_to_work(&again, "two").await;
                    for n in 51..=60 { world.emit("s1", n).await; }
                    world.caught_up_on(&again).await;
                    again.stop().await;
                }
            }
            world.caught_up().await;
            world.emit("last", 1000).await;
            if carrier == Carrier::RabbitMq {
                // The last comes behind everything that was sent again.
                world.caught_up().await;
                assert_eq!(world.total().await, 60 * 61 / 2 + 1000);
                let counts: usize = world.echoes().await.values().map(Vec::len).sum();
                assert_eq!(counts, 61);
            } else {
                assert_eq!(world.total().await, 60 * 61 / 2);
            }
            world.flow.stop().await;
        }
    }

    async fn poison_parks_its_stream_and_no_other(kind) {
        for carrier in BOTH {
            let world = World::new(kind, carrier).await;
            world.follow().await;
            world.emit("good", 1).await;
            world.emit("bad", 10).await;
            world.emit_as("source.number", "bad", json!({ "n": 100, "poison": true })).await;
            world.emit("bad", 1000).await;
            world.emit("good", 2).await;
            world.caught_up().await;
            assert_eq!(world.total().await, 13, "{carrier:?}");
            let mut letters = world.flow.dead_letters(10).await.unwrap();
            letters.sort_by_key(|letter| letter.position);
            assert_eq!(letters.iter().map(|l| l.cause.as_str()).collect::<Vec<_>>(), ["test", "behind"]);
            assert!(world.flow.replay(&letters[0]).await.is_err(), "still poison");
            world.adder.mended.store(true, Ordering::SeqCst);
            assert_eq!(world.flow.replay(&letters[0]).await.unwrap(), 2);
            world.emit("bad", 5).await;
            world.caught_up().await;
            assert_eq!(world.echoes().await["bad"], [10, 100, 1000, 5], "{carrier:?}: the stream goes on in order");
            assert!(world.flow.dead_letters(10).await.unwrap().is_empty());
            world.flow.stop().await;
        }
    }

    async fn a_dropped_letter_does_not_come_again(kind) {
        for carrier in BOTH {
            let world = World::new(kind, carrier).await;
            world.follow().await;
            world.emit_as("source.number", "bad", json!({ "n": 1, "poison": true })).await;
            world.caught_up().await;
            let letter = world.flow.dead_letters(10).await.unwrap().remove(0);
            let cause = Cause::new(&Actor::system("operator"), testkit::id());
            world.flow.drop_letter(&letter, "typed by mistake", cause).await.unwrap();
            if carrier == Carrier::RabbitMq {
                world.flow.refeed(true).await.unwrap();
            }
            world.emit("good", 2).await;
            world.caught_up().await;
            assert!(world.flow.dead_letters(10).await.unwrap().is_empty());
            assert_eq!(world.total().await, 2, "{carrier:?}");
            world.flow.stop().await;
        }
    }

    async fn what_is_away_is_waited_for_and_nothing_is_lost(kind) {
        for carrier in BOTH {
            let world = World::new(kind, carrier).await;
            *world.adder.away.lock().unwrap() = Some("late".into());
            world.follow().await;
            for n in 1..=3 { world.emit("late", n).await; }
            if carrier == Carrier::RabbitMq {
                // Through a broker the others go on, and what waits keeps its order.
                for n in 4..=6 { world.emit("other", n).await; }
                eventually("the others go on", async || world.total().await == 15).await;
            }
            *world.adder.away.lock().unwrap() = None;
            world.emit("late", 7).await;
            world.caught_up().await;
            assert_eq!(world.echoes().await["late"], [1, 2, 3, 7], "{carrier:?}");
            assert!(world.flow.dead_letters(10).await.unwrap().is_empty());
            world.flow.stop().await;
        }
    }

    async fn a_consumer_may_change_between_log_and_broker(kind) {
        let mut world = World::new(kind, Carrier::RabbitMq).await;
        let host = world.host.take();
        for n in 1..=20 { world.emit("s", n).await; }
        world.follow().await;
        world.caught_up().await;
        world.flow.stop().await;
        world.host = host;
        for (turn, broker) in [true, false, true].into_iter().enumerate() {
            let host = if broker { None } else { world.host.take() };
            world.flow = world.other_flow();
            let from = 21 + turn as i64 * 20;
            for n in from..from + 10 { world.emit("s", n).await; }
            world.follow().await;
            for n in from + 10..from + 20 { world.emit("s", n).await; }
            world.caught_up().await;
            world.flow.stop().await;
            world.host = world.host.take().or(host);
        }
        assert_eq!(world.echoes().await["s"], (1..=80).collect::<Vec<_>>());
    }
}

/// Two types are two queues: what of them is here together is applied in the order of the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_of_one_stream_have_their_effects_once() {
    let world = World::new(testkit::Kind::Sqlite, Carrier::RabbitMq).await;
    for n in 1..=100 {
        let kind = if n % 2 == 0 { "source.number" } else { "source.negative" };
        world.emit_as(kind, "s", json!({ "n": n })).await;
        world.emit_as("internal", "s", json!({ "n": 1000 })).await;
    }
    world.follow().await;
    world.caught_up().await;
    assert_eq!(world.total().await, 100 * 101 / 2 + 100 * 1000, "what has no contract is read from the log");
    world.flow.stop().await;
}
