//! Two who would send the same log: one holds the lease, and one that was overtaken moves nothing.

use super::world::{Carrier, World, eventually};
use kernel::Clock;
use testkit::on_both_engines;

on_both_engines! {
    async fn a_rival_waits_for_the_lease_and_goes_on_where_the_holder_was(kind) {
        let world = World::new(kind, Carrier::RabbitMq).await;
        world.follow().await;
        for n in 1..=20 { world.emit(&format!("s{}", n % 4), n).await; }
        world.caught_up().await;
        let rival = world.other_flow();
        world.put_to_work(&rival, "two").await;
        for n in 21..=40 { world.emit(&format!("s{}", n % 4), n).await; }
        world.caught_up().await;
        assert_eq!(world.total().await, 40 * 41 / 2);
        // The holder ends without a word; its lease runs out.
        world.flow.stop().await;
        world.clock.advance(60);
        for n in 41..=60 { world.emit(&format!("s{}", n % 4), n).await; }
        world.caught_up_on(&rival).await;
        assert_eq!(world.total().await, 60 * 61 / 2);
        for (stream, echoes) in world.echoes().await {
            assert!(echoes.is_sorted(), "{stream}: {echoes:?}");
        }
        rival.stop().await;
    }

    async fn a_holder_that_was_overtaken_moves_no_cursor(kind) {
        let world = World::new(kind, Carrier::RabbitMq).await;
        world.follow().await;
        world.emit("s", 1).await;
        world.caught_up().await;
        world.sent().await;
        // Its lease is taken while it sleeps: as by a process that was started when this one was stopped.
        let now = world.clock.now();
        world.clock.advance(600);
        let sql = "UPDATE lease SET holder = 'thief', epoch = epoch + 1, held_until = ";
        let far = world.clock.now().plus_seconds(3600).0;
        tamper(&world, &format!("{sql}{far}")).await;
        world.emit("s", 2).await;
        eventually("it finds that it was overtaken", async || {
            let status = world.flow.bus_status().await.unwrap().unwrap();
            status.relay.iter().all(|lag| lag.position < 2)
        })
        .await;
        assert_eq!(world.total().await, 1, "{now}");
        // The thief lets go.
        tamper(&world, "UPDATE lease SET held_until = 0").await;
        world.caught_up().await;
        assert_eq!(world.echoes().await["s"], [1, 2]);
        world.flow.stop().await;
    }
}

/// Changes the lease behind the product's back.
async fn tamper(world: &World, sql: &str) {
    match world.own.server_url() {
        None => testkit::tamper_file(&world.own.folder().join("source.sqlite"), sql),
        Some(_) => world.own.tamper(&sql.replace("lease", "source.lease")).await,
    }
}
