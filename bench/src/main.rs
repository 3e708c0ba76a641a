//! Benchmarks: figures as ratios against a baseline in the same run. `cargo xtask bench` runs them all;
//! `docs/benchmarks.md` holds the results.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot go on stops")]

mod baseline;
mod flowing;
mod measure;
mod product;
mod reads;
mod toy;
mod writes;

use testkit::Kind;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    println!("flush of 4 kB: median {} µs", measure::flush_micros()?);
    if has("product") {
        println!("\n# The product");
        tokio::task::spawn_blocking(product::run).await??;
    }
    for kind in [Kind::Sqlite, Kind::Postgres] {
        println!("\n# {kind:?}");
        if has("writes") {
            writes::run(kind).await?;
        }
        if has("reads") {
            reads::run(kind).await?;
        }
        if has("flow") {
            flowing::run(kind).await?;
        }
    }
    Ok(())
}
