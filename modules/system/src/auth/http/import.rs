//! A file of people.

use super::{commit, told_once};
use crate::auth::commands::{Auth, ImportLine, ImportReport, Outcome};
use crate::auth::on;
use crate::auth::roles::PERSON_WRITE;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use kernel::{Error, Kind, Text};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, Key, Query, limits};

/// What became of a file.
#[derive(Serialize, ToSchema)]
struct ImportReply {
    dry_run: bool,
    created: usize,
    changed: usize,
    unchanged: usize,
    rejected: usize,
    /// Teams that were made.
    teams: Vec<String>,
    lines: Vec<ImportLineReply>,
}

/// What became of a line.
#[derive(Serialize, ToSchema)]
struct ImportLineReply {
    line: u64,
    email: String,
    /// `created`, `changed`, `unchanged` or `rejected`.
    outcome: &'static str,
    /// For somebody new: told once, good for choosing a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_password: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ImportLineError>,
}

/// What to correct.
#[derive(Serialize, ToSchema)]
struct ImportLineError {
    field: String,
    #[schema(value_type = Object)]
    detail: Text,
}

fn reply(report: &ImportReport, secrets: bool) -> ImportReply {
    let line = |line: &ImportLine| ImportLineReply {
        line: line.number,
        email: line.email.clone(),
        outcome: line.outcome.word(),
        one_time_password: line.one_time.clone().filter(|_| secrets),
        errors: line
            .errors
            .iter()
            .map(|e| ImportLineError { field: e.field.clone(), detail: e.text.clone() })
            .collect(),
    };
    ImportReply {
        dry_run: report.dry_run,
        created: report.count(Outcome::Created),
        changed: report.count(Outcome::Changed),
        unchanged: report.count(Outcome::Unchanged),
        rejected: report.count(Outcome::Rejected),
        teams: report.teams.clone(),
        lines: report.lines.iter().map(line).collect(),
    }
}

/// The route.
pub fn api(auth: &Arc<Auth>) -> Api {
    let csv = serde_json::json!({ "type": "string", "description": "CSV with the columns email, name, title, team, manager_email, roles, lang; sent as text/csv." });
    Api::new().post(
        "/api/v1/people/import",
        on!(auth, import, ctx: Ctx, key: Key, query: Query, body: Bytes),
        Doc::new("Imports a file of people: all of it, or nothing and what to correct.")
            .permission(PERSON_WRITE)
            .query("dry_run", "`true`: only says what would become of it.")
            .body_schema(csv)
            .answers::<ImportReply>(200),
    )
}

async fn import(auth: Arc<Auth>, ctx: Ctx, key: Key, query: Query, body: Bytes) -> Result<Response, Failure> {
    let permit = ctx.permit(PERSON_WRITE)?;
    let (dry_run, cause) = (query.parsed::<bool>("dry_run")?.unwrap_or(false), ctx.cause());
    let text = read(&body)?;
    // What is only tried changes nothing, so there is no reply to keep.
    let key = if dry_run { Key::default() } else { key };
    let command = || auth.import((&permit).into(), text, dry_run, &cause);
    let kept = |report: &ImportReport| reply(report, false);
    let (response, done) = commit(&auth, &ctx, (&key, &body), (StatusCode::OK, kept), command).await?;
    let Some(report) = done else { return Ok(response) };
    Ok(told_once(response, &reply(&report, true))?)
}

fn read(body: &[u8]) -> kernel::Result<&str> {
    if body.len() > limits::BODY {
        return Err(Error::new(
            Kind::TooLarge,
            "too_large",
            "Ce que vous envoyez dépasse 1 Mo. Réduisez-le, puis réessayez.",
            "What you send is larger than 1 MB. Make it smaller, then try again.",
        ));
    }
    std::str::from_utf8(body).map_err(|_| {
        Error::invalid(
            "unreadable_csv",
            "Ce fichier n’est pas en UTF-8. Enregistrez-le de nouveau dans ce codage.",
            "This file is not UTF-8. Save it again in this encoding.",
        )
    })
}
