//! Whatever is sold, taken back, cancelled or refunded, in whichever order the logs are read: the reports are what one
//! would add up by hand.

use super::world::{World, at, days, id, paris};
use crate::reporting::period::Scope;
use crate::reporting::queries::{self, By, Sums};
use contracts::retail::SaleKind;
use kernel::{Timestamp, Uuid};
use std::collections::BTreeMap;
use testkit::on_both_engines;

const SHOPS: [&str; 2] = ["quai", "halle"];
const RATES: [u32; 3] = [2000, 1000, 550];
const FIRST: &str = "2026-10-20";
const LAST: &str = "2026-11-20";

/// Numbers that a seed repeats (xorshift64*, Vigna 2016).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// (day, shop, channel, product, rate) to what went out and what came back, pieces and cents.
type ByHand = BTreeMap<(String, String, &'static str, Uuid, u32), [i64; 4]>;

fn rate_of(product: u128) -> u32 {
    RATES[usize::try_from(product % 3).unwrap()]
}

fn add(
    by_hand: &mut ByHand,
    when: Timestamp,
    shop: &str,
    channel: &'static str,
    line: (u128, i64, i64),
    back: bool,
) {
    let (product, pieces, cents) = line;
    let key = (paris().day(when).day, shop.to_owned(), channel, id(product), rate_of(product));
    let cell = by_hand.entry(key).or_default();
    let from = if back { 2 } else { 0 };
    (cell[from], cell[from + 1]) = (cell[from] + pieces, cell[from + 1] + cents);
}

/// Plays so many sales, and adds them up by hand.
async fn play(world: &World, seed: u64, sales: u128) -> ByHand {
    let (mut chance, mut by_hand) = (Chance(seed), ByHand::new());
    for product in 1..=6 {
        world.product(at("2026-10-01T08:00:00Z"), product, rate_of(product)).await;
    }
    let start = at("2026-10-20T06:00:00Z");
    for n in 100..100 + sales {
        let when = start.plus_seconds(i64::try_from(chance.below(31 * 86_400)).unwrap());
        let later = when
            .plus_seconds(i64::try_from(chance.below(3 * 86_400)).unwrap())
            .min(at("2026-11-20T20:00:00Z"));
        let shop = chance.pick(&SHOPS);
        let mut lines: Vec<(u128, u32, i64)> = Vec::new();
        for _ in 0..=chance.below(3) {
            let product = u128::from(chance.below(6)) + 1;
            if lines.iter().all(|(p, ..)| *p != product) {
                let quantity = u32::try_from(chance.below(4) + 1).unwrap();
                lines.push((product, quantity, i64::try_from(chance.below(20_000)).unwrap()));
            }
        }
        let whole = |back: bool, when: Timestamp, channel: &'static str, by_hand: &mut ByHand| {
            for (product, q, price) in &lines {
                let pieces = i64::from(*q);
                add(by_hand, when, shop, channel, (*product, pieces, pieces * price), back);
            }
        };
        let total: i64 = lines.iter().map(|(_, q, p)| i64::from(*q) * p).sum();
        match chance.below(8) {
            0 => world.order(when, n, shop, &lines).await,
            1 => {
                world.order(when, n, shop, &lines).await;
                world.cancelled(later, n).await;
                // What was let go, or even given back, of an order that never was a sale.
                world.refunded(later, n, chance.pick(&["void", "refund"]), total).await;
            }
            outcome @ 2..=4 => {
                world.order(when, n, shop, &lines).await;
                if outcome == 4 && total > 0 {
                    // The refund is in another log: it may be read before the order is complete.
                    world.refunded(later, n, "refund", total).await;
                    whole(true, later, "web", &mut by_hand);
                } else if outcome == 3 && total > 2 {
                    let part = i64::try_from(chance.below(u64::try_from(total).unwrap() - 1)).unwrap();
                    if part > 0 {
                        world.refunded(later, n, "refund", part).await;
                        let mut before = 0_i64;
                        for (product, q, price) in &lines {
                            let amount = i64::from(*q) * price;
                            let share = part * (before + amount) / total - part * before / total;
                            add(&mut by_hand, later, shop, "web", (*product, 0, share), true);
                            before += amount;
                        }
                    }
                }
                world.completed(when, n).await;
                whole(false, when, "web", &mut by_hand);
            }
            kind => {
                let receipt: Vec<_> = lines.iter().map(|(p, q, c)| (*p, *q, *c, rate_of(*p))).collect();
                let back = kind == 7;
                let said = if back { SaleKind::Return } else { SaleKind::Sale };
                world.receipt(when, said, shop, &receipt).await;
                whole(back, when, "till", &mut by_hand);
            }
        }
    }
    by_hand
}

/// Half-up tax in an amount, taxes included.
fn vat(cents: i64, rate: u32) -> i64 {
    let rate = i64::from(rate);
    (2 * cents * rate + 10_000 + rate) / (2 * (10_000 + rate))
}

