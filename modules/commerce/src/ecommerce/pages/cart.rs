//! The cart: what is in it, at which price, and what has changed since.

use super::super::commands::{self, Act, TRIES, faster, met};
use super::super::model::{Article, Cart, CartLine, Change};
use super::shop::rate;
use super::{Answer, CART, CART_PAGE, CHECKOUT, Room, SHOP, copies, flash, frame, stock_chip};
use crate::shown::{error_message, see_other, shop_name, told_here, with_status};
use axum::Extension;
use axum::response::IntoResponse;
use db::Db;
use kernel::{Error, Lang, Result, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use web::ui::{self, Button, Card, Column, Icon, Row, Table, Tone, Width, format, say};
use web::{Ctx, FormBody, Query};

/// A cart with what is known of its products.
pub(super) struct Shown {
    pub(super) cart: Cart,
    pub(super) sold: BTreeMap<Uuid, Article>,
    available: BTreeMap<Uuid, BTreeMap<String, i64>>,
    shops: Vec<String>,
}

impl Shown {
    pub(super) async fn read(db: &Db, cart: Cart) -> Result<Self> {
        let sold = copies::articles_of(db, cart.lines.keys()).await?;
        let available = copies::available(db, cart.lines.keys()).await?;
        Ok(Self { sold, available, shops: copies::shops(db).await?, cart })
    }

    fn here(&self, product: Uuid) -> i64 {
        self.available.get(&product).and_then(|shops| shops.get(&self.cart.shop)).copied().unwrap_or(0)
    }

    fn name(&self, product: Uuid) -> &str {
        self.sold.get(&product).map_or("–", |article| &article.name)
    }

    /// The sum without taxes, and the taxes by rate: of each line, rounded to the cent, so that their sum is the sum.
    pub(super) fn taxes(&self) -> (i64, BTreeMap<u32, i64>) {
        let mut taxes: BTreeMap<u32, i64> = BTreeMap::new();
        for (product, line) in &self.cart.lines {
            let bp = self.sold.get(product).map_or(0, |article| article.vat_rate_bp);
            *taxes.entry(bp).or_default() += tax(i64::from(line.quantity) * line.seen_cents, bp);
        }
        (self.cart.total_cents() - taxes.values().sum::<i64>(), taxes)
    }

    pub(super) fn sums(&self, lang: Lang) -> Markup {
        let (net, taxes) = self.taxes();
        let mut pairs = vec![(say(lang, "Hors taxes", "Without taxes").to_owned(), money(lang, net))];
        for (bp, cents) in taxes {
            pairs.push((format!("{} {}", say(lang, "TVA", "VAT"), rate(lang, bp)), money(lang, cents)));
        }
        let total = html! { b.num { (format::money(lang, self.cart.total_cents())) } };
        pairs.push((say(lang, "À payer", "To pay").to_owned(), total));
        ui::definitions(&pairs)
    }
}

fn money(lang: Lang, cents: i64) -> Markup {
    html! { span.num { (format::money(lang, cents)) } }
}

/// The tax in a price with taxes, rounded half away from zero.
fn tax(gross_cents: i64, rate_bp: u32) -> i64 {
    let (gross, rate) = (i128::from(gross_cents), i128::from(rate_bp));
    let whole = 10_000 + rate;
    i64::try_from((2 * gross * rate + whole) / (2 * whole)).unwrap_or(0)
}

fn quantity(ctx: &Ctx, shown: &Shown, product: Uuid, line: &CartLine) -> Markup {
    let label = format!("{} {}", say(ctx.lang, "Quantité de", "Quantity of"), shown.name(product));
    html! {
        form.row method="post" action=(format!("{CART_PAGE}/set")) {
            (ui::csrf_field(&ctx.csrf))
            input type="hidden" name="product" value=(product);
            input.in.qty type="text" inputmode="numeric" name="quantity" value=(line.quantity) aria-label=(label);
            (Button::new(say(ctx.lang, "Changer", "Change")).quiet().small())
            (Button::new(say(ctx.lang, "Retirer", "Take out")).quiet().small().value("do", "remove"))
        }
    }
}

fn table(ctx: &Ctx, shown: &Shown) -> Table {
    let lang = ctx.lang;
    let row = |(product, line): (&Uuid, &CartLine)| {
        let href = format!("{SHOP}/products/{product}");
        let sku = shown.sold.get(product).map_or("", |article| &article.sku);
        let total = i64::from(line.quantity) * line.seen_cents;
        let now = shown.sold.get(product).map(|article| article.price_cents);
        let price = html! {
            (format::money(lang, line.seen_cents))
            @if let Some(now) = now.filter(|now| *now != line.seen_cents) {
                span.line.small.warned { (say(lang, "maintenant", "now")) " " (format::money(lang, now)) }
            }
        };
        Row::new([
            ui::subject(None, shown.name(*product), &href, sku),
            stock_chip(lang, shown.here(*product)),
            price,
            quantity(ctx, shown, *product, line),
            html! { b.num { (format::money(lang, total)) } },
        ])
    };
    let columns = vec![
        Column::new(say(lang, "Article", "Article")),
        Column::new(say(lang, "Disponible", "Available")).optional().width(Width::Medium),
        Column::new(say(lang, "Prix", "Price")).number().optional().width(Width::Medium),
        Column::new(say(lang, "Quantité", "Quantity")).width(Width::Long),
        Column::new(say(lang, "Total", "Total")).number().width(Width::Medium),
    ];
    Table::new(lang, say(lang, "Articles du panier", "Articles in the cart"), columns)
        .rows(shown.cart.lines.iter().map(row))
}

fn changed(ctx: &Ctx, shown: &Shown) -> Markup {
    if shown.cart.repriced(&shown.sold).is_empty() {
        return html! {};
    }
    let lang = ctx.lang;
    let text = say(
        lang,
        "Rien n’est commandé au nouveau prix sans votre accord.",
        "Nothing is ordered at the new price without your consent.",
    );
    let take = Button::new(say(lang, "Prendre les nouveaux prix", "Take the new prices"));
    let take = ui::post_button(&format!("{CART_PAGE}/reprice"), &ctx.csrf, &take);
    let title = say(lang, "Un prix a changé depuis", "A price has changed since");
    ui::message(Tone::Warn, title, &html! { (text) }, &take)
}

fn shop_form(ctx: &Ctx, shown: &Shown) -> Markup {
    let lang = ctx.lang;
    let label = say(lang, "Boutique qui prépare", "Shop that prepares it");
    html! {
        form method="post" action=(format!("{CART_PAGE}/shop")) {
            (ui::csrf_field(&ctx.csrf))
            div.field {
                label for="shop" { (label) }
                span.wrapin {
                    select.in id="shop" name="shop" {
                        @for shop in &shown.shops {
                            option value=(shop) selected[*shop == shown.cart.shop] { (shop_name(shop)) }
                        }
                    }
                    (ui::icon::icon(Icon::ChevronDown))
                }
            }
            div.row { (Button::new(say(lang, "Choisir cette boutique", "Choose this shop")).small()) }
        }
    }
}

/// The whole page, with an error above if something was refused.
async fn shown(db: &Db, ctx: &Ctx, query: &Query, error: Option<&Error>) -> Result<Markup> {
    let customer = ctx.permit(CART)?.principal.id;
    let (lang, title) = (ctx.lang, say(ctx.lang, "Panier", "Cart"));
    let mut shell = frame(db, ctx, title, &[(SHOP, say(lang, "Boutique en ligne", "Web shop"))]).await?;
    shell.flash = flash(lang, query);
    shell.has_errors = error.is_some();
    let refused = error.map(|error| error_message(lang, error));
    let cart = commands::open_cart(db, customer).await?.filter(|cart| !cart.lines.is_empty());
    let Some(cart) = cart else {
        let go = Button::link(say(lang, "Aller à la boutique", "Go to the shop"), SHOP).primary();
        let text =
            say(lang, "Ce que vous ajouterez vous attendra ici.", "What you add will wait for you here.");
        let empty = ui::empty(say(lang, "Le panier est vide", "The cart is empty"), text, &html! { (go) });
        return Ok(shell.page(ui::blocks(html! { (ui::head(title, &html! {}, &html! {})) (empty) })));
    };
    let shown = Shown::read(db, cart).await?;
    let pieces = ui::counted(lang, shown.cart.pieces(), ["article", "articles"], ["article", "articles"]);
    let order = Button::link(say(lang, "Passer la commande", "Check out"), CHECKOUT).primary();
    let side = html! {
        (Card::new(say(lang, "Total", "Total")).body(html! { (shown.sums(lang)) div.row { (order) } }))
        (Card::new(say(lang, "Retrait ou envoi", "Fetching or sending")).body(shop_form(ctx, &shown)))
    };
    let main =
        html! { @if let Some(refused) = refused { (refused) } (changed(ctx, &shown)) (table(ctx, &shown)) };
    let content = html! { (ui::head(title, &html! { (pieces) }, &html! {})) (ui::columns(&main, &side)) };
    Ok(shell.page(ui::blocks(content)))
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    Ok(web::pages::html(shown(&db, &ctx, &query, None).await?).into_response())
}

/// Changes the cart that is open, or a new one, again while others are faster.
async fn change(db: &Db, ctx: &Ctx, change: &Change) -> Result<Cart> {
    let customer = ctx.permit(CART)?.principal.id;
    let act = Act::of(ctx);
    for _ in 0..TRIES {
        let (batch, cart) = match commands::open_cart(db, customer).await? {
            Some(cart) => commands::change(db, &act, &cart, change).await?,
            None => commands::new_cart(db, &act, customer, None).await?,
        };
        let (is_new, is_met) = (cart.version == 1, db.write(batch).await);
        match is_met {
            Err(error) if met(&error) => {}
            Ok(_) if is_new => {}
            other => return Ok(other.map(|_| cart)?),
        }
    }
    Err(faster())
}

/// The page that a change leads to: the cart anew, or with what was refused.
async fn answer(db: &Db, ctx: &Ctx, wanted: &Change, did: &str) -> Answer {
    match change(db, ctx, wanted).await {
        Ok(_) => Ok(see_other(&format!("{CART_PAGE}?did={did}"))),
        Err(error) if told_here(&error) => {
            let page = shown(db, ctx, &Query::default(), Some(&error)).await?;
            Ok(with_status(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}

/// Pieces as they were typed; what is no number of pieces is refused by the cart.
fn typed(body: &FormBody) -> u32 {
    let pieces = format::read::integer(body.get("quantity"));
    pieces.and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

fn named(body: &FormBody) -> Result<Uuid> {
    body.get("product").parse().map_err(|_| Error::not_found())
}

pub(super) async fn add(Extension(db): Room, ctx: Ctx, body: FormBody) -> Answer {
    ctx.permit(CART)?;
    answer(&db, &ctx, &Change::Add(named(&body)?, typed(&body)), "added").await
}

pub(super) async fn set(Extension(db): Room, ctx: Ctx, body: FormBody) -> Answer {
    ctx.permit(CART)?;
    let product = named(&body)?;
    if body.get("do") == "remove" {
        return answer(&db, &ctx, &Change::Remove(product), "removed").await;
    }
    answer(&db, &ctx, &Change::Set(product, typed(&body)), "set").await
}

pub(super) async fn shop(Extension(db): Room, ctx: Ctx, body: FormBody) -> Answer {
    ctx.permit(CART)?;
    answer(&db, &ctx, &Change::Shop(body.get("shop").to_owned()), "set").await
}

pub(super) async fn reprice(Extension(db): Room, ctx: Ctx) -> Answer {
    ctx.permit(CART)?;
    answer(&db, &ctx, &Change::Reprice, "set").await
}

#[cfg(test)]
mod tests {
    use super::tax;

    #[test]
    fn the_tax_in_a_price_is_rounded_to_the_cent() {
        assert_eq!(tax(12_000, 2000), 2000);
        assert_eq!(tax(2_990, 2000), 498);
        assert_eq!(tax(3_190, 550), 166);
        assert_eq!((tax(1, 2000), tax(0, 2000), tax(100, 0)), (0, 0, 0));
    }
}
