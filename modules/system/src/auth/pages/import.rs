//! A file of people, pasted: first what would become of it, then the import.

use super::parts::{self, crumb};
use crate::auth::commands::{Auth, ImportLine, ImportReport, Outcome};
use crate::auth::on;
use crate::auth::roles::PERSON_WRITE;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Lang};
use maud::{Markup, html};
use std::sync::Arc;
use web::pages::{html as page, shell};
use web::ui::{self, Button, Card, Column, FormPage, Icon, Row, Table, Tone, say};
use web::{Api, Ctx, Doc, Failure, FormBody};

/// An example that can be tried.
const EXAMPLE: &str = "email,name,title,team,manager_email,roles\nalix@exemple.fr,Alix Tanguy,Menuisière,Atelier,marc@exemple.fr,\n";

/// The pages.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get("/people/import", show, Doc::new("The form to import people.").permission(PERSON_WRITE))
        .post(
            "/people/import",
            on!(auth, import, ctx: Ctx, form: FormBody),
            Doc::new("Checks or imports a file of people.").permission(PERSON_WRITE),
        )
}

async fn show(ctx: Ctx) -> Result<Response, Failure> {
    ctx.permit(PERSON_WRITE)?;
    Ok(page(form_page(&ctx, "", &html! {}, None)).into_response())
}

async fn import(auth: Arc<Auth>, ctx: Ctx, form: FormBody) -> Result<Response, Failure> {
    let (permit, cause) = (ctx.permit(PERSON_WRITE)?, ctx.cause());
    let text = form.all("csv").first().cloned().unwrap_or_default();
    let tried = auth.import((&permit).into(), &text, true, &cause).await;
    let report = match tried {
        Ok((_, report)) => report,
        Err(error) => return parts::again(error, |e| form_page(&ctx, &text, &html! {}, Some(e))),
    };
    let wrong = report.count(Outcome::Rejected) > 0;
    if wrong || form.get("step") != "import" {
        let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let above = html! { (summary(ctx.lang, &report)) (lines(ctx.lang, &report)) };
        return Ok((status, page(form_page(&ctx, &text, &above, None))).into_response());
    }
    match auth.commit(|| auth.import((&permit).into(), &text, false, &cause)).await {
        Ok(report) => Ok(page(report_page(&ctx, &report)).into_response()),
        Err(error) => parts::again(error, |e| form_page(&ctx, &text, &html! {}, Some(e))),
    }
}

fn form_page(ctx: &Ctx, text: &str, above: &Markup, error: Option<&Error>) -> Markup {
    let lang = ctx.lang;
    let errors = parts::field_errors(lang, error);
    let title = say(lang, "Importer des personnes", "Import people");
    let mut frame = shell(ctx, title);
    frame.crumbs = vec![crumb(say(lang, "Personnes", "People"), "/people")];
    frame.has_errors = error.is_some();
    frame.page(ui::form_page(&FormPage {
        lang,
        action: "/people/import".into(),
        csrf: ctx.csrf.clone(),
        title: title.into(),
        message: html! { (above) (parts::problem(lang, error)) },
        fields: file_field(lang, text, &errors),
        errors,
        aside: aside(lang),
        decide: ui::decision_bar(
            &[
                Button::new(say(lang, "Importer les personnes", "Import the people"))
                    .primary()
                    .value("step", "import")
                    .busy(say(lang, "Envoi…", "Sending…")),
                Button::new(say(lang, "Vérifier le fichier", "Check the file")).value("step", "check"),
                Button::link(say(lang, "Revenir", "Go back"), "/people").quiet(),
            ],
            &[],
        ),
        ..FormPage::default()
    }))
}

/// The file's text: taller than an ordinary answer, and without a counter.
fn file_field(lang: Lang, text: &str, errors: &[(String, String)]) -> Markup {
    let error = errors.iter().find(|(key, _)| key == "csv").map(|(_, text)| text);
    let described = if error.is_some() { "csv-hint csv-error" } else { "csv-hint" };
    html! {
        div.field.w600 data-field="csv" {
            label for="csv" { (say(lang, "Le contenu du fichier CSV", "The content of the CSV file")) }
            span.hint #csv-hint {
                (say(lang, "Collez-le ici, la ligne des titres comprise", "Paste it here, its header line included"))
            }
            label.row.wrap.needs-js {
                span { (say(lang, "ou choisissez le fichier", "or choose the file")) }
                input type="file" accept=".csv,text/csv" data-read-into="csv";
            }
            textarea.in.mono #csv name="csv" rows="12" spellcheck="false" aria-required="true"
                aria-describedby=(described) aria-invalid=[error.map(|_| "true")] { "\n" (text) }
            @if let Some(error) = error { span.err #csv-error { (ui::icon(Icon::CircleAlert)) span { (error) } } }
        }
    }
}

