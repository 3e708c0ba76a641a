//! SQLite's write-ahead log while everybody writes: checkpoints keep it short, though no moment is quiet.

use crate::island::{create, schema};
use std::sync::Arc;
use testkit::{Island, Kind};
use tokio::task::JoinSet;

/// What may be there before a checkpoint has caught up: twice the size at which one is asked for at the latest.
const BOUND: u64 = 128 << 20;
const CALLERS: usize = 8;
/// Writes of each caller, of about 100 kB each with the index: 200 MB in all.
const WRITES: usize = 250;

#[tokio::test(flavor = "multi_thread")]
async fn it_stays_short_under_steady_writes() {
    let island = Arc::new(Island::durable(Kind::Sqlite, schema()).await);
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let island = island.clone();
        callers.spawn(async move {
            let mut longest = 0;
            for _ in 0..WRITES {
                let id = testkit::id();
                island.db.write(create(id, &format!("{id}{}", "x".repeat(50_000)))).await.unwrap();
                longest = longest.max(wal_bytes(&island));
            }
            longest
        });
    }
    let longest = callers.join_all().await.into_iter().max().unwrap_or(0);
    assert!(longest > 0, "there is a WAL to look at");
    assert!(longest < BOUND, "the WAL grew to {} MB", longest >> 20);
}

fn wal_bytes(island: &Island) -> u64 {
    let files = std::fs::read_dir(island.folder()).unwrap().flatten();
    let wal = files.filter(|file| file.path().to_string_lossy().ends_with("-wal"));
    wal.filter_map(|file| file.metadata().ok()).map(|found| found.len()).max().unwrap_or(0)
}