/// Sums by hand, grouped by some text of the key.
fn summed(
    by_hand: &ByHand,
    scope: &Scope,
    key: impl Fn(&(String, String, &'static str, Uuid, u32)) -> String,
) -> BTreeMap<String, Sums> {
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    for (cell, [pieces, cents, back, back_cents]) in by_hand {
        let (day, shop, channel, ..) = cell;
        let inside = *day >= scope.from.to_string() && *day <= scope.to.to_string();
        let asked = (scope.shop.is_empty() || scope.shop == *shop)
            && (scope.channel.is_empty() || scope.channel == *channel);
        if inside && asked {
            let sum = sums.entry(key(cell)).or_default();
            sum.pieces += pieces;
            sum.gross_cents += cents;
            sum.returned_pieces += back;
            sum.returned_cents += back_cents;
            sum.vat_cents += vat(*cents, cell.4) - vat(*back_cents, cell.4);
        }
    }
    sums
}

async fn reported(world: &World, by: By, scope: &Scope) -> BTreeMap<String, Sums> {
    let rows = world.ask(queries::sums(by, scope, None, 1000)).await;
    queries::read_sums(by, &rows).unwrap().into_iter().collect()
}

/// Every report of a scope is what one adds up by hand.
async fn agrees(world: &World, by_hand: &ByHand, scope: &Scope) {
    assert_eq!(reported(world, By::Day, scope).await, summed(by_hand, scope, |c| c.0.clone()));
    assert_eq!(reported(world, By::Shop, scope).await, summed(by_hand, scope, |c| c.1.clone()));
    assert_eq!(reported(world, By::Channel, scope).await, summed(by_hand, scope, |c| c.2.to_owned()));
    assert_eq!(reported(world, By::Vat, scope).await, summed(by_hand, scope, |c| c.4.to_string()));
    let products = queries::read_products(&world.ask(queries::products(scope, None, 1000)).await).unwrap();
    assert!(products.is_sorted_by_key(|(id, sums)| (-sums.revenue_cents(), *id)));
    let products: BTreeMap<_, _> = products.into_iter().map(|(id, sums)| (id.to_string(), sums)).collect();
    assert_eq!(products, summed(by_hand, scope, |c| c.3.to_string()));
    let whole = summed(by_hand, scope, |_| String::new()).remove("").unwrap_or_default();
    assert_eq!(queries::read_total(&world.ask(queries::total(scope)).await).unwrap(), whole);
}

on_both_engines! {
    async fn reports_are_what_one_adds_up_by_hand(kind) {
        let world = World::new(kind).await;
        let by_hand = play(&world, 0x5EED, 220).await;
        world.follow();
        world.caught_up().await;
        let all = days(FIRST, LAST);
        agrees(&world, &by_hand, &all).await;
        agrees(&world, &by_hand, &days("2026-10-25", "2026-10-25")).await;
        agrees(&world, &by_hand, &Scope { shop: "quai".into(), ..all.clone() }).await;
        agrees(&world, &by_hand, &Scope { channel: "web".into(), ..days("2026-11-01", LAST) }).await;
        assert!(world.proved().await > 300);
    }

    async fn a_rebuild_beside_says_the_same(kind) {
        let world = World::new(kind).await;
        let by_hand = play(&world, 77, 60).await;
        world.follow();
        world.caught_up().await;
        let before = world.rows().await;
        world.rebuilt().await;
        assert_eq!(world.rows().await, before);
        agrees(&world, &by_hand, &days(FIRST, LAST)).await;
    }

    async fn an_altered_row_is_found(kind) {
        let world = World::new(kind).await;
        play(&world, 5, 20).await;
        world.follow();
        world.caught_up().await;
        world.proved().await;
        world.own.tamper("UPDATE basket_cell SET gross_cents = gross_cents + 1").await;
        let (_, findings) = world.flow.verify_projection("reporting.sales").await.unwrap();
        assert!(findings.iter().any(|f| f.message.contains("gross_cents")), "{findings:#?}");
        assert!(world.rows().await.iter().all(|row| !row.contains("1099511627776")), "nothing stays behind");
    }

    async fn lists_go_on_where_they_were_cut(kind) {
        let world = World::new(kind).await;
        play(&world, 9, 40).await;
        world.follow();
        world.caught_up().await;
        let scope = days(FIRST, LAST);
        let detail = async |after, limit| queries::read_detail(&world.ask(queries::detail(&scope, after, limit)).await).unwrap();
        let products = async |after, limit| queries::read_products(&world.ask(queries::products(&scope, after, limit)).await).unwrap();
        let whole = detail(None, 1000).await;
        let mut paged = Vec::new();
        loop {
            let after = paged.last().map(|d: &queries::Detail| (d.day.clone(), d.shop.clone(), d.channel.clone(), d.product));
            let page = detail(after, 7).await;
            if page.is_empty() { break; }
            paged.extend(page);
        }
        assert_eq!(paged, whole);
        let ranked = products(None, 1000).await;
        let (first, rest) = ranked.split_first().unwrap();
        assert_eq!(products(Some((first.1.revenue_cents(), first.0)), 1000).await, rest);
    }

    async fn what_does_not_add_up_is_parked_and_the_rest_goes_on(kind) {
        let world = World::new(kind).await;
        let when = at("2026-11-18T10:00:00Z");
        let wrong = serde_json::json!({ "transaction_id": id(100), "shop": "quai", "customer_id": id(1), "payment_method": "x",
            "lines": [{ "product_id": id(1), "quantity": 1, "unit_price_cents": 100 }], "total_cents": 99 });
        world.emit(when, "transaction.created", "transaction/100".into(), wrong).await;
        world.completed(when, 100).await;
        world.order(when, 101, "quai", &[(1, 2, 500)]).await;
        world.completed(when, 101).await;
        world.follow();
        world.caught_up().await;
        let total = queries::read_total(&world.ask(queries::total(&days("2026-11-18", "2026-11-18"))).await).unwrap();
        assert_eq!((total.gross_cents, total.pieces), (1000, 2));
        let letters = world.flow.dead_letters(10).await.unwrap();
        let causes: Vec<_> = letters.iter().map(|l| l.cause.as_str()).collect();
        assert!(causes.contains(&"unbalanced") && causes.len() == 2, "{causes:?}");
        world.proved().await;
    }
}
