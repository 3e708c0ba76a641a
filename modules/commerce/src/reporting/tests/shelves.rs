//! Shelves: since when nothing is left, how long that lasted, and what is nearly gone.

use super::world::{World, at, id};
use crate::reporting::queries;
use kernel::Timestamp;
use testkit::on_both_engines;

on_both_engines! {
    async fn a_shelf_is_out_from_the_last_piece_to_the_next(kind) {
        let world = World::new(kind).await;
        world.follow();
        let hour = |n: i64| at("2026-11-18T00:00:00Z").plus_seconds(3600 * n);
        for (n, on_hand, reserved) in [(0, 5, 0), (1, 5, 5), (2, 3, 3), (3, 6, 3), (4, 3, 3), (5, 0, 0)] {
            world.stock(hour(n), "quai", 1, on_hand, reserved).await;
            // One page each, so that nothing is told by a page alone.
            world.caught_up().await;
        }
        world.stock(hour(5), "quai", 2, 2, 0).await;
        world.stock(hour(5), "halle", 1, 50, 0).await;
        world.caught_up().await;
        let low = queries::low(world.db(), 3, "", None, 10).await.unwrap();
        let told: Vec<_> = low.iter().map(|s| (s.product, s.on_hand - s.reserved, s.out_since)).collect();
        assert_eq!(told, [(id(1), 0, Some(hour(4))), (id(2), 2, None)]);
        let rest = queries::low(world.db(), 3, "", Some(queries::place(&low[0])), 10).await.unwrap();
        assert_eq!(rest, low[1..]);
        let outs = queries::outs(world.db(), (hour(0), hour(24)), hour(6), "").await.unwrap();
        let told: Vec<_> = outs.iter().map(|o| (o.product, o.times, o.micros / Timestamp::SECOND)).collect();
        assert_eq!(told, [(id(1), 2, 4 * 3600)]);
        let outs = queries::outs(world.db(), (hour(2), hour(3)), hour(6), "quai").await.unwrap();
        assert_eq!((outs[0].times, outs[0].micros / Timestamp::SECOND), (1, 3600));
        // In one page it comes to the same.
        let before = world.rows().await;
        world.rebuilt().await;
        assert_eq!(world.rows().await, before);
        assert!(world.proved().await > 0);
    }
}
