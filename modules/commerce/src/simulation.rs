//! The choreography without databases: the models and the bank, and messages between them that arrive in any order
//! across sources, twice, or late, while customers, shops, operators and timers do what they like, and processes die
//! before and after every commit. The same seed always plays the same run.
//!
//! What holds at the end (`check.rs`): every order is final, money and goods agree with it and with the bank's own
//! book, nothing is left promised.

mod check;
mod people;
mod permutations;
mod world;

use world::World;

/// Runs in the test command; `cargo xtask soak` sets `ARCHIPEL_RUNS`.
const RUNS: u64 = 20_000;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

/// Plays seeds; a failure prints the command that plays its seed again.
#[test]
fn every_run_ends_in_agreement() {
    let runs = number("ARCHIPEL_RUNS").unwrap_or(RUNS);
    let seeds = number("ARCHIPEL_SEED").map_or(0..runs, |seed| seed..seed + 1);
    for seed in seeds {
        let played = std::panic::catch_unwind(|| World::new(seed).play());
        if let Err(why) = played {
            let test = "simulation::every_run_ends_in_agreement";
            eprintln!("again: ARCHIPEL_SEED={seed} cargo test -p archipel-commerce {test}");
            std::panic::resume_unwind(why);
        }
    }
}
