//! The operator's console through the public door: who may see it, what it shows, and what an operator does with dead
//! letters.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]

#[allow(dead_code, reason = "shared with the stories, which use more of it")]
#[path = "stories/world.rs"]
mod world;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use db::{Batch, Db, NewEvent};
use flow::{BoxFuture, Consumer, Delivery, Effects, Fault, PageFault, Sources};
use http_body_util::BodyExt;
use kernel::{Actor, Cause, Clock, DatabaseId, SystemClock, Uuid};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::{Kind, on_both_engines};
use tower::ServiceExt;
use world::{Answer, Caller, World};

/// The correlation id of the events that the tests write.
const CORRELATION: &str = "0192f4a1-7c3e-7b10-9d52-4e8a1c06b2f9";

const PAGES: [&str; 15] = [
    "/console",
    "/console/databases",
    "/console/databases.csv",
    "/console/databases/auth",
    "/console/databases/registry",
    "/console/modules",
    "/console/modules/auth",
    "/console/events",
    "/console/events?database=auth&type=user.&open=3",
    "/console/events?from=2026-01-01&to=2099-12-31&q=nothing-says-this",
    "/console/events/partitions",
    "/console/events/replays",
    "/console/consumers",
    "/console/dead-letters",
    "/console/databases?q=nothing-has-this-name",
];

/// A consumer that refuses everything while it is told to.
struct Moody(Arc<AtomicBool>);

impl Consumer for Moody {
    fn name(&self) -> &str {
        "moody"
    }
    fn sources(&self) -> Sources {
        Sources::Everyone
    }
    fn wants(&self, kind: &str) -> bool {
        kind == "test.happened"
    }
    fn takes_again(&self) -> bool {
        true
    }
    fn handle<'a>(
        &'a self,
        own: &'a Db,
        _: u64,
        page: &'a [Delivery],
    ) -> BoxFuture<'a, Result<Effects, PageFault>> {
        let broken = self.0.load(Ordering::SeqCst) && !page.is_empty();
        let fault = Fault::Poison { cause: "test_mood".into(), message: "not today".into() };
        Box::pin(async move {
            let mut effects = Effects::default();
            for delivery in page {
                let stream = format!("heard/{}", delivery.event.id);
                if own.stream_version(&stream).await.unwrap() == 0 {
                    let heard = NewEvent::new(SystemClock.new_id(), "test.heard", stream, json!({}));
                    effects.events.push(NewEvent { cause: Some(delivery.cause("moody")), ..heard });
                }
            }
            if broken { Err(PageFault { at: 0, fault }) } else { Ok(effects) }
        })
    }
}

fn database(world: &World, name: &str) -> Db {
    let id: DatabaseId = name.parse().unwrap();
    world.system.database(&id).unwrap()
}

/// Appends events of these streams in one Batch.
async fn happen(world: &World, streams: &[&str]) {
    let event = |stream: &&str| {
        NewEvent::new(SystemClock.new_id(), "test.happened", *stream, json!({ "note": "<b>bold</b>" }))
    };
    let cause = Cause::new(&Actor::system("test"), Uuid::parse_str(CORRELATION).unwrap());
    let mut batch = Batch::new(SystemClock.now(), cause);
    batch.events = streams.iter().map(event).collect();
    database(world, "auth").write(batch).await.unwrap();
}

/// A consumer that refuses, and the switch that mends it.
fn moody(world: &World) -> Arc<AtomicBool> {
    let broken = Arc::new(AtomicBool::new(true));
    world.system.flow.follow(database(world, "dashboard"), Arc::new(Moody(broken.clone())));
    broken
}

async fn letters(caller: &Caller<'_>) -> Vec<Json> {
    let answer = caller.get("/api/v1/dead-letters?consumer=moody").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["items"].as_array().unwrap().clone()
}

