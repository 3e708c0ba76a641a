//! The inbox: what awaits the reader in all modules, the request that is open with all that a decision needs, and on to
//! the next one.

use super::actions::{self, From};
use super::render::{RowView, row_chip};
use super::shown::Shown;
use super::{Answer, Three, Two, flash, refusal, revision, see_other, told_here, with_status};
use crate::commands::Command;
use crate::forms::Forms;
use crate::host::FormsHost;
use crate::http::{InboxPage, Part, parse_id, read_inbox};
use crate::model::Instance;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bus::Signal;
use forms_model::define::Verb;
use kernel::{Error, Result, Uuid};
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Choice, Inbox, InboxRow, OpenRequest, Shell, format, say};
use web::{Ctx, Failure, FormBody, People, Query};

/// Requests in the list.
const ROWS: u32 = 50;

impl Part {
    fn word(self) -> &'static str {
        match self {
            Self::ToDecide => "decide",
            Self::Watched => "watched",
            Self::Over => "over",
        }
    }

    fn of(query: &Query) -> Self {
        [Self::Watched, Self::Over]
            .into_iter()
            .find(|p| query.get("part") == Some(p.word()))
            .unwrap_or(Self::ToDecide)
    }

    /// The part in an address; the first one is not said.
    fn query(self) -> String {
        if self == Self::ToDecide { String::new() } else { format!("?part={}", self.word()) }
    }
}

/// The list beside the open request.
struct Listed {
    part: Part,
    page: InboxPage,
    people: Arc<People>,
}

impl Listed {
    async fn read(host: &FormsHost, ctx: &Ctx, part: Part) -> Result<Self> {
        let people = ctx.edge.people().await?;
        let page = read_inbox(&host.all(), ctx.principal()?, (part, ctx.now()), None, ROWS).await;
        Ok(Self { part, page, people })
    }

    /// The address of a request in this list.
    fn href(&self, forms: &Forms, id: Uuid) -> String {
        format!("/inbox/{}/{id}{}", forms.code(), self.part.query())
    }

    /// The first request, where the inbox opens.
    fn first(&self) -> Option<String> {
        self.page.items.first().map(|(forms, instance)| self.href(forms, instance.id))
    }

    async fn row(
        &self,
        ctx: &Ctx,
        forms: &Forms,
        instance: &Instance,
        open: Option<Uuid>,
    ) -> Result<InboxRow> {
        let (lang, zone) = (ctx.lang, forms.definition().module.time_zone());
        let since = instance.submitted_at.unwrap_or(instance.updated_at);
        let label = forms.state_label(instance).await?.get(lang).to_owned();
        Ok(InboxRow {
            href: self.href(forms, instance.id),
            person_id: instance.subject.to_string(),
            person: self.people.name(instance.subject).to_owned(),
            when: format::when(lang, since, ctx.now(), &zone),
            subject: instance.title.get(lang).to_owned(),
            chip: row_chip(&RowView { lang, now: ctx.now(), zone: &zone, instance, label }),
            open: open == Some(instance.id),
            unread: false,
        })
    }

    fn filters(&self, ctx: &Ctx) -> Vec<Choice> {
        let total = i64::try_from(self.page.total).unwrap_or(i64::MAX);
        let one = |part: Part, label: &str| {
            let list =
                if part == Part::ToDecide { "/inbox".to_owned() } else { format!("/inbox{}", part.query()) };
            Choice::new(label, list, self.part == part)
        };
        let first = one(Part::ToDecide, say(ctx.lang, "À décider", "To decide"));
        let first = if total > 0 { first.count(format::integer(ctx.lang, total)) } else { first };
        vec![
            first,
            one(Part::Watched, say(ctx.lang, "Suivies", "Followed")),
            one(Part::Over, say(ctx.lang, "Terminées", "Done")),
        ]
    }

