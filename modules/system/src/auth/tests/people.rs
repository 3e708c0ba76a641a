//! Creating, changing, disabling people; teams and roles; files of people.

use super::{Answer, House, OPEN, csrf};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value as Json, json};

async fn import(house: &House, token: &str, query: &str, csv: &str) -> Answer {
    let request = Request::post(format!("/api/v1/people/import{query}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "text/csv");
    house.send(request.body(Body::from(csv.to_owned())).unwrap()).await
}

fn names(answer: &Answer) -> Vec<String> {
    let items = answer.json()["items"].as_array().cloned().unwrap_or_default();
    items.iter().map(|p| p["name"].as_str().unwrap_or_default().to_owned()).collect()
}

testkit::on_both_engines! {
    async fn human_resources_create_change_and_disable(kind) {
        let house = House::new(kind, OPEN).await;
        let (nadia, lea) = (house.token("nadia").await, house.token("lea").await);
        let alix = json!({ "email": "Alix@archipel.test", "name": "Alix Tanguy", "roles": ["technician"] });
        assert_eq!(house.call("POST", "/api/v1/people", &lea, alix.clone()).await.status, StatusCode::FORBIDDEN);
        let made = house.call("POST", "/api/v1/people", &nadia, alix.clone()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let person = made.json();
        assert_eq!(person["roles"], json!(["employee", "technician"]));
        let password = person["one_time_password"].as_str().unwrap();
        assert_eq!(house.login("alix", password).await.code(), "password_must_change");
        assert_eq!(house.call("POST", "/api/v1/people", &nadia, alix).await.code(), "email_taken");
        let unknown = json!({ "email": "a@b", "name": "A", "surname": "B" });
        assert_eq!(house.call("POST", "/api/v1/people", &nadia, unknown).await.code(), "malformed_body");

        let path = format!("/api/v1/people/{}", person["id"].as_str().unwrap());
        let change = json!({ "title": "Menuisière", "version": 1 });
        let changed = house.call("PATCH", &path, &nadia, change.clone()).await.json();
        assert_eq!((&changed["title"], &changed["version"]), (&json!("Menuisière"), &json!(2)));
        assert_eq!(house.call("PATCH", &path, &nadia, change).await.code(), "stale_version");
        let disabled = house.call("POST", &format!("{path}/disable"), &nadia, Json::Null).await.json();
        assert_eq!((&disabled["active"], &disabled["version"]), (&json!(false), &json!(3)));
        assert_eq!(house.login("alix", password).await.code(), "wrong_credentials");
        let enabled = house.call("POST", &format!("{path}/enable"), &nadia, Json::Null).await.json();
        assert_eq!(enabled["active"], json!(true));
        house.verify().await;
    }

    async fn a_key_repeats_the_answer_without_its_secret(kind) {
        let house = House::new(kind, OPEN).await;
        let nadia = house.token("nadia").await;
        let send = || async {
            let request = Request::post("/api/v1/people")
                .header("authorization", format!("Bearer {nadia}"))
                .header("content-type", "application/json")
                .header("idempotency-key", "k1");
            let body = json!({ "email": "alix@archipel.test", "name": "Alix Tanguy" }).to_string();
            house.send(request.body(Body::from(body)).unwrap()).await
        };
        let (first, second) = (send().await, send().await);
        assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(second.header("idempotency-replayed"), "true");
        assert!(first.json()["one_time_password"].is_string() && second.json()["one_time_password"].is_null());
        assert_eq!(first.json()["id"], second.json()["id"]);
    }

    async fn a_list_shows_what_is_in_reach_and_pages(kind) {
        let house = House::new(kind, OPEN).await;
        let (nadia, marc, paul) = (house.token("nadia").await, house.token("marc").await, house.token("paul").await);
        assert_eq!(names(&house.get("/api/v1/people", &nadia).await).len(), 8);
        assert_eq!(names(&house.get("/api/v1/people", &marc).await), ["Léa Morvan", "Marc Le Goff", "Paul Riou", "Théo Kerbrat"]);
        assert_eq!(names(&house.get("/api/v1/people", &paul).await), ["Paul Riou", "Théo Kerbrat"]);
        assert_eq!(names(&house.get("/api/v1/people?q=lea", &nadia).await), ["Léa Morvan"]);
        assert_eq!(names(&house.get("/api/v1/people?q=%25", &nadia).await), Vec::<String>::new());
        assert_eq!(names(&house.get("/api/v1/people?role=chef", &nadia).await), ["Marc Le Goff", "Paul Riou"]);
        assert_eq!(names(&house.get("/api/v1/people?role=employee&limit=200", &nadia).await).len(), 7);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = house.get(&format!("/api/v1/people?limit=3{cursor}"), &nadia).await;
            seen.extend(names(&page));
            let Some(next) = page.json()["next_cursor"].as_str().map(str::to_owned) else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), 8);
        let hidden = format!("/api/v1/people/{}", house.id("nadia").await);
        assert_eq!(house.get(&hidden, &marc).await.status, StatusCode::NOT_FOUND);
        let lea = house.token("lea").await;
        assert_eq!(house.get("/api/v1/people", &lea).await.status, StatusCode::FORBIDDEN);
    }

    async fn privileges_are_the_administrators(kind) {
        let house = House::new(kind, OPEN).await;
        let (nadia, ada, omar) = (house.token("nadia").await, house.token("ada").await, house.token("omar").await);
        let role = |id: kernel::Uuid, role: &str| format!("/api/v1/people/{id}/roles/{role}");
        let (lea, nadia_id, ada_id) = (house.id("lea").await, house.id("nadia").await, house.id("ada").await);
        let code = |answer: Answer| answer.code();
        let post = async |path: &str, token: &str| house.call("POST", path, token, Json::Null).await;
        assert_eq!(post(&role(lea, "cashier"), &nadia).await.json()["held"], json!(true));
        assert_eq!(post(&role(lea, "cashier"), &nadia).await.status, StatusCode::OK, "again changes nothing");
        assert_eq!(code(post(&role(lea, "operator"), &nadia).await), "privileged_role");
        assert_eq!(code(post(&role(lea, "chef"), &ada).await), "implicit_role");
        assert_eq!(code(post(&role(lea, "captain"), &ada).await), "unknown_role");
        assert_eq!(code(post(&role(nadia_id, "cashier"), &nadia).await), "own_account");
        assert_eq!(code(post(&role(lea, "cashier"), &omar).await), "forbidden");
        assert_eq!(code(post(&format!("/api/v1/people/{nadia_id}/reset"), &omar).await), "privileged_role");
        let reset = post(&format!("/api/v1/people/{lea}/reset"), &omar).await;
        assert!(reset.json()["one_time_password"].is_string());
        assert_eq!(post(&role(nadia_id, "admin"), &ada).await.status, StatusCode::OK);
        let nadia = house.get("/api/v1/me", &nadia).await.json();
        assert!(nadia["roles"].as_array().unwrap().contains(&json!("admin")), "at once: {nadia}");
        let taken = house.call("DELETE", &role(nadia_id, "admin"), &ada, Json::Null).await;
        assert_eq!(taken.json()["held"], json!(false));
        let permission = "/api/v1/roles/admin/permissions/people.privilege.write";
        assert_eq!(code(house.call("PUT", permission, &ada, json!({ "scope": null })).await), "last_administrator");
        let permission = "/api/v1/roles/security/permissions/people.team.read";
        assert_eq!(house.call("PUT", permission, &ada, json!({ "scope": null })).await.json()["granted"], json!(false));
        house.auth.install_grants(&crate::auth::roles::grants(), &super::super::cause()).await.unwrap();
        let lines = house.get("/api/v1/permissions", &ada).await.json();
        let line = lines["items"].as_array().unwrap().iter().find(|l| l["role"] == "security" && l["permission"] == "people.team.read");
        assert_eq!(line.unwrap()["granted"], json!(false), "installing again gives nothing back");
        assert!(!ada_id.is_nil());
        house.verify().await;
    }

    async fn teams_have_no_circles_and_make_managers(kind) {
        let house = House::new(kind, OPEN).await;
        let nadia = house.token("nadia").await;
        let teams = house.get("/api/v1/teams", &nadia).await.json();
        let team = |name: &str| {
            let all = teams["items"].as_array().unwrap();
            all.iter().find(|t| t["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
        };
        let path = format!("/api/v1/teams/{}", team("Atelier"));
        let circle = house.call("PATCH", &path, &nadia, json!({ "parent": team("Terrain") })).await;
        assert_eq!(circle.json()["errors"][0]["field"], "parent");
        let named = house.call("POST", "/api/v1/teams", &nadia, json!({ "name": "atelier" })).await;
        assert_eq!(named.code(), "invalid_team");
        let lea = house.id("lea").await;
        let made = house.call("POST", "/api/v1/teams", &nadia, json!({ "name": "Vente", "manager": lea })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let roles = house.get("/api/v1/me", &house.token("lea").await).await.json()["roles"].clone();
        assert_eq!(roles, json!(["chef", "employee"]));
        let moved = house.call("PATCH", &path, &nadia, json!({ "manager": null })).await.json();
        assert_eq!((&moved["manager"], &moved["version"], &moved["name"]), (&Json::Null, &json!(2), &json!("Atelier")));
        house.verify().await;
    }

    async fn a_file_is_taken_whole_or_not_at_all(kind) {
        let house = House::new(kind, OPEN).await;
        let nadia = house.token("nadia").await;
        let bad = "email,name,team,manager_email,roles\nnew@a.fr,Neo Un,Vente,lea@archipel.test,cashier\nx,,Vente,,admin\n";
        let before = house.db().head().await.unwrap().0;
        let refused = import(&house, &nadia, "", bad).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "import_rejected"));
        assert_eq!(refused.json()["details"]["lines"][0]["line"], json!(3));
        let good = "email;name;title;team;manager_email;roles\nnew@a.fr;Neo Un;Vendeur;Vente;lea@archipel.test;cashier\nlea@archipel.test;Léa Morvan-Riou;Cheffe;Atelier;;\n";
        let tried = import(&house, &nadia, "?dry_run=true", good).await.json();
        assert_eq!((&tried["created"], &tried["changed"], &tried["teams"]), (&json!(1), &json!(1), &json!(["Vente"])));
        assert_eq!(house.db().head().await.unwrap().0, before, "nothing was changed yet");
        let done = import(&house, &nadia, "", good).await.json();
        let password = done["lines"][0]["one_time_password"].as_str().unwrap().to_owned();
        let first = json!({ "email": "new@a.fr", "password": password, "new_password": "un mot de passe" });
        assert_eq!(house.call("POST", "/api/v1/auth/password", "", first).await.status, StatusCode::OK);
        let again = import(&house, &nadia, "", good).await.json();
        assert_eq!(again["unchanged"], json!(2), "{again}");
        assert_eq!(names(&house.get("/api/v1/people?q=morvan-riou", &nadia).await), ["Léa Morvan-Riou"]);
        house.verify().await;
    }

    async fn pages_do_the_same_without_scripts(kind) {
        let house = House::new(kind, OPEN).await;
        let nadia = house.cookie("nadia").await;
        let list = house.page("/people?q=th%C3%A9o", &nadia).await;
        assert!(list.status == StatusCode::OK && list.text.contains("Théo Kerbrat") && !list.text.contains("Léa Morvan"));
        let token = csrf(&house.page("/people/new", &nadia).await);
        let wrong = house.form("/people/new", &nadia, &[("csrf", &token), ("email", "x"), ("name", "Alix")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("value=\"Alix\""), "{}", wrong.text);
        let fields = [("csrf", token.as_str()), ("email", "alix@a.fr"), ("name", "Alix"), ("lang", "en"), ("roles", "technician")];
        let made = house.form("/people/new", &nadia, &fields).await;
        assert_eq!(made.status, StatusCode::OK);
        let lea = house.id("lea").await;
        let give = house.form(&format!("/people/{lea}/roles"), &nadia, &[("csrf", &token), ("give", "cashier")]).await;
        assert_eq!(give.header("location"), format!("/people/{lea}?done=role-given"));
        assert!(house.page(give.header("location"), &nadia).await.text.contains("Rôle donné"));
        let admin = house.form(&format!("/people/{lea}/roles"), &nadia, &[("csrf", &token), ("give", "admin")]).await;
        assert_eq!(admin.status, StatusCode::FORBIDDEN);
        let fields = [("csrf", token.as_str()), ("version", "1"), ("email", "lea@archipel.test"), ("name", "Léa M."), ("lang", "fr")];
        let changed = house.form(&format!("/people/{lea}"), &nadia, &fields).await;
        assert_eq!(changed.header("location"), format!("/people/{lea}?done=changed"));
        assert_eq!(house.form(&format!("/people/{lea}"), &nadia, &fields).await.status, StatusCode::CONFLICT);
        for path in ["/people", "/people/import", "/teams", "/teams/new", "/roles", "/roles/rh", "/account", "/account/logins", "/people/export"] {
            assert_eq!(house.page(path, &nadia).await.status, StatusCode::OK, "{path}");
        }
        let tried = house.form("/people/import", &nadia, &[("csrf", &token), ("csv", "email,name\nz@a.fr,Zoé\n"), ("step", "check")]).await;
        assert!(tried.text.contains("Le fichier peut être importé"), "{}", tried.text);
        let lea = house.cookie("lea").await;
        assert_eq!(house.page("/people", &lea).await.status, StatusCode::FORBIDDEN);
        assert_eq!(house.page("/account", &lea).await.status, StatusCode::OK);
        house.verify().await;
    }
}