fn aside(lang: Lang) -> Markup {
    let rules = [
        say(lang, "Une ligne fausse, et rien n’est importé.", "One wrong line, and nothing is imported."),
        say(
            lang,
            "Une adresse connue met la personne à jour\u{a0}; les rôles s’ajoutent, aucun n’est retiré.",
            "A known address brings the person up to date; roles are added, none is taken.",
        ),
        say(lang, "Une équipe inconnue est créée.", "An unknown team is made."),
    ];
    html! {
        (Card::new(say(lang, "Colonnes", "Columns")).body(html! {
            div.stack {
                (ui::code_block(EXAMPLE))
                @for rule in rules { p.small.soft { (rule) } }
            }
        }))
    }
}

fn counts(lang: Lang, report: &ImportReport) -> String {
    let count = |outcome: Outcome, fr: [&'static str; 2], en: [&'static str; 2]| {
        ui::counted(lang, i64::try_from(report.count(outcome)).unwrap_or(0), fr, en)
    };
    let mut parts = vec![
        count(Outcome::Created, ["nouvelle", "nouvelles"], ["new", "new"]),
        count(Outcome::Changed, ["mise à jour", "mises à jour"], ["updated", "updated"]),
        count(Outcome::Unchanged, ["inchangée", "inchangées"], ["unchanged", "unchanged"]),
    ];
    if report.count(Outcome::Rejected) > 0 {
        parts.push(count(Outcome::Rejected, ["à corriger", "à corriger"], ["to correct", "to correct"]));
    }
    if !report.teams.is_empty() {
        let teams = report.teams.join(", ");
        parts.push(ui::labelled(lang, say(lang, "équipes créées", "teams made"), &teams));
    }
    parts.join(", ")
}

fn summary(lang: Lang, report: &ImportReport) -> Markup {
    let wrong = report.count(Outcome::Rejected) > 0;
    let (tone, title) = match (wrong, report.dry_run) {
        (true, _) => (Tone::Bad, say(lang, "Des lignes sont à corriger", "Some lines need a change")),
        (false, true) => (Tone::Info, say(lang, "Le fichier peut être importé", "The file can be imported")),
        (false, false) => (Tone::Ok, say(lang, "Personnes importées", "People imported")),
    };
    ui::message(tone, title, &html! { (counts(lang, report)) "." }, &html! {})
}

fn lines(lang: Lang, report: &ImportReport) -> Markup {
    let told = report.lines.iter().any(|line| line.one_time.is_some());
    let row = |line: &ImportLine| {
        let errors: Vec<String> =
            line.errors.iter().map(|e| ui::labelled(lang, &e.field, e.text.get(lang))).collect();
        let last = line.one_time.clone().unwrap_or_else(|| errors.join("\u{a0}; "));
        Row::new([
            html! { (line.number) },
            html! { (line.email) },
            outcome(lang, line.outcome),
            html! { @if line.one_time.is_some() { (ui::mono(&last)) } @else { (last) } },
        ])
    };
    let last = if told {
        say(lang, "Mot de passe à usage unique", "One-time password")
    } else {
        say(lang, "À corriger", "To correct")
    };
    let columns = vec![
        Column::new(say(lang, "Ligne", "Line")).number(),
        Column::new(say(lang, "Adresse", "Address")),
        Column::new(say(lang, "Résultat", "Outcome")),
        Column::new(last),
    ];
    let rows = report.lines.iter().map(row);
    html! { (Table::new(lang, say(lang, "Lignes du fichier", "Lines of the file"), columns).rows(rows)) }
}

fn outcome(lang: Lang, outcome: Outcome) -> Markup {
    match outcome {
        Outcome::Created => ui::chip(Tone::Ok, Icon::Plus, say(lang, "Nouvelle", "New")),
        Outcome::Changed => ui::chip(Tone::Info, Icon::Pencil, say(lang, "Mise à jour", "Updated")),
        Outcome::Unchanged => ui::chip(Tone::Neutral, Icon::Check, say(lang, "Inchangée", "Unchanged")),
        Outcome::Rejected => ui::chip(Tone::Bad, Icon::CircleAlert, say(lang, "À corriger", "To correct")),
    }
}

fn report_page(ctx: &Ctx, report: &ImportReport) -> Markup {
    let lang = ctx.lang;
    let mut frame = shell(ctx, say(lang, "Personnes importées", "People imported"));
    frame.crumbs = vec![crumb(say(lang, "Personnes", "People"), "/people")];
    let note = say(
        lang,
        "Notez les mots de passe maintenant\u{a0}: ils ne seront plus montrés. Chacun sert une fois, à choisir le sien.",
        "Note the passwords now: they will not be shown again. Each serves once, to choose one's own.",
    );
    frame.page(ui::blocks(html! {
        (summary(lang, report))
        @if report.count(Outcome::Created) > 0 { (ui::message(Tone::Warn, note, &html! {}, &html! {})) }
        (lines(lang, report))
        div.row { (Button::link(say(lang, "Voir les personnes", "See the people"), "/people").primary()) }
    }))
}