    fn empty(&self, ctx: &Ctx) -> Markup {
        let (title, text) = match self.part {
            Part::ToDecide => (
                say(ctx.lang, "Rien à décider", "Nothing to decide"),
                say(
                    ctx.lang,
                    "Les demandes qui attendent votre décision s’afficheront ici.",
                    "Requests that await your decision will appear here.",
                ),
            ),
            Part::Watched => (
                say(ctx.lang, "Aucune demande en cours", "No request under way"),
                say(
                    ctx.lang,
                    "Les demandes que vous pouvez suivre s’afficheront ici jusqu’à leur décision.",
                    "Requests that you may follow will appear here until they are decided.",
                ),
            ),
            Part::Over => (
                say(ctx.lang, "Aucune demande terminée", "No request done"),
                say(
                    ctx.lang,
                    "Les demandes décidées s’afficheront ici.",
                    "Requests that were decided will appear here.",
                ),
            ),
        };
        ui::empty(title, text, &html! {})
    }

    /// The modules that do not answer: the others do.
    fn away(&self, ctx: &Ctx) -> Markup {
        let name = |forms: &Arc<Forms>| forms.definition().module.name.get(ctx.lang).to_owned();
        let names: Vec<String> = self.page.away.iter().map(name).collect();
        if names.is_empty() {
            return html! {};
        }
        let title = format!(
            "{} {}",
            ui::enumerated(ctx.lang, &names),
            say(ctx.lang, "ne répond pas pour l’instant", "does not answer for now")
        );
        let text = say(
            ctx.lang,
            "Ses demandes manquent à cette liste\u{202f}; rien n’est perdu.",
            "Its requests are missing from this list; nothing is lost.",
        );
        ui::part_away(ctx.lang, &title, text, &ctx.path)
    }

    /// The whole page.
    async fn render(&self, ctx: &Ctx, open: Option<(&Shown, Markup)>, shell: &Shell) -> Result<Markup> {
        let id = open.as_ref().map(|(shown, _)| shown.instance.id);
        let mut rows = Vec::new();
        for (forms, instance) in &self.page.items {
            rows.push(self.row(ctx, forms, instance, id).await?);
        }
        let request = open.as_ref().map(|(shown, message)| OpenRequest {
            body: html! { (message) (shown.head()) (shown.facts()) (shown.bar_form(ctx, From::Inbox)) },
            rail: html! { h2 { (shown.say("Suivi", "Follow-up")) } (shown.timeline()) (shown.why_me()) },
            decide: shown.bar(From::Inbox),
        });
        let inbox = ui::inbox(
            ctx.lang,
            &Inbox {
                filters: self.filters(ctx),
                rows,
                empty: self.empty(ctx),
                request,
                back: format!("/inbox?list=1&part={}", self.part.word()),
            },
        );
        let content = html! { (self.away(ctx)) (inbox) };
        Ok(shell.page(html! { section.panelmain id="inbox" data-live="/inbox/live" { (content) } }))
    }
}

fn shell(ctx: &Ctx, listed: Option<&Listed>) -> Shell {
    let mut shell = web::pages::shell(ctx, say(ctx.lang, "Boîte de réception", "Inbox"));
    let total = listed.map_or(0, |listed| i64::try_from(listed.page.total).unwrap_or(i64::MAX));
    shell.count = (total > 0).then(|| format::integer(ctx.lang, total));
    shell.actions = ui::key_hints(&[
        ("J K", say(ctx.lang, "parcourir", "move")),
        ("A", say(ctx.lang, "approuver", "approve")),
        ("R", say(ctx.lang, "refuser", "refuse")),
    ]);
    shell
}

/// Opens the first request, so that the address names what is decided; the list alone when there is none, or when it
/// is asked for.
pub(super) async fn list(host: Arc<FormsHost>, ctx: Ctx, query: Query) -> Answer {
    let listed = Listed::read(&host, &ctx, Part::of(&query)).await?;
    if let Some(first) = listed.first().filter(|_| query.get("list").is_none() && query.get("did").is_none())
    {
        return Ok(see_other(&first));
    }
    let mut shell = shell(&ctx, Some(&listed));
    shell.flash = flash(ctx.lang, &query);
    Ok(web::pages::html(listed.render(&ctx, None, &shell).await?).into_response())
}

