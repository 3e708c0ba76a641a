//! The last step: what, from where, how it is paid, and one button.

use super::super::commands::{self, Act, TRIES, Terms, faster, met};
use super::cart::Shown;
use super::{Answer, CART_PAGE, CHECKOUT, CREATE, ORDERS, Room, frame};
use crate::shown::{error_message, see_other, shop_name, told_here, with_status};
use axum::Extension;
use axum::response::IntoResponse;
use db::Db;
use kernel::{Error, Lang, Result, Uuid};
use maud::{Markup, html};
use web::ui::{self, Button, Card, Field, FieldKind, FormPage, format, say};
use web::{Ctx, FormBody};

/// What the practice bank is told to do.
fn methods(lang: Lang) -> Vec<ui::Answer> {
    let method = |token, fr, en, then_fr, then_en| {
        ui::Answer::new(token, say(lang, fr, en)).consequence(say(lang, then_fr, then_en))
    };
    vec![
        method(
            "tok_ok",
            "Carte d’essai acceptée",
            "Test card that is accepted",
            "La banque réserve le montant; il est débité à la remise.",
            "The bank holds the amount; it is taken when the goods leave.",
        ),
        method(
            "tok_refused",
            "Carte d’essai refusée",
            "Test card that is refused",
            "La banque refuse; la commande s’annule d’elle-même.",
            "The bank refuses; the order cancels itself.",
        ),
        method(
            "tok_silent",
            "Banque qui tarde à répondre",
            "Bank that is slow to answer",
            "La première réponse se perd; la question est reposée.",
            "The first answer is lost; the question is asked again.",
        ),
        method(
            "tok_refund_fails",
            "Carte qui ne se rembourse pas",
            "Test card without refunds",
            "Tout est débité, mais la banque n’en rend rien\u{202f}: un incident le dira.",
            "All of it is taken, but the bank gives nothing back: an incident will tell.",
        ),
    ]
}

fn articles(lang: Lang, shown: &Shown) -> Markup {
    html! {
        ul.plainlist {
            @for (product, line) in &shown.cart.lines {
                li.between {
                    span {
                        b { (shown.sold.get(product).map_or("–", |article| &article.name)) }
                        span.line.small.muted { (line.quantity) " × " (format::money(lang, line.seen_cents)) }
                    }
                    span.num { (format::money(lang, i64::from(line.quantity) * line.seen_cents)) }
                }
            }
        }
    }
}

fn form(ctx: &Ctx, shown: &Shown, chosen: &Terms<'_>, error: Option<&Error>) -> Markup {
    let lang = ctx.lang;
    let total = format::money(lang, shown.cart.total_cents());
    let label = say(lang, "Payer", "Pay");
    let send = Button::new(format!("{label} {total}")).primary().busy(say(lang, "Envoi…", "Sending…"));
    let back = Button::link(say(lang, "Revenir au panier", "Back to the cart"), CART_PAGE).quiet();
    let way = Field::new(
        lang,
        "method",
        say(lang, "Moyen de paiement", "Means of payment"),
        FieldKind::Radios(methods(lang)),
    )
    .value(chosen.method)
    .hint(say(
        lang,
        "Banque d’essai : aucun numéro de carte n’est demandé ni gardé.",
        "Practice bank: no card number is asked for, or kept.",
    ));
    let elsewhere = Field::new(
        lang,
        "reroute",
        say(lang, "Une autre boutique peut la préparer", "Another shop may prepare it"),
        FieldKind::Checkbox,
    )
    .value(if chosen.reroute { "true" } else { "" })
    .hint(say(
        lang,
        "Si celle-ci ne peut pas. Sinon, la commande est annulée et rien n’est débité.",
        "If this one cannot. Otherwise the order is cancelled, and nothing is taken.",
    ));
    let aside = html! {
        (Card::new(say(lang, "Votre commande", "Your order")).body(html! { (articles(lang, shown)) (shown.sums(lang)) }))
        (Card::new(say(lang, "Boutique", "Shop")).body(html! { p { (shop_name(&shown.cart.shop)) } }))
    };
    ui::form_page(&FormPage {
        lang,
        id: "checkout".into(),
        action: CHECKOUT.into(),
        csrf: ctx.csrf.clone(),
        title: say(lang, "Commander et payer", "Order and pay").into(),
        message: error.map(|error| error_message(lang, error)).unwrap_or_default(),
        hidden: vec![("cart".into(), shown.cart.id.to_string())],
        fields: html! { (way) (elsewhere) },
        aside,
        decide: ui::decision_bar(&[send, back], &[]),
        ..FormPage::default()
    })
}

async fn shown(
    db: &Db,
    ctx: &Ctx,
    shown: &Shown,
    chosen: &Terms<'_>,
    error: Option<&Error>,
) -> Result<Markup> {
    let title = say(ctx.lang, "Commander et payer", "Order and pay");
    let mut shell = frame(db, ctx, title, &[(CART_PAGE, say(ctx.lang, "Panier", "Cart"))]).await?;
    shell.has_errors = error.is_some();
    Ok(shell.page(form(ctx, shown, chosen, error)))
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx) -> Answer {
    let customer = ctx.permit(CREATE)?.principal.id;
    let cart = commands::open_cart(&db, customer).await.map_err(Error::from)?;
    let Some(cart) = cart.filter(|cart| !cart.lines.is_empty()) else { return Ok(see_other(CART_PAGE)) };
    let cart = Shown::read(&db, cart).await?;
    // Where the goods are handed over is the customer's to say: nothing is ticked for them.
    let usual = Terms { method: "tok_ok", reroute: false };
    Ok(web::pages::html(shown(&db, &ctx, &cart, &usual, None).await?).into_response())
}

/// The order that a cart becomes, or has become.
async fn order(db: &Db, ctx: &Ctx, cart: Uuid, terms: &Terms<'_>) -> Result<Uuid> {
    for _ in 0..TRIES {
        let cart = super::super::http::reached(db, ctx, CREATE, cart).await?;
        if let Some(order) = cart.order {
            return Ok(order);
        }
        let (batch, order, _) = commands::check_out(db, &Act::of(ctx), &cart, terms).await?;
        match db.write(batch).await {
            Err(error) if met(&error) => {}
            other => return Ok(other.map(|_| order.id)?),
        }
    }
    Err(faster())
}

pub(super) async fn send(Extension(db): Room, ctx: Ctx, body: FormBody) -> Answer {
    ctx.permit(CREATE)?;
    let id: Uuid = body.get("cart").parse().map_err(|_| Error::not_found())?;
    let terms = Terms { method: body.get("method"), reroute: body.get("reroute") == "true" };
    match order(&db, &ctx, id, &terms).await {
        Ok(order) => Ok(see_other(&format!("{ORDERS}/{order}?did=placed"))),
        // The cart shows what has changed, and how to take it.
        Err(error) if error.code == "price_changed" => Ok(see_other(CART_PAGE)),
        Err(error) if told_here(&error) => {
            let cart = super::super::http::reached(&db, &ctx, CREATE, id).await?;
            let cart = Shown::read(&db, cart).await?;
            Ok(with_status(&error, shown(&db, &ctx, &cart, &terms, Some(&error)).await?))
        }
        Err(error) => Err(error.into()),
    }
}
