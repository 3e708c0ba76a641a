//! What goes wrong with an order, and what becomes of it: the bank keeps silent, expires, or gives nothing back; the
//! shop is late; goods come back. Money and goods add up after each.

use crate::commerce::{Caller, PRICE, SHOP, book, on_sale, order, order_of, verified};
use crate::world::World;
use axum::http::StatusCode;
use kernel::{Clock, SystemClock, TestClock};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{Kind, on_both_engines};

/// A world whose time is the test's, with a product on sale.
struct Story {
    world: Arc<World>,
    clock: Arc<TestClock>,
    product: Json,
    /// Who is signed in, and since when by the test's clock.
    signed_in: Mutex<BTreeMap<String, (Caller, i64)>>,
}

/// Signed in again after so many microseconds, before the token is over.
const SIGNED_IN: i64 = 300_000_000;

impl Story {
    async fn new(kind: Kind) -> Self {
        let clock = Arc::new(TestClock::at(SystemClock.now()));
        let world = Arc::new(World::at(kind, clock.clone()).await);
        let product = on_sale(&Caller::new(&world, "chloe").await, "GIL-150", 50).await;
        Self { world, clock, product, signed_in: Mutex::default() }
    }

    async fn as_person(&self, name: &str) -> Caller {
        let now = self.clock.now().0;
        let known = self.signed_in.lock().unwrap().get(name).cloned();
        if let Some((caller, since)) = known
            && now - since < SIGNED_IN
        {
            return caller;
        }
        let caller = Caller::new(&self.world, name).await;
        self.signed_in.lock().unwrap().insert(name.to_owned(), (caller.clone(), now));
        caller
    }

    async fn ordered(&self, quantity: u32, method: &str) -> String {
        let buyer = self.as_person("client").await;
        let order = order(&buyer, &order_of(&self.product, quantity, method)).await;
        order["id"].as_str().unwrap().to_owned()
    }

    /// An order that any shop may prepare.
    async fn ordered_anywhere(&self, quantity: u32) -> String {
        let buyer = self.as_person("client").await;
        let mut body = order_of(&self.product, quantity, "tok_ok");
        body["reroute"] = json!(true);
        order(&buyer, &body).await["id"].as_str().unwrap().to_owned()
    }

