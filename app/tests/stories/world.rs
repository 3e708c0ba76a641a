//! A whole system for one test, and callers who are somebody.

use archipel::config::{Flags, resolve};
use archipel::system::System;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::{Clock, SystemClock};
use serde_json::{Value as Json, json};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use testkit::Kind;
use testkit::postgres::{Cluster, FreshDatabase, Options};
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// A whole system.
pub struct World {
    pub system: Arc<System>,
    pub folder: TempDir,
    pub flags: Flags,
    server: Option<FreshDatabase>,
}

/// The sample company, at rest: its folder, and on PostgreSQL its database on a server of its own.
type Sample = (TempDir, Option<Mutex<FreshDatabase>>);

/// The sample company of each engine, made by the first test that asks.
static SAMPLES: [OnceCell<Sample>; 2] = [OnceCell::const_new(), OnceCell::const_new()];

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// The flags of a new system on an engine. On PostgreSQL each module is a schema of the test's own database.
pub async fn flags(kind: Kind) -> (Flags, TempDir, Option<FreshDatabase>) {
    let server = match kind {
        Kind::Sqlite => None,
        Kind::Postgres => Some(blocking(|| testkit::postgres::fresh_database("story")).await),
    };
    flags_on(server)
}

async fn blocking<T: Send + 'static>(make: impl FnOnce() -> io::Result<T> + Send + 'static) -> T {
    tokio::task::spawn_blocking(make).await.unwrap().unwrap()
}

fn flags_on(server: Option<FreshDatabase>) -> (Flags, TempDir, Option<FreshDatabase>) {
    let folder = tempfile::tempdir().unwrap();
    let flags = Flags {
        data: Some(folder.path().join("data").display().to_string()),
        database: server.as_ref().map(FreshDatabase::url),
        placement: server.as_ref().map(|_| "schema".into()),
        ..Flags::default()
    };
    (flags, folder, server)
}

/// How long a look is repeated. What hangs is told then; what is only slow on a busy machine has come before.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a look finds, once it does; `Err` is what it saw instead.
pub async fn once<T, F: Future<Output = Result<T, String>>>(mut look: impl FnMut() -> F) -> T {
    let begin = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if begin.elapsed() > PATIENCE => panic!("not within {PATIENCE:?}: {seen}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// An answer that is as it must become, or what it is.
pub fn wanted(answer: Json, is: impl Fn(&Json) -> bool) -> Result<Json, String> {
    if is(&answer) { Ok(answer) } else { Err(answer.to_string()) }
}

/// Waits until a reader has read every log to its end.
pub async fn caught_up(system: &System, consumer: &str) {
    once(async || {
        let mut lags = system.flow.lags().await.unwrap();
        lags.retain(|lag| lag.consumer == consumer && lag.position != lag.head);
        if lags.is_empty() { Ok(()) } else { Err(format!("{lags:?}")) }
    })
    .await;
}

impl World {
    /// A system with the sample company. The company is made once and copied: most of a start is the sample.
    pub async fn new(kind: Kind) -> Self {
        let sample = &SAMPLES[usize::from(kind == Kind::Postgres)];
        let (made, server) = sample.get_or_init(|| Self::sample(kind)).await;
        let server = server.as_ref().map(|server| server.lock().unwrap().copy().unwrap());
        let (flags, folder, server) = flags_on(server);
        let (from, to) = (made.path().join("data"), folder.path().join("data"));
        let copied = std::process::Command::new("cp").arg("-a").args([&from, &to]).status().unwrap();
        assert!(copied.success());
        let system = System::boot(resolve(&flags).unwrap(), &|_| {}).await.unwrap();
        Self { system: Arc::new(system), folder, flags, server }
    }

    async fn sample(kind: Kind) -> Sample {
        let server = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => {
                Some(blocking(|| FreshDatabase::alone(Cluster::start(Options::default())?, "story")).await)
            }
        };
        let (flags, folder, server) = flags_on(server);
        let system = System::boot(resolve(&flags).unwrap(), &|_| {}).await.unwrap();
        let world = Self { system: Arc::new(system), folder, flags, server };
        world.at_rest().await;
        world.system.close().await;
        (world.folder, world.server.map(Mutex::new))
    }

    /// A system with the sample company, whose events a broker carries.
    pub async fn carried_by(kind: Kind, bus: String) -> Self {
        Self::with(kind, Arc::new(SystemClock), Some(bus)).await
    }

    /// A system with the sample company and a clock of the test's.
    pub async fn at(kind: Kind, clock: Arc<dyn Clock>) -> Self {
        Self::with(kind, clock, None).await
    }

    async fn with(kind: Kind, clock: Arc<dyn Clock>, bus: Option<String>) -> Self {
        let (flags, folder, server) = flags(kind).await;
        let flags = Flags { bus, ..flags };
        let system = System::boot_at(resolve(&flags).unwrap(), clock, &|_| {}).await.unwrap();
        Self { system: Arc::new(system), folder, flags, server }
    }

    /// A system that was started otherwise.
    pub fn around(system: System, flags: Flags) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { system: Arc::new(system), folder, flags, server: None }
    }

    /// Waits until every consumer has accounted for every log.
    pub async fn at_rest(&self) {
        once(async || {
            let mut lags = self.system.flow.lags().await.unwrap();
            lags.retain(|lag| lag.position != lag.head);
            let bus = self.system.flow.bus_status().await;
            if lags.is_empty() { Ok(()) } else { Err(format!("{lags:?} {bus:?}")) }
        })
        .await;
    }

    /// Runs SQL in a module's database behind the system's back.
    pub async fn tamper(&self, module: &str, sql: &str) {
        match &self.server {
            None => {
                let file = self.system.folder.path().join(format!("databases/{module}.sqlite"));
                testkit::tamper_file(&file, sql);
            }
            Some(server) => {
                let (url, sql) = (server.url(), format!("SET search_path TO {module}; {sql}"));
                tokio::task::spawn_blocking(move || testkit::postgres::execute(&url, &sql))
                    .await
                    .unwrap()
                    .unwrap();
            }
        }
    }

    /// Asks without being anybody.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let mut request = request;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        let response = self.system.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Json) -> Answer {
        self.ask(json_request("POST", path, body)).await
    }

    /// Signs somebody of the sample company in, as a program does.
    pub async fn as_person(&self, name: &str) -> Caller<'_> {
        let login = json!({ "email": format!("{name}@archipel.test"), "password": "archipel" });
        let answer = self.post("/api/v1/auth/login", &login).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        Caller { world: self, token: answer.json()["access_token"].as_str().unwrap().to_owned() }
    }

    pub async fn close(self) {
        self.system.close().await;
    }
}

fn json_request(method: &str, path: &str, body: &Json) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

/// Somebody who is signed in with a bearer token.
pub struct Caller<'a> {
    world: &'a World,
    pub token: String,
}

impl Caller<'_> {
    pub async fn ask(&self, mut request: Request<Body>) -> Answer {
        let value = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        self.world.ask(request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Json) -> Answer {
        self.ask(json_request("POST", path, body)).await
    }

    pub async fn post_with_key(&self, path: &str, body: &Json, key: &str) -> Answer {
        let mut request = json_request("POST", path, body);
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        self.ask(request).await
    }
}
