//! The program is killed again and again while people order, cancel and hand over: what was acknowledged is there, and
//! the books of bank, payments, stock and orders agree.

use crate::running::{archipel, ran, request, up};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::crash::{self, Delays};
use testkit::postgres::fresh_database;
use testkit::product::Running;

const SHOP: &str = "quai";
/// How the orders are paid: most as usual, some in every way that a bank can fail.
const METHODS: [&str; 8] =
    ["tok_ok", "tok_ok", "tok_refused", "tok_ok", "tok_silent", "tok_twice", "tok_expires", "tok_ok"];
/// Buyers at a time.
const BUYERS: usize = 4;

/// Status and body of an answer; nothing when the program died on the way.
fn ask(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: Option<&Json>,
) -> Option<(u16, Json)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    stream.write_all(request(method, path, Some(token), body).as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Json::Null)))
}

/// What all callers share.
#[derive(Default)]
struct Load {
    stop: AtomicBool,
    acknowledged: Mutex<BTreeSet<String>>,
}

/// Orders until told to stop, and takes every fifth order back.
fn buys(load: &Load, address: SocketAddr, token: &str, product: &str, first: usize) {
    for n in first.. {
        if load.stop.load(Ordering::Relaxed) {
            return;
        }
        let lines = json!([{ "product_id": product, "quantity": 1 }]);
        let body = json!({ "shop": SHOP, "payment_method": METHODS[n % METHODS.len()], "lines": lines });
        let Some((201, order)) = ask(address, "POST", "/api/v1/transactions", token, Some(&body)) else {
            continue;
        };
        let id = order["id"].as_str().unwrap().to_owned();
        if n % 5 == 0 {
            ask(address, "POST", &format!("/api/v1/transactions/{id}/cancel"), token, None);
        }
        load.acknowledged.lock().unwrap().insert(id);
    }
}

/// Hands over whatever the shop has before it, until told to stop.
fn serves(load: &Load, address: SocketAddr, token: &str) {
    while !load.stop.load(Ordering::Relaxed) {
        let open = format!("/api/v1/retail/shops/{SHOP}/orders?limit=20");
        let Some((200, page)) = ask(address, "GET", &open, token, None) else { continue };
        for order in page["items"].as_array().unwrap() {
            let id = order["transaction_id"].as_str().unwrap();
            ask(address, "POST", &format!("/api/v1/retail/orders/{id}/fulfil"), token, None);
        }
    }
}

/// Loads the program, and kills it after a while that nobody chose.
fn killed(running: Running, load: &Arc<Load>, product: &str, delay: Duration) {
    let (address, buyer, clerk) = (running.address, running.sign_in("client"), running.sign_in("chloe"));
    load.stop.store(false, Ordering::Relaxed);
    std::thread::scope(|scope| {
        for first in 0..BUYERS {
            let buyer = buyer.clone();
            scope.spawn(move || buys(load, address, &buyer, product, first));
        }
        scope.spawn(move || serves(load, address, &clerk));
        let (goal, begin) = (load.acknowledged.lock().unwrap().len() + 3, std::time::Instant::now());
        while load.acknowledged.lock().unwrap().len() < goal && begin.elapsed() < Duration::from_secs(20) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the moment of the kill is meant to be no condition at all"
        )]
        std::thread::sleep(delay);
        // Dropping it is `kill -9`.
        drop(running);
        load.stop.store(true, Ordering::Relaxed);
    });
}

/// A product with more pieces than can be sold.
fn on_sale(running: &Running) -> String {
    let token = running.sign_in("chloe");
    let product = json!({ "sku": "KILL-1", "name": "Gilet 150 N", "price_cents": 12_990 });
    let (status, body) = running.ask("POST", "/api/v1/inventory/products", Some(&token), Some(&product));
    assert_eq!(status, 201, "{body}");
    let id = serde_json::from_str::<Json>(&body).unwrap()["id"].as_str().unwrap().to_owned();
    let receipt = json!({ "shop": SHOP, "product_id": id, "quantity": 100_000 });
    let (status, body) = running.ask("POST", "/api/v1/inventory/receipts", Some(&token), Some(&receipt));
    assert!(status < 300, "{body}");
    id
}

/// Waits until nothing waits for an answer any more. Answers every order there is.
fn at_rest(running: &Running) -> BTreeSet<String> {
    let token = running.sign_in("chloe");
    let get = |path: &str| -> Json {
        let (status, body) = running.ask("GET", path, Some(&token), None);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    };
    for state in ["created", "paid"] {
        let path = format!("/api/v1/transactions?state={state}&limit=1");
        for _ in 0..1200 {
            if get(&path)["items"].as_array().unwrap().is_empty() {
                break;
            }
            #[expect(clippy::disallowed_methods, reason = "the program is another process")]
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(get(&path)["items"].as_array().unwrap().is_empty(), "orders stay {state}");
    }
    let mut all = BTreeSet::new();
    let mut path = "/api/v1/transactions?limit=200".to_owned();
    loop {
        let page = get(&path);
        all.extend(page["items"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { return all };
        path = format!("/api/v1/transactions?limit=200&cursor={cursor}");
    }
}

fn kills_under_checkout(more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let first = up(&data, more);
    let product = on_sale(&first);
    drop(first);
    let (load, mut delays) = (Arc::<Load>::default(), Delays::new());
    eprintln!("{delays:?}");
    for _ in 0..crash::kills() {
        let delay = delays.next_between(Duration::from_millis(1), Duration::from_millis(250));
        killed(up(&data, more), &load, &product, delay);
    }
    let running = up(&data, more);
    let there = at_rest(&running);
    let acknowledged = load.acknowledged.lock().unwrap().clone();
    assert!(!acknowledged.is_empty());
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let (whole, said) = ran(archipel(&["verify", "--data", data.to_str().unwrap()]));
    assert!(whole, "after {} orders: {said}", there.len());
    eprintln!("{} orders, {} of them acknowledged", there.len(), acknowledged.len());
    assert!(running.stop().success());
}

#[test]
fn crash_checkout_sqlite() {
    kills_under_checkout(&[]);
}

#[test]
fn crash_checkout_postgres() {
    let server = fresh_database("checkout").unwrap();
    kills_under_checkout(&["--database", &server.url(), "--placement", "schema"]);
}
