//! What was ordered and handed over is in the reports, to the cent what the order book says, for those who may see it.

use crate::backup::operator;
use crate::world::{Answer, Caller, World, once, wanted};
use archipel::ops::Command;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value as Json, json};
use testkit::on_both_engines;

const SHOP: &str = "quai";
const PRICE: i64 = 12_990;
const PAGES: [&str; 5] =
    ["/reports", "/reports/products", "/reports/stock-outs", "/reports/trends", "/reports/reconciliation"];
const APIS: [&str; 5] = [
    "/api/v1/reports/sales",
    "/api/v1/reports/products",
    "/api/v1/reports/stock-outs",
    "/api/v1/reports/trends",
    "/api/v1/reports/reconciliation",
];

async fn read(caller: &Caller<'_>, path: &str) -> Json {
    let answer = caller.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.json()
}

/// Asks again until the answer is what it must become.
async fn until(caller: &Caller<'_>, path: &str, holds: impl Fn(&Json) -> bool) -> Json {
    once(async || wanted(read(caller, path).await, &holds)).await
}

async fn page(caller: &Caller<'_>, path: &str, lang: &str) -> Answer {
    let request =
        Request::get(path).header(header::ACCEPT, "text/html").header(header::COOKIE, format!("lang={lang}"));
    caller.ask(request.body(Body::empty()).unwrap()).await
}

/// A product on sale with so many pieces, and its id.
async fn on_sale(chloe: &Caller<'_>, pieces: i64) -> Json {
    let product = json!({ "sku": "GIL-150", "name": "Gilet 150 N", "price_cents": PRICE });
    let id = chloe.post("/api/v1/inventory/products", &product).await.json()["id"].clone();
    let receipt = json!({ "shop": SHOP, "product_id": id, "quantity": pieces });
    assert!(chloe.post("/api/v1/inventory/receipts", &receipt).await.status.is_success());
    id
}

/// Orders pieces, when the product has come on sale; the order's id.
async fn order(buyer: &Caller<'_>, product: &Json, quantity: u32) -> String {
    let body = json!({ "shop": SHOP, "payment_method": "tok_ok",
        "lines": [{ "product_id": product, "quantity": quantity }] });
    once(async || {
        let answer = buyer.post("/api/v1/transactions", &body).await;
        if answer.status == StatusCode::CREATED {
            Ok(answer.json()["id"].as_str().unwrap().to_owned())
        } else {
            Err(answer.text)
        }
    })
    .await
}

/// The figure of the order book beside ours, for one state.
fn line<'a>(report: &'a Json, kind: &str) -> &'a Json {
    let source = report["sources"].as_array().unwrap().iter().find(|s| s["source"] == "transaction").unwrap();
    let lines = source["lines"].as_array().unwrap();
    lines.iter().find(|l| l["kind"] == kind && l["shop"] == SHOP).unwrap_or(&Json::Null)
}

