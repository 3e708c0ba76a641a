//! The projection on a database: incremental, rebuilt, side by side, verified.

use super::world::{LEA, MARC, TEAM, World, at, cause, event, heures, id, lea, marc, nadia, person};
use crate::dashboard::tests::counting::delivery;
use crate::dashboard::{NAME, View, verify};
use db::{Batch, Personal};
use flow::{Consumer, DeadLetter};
use kernel::Clock;
use serde_json::json;
use testkit::on_both_engines;

/// Six instances on their way, in two modules.
async fn some_life(world: &World) {
    for n in 1..=6 {
        world.emit(0, event("submit", n, None, "en_attente_chef", "2026-11-16T08:00:00Z")).await;
    }
    for n in 1..=3 {
        world
            .emit(0, event("approve", n, Some("en_attente_chef"), "en_attente_rh", "2026-11-17T08:00:00Z"))
            .await;
    }
    world.emit(0, event("approve", 1, Some("en_attente_rh"), "validee", "2026-11-17T10:24:00Z")).await;
    world.emit(0, event("refuse", 2, Some("en_attente_rh"), "refusee", "2026-11-17T10:30:00Z")).await;
    let mut badge = event("submit", 7, None, "en_attente_chef", "2026-11-17T11:00:00Z");
    badge["module"] = "badges".into();
    world.emit(1, badge).await;
}

