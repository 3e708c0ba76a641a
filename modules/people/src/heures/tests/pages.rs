//! The pages, read as a browser without scripts reads them.

use super::world::{LEA, MARC, NADIA, WORKSHOP, World, YANN, YARD, id, local};
use axum::http::StatusCode;
use forms_model::time::PunchKind::{In, Out};
use testkit::on_both_engines;
use web::ui::text::typography_faults;

/// The words of a page, without its markup.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.replace("&amp;", "&").split([' ', '\n']).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

async fn shown(world: &World, who: &str, path: &str) -> String {
    let (status, html) = world.page(who, path, None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {html}");
    assert!(!html.contains("style=") && !html.contains("onclick"), "{path}");
    words(&html)
}

on_both_engines! {
    async fn the_clock_is_read_at_a_glance_and_pressed_once(kind) {
        let world = World::new(kind).await;
        let text = shown(&world, "lea", "/heures/pointage").await;
        assert!(text.contains("Pas encore pointé") && text.contains("Pointer l’entrée") && text.contains("14:07"), "{text}");
        world.day(LEA, WORKSHOP, "2026-11-18", &[("08:02", "12:01")]).await;
        world.punch(LEA, In, local("2026-11-18 13:31")).await.unwrap();
        let text = shown(&world, "lea", "/heures/pointage").await;
        assert!(text.contains("Au travail depuis 13\u{202f}h\u{202f}31"), "{text}");
        assert!(text.contains("Aujourd’hui 4\u{202f}h\u{202f}35 sur 7\u{202f}h"), "{text}");
        assert!(text.contains("Fin à 16\u{202f}h\u{202f}32") && text.contains("Pointer la sortie"), "{text}");
        for _ in 0..2 {
            let (status, next) = world.page("lea", "/heures/pointage", Some("kind=out")).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{next}");
            world.clock.advance(1);
        }
        let text = shown(&world, "lea", "/heures/pointage?did=twice").await;
        assert!(text.contains("Sorti à 14\u{202f}h\u{202f}07") && text.contains("était déjà enregistré"), "{text}");
        world.verify().await;
    }

    async fn a_forgotten_punch_is_given_with_what_was_typed_kept(kind) {
        let world = World::new(kind).await;
        world.punch(LEA, In, local("2026-11-17 08:02")).await.unwrap();
        let text = shown(&world, "lea", "/heures/semaine").await;
        assert!(text.contains("Il manque la sortie après l’entrée de 8\u{a0}h\u{a0}02"), "{text}");
        let text = shown(&world, "lea", "/heures/anomalies").await;
        assert!(text.contains("Sortie oubliée") && text.contains("Mar. 17 nov."), "{text}");
        let path = "/heures/pointage/oubli?day=2026-11-17&kind=out";
        let (_, html) = world.page("lea", path, None).await;
        assert!(html.contains("value=\"17/11/2026\""), "{html}");
        let (status, html) = world.page("lea", "/heures/pointage/oubli", Some("kind=out&day=17%2F11%2F2026&time=99")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(html.contains("value=\"99\"") && html.contains("<title>Erreur") && html.contains("Une réponse est à corriger"), "{html}");
        let (status, html) = world.page("lea", "/heures/pointage/oubli", Some("kind=out&day=19%2F11%2F2026&time=8%3A00")).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("Indiquez une heure passée"), "{html}");
        let sent = "kind=out&day=17%2F11%2F2026&time=16%3A32";
        let (status, next) = world.page("lea", "/heures/pointage/oubli", Some(sent)).await;
        assert_eq!((status, next.starts_with("/heures/semaine/2026-W47")), (StatusCode::SEE_OTHER, true), "{next}");
        let text = shown(&world, "lea", &next).await;
        assert!(text.contains("Pointage ajouté") && text.contains("déclarée après coup"), "{text}");
        assert!(shown(&world, "lea", "/heures/anomalies").await.contains("Rien à corriger"));
        assert_eq!(world.stored(LEA).await["2026-11-17"].0, 490);
    }

    async fn the_manager_sees_the_team_and_corrects(kind) {
        let world = World::new(kind).await;
        world.day(MARC, WORKSHOP, "2026-11-17", &[("08:00", "12:00")]).await;
        world.day(YANN, YARD, "2026-11-17", &[("08:00", "12:00")]).await;
        world.day(LEA, WORKSHOP, "2026-11-16", &[("07:00", "12:00"), ("12:30", "18:30")]).await;
        world.punch(LEA, Out, local("2026-11-17 17:00")).await.unwrap();
        let text = shown(&world, "marc", "/heures/equipe").await;
        assert!(text.find("Léa Morvan") < text.rfind("Marc Le Goff") && !text.contains("Yann"), "{text}");
        assert!(text.contains("1 jour") && text.contains("11\u{202f}h"), "{text}");
        assert_eq!(world.page("lea", "/heures/equipe", None).await.0, StatusCode::FORBIDDEN);
        let path = format!("/heures/semaine/2026-W47?person={}", id(LEA));
        let text = shown(&world, "marc", &path).await;
        assert!(text.contains("au-delà du maximum de 10\u{a0}h (L3121-18)") && text.contains("Corriger"), "{text}");
        assert!(!shown(&world, "lea", "/heures/semaine/2026-W47").await.contains("Corriger"));
        let (_, list) = world.get("marc", &format!("/api/v1/heures/punches?person={}&limit=1", id(LEA))).await;
        let form = format!("/heures/correction/{}", list["items"][0]["id"].as_str().unwrap());
        assert_eq!(world.page("lea", &form, None).await.0, StatusCode::FORBIDDEN);
        assert!(shown(&world, "marc", &form).await.contains("Tel qu’il est"));
        let (status, html) = world.page("marc", &form, Some("do=void&reason=")).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("Indiquez le motif"), "{html}");
        let (status, next) = world.page("marc", &form, Some("do=void&reason=Pointage+de+Th%C3%A9o")).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{next}");
        let text = shown(&world, "marc", &next).await;
        assert!(text.contains("Pointage retiré") && text.contains("«\u{a0}Pointage de Théo\u{a0}»"), "{text}");
        let given = format!("person={}&kind=in&day=17%2F11%2F2026&time=8%3A00&reason=Borne", id(LEA));
        let (status, next) = world.page("marc", "/heures/pointage/oubli", Some(&given)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{next}");
        assert!(shown(&world, "lea", &next).await.contains("ajoutée par Marc Le Goff"));
        world.verify().await;
    }

    async fn pages_are_set_well_and_empty_ones_say_what_will_come(kind) {
        let world = World::new(kind).await;
        world.day(LEA, WORKSHOP, "2026-11-16", &[("07:00", "12:00"), ("12:30", "18:30")]).await;
        world.punch(LEA, In, local("2026-11-17 08:02")).await.unwrap();
        let pages = ["pointage", "pointage/oubli", "semaine", "semaine/2026-W45", "anomalies", "equipe", "equipe/2026-W46"];
        for who in ["lea", "marc", "nadia", "yann"] {
            for page in pages {
                let (status, html) = world.page(who, &format!("/heures/{page}"), None).await;
                if status == StatusCode::FORBIDDEN {
                    continue;
                }
                assert_eq!(status, StatusCode::OK, "{page}");
                let faults: Vec<String> = html.split('<').filter_map(|p| p.split_once('>')).flat_map(|(_, text)| typography_faults(text)).collect();
                assert_eq!(faults, Vec::<String>::new(), "{who} {page}");
                assert!(html.len() < 100_000, "{page}: {}", html.len());
            }
        }
        assert!(shown(&world, "yann", "/heures/semaine").await.contains("Aucun pointage cette semaine"));
        assert!(id(NADIA) != id(YANN));
    }

    async fn a_request_is_prefilled_from_the_punches(kind) {
        let world = World::new(kind).await;
        world.day(LEA, WORKSHOP, "2026-11-18", &[("08:02", "12:01"), ("12:30", "13:05")]).await;
        let day = jiff::civil::date(2026, 11, 18);
        let facts = world.heures.facts_of(id(LEA), day).await.unwrap();
        let expected = [("punch_in", 482), ("punch_out", 785), ("week_minutes", 274), ("worked_minutes", 274)];
        assert_eq!(facts.into_iter().collect::<Vec<_>>(), expected.map(|(k, v)| (k.to_owned(), v)));
        let (status, html) = world.page("lea", "/heures/new/HEURE_SUP", None).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("value=\"08:02\"") && html.contains("value=\"13:05\""), "{html}");
        assert_eq!(world.page("lea", "/heures", None).await.0, StatusCode::OK);
        assert_eq!(world.get("lea", "/api/v1/heures/instances").await.0, StatusCode::OK);
    }
}
