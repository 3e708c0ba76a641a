//! A backup is restored on either engine, under its key, and everything in it still holds.

use crate::world::{World, flags};
use archipel::config::resolve;
use archipel::ops::{Command, Say, Voice, run};
use archipel::system::System;
use serde_json::Value as Json;
use std::sync::Arc;
use testkit::{Kind, on_both_engines};

/// Runs an operator's command to its end.
pub async fn operator(system: &Arc<System>, command: Command) -> Result<Json, String> {
    let (voice, mut listener) = Voice::new();
    let task = {
        let system = system.clone();
        tokio::spawn(async move { run(&system, command, voice).await })
    };
    let mut end = None;
    while let Some(say) = listener.recv().await {
        match say {
            Say::Done(answer) => end = Some(Ok(answer)),
            Say::Failed { code, message } => end = Some(Err(format!("{code}: {message}"))),
            Say::Progress(_) | Say::Row(_) => {}
        }
    }
    task.await.unwrap();
    end.expect("a command ends with an answer")
}

async fn from_to(from: Kind, to: Kind) {
    let world = World::new(from).await;
    let people = world.system.edge.people().await.unwrap().people.len();
    let dir = world.folder.path().join("backup");
    let answer = operator(&world.system, Command::Backup { to: dir.clone() }).await.unwrap();
    assert!(answer["warning"].as_str().unwrap().contains("master key"));
    let again = operator(&world.system, Command::Backup { to: dir.clone() }).await.unwrap_err();
    assert!(again.starts_with("backup_exists"), "{again}");

    let (flags, _folder, _server) = flags(to).await;
    let text = std::fs::read_to_string(dir.join("backup.json")).unwrap();
    assert!(!text.contains("password"), "no secret in the manifest");
    let manifest = serde_json::from_str(&text).unwrap();
    let without = System::restore(resolve(&flags).unwrap(), &dir, &manifest, false, &|_| {}).await;
    assert!(format!("{:#}", without.unwrap_err()).contains("--master-key"));
    let mut config = resolve(&flags).unwrap();
    let key = std::fs::read_to_string(world.system.folder.path().join("master.key")).unwrap();
    config.master_key = Some(key.into());
    System::restore(config, &dir, &manifest, true, &|_| {}).await.unwrap();

    let restored = Arc::new(System::boot(resolve(&flags).unwrap(), &|_| {}).await.unwrap());
    assert_eq!(restored.edge.people().await.unwrap().people.len(), people);
    let report = operator(&restored, Command::Verify).await.unwrap();
    assert_eq!(report["holds"], true, "{report}");
    restored.close().await;
    world.close().await;
}

on_both_engines! {
    async fn a_backup_comes_back_on_its_own_engine(kind) {
        from_to(kind, kind).await;
    }

    async fn a_backup_comes_back_on_the_other_engine(kind) {
        from_to(kind, if kind == Kind::Sqlite { Kind::Postgres } else { Kind::Sqlite }).await;
    }

    async fn a_change_behind_the_systems_back_is_named(kind) {
        let world = World::new(kind).await;
        assert_eq!(operator(&world.system, Command::Verify).await.unwrap()["holds"], true);
        world.tamper("auth", "UPDATE user_profiles SET title = 'Directrice' WHERE title = 'Mécanicien'").await;
        let report = operator(&world.system, Command::Verify).await.unwrap();
        let found = report["findings"][0].clone();
        assert!(found["place"].as_str().unwrap().starts_with("user_profiles "), "{report}");
        world.tamper("registry", "UPDATE log SET data = replace(data, 'auth', 'outh') WHERE position = 2").await;
        let report = operator(&world.system, Command::Verify).await.unwrap();
        assert!(report["findings"].as_array().unwrap().iter().any(|f| f["database"] == "registry" && f["place"] == "log 2"), "{report}");
        world.close().await;
    }
}
