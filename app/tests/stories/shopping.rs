//! On the web: from the shelf through the cart to the order, at the price that was seen, once.

use crate::backup::operator;
use crate::world::{self, Answer, Caller, World};
use archipel::ops::Command;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value as Json, json};
use testkit::on_both_engines;

const GILET: &str = "PLA-66824";

pub async fn send(caller: &Caller<'_>, method: &str, path: &str, body: &Json) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.header(header::CONTENT_TYPE, "application/json");
    caller.ask(request.body(Body::from(body.to_string())).unwrap()).await
}

/// What a path answers, once it is as it should be.
pub async fn once(caller: &Caller<'_>, path: &str, wanted: impl Fn(&Json) -> bool) -> Json {
    world::once(async || {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        world::wanted(answer.json(), &wanted)
    })
    .await
}

/// Sends a form, as a browser does without scripts.
pub async fn form(caller: &Caller<'_>, path: &str, fields: &str) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    caller.ask(request.body(Body::from(fields.to_owned())).unwrap()).await
}

pub async fn product(caller: &Caller<'_>, sku: &str) -> Json {
    let found = caller.get(&format!("/api/v1/products?q={sku}")).await.json();
    found["items"][0].clone()
}

/// What a request answers, once the shop's copies know what it is about.
async fn posted(client: &Caller<'_>, path: &str, body: &Json) -> Json {
    world::once(async || {
        let answer = client.post(path, body).await;
        if answer.status.is_success() {
            return Ok(answer.json());
        }
        assert_eq!(answer.code(), "order_not_possible", "{}", answer.text);
        Err(answer.text)
    })
    .await
}

/// A cart of the caller's in a shop; waits until the shop's copies know what is sold.
pub async fn cart(client: &Caller<'_>, shop: &str) -> String {
    posted(client, "/api/v1/carts", &json!({ "shop": shop })).await["id"].as_str().unwrap().to_owned()
}

pub async fn add(client: &Caller<'_>, cart: &str, product: &Json, quantity: i64) -> Json {
    let body = json!({ "product_id": product["id"], "quantity": quantity });
    posted(client, &format!("/api/v1/carts/{cart}/lines"), &body).await
}

async fn level(caller: &Caller<'_>, shop: &str, sku: &str) -> (i64, i64) {
    let found = caller.get(&format!("/api/v1/stock?shop={shop}&q={sku}")).await.json();
    let level = &found["items"][0];
    (level["on_hand"].as_i64().unwrap(), level["reserved"].as_i64().unwrap())
}

pub async fn verified(world: &World) {
    let report = operator(&world.system, Command::Verify).await.unwrap();
    assert_eq!(report["holds"], true, "{report}");
}

