//! Starting: whose folder it is, which key fits, who may come in, and that a second start is as the first left it.

use crate::world::{World, flags};
use archipel::config::{Config, Flags, resolve};
use archipel::system::System;
use testkit::{Kind, on_both_engines};

async fn refused(flags: &Flags, change: impl FnOnce(&mut Config)) -> String {
    let mut config = resolve(flags).unwrap();
    change(&mut config);
    match System::boot(config, &|_| {}).await {
        Ok(_) => panic!("it must not start"),
        Err(error) => format!("{error:#}"),
    }
}

on_both_engines! {
    async fn a_second_start_finds_what_the_first_left(kind) {
        let world = World::new(kind).await;
        let before = world.system.edge.people().await.unwrap();
        let why = refused(&world.flags, |_| {}).await;
        assert!(why.contains("another process serves"), "{why}");
        world.system.close().await;
        let (flags, system) = (world.flags.clone(), world.system.clone());
        drop(world.system);
        // The lock falls with the last holder.
        drop(system);
        let again = System::boot(resolve(&flags).unwrap(), &|_| {}).await.unwrap();
        let after = again.edge.people().await.unwrap();
        assert_eq!(before.people.len(), after.people.len());
        assert!(after.people.len() >= 12, "the sample company is a dozen people");
        again.close().await;
        drop(again);
        let why = refused(&flags, |config| config.master_key = Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned().into())).await;
        assert!(why.contains("the master key does not fit"), "{why}");
        let data = std::path::PathBuf::from(flags.data.clone().unwrap());
        std::fs::rename(data.join("master.key"), data.join("elsewhere")).unwrap();
        let why = refused(&flags, |_| {}).await;
        assert!(why.contains("the master key is missing"), "{why}");
    }
}

#[tokio::test]
async fn a_folder_of_a_newer_program_is_left_alone() {
    let (flags, ..) = {
        let (f, d, s) = flags(Kind::Sqlite).await;
        std::mem::forget(d);
        (f, s)
    };
    let data = std::path::PathBuf::from(flags.data.clone().unwrap());
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("archipel.json"), r#"{"format": 99}"#).unwrap();
    assert!(refused(&flags, |_| {}).await.contains("newer program"));
    std::fs::write(data.join("archipel.json"), "{").unwrap();
    assert!(refused(&flags, |_| {}).await.contains("damaged"));
    assert_eq!(std::fs::read_to_string(data.join("archipel.json")).unwrap(), "{");
    std::fs::remove_dir_all(data.parent().unwrap()).unwrap();
}

#[tokio::test]
async fn sample_accounts_stay_out_beyond_loopback() {
    let (mut flags, _folder, _server) = flags(Kind::Sqlite).await;
    let system = System::boot(resolve(&flags).unwrap(), &|_| {}).await.unwrap();
    system.close().await;
    drop(system);
    flags.listen = Some("0.0.0.0:0".into());
    let system = System::boot(resolve(&flags).unwrap(), &|_| {}).await.unwrap();
    let world = World::around(system, flags);
    let login = serde_json::json!({ "email": "lea@archipel.test", "password": "archipel" });
    let answer = world.post("/api/v1/auth/login", &login).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    world.close().await;
}

#[test]
fn a_wrong_value_is_named_with_what_was_expected() {
    let cases = [
        (Flags { listen: Some("nowhere".into()), ..Flags::default() }, "listen: `nowhere`"),
        (Flags { placement: Some("x".into()), ..Flags::default() }, "placement: `x`"),
        (Flags { tls_cert: Some("a".into()), ..Flags::default() }, "come together"),
        (Flags { public_url: Some("archipel".into()), ..Flags::default() }, "public-url"),
        (Flags { trusted_proxies: Some(vec!["me".into()]), ..Flags::default() }, "`me` is not an IP address"),
        (Flags { config: Some("/nonexistent.toml".into()), ..Flags::default() }, "does not exist"),
    ];
    for (flags, expected) in cases {
        let error = format!("{:#}", resolve(&flags).unwrap_err());
        assert!(error.contains(expected), "{error}");
    }
}
