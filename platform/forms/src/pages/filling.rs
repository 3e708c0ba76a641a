//! A form while it is filled in: what is typed, what follows from it, and the page around it.

use super::ahead::Walk;
use super::fields::{Questions, Texts, pairs, stored, typed};
use super::shown::Shown;
use super::{Answer, refusal, with_status};
use crate::forms::{Act, Forms};
use crate::host::FormsHost;
use crate::http::parse_id;
use crate::model::Instance;
use crate::roles::Right;
use crate::versions::Pinned;
use axum::response::IntoResponse;
use forms_model::define::Form;
use forms_model::values::{Evaluation, Facts, Parsed, Values, evaluate, parse_text, prefill};
use kernel::{Error, FieldError, Result, Uuid};
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Button, Card, Crumb, Flash, FormPage, Icon, Tone, format, say};
use web::{Ctx, FormBody};

/// A form on its way: which one, of whom, and what stands in its inputs.
pub(super) struct Filling {
    pub(super) forms: Arc<Forms>,
    pub(super) act: Act,
    pinned: Arc<Pinned>,
    /// The draft, when it is one already.
    draft: Option<Instance>,
    texts: Texts,
    /// What could be read of them.
    pub(super) parsed: Parsed,
    facts: Facts,
    evaluation: Evaluation,
}

impl Filling {
    /// A form of a module for a new request. The first answers are the declaration's; with a body, what was typed.
    pub(super) async fn new(
        host: &FormsHost,
        ctx: &Ctx,
        (module, code): &(String, String),
        body: Option<&FormBody>,
    ) -> Result<Self> {
        let forms = host.get(module)?;
        let act = Act::of(ctx).await?;
        forms.permit(&act.principal, Right::Create)?;
        let form = forms.form(code)?;
        let pinned = forms.pinned(&(code.clone(), form.version, form.workflow_version)).await?;
        let zone = forms.definition().module.time_zone();
        let texts = match body {
            Some(body) => typed(body),
            None => {
                let facts = forms.facts(form, act.principal.id, &Values::new(), act.now).await;
                stored(form, &prefill(forms.definition(), form, &facts), &zone)
            }
        };
        Self::read(forms, act, pinned, None, texts).await
    }

    /// A draft of the caller's own.
    pub(super) async fn draft(
        host: &FormsHost,
        ctx: &Ctx,
        (module, id): &(String, String),
        body: Option<&FormBody>,
    ) -> Result<Self> {
        let forms = host.get(module)?;
        let shown = Shown::read(&forms, ctx, parse_id(id)?).await?;
        if !shown.is_own_draft() {
            return Err(Error::refused(
                "not_a_draft",
                "Cette demande est déjà envoyée\u{a0}: ses réponses ne changent plus.",
                "This request has been sent: its answers do not change any more.",
            ));
        }
        let texts = match body {
            Some(body) => typed(body),
            None => stored(shown.pinned.form()?, &shown.values, &shown.zone),
        };
        let Shown { act, pinned, instance, .. } = shown;
        Self::read(forms, act, pinned, Some(instance), texts).await
    }

    async fn read(
        forms: Arc<Forms>,
        act: Act,
        pinned: Arc<Pinned>,
        draft: Option<Instance>,
        texts: Texts,
    ) -> Result<Self> {
        let form = pinned.form()?;
        let zone = pinned.definition.module.time_zone();
        let parsed = parse_text(form, &pairs(&texts), &zone);
        let subject = draft.as_ref().map_or(act.principal.id, |draft| draft.subject);
        let facts = forms.facts(form, subject, &parsed.values, act.now).await;
        let evaluation = evaluate(&pinned.definition, form, &parsed.values, &facts);
        Ok(Self { forms, act, pinned, draft, texts, parsed, facts, evaluation })
    }

    fn form(&self) -> Result<&Form> {
        self.pinned.form()
    }

    /// Everything to correct before it can be sent, in the order of the form; what cannot be read comes first.
    pub(super) fn errors(&self) -> Vec<FieldError> {
        let mut errors = self.parsed.errors.clone();
        let unread = |error: &&FieldError| !self.parsed.errors.iter().any(|known| known.field == error.field);
        errors.extend(self.evaluation.errors.iter().filter(unread).cloned());
        let place = |error: &FieldError| {
            let fields = self.form().map(|form| form.fields.as_slice()).unwrap_or_default();
            fields.iter().position(|field| field.key == error.field).unwrap_or(usize::MAX)
        };
        errors.sort_by_key(place);
        errors
    }

