//! Durable commands per second, against the same statements one transaction each and bare single-row inserts.

use crate::baseline::{self, Raw};
use crate::measure::{REPEAT, Rate, callers, median};
use crate::toy;
use kernel::Uuid;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::{Island, Kind};

/// Rows that commands choose from.
const ITEMS: usize = 20_000;

struct Items(Vec<(Uuid, AtomicU64)>);

/// An island with its items, and the baseline's tables.
async fn prepared(kind: Kind) -> anyhow::Result<(Arc<Island>, Arc<Items>)> {
    let island = Arc::new(Island::durable(kind, toy::schema("bench")).await);
    baseline::prepare(&island, kind).await;
    let ids: Vec<Uuid> = (0..ITEMS).map(|_| testkit::id()).collect();
    for chunk in ids.chunks(500) {
        island.db.write(toy::items(chunk)).await?;
    }
    Ok((island, Arc::new(Items(ids.into_iter().map(|id| (id, AtomicU64::new(0))).collect()))))
}

/// Commands of 256 callers for ten cells, and nothing else.
pub async fn load(kind: Kind) -> anyhow::Result<()> {
    let (island, items) = prepared(kind).await?;
    for _ in 0..10 {
        let rate = archipel(&island, &items, 256).await;
        println!("{:.0}/s, p50 {:.1} ms, p99 {:.1} ms", rate.per_second, rate.p50_ms, rate.p99_ms);
    }
    Ok(())
}