pub(super) async fn page(host: Arc<FormsHost>, ctx: Ctx, Path((module, id)): Two, query: Query) -> Answer {
    let forms = host.get(&module)?;
    let shown = Shown::read(&forms, &ctx, parse_id(&id)?).await?;
    let listed = Listed::read(&host, &ctx, Part::of(&query)).await?;
    let mut shell = shell(&ctx, Some(&listed));
    shell.flash = flash(ctx.lang, &query);
    let page = listed.render(&ctx, Some((&shown, html! {})), &shell).await?;
    Ok(web::pages::html(page).into_response())
}

pub(super) async fn step(host: Arc<FormsHost>, ctx: Ctx, Path((module, id, verb)): Three) -> Answer {
    let forms = host.get(&module)?;
    let (verb, shown) = (actions::verb(&verb)?, Shown::read(&forms, &ctx, parse_id(&id)?).await?);
    let step = shown.second_step(&ctx, verb, From::Inbox, "", None);
    let mut shell = shell(&ctx, None);
    shell.actions = html! {};
    Ok(web::pages::html(shell.page(ui::blocks(step))).into_response())
}

pub(super) async fn act(
    host: Arc<FormsHost>,
    ctx: Ctx,
    Path((module, id, verb)): Three,
    body: FormBody,
) -> Answer {
    let forms = host.get(&module)?;
    let (verb, id) = (actions::verb(&verb)?, parse_id(&id)?);
    let shown = Shown::read(&forms, &ctx, id).await?;
    let comment = actions::comment(&body);
    let command = Command::Act { id, verb, comment, answers: None, revision: revision(&body) };
    match forms.run(&shown.act, &command).await {
        Ok(done) => {
            let number = &done.instance.reference;
            let next = next(&host, &ctx, &shown, &done.instance).await?;
            Ok(see_other(&format!("{next}?did={verb}&number={number}")))
        }
        Err(error) if told_here(&error) => {
            failed(&host, &ctx, &shown, (verb, body.get("comment")), &error).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Where the reader goes on: the same request while it still awaits them or was only talked about, else the next that
/// awaits them, else the empty inbox.
async fn next(host: &FormsHost, ctx: &Ctx, before: &Shown, after: &Instance) -> Result<String> {
    let reader = &before.act.principal;
    if before.instance.state == after.state || before.forms.awaits(reader, after) {
        return Ok(format!("/inbox/{}/{}", before.forms.code(), after.id));
    }
    let place = Forms::due_place(&before.instance);
    let modules = host.all();
    for from in [Some(place), None] {
        let page = read_inbox(&modules, reader, (Part::ToDecide, ctx.now()), from, 1).await;
        if let Some((forms, next)) = page.items.first() {
            return Ok(format!("/inbox/{}/{}", forms.code(), next.id));
        }
    }
    Ok("/inbox".to_owned())
}

/// The request again, or its second step, with what was refused; what was typed is still there.
async fn failed(
    host: &FormsHost,
    ctx: &Ctx,
    shown: &Shown,
    (verb, typed): (Verb, &str),
    error: &Error,
) -> std::result::Result<Response, Failure> {
    let message = refusal(ctx, &shown.act.people, error);
    if matches!(verb, Verb::Refuse | Verb::Reopen | Verb::Comment) {
        let mut shell = shell(ctx, None);
        (shell.has_errors, shell.actions) = (true, html! {});
        let step = shown.second_step(ctx, verb, From::Inbox, typed, Some(error));
        return Ok(with_status(error, shell.page(ui::blocks(step))));
    }
    let listed = Listed::read(host, ctx, Part::ToDecide).await?;
    let mut shell = shell(ctx, Some(&listed));
    shell.has_errors = true;
    Ok(with_status(error, listed.render(ctx, Some((shown, message)), &shell).await?))
}

/// Tells when the log of a module of forms has grown.
pub(super) async fn live(host: Arc<FormsHost>, ctx: Ctx) -> Response {
    let ours = move |signal: &Signal| matches!(signal, Signal::Log { database, .. } if host.get(database.module.as_str()).is_ok());
    web::changes(&ctx, ours).into_response()
}