/// Waits until as many letters wait.
async fn until(caller: &Caller<'_>, count: usize) -> Vec<Json> {
    for _ in 0..400 {
        let letters = letters(caller).await;
        if letters.len() == count {
            return letters;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never {count} letters: {:?}", letters(caller).await)
}

/// A replay, once it is over.
async fn ended(caller: &Caller<'_>, id: &str) -> Json {
    let path = format!("/api/v1/events/replays/{id}");
    for _ in 0..400 {
        let replay = caller.get(&path).await.json();
        if replay.get("ended_at").is_some() {
            return replay;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never over: {}", caller.get(&path).await.text)
}

fn letter_of<'a>(letters: &'a [Json], stream: &str, cause: &str) -> &'a str {
    let found = letters.iter().find(|l| l["stream"] == stream && l["cause"] == cause);
    found.unwrap_or_else(|| panic!("{stream} {cause}: {letters:?}"))["id"].as_str().unwrap()
}

async fn page(caller: &Caller<'_>, path: &str, lang: &str) -> Answer {
    let request =
        Request::get(path).header(header::ACCEPT, "text/html").header(header::COOKIE, format!("lang={lang}"));
    caller.ask(request.body(Body::empty()).unwrap()).await
}

async fn send_form(caller: &Caller<'_>, path: &str, fields: &str) -> Answer {
    let request = Request::post(path)
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    caller.ask(request.body(Body::from(fields.to_owned())).unwrap()).await
}

#[tokio::test]
async fn the_console_exists_for_operators_only() {
    let world = World::new(Kind::Sqlite).await;
    let omar = world.as_person("omar").await;
    let _broken = moody(&world);
    happen(&world, &["a/1"]).await;
    let letter = letter_of(&until(&omar, 1).await, "a/1", "test_mood").to_owned();
    let (lea, sonia) = (world.as_person("lea").await, world.as_person("sonia").await);
    let trace = format!("/console/events/{CORRELATION}");
    let one = format!("/console/dead-letters/{letter}");
    for path in PAGES.iter().copied().chain([trace.as_str(), one.as_str()]) {
        let nobody = Request::get(path).header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
        let nobody = world.ask(nobody).await;
        assert_eq!(nobody.status, StatusCode::SEE_OTHER, "{path}");
        assert!(nobody.header("location").starts_with("/login?next="), "{path}");
        assert_eq!(page(&lea, path, "fr").await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(page(&sonia, path, "fr").await.status, StatusCode::OK, "{path}");
    }
    let writes = [
        format!("/console/dead-letters/{letter}/replay"),
        format!("/console/dead-letters/{letter}/drop"),
        "/console/events/replays/new".to_owned(),
        "/console/dead-letters/replay".to_owned(),
        "/console/consumers/dashboard/rebuild".to_owned(),
    ];
    for path in &writes {
        assert_eq!(send_form(&lea, path, "reason=x").await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(send_form(&sonia, path, "reason=x").await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(page(&sonia, &format!("{one}/drop"), "fr").await.status, StatusCode::FORBIDDEN);
    assert!(!page(&sonia, &one, "fr").await.text.contains("/drop"), "no button that cannot be pressed");
    for act in ["replay", "drop"] {
        let path = format!("/api/v1/dead-letters/{letter}/{act}");
        let reason = json!({ "reason": "x" });
        assert_eq!(world.post(&path, &reason).await.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(lea.post(&path, &reason).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(sonia.post(&path, &reason).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in
        ["/api/v1/dead-letters", "/api/v1/databases", "/api/v1/modules", "/api/v1/events?database=auth"]
    {
        assert_eq!(world.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(lea.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(lea.get("/api/v1/contracts/auth/user.created/1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(lea.get("/console/live").await.status, StatusCode::NOT_FOUND);
    assert_eq!(letters(&omar).await.len(), 1, "nobody without the right changed anything");
    world.close().await;
}

#[tokio::test]
async fn every_page_is_whole_in_both_languages() {
    let world = World::new(Kind::Sqlite).await;
    let omar = world.as_person("omar").await;
    for path in PAGES.iter().filter(|path| !path.ends_with(".csv")) {
        for lang in ["fr", "en"] {
            let answer = page(&omar, path, lang).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(answer.text.contains(&format!("<html lang=\"{lang}\"")), "{path} {lang}");
            assert!(!answer.text.contains("style=\"") && !answer.text.contains("<script>"), "{path} {lang}");
            assert!(answer.text.contains("data-live=\"/console/live"), "{path} follows the news");
        }
    }
    let csv = omar.get("/console/databases.csv?module=auth").await.text;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains("\"auth\",\"SQLite\",\"auth.sqlite\",\"active\""), "{csv}");
    let filtered = page(&omar, "/console/databases?q=nothing", "en").await.text;
    assert!(filtered.contains("Nothing with “Name: nothing”") && filtered.contains("Clear the filters"));
    let detail = page(&omar, "/console/databases/auth", "en").await.text;
    for shown in ["databases/auth.sqlite", "Epoch 3, v", "Being made", "dashboard", "role.granted"] {
        assert!(detail.contains(shown), "{shown}");
    }
    let events = page(&omar, "/console/events?database=auth&type=user.created&open=100000", "en").await.text;
    assert!(events.contains("user.created") && !events.contains("Morvan"), "people stay sealed");
    let schema = omar.get("/api/v1/contracts/auth/user.created/1").await;
    assert_eq!((schema.status, schema.header("content-type")), (StatusCode::OK, "application/schema+json"));
    assert!(schema.json().is_object());
    for path in [
        "/console/databases/nothing",
        "/console/databases/NOT-A-CODE",
        "/console/databases/auth/other",
        "/console/modules/nothing",
        "/console/events?database=nothing",
        "/console/events/not-an-id",
        "/console/events/0192f4a1-7c3e-7b10-9d52-000000000000",
        "/console/dead-letters/not-an-id",
        "/api/v1/contracts/auth/user.created/99",
        "/api/v1/contracts/auth/user.created/x",
    ] {
        assert_eq!(omar.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    world.close().await;
}

#[tokio::test]
async fn a_stream_is_shown_with_its_state_as_of_a_moment() {
    let world = World::new(Kind::Sqlite).await;
    let omar = world.as_person("omar").await;
    happen(&world, &["a/1", "a/1", "a/1"]).await;
    for _ in 0..400 {
        let lags = world.system.flow.lags().await.unwrap();
        if lags.iter().filter(|lag| lag.consumer == "events").all(|lag| lag.position == lag.head) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let all = page(&omar, "/console/events?type=test.&stream=a/1", "en").await.text;
    assert_eq!(all.matches("/console/events/stream?database=auth").count(), 3, "{all}");
    let lea = world.system.edge.people().await.unwrap();
    let lea = lea.people.values().find(|p| p.email.starts_with("lea@")).unwrap().id;
    let path = format!("/console/events/stream?database=auth&name=user/{lea}");
    for lang in ["fr", "en"] {
        let now = page(&omar, &path, lang).await;
        assert_eq!(now.status, StatusCode::OK);
        for shown in ["user.created", "user_profiles", "datetime-local", "data-live=\"/console/live"] {
            assert!(now.text.contains(shown), "{shown}: {}", now.text);
        }
        assert!(!now.text.contains("Morvan"), "people stay sealed");
    }
    assert!(page(&omar, &format!("{path}&version=1"), "en").await.text.contains("State after 1 events"));
    let before = page(&omar, &format!("{path}&at=2020-01-01T00:00"), "fr").await.text;
    assert!(before.contains("Aucune ligne"), "{before}");
    assert_eq!(page(&omar, "/console/events/stream?name=nothing", "fr").await.status, StatusCode::NOT_FOUND);
    let months = page(&omar, "/console/events/partitions", "en").await.text;
    assert!(months.contains("Every log came in without a gap") && months.contains("At hand"), "{months}");
    let archive = "/console/events/partitions/1999-01/archive";
    assert_eq!(send_form(&omar, archive, "").await.status, StatusCode::NOT_FOUND);
    let sonia = world.as_person("sonia").await;
    assert_eq!(send_form(&sonia, archive, "").await.status, StatusCode::FORBIDDEN);
    world.close().await;
}

#[tokio::test]
async fn a_long_trace_is_drawn_up_to_its_bound() {
    let world = World::new(Kind::Sqlite).await;
    let omar = world.as_person("omar").await;
    let streams: Vec<String> = (0..700).map(|n| format!("s/{n}")).collect();
    happen(&world, &streams.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let text = page(&omar, &format!("/console/events/{CORRELATION}"), "en").await.text;
    assert!(text.contains("The first 500 events of each database are shown."), "it says that it is cut");
    assert_eq!(text.matches("id=\"e-auth-").count(), 500);
    assert!(text.contains("&lt;b&gt;bold") && !text.contains("<b>bold"), "data is shown, not run");
    world.close().await;
}

/// The first frame of the news of one database, for somebody who has seen so much; `None` when half a second is silent.
async fn first_news(world: &World, token: &str, seen: &str) -> Option<String> {
    let address = format!("/console/live?database=auth&seen={seen}");
    let request = Request::get(address).header("authorization", format!("Bearer {token}"));
    let answer = world.system.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut news = answer.into_body();
    let frame = tokio::time::timeout(Duration::from_millis(500), news.frame()).await.ok()?;
    Some(String::from_utf8(frame.unwrap().unwrap().into_data().unwrap().to_vec()).unwrap())
}

/// The word after a mark in a text.
fn word<'a>(text: &'a str, before: &str) -> &'a str {
    let rest = text.split_once(before).expect(before).1;
    rest.split(['"', '\n']).next().unwrap()
}

#[tokio::test]
async fn what_happens_between_a_page_and_its_stream_is_not_missed() {
    let world = World::new(Kind::Sqlite).await;
    let omar = world.as_person("omar").await;
    world.at_rest().await;
    let page = page(&omar, "/console/databases/auth", "en").await.text;
    let seen = word(&page, "data-seen=\"");
    assert_eq!(first_news(&world, &omar.token, seen).await, None, "nothing has happened");
    happen(&world, &["a/1"]).await;
    world.at_rest().await;
    let told = first_news(&world, &omar.token, seen).await.unwrap();
    // An event without data never reaches the page.
    assert!(told.contains("event: changed\n") && told.contains("data: look\n"), "{told}");
    assert_eq!(first_news(&world, &omar.token, word(&told, "id: ")).await, None, "told once");
    let of_another_run = first_news(&world, &omar.token, "1.1").await;
    assert!(of_another_run.is_some_and(|told| told.contains("event: changed")));
    world.close().await;
}

#[tokio::test]
async fn the_documentation_is_searched_without_a_script() {
    let world = World::new(Kind::Sqlite).await;
    let whole = world.get("/api/v1/docs").await;
    assert_eq!(whole.status, StatusCode::OK);
    for shown in ["/api/v1/auth/login", "lang=\"en\"", "Authorization: Bearer $TOKEN", "id=\"group-auth\""] {
        assert!(whole.text.contains(shown), "{shown}");
    }
    assert!(!whole.text.contains("style=\"") && !whole.text.contains("<script>"));
    let found = world.get("/api/v1/docs?q=dead%20replay").await.text;
    assert!(
        found.contains("dead-letters/<wbr>{id}/<wbr>replay") && !found.contains("auth/<wbr>login"),
        "{found}"
    );
    let nothing = world.get("/api/v1/docs?q=%3Cb%3E").await.text;
    assert!(nothing.contains("Nothing with “&lt;b&gt;”"), "{nothing}");
    world.close().await;
}

on_both_engines! {
    async fn dead_letters_are_replayed_in_order_or_dropped_with_a_reason(kind) {
        let world = World::new(kind).await;
        let omar = world.as_person("omar").await;
        let broken = moody(&world);
        happen(&world, &["a/1", "a/1", "b/1", "c/1"]).await;
        let waiting = until(&omar, 4).await;
        let head = letter_of(&waiting, "a/1", "test_mood");
        letter_of(&waiting, "a/1", "behind");
        let shown = page(&omar, "/console/dead-letters", "en").await.text;
        for text in ["4 events wait in 1 group", "test_mood", "not today", "Would fail again", "Replay 3 streams in order"] {
            assert!(shown.contains(text), "{text}");
        }
        let replay = format!("/api/v1/dead-letters/{head}/replay");
        assert_eq!(omar.post(&replay, &json!({})).await.code(), "still_poison");
        assert_eq!(send_form(&omar, &format!("/console/dead-letters/{head}/replay"), "").await.status, StatusCode::CONFLICT);

        let drop = format!("/api/v1/dead-letters/{}/drop", letter_of(&waiting, "c/1", "test_mood"));
        assert_eq!(omar.post(&drop, &json!({ "reason": "  " })).await.code(), "reason_missing");
        assert_eq!(omar.post(&drop, &json!({ "reason": "x".repeat(501) })).await.code(), "reason_too_long");
        assert_eq!(omar.post(&drop, &json!({})).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let first = omar.post_with_key(&drop, &json!({ "reason": "a double" }), "k1").await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        let again = omar.post_with_key(&drop, &json!({ "reason": "a double" }), "k1").await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (StatusCode::OK, "true"));
        let other = omar.post_with_key(&drop, &json!({ "reason": "another" }), "k1").await;
        assert_eq!(other.code(), "idempotency_key_reused");
        assert_eq!(omar.post(&drop, &json!({ "reason": "gone" })).await.status, StatusCode::NOT_FOUND);

        broken.store(false, Ordering::SeqCst);
        assert!(page(&omar, "/console/dead-letters", "fr").await.text.contains("2 sur 2 passeraient"));
        let applied = omar.post_with_key(&replay, &json!({}), "k2").await;
        assert_eq!((applied.status, &applied.json()["applied"]), (StatusCode::OK, &json!(2)), "both, in order");
        assert_eq!(omar.post_with_key(&replay, &json!({}), "k2").await.json()["applied"], 2);
        let group = send_form(&omar, "/console/dead-letters/replay", "group=moody.test_mood").await;
        assert_eq!((group.status, group.header("location")), (StatusCode::SEE_OTHER, "/console/dead-letters"));
        until(&omar, 0).await;
        let gone = send_form(&omar, "/console/dead-letters/replay", "group=moody.test_mood").await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);

        let journal = omar.get("/api/v1/events?database=registry&type=dead_letter.").await.json();
        let kinds: Vec<&str> = journal["items"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["dead_letter.group_replayed", "dead_letter.replayed", "dead_letter.dropped"]);
        let kept = omar.get("/api/v1/events?database=dashboard&type=dead_letter.dropped").await.json();
        assert_eq!(kept["items"][0]["data"]["reason"], "a double");
        world.close().await;
    }

    async fn what_was_dropped_is_handed_to_its_consumer_again(kind) {
        let world = World::new(kind).await;
        let omar = world.as_person("omar").await;
        let broken = moody(&world);
        happen(&world, &["a/1", "b/1"]).await;
        for letter in until(&omar, 2).await {
            let drop = format!("/api/v1/dead-letters/{}/drop", letter["id"].as_str().unwrap());
            assert_eq!(omar.post(&drop, &json!({ "reason": "too early" })).await.status, StatusCode::OK);
        }
        broken.store(false, Ordering::SeqCst);
        let path = |consumer: &str| format!("/api/v1/consumers/{consumer}/replays");
        let of_a = json!({ "stream": "a/1", "database": "auth" });
        let begun = omar.post_with_key(&path("moody"), &of_a, "r1").await;
        assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
        let done = ended(&omar, begun.json()["id"].as_str().unwrap()).await;
        let counts = |done: &Json| ["handed", "applied", "skipped", "dead_lettered"].map(|name| done[name].as_u64().unwrap());
        assert_eq!((counts(&done), &done["selection"]), ([1, 1, 0, 0], &of_a), "{done}");
        let again = omar.post_with_key(&path("moody"), &of_a, "r1").await;
        assert_eq!((again.header("idempotency-replayed"), &again.json()["id"]), ("true", &done["id"]));
        let whole = omar.post(&path("moody"), &json!({ "type": "test." })).await.json();
        assert_eq!(counts(&ended(&omar, whole["id"].as_str().unwrap()).await), [2, 1, 1, 0], "b/1 now, a/1 was done");

        for (consumer, body, code) in [
            ("nobody", json!({}), "unknown_consumer"),
            ("dashboard", json!({}), "rebuilt_instead"),
            ("audit", json!({}), "not_replayable"),
            ("moody", json!({ "database": "nowhere" }), "not_a_source"),
            ("moody", json!({ "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z" }), "empty_period"),
        ] {
            assert_eq!(omar.post(&path(consumer), &body).await.code(), code);
        }
        let form = "/console/events/replays/new";
        let shown = page(&omar, &format!("{form}?stream=a/1"), "en").await.text;
        assert!(shown.contains("value=\"a/1\"") && shown.contains("moody") && !shown.contains("\"dashboard.view\""), "{shown}");
        for lang in ["fr", "en"] {
            let form = page(&omar, form, lang).await.text;
            assert!(form.contains(&format!("<html lang=\"{lang}\"")) && !form.contains("style=\"") && !form.contains("<script>"));
        }
        let wrong = send_form(&omar, form, "consumer=moody&from=2026-02-01&to=2026-01-01").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        for (sent, field) in [("consumer=", "consumer"), ("consumer=nobody", "consumer"), ("consumer=moody&database=../x", "database")] {
            let wrong = send_form(&omar, form, sent).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{sent}");
            assert!(wrong.text.contains(&format!("href=\"#{field}\"")), "{sent}: the summary leads to the field");
        }
        let refused = send_form(&omar, form, "consumer=dashboard").await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        let sent = send_form(&omar, form, "consumer=moody&database=auth&type=test.&from=2020-01-01").await;
        assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, "/console/events/replays?done=begun"));
        let newest = omar.get("/api/v1/events/replays").await.json()["items"][0].clone();
        assert_eq!(counts(&ended(&omar, newest["id"].as_str().unwrap()).await), [2, 0, 2, 0]);
        let list = page(&omar, sent.header("location"), "en").await.text;
        assert!(list.contains("Replay begun") && list.contains("Done") && list.contains("moody"), "{list}");

        let heard = omar.get("/api/v1/events?database=dashboard&type=test.heard").await.json();
        assert_eq!(heard["items"].as_array().unwrap().len(), 2, "each once");
        let journal = omar.get("/api/v1/events?database=registry&type=events.replay_&order=oldest").await.json();
        let kinds: Vec<&str> = journal["items"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["events.replay_begun", "events.replay_ended"].repeat(3));
        assert_eq!(journal["items"][1]["data"]["outcome"]["applied"], 1);
        world.close().await;
    }

    async fn a_projection_is_rebuilt_from_its_row(kind) {
        let world = World::new(kind).await;
        let omar = world.as_person("omar").await;
        let list = page(&omar, "/console/consumers", "en").await.text;
        assert!(list.contains("/console/consumers/dashboard/rebuild") && list.contains("Live"), "{list}");
        let begun = send_form(&omar, "/console/consumers/dashboard/rebuild", "").await;
        assert_eq!((begun.status, begun.header("location")), (StatusCode::SEE_OTHER, "/console/consumers?done=rebuilding.1"));
        assert!(page(&omar, begun.header("location"), "en").await.text.contains("Rebuild begun"));
        for _ in 0..400 {
            if !world.system.flow.is_building("dashboard").await.unwrap() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert!(!world.system.flow.is_building("dashboard").await.unwrap(), "it came to its end");
        assert_eq!(send_form(&omar, "/console/consumers/nobody/rebuild", "").await.status, StatusCode::NOT_FOUND);
        let replay = async |consumer: &str| omar.post("/api/v1/events/replays", &json!({ "consumer": consumer })).await;
        assert_eq!(replay("dashboard").await.status, StatusCode::ACCEPTED);
        assert_eq!(replay("audit").await.code(), "not_replayable");
        assert_eq!(replay("nobody").await.status, StatusCode::NOT_FOUND);
        world.close().await;
    }
}