on_both_engines! {
    async fn a_cart_becomes_one_order(kind) {
        let world = World::new(kind).await;
        let (chloe, client) = (world.as_person("chloe").await, world.as_person("client").await);
        world.at_rest().await;
        let gilet = product(&client, GILET).await;
        let (on_hand, promised) = level(&chloe, "concarneau", GILET).await;
        assert_eq!((gilet["price_cents"].as_i64(), gilet["vat_rate_bp"].as_i64()), (Some(11_990), Some(2000)));
        let id = cart(&client, "concarneau").await;
        let with_two = add(&client, &id, &gilet, 2).await;
        assert_eq!(with_two["total_cents"], 23_980);
        for quantity in [0, -1, 999, i64::from(u32::MAX) + 3, i64::MIN] {
            let body = json!({ "product_id": gilet["id"], "quantity": quantity });
            let answer = client.post(&format!("/api/v1/carts/{id}/lines"), &body).await;
            assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "order_not_possible"));
        }

        // Another price since the cart: told, and nothing is changed.
        let product = gilet["id"].as_str().unwrap();
        let dearer = json!({ "price_cents": 12_490, "version": gilet["version"] });
        assert_eq!(send(&chloe, "PUT", &format!("/api/v1/products/{product}/price"), &dearer).await.status, StatusCode::OK);
        let path = format!("/api/v1/carts/{id}");
        once(&client, &path, |cart| cart["lines"][0]["new_price_cents"] == 12_490).await;
        let pay = json!({ "payment_method": "tok_ok" });
        let refused = client.post(&format!("{path}/checkout"), &pay).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "price_changed"));
        assert_eq!(refused.json()["details"]["lines"][0]["unit_price_cents"], 12_490);
        assert_eq!(client.get("/api/v1/ecommerce/orders").await.json()["items"], json!([]));
        let card = client.post(&format!("{path}/checkout"), &json!({ "payment_method": "4539148803436467" })).await;
        assert_eq!(card.code(), "order_not_possible", "a card number goes nowhere");
        let seen = send(&client, "PATCH", &path, &json!({ "reprice": true })).await.json();
        assert_eq!(seen["total_cents"], 24_980);

        // Twice with a key, and once more without: one order.
        let order = client.post_with_key(&format!("{path}/checkout"), &pay, "checkout-1").await;
        assert_eq!(order.status, StatusCode::CREATED, "{}", order.text);
        let again = client.post_with_key(&format!("{path}/checkout"), &pay, "checkout-1").await;
        assert_eq!((again.header("idempotency-replayed"), &again.text), ("true", &order.text));
        let order = order.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(client.post(&format!("{path}/checkout"), &pay).await.json()["id"], *order);
        let late = client.post(&format!("{path}/lines"), &json!({ "product_id": product, "quantity": 1 })).await;
        assert_eq!(late.code(), "cart_ordered");

        let mine = format!("/api/v1/ecommerce/orders/{order}");
        once(&client, &mine, |order| order["status"] == "preparing").await;
        assert_eq!(level(&chloe, "concarneau", GILET).await, (on_hand, promised + 2));
        assert_eq!(client.get(&format!("/api/v1/transactions/{order}")).await.json()["total_cents"], 24_980);
        assert_eq!(world.as_person("lea").await.get(&mine).await.status, StatusCode::FORBIDDEN);
        assert_eq!(chloe.get(&mine).await.status, StatusCode::OK);
        let strange = chloe.get(&path).await.status;
        assert_eq!(strange, StatusCode::FORBIDDEN, "carts are their customers'");

        chloe.post(&format!("/api/v1/retail/orders/{order}/fulfil"), &Json::Null).await;
        once(&client, &mine, |order| order["status"] == "sent").await;
        let late = client.post(&format!("{mine}/cancel"), &Json::Null).await;
        assert_eq!(late.code(), "order_is_final");
        chloe.post(&format!("/api/v1/retail/orders/{order}/deliver"), &Json::Null).await;
        once(&client, &mine, |order| order["status"] == "delivered").await;
        once(&chloe, "/api/v1/stock?shop=concarneau&q=PLA-66824", |s| s["items"][0]["on_hand"] == on_hand - 2).await;
        verified(&world).await;
    }

    async fn a_refused_payment_and_a_change_of_mind(kind) {
        let world = World::new(kind).await;
        let client = world.as_person("client").await;
        let gilet = product(&client, GILET).await;
        let id = cart(&client, "lorient").await;
        assert_eq!(cart(&client, "lorient").await, id, "one open cart each");
        add(&client, &id, &gilet, 1).await;
        let empty = send(&client, "DELETE", &format!("/api/v1/carts/{id}/lines/{}", gilet["id"].as_str().unwrap()), &Json::Null).await;
        assert_eq!(empty.json()["lines"], json!([]));
        let pay = |method: &str| json!({ "payment_method": method });
        let nothing = client.post(&format!("/api/v1/carts/{id}/checkout"), &pay("tok_ok")).await;
        assert_eq!(nothing.code(), "order_not_possible");
        add(&client, &id, &gilet, 1).await;
        let refused = client.post(&format!("/api/v1/carts/{id}/checkout"), &pay("tok_refused")).await.json();
        let path = format!("/api/v1/ecommerce/orders/{}", refused["id"].as_str().unwrap());
        let ended = once(&client, &path, |order| order["status"] == "cancelled").await;
        assert_eq!(ended["reason"], "payment_refused");

        let id = cart(&client, "lorient").await;
        add(&client, &id, &gilet, 3).await;
        let order = client.post(&format!("/api/v1/carts/{id}/checkout"), &pay("tok_silent")).await.json();
        let path = format!("/api/v1/ecommerce/orders/{}", order["id"].as_str().unwrap());
        once(&client, &path, |order| order["status"] == "preparing").await;
        assert_eq!(client.post(&format!("{path}/cancel"), &Json::Null).await.status, StatusCode::OK);
        let ended = once(&client, &path, |order| {
            order["status"] == "cancelled" && order["steps"].as_array().unwrap().iter().any(|s| s["kind"] == "refunded")
        }).await;
        assert_eq!(ended["reason"], "customer");
        once(&client, "/api/v1/stock?shop=lorient&q=PLA-66824", |s| s["items"][0]["reserved"] == 0).await;
        verified(&world).await;
    }

    async fn the_shop_and_the_stock_room_work_without_scripts(kind) {
        let world = World::new(kind).await;
        let (chloe, client) = (world.as_person("chloe").await, world.as_person("client").await);
        let gilet = product(&client, GILET).await;
        let id = gilet["id"].as_str().unwrap();
        cart(&client, "concarneau").await;
        let shelf = client.get("/shop?category=S%C3%A9curit%C3%A9&q=gilet").await;
        assert!(shelf.text.contains("Gilet Pilot 165 N") && !shelf.text.contains("Manille"), "{}", shelf.text);
        assert!(client.get(&format!("/shop/products/{id}")).await.text.contains("Concarneau"));
        let wrong = form(&client, "/shop/cart/add", &format!("product={id}&quantity=-3")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
        let added = form(&client, "/shop/cart/add", &format!("product={id}&quantity=2")).await;
        assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, "/shop/cart?did=added"));
        assert!(client.get("/shop/cart").await.text.contains("239,80"));
        let page = client.get("/shop/checkout").await.text;
        let (_, rest) = page.split_once("name=\"cart\" value=\"").unwrap();
        let sent = form(&client, "/shop/checkout", &format!("cart={}&method=tok_ok", &rest[..36])).await;
        let order = sent.header("location").split('?').next().unwrap().to_owned();
        assert!(order.starts_with("/shop/orders/"), "{}", sent.text);
        let again = form(&client, "/shop/checkout", &format!("cart={}&method=tok_ok", &rest[..36])).await;
        assert!(again.header("location").starts_with(&order), "one cart, one order");
        let api = order.replace("/shop/orders/", "/api/v1/ecommerce/orders/");
        once(&client, &api, |order| order["status"] == "preparing").await;
        assert!(client.get(&order).await.text.contains("En préparation"));
        assert!(client.get("/shop/notifications").await.text.contains("Articles mis de côté"));
        assert_eq!(form(&client, "/shop/notifications", "").await.status, StatusCode::SEE_OTHER);
        assert!(chloe.get("/shop/orders").await.text.contains("Katell Jaouen"));

        assert!(chloe.get("/stock?needs=somebody").await.text.contains("Stock bas"));
        world.at_rest().await;
        let (before, _) = level(&chloe, "lorient", GILET).await;
        let received = form(&chloe, &format!("/stock/products/{id}/receive"), &format!("shop=lorient&pieces=5&once={}", kernel::Uuid::from_u128(77))).await;
        assert_eq!(received.status, StatusCode::SEE_OTHER, "{}", received.text);
        form(&chloe, &format!("/stock/products/{id}/receive"), &format!("shop=lorient&pieces=5&once={}", kernel::Uuid::from_u128(77))).await;
        assert_eq!(level(&chloe, "lorient", GILET).await.0, before + 5, "sent twice, received once");
        let page = chloe.get(&format!("/stock/products/{id}")).await;
        assert!(page.text.contains("Grand livre"), "{}", page.text);
        let refused = form(&chloe, &format!("/stock/products/{id}/count"), "shop=concarneau&pieces=1").await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "two are promised");
        assert_eq!(client.get("/stock").await.status, StatusCode::FORBIDDEN);
        let asked = form(&chloe, "/stock/transfers/new", &format!("from=lorient&to=concarneau&product={id}&pieces=3&product=&pieces=")).await;
        let transfer = asked.header("location").split('?').next().unwrap().to_owned();
        for step in ["approve", "ship"] { form(&chloe, &format!("{transfer}/{step}"), "").await; }
        assert!(chloe.get(&transfer).await.text.contains("En route"));
        let (there, _) = level(&chloe, "concarneau", GILET).await;
        form(&chloe, &format!("{transfer}/receive"), &format!("come-{id}=2")).await;
        assert_eq!(level(&chloe, "concarneau", GILET).await.0, there + 2);

        let omar = world.as_person("omar").await;
        let references = omar.get("/api/v1/references").await.json();
        let held = references["references"].as_array().unwrap().iter().filter(|r| r["standing"] == "holds").count();
        assert!(held >= 5, "{references}");
        assert_eq!(omar.get("/console/references").await.status, StatusCode::OK);
        verified(&world).await;
        world.tamper("inventory", &format!("DELETE FROM products WHERE sku = '{GILET}'")).await;
        let report = operator(&world.system, Command::Verify).await.unwrap();
        let named = report["findings"].as_array().unwrap().iter().any(|f| f["message"] == "names no row of inventory (products.id)");
        assert!(named, "{report}");
    }
}
