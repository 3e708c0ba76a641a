//! Tills: what is sold is recorded once, in order, for ever; what comes back was sold; a closing is the sum of its
//! receipts; and who alters a receipt is found.

use crate::backup::operator;
use crate::commerce::{Caller, SHOP, on_sale, order, order_of, verified};
use crate::world::{World, once, wanted};
use archipel::ops::Command;
use axum::http::StatusCode;
use kernel::Uuid;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use testkit::{Kind, on_both_engines};
use tokio::task::JoinSet;
use web::ui::text::typography_faults;

const PRICE: i64 = 12_990;
const TILL: &str = "/api/v1/retail/tills/quai/1";

/// A page whose texts are set well, without inline script or style.
async fn read(who: &Caller, path: &str) -> String {
    let answer = who.page(path, None).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    well_set(path, &answer.text);
    answer.text
}

fn well_set(path: &str, html: &str) {
    assert!(!html.contains(" style=") && !html.contains(" onclick"), "{path}");
    let texts = html.split('<').filter_map(|part| part.split_once('>'));
    let faults: Vec<String> = texts.flat_map(|(_, text)| typography_faults(text)).collect();
    assert_eq!(faults, Vec::<String>::new(), "{path}");
}

/// Sends a form that is done with; answers where it leads.
async fn sent(who: &Caller, path: &str, form: &str) -> String {
    let answer = who.page(path, Some(form)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
    answer.header("location").to_owned()
}

/// The values that the ticket of a page carries to the next step.
fn carried(html: &str) -> String {
    let (html, mut form) = (html.split("<template").next().unwrap_or_default(), String::new());
    for input in html.split("<input type=\"hidden\"").skip(1) {
        let of = |name: &str| {
            input.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0.to_owned()
        };
        form.push_str(&format!("{}={}&", of("name"), of("value")));
    }
    form
}

/// A shop with an open till, and somebody at it.
struct Shop {
    world: Arc<World>,
    chloe: Caller,
    caisse: Caller,
    product: Json,
}

impl Shop {
    async fn open(kind: Kind) -> Self {
        let world = Arc::new(World::new(kind).await);
        let (chloe, caisse) = (Caller::new(&world, "chloe").await, Caller::new(&world, "caisse").await);
        let shop = json!({ "code": SHOP, "name": "Le Quai", "address": "Quai Pénéroff, Concarneau" });
        chloe.post("/api/v1/shops", &shop).await;
        chloe.post("/api/v1/shops/quai/tills", &json!({ "code": "1" })).await;
        let product = on_sale(&chloe, "GIL-150", 500).await;
        caisse.post(&format!("{TILL}/open"), &json!({ "float_cents": 15_000 })).await;
        let shop = Self { world, chloe, caisse, product };
        shop.await_product().await;
        shop
    }

    /// Waits until the till has heard of the product.
    async fn await_product(&self) {
        let heard = |found: &Json| found["items"][0]["available"] == 500;
        let path = format!("{TILL}/products?q=GIL-150");
        once(async || wanted(self.caisse.get(&path).await, heard)).await;
    }

    fn sale(&self, n: u128, quantity: i64, tenders: &Json) -> Json {
        json!({ "id": Uuid::from_u128(n), "lines": [{ "product_id": self.product, "quantity": quantity }],
            "tenders": tenders })
    }

    async fn sell(&self, n: u128, quantity: i64, tenders: &Json) -> Json {
        self.caisse.post(&format!("{TILL}/sales"), &self.sale(n, quantity, tenders)).await
    }

    async fn refused(&self, path: &str, body: &Json) -> (u16, String) {
        let answer = self.caisse.ask("POST", &format!("{TILL}/{path}"), body).await;
        (answer.status.as_u16(), answer.code())
    }

    fn back(sale: &Json, n: u128, quantity: i64) -> Json {
        json!({ "id": Uuid::from_u128(n), "sale_id": sale["sale_id"], "tenders": [cash(PRICE * quantity)],
            "lines": [{ "line": 1, "quantity": quantity, "restock": true }] })
    }

    async fn findings(&self) -> String {
        operator(&self.world.system, Command::Verify).await.unwrap()["findings"].to_string()
    }
}

fn cash(cents: i64) -> Json {
    json!({ "means": "cash", "given_cents": cents })
}

fn card(cents: i64) -> Json {
    json!({ "means": "card", "given_cents": cents })
}

on_both_engines! {
    async fn sell_pay_return_and_close(kind) {
        let shop = Shop::open(kind).await;
        let first = shop.sell(1, 2, &json!([cash(30_000)])).await;
        assert_eq!((&first["number"], &first["total_cents"], &first["change_cents"]), (&json!(1), &json!(25_980), &json!(4_020)));
        assert_eq!(first["vat"], json!([{ "rate_bp": 2000, "net_cents": 21_650, "vat_cents": 4_330, "gross_cents": 25_980 }]));
        assert_eq!(first["hash"].as_str().unwrap().len(), 64);
        let mixed = json!([card(5_000), json!({ "means": "voucher", "given_cents": 2_990 }), cash(10_000)]);
        let second = shop.sell(2, 1, &mixed).await;
        assert_eq!((&second["previous"], &second["change_cents"]), (&first["hash"], &json!(5_000)));
        let again = shop.caisse.ask("POST", &format!("{TILL}/sales"), &shop.sale(1, 2, &json!([cash(30_000)]))).await;
        assert_eq!((again.status, again.json()), (StatusCode::OK, first.clone()), "the same sale, the same receipt");
        assert_eq!(shop.refused("sales", &shop.sale(1, 3, &json!([cash(90_000)]))).await.1, "sale_id_reused");

        let back = shop.caisse.post(&format!("{TILL}/returns"), &Shop::back(&first, 3, 1)).await;
        assert_eq!((&back["kind"], &back["number"], &back["total_cents"]), (&json!("return"), &json!(3), &json!(PRICE)));
        assert_eq!(shop.refused("returns", &Shop::back(&first, 4, 2)).await, (409, "returned_already".into()));
        shop.caisse.post(&format!("{TILL}/returns"), &Shop::back(&first, 5, 1)).await;
        assert_eq!(shop.refused("returns", &Shop::back(&first, 6, 1)).await, (409, "returned_already".into()));
        assert_eq!(shop.refused("returns", &Shop::back(&back, 7, 1)).await.1, "not_a_sale");

        let x = shop.chloe.get(&format!("{TILL}/report")).await;
        assert_eq!((&x["totals"]["sold_cents"], &x["totals"]["returned_cents"]), (&json!(3 * PRICE), &json!(2 * PRICE)));
        assert_eq!(x["expected_cents"], 15_000 + 25_980 + 5_000 - 2 * PRICE);
        let closed = shop.caisse.ask("POST", &format!("{TILL}/close"), &json!({ "counted_cents": 0 })).await;
        assert_eq!(closed.status, StatusCode::FORBIDDEN);
        let counted = json!({ "counted_cents": x["expected_cents"].as_i64().unwrap() - 50 });
        let z = shop.chloe.post(&format!("{TILL}/close"), &counted).await;
        assert_eq!(z["totals"], x["totals"], "a closing is what the reading said");
        assert_eq!((&z["number"], &z["difference_cents"], &z["totals"]["first"], &z["totals"]["last"]), (&json!(1), &json!(-50), &json!(1), &json!(4)));
        assert_eq!((&z["sold_ever_cents"], &z["returned_ever_cents"]), (&json!(3 * PRICE), &json!(2 * PRICE)));
        assert_eq!(shop.refused("sales", &shop.sale(8, 1, &json!([card(PRICE)]))).await, (409, "till_closed".into()));
        shop.caisse.post(&format!("{TILL}/open"), &json!({ "float_cents": 0 })).await;
        assert_eq!(shop.refused("open", &json!({ "float_cents": 0 })).await.1, "till_open");
        assert_eq!(shop.sell(8, 1, &json!([card(PRICE)])).await["number"], 5, "numbers go on after a closing");
        let z = shop.chloe.post(&format!("{TILL}/close"), &json!({ "counted_cents": 0 })).await;
        assert_eq!((&z["number"], &z["sold_ever_cents"]), (&json!(2), &json!(4 * PRICE)), "perpetual");
        let sums = shop.chloe.get("/api/v1/retail/totals").await;
        let ours: Vec<&Json> = sums["items"].as_array().unwrap().iter().filter(|sum| sum["shop"] == SHOP).collect();
        assert_eq!(ours, [
            &json!({ "shop": SHOP, "kind": "return", "count": 2, "amount_cents": 2 * PRICE }),
            &json!({ "shop": SHOP, "kind": "sale", "count": 3, "amount_cents": 4 * PRICE }),
        ]);
        verified(&shop.world).await;
    }

    async fn a_sale_that_cannot_be_changes_nothing(kind) {
        let shop = Shop::open(kind).await;
        let enough = json!([cash(100_000_000)]);
        for quantity in [0, -1, 10_000, i64::MAX, i64::MIN] {
            let (status, code) = shop.refused("sales", &shop.sale(1, quantity, &enough)).await;
            assert_eq!((status, code.as_str()), (422, "sale_not_possible"), "{quantity}");
        }
        for tenders in [json!([]), json!([cash(PRICE - 1)]), json!([card(PRICE + 1)]), json!([cash(-5)]), json!([cash(i64::MAX), cash(i64::MAX)])] {
            let (status, code) = shop.refused("sales", &shop.sale(1, 1, &tenders)).await;
            assert_eq!((status, code.as_str()), (409, "tenders_differ"), "{tenders}");
        }
        let unknown = json!({ "id": Uuid::from_u128(1), "tenders": enough, "lines": [{ "code": "4006381333931", "quantity": 1 }] });
        assert_eq!(shop.refused("sales", &unknown).await, (422, "sale_not_possible".into()));
        let mut seen = shop.sale(1, 1, &json!([cash(PRICE)]));
        seen["lines"][0]["unit_price_cents"] = json!(PRICE - 1);
        assert_eq!(shop.refused("sales", &seen).await.1, "sale_not_possible");
        seen["lines"][0]["unit_price_cents"] = json!(PRICE);
        seen["at"] = json!("2020-01-01T00:00:00Z");
        assert_eq!(shop.refused("sales", &seen).await.1, "invalid_values");
        assert_eq!(shop.caisse.get(TILL).await["receipts"], 0);
        let by_code = json!({ "id": Uuid::from_u128(2), "tenders": [card(PRICE)], "lines": [{ "code": "GIL-150", "quantity": 1 }] });
        assert_eq!(shop.caisse.post(&format!("{TILL}/sales"), &by_code).await["number"], 1);
        let nobody = Caller::new(&shop.world, "client").await;
        assert_eq!(nobody.ask("POST", &format!("{TILL}/sales"), &by_code).await.status, StatusCode::FORBIDDEN);
        let copies = format!("/api/v1/retail/sales/{}/copies", Uuid::from_u128(2));
        for n in 1..=2 {
            assert_eq!(shop.caisse.post(&copies, &Json::Null).await["copy"], n);
        }
        verified(&shop.world).await;
    }

    async fn two_tills_and_twenty_sales_at_once(kind) {
        let shop = Shop::open(kind).await;
        shop.chloe.post("/api/v1/shops/quai/tills", &json!({ "code": "2" })).await;
        shop.caisse.post("/api/v1/retail/tills/quai/2/open", &json!({ "float_cents": 0 })).await;
        let mut sales = JoinSet::new();
        for n in 1..=26_u128 {
            // Each of the last is sent twice at the same time.
            let till = if n % 4 == 0 { 2 } else { 1 };
            for _ in 0..if n > 22 { 2 } else { 1 } {
                let (caisse, body) = (shop.caisse.clone(), shop.sale(n, 1, &json!([card(PRICE)])));
                sales.spawn(async move { caisse.post(&format!("/api/v1/retail/tills/quai/{till}/sales"), &body).await });
            }
        }
        while let Some(done) = sales.join_next().await { done.unwrap(); }
        for (till, count) in [("1", 20_i64), ("2", 6)] {
            let list = shop.chloe.get(&format!("/api/v1/retail/tills/quai/{till}/receipts?limit=200")).await;
            let numbers: Vec<i64> = list["items"].as_array().unwrap().iter().map(|r| r["number"].as_i64().unwrap()).collect();
            assert_eq!(numbers, (1..=count).rev().collect::<Vec<_>>(), "till {till}");
        }
        verified(&shop.world).await;
    }

    async fn who_alters_a_receipt_is_found(kind) {
        let shop = Shop::open(kind).await;
        for n in 1..=4 { shop.sell(n, 1, &json!([card(PRICE)])).await; }
        shop.chloe.post(&format!("{TILL}/close"), &json!({ "counted_cents": 15_000 })).await;
        assert_eq!(shop.findings().await, "[]");
        let world = shop.world.clone();
        let by_sql = tokio::spawn(async move { world.tamper("retail", "UPDATE till_record SET total_cents = 0").await });
        assert!(by_sql.await.is_err(), "the engine itself refuses");
        shop.world.tamper("retail", match kind {
            Kind::Sqlite => "DROP TRIGGER till_record_no_update; DROP TRIGGER till_record_no_delete",
            Kind::Postgres => "DROP TRIGGER till_record_written_once ON till_record",
        }).await;
        shop.world.tamper("retail", "UPDATE till_record SET content = replace(content, '12990', '12980') WHERE chain = 'receipt' AND number = 2").await;
        let findings = shop.findings().await;
        assert!(findings.contains("quai/1 receipt 2") && findings.contains("altered"), "{findings}");
        shop.world.tamper("retail", "UPDATE till_record SET content = replace(content, '12980', '12990') WHERE chain = 'receipt' AND number = 2").await;
        assert_eq!(shop.findings().await, "[]");
        shop.world.tamper("retail", "DELETE FROM till_record WHERE chain = 'receipt' AND number = 4").await;
        let findings = shop.findings().await;
        assert!(findings.contains("quai/1 receipt 4") && findings.contains("missing"), "{findings}");
    }

    async fn the_page_sells_takes_back_and_closes_without_scripts(kind) {
        let shop = Shop::open(kind).await;
        let (caisse, chloe, till) = (&shop.caisse, &shop.chloe, "/caisse/quai/1");
        assert!(read(caisse, "/caisse").await.contains("Le Quai"));
        let empty = read(caisse, till).await;
        assert!(empty.contains("Gilet 150 N") && empty.contains("500 en stock") && empty.contains("disabled"), "{empty}");
        let step = |html: &str, what: &str| format!("{}{what}", carried(html));
        let two = caisse.page(till, Some(&step(&empty, "code=2*GIL-150&do=scan"))).await;
        well_set(till, &two.text);
        assert!(two.status == StatusCode::OK && two.text.contains("259,80"), "{}", two.text);
        let three = caisse.page(till, Some(&step(&two.text, "do=plus:0"))).await.text;
        assert!(three.contains("389,70"), "{three}");
        let two = caisse.page(till, Some(&step(&three, "do=minus:0"))).await.text;
        let wrong = caisse.page(till, Some(&step(&two, "amount=abc&do=pay:cash"))).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let part = caisse.page(till, Some(&step(&two, "amount=59,80&do=pay:card"))).await.text;
        assert!(part.contains("200,00") && part.contains("value=\"card:5980\""), "{part}");
        let last = step(&part, "amount=250&do=pay:cash");
        let sold = sent(caisse, till, &last).await;
        assert_eq!(sent(caisse, till, &last).await, sold, "pressed twice, sold once");
        let next = read(caisse, &sold).await;
        assert!(next.contains("000\u{202f}001") && next.contains("000\u{202f}002") && next.contains("50,00"), "{next}");

        let id = sold.split_once("vente=").unwrap().1;
        let receipt = read(caisse, &format!("/tickets/{id}")).await;
        assert!(receipt.contains("259,80") && !receipt.contains("DUPLICATA"), "{receipt}");
        let copy = sent(caisse, &format!("/tickets/{id}/duplicata"), "").await;
        assert!(read(caisse, &copy).await.contains("DUPLICATA 1"));
        assert_eq!(caisse.page("/caisse/quai/1/recherche?numero=000+001", None).await.header("location"), format!("/tickets/{id}"));
        let form = format!("/tickets/{id}/retour");
        assert!(read(caisse, &form).await.contains("name=\"line-1\""));
        let none = caisse.page(&form, Some("means=cash&state=restock")).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        let back = sent(caisse, &form, "line-1=1&means=cash&state=scrap").await;
        assert!(read(caisse, &back).await.contains("mis au rebut"));
        let again = caisse.page(&form, Some("line-1=2&means=cash&state=scrap")).await;
        assert!(again.status == StatusCode::CONFLICT && again.text.contains("il ne reste que 1"), "{}", again.text);

        assert_eq!(caisse.page("/caisse/quai/1/cloture", None).await.status, StatusCode::FORBIDDEN);
        let x = read(chloe, "/caisse/quai/1/cloture").await;
        assert!(x.contains("220,10"), "{x}");
        let z = sent(chloe, "/caisse/quai/1/cloture", "counted=220,10").await;
        let z = read(chloe, &z).await;
        assert!(z.contains("Clôture Z 1") && z.contains("Ventes depuis l’origine"), "{z}");
        assert!(read(chloe, "/caisse/quai/1/tickets").await.contains("Retour"));
        assert!(read(caisse, till).await.contains("Fond de caisse"));
        assert_eq!(caisse.page("/caisse/quai/1/ouverture", Some("float=cent")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        sent(caisse, "/caisse/quai/1/ouverture", "float=100").await;
        verified(&shop.world).await;
    }

    async fn a_shop_prepares_an_order_or_puts_it_back(kind) {
        let shop = Shop::open(kind).await;
        let (chloe, buyer) = (&shop.chloe, Caller::new(&shop.world, "client").await);
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(order(&buyer, &order_of(&shop.product, 2, "tok_ok")).await["id"].as_str().unwrap().to_owned());
        }
        buyer.await_states(&[("reserved", 3)]).await;
        let three = |orders: &Json| orders["items"].as_array().unwrap().len() == 3;
        once(async || wanted(chloe.get("/api/v1/retail/shops/quai/orders").await, three)).await;
        assert!(read(chloe, "/magasins").await.contains("Le Quai"));
        assert!(read(chloe, "/magasins/quai/commandes").await.contains("À préparer"));
        let page = |id: &str| format!("/magasins/commandes/{id}");
        assert!(read(chloe, &page(&ids[0])).await.contains("Gilet 150 N"));
        sent(chloe, &page(&ids[0]), "do=pick").await;
        sent(chloe, &page(&ids[0]), "do=fulfil").await;
        sent(chloe, &page(&ids[0]), "do=deliver").await;
        sent(chloe, &page(&ids[1]), "do=pick").await;
        buyer.post(&format!("/api/v1/transactions/{}/cancel", ids[1]), &Json::Null).await;
        let path = format!("/api/v1/retail/orders/{}", ids[1]);
        once(async || wanted(chloe.get(&path).await, |order| order["stage"] == "cancel_requested")).await;
        let late = chloe.page(&page(&ids[1]), Some("do=fulfil")).await;
        assert!(late.status == StatusCode::CONFLICT && late.text.contains("à remettre en place"), "{}", late.text);
        sent(chloe, &page(&ids[1]), "do=put-back").await;
        sent(chloe, &page(&ids[2]), "do=refuse&reason=Rayon+vide").await;
        assert!(read(chloe, &page(&ids[2])).await.contains("Rayon vide"));
        assert_eq!(chloe.get(&path).await["lines"][0]["name"], "Gilet 150 N");
        buyer.await_states(&[("completed", 1), ("cancelled", 2)]).await;
        verified(&shop.world).await;
    }
}
