//! A forgotten punch: given by the person within a few days, or added by whoever may correct their punches.

use super::read::{Typed, faults, message, unreadable};
use super::{Answer, FORGOTTEN, WEEK, see_other, told_here, with_status};
use crate::heures::commands::{Act, Command};
use crate::heures::http::{Clock, new_punch, subject};
use crate::heures::model::{LATE_DAYS, NewPunch, Source};
use crate::heures::week::week_code;
use crate::heures::{CORRECT, Heures, WRITE};
use axum::Extension;
use axum::response::IntoResponse;
use jiff::civil::Date;
use kernel::{Error, Lang, Result, Uuid};
use maud::{Markup, html};
use web::ui::{self, Button, Card, Crumb, FormPage, format, say};
use web::{Ctx, FormBody, People, Query};

/// Whose punch, and what was typed so far.
struct Form<'a> {
    ctx: &'a Ctx,
    people: &'a People,
    person: Uuid,
    is_own: bool,
    typed: Typed,
    error: Option<Error>,
}

impl Form<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    fn hint(&self) -> &'static str {
        if self.is_own {
            self.say("Votre responsable le lira", "Your manager will read it")
        } else {
            self.say("La personne le lira", "The person will read it")
        }
    }

    fn title(&self) -> String {
        if self.is_own {
            self.say("Donner un pointage oublié", "Give a forgotten punch").to_owned()
        } else {
            let name = self.people.name(self.person);
            format!("{} {name}", self.say("Ajouter un pointage à", "Add a punch for"))
        }
    }

    fn aside(&self) -> Markup {
        let manager = self.people.manager_of(self.person).map(|manager| manager.name.clone());
        let manager = manager.unwrap_or_else(|| self.say("votre responsable", "your manager").to_owned());
        let text = match (self.is_own, self.ctx.lang) {
            (true, Lang::Fr) => format!(
                "Le pointage compte tout de suite, et porte la mention «\u{a0}déclarée après coup\u{a0}» avec l’heure de réception. Au-delà de {LATE_DAYS}\u{a0}jours, ou pour un pointage en trop, adressez-vous à {manager}."
            ),
            (true, Lang::En) => format!(
                "The punch counts at once, and is marked “given afterwards” with the time we received it. Beyond {LATE_DAYS} days, or for a punch too many, ask {manager}."
            ),
            (false, Lang::Fr) => {
                "Le pointage porte votre nom et le motif. Rien n’est effacé : chaque ajout reste lisible."
                    .to_owned()
            }
            (false, Lang::En) => {
                "The punch carries your name and the reason. Nothing is erased: each addition stays readable."
                    .to_owned()
            }
        };
        let body = html! { p { (ui::typeset(self.ctx.lang, &text)) } };
        html! { (Card::new(self.say("Ce qui va se passer", "What happens next")).body(body)) }
    }

    fn page(&self) -> Markup {
        let lang = self.ctx.lang;
        let errors = self.error.as_ref().map(|error| faults(lang, error)).unwrap_or_default();
        let fields = self.typed.fields(lang, &errors, (self.hint(), !self.is_own));
        let back = format!("{WEEK}?person={}", self.person);
        let hidden =
            if self.is_own { Vec::new() } else { vec![("person".to_owned(), self.person.to_string())] };
        let send = Button::new(self.say("Enregistrer le pointage", "Record the punch"))
            .primary()
            .busy(self.say("Envoi…", "Sending…"));
        let mut frame = web::pages::shell(self.ctx, self.title());
        frame.crumbs =
            vec![Crumb { label: self.say("Mes heures", "My hours").into(), href: Some(back.clone()) }];
        frame.has_errors = self.error.is_some();
        frame.page(ui::form_page(&FormPage {
            lang,
            id: "forgotten".into(),
            action: FORGOTTEN.into(),
            csrf: self.ctx.csrf.clone(),
            title: self.title(),
            message: message(lang, self.error.as_ref()),
            errors,
            hidden,
            fields: html! { @for field in &fields { (field) } },
            aside: self.aside(),
            decide: ui::decision_bar(
                &[send, Button::link(self.say("Revenir", "Go back"), back).quiet()],
                &[],
            ),
            ..FormPage::default()
        }))
    }
}

/// Whose punch is asked for; others' only for whoever may correct them.
async fn whose(ctx: &Ctx, asked: Option<Uuid>) -> Result<(Uuid, bool)> {
    let person = subject(ctx, asked).await?;
    let is_own = person == ctx.principal()?.id;
    ctx.permit(if is_own { WRITE } else { CORRECT })?;
    Ok((person, is_own))
}

/// The page; `?day=2026-11-17&kind=out` fills in what is known.
pub(super) async fn page(Extension(heures): Clock, ctx: Ctx, query: Query) -> Answer {
    let (person, is_own) = whose(&ctx, query.parsed("person")?).await?;
    let day = query.parsed::<Date>("day")?.unwrap_or_else(|| heures.house.day(ctx.now()));
    let kind = query.get("kind").unwrap_or_default().to_owned();
    let typed = Typed { kind, day: format::date_field(day), ..Typed::default() };
    let people = ctx.edge.people().await?;
    let form = Form { ctx: &ctx, people: &people, person, is_own, typed, error: None };
    Ok(web::pages::html(form.page()).into_response())
}

async fn record(heures: &Heures, ctx: &Ctx, person: Uuid, typed: &Typed) -> Result<Date> {
    let (kind, at) = typed.read(&heures.house).map_err(unreadable)?;
    let new = new_punch(ctx, Some(person), Source::Web).await?;
    let reason = Some(typed.reason.clone());
    let command = Command::Punch(NewPunch { kind: Some(kind), claimed_at: Some(at), reason, ..new });
    heures.run(&Act::from(ctx), &command).await?;
    Ok(heures.house.day(at))
}

/// Records it.
pub(super) async fn give(Extension(heures): Clock, ctx: Ctx, body: FormBody) -> Answer {
    let (person, is_own) = whose(&ctx, Uuid::parse_str(body.get("person")).ok()).await?;
    let typed = Typed::of(&body);
    match record(&heures, &ctx, person, &typed).await {
        Ok(day) => Ok(see_other(&format!("{WEEK}/{}?person={person}&did=given", week_code(day)))),
        Err(error) if told_here(&error) => {
            let people = ctx.edge.people().await?;
            let form = Form { ctx: &ctx, people: &people, person, is_own, typed, error: Some(error.clone()) };
            Ok(with_status(&error, form.page()))
        }
        Err(error) => Err(error.into()),
    }
}