    /// A cart with one piece, in the first shop; waits until the web shop knows what is sold.
    async fn filled(&self, buyer: &Caller) -> String {
        let line = json!({ "product_id": self.product, "quantity": 1 });
        for _ in 0..500 {
            let cart = buyer.ask("POST", "/api/v1/carts", &json!({ "shop": SHOP })).await;
            if cart.status.is_success() {
                let id = cart.json()["id"].as_str().unwrap().to_owned();
                let path = format!("/api/v1/carts/{id}/lines");
                if buyer.ask("POST", &path, &line).await.status.is_success() {
                    return id;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the web shop never had it");
    }

    /// Pieces of the product come to a shop.
    async fn brought(&self, shop: &str, pieces: i64) {
        let receipt = json!({ "shop": shop, "product_id": self.product, "quantity": pieces });
        self.as_person("chloe").await.post("/api/v1/inventory/receipts", &receipt).await;
    }

    /// Waits until a shop has so many pieces, so many of them promised.
    async fn stocked(&self, shop: &str, (on_hand, reserved): (i64, i64)) {
        let level =
            |page: &Json| page["items"][0]["on_hand"] == on_hand && page["items"][0]["reserved"] == reserved;
        self.until(&format!("/api/v1/inventory/shops/{shop}/stock"), level).await;
    }

    /// Whether a page of a shop's orders has one.
    fn lists(&self, page: &Json, id: &str) -> bool {
        page["items"].as_array().unwrap().iter().any(|order| order["transaction_id"] == id)
    }

    /// Lets time pass, and whoever sleeps notice it.
    async fn later(&self, seconds: i64) {
        self.clock.advance(seconds);
        self.ordered(1, "tok_ok").await;
    }

    /// Asks until the answer is as wanted; time passes by the second meanwhile, so that what is to be tried again is.
    async fn until(&self, path: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        let mut last = Json::Null;
        for _ in 0..600 {
            let chloe = self.as_person("chloe").await;
            let answer = chloe.ask("GET", path, &Json::Null).await;
            if answer.status == StatusCode::OK {
                last = answer.json();
                if wanted(&last) {
                    return last;
                }
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
            self.clock.advance(1);
        }
        panic!("{path} stays {last}");
    }

    async fn is(&self, id: &str, state: &str) -> Json {
        self.until(&format!("/api/v1/transactions/{id}"), |t| t["state"] == state).await
    }

    async fn shop(&self, id: &str, verb: &str) {
        self.as_person("chloe").await.post(&format!("/api/v1/retail/orders/{id}/{verb}"), &Json::Null).await;
    }

    /// An order that was paid, handed over, and has arrived.
    async fn delivered(&self, quantity: u32, method: &str) -> String {
        let id = self.ordered(quantity, method).await;
        self.is(&id, "reserved").await;
        self.in_shop(&id).await;
        self.shop(&id, "fulfil").await;
        self.is(&id, "completed").await;
        self.shop(&id, "deliver").await;
        self.until(&format!("/api/v1/transactions/{id}"), |t| t["delivered"] == true).await;
        id
    }

    /// Waits until the shop has an order before it.
    async fn in_shop(&self, id: &str) {
        let path = format!("/api/v1/retail/shops/{SHOP}/orders");
        let of = |o: &Json| o["transaction_id"] == id;
        self.until(&path, |page| page["items"].as_array().unwrap().iter().any(of)).await;
    }

    /// A customer sends pieces back, and the shop accepts. Answers the return.
    async fn sent_back(&self, id: &str, quantity: u32) -> String {
        let buyer = self.as_person("client").await;
        let lines = json!([{ "product_id": self.product, "quantity": quantity }]);
        let body = json!({ "transaction_id": id, "reason": "trop grand", "lines": lines });
        let mut asked = buyer.ask("POST", "/api/v1/returns", &body).await;
        for _ in 0..200 {
            if asked.status == StatusCode::CREATED {
                break;
            }
            // The delivery has not been heard of yet where returns are taken.
            tokio::time::sleep(Duration::from_millis(25)).await;
            asked = buyer.ask("POST", "/api/v1/returns", &body).await;
        }
        assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text);
        let back = asked.json()["id"].as_str().unwrap().to_owned();
        self.as_person("chloe").await.post(&format!("/api/v1/returns/{back}/approve"), &Json::Null).await;
        back
    }

    async fn payment(&self, id: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.until(&format!("/api/v1/payments/{id}"), wanted).await
    }

    /// The one incident of a kind.
    async fn incident(&self, kind: &str) -> Json {
        let path = format!("/api/v1/transactions/incidents?kind={kind}");
        let page = self.until(&path, |page| !page["items"].as_array().unwrap().is_empty()).await;
        page["items"][0].clone()
    }

    async fn act(&self, incident: &Json, body: &Json) -> crate::world::Answer {
        let path = format!("/api/v1/transactions/incidents/{}/act", incident["id"].as_str().unwrap());
        self.as_person("omar").await.ask("POST", &path, body).await
    }

    async fn settled(&self, incident: &Json) -> Json {
        let path = format!("/api/v1/transactions/incidents/{}", incident["id"].as_str().unwrap());
        self.until(&path, |incident| incident["state"] == "resolved").await
    }
}

on_both_engines! {
    async fn goods_come_back_and_their_money_goes_back(kind) {
        let story = Story::new(kind).await;
        let id = story.delivered(3, "tok_ok").await;
        let back = story.sent_back(&id, 2).await;
        story.until(&format!("/api/v1/returns/{back}"), |r| r["state"] == "closed").await;
        let t = story.until(&format!("/api/v1/transactions/{id}"), |t| t["returned_cents"] == 2 * PRICE).await;
        assert_eq!(t["state"], "completed");
        assert_eq!(book(&story.world).await["refund"], (1, 2 * PRICE));
        let stock = format!("/api/v1/inventory/shops/{SHOP}/stock");
        story.until(&stock, |page| page["items"][0]["on_hand"] == 49).await;
        let more = json!({ "transaction_id": id, "reason": "x", "lines": [{ "product_id": story.product, "quantity": 2 }] });
        let buyer = story.as_person("client").await;
        let too_many = buyer.ask("POST", "/api/v1/returns", &more).await;
        assert_eq!((too_many.status, too_many.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "return_not_possible"));
        let underway = story.ordered(1, "tok_ok").await;
        let early = json!({ "transaction_id": underway, "reason": "x", "lines": [{ "product_id": story.product, "quantity": 1 }] });
        story.is(&underway, "reserved").await;
        story.until(&format!("/api/v1/transactions/{underway}"), |_| true).await;
        let answer = buyer.ask("POST", "/api/v1/returns", &early).await;
        assert!([StatusCode::CONFLICT, StatusCode::NOT_FOUND].contains(&answer.status), "{}", answer.text);
        verified(&story.world).await;
    }

    async fn a_stuck_refund_is_settled_by_an_operator(kind) {
        let story = Story::new(kind).await;
        let id = story.delivered(1, "tok_refund_fails").await;
        let back = story.sent_back(&id, 1).await;
        story.payment(&id, |p| p["refunds"][0]["state"] == "asked").await;
        story.later(25 * 3600).await;
        story.payment(&id, |p| p["refunds"][0]["state"] == "manual").await;
        let incident = story.incident("refund").await;
        assert_eq!(incident["actions"], json!(["retry", "settle"]), "what is owed is never written off");
        let without = story.act(&incident, &json!({ "action": "settle", "reason": " " })).await;
        assert_eq!(without.code(), "reason_missing");
        let without = story.act(&incident, &json!({ "action": "settle", "reason": "virement" })).await;
        assert_eq!(without.code(), "reference_missing");
        let lost = story.act(&incident, &json!({ "action": "write_off", "reason": "perdu" })).await;
        assert_eq!(lost.code(), "incident_not_actionable");
        verified(&story.world).await;
        let body = json!({ "action": "settle", "reason": "La banque ne répond plus", "reference": "VIR-2026-118" });
        assert_eq!(story.act(&incident, &body).await.status, StatusCode::OK);
        let settled = story.settled(&incident).await;
        assert_eq!(settled["decided"]["reference"], "VIR-2026-118");
        story.until(&format!("/api/v1/returns/{back}"), |r| r["state"] == "closed").await;
        let payment = story.payment(&id, |p| p["hand_cents"] == -PRICE).await;
        assert_eq!((payment["refunded_cents"].as_i64(), book(&story.world).await.get("refund")), (Some(0), None));
        verified(&story.world).await;
    }

    async fn a_bank_that_gives_back_late_is_asked_until_it_does(kind) {
        let story = Story::new(kind).await;
        let id = story.delivered(1, "tok_refund_late").await;
        story.sent_back(&id, 1).await;
        story.payment(&id, |p| p["refunded_cents"] == PRICE).await;
        assert_eq!(book(&story.world).await["refund"], (1, PRICE));
        verified(&story.world).await;
    }

    async fn an_authorisation_that_has_expired_is_asked_for_again_once(kind) {
        let story = Story::new(kind).await;
        let again = story.delivered(1, "tok_expires").await;
        story.payment(&again, |p| p["stage"] == "captured").await;
        let never = story.delivered(1, "tok_capture_fails").await;
        story.payment(&never, |p| p["stage"] == "uncaptured").await;
        let incident = story.incident("capture").await;
        assert_eq!(incident["transaction_id"], json!(never));
        let retry = json!({ "action": "retry", "reason": "Le client a rappelé sa banque" });
        assert_eq!(story.act(&incident, &retry).await.status, StatusCode::OK);
        let path = format!("/api/v1/transactions/incidents/{}", incident["id"].as_str().unwrap());
        story.until(&path, |incident| incident["state"] == "open").await;
        let lost = json!({ "action": "write_off", "reason": "Client introuvable" });
        assert_eq!(story.act(&incident, &lost).await.status, StatusCode::OK);
        story.settled(&incident).await;
        story.payment(&never, |p| p["stage"] == "written_off").await;
        verified(&story.world).await;
    }

    async fn what_does_not_come_in_time_cancels_and_gives_back(kind) {
        let story = Story::new(kind).await;
        let id = story.ordered(2, "tok_twice").await;
        story.is(&id, "reserved").await;
        story.later(6 * 86_400).await;
        let late = story.is(&id, "cancelled").await;
        assert_eq!(late["reason"], "timeout");
        story.until(&format!("/api/v1/transactions/{id}"), |t| t["settled"] == true).await;
        let payment = story.payment(&id, |p| p["stage"] == "voided").await;
        assert_eq!(payment["captured_cents"], 0);
        let slow = story.ordered(1, "tok_slow").await;
        story.is(&slow, "reserved").await;
        verified(&story.world).await;
    }

    async fn one_shop_refuses_and_another_one_prepares_it(kind) {
        let story = Story::new(kind).await;
        story.brought("brest", 2).await;
        story.brought("crozon", 5).await;
        let id = story.ordered_anywhere(3).await;
        let chloe = story.as_person("chloe").await;
        story.in_shop(&id).await;
        story.shop(&id, "refuse").await;
        let moved = story.until("/api/v1/retail/shops/crozon/orders", |page| story.lists(page, &id)).await;
        assert_eq!(moved["items"][0]["pieces"], 3, "brest has too few");
        let t = story.until(&format!("/api/v1/transactions/{id}"), |t| t["shop"] == "crozon").await;
        assert_eq!((&t["state"], &t["reroute"], &t["rerouted"]), (&json!("reserved"), &json!(true), &json!(1)));
        story.stocked(SHOP, (50, 0)).await;
        story.stocked("crozon", (5, 3)).await;

        // The old shop has it among what it refused, and cannot hand it over; the page that it has open cannot either.
        let refused = chloe.get(&format!("/api/v1/retail/shops/{SHOP}/orders?stage=refused")).await;
        assert!(story.lists(&refused, &id), "{refused}");
        let there = format!("/api/v1/retail/orders/{id}/fulfil?shop={SHOP}");
        let late = chloe.ask("POST", &there, &Json::Null).await;
        assert_eq!((late.status, late.code().as_str()), (StatusCode::CONFLICT, "order_elsewhere"));
        assert_eq!(late.json()["details"]["shop"], "crozon");
        let page = chloe.page(&format!("/magasins/commandes/{id}"), Some(&format!("do=fulfil&shop={SHOP}"))).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text);
        let back_office = chloe.ask("GET", &format!("/transactions/{id}"), &Json::Null).await.text;
        assert!(back_office.contains("Autre boutique") && back_office.contains("Crozon"), "{back_office}");
        verified(&story.world).await;

        story.shop(&id, "fulfil").await;
        story.is(&id, "completed").await;
        story.shop(&id, "deliver").await;
        story.until(&format!("/api/v1/transactions/{id}"), |t| t["delivered"] == true).await;
        story.payment(&id, |p| p["stage"] == "captured").await;
        assert_eq!(book(&story.world).await["capture"], (1, 3 * PRICE));
        story.stocked(SHOP, (50, 0)).await;
        story.stocked("crozon", (2, 0)).await;
        // It is a sale of the shop that handed it over, and what comes back goes there.
        let of = |shop: &str| format!("/api/v1/reports/sales?period=week&shop={shop}");
        story.until(&of("crozon"), |sales| sales["total"]["gross_cents"] == 3 * PRICE).await;
        let old = story.until(&of(SHOP), |sales| sales["total"].is_object()).await;
        assert_eq!((&old["total"]["pieces"], &old["items"]), (&json!(0), &json!([])), "{old}");
        let back = story.sent_back(&id, 1).await;
        story.until(&format!("/api/v1/returns/{back}"), |r| r["state"] == "closed").await;
        story.stocked("crozon", (3, 0)).await;
        verified(&story.world).await;
    }

    async fn a_customer_sees_which_shop_has_their_order(kind) {
        let story = Story::new(kind).await;
        story.brought("brest", 1).await;
        let buyer = story.as_person("client").await;
        let cart = story.filled(&buyer).await;
        let ask = format!("/api/v1/carts/{cart}/checkout");
        assert!(buyer.page("/shop/checkout", None).await.text.contains("name=\"reroute\""));
        let placed = buyer.post(&ask, &json!({ "payment_method": "tok_ok", "reroute": true })).await;
        assert_eq!((&placed["shop"], &placed["reroute"]), (&json!(SHOP), &json!(true)));
        let id = placed["id"].as_str().unwrap().to_owned();
        story.until(&format!("/api/v1/retail/shops/{SHOP}/orders"), |page| story.lists(page, &id)).await;
        story.shop(&id, "refuse").await;
        let moved = story.until(&format!("/api/v1/ecommerce/orders/{id}"), |o| o["shop"] == "brest").await;
        assert_eq!(moved["status"], "preparing");
        let page = story.as_person("client").await.page(&format!("/shop/orders/{id}"), None).await;
        assert!(page.text.contains("Votre commande a changé de boutique") && page.text.contains("Brest"), "{}", page.text);
        let told = story.as_person("client").await.page("/shop/notifications", None).await;
        assert!(told.text.contains("Confiée à une autre boutique"), "{}", told.text);
        verified(&story.world).await;
    }

    async fn when_every_shop_refuses_it_is_cancelled_and_paid_back(kind) {
        let story = Story::new(kind).await;
        story.brought("brest", 2).await;
        let id = story.ordered_anywhere(2).await;
        for shop in [SHOP, "brest"] {
            story.until(&format!("/api/v1/retail/shops/{shop}/orders"), |page| story.lists(page, &id)).await;
            story.shop(&id, "refuse").await;
        }
        let t = story.is(&id, "cancelled").await;
        assert_eq!((&t["reason"], &t["shop"]), (&json!("shop"), &json!("brest")));
        story.until(&format!("/api/v1/transactions/{id}"), |t| t["settled"] == true).await;
        let payment = story.payment(&id, |p| p["stage"] == "voided").await;
        assert_eq!(payment["captured_cents"], 0);
        story.stocked(SHOP, (50, 0)).await;
        story.stocked("brest", (2, 0)).await;
        verified(&story.world).await;
        // Who has not allowed it: cancelled at the first refusal, as ever.
        let only_here = story.ordered(1, "tok_ok").await;
        story.in_shop(&only_here).await;
        story.shop(&only_here, "refuse").await;
        let t = story.is(&only_here, "cancelled").await;
        assert_eq!((&t["reason"], &t["reroute"], &t["shop"]), (&json!("shop"), &json!(false), &json!(SHOP)));
        verified(&story.world).await;
    }

    async fn a_shop_that_takes_too_long_loses_it_to_another(kind) {
        let story = Story::new(kind).await;
        story.brought("brest", 1).await;
        let id = story.ordered_anywhere(1).await;
        story.in_shop(&id).await;
        story.shop(&id, "pick").await;
        story.later(6 * 86_400).await;
        story.until("/api/v1/retail/shops/brest/orders", |page| story.lists(page, &id)).await;
        let t = story.until(&format!("/api/v1/transactions/{id}"), |t| t["shop"] == "brest").await;
        assert_eq!(t["state"], "reserved");
        // Cancelled after it has moved: the new shop has nothing set aside any more, and nothing to prepare.
        let chloe = story.as_person("chloe").await;
        chloe.post(&format!("/api/v1/transactions/{id}/cancel"), &Json::Null).await;
        story.until(&format!("/api/v1/transactions/{id}"), |t| t["settled"] == true).await;
        story.stocked("brest", (1, 0)).await;
        story.until(&format!("/api/v1/retail/orders/{id}"), |o| o["stage"] == "cancelled").await;
        verified(&story.world).await;
    }

    async fn the_back_office_tells_every_step(kind) {
        let story = Story::new(kind).await;
        let id = story.ordered(1, "tok_ok").await;
        story.is(&id, "reserved").await;
        let (chloe, lea) = (story.as_person("chloe").await, story.as_person("lea").await);
        chloe.post(&format!("/api/v1/transactions/{id}/cancel"), &Json::Null).await;
        story.until(&format!("/api/v1/transactions/{id}"), |t| t["settled"] == true).await;
        for path in ["/transactions".to_owned(), format!("/transactions/{id}"), "/transactions/incidents".to_owned()] {
            let page = chloe.ask("GET", &path, &Json::Null).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            assert_eq!(lea.ask("GET", &path, &Json::Null).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        for _ in 0..200 {
            let page = chloe.ask("GET", &format!("/transactions/{id}"), &Json::Null).await.text;
            if ["payment.refunded", "inventory.released", "Libéré", "Rendu"].iter().all(|word| page.contains(word)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the page does not tell what was undone");
    }
}
