//! Benchmarks: figures as ratios against a baseline in the same run. `cargo xtask bench` runs them all;
//! `docs/benchmarks.md` holds the results.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot go on stops")]

mod baseline;
mod carrying;
mod commerce;
mod events;
mod flowing;
mod measure;
mod product;
mod reads;
mod rebuild;
mod toy;
mod writes;

use testkit::Kind;

/// What is measured on one engine only when it is named.
const ENGINES: [&str; 2] = ["sqlite", "postgres"];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let (sizes, wanted): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|w| w.starts_with("n="));
    let (engines, parts): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|w| ENGINES.contains(&w.as_str()));
    let events = sizes.first().and_then(|n| n[2..].parse().ok());
    let size = |otherwise| sizes.first().and_then(|n| n[2..].parse().ok()).unwrap_or(otherwise);
    let has = |name: &str| parts.is_empty() || parts.iter().any(|w| w == name);
    println!("flush of 4 kB: median {} µs", measure::flush_micros()?);
    if has("product") {
        println!("\n# The product");
        tokio::task::spawn_blocking(product::run).await??;
    }
    for (kind, name) in [Kind::Sqlite, Kind::Postgres].into_iter().zip(ENGINES) {
        if !engines.is_empty() && !engines.iter().any(|e| e == name) {
            continue;
        }
        println!("\n# {kind:?}");
        if has("writes") {
            writes::run(kind).await?;
        }
        // Nothing beside it: for a profiler, when it is asked for by name.
        if parts.iter().any(|part| part == "load") {
            writes::load(kind).await?;
        }
        if has("reads") {
            reads::run(kind).await?;
        }
        if has("flow") {
            flowing::run(kind).await?;
        }
        if has("rebuild") {
            rebuild::run(kind, events).await?;
        }
        if has("checkout") {
            tokio::task::spawn_blocking(move || commerce::checkout(kind)).await??;
        }
        if has("sagas") {
            tokio::task::spawn_blocking(move || commerce::sagas(kind)).await??;
        }
        // `n=1000000` for the documented run.
        if has("events") {
            events::run(kind, size(50_000)).await?;
        }
        if has("bus") {
            carrying::run(kind).await?;
        }
    }
    Ok(())
}
