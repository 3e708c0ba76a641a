//! What others build on, as it was last published in `api/`: the description of the API, and the contract of each event.
//! A change is published by `cargo xtask bless`, which refuses what would break those who read the version before.

mod breaking;

use crate::world::World;
use breaking::Comparison;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use testkit::Kind;

/// Says to write what is: `1`, or `breaking` to write also what breaks.
const BLESS: &str = "ARCHIPEL_BLESS";
const OPENAPI: &str = "openapi.json";

/// What the program says now, by file.
async fn said(world: &World) -> BTreeMap<String, Json> {
    let mut document = world.as_person("omar").await.get("/api/v1/openapi.json").await.json();
    // Where it runs is not part of what it offers.
    document.as_object_mut().unwrap().remove("servers");
    let mut all = BTreeMap::from([(OPENAPI.to_owned(), document)]);
    for row in world.system.registry.contracts().await.unwrap() {
        let file = format!("events/{}/{}.v{}.json", row.module, row.kind, row.version);
        all.insert(file, row.schema);
    }
    all
}

/// What was published, by file.
fn published(folder: &Path) -> BTreeMap<String, Json> {
    let mut all = BTreeMap::new();
    let mut waiting: Vec<PathBuf> = vec![folder.join("events"), folder.join(OPENAPI)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            all.insert(name, serde_json::from_str(&text).unwrap());
        }
    }
    all
}

fn broken(file: &str, old: &Json, new: Option<&Json>) -> Vec<String> {
    let Some(new) = new else { return vec![format!("{file} is gone")] };
    if file != OPENAPI {
        // The registry keeps each contract as it was published, and refuses another under the same version.
        let changed =
            (old != new).then(|| format!("{file}: a published contract never changes; add a version"));
        return changed.into_iter().collect();
    }
    let mut comparison = Comparison::new(old, new);
    comparison.operations();
    comparison.found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_is_what_the_program_says() {
    let world = World::new(Kind::Sqlite).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api");
    let (old, new) = (published(&folder), said(&world).await);
    world.close().await;
    let breaks: Vec<String> = old.iter().flat_map(|(file, old)| broken(file, old, new.get(file))).collect();
    let bless = std::env::var(BLESS).unwrap_or_default();
    assert!(
        breaks.is_empty() || bless == "breaking",
        "this breaks those who use what was published; add a version, or publish it with \
         `cargo xtask bless --breaking`:\n{}",
        breaks.join("\n")
    );
    if bless.is_empty() {
        let differs = |file: &&String| old.get(*file) != new.get(*file);
        let stale: Vec<&String> = new.keys().filter(differs).collect();
        assert!(stale.is_empty(), "api/ is behind the program; `cargo xtask bless` publishes: {stale:?}");
        return;
    }
    for file in old.keys().filter(|file| !new.contains_key(*file)) {
        std::fs::remove_file(folder.join(file)).unwrap();
    }
    for (file, json) in new {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("{}\n", serde_json::to_string_pretty(&json).unwrap())).unwrap();
    }
}