on_both_engines! {
    async fn a_rebuild_gives_identical_rows(kind) {
        let world = World::new(kind).await;
        world.follow();
        some_life(&world).await;
        world.caught_up().await;
        let before = world.rows().await;
        world.rebuilt().await;
        assert_eq!(world.rows().await, before);
        let (compared, findings) = verify(&world.own.db, &world.sources, &world.declarations).await.unwrap();
        assert_eq!(findings, vec![]);
        assert!(compared == 20, "{compared}");
    }

    async fn figures_follow_the_readers_keys(kind) {
        let world = World::new(kind).await;
        world.follow();
        some_life(&world).await;
        world.caught_up().await;
        assert_eq!(world.value(&marc(), "heures.open").await, Some(4));
        assert_eq!(world.value(&nadia(), "heures.open").await, Some(4));
        assert_eq!(world.value(&lea(), "heures.open").await, Some(4));
        assert_eq!(world.value(&person(50, &["chef"], &[TEAM + 1]), "heures.open").await, Some(0));
        assert_eq!(world.value(&person(50, &["employee"], &[]), "heures.extra").await, Some(0));
        assert_eq!(world.value(&marc(), "heures.extra").await, Some(150));
        assert_eq!(world.value(&marc(), "heures.delay").await, Some(11), "1 day, 2 hours and 24 minutes");
        assert_eq!(world.value(&marc(), "heures.decided").await, Some(2));
        let nobody = world.readers.figures(&person(51, &["operator"], &[]), world.clock.now()).await.unwrap();
        assert_eq!(nobody, vec![]);
    }

    async fn what_stood_before_is_counted_back(kind) {
        let world = World::new(kind).await;
        world.follow();
        world.emit(0, event("submit", 1, None, "en_attente_chef", "2026-11-03T08:00:00Z")).await;
        world.emit(0, event("submit", 2, None, "en_attente_chef", "2026-11-10T08:00:00Z")).await;
        world.emit(0, event("refuse", 1, Some("en_attente_chef"), "refusee", "2026-11-17T08:00:00Z")).await;
        world.caught_up().await;
        let figures = world.readers.figures(&marc(), world.clock.now()).await.unwrap();
        let open = figures.iter().find(|f| f.id == "heures.open").unwrap();
        let values: Vec<_> = open.points.iter().map(|p| p.value.unwrap()).collect();
        assert_eq!(values, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1]);
        assert_eq!(open.points[11].bucket, "2026-W47");
        assert_eq!(open.computed_at, Some(at("2026-11-17T08:00:00Z")));
    }

    async fn a_declared_figure_is_counted_from_the_beginning(kind) {
        let world = World::new(kind).await;
        let mut fewer = heures();
        fewer.kpis.retain(|kpi| kpi.id == "open");
        world.declarations.declare("heures", fewer).unwrap();
        world.follow();
        some_life(&world).await;
        world.caught_up().await;
        world.declarations.declare("heures", heures()).unwrap();
        world.flow.look_everywhere();
        world.serves_after(1).await;
        assert_eq!(world.value(&marc(), "heures.extra").await, Some(150));
        let (_, findings) = verify(&world.own.db, &world.sources, &world.declarations).await.unwrap();
        assert_eq!(findings, vec![]);
    }

    async fn a_generation_that_is_being_built_is_not_seen(kind) {
        let world = World::new(kind).await;
        world.follow();
        some_life(&world).await;
        world.caught_up().await;
        let (before, count) = (world.value(&marc(), "heures.open").await, world.own.db.rows_of("kpi_item", &["id"]).await.unwrap().len());
        let page = [delivery(1, event("submit", 90, None, "en_attente_chef", "2026-11-16T08:00:00Z"))];
        let effects = View(world.declarations.clone()).handle(&world.own.db, 2, &page).await.unwrap();
        let mut batch = Batch::new(world.clock.now(), cause());
        batch.writes = effects.writes;
        world.own.db.write(batch).await.unwrap();
        assert_eq!(world.value(&marc(), "heures.open").await, before);
        assert_eq!(world.readers.counts(&marc(), world.clock.now()).await.unwrap().all, 4);
        assert!(world.own.db.rows_of("kpi_item", &["id"]).await.unwrap().len() > count);
        let (_, findings) = verify(&world.own.db, &world.sources, &world.declarations).await.unwrap();
        assert_eq!(findings, vec![]);
    }

    async fn verify_finds_what_was_altered(kind) {
        let world = World::new(kind).await;
        world.follow();
        some_life(&world).await;
        world.caught_up().await;
        world.own.tamper("UPDATE kpi_item SET value = value + 1 WHERE id = 'heures.open' AND bucket = '' AND role_scope = 'rh@all'").await;
        world.own.tamper("DELETE FROM backlog_item WHERE module = 'badges'").await;
        let (_, findings) = verify(&world.own.db, &world.sources, &world.declarations).await.unwrap();
        let places: Vec<_> = findings.iter().map(|f| f.place.clone()).collect();
        assert_eq!(places, ["kpi_item heures.open rh@all ".to_owned(), format!("backlog_item badges:{}", id(7))]);
    }

    async fn a_parked_event_is_no_difference(kind) {
        let world = World::new(kind).await;
        world.follow();
        some_life(&world).await;
        let mut strange = event("approve", 4, Some("en_attente_chef"), "validee", "2026-11-17T12:00:00Z");
        strange["version"] = 2.into();
        world.emit(0, strange).await;
        world.emit(0, event("approve", 5, Some("en_attente_chef"), "validee", "2026-11-17T12:00:00Z")).await;
        world.caught_up().await;
        let letters = DeadLetter::list(&world.own.db, 10).await.unwrap();
        assert_eq!(letters.iter().map(|l| (l.consumer.as_str(), l.cause.as_str())).collect::<Vec<_>>(), [(NAME, "unknown_version")]);
        assert_eq!(world.value(&marc(), "heures.open").await, Some(3));
        let (_, findings) = verify(&world.own.db, &world.sources, &world.declarations).await.unwrap();
        assert_eq!(findings, vec![]);
        world.flow.drop_letter(&letters[0], "sent by mistake", cause()).await.unwrap();
        let (_, findings) = verify(&world.own.db, &world.sources, &world.declarations).await.unwrap();
        assert_eq!(findings, vec![]);
    }

    async fn nobody_decides_on_their_own_request(kind) {
        let world = World::new(kind).await;
        world.follow();
        let mut own = event("submit", 1, None, "en_attente_chef", "2026-11-16T08:00:00Z");
        own["payload"]["subject"] = json!(format!("person:{}", id(MARC)));
        world.emit(0, own).await;
        world.emit(0, event("submit", 2, None, "en_attente_chef", "2026-11-16T08:00:00Z")).await;
        world.caught_up().await;
        let now = world.clock.now();
        let to_do = world.readers.backlog(&marc(), now, Default::default(), None, 10).await.unwrap();
        assert_eq!(to_do.iter().map(|i| i.instance.clone()).collect::<Vec<_>>(), [id(2).to_string()]);
        assert_eq!(world.readers.counts(&marc(), now).await.unwrap().all, 1);
        let mine = world.readers.own(&marc(), 10).await.unwrap();
        assert_eq!(mine.iter().map(|i| i.link.clone()).collect::<Vec<_>>(), [format!("/inbox/heures/{}", id(1))]);
    }

    async fn an_erased_person_has_no_title(kind) {
        let world = World::new(kind).await;
        world.follow();
        let personal = Personal { pointer: "/payload/title".into(), subject: id(LEA) };
        let data = event("submit", 1, None, "en_attente_chef", "2026-11-16T08:00:00Z");
        world.emit_personal(0, data, vec![personal]).await;
        world.caught_up().await;
        let title = async || world.readers.own(&lea(), 1).await.unwrap()[0].title.clone();
        assert_eq!(title().await.as_deref(), Some("Heures du samedi 7"));
        world.sources[0].erase_subject(id(LEA), world.clock.now(), cause()).await.unwrap();
        let (_, findings) = verify(&world.own.db, &world.sources, &world.declarations).await.unwrap();
        assert_eq!(findings, vec![]);
        world.rebuilt().await;
        assert_eq!(title().await, None);
    }

    async fn every_statement_is_understood(kind) {
        let world = World::new(kind).await;
        assert!(world.own.db.prepare_all().await.unwrap() > 12);
    }
}