on_both_engines! {
    async fn the_reports_say_what_the_order_book_says(kind) {
        let world = World::new(kind).await;
        let (chloe, buyer) = (world.as_person("chloe").await, world.as_person("client").await);
        let product = on_sale(&chloe, 5).await;
        let sold = order(&buyer, &product, 2).await;
        let open = order(&buyer, &product, 1).await;
        let back = order(&buyer, &product, 2).await;
        let shop = format!("/api/v1/retail/shops/{SHOP}/orders");
        until(&chloe, &shop, |orders| orders["items"].as_array().unwrap().len() == 3).await;
        assert!(chloe.post(&format!("/api/v1/retail/orders/{sold}/fulfil"), &Json::Null).await.status.is_success());
        assert!(buyer.post(&format!("/api/v1/transactions/{back}/cancel"), &Json::Null).await.status.is_success());

        // Of this shop alone: the sample company sells in others.
        let sales = until(&chloe, "/api/v1/reports/sales?period=week&shop=quai", |r| r["total"]["pieces"] == 2).await;
        assert_eq!(sales["total"]["revenue_cents"], 2 * PRICE);
        assert_eq!((&sales["total"]["vat_cents"], &sales["total"]["net_cents"]), (&json!(4330), &json!(21_650)));
        assert_eq!(sales["items"].as_array().unwrap().len(), 1);
        assert_eq!(sales["items"][0]["mean_basket_cents"], 2 * PRICE);
        assert!(sales["as_of"].as_array().unwrap().iter().any(|a| a["source"] == "transaction"), "{sales}");
        let ranked = read(&chloe, "/api/v1/reports/products?period=week&shop=quai").await;
        assert_eq!((&ranked["items"][0]["sku"], &ranked["items"][0]["pieces"]), (&json!("GIL-150"), &json!(2)));

        let path = "/api/v1/reports/reconciliation?period=week&shop=quai";
        let agreed = until(&chloe, path, |r| {
            ["completed", "open", "cancelled"].iter().all(|k| line(r, k)["difference_cents"] == 0)
        }).await;
        assert_eq!(line(&agreed, "completed")["source"], json!({ "count": 1, "amount_cents": 2 * PRICE }));
        assert_eq!(line(&agreed, "open")["reports"], json!({ "count": 1, "amount_cents": PRICE }));
        assert_eq!(line(&agreed, "cancelled")["reports"]["amount_cents"], 2 * PRICE);

        let file = chloe.get("/api/v1/reports/sales?period=week&shop=quai&by=detail&format=csv").await;
        assert!(file.header("content-type").starts_with("text/csv"), "{:?}", file.headers);
        assert!(file.text.contains(";quai;Boutique en ligne;GIL-150;Gilet 150 N;2;259,80;0;0,00;259,80;43,30;216,50"), "{}", file.text);

        // The one that is still open takes the last free pieces: 5 on the shelf, 2 gone, 2 given back, 1 promised.
        let out = read(&chloe, "/api/v1/reports/stock-outs?shop=quai&low=10").await;
        assert_eq!((&out["items"][0]["free"], &out["items"][0]["out_since"]), (&json!(2), &Json::Null), "{out} {open}");
        // The home page has counted the same, for those who run shops.
        let sold_today = |answer: &Json| {
            let items = answer["items"].as_array().unwrap();
            items.iter().find(|k| k["id"] == "reporting.sales/quai").map(|k| k["value"].clone())
        };
        let figures = until(&chloe, "/api/v1/dashboard/kpis", |r| sold_today(r).is_some()).await;
        assert_eq!(sold_today(&figures), Some(json!(2 * PRICE)));
        assert_eq!(sold_today(&read(&buyer, "/api/v1/dashboard/kpis").await), None);
        let report = operator(&world.system, Command::Verify).await.unwrap();
        assert_eq!(report["holds"], true, "{report}");
        world.close().await;
    }

    async fn an_altered_view_is_found_by_verify(kind) {
        let world = World::new(kind).await;
        let chloe = world.as_person("chloe").await;
        on_sale(&chloe, 5).await;
        until(&chloe, "/api/v1/reports/stock-outs?shop=quai&low=10", |r| r["items"].as_array().unwrap().len() == 1).await;
        world.tamper("reporting", "UPDATE shelf SET on_hand = on_hand + 1 WHERE shop = 'quai'").await;
        let report = operator(&world.system, Command::Verify).await.unwrap();
        assert!(report["findings"].to_string().contains("reporting.stock, shelf"), "{report}");
        world.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_are_for_those_who_run_the_shop() {
    let world = World::new(testkit::Kind::Sqlite).await;
    let chloe = world.as_person("chloe").await;
    for path in PAGES {
        for (lang, word) in [("fr", "Rapports"), ("en", "Reports")] {
            let answer = page(&chloe, path, lang).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            assert!(answer.text.contains(word) && !answer.text.contains("style="), "{path} {lang}");
        }
    }
    for name in ["caisse", "client", "lea", "omar"] {
        let caller = world.as_person(name).await;
        for path in APIS.iter().chain(&PAGES) {
            assert_eq!(caller.get(path).await.status, StatusCode::FORBIDDEN, "{name} {path}");
        }
    }
    for wrong in [
        "?from=2026-11-18&to=2026-11-17",
        "?from=x",
        "?period=never",
        "?channel=phone",
        "?by=moon",
        "?from=2020-01-01",
    ] {
        let answer = chloe.get(&format!("{}{wrong}", APIS[0])).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "bad_parameter"),
            "{wrong}"
        );
    }
    world.close().await;
}
