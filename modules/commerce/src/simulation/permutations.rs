//! All orders in which the events of one transaction can be heard, with everything that people, timers and the bank
//! can do in between: each state that can be reached is gone through once, and each end is checked.

use super::world::{METHODS, World};
use crate::inventory::model as stock;
use crate::retail::model as shop;
use crate::transaction::model::{Input, Routing, State};
use kernel::Uuid;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// No more states than this are gone through for one token; far more than there are.
const BOUND: usize = 200_000;

/// What makes two worlds the same: everything but the past and the dice.
fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    let known = (&world.deals, &world.payments, &world.promises, &world.levels, &world.orders);
    format!("{known:?}{:?}{:?}{:?}{:?}", world.holds, world.lanes, world.incidents, world.sent_back)
        .hash(&mut hasher);
    hasher.finish()
}

/// What is gone through.
struct Scope {
    method: &'static str,
    /// How much each shop has.
    pieces: &'static [i64],
    /// Another shop may prepare it: then what the bank does and what comes back is left out, which the others go through,
    /// and it begins where the goods are set aside and nobody has heard of it yet.
    reroute: bool,
}

/// The worlds that are one step away. A timer only fires where nothing else would end the transaction.
fn next(world: &World, id: Uuid, scope: &Scope) -> Vec<World> {
    let mut worlds = Vec::new();
    let mut step = |change: &dyn Fn(&mut World)| {
        let mut next = world.clone();
        change(&mut next);
        worlds.push(next);
    };
    for lane in world.open_lanes() {
        step(&|world| world.deliver(lane));
    }
    for refund in world.questions(id).into_iter().filter(|_| !scope.reroute) {
        step(&|world| world.ask(id, refund, false, true, true));
        step(&|world| world.ask(id, refund, true, true, true));
    }
    if matches!(world.deals[&id].0.state, State::Created | State::Paid | State::Reserved) {
        step(&|world| world.decide(id, &Input::Withdrawn));
    }
    // Where the order goes on, and not to its end.
    let with_shop =
        world.deals[&id].0.state == State::Reserved && world.deals[&id].0.routing == Routing::Settled;
    if with_shop && world.deals[&id].0.reroute {
        step(&|world| world.decide(id, &Input::Overdue));
    }
    for input in [shop::Input::Fulfil, shop::Input::Refuse, shop::Input::Deliver] {
        step(&|world| {
            world.shop_does(id, &input);
        });
    }
    if !scope.reroute {
        step(&|world| {
            world.sends_back(id);
        });
        step(&|world| world.stocked(id, &stock::Input::Expired));
    }
    worlds
}

/// Goes through everything that can follow; answers how many states there are.
fn explore(scope: &Scope) -> usize {
    let (id, method) = (Uuid::from_u128(1000), scope.method);
    let mut first = World::empty(0, scope.pieces);
    first.faults = false;
    first.order(id, 2, method, scope.reroute);
    if scope.reroute {
        first.until_reserved(id);
    }
    let (mut seen, mut todo) = (BTreeSet::new(), vec![first]);
    while let Some(world) = todo.pop() {
        let print = fingerprint(&world);
        if !seen.insert(print) {
            continue;
        }
        assert!(seen.len() < BOUND, "{method}: more states than expected");
        // From wherever it stands, the rest goes its way and ends in agreement: from every place where nothing is on
        // its way, and from every eighth of the others.
        if world.open_lanes().is_empty() || print.is_multiple_of(8) {
            world.clone().end(&[id]);
        }
        todo.extend(next(&world, id, scope));
    }
    seen.len()
}

#[test]
fn all_orders_of_one_transaction_end_in_agreement() {
    for method in METHODS {
        let few: &[&[i64]] = if method == METHODS[0] { &[&[0], &[1]] } else { &[] };
        for pieces in few.iter().chain(&[&[2_i64][..]]) {
            let states = explore(&Scope { method, pieces, reroute: false });
            assert!(states > 20, "{method}: only {states} states were reached");
        }
    }
}

#[test]
fn all_orders_of_one_that_may_go_to_another_shop_end_in_agreement() {
    // Another one has it; two others, one after the other; none has enough.
    for pieces in [&[2, 2][..], &[2, 3, 2], &[2, 1]] {
        let states = explore(&Scope { method: METHODS[0], pieces, reroute: true });
        println!("{pieces:?}: {states} states");
        assert!(states > 100, "{pieces:?}: only {states} states were reached");
    }
}
