//! A correction: the punch as it stands, what is right, and why. The row itself stays.

use super::read::{Typed, faults, message, unreadable};
use super::{Answer, CORRECTION, Told, WEEK, kind_word, see_other, told_here, with_status};
use crate::heures::Heures;
use crate::heures::commands::{Act, Command};
use crate::heures::http::{Clock, may_correct};
use crate::heures::model::{Change, PunchRow};
use crate::heures::week::week_code;
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use kernel::{Error, Result, Uuid};
use maud::{Markup, html};
use web::ui::{self, Button, Card, Crumb, FormPage, format, say};
use web::{Ctx, FormBody, People};

struct Form<'a> {
    heures: &'a Heures,
    ctx: &'a Ctx,
    people: &'a People,
    punch: &'a PunchRow,
    typed: Typed,
    error: Option<Error>,
}

impl Form<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn aside(&self) -> Markup {
        let told = Told { lang: self.ctx.lang, heures: self.heures, people: self.people };
        let local = format::local(self.punch.at, &self.heures.house.zone);
        let pairs = [
            (self.say("Personne", "Person").to_owned(), html! { (self.people.name(self.punch.person)) }),
            (self.say("Jour", "Day").to_owned(), html! { (format::date_long(self.ctx.lang, local.date())) }),
            (
                kind_word(self.ctx.lang, self.punch.kind).to_owned(),
                html! { (told.time(self.punch.at)) ", " (told.origin(self.punch)) },
            ),
            (self.say("Réception", "Receipt").to_owned(), html! { (told.receipt(self.punch)) }),
        ];
        let text = self.say(
            "Le pointage d’origine reste dans l’historique. La personne lira le motif et votre nom.",
            "The original punch stays in the history. The person reads the reason and your name.",
        );
        let body = html! { (ui::definitions(&pairs)) p.small.soft { (text) } };
        html! { (Card::new(self.say("Tel qu’il est", "As it stands")).body(body)) }
    }

    fn page(&self) -> Markup {
        let lang = self.ctx.lang;
        let errors = self.error.as_ref().map(|error| faults(lang, error)).unwrap_or_default();
        let hint = self.say("Ce qui montre la bonne heure", "What shows the right time");
        let fields = self.typed.fields(lang, &errors, (hint, true));
        let title = self.say("Corriger un pointage", "Correct a punch");
        let back = week_of(self.heures, self.punch, "");
        let busy = self.say("Envoi…", "Sending…");
        let save = Button::new(self.say("Corriger le pointage", "Correct the punch"))
            .primary()
            .busy(busy)
            .value("do", "replace");
        let void = Button::new(self.say("Retirer ce pointage", "Take this punch away"))
            .danger()
            .busy(busy)
            .value("do", "void");
        let cancel = Button::link(self.say("Revenir", "Go back"), &back).quiet();
        let mut frame = web::pages::shell(self.ctx, title);
        frame.crumbs = vec![Crumb { label: self.people.name(self.punch.person).into(), href: Some(back) }];
        frame.has_errors = self.error.is_some();
        frame.page(ui::form_page(&FormPage {
            lang,
            id: "correction".into(),
            action: format!("{CORRECTION}/{}", self.punch.id),
            csrf: self.ctx.csrf.clone(),
            title: title.into(),
            message: message(lang, self.error.as_ref()),
            errors,
            fields: html! { @for field in &fields { (field) } },
            aside: self.aside(),
            decide: ui::decision_bar(&[save, cancel], &[void]),
            ..FormPage::default()
        }))
    }
}

/// The week that a punch lies in.
fn week_of(heures: &Heures, punch: &PunchRow, did: &str) -> String {
    let code = week_code(heures.house.day(punch.at));
    let did = if did.is_empty() { String::new() } else { format!("&did={did}") };
    format!("{WEEK}/{code}?person={}{did}", punch.person)
}

async fn known(heures: &Heures, ctx: &Ctx, id: &str) -> Result<PunchRow> {
    may_correct(heures, ctx, Uuid::parse_str(id).map_err(|_| Error::not_found())?).await
}

/// The page.
pub(super) async fn page(Extension(heures): Clock, ctx: Ctx, Path(id): Path<String>) -> Answer {
    let punch = known(&heures, &ctx, &id).await?;
    let people = ctx.edge.people().await?;
    let local = format::local(punch.at, &heures.house.zone);
    let typed = Typed {
        kind: punch.kind.as_str().to_owned(),
        day: format::date_field(local.date()),
        time: format::clock(local.time()),
        reason: String::new(),
    };
    let form = Form { heures: &heures, ctx: &ctx, people: &people, punch: &punch, typed, error: None };
    Ok(web::pages::html(form.page()).into_response())
}

async fn decide(heures: &Heures, ctx: &Ctx, punch: &PunchRow, typed: &Typed, void: bool) -> Result<()> {
    let change = if void {
        Change::Void
    } else {
        let (kind, at) = typed.read(&heures.house).map_err(unreadable)?;
        // The page shows minutes: a time that was not touched keeps its seconds.
        let minute = |at: kernel::Timestamp| at.0.div_euclid(crate::heures::model::MINUTE);
        let same = minute(at) == minute(punch.at);
        Change::Replace { kind: Some(kind), at: (!same).then_some(at) }
    };
    let by = ctx.principal()?.id;
    let command = Command::Correct { id: punch.id, change, reason: typed.reason.clone(), by };
    heures.run(&Act::from(ctx), &command).await.map(drop)
}

/// Corrects it.
pub(super) async fn save(
    Extension(heures): Clock,
    ctx: Ctx,
    Path(id): Path<String>,
    body: FormBody,
) -> Answer {
    let punch = known(&heures, &ctx, &id).await?;
    let (typed, void) = (Typed::of(&body), body.get("do") == "void");
    match decide(&heures, &ctx, &punch, &typed, void).await {
        Ok(()) => Ok(see_other(&week_of(&heures, &punch, if void { "void" } else { "corrected" }))),
        Err(error) if told_here(&error) => {
            let people = ctx.edge.people().await?;
            let form = Form {
                heures: &heures,
                ctx: &ctx,
                people: &people,
                punch: &punch,
                typed,
                error: Some(error.clone()),
            };
            Ok(with_status(&error, form.page()))
        }
        Err(error) => Err(error.into()),
    }
}
