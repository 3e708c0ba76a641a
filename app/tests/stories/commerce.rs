//! Orders from the shop's stock to the customer: the last pieces are sold once, and money and goods add up.

use crate::backup::operator;
use crate::world::{Answer, World, once};
use archipel::ops::Command;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kernel::{DatabaseId, ModuleCode};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use testkit::on_both_engines;
use tokio::task::JoinSet;

pub const PRICE: i64 = 12_990;
pub const SHOP: &str = "quai";

/// Somebody with a token, who may act at the same time as others.
#[derive(Clone)]
pub struct Caller {
    pub world: Arc<World>,
    token: String,
}

impl Caller {
    pub async fn new(world: &Arc<World>, name: &str) -> Self {
        Self { world: world.clone(), token: world.as_person(name).await.token }
    }

    pub async fn ask(&self, method: &str, path: &str, body: &Json) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.world.ask(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A page, or a form sent from one, as a browser without scripts does.
    pub async fn page(&self, path: &str, form: Option<&str>) -> Answer {
        let request = Request::builder().method(if form.is_some() { "POST" } else { "GET" }).uri(path);
        let request = request.header(header::ACCEPT, "text/html");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.world.ask(request.body(Body::from(form.unwrap_or_default().to_owned())).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Json {
        let answer = self.ask("GET", path, &Json::Null).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    pub async fn post(&self, path: &str, body: &Json) -> Json {
        let answer = self.ask("POST", path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        answer.json()
    }

    /// How many orders are in each state.
    async fn states(&self) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        for order in self.get("/api/v1/transactions?limit=200").await["items"].as_array().unwrap() {
            *states.entry(order["state"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        states
    }

    /// Waits until the orders are in these states.
    pub async fn await_states(&self, wanted: &[(&str, usize)]) {
        let wanted: BTreeMap<String, usize> = wanted.iter().map(|(s, n)| ((*s).to_owned(), *n)).collect();
        once(async || {
            let seen = self.states().await;
            if seen == wanted { Ok(()) } else { Err(format!("{seen:?} instead of {wanted:?}")) }
        })
        .await;
    }
}

/// A product on sale, so many pieces of it in the shop.
pub async fn on_sale(chloe: &Caller, sku: &str, pieces: i64) -> Json {
    let product = json!({ "sku": sku, "name": "Gilet 150 N", "price_cents": PRICE });
    let id = chloe.post("/api/v1/inventory/products", &product).await["id"].clone();
    let receipt = json!({ "shop": SHOP, "product_id": id, "quantity": pieces });
    chloe.post("/api/v1/inventory/receipts", &receipt).await;
    id
}

pub fn order_of(product: &Json, quantity: u32, method: &str) -> Json {
    json!({ "shop": SHOP, "payment_method": method, "lines": [{ "product_id": product, "quantity": quantity }] })
}

/// Orders; waits until the product is on sale where orders are taken.
pub async fn order(buyer: &Caller, body: &Json) -> Json {
    let look = || async {
        let answer = buyer.ask("POST", "/api/v1/transactions", body).await;
        if answer.status == StatusCode::CREATED {
            return Ok(answer.json());
        }
        assert_eq!(answer.code(), "order_not_possible", "{}", answer.text);
        Err(answer.text)
    };
    once(look).await
}

/// What the bank has done, by kind: how often, and how much.
pub async fn book(world: &World) -> BTreeMap<String, (usize, i64)> {
    let db = world.system.database(&DatabaseId::main(ModuleCode::new("bank").unwrap())).unwrap();
    let mut book: BTreeMap<String, (usize, i64)> = BTreeMap::new();
    for row in db.rows_of("bank_operation", &["kind", "amount_cents"]).await.unwrap() {
        let sum = book.entry(row.text(0).unwrap()).or_default();
        *sum = (sum.0 + 1, sum.1 + row.int(1).unwrap());
    }
    book
}

/// What the bank has taken, and what it has held and not let go.
pub fn held(book: &BTreeMap<String, (usize, i64)>) -> (i64, i64) {
    let sum = |kind: &str| book.get(kind).map_or(0, |(_, cents)| *cents);
    (sum("capture"), sum("authorise") - sum("void"))
}

pub async fn stock(chloe: &Caller) -> (i64, i64) {
    let levels = chloe.get(&format!("/api/v1/inventory/shops/{SHOP}/stock")).await;
    let level = &levels["items"][0];
    (level["on_hand"].as_i64().unwrap(), level["reserved"].as_i64().unwrap())
}

pub async fn verified(world: &Arc<World>) {
    let report = operator(&world.system, Command::Verify).await.unwrap();
    assert_eq!(report["holds"], true, "{report}");
}

on_both_engines! {
    async fn forty_buyers_for_five_pieces(kind) {
        let world = Arc::new(World::new(kind).await);
        let (chloe, buyer) = (Caller::new(&world, "chloe").await, Caller::new(&world, "client").await);
        let product = on_sale(&chloe, "GIL-150", 5).await;
        order(&buyer, &order_of(&product, 1, "tok_ok")).await;
        let mut buyers = JoinSet::new();
        for n in 1..40 {
            let (buyer, body) = (buyer.clone(), order_of(&product, 1, "tok_ok"));
            buyers.spawn(async move { order(&buyer, &body).await });
            if n % 20 == 19 { while buyers.join_next().await.is_some() {} }
        }
        while buyers.join_next().await.is_some() {}
        buyer.await_states(&[("reserved", 5), ("cancelled", 35)]).await;
        assert_eq!(stock(&chloe).await, (5, 5));

        let open = chloe.get(&format!("/api/v1/retail/shops/{SHOP}/orders")).await;
        let ids: Vec<String> = open["items"].as_array().unwrap().iter()
            .map(|o| o["transaction_id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.len(), 5);
        for id in &ids[..3] { chloe.post(&format!("/api/v1/retail/orders/{id}/fulfil"), &Json::Null).await; }
        chloe.post(&format!("/api/v1/retail/orders/{}/refuse", ids[3]), &Json::Null).await;
        buyer.post(&format!("/api/v1/transactions/{}/cancel", ids[4]), &Json::Null).await;
        buyer.await_states(&[("completed", 3), ("cancelled", 37)]).await;
        once(async || {
            let (stock, book) = (stock(&chloe).await, book(&world).await);
            if (stock, held(&book)) == ((2, 0), (3 * PRICE, 3 * PRICE)) { Ok(()) } else { Err(format!("{stock:?} {book:?}")) }
        }).await;
        verified(&world).await;
    }

    async fn a_bank_that_refuses_or_keeps_silent(kind) {
        let world = Arc::new(World::new(kind).await);
        let (chloe, buyer) = (Caller::new(&world, "chloe").await, Caller::new(&world, "client").await);
        let product = on_sale(&chloe, "GIL-150", 5).await;
        let refused = order(&buyer, &order_of(&product, 2, "tok_refused")).await;
        let silent = order(&buyer, &order_of(&product, 2, "tok_silent")).await;
        buyer.await_states(&[("reserved", 1), ("cancelled", 1)]).await;
        let path = |order: &Json| format!("/api/v1/transactions/{}", order["id"].as_str().unwrap());
        assert_eq!(buyer.get(&path(&refused)).await["reason"], "payment_refused");
        assert_eq!(buyer.get(&path(&silent)).await["state"], "reserved");
        assert_eq!(book(&world).await["authorise"], (1, 2 * PRICE), "asked twice, done once");
        verified(&world).await;
    }

    async fn an_order_that_cannot_be_placed_changes_nothing(kind) {
        let world = Arc::new(World::new(kind).await);
        let (chloe, buyer) = (Caller::new(&world, "chloe").await, Caller::new(&world, "client").await);
        let product = on_sale(&chloe, "GIL-150", 5).await;
        let first = order(&buyer, &order_of(&product, 1, "tok_ok")).await;
        for quantity in [0, 1001] {
            let answer = buyer.ask("POST", "/api/v1/transactions", &order_of(&product, quantity, "tok_ok")).await;
            assert_eq!((answer.code().as_str(), answer.status), ("order_not_possible", StatusCode::UNPROCESSABLE_ENTITY));
        }
        let mut seen = order_of(&product, 1, "tok_ok");
        seen["lines"][0]["unit_price_cents"] = json!(PRICE - 1);
        assert_eq!(buyer.ask("POST", "/api/v1/transactions", &seen).await.code(), "order_not_possible");
        let nobody = order_of(&json!(kernel::Uuid::nil()), 1, "tok_ok");
        assert_eq!(buyer.ask("POST", "/api/v1/transactions", &nobody).await.code(), "order_not_possible");
        let path = format!("/api/v1/transactions/{}", first["id"].as_str().unwrap());
        let lea = Caller::new(&world, "lea").await;
        assert_eq!(lea.ask("GET", &path, &Json::Null).await.status, StatusCode::FORBIDDEN);
        buyer.await_states(&[("reserved", 1)]).await;
        buyer.post(&format!("{path}/cancel"), &Json::Null).await;
        let again = buyer.ask("POST", &format!("{path}/cancel"), &Json::Null).await;
        assert_eq!(again.code(), "order_is_final");
    }
}
