//! The pages as browsers ask for them, without scripts.

use super::world::World;
use testkit::on_both_engines;

const GOOD: [(&str, &str); 5] = [
    ("objet", "Clé dynamométrique"),
    ("quantite", "2"),
    ("unite", "92,45"),
    ("motif", "L’ancienne est faussée"),
    ("mode", "paie"),
];

fn with<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = GOOD.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    kept.chain(changed).copied().collect()
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "«{part}» is missing in {text}");
    }
}

on_both_engines! {
    async fn a_form_says_what_it_asks_and_what_follows(kind) {
        let world = World::new(kind).await;
        let page = world.page("lea", "/essai/new/DEPENSE").await;
        assert_eq!(page.status, 200);
        has(
            &page.text,
            &[
                "Déclarer une dépense",
                "<legend>Prix</legend>",
                "Toutes taxes comprises",
                "Fin du mois",
                "Ce qui va se passer",
                "Marc Le Goff décide",
                "Sous 3 jours ouvrés, avant le lundi 16",
                "Nadia Benali contrôle",
                "Accordée",
                "Envoyer à Marc Le Goff",
                "Garder en brouillon",
                "data-derive=\"/essai/new/DEPENSE/derive\"",
                "value=\"1\"",
                "Premier jour",
                "(facultatif)",
            ],
        );
        assert!(!page.text.contains("Pourquoi maintenant"), "the reason is asked for beyond 100 €");
    }

    async fn answers_bring_questions_while_they_are_typed(kind) {
        let world = World::new(kind).await;
        let part = world.submit("lea", "/essai/new/DEPENSE/derive", &with(&[("motif", "")])).await;
        assert_eq!(part.status, 200);
        has(&part.text, &["184,90", "id=\"_group-motif\"", "Pourquoi maintenant", "id=\"montant\"", "id=\"_next\""]);
        let cheap = world.submit("lea", "/essai/new/DEPENSE/derive", &with(&[("quantite", "1")])).await;
        has(&cheap.text, &["92,45"]);
        assert!(!cheap.text.contains("Pourquoi maintenant"), "{}", cheap.text);
    }

    async fn a_failed_send_keeps_everything(kind) {
        let world = World::new(kind).await;
        let hostile = "</textarea><script>alert(1)</script>";
        let page = world.submit("lea", "/essai/new/DEPENSE", &with(&[("quantite", "deux"), ("objet", hostile), ("mode", ""), ("_do", "submit")])).await;
        assert_eq!(page.status, 422);
        has(&page.text, &["Deux réponses sont à corriger", "href=\"#quantite\"", "href=\"#mode\"", "value=\"deux\"",
            "value=\"&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;\"", "L’ancienne est faussée", "Erreur\u{a0}: "]);
        assert!(!page.text.contains("<script>alert"));
        assert_eq!(world.get("lea", "/essai/instances").await.ok(200)["items"], serde_json::json!([]));
    }

    async fn a_request_is_sent_once_even_if_its_form_is_sent_twice(kind) {
        let world = World::new(kind).await;
        let id = "0190a1b2-0000-7000-8000-000000000001";
        let fields = with(&[("_id", id), ("_do", "submit")]);
        let first = world.submit("lea", "/essai/new/DEPENSE", &fields).await;
        let second = world.submit("lea", "/essai/new/DEPENSE", &fields).await;
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303), "{}", second.text);
        assert_eq!(first.location, format!("/essai/{id}?did=submit&number=ES-2026-0001"));
        assert_eq!(second.location, first.location);
        let page = world.page("lea", &first.location).await;
        assert_eq!(page.status, 200);
        has(
            &page.text,
            &[
                "Demande envoyée\u{a0}: ES-2026-0001",
                "En cours chez Marc Le Goff",
                "184,90",
                "Votre commentaire",
                "Cette décision revient à Marc Le Goff.",
                "Nadia Benali contrôle",
            ],
        );
        // Somebody else does not take over an id.
        let stolen = world.submit("erwan", "/essai/new/DEPENSE", &fields).await;
        assert_eq!(stolen.status, 409);
    }

    async fn a_draft_goes_on_and_is_thrown_away(kind) {
        let world = World::new(kind).await;
        let kept = world.submit("lea", "/essai/new/DEPENSE", &[("objet", "Gants"), ("_do", "draft")]).await;
        assert_eq!(kept.status, 303, "{}", kept.text);
        let path = kept.location.split('?').next().unwrap().to_owned();
        let page = world.page("lea", &kept.location).await;
        has(&page.text, &["Brouillon enregistré\u{a0}: ES-2026-0001", "value=\"Gants\"", "Supprimer le brouillon", "name=\"_revision\" value=\"1\""]);
        let own = path.trim_end_matches("/edit").to_owned();
        assert_eq!(world.page("lea", &own).await.location, path);
        assert_eq!(world.page("marc", &own).await.status, 404);
        let stale = world.submit("lea", &path, &with(&[("_revision", "7"), ("_do", "draft")])).await;
        assert_eq!(stale.status, 409);
        has(&stale.text, &["Quelqu’un a changé", "value=\"Clé dynamométrique\""]);
        let delete = format!("{own}/delete");
        has(&world.page("lea", &delete).await.text, &["Supprimer ce brouillon", "Personne d’autre ne l’a vu."]);
        let gone = world.submit("lea", &delete, &[("_revision", "1")]).await;
        assert_eq!(gone.location, "/essai?did=delete&number=ES-2026-0001");
        has(&world.page("lea", &gone.location).await.text, &["Brouillon supprimé", "Aucune demande pour l’instant"]);
        world.verified().await;
    }

    async fn the_inbox_shows_all_a_decision_needs_and_goes_on_to_the_next(kind) {
        let world = World::new(kind).await;
        let first = world.sent("lea").await;
        world.clock.advance(60);
        let second = world.sent("lea").await;
        let opened = world.page("marc", "/inbox").await;
        assert_eq!((opened.status.as_u16(), opened.location.clone()), (303, format!("/inbox/essai/{first}")));
        let page = world.page("marc", &opened.location).await;
        has(&page.text, &["À décider 2", "Suivies", "Terminées", "Attend votre décision", "ES-2026-0001", "Léa Morvan, Atelier moteurs, envoyée le 10 novembre à",
            "Votre décision", "Nadia Benali contrôle", "Pourquoi vous", "Vous êtes responsable de l’équipe Atelier moteurs.",
            "Sans décision, elle passe aussi à Nadia Benali", "data-key=\"a\"", "data-key=\"r\"", "Refuser…", "data-live=\"/inbox/live\"",
            "184,90", "L’ancienne est faussée", "Suivi"]);
        let next = world.submit("marc", &format!("/inbox/essai/{first}/approve"), &[("_revision", "1")]).await;
        assert_eq!(next.location, format!("/inbox/essai/{second}?did=approve&number=ES-2026-0001"), "{}", next.text);
        has(&world.page("marc", &next.location).await.text, &["Demande approuvée\u{a0}: ES-2026-0001", "À décider 1"]);
        let step = format!("/inbox/essai/{second}/refuse");
        has(&world.page("marc", &step).await.text, &["Refuser cette demande", "Léa en lira le motif.", "name=\"comment\""]);
        let bare = world.submit("marc", &step, &[("_revision", "1"), ("comment", " ")]).await;
        assert_eq!(bare.status, 422);
        has(&bare.text, &["Écrivez le motif", "href=\"#comment\""]);
        let done = world.submit("marc", &step, &[("_revision", "1"), ("comment", "Trop <b>cher</b>")]).await;
        assert_eq!(done.location, "/inbox?did=refuse&number=ES-2026-0002");
        has(&world.page("marc", &done.location).await.text, &["Rien à décider", "Demande refusée"]);
        let over = world.page("marc", "/inbox?part=over").await.location;
        let page = world.page("marc", &over).await.text;
        has(&page, &["Trop &lt;b&gt;cher&lt;/b&gt;", "Refusée"]);
        assert!(!page.contains("<b>cher</b>"));
        world.verified().await;
    }

    async fn a_decision_that_came_too_late_is_told_on_the_request(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        world.step("helene", &sent, "refuse", serde_json::json!({ "comment": "Non" })).await.ok(200);
        let late = world.submit("marc", &format!("/inbox/essai/{sent}/approve"), &[("_revision", "1")]).await;
        assert_eq!(late.status, 409);
        has(&late.text, &["Quelqu’un a changé cette demande", "Hélène Stéphan", "Refusée"]);
        // Erwan sees nothing of it.
        assert_eq!(world.page("erwan", &format!("/inbox/essai/{sent}")).await.status, 404);
        assert_eq!(world.submit("erwan", &format!("/inbox/essai/{sent}/approve"), &[]).await.status, 404);
    }

    async fn the_list_says_whose_and_how_it_stands(kind) {
        let world = World::new(kind).await;
        world.sent("lea").await;
        let own = world.page("lea", "/essai").await.text;
        has(&own, &["Déclarer une dépense", "Dépense, Clé dynamométrique", "ES-2026-0001 · en cours chez Marc Le Goff", "1 demande", "CSV"]);
        assert!(!own.contains("Toutes</a>"), "who sees only their own is not asked whose");
        has(&world.page("marc", "/essai").await.text, &["Aucune demande pour l’instant", "Toutes"]);
        has(&world.page("marc", "/essai?scope=all").await.text, &["Léa Morvan", "Demandeur"]);
        has(&world.page("lea", "/essai?kind=refused").await.text, &["Rien avec"]);
        assert_eq!(world.page("lea", "/rien").await.status, 404);
    }
}
