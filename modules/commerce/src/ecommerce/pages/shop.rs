//! What is sold: by category, by words, and one product with the shops that have it.

use super::super::commands;
use super::super::model::Article;
use super::{Answer, BROWSE, CART, CART_PAGE, Room, SHOP, copies, flash, frame, stock_chip};
use crate::shown::{link, search, shop_name};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use kernel::{Error, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use web::ui::{self, Button, Card, Choice, Column, Field, FieldKind, Icon, Row, Table, format, say};
use web::{Ctx, ListPage, Query};

/// Products on a page.
const WARES: u32 = 24;

fn tile(ctx: &Ctx, article: &Article, pieces: i64) -> Markup {
    html! {
        li {
            a.ware href=(format!("{SHOP}/products/{}", article.id)) {
                b { (article.name) }
                span.tiny.muted.mono { (article.sku) }
                span.wf {
                    strong.num { (format::money(ctx.lang, article.price_cents)) }
                    (stock_chip(ctx.lang, pieces))
                }
            }
        }
    }
}

/// All pieces of a product, in all shops.
fn everywhere(available: &BTreeMap<Uuid, BTreeMap<String, i64>>, product: Uuid) -> i64 {
    available.get(&product).map_or(0, |shops| shops.values().sum())
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(BROWSE)?;
    let lang = ctx.lang;
    let category = query.get("category").unwrap_or_default();
    let words = query.get("q").unwrap_or_default();
    let after: Option<String> = query.cursor()?;
    let found = copies::page(&db, after.as_deref().unwrap_or_default(), (category, words), WARES + 1).await;
    let page = ListPage::cut(found.map_err(Error::from)?, WARES, |a: &Article| a.sku.clone());
    let available = copies::available(&db, page.items.iter().map(|a| &a.id)).await.map_err(Error::from)?;
    let address = |category: &str, words: &str, cursor: &str| {
        link(SHOP, &[("category", category), ("q", words), ("cursor", cursor)])
    };
    let mut choices =
        vec![Choice::new(say(lang, "Tout", "All"), address("", words, ""), category.is_empty())];
    for name in copies::categories(&db).await.map_err(Error::from)? {
        let chosen = name == category;
        choices.push(Choice::new(name.clone(), address(&name, words, ""), chosen));
    }
    let first = after.map(|_| address(category, words, ""));
    let next = page.next_cursor.as_deref().map(|cursor| address(category, words, cursor));
    let title = say(lang, "Boutique en ligne", "Web shop");
    let mut shell = frame(&db, &ctx, title, &[]).await?;
    shell.flash = flash(lang, &query);
    let sentence = html! { (say(lang, "Prix toutes taxes comprises. Retrait en magasin ou envoi.",
    "Prices with all taxes. Fetched in a shop, or sent.")) };
    let content = html! {
        (ui::head(title, &sentence, &search(lang, SHOP, words, &[("category", category)])))
        (ui::pills(say(lang, "Catégories", "Categories"), &choices))
        @if page.items.is_empty() { (nothing(&ctx, category.is_empty() && words.is_empty())) }
        @else {
            ul.wares { @for a in &page.items { (tile(&ctx, a, everywhere(&available, a.id))) } }
        }
        (ui::pager(lang, first.as_deref(), next.as_deref()))
    };
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

fn nothing(ctx: &Ctx, unfiltered: bool) -> Markup {
    let lang = ctx.lang;
    if unfiltered {
        let text =
            say(lang, "Les produits du stock apparaîtront ici.", "The products in stock will appear here.");
        return ui::empty(say(lang, "Rien en vente pour l’instant", "Nothing on sale yet"), text, &html! {});
    }
    let all = Button::link(say(lang, "Voir tous les produits", "See all products"), SHOP);
    let text =
        say(lang, "Essayez d’autres mots, ou une autre catégorie.", "Try other words, or another category.");
    ui::empty(say(lang, "Aucun produit trouvé", "No product found"), text, &html! { (all) })
}

/// A rate of VAT as people read it: `20 %`, `5,5 %`.
pub(super) fn rate(lang: kernel::Lang, basis_points: u32) -> String {
    format::percent(lang, f64::from(basis_points) / 100.0, usize::from(!basis_points.is_multiple_of(100)))
}

pub(super) async fn product(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, query: Query) -> Answer {
    let customer = ctx.permit(BROWSE)?.principal;
    let article = copies::articles_of(&db, [&id]).await.map_err(Error::from)?.remove(&id);
    let article = article.ok_or_else(Error::not_found)?;
    let shops = copies::available(&db, [&id]).await.map_err(Error::from)?.remove(&id).unwrap_or_default();
    let lang = ctx.lang;
    let cart = commands::open_cart(&db, customer.id).await.map_err(Error::from)?;
    let mut shell =
        frame(&db, &ctx, &article.name, &[(SHOP, say(lang, "Boutique en ligne", "Web shop"))]).await?;
    shell.flash = flash(lang, &query);
    let rows = shops
        .iter()
        .map(|(shop, pieces)| Row::new([html! { b { (shop_name(shop)) } }, stock_chip(lang, *pieces)]));
    let columns = vec![
        Column::new(say(lang, "Boutique", "Shop")),
        Column::new(say(lang, "Disponible", "Available")).right(),
    ];
    let table = Table::new(lang, say(lang, "Stock par boutique", "Stock by shop"), columns)
        .title(say(lang, "Où il se trouve", "Where it is"))
        .rows(rows)
        .empty(ui::empty(
            say(lang, "Dans aucune boutique", "In no shop"),
            say(
                lang,
                "Il réapparaîtra ici à la prochaine réception.",
                "It comes back here when goods come in.",
            ),
            &html! {},
        ));
    let sentence =
        html! { span.mono { (article.sku) } @if !article.category.is_empty() { ", " (article.category) } };
    let price = html! {
        div.right { b.price.num { (format::money(lang, article.price_cents)) }
            p.small.muted { (say(lang, "dont TVA", "VAT included")) " " (rate(lang, article.vat_rate_bp)) } }
    };
    let in_cart = cart.as_ref().and_then(|cart| cart.lines.get(&id)).map_or(0, |line| line.quantity);
    let order = customer.may(CART).then(|| buy(&ctx, &article, in_cart));
    let content = html! {
        (ui::head(&article.name, &sentence, &price))
        (ui::columns(&html! { (table) }, &html! { @if let Some(order) = order { (order) } }))
    };
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

fn buy(ctx: &Ctx, article: &Article, in_cart: u32) -> Markup {
    let lang = ctx.lang;
    let quantity =
        Field::new(lang, "quantity", say(lang, "Quantité", "Quantity"), FieldKind::Integer).value("1");
    let add =
        Button::new(say(lang, "Ajouter au panier", "Add to the cart")).primary().icon(Icon::ShoppingBag);
    let form = ui::post_form(
        "buy",
        &format!("{CART_PAGE}/add"),
        &ctx.csrf,
        &html! { input type="hidden" name="product" value=(article.id); (quantity) div.row { (add) } },
    );
    let note = (in_cart > 0).then(|| {
        ui::counted(
            lang,
            i64::from(in_cart),
            ["déjà dans le panier", "déjà dans le panier"],
            ["in the cart already", "in the cart already"],
        )
    });
    let see = html! { a.small href=(CART_PAGE) { (say(lang, "Voir le panier", "See the cart")) } };
    let body = html! { (form) @if let Some(note) = note { p.small.soft { (note) } } };
    html! { (Card::new(say(lang, "Commander", "Order")).aside(see).body(body)) }
}