    fn walk<'a>(&'a self, ctx: &Ctx) -> Walk<'a> {
        Walk {
            forms: &self.forms,
            act: &self.act,
            pinned: &self.pinned,
            subject: self.act.principal.id,
            values: &self.parsed.values,
            facts: &self.facts,
            lang: ctx.lang,
        }
    }

    fn state(&self) -> Result<&str> {
        match &self.draft {
            Some(draft) => Ok(&draft.state),
            None => Ok(&self.pinned.workflow()?.initial),
        }
    }

    /// The card of what happens next.
    fn next_steps(&self, ctx: &Ctx) -> Result<Markup> {
        let steps = self.walk(ctx).steps(self.state()?);
        let title = say(ctx.lang, "Ce qui va se passer", "What happens next");
        Ok(html! { (Card::new(title).id("_next").body(ui::timeline(&steps))) })
    }

    fn questions<'a>(&'a self, ctx: &Ctx, errors: &'a [FieldError]) -> Result<Questions<'a>> {
        Ok(Questions {
            lang: ctx.lang,
            form: self.form()?,
            texts: &self.texts,
            evaluation: &self.evaluation,
            errors,
            people: &self.act.people,
        })
    }

    /// Where the form is sent.
    fn action(&self) -> Result<String> {
        Ok(match &self.draft {
            Some(draft) => format!("/{}/{}/edit", self.forms.code(), draft.id),
            None => format!("/{}/new/{}", self.forms.code(), self.form()?.code),
        })
    }

    fn derive(&self) -> Result<String> {
        Ok(match &self.draft {
            Some(draft) => format!("/{}/{}/derive", self.forms.code(), draft.id),
            None => format!("{}/derive", self.action()?),
        })
    }

    fn bar(&self, ctx: &Ctx) -> Result<Markup> {
        let lang = ctx.lang;
        let coming = self.walk(ctx).from(self.state()?);
        let first = coming.first().and_then(|coming| coming.who.as_ref()).filter(|who| who.is_person);
        let send = match first {
            Some(who) => format!("{} {}", say(lang, "Envoyer à", "Send to"), who.name),
            None => say(lang, "Envoyer la demande", "Send the request").to_owned(),
        };
        let send = Button::new(send).primary().icon(Icon::Send).value("_do", "submit");
        let keep = Button::new(say(lang, "Garder en brouillon", "Keep as a draft")).value("_do", "draft");
        let near = [send.busy(say(lang, "Envoi…", "Sending…")), keep.skip_checks()];
        let unsent = self.draft.as_ref().filter(|draft| draft.submitted_at.is_none());
        let delete = unsent.map(|draft| {
            let label = say(lang, "Supprimer le brouillon", "Delete the draft");
            Button::link(label, format!("/{}/{}/delete", self.forms.code(), draft.id))
                .quiet()
                .icon(Icon::Trash2)
        });
        Ok(ui::decision_bar(&near, delete.as_slice()))
    }

    /// The whole page.
    pub(super) fn page(
        &self,
        ctx: &Ctx,
        id: Uuid,
        errors: &[FieldError],
        message: Markup,
        flash: Option<Flash>,
    ) -> Result<Markup> {
        let (form, lang) = (self.form()?, ctx.lang);
        let questions = self.questions(ctx, errors)?;
        let heading = form.heading.as_ref().unwrap_or(&form.title).get(lang);
        let hidden = match &self.draft {
            Some(draft) => ("_revision".to_owned(), draft.revision.to_string()),
            None => ("_id".to_owned(), id.to_string()),
        };
        let mut shell = web::pages::shell(ctx, form.title.get(lang));
        shell.crumbs = vec![Crumb {
            label: self.forms.definition().module.name.get(lang).to_owned(),
            href: Some(format!("/{}", self.forms.code())),
        }];
        shell.has_errors = !errors.is_empty();
        shell.flash = flash;
        shell.actions = self.saved(ctx);
        let description = form.description.as_ref().map(|text| text.get(lang));
        let content = ui::form_page(&FormPage {
            lang,
            id: "request".into(),
            action: self.action()?,
            derive: self.derive()?,
            csrf: ctx.csrf.clone(),
            title: ui::typeset(lang, heading),
            errors: questions.summary(),
            message: html! { @if let Some(text) = description { p.soft { (ui::typeset(lang, text)) } } (message) },
            hidden: vec![hidden],
            fields: questions.render(),
            aside: self.next_steps(ctx)?,
            decide: self.bar(ctx)?,
        });
        Ok(shell.page(content))
    }

    /// When the draft was last kept.
    fn saved(&self, ctx: &Ctx) -> Markup {
        let Some(draft) = &self.draft else { return html! {} };
        let zone = self.pinned.definition.module.time_zone();
        let when = format::when_long(ctx.lang, draft.updated_at, ctx.now(), &zone);
        let text = format!("{} {when}", say(ctx.lang, "Brouillon enregistré", "Draft saved"));
        ui::chip(Tone::Neutral, Icon::Check, &text)
    }

    /// The page again after a failed send.
    pub(super) fn failed(&self, ctx: &Ctx, id: Uuid, error: &Error, errors: &[FieldError]) -> Answer {
        let message = if errors.is_empty() {
            refusal(ctx, &self.act.people, error)
        } else {
            html! {}
        };
        Ok(with_status(error, self.page(ctx, id, errors, message, None)?))
    }

    /// Only what changes while people type.
    pub(super) fn derived(&self, ctx: &Ctx) -> Answer {
        let questions = self.questions(ctx, &[])?;
        let part = html! { div { (questions.derived()) (self.next_steps(ctx)?) } };
        Ok(web::pages::html(part).into_response())
    }
}
