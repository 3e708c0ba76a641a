//! Commerce: checkout over HTTP in seven steps, 40 buyers for five pieces, and sagas of which one in five fails.

use anyhow::{Context, Result, bail};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use testkit::Kind;
use testkit::postgres::{FreshDatabase, fresh_database};
use testkit::product::Running;

/// Orders of one cell.
const ORDERS: usize = 200;
/// Repetitions of a cell; the median counts.
const REPEAT: usize = 3;
const SHOP: &str = "quai";

/// The program on an engine.
struct Shop {
    running: Running,
    buyer: String,
    clerk: String,
    product: String,
    _folder: tempfile::TempDir,
    _server: Option<FreshDatabase>,
}

fn program() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("archipel");
    if !path.exists() {
        bail!("build the program first: cargo build --release -p archipel");
    }
    Ok(path)
}

impl Shop {
    fn open(kind: Kind, pieces: i64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = (kind == Kind::Postgres).then(|| fresh_database("checkout")).transpose()?;
        let url = server.as_ref().map(FreshDatabase::url);
        // A few callers stand for many people: what one of them may ask in a second is not what is measured.
        let file = folder.path().join("archipel.toml");
        std::fs::write(&file, "requests_per_second = 100000\n")?;
        let file = file.display().to_string();
        let mut more = vec!["--config", &file];
        if let Some(url) = &url {
            more.extend(["--database", url, "--placement", "schema"]);
        }
        let running = Running::up(&program()?, &folder.path().join("data"), &more);
        let (buyer, clerk) = (running.sign_in("client"), running.sign_in("chloe"));
        let product = json!({ "sku": "BENCH-1", "name": "Gilet 150 N", "price_cents": 12_990 });
        let product = said(running.ask("POST", "/api/v1/inventory/products", Some(&clerk), Some(&product)))?;
        let product = product["id"].as_str().context("id")?.to_owned();
        let receipt = json!({ "shop": SHOP, "product_id": product, "quantity": pieces });
        said(running.ask("POST", "/api/v1/inventory/receipts", Some(&clerk), Some(&receipt)))?;
        Ok(Self { running, buyer, clerk, product, _folder: folder, _server: server })
    }

    fn get(&self, path: &str, token: &str) -> Result<Json> {
        said(self.running.ask("GET", path, Some(token), None))
    }

    fn order(&self, method: &str) -> Result<String> {
        let lines = json!([{ "product_id": self.product, "quantity": 1 }]);
        let body = json!({ "shop": SHOP, "payment_method": method, "lines": lines });
        let order = said(self.running.ask("POST", "/api/v1/transactions", Some(&self.buyer), Some(&body)))?;
        Ok(order["id"].as_str().context("id")?.to_owned())
    }

    /// Seven steps over HTTP: the stock, the order, the order until it is set aside, what the shop has to do, the
    /// hand-over, the order until it is completed, its payment.
    fn checkout(&self) -> Result<()> {
        self.get(&format!("/api/v1/inventory/shops/{SHOP}/stock"), &self.clerk)?;
        let id = self.order("tok_ok")?;
        let path = format!("/api/v1/transactions/{id}");
        self.until(&path, "reserved")?;
        self.get(&format!("/api/v1/retail/shops/{SHOP}/orders?limit=1"), &self.clerk)?;
        let fulfil = format!("/api/v1/retail/orders/{id}/fulfil");
        // The shop hears of it a moment later than the buyer.
        while self.running.ask("POST", &fulfil, Some(&self.clerk), None).0 != 200 {
            wait();
        }
        self.until(&path, "completed")?;
        self.get(&format!("/api/v1/payments/{id}"), &self.clerk)?;
        Ok(())
    }

    fn until(&self, path: &str, state: &str) -> Result<()> {
        for _ in 0..5000 {
            if self.get(path, &self.buyer)?["state"] == state {
                return Ok(());
            }
            wait();
        }
        bail!("{path} never was {state}")
    }

