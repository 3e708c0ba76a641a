//! What was sent back of an order, and what can be: asked of whoever takes returns, on the page of the order.

use super::super::model::WebOrder;
use crate::shown::{number, return_chip};
use kernel::Uuid;
use maud::{Markup, html};
use serde::Deserialize;
use web::ui::{self, Button, Card, Icon, format, say};
use web::{Away, Calls, Ctx};

/// The permissions of others that the pages ask with.
pub(in crate::ecommerce) const ASKS: [&str; 1] = [READ];
/// To see returns.
const READ: &str = "returns.return.read";
/// To send something back.
const CREATE: &str = "returns.return.create";
/// The pages of returns.
const RETURNS: &str = "/returns";

/// What returns say of an order.
#[derive(Deserialize)]
pub(super) struct OfOrder {
    left: Vec<serde::de::IgnoredAny>,
    returns: Vec<Returned>,
}

/// A return, as far as the order's page shows it.
#[derive(Deserialize)]
struct Returned {
    id: Uuid,
    state: String,
    amount_cents: i64,
}

/// What returns say of an order that was delivered, for those who may see it.
pub(super) async fn of(calls: &Calls, ctx: &Ctx, order: &WebOrder) -> Option<Result<OfOrder, Away>> {
    if !ctx.principal.as_ref()?.may(READ) {
        return None;
    }
    let path = format!("/api/v1/returns/orders/{}", order.id);
    Some(calls.ask(ctx.correlation_id, &path, &[]).await)
}

/// The card: each return and where it stands, and the way to ask for one.
pub(super) fn card(ctx: &Ctx, order: &WebOrder, said: &Result<OfOrder, Away>) -> Markup {
    let lang = ctx.lang;
    let title = say(lang, "Retours", "Returns");
    let Ok(OfOrder { left, returns }) = said else {
        let text = say(lang, "Les retours ne répondent pas.", "Returns do not answer.");
        return ui::part_away(lang, title, text, &ctx.path);
    };
    let own = ctx.principal.as_ref().is_some_and(|who| who.may(CREATE) && who.id == order.customer);
    let ask = own && !left.is_empty();
    if !ask && returns.is_empty() {
        return html! {};
    }
    let button = Button::link(
        say(lang, "Renvoyer des articles", "Send articles back"),
        format!("{RETURNS}/orders/{}", order.id),
    );
    html! {
        (Card::new(title).body(html! {
            div.stack {
                @if !returns.is_empty() {
                    ul.plainlist {
                        @for r in returns {
                            li.between {
                                span {
                                    a href=(format!("{RETURNS}/{}", r.id)) { (number(r.id)) }
                                    span.line.small.muted.num { (format::money(lang, r.amount_cents)) }
                                }
                                (return_chip(lang, &r.state))
                            }
                        }
                    }
                }
                @if ask { div.row { (button.icon(Icon::Undo2)) } }
            }
        }))
    }
}
