//! A return: how many of each line come back, in what state, and how the money goes back.

use super::{Answer, RECEIPTS, number, see_other, told_here, trouble, with_status};
use crate::retail::SELL;
use crate::retail::till::Tills;
use crate::retail::till::change::Act;
use crate::retail::till::commands::{Back, Command, Return};
use crate::retail::till::http::AtTills;
use crate::retail::till::model::Means;
use crate::retail::till::record::{Given, Receipt};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use kernel::{Error, Result, Uuid};
use maud::{Markup, html};
use web::ui::{self, Answer as Choice, Button, Card, Crumb, Field, FieldKind, FormPage, format, say};
use web::{Ctx, FormBody};

/// What was typed.
#[derive(Default)]
struct Typed {
    /// The return that it will be.
    id: Uuid,
    /// How many of each line, as typed.
    counts: Vec<String>,
    scrap: bool,
    means: String,
}

struct Form<'a> {
    ctx: &'a Ctx,
    sale: Receipt,
    /// How many of each line can still come back.
    left: Vec<i64>,
    typed: Typed,
    error: Option<Error>,
}

impl Form<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn lines(&self) -> Markup {
        let lang = self.ctx.lang;
        let field = |at: usize, name: &str, left: i64, price: i64| {
            let label = ui::typeset(lang, name);
            let hint = format!(
                "{} {}, {}",
                format::integer(lang, left),
                self.say("à reprendre au plus", "can come back"),
                format::money(lang, price)
            );
            Field::new(lang, format!("line-{}", at + 1), label, FieldKind::Integer)
                .value(self.typed.counts.get(at).cloned().unwrap_or_default())
                .hint(hint)
                .optional()
        };
        let open = self.sale.lines.iter().zip(&self.left).enumerate().filter(|(_, (_, left))| **left > 0);
        html! { @for (at, (line, left)) in open { (field(at, &line.name, *left, line.unit_price_cents)) } }
    }

    fn page(&self) -> Markup {
        let lang = self.ctx.lang;
        let title = self.say("Reprendre des articles", "Take goods back");
        let state = Field::new(
            lang,
            "state",
            self.say("État des articles", "State of the goods"),
            FieldKind::Radios(vec![
                Choice::new("restock", self.say("À remettre en rayon", "Back on the shelf")),
                Choice::new("scrap", self.say("À mettre au rebut", "To be scrapped")),
            ]),
        )
        .value(if self.typed.scrap { "scrap" } else { "restock" });
        let means = Field::new(
            lang,
            "means",
            self.say("Remboursement", "Money back"),
            FieldKind::Radios(vec![
                Choice::new("cash", self.say("En espèces", "In cash")),
                Choice::new("card", self.say("Sur la carte", "On the card")),
                Choice::new("voucher", self.say("En bon d’achat", "As a voucher")),
            ]),
        )
        .value(&self.typed.means);
        let path = format!("{RECEIPTS}/{}", self.sale.sale_id);
        let text = self.say(
            "Le retour est un nouveau ticket, au prix payé. Le ticket d’origine ne change pas.",
            "The return is a receipt of its own, at the price paid. The first one does not change.",
        );
        let take = Button::new(title).primary().busy(self.say("Envoi…", "Sending…"));
        let cancel = Button::link(self.say("Revenir", "Go back"), &path).quiet();
        let mut frame = web::pages::shell(self.ctx, title);
        let label = format!("{} {}", self.say("Ticket", "Receipt"), number(self.sale.number));
        frame.crumbs = vec![Crumb { label, href: Some(path.clone()) }];
        frame.has_errors = self.error.is_some();
        frame.page(ui::form_page(&FormPage {
            lang,
            id: "return".into(),
            action: format!("{path}/retour"),
            csrf: self.ctx.csrf.clone(),
            title: title.into(),
            message: trouble(lang, self.error.as_ref()),
            hidden: vec![("id".into(), self.typed.id.to_string())],
            fields: html! { (self.lines()) (state) (means) },
            aside: html! { (Card::new(self.say("À savoir", "Good to know")).body(html! { p { (text) } })) },
            decide: ui::decision_bar(&[take, cancel], &[]),
            ..FormPage::default()
        }))
    }
}

async fn form<'a>(tills: &Tills, ctx: &'a Ctx, sale: Uuid, typed: Typed) -> Result<Form<'a>> {
    let record = tills.receipt(sale).await?.ok_or_else(Error::not_found)?;
    let left = tills.sold(sale).await?.iter().map(|sold| sold.quantity - sold.returned).collect();
    Ok(Form { ctx, sale: record.read()?, left, typed, error: None })
}

/// The page.
pub(super) async fn page(Extension(tills): AtTills, ctx: Ctx, Path(sale): Path<Uuid>) -> Answer {
    ctx.permit(SELL)?;
    let typed = Typed { id: ctx.edge.clock.new_id(), means: "cash".into(), ..Typed::default() };
    let mut form = form(&tills, &ctx, sale, typed).await?;
    if let Some(first) = form.sale.tenders.first() {
        form.typed.means.clone_from(&first.means);
    }
    Ok(web::pages::html(form.page()).into_response())
}

/// What comes back, as it was typed.
fn read(form: &Form<'_>) -> Result<(Vec<Back>, i64)> {
    let (mut lines, mut total) = (Vec::new(), 0_i64);
    for ((n, line), typed) in (1_u32..).zip(&form.sale.lines).zip(&form.typed.counts) {
        if typed.is_empty() || typed == "0" {
            continue;
        }
        let Some(quantity) = format::read::integer(typed).filter(|n| (1..=9_999).contains(n)) else {
            let fr = format!("«\u{a0}{typed}\u{a0}» n’est pas un nombre d’articles.");
            return Err(Error::invalid("invalid_values", fr, format!("“{typed}” is not a number of items.")));
        };
        total += line.unit_price_cents * quantity;
        lines.push(Back { line: n, quantity, restock: !form.typed.scrap });
    }
    if lines.is_empty() {
        let (fr, en) = ("Indiquez combien d’articles reviennent.", "Say how many items come back.");
        return Err(Error::invalid("invalid_values", fr, en));
    }
    Ok((lines, total))
}

/// Takes them back, at the till where they were sold.
pub(super) async fn take(
    Extension(tills): AtTills,
    ctx: Ctx,
    Path(sale): Path<Uuid>,
    body: FormBody,
) -> Answer {
    ctx.permit(SELL)?;
    let mut form = form(&tills, &ctx, sale, Typed::default()).await?;
    let count = |n: usize| body.get(&format!("line-{}", n + 1)).to_owned();
    form.typed = Typed {
        id: body.get("id").parse().unwrap_or_else(|_| ctx.edge.clock.new_id()),
        counts: (0..form.sale.lines.len()).map(count).collect(),
        scrap: body.get("state") == "scrap",
        means: body.get("means").to_owned(),
    };
    let done = match read(&form) {
        Ok((lines, total)) => {
            let means = Means::parse(&form.typed.means).unwrap_or(Means::Cash);
            let given = if total > 0 { vec![Given { means, given_cents: total }] } else { Vec::new() };
            let command = Command::TakeBack(Return { id: form.typed.id, sale, lines, given });
            tills.run(&Act::of(&ctx)?, (&form.sale.shop, &form.sale.till), &command).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(record) => Ok(see_other(&format!("{RECEIPTS}/{}", record.id))),
        Err(error) if told_here(&error) => {
            form.error = Some(error.clone());
            Ok(with_status(&error, form.page()))
        }
        Err(error) => Err(error.into()),
    }
}
