//! Days are the shop's: two of the year are an hour shorter or longer, and a sale at midnight belongs to one of them.

use super::world::{World, at, days, paris};
use crate::reporting::queries::{self, By};
use contracts::retail::SaleKind;
use kernel::Timestamp;
use testkit::on_both_engines;

on_both_engines! {
    async fn a_sale_belongs_to_the_day_of_its_shop(kind) {
        let world = World::new(kind).await;
        // Midnight in Paris is 23:00 UTC in winter and 22:00 in summer; the clocks change at 01:00 UTC.
        let receipts = [
            ("2026-03-28T22:59:59Z", "2026-03-28"), ("2026-03-28T23:00:00Z", "2026-03-29"),
            ("2026-03-29T21:59:59Z", "2026-03-29"), ("2026-03-29T22:00:00Z", "2026-03-30"),
            ("2026-10-24T21:59:59Z", "2026-10-24"), ("2026-10-24T22:00:00Z", "2026-10-25"),
            ("2026-10-25T00:30:00Z", "2026-10-25"), ("2026-10-25T01:30:00Z", "2026-10-25"),
            ("2026-10-25T22:59:59Z", "2026-10-25"), ("2026-10-25T23:00:00Z", "2026-10-26"),
        ];
        for (when, _) in receipts {
            world.receipt(at(when), SaleKind::Sale, "quai", &[(1, 1, 100, 2000)]).await;
        }
        world.follow();
        world.caught_up().await;
        let rows = world.ask(queries::sums(By::Day, &days("2026-03-01", "2026-10-31"), None, 100)).await;
        let rows = queries::read_sums(By::Day, &rows).unwrap();
        let found: Vec<(String, i64)> = rows.into_iter().map(|(day, sums)| (day, sums.pieces)).collect();
        let mut wanted: Vec<(String, i64)> = Vec::new();
        for (_, day) in receipts {
            match wanted.last_mut() {
                Some((last, n)) if last == day => *n += 1,
                _ => wanted.push((day.to_owned(), 1)),
            }
        }
        assert_eq!(found, wanted);
        // The instants that a period stands for, and the days of the receipts, are the same set.
        let scope = days("2026-10-25", "2026-10-25");
        let (from, to) = paris().span(scope.from, scope.to);
        let inside = receipts.iter().filter(|(when, _)| (from.0..to.0).contains(&at(when).0)).count();
        assert_eq!((inside, (to.0 - from.0) / Timestamp::SECOND), (4, 25 * 3600));
    }

    async fn a_change_of_rate_counts_from_its_day_on(kind) {
        let world = World::new(kind).await;
        world.product(at("2026-11-01T08:00:00Z"), 1, 2000).await;
        world.product(at("2026-11-10T08:00:00Z"), 1, 550).await;
        for (n, when) in [(100, "2026-11-09T12:00:00Z"), (101, "2026-11-10T12:00:00Z")] {
            world.order(at(when), n, "quai", &[(1, 1, 10_550)]).await;
            world.completed(at(when), n).await;
        }
        world.follow();
        world.caught_up().await;
        let rows = world.ask(queries::sums(By::Vat, &days("2026-11-01", "2026-11-30"), None, 10)).await;
        let rows = queries::read_sums(By::Vat, &rows).unwrap();
        let vat: Vec<_> = rows.iter().map(|(rate, sums)| (rate.as_str(), sums.vat_cents, sums.net_cents())).collect();
        assert_eq!(vat, [("550", 550, 10_000), ("2000", 1758, 8792)]);
    }
}
