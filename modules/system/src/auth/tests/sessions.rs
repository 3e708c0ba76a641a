//! Signing in, staying in, getting out.

use super::{Answer, House, OPEN, cause, csrf};
use crate::auth::{Authority, Options};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use testkit::Kind;

async fn refresh(house: &House, token: &str) -> Answer {
    house.call("POST", "/api/v1/auth/refresh", "", json!({ "refresh_token": token })).await
}

fn text(json: &Json, member: &str) -> String {
    json[member].as_str().unwrap_or_default().to_owned()
}

testkit::on_both_engines! {
    async fn a_program_signs_in_refreshes_and_signs_out(kind) {
        let house = House::new(kind, OPEN).await;
        let first = house.login("LEA", "archipel").await.json();
        assert_eq!((text(&first, "token_type").as_str(), first["expires_in"].as_i64()), ("Bearer", Some(600)));
        let access = text(&first, "access_token");
        let me = house.get("/api/v1/me", &access).await.json();
        assert_eq!(me["name"], "Léa Morvan");
        assert_eq!(me["roles"], json!(["employee"]));

        house.clock.advance(600);
        let over = house.get("/api/v1/me", &access).await;
        assert_eq!((over.status, over.code().as_str()), (StatusCode::UNAUTHORIZED, "unauthenticated"));
        let second = refresh(&house, &text(&first, "refresh_token")).await.json();
        house.clock.advance(20);
        let repeated = refresh(&house, &text(&first, "refresh_token")).await.json();
        assert_eq!(repeated["refresh_token"], second["refresh_token"], "a lost answer is given again");
        assert_eq!((repeated["access_token"].clone(), repeated["expires_in"].as_i64()), (second["access_token"].clone(), Some(580)));

        let access = text(&second, "access_token");
        assert_eq!(house.get("/api/v1/me", &access).await.status, StatusCode::OK);
        assert_eq!(house.call("POST", "/api/v1/auth/logout", &access, Json::Null).await.status, StatusCode::NO_CONTENT);
        assert_eq!(house.get("/api/v1/me", &access).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refresh(&house, &text(&second, "refresh_token")).await.status, StatusCode::UNAUTHORIZED);
        house.verify().await;
    }

    async fn a_used_refresh_token_that_comes_back_ends_the_session(kind) {
        let house = House::new(kind, OPEN).await;
        let first = house.login("lea", "archipel").await.json();
        let second = refresh(&house, &text(&first, "refresh_token")).await.json();
        let third = refresh(&house, &text(&second, "refresh_token")).await.json();
        house.clock.advance(1);
        let stolen = refresh(&house, &text(&first, "refresh_token")).await;
        assert_eq!(stolen.code(), "invalid_refresh_token");
        for (path, token) in [("access_token", &third), ("refresh_token", &third)] {
            let token = text(token, path);
            let answer = if path == "access_token" { house.get("/api/v1/me", &token).await } else { refresh(&house, &token).await };
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} is over too");
        }
        house.clock.advance(1);
        let again = house.token("lea").await;
        let history = house.get("/api/v1/me/logins", &again).await.json();
        let outcomes: Vec<_> = history["items"].as_array().unwrap().iter().map(|l| text(l, "outcome")).collect();
        assert_eq!(outcomes, ["signed_in", "refresh_reused", "signed_in"]);
    }

    async fn a_failed_try_says_nothing_and_is_told_once(kind) {
        let house = House::new(kind, OPEN).await;
        let wrong = house.login("lea", "wrong-one").await;
        let unknown = house.login("nobody", "wrong-one").await;
        assert_eq!((wrong.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
        let plain = |answer: &Answer| {
            let mut body = answer.json();
            body["correlation_id"] = Json::Null;
            body
        };
        assert_eq!(plain(&wrong), plain(&unknown));
        for _ in 0..12 {
            house.login("lea", "wrong-one").await;
        }
        assert_eq!(house.login("lea", "archipel").await.status, StatusCode::TOO_MANY_REQUESTS);
        let events = house.db().log_after(0, 1000).await.unwrap();
        assert_eq!(events.iter().filter(|e| e.kind == "user.sign_in_failed").count(), 1);
    }

    async fn a_browser_signs_in_reads_and_signs_out(kind) {
        let house = House::new(kind, OPEN).await;
        let cookie = house.cookie("lea").await;
        assert!(cookie.starts_with("archipel=arc_s_"), "{cookie}");
        assert_eq!(house.page("/login?next=/account", &cookie).await.header("location"), "/account");
        let forged = house.form("/logout", &cookie, &[("csrf", "00")]).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN);
        house.clock.advance(7 * 3600);
        let account = house.page("/account", &cookie).await;
        assert_eq!(account.status, StatusCode::OK, "used within eight hours");
        house.clock.advance(7 * 3600);
        assert_eq!(house.page("/account", &cookie).await.status, StatusCode::OK, "used again");
        let out = house.form("/logout", &cookie, &[("csrf", &csrf(&account))]).await;
        assert_eq!(out.header("location"), "/login");
        assert_eq!(house.page("/account", &cookie).await.header("location"), "/login?next=%2Faccount");
        let cookie = house.cookie("lea").await;
        house.clock.advance(8 * 3600);
        assert_eq!(house.page("/account", &cookie).await.status, StatusCode::SEE_OTHER, "left alone for eight hours");
    }

    async fn one_time_passwords_only_open_the_way_to_a_new_one(kind) {
        let house = House::new(kind, OPEN).await;
        let old = house.token("lea").await;
        let id = house.id("lea").await;
        let given = house.auth.commit(|| async { house.auth.reset_password(Authority::System, id, &cause()).await }).await.unwrap();
        assert_eq!(house.get("/api/v1/me", &old).await.status, StatusCode::UNAUTHORIZED, "a reset ends sessions");
        assert_eq!(house.login("lea", "archipel").await.code(), "wrong_credentials");
        assert_eq!(house.login("lea", &given.password).await.code(), "password_must_change");
        let page = house.form("/login", "", &[("email", "lea@archipel.test"), ("password", &given.password)]).await;
        let ticket = page.text.split("name=\"ticket\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let short = house.form("/login/password", "", &[("ticket", &ticket), ("new_password", "short")]).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        let chosen = [("ticket", ticket.as_str()), ("new_password", " une phrase à moi "), ("next", "/")];
        assert_eq!(house.form("/login/password", "", &chosen).await.status, StatusCode::SEE_OTHER);
        assert_eq!(house.form("/login/password", "", &chosen).await.status, StatusCode::UNAUTHORIZED, "once");
        assert_eq!(house.login("lea", " une phrase à moi ").await.status, StatusCode::OK);
        assert_eq!(house.login("lea", &given.password).await.code(), "wrong_credentials");
        house.verify().await;
    }
}

#[tokio::test]
async fn sample_accounts_stay_out_where_they_are_not_allowed() {
    let house = House::new(Kind::Sqlite, OPEN).await;
    let cookie = house.cookie("lea").await;
    let closed = House::on(house.island, house.clock, Options { allow_sample: false });
    assert_eq!(closed.login("lea", "archipel").await.code(), "wrong_credentials");
    assert_eq!(
        closed.page("/account", &cookie).await.status,
        StatusCode::SEE_OTHER,
        "old sessions are over too"
    );
}
