//! Articles come back, by the pages: their customer asks on the page of the order, the shop decides, and both see every
//! step of it.

use crate::shopping::{add, cart, form, once, product, verified};
use crate::world::{Caller, World};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use std::time::Duration;
use testkit::on_both_engines;

const GILET: &str = "PLA-66824";

/// What a page says, once it says all of these.
async fn says(caller: &Caller<'_>, path: &str, words: &[&str]) -> String {
    let mut page = String::new();
    for _ in 0..1000 {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        page = answer.text;
        if words.iter().all(|word| page.contains(word)) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let missing: Vec<_> = words.iter().filter(|word| !page.contains(**word)).collect();
    panic!("{path} never says {missing:?}: {page}");
}

/// An order of so many pieces that has arrived. Answers its id and the product's.
async fn delivered(chloe: &Caller<'_>, client: &Caller<'_>, pieces: i64) -> (String, String) {
    let gilet = product(client, GILET).await;
    let id = cart(client, "concarneau").await;
    add(client, &id, &gilet, pieces).await;
    let pay = json!({ "payment_method": "tok_ok" });
    let order = client.post(&format!("/api/v1/carts/{id}/checkout"), &pay).await.json();
    let order = order["id"].as_str().unwrap().to_owned();
    let mine = format!("/api/v1/ecommerce/orders/{order}");
    once(client, &mine, |order| order["status"] == "preparing").await;
    once(chloe, "/api/v1/retail/shops/concarneau/orders", |page| {
        page["items"].as_array().unwrap().iter().any(|o| o["transaction_id"] == *order)
    })
    .await;
    chloe.post(&format!("/api/v1/retail/orders/{order}/fulfil"), &Json::Null).await;
    once(client, &mine, |order| order["status"] == "sent").await;
    chloe.post(&format!("/api/v1/retail/orders/{order}/deliver"), &Json::Null).await;
    once(client, &mine, |order| order["status"] == "delivered").await;
    (order, gilet["id"].as_str().unwrap().to_owned())
}

/// Asks by the form for so many pieces, under an id of one's own. Answers the page of the return.
async fn asked(client: &Caller<'_>, order: &str, gilet: &str, (id, pieces): (u128, u32)) -> String {
    let id = kernel::Uuid::from_u128(id);
    let fields = format!("id={id}&quantity-{gilet}={pieces}&state=fine&reason=Trop+grand");
    let sent = form(client, &format!("/returns/orders/{order}"), &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let page = sent.header("location").strip_suffix("?did=asked").unwrap().to_owned();
    assert_eq!(page, format!("/returns/{id}"));
    page
}

/// What cannot be asked for: each time the page says why.
async fn refused_with_why(client: &Caller<'_>, ask: &str, gilet: &str) {
    let wrong = [
        (format!("quantity-{gilet}=2&reason="), "Indiquez pourquoi."),
        (format!("quantity-{gilet}=5&reason=x"), "Trop de pièces."),
        (format!("quantity-{gilet}=deux&reason=x"), "Un nombre d’articles est attendu."),
        (format!("quantity-{gilet}=&reason=x"), "Indiquez ce que vous renvoyez."),
    ];
    for (fields, why) in wrong {
        let answer = form(client, ask, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields}: {}", answer.text);
        assert!(answer.text.contains(why), "{why}: {}", answer.text);
    }
}

on_both_engines! {
    async fn a_return_is_asked_for_decided_and_followed_without_scripts(kind) {
        let world = World::new(kind).await;
        let (chloe, client) = (world.as_person("chloe").await, world.as_person("client").await);
        assert!(client.get("/returns").await.text.contains("Aucun retour"));
        let (order, gilet) = delivered(&chloe, &client, 4).await;
        says(&client, &format!("/shop/orders/{order}"), &["Renvoyer des articles"]).await;
        assert!(!says(&chloe, &format!("/shop/orders/{order}"), &["Livrée"]).await.contains("Renvoyer des articles"));
        let ask = format!("/returns/orders/{order}");
        says(&client, &ask, &["Gilet Pilot 165 N", "4 au plus", "Comme neufs", "Motif"]).await;
        assert_eq!(chloe.get(&ask).await.status, StatusCode::FORBIDDEN, "only who bought it sends it back");

        refused_with_why(&client, &ask, &gilet).await;

        let first = asked(&client, &order, &gilet, (7, 2)).await;
        assert_eq!(asked(&client, &order, &gilet, (7, 2)).await, first, "sent twice, asked once");
        let second = asked(&client, &order, &gilet, (8, 1)).await;
        let all = client.get("/api/v1/returns").await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 2);
        let known = client.get(&format!("/api/v1/returns/orders/{order}")).await.json();
        assert_eq!((known["left"][0]["quantity"].as_u64(), known["returns"].as_array().unwrap().len()), (Some(1), 2));

        // Its customer sees how far it is; the shop the process, which has not begun.
        let mine = says(&client, &first, &["La boutique décide", "Gilet Pilot 165 N", "Trop grand"]).await;
        assert!(!mine.contains("Journal du processus") && !mine.contains("Accepter le retour"), "{mine}");
        says(&chloe, &first, &["Katell Jaouen", "Accepter le retour", "À venir", "Rien n’a commencé"]).await;
        assert_eq!(form(&client, &format!("{first}/approve"), "").await.status, StatusCode::FORBIDDEN);
        let paged = says(&chloe, "/returns?state=asked&limit=1", &["cursor="]).await;
        assert_eq!(paged.matches("id=\"return-").count(), 1, "{paged}");
        says(&chloe, "/returns?state=closed", &["Remboursé", "Retirer les filtres"]).await;
        assert_eq!(world.as_person("lea").await.get("/returns").await.status, StatusCode::FORBIDDEN);

        let silent = form(&chloe, &format!("{second}/refuse"), "reason=+").await;
        assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", silent.text);
        form(&chloe, &format!("{second}/refuse"), "reason=Gilet+percut%C3%A9").await;
        says(&client, &second, &["Refusé", "Gilet percuté"]).await;
        let late = form(&chloe, &format!("{second}/approve"), "").await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);

        let accepted = form(&chloe, &format!("{first}/approve"), "").await;
        assert_eq!(accepted.header("location"), format!("{first}?did=approved"));
        let steps = ["Accord donné au client", "Demandée, réponse attendue", "Articles repris en stock", "Remboursé"];
        let page = says(&chloe, &first, &steps).await;
        assert_eq!(page.matches("<td class=\"right num\">1</td>").count(), 3, "each step was tried once: {page}");
        says(&client, &first, &["Accepté par la boutique", "Vous êtes remboursé", "Articles repris"]).await;
        let page = says(&client, &format!("/shop/orders/{order}"), &["Remboursé", "Refusé"]).await;
        assert!(page.contains("Renvoyer des articles"), "two are left");
        verified(&world).await;

        // Of somebody else's nothing is seen, and nothing can be asked.
        world.at_rest().await;
        for table in ["return_request", "known_order"] {
            world.tamper("returns", &format!("UPDATE {table} SET customer_id = transaction_id")).await;
        }
        for path in [&first, &ask, &format!("/api/v1/returns/orders/{order}")] {
            assert_eq!(client.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(client.get("/returns").await.text.contains("Aucun retour"));
        assert_eq!(form(&client, &ask, &format!("quantity-{gilet}=1&reason=x")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(chloe.get(&first).await.status, StatusCode::OK);
    }
}