    /// How many orders are in each state.
    fn states(&self) -> Result<BTreeMap<String, usize>> {
        let mut states = BTreeMap::new();
        let mut path = "/api/v1/transactions?limit=200".to_owned();
        loop {
            let page = self.get(&path, &self.clerk)?;
            for order in page["items"].as_array().context("items")? {
                *states.entry(order["state"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
            let Some(cursor) = page["next_cursor"].as_str() else { return Ok(states) };
            path = format!("/api/v1/transactions?limit=200&cursor={cursor}");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the program is another process")]
fn wait() {
    std::thread::sleep(Duration::from_millis(2));
}

fn said((status, body): (u16, String)) -> Result<Json> {
    if !(200..300).contains(&status) {
        bail!("{status}: {body}");
    }
    Ok(serde_json::from_str(&body)?)
}

/// Clock ticks of CPU that a process has used, in milliseconds (100 ticks a second).
fn cpu_ms(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().context("stat")?.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    Ok((ticks(11) + ticks(12)) * 10.0)
}

fn at(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let place = (times.len() as f64 * share) as usize;
    times.get(place.min(times.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

/// So many callers do a piece of work until it was done so often; their times.
fn callers(callers: usize, all: usize, work: &(dyn Fn() -> Result<()> + Sync)) -> Result<Vec<Duration>> {
    let (done, next) = (Arc::new(std::sync::Mutex::new(Vec::new())), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let one = |_| {
            let (done, next) = (done.clone(), &next);
            scope.spawn(move || -> Result<()> {
                while next.fetch_add(1, Ordering::Relaxed) < all {
                    let begin = Instant::now();
                    work()?;
                    done.lock().map_err(|_| anyhow::anyhow!("a caller panicked"))?.push(begin.elapsed());
                }
                Ok(())
            })
        };
        let threads: Vec<_> = (0..callers).map(one).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("panicked"))?)
    })?;
    let mut done = done.lock().map_err(|_| anyhow::anyhow!("a caller panicked"))?;
    Ok(std::mem::take(&mut *done))
}

/// Checkout of seven steps at one and at eight callers.
pub fn checkout(kind: Kind) -> Result<()> {
    let shop = Shop::open(kind, 1_000_000)?;
    callers(4, 20, &|| shop.checkout())?;
    for count in [1, 8] {
        let mut cells = Vec::new();
        for _ in 0..REPEAT {
            let (cpu, begin) = (cpu_ms(shop.running.pid())?, Instant::now());
            let mut times = callers(count, ORDERS, &|| shop.checkout())?;
            let seconds = begin.elapsed().as_secs_f64();
            let used = (cpu_ms(shop.running.pid())? - cpu) / ORDERS as f64;
            cells.push((ORDERS as f64 / seconds, used, at(&mut times, 0.5), at(&mut times, 0.99)));
        }
        cells.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (rate, used, p50, p99) = cells[REPEAT / 2];
        println!(
            "checkout, seven steps over HTTP, {count} callers: {rate:.0} orders/s, {used:.1} ms CPU an order, \
             p50 {p50:.0} ms, p99 {p99:.0} ms"
        );
    }
    last_pieces(kind)
}

/// Forty buyers, twenty at a time, for five pieces.
fn last_pieces(kind: Kind) -> Result<()> {
    let shop = Shop::open(kind, 5)?;
    callers(20, 40, &|| shop.order("tok_ok").map(drop))?;
    for _ in 0..5000 {
        let states = shop.states()?;
        if !states.contains_key("created") && !states.contains_key("paid") {
            println!("40 buyers, 20 at a time, for 5 pieces: {states:?}");
            return Ok(());
        }
        wait();
    }
    bail!("the orders do not come to rest")
}

/// Whole sagas in a second, the bank refusing one in five.
pub fn sagas(kind: Kind) -> Result<()> {
    let shop = Shop::open(kind, 1_000_000)?;
    let mut rates = Vec::new();
    for _ in 0..REPEAT {
        let (before, number) = (shop.states()?.values().sum::<usize>(), AtomicUsize::new(0));
        let begin = Instant::now();
        let order = || {
            let refused = number.fetch_add(1, Ordering::Relaxed).is_multiple_of(5);
            shop.order(if refused { "tok_refused" } else { "tok_ok" }).map(drop)
        };
        callers(8, ORDERS, &order)?;
        loop {
            let states = shop.states()?;
            let over = states.get("reserved").unwrap_or(&0) + states.get("cancelled").unwrap_or(&0);
            if over == before + ORDERS {
                break;
            }
            wait();
        }
        rates.push(ORDERS as f64 / begin.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    let rate = rates[REPEAT / 2];
    println!("sagas until reserved or cancelled, one in five failing, 8 callers: {rate:.0}/s");
    Ok(())
}
