//! Asking to send something back: how many of each article, in which state, and why.

use super::super::commands::{self, Act, Asked};
use super::super::model::{Known, left};
use super::super::{articles, orders, sql};
use super::{Answer, CREATE, LIVE, OF_ORDER, RETURNS, Room};
use crate::deciding::attempt;
use crate::shown::{error_message, field_errors, number, see_other, told_here, with_status};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use db::Db;
use kernel::{Error, FieldError, Result, Text, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use web::ui::{
    self, Answer as Choosable, Button, Card, Crumb, Field, FieldKind, FormPage, Tone, format, say,
};
use web::{Ctx, FormBody};

/// The page of a web order, before its id.
const ORDERS: &str = "/shop/orders";

/// An order of the reader's, and what of it can still be sent back.
struct Form<'a> {
    ctx: &'a Ctx,
    order: Uuid,
    left: BTreeMap<Uuid, (u32, i64)>,
    names: BTreeMap<Uuid, String>,
    delivered: bool,
}

/// The name of the question how many of a product are sent back.
fn question(product: &Uuid) -> String {
    format!("quantity-{product}")
}

impl<'a> Form<'a> {
    async fn read(db: &Db, ctx: &'a Ctx, order: Uuid) -> Result<Self> {
        let access = ctx.permit(CREATE)?.access;
        let known = orders::order(db, order).await?;
        let reached = |known: &Known| known.customer.is_some_and(|owner| access.reaches(owner, None));
        let known = known.filter(reached).ok_or_else(Error::not_found)?;
        let left = left(&known, &sql::of_transaction(db, order).await?);
        let names = articles::names(db, left.keys()).await?;
        Ok(Self { ctx, order, left, names, delivered: known.completed && known.delivered })
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn fields(&self, typed: &FormBody, errors: &[(String, String)]) -> Vec<Field> {
        let lang = self.ctx.lang;
        let field = |key: String, label: &str, kind: FieldKind| {
            let field = Field::new(lang, key.clone(), label, kind).value(typed.get(&key));
            match errors.iter().find(|(name, _)| *name == key) {
                Some((_, text)) => field.error(text.clone()),
                None => field,
            }
        };
        let article = |(product, (pieces, cents)): (&Uuid, &(u32, i64))| {
            let name = self.names.get(product).cloned().unwrap_or_else(|| number(*product));
            let hint = format!(
                "{} {}, {} {}",
                format::integer(lang, i64::from(*pieces)),
                self.say("au plus", "at most"),
                format::money(lang, *cents),
                self.say("pièce", "each")
            );
            let field = field(question(product), &name, FieldKind::Integer).hint(hint);
            if self.left.len() > 1 { field.optional() } else { field }
        };
        let states = FieldKind::Radios(vec![
            Choosable::new("fine", self.say("Comme neufs", "As new"))
                .consequence(self.say("Ils retournent en rayon.", "They go back on the shelf.")),
            Choosable::new("damaged", self.say("Abîmés ou défectueux", "Damaged or faulty"))
                .consequence(self.say("Ils ne seront pas revendus.", "They will not be sold again.")),
        ]);
        let state = field("state".into(), self.say("État des articles", "State of the articles"), states);
        let state = if typed.get("state").is_empty() { state.value("fine") } else { state };
        let reason = FieldKind::LongText { max: 500 };
        let reason = field("reason".into(), self.say("Motif", "Reason"), reason)
            .hint(self.say("La boutique le lit pour décider", "The shop reads it to decide"));
        self.left.iter().map(article).chain([state, reason]).collect()
    }

    fn aside(&self) -> Markup {
        let text = self.say(
            "La boutique accepte ou refuse votre demande. Une fois acceptée, vous êtes remboursé au prix payé, par le moyen de paiement de la commande.",
            "The shop accepts or refuses your request. Once it is accepted you get back what you paid, the way you paid it.",
        );
        html! { (Card::new(self.say("Ce qui suit", "What follows")).body(html! { p { (text) } })) }
    }

    fn page(&self, typed: &FormBody, id: Uuid, error: Option<&Error>) -> Markup {
        let lang = self.ctx.lang;
        let title = self.say("Renvoyer des articles", "Send articles back");
        let mut shell = web::pages::shell(self.ctx, title);
        let order = format!("{ORDERS}/{}", self.order);
        let label = format!("{} {}", self.say("Commande", "Order"), number(self.order));
        shell.crumbs = vec![Crumb { label, href: Some(order.clone()) }];
        shell.has_errors = error.is_some();
        let back = Button::link(self.say("Revenir à la commande", "Back to the order"), &order).quiet();
        if self.left.is_empty() {
            return shell.page(ui::blocks(self.nothing(title, &html! { (back) }, error)));
        }
        let errors = field_errors(lang, error);
        let message = error.filter(|error| error.fields.is_empty());
        let send = Button::new(self.say("Envoyer la demande", "Send the request")).primary();
        shell.page(ui::form_page(&FormPage {
            lang,
            id: "return".into(),
            action: format!("{OF_ORDER}/{}", self.order),
            csrf: self.ctx.csrf.clone(),
            title: title.into(),
            message: message.map(|error| error_message(lang, error)).unwrap_or_default(),
            hidden: vec![("id".into(), id.to_string())],
            fields: html! { @for field in self.fields(typed, &errors) { (field) } },
            errors,
            aside: self.aside(),
            decide: ui::decision_bar(&[send.busy(self.say("Envoi…", "Sending…")), back], &[]),
            ..FormPage::default()
        }))
    }

    /// Instead of a form: why there is nothing to ask. The order may arrive while somebody reads it.
    fn nothing(&self, title: &str, back: &Markup, error: Option<&Error>) -> Markup {
        let lang = self.ctx.lang;
        let (what, why) = if self.delivered {
            (
                self.say("Tout a été renvoyé", "All of it was sent back"),
                self.say(
                    "Chaque article de cette commande fait déjà partie d’un retour.",
                    "Each article of this order is part of a return already.",
                ),
            )
        } else {
            (
                self.say("Pas encore livrée", "Not delivered yet"),
                self.say(
                    "Ses articles pourront être renvoyés après leur livraison.",
                    "Its articles can be sent back after their delivery.",
                ),
            )
        };
        let region = ui::message(Tone::Info, what, &html! { (why) }, back);
        html! {
            @if let Some(error) = error { (error_message(lang, error)) }
            (ui::head(title, &html! {}, &html! {}))
            (ui::live("asking", LIVE, &region))
        }
    }

    /// What was typed: product, pieces, and whether they can be sold again.
    fn typed(&self, body: &FormBody) -> Result<Vec<(Uuid, u32, bool)>> {
        let (mut lines, mut faults) = (Vec::new(), Vec::new());
        for product in self.left.keys() {
            let key = question(product);
            let text = body.get(&key);
            if text.is_empty() || text == "0" {
                continue;
            }
            match format::read::integer(text).and_then(|n| u32::try_from(n).ok()) {
                Some(pieces) => lines.push((*product, pieces, body.get("state") != "damaged")),
                None => faults.push(FieldError {
                    field: key,
                    text: Text::new("Un nombre d’articles est attendu.", "A number of articles is expected."),
                }),
            }
        }
        if faults.is_empty() {
            return Ok(lines);
        }
        let (fr, en) = ("Corrigez ce qui est signalé.", "Correct what is marked.");
        Err(Error { fields: faults, ..Error::invalid("invalid_values", fr, en) })
    }
}

/// An error of the command with its lines named as the questions are.
fn at_questions(mut error: Error, lines: &[(Uuid, u32, bool)]) -> Error {
    for fault in &mut error.fields {
        let n = fault.field.strip_prefix("/lines/").and_then(|rest| rest.split('/').next()?.parse().ok());
        if let Some((product, ..)) = n.and_then(|n: usize| lines.get(n)) {
            fault.field = question(product);
        }
    }
    error
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx, Path(order): Path<Uuid>) -> Answer {
    let form = Form::read(&db, &ctx, order).await?;
    Ok(web::pages::html(form.page(&FormBody::default(), ctx.edge.clock.new_id(), None)).into_response())
}

pub(super) async fn send(Extension(db): Room, ctx: Ctx, Path(order): Path<Uuid>, body: FormBody) -> Answer {
    let customer = ctx.permit(CREATE)?.principal.id;
    let form = Form::read(&db, &ctx, order).await?;
    let id = body.get("id").parse().unwrap_or_else(|_| ctx.edge.clock.new_id());
    let done = match form.typed(&body) {
        Ok(lines) => {
            let reason = body.get("reason").to_owned();
            let (act, asked) = (Act::of(&ctx), Asked { id, customer, transaction: order, reason, lines });
            let done = attempt(&db, || Box::pin(commands::ask(&db, &act, &asked))).await;
            done.map_err(|error| at_questions(error, &asked.lines))
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(r) => Ok(see_other(&format!("{RETURNS}/{}?did=asked", r.id))),
        Err(error) if told_here(&error) => Ok(with_status(&error, form.page(&body, id, Some(&error)))),
        Err(error) => Err(error.into()),
    }
}