/// Prints a row for each number of callers.
pub async fn run(kind: Kind) -> anyhow::Result<()> {
    let (island, items) = prepared(kind).await?;
    println!(
        "| callers | archipel /s (p50/p99 ms) | own transaction /s | bare insert /s | ratio | ratio to inserts |"
    );
    println!("|---|---|---|---|---|---|");
    for count in [1, 8, 32, 256] {
        let (mut ours, mut own, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..REPEAT {
            ours.push(archipel(&island, &items, count).await);
            own.push(raw(&island, kind, &items, count, false).await);
            bare.push(raw(&island, kind, &items, count, true).await);
        }
        let (ours, own, bare) = (median(ours), median(own), median(bare));
        println!(
            "| {count} | {:.0} ({:.1}/{:.1}) | {:.0} | {:.0} | {:.2} | {:.2} |",
            ours.per_second,
            ours.p50_ms,
            ours.p99_ms,
            own.per_second,
            bare.per_second,
            ours.per_second / own.per_second,
            ours.per_second / bare.per_second
        );
    }
    grouped(&island, kind, &items).await;
    conflicts(&island, &items).await;
    hot_rows(&island, &items).await;
    long_snapshot(&island, kind, &items).await;
    Ok(())
}

/// Each caller has rows of its own, so that versions are known and nothing conflicts.
async fn archipel(island: &Arc<Island>, items: &Arc<Items>, count: usize) -> Rate {
    let (db, items) = (island.db.clone(), items.clone());
    callers(count, move |caller, round| {
        let (db, items) = (db.clone(), items.clone());
        async move {
            let share = ITEMS / count;
            let (id, version) = &items.0[caller * share + round as usize % share];
            db.write(toy::command(*id, version.load(Ordering::Relaxed))).await.unwrap();
            version.fetch_add(1, Ordering::Relaxed);
        }
    })
    .await
}

/// What one connection does with 256 commands a transaction, against 256 callers of ours: the bare statements, and on
/// SQLite the same with their place in the log.
async fn grouped(island: &Arc<Island>, kind: Kind, items: &Arc<Items>) {
    let raw = Arc::new(baseline::connect(island, kind, None).await);
    let (mut ours, mut bare, mut in_order) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REPEAT {
        ours.push(archipel(island, items, 256).await);
        bare.push(groups(&raw, items, false).await);
        if kind == Kind::Sqlite {
            in_order.push(groups(&raw, items, true).await);
        }
    }
    let ours = median(ours).per_second;
    for (name, rates) in [("", bare), (", each in its place in the log", in_order)] {
        if !rates.is_empty() {
            let best = median(rates).per_second * 256.0;
            let ratio = ours / best;
            println!(
                "256 callers: {ours:.0}/s; one connection in groups of 256{name}: {best:.0}/s; ratio {ratio:.2}"
            );
        }
    }
}

async fn groups(raw: &Arc<Raw>, items: &Arc<Items>, in_order: bool) -> Rate {
    let (raw, items) = (raw.clone(), items.clone());
    callers(1, move |_, round| {
        let (raw, items) = (raw.clone(), items.clone());
        async move {
            let from = (round as usize * 256) % (ITEMS - 256);
            let group: Vec<Uuid> = items.0[from..from + 256].iter().map(|(id, _)| *id).collect();
            if in_order {
                raw.grouped_in_order(&group).await;
            } else {
                raw.grouped(&group).await;
            }
        }
    })
    .await
}

/// Thirty-two callers on 1,000 rows that they share, each trying again when another was faster, against rows of their
/// own.
async fn hot_rows(island: &Arc<Island>, items: &Arc<Items>) {
    let (mut hot, mut own) = (Vec::new(), Vec::new());
    for _ in 0..REPEAT {
        own.push(archipel(island, items, 32).await);
        let (db, items) = (island.db.clone(), items.clone());
        hot.push(
            callers(32, move |caller, round| {
                let (db, items) = (db.clone(), items.clone());
                async move {
                    let (id, version) = &items.0[(caller * 7919 + round as usize * 104_729) % 1000];
                    while db.write(toy::command(*id, version.load(Ordering::SeqCst))).await.is_err() {
                        tokio::task::yield_now().await;
                    }
                    version.fetch_add(1, Ordering::SeqCst);
                }
            })
            .await,
        );
    }
    let (hot, own) = (median(hot), median(own));
    println!(
        "32 callers on 1,000 hot rows: {:.0}/s (p99 {:.1} ms) against {:.0}/s on rows of their own, ratio {:.2}",
        hot.per_second,
        hot.p99_ms,
        own.per_second,
        hot.per_second / own.per_second
    );
}

/// The rate while somebody reads from one old snapshot all the time, against the rate without.
async fn long_snapshot(island: &Arc<Island>, kind: Kind, items: &Arc<Items>) {
    let reader = baseline::connect(island, kind, None).await;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..REPEAT {
        without.push(archipel(island, items, 32).await);
        reader.hold().await;
        with.push(archipel(island, items, 32).await);
        reader.release().await;
    }
    let (with, without) = (median(with).per_second, median(without).per_second);
    println!("a long snapshot held: {with:.0}/s against {without:.0}/s without, ratio {:.2}", with / without);
}

/// One stale version in ten, against none.
async fn conflicts(island: &Arc<Island>, items: &Arc<Items>) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..REPEAT {
        without.push(archipel(island, items, 32).await);
        let (db, items) = (island.db.clone(), items.clone());
        with.push(
            callers(32, move |caller, round| {
                let (db, items) = (db.clone(), items.clone());
                async move {
                    let share = ITEMS / 32;
                    let (id, version) = &items.0[caller * share + round as usize % share];
                    let now = version.load(Ordering::Relaxed);
                    let stale = round % 10 == 9;
                    let done = db.write(toy::command(*id, if stale { now + 7 } else { now })).await.is_ok();
                    assert_ne!(done, stale);
                    version.fetch_add(u64::from(done), Ordering::Relaxed);
                }
            })
            .await,
        );
    }
    let (with, without) = (median(with).per_second, median(without).per_second);
    println!(
        "one stale version in ten at 32 callers: {with:.0}/s against {without:.0}/s without, ratio {:.2}",
        with / without
    );
}

async fn raw(island: &Arc<Island>, kind: Kind, items: &Arc<Items>, count: usize, bare: bool) -> Rate {
    // A server takes only so many connections; the callers beyond share theirs in turn.
    let connections = count.min(80);
    let first = baseline::connect(island, kind, None).await;
    let mut all = vec![Arc::new(tokio::sync::Mutex::new(first))];
    while all.len() < connections {
        let shared = all[0].lock().await;
        let next = baseline::connect(island, kind, Some(&shared)).await;
        drop(shared);
        all.push(Arc::new(tokio::sync::Mutex::new(next)));
    }
    let (all, items): (Arc<Vec<Arc<tokio::sync::Mutex<Raw>>>>, _) = (Arc::new(all), items.clone());
    callers(count, move |caller, round| {
        let (all, items) = (all.clone(), items.clone());
        async move {
            let connection = all[caller % all.len()].lock().await;
            if bare {
                connection.insert().await;
            } else {
                let share = ITEMS / count;
                connection.command(items.0[caller * share + round as usize % share].0).await;
            }
        }
    })
    .await
}
