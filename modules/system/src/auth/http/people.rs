//! People: the list, one of them, and what can be done with them.

use super::{commit, id, told_once};
use crate::auth::commands::Auth;
use crate::auth::model::{PersonChange, PersonDraft};
use crate::auth::on;
use crate::auth::queries::PeopleFilter;
use crate::auth::roles::{PERSON_READ, PERSON_RESET, PERSON_WRITE};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql::PersonRow;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Lang, Timestamp, Uuid};
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query};

/// A person.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonReply {
    id: Uuid,
    email: String,
    name: String,
    title: String,
    /// `fr` or `en`.
    lang: &'static str,
    team: Option<Uuid>,
    /// All roles: those given, and those that follow.
    roles: Vec<String>,
    /// Whether they may sign in.
    active: bool,
    /// Send it back with a change, which is refused when somebody was faster.
    version: u64,
    /// For somebody new: told once, good for choosing a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_password: Option<String>,
}

impl PersonReply {
    pub(super) fn new(person: &PersonRow, roles: Vec<String>) -> Self {
        Self {
            id: person.id,
            email: person.email.clone(),
            name: person.name.clone(),
            title: person.title.clone(),
            lang: person.lang.tag(),
            team: person.team,
            roles,
            active: person.active,
            version: person.version,
            one_time_password: None,
        }
    }

    fn known(person: &PersonRow, snapshot: &Snapshot) -> Self {
        let roles = snapshot.people.people.get(&person.id).map(|p| p.roles.clone()).unwrap_or_default();
        Self::new(person, roles)
    }
}

/// Somebody new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreatePerson {
    email: String,
    name: String,
    #[serde(default)]
    title: String,
    /// `fr` (if nothing is said) or `en`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    lang: Lang,
    #[serde(default)]
    team: Option<Uuid>,
    #[serde(default)]
    roles: Vec<String>,
}

/// What to change; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePerson {
    email: Option<String>,
    name: Option<String>,
    title: Option<String>,
    #[schema(value_type = Option<String>)]
    lang: Option<Lang>,
    /// Another team, or `null` for none.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Uuid>)]
    team: Option<Option<Uuid>>,
    /// The version that was read.
    version: Option<u64>,
}

/// A member that tells `null` from being left out.
pub(super) fn named<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A one-time password: told once, good for choosing a password.
#[derive(Serialize, ToSchema)]
struct OneTimeReply {
    id: Uuid,
    /// Missing when the answer is told again for the same idempotency key: it is kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_password: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    valid_until: Timestamp,
}

/// The routes.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get(
            "/api/v1/people",
            on!(auth, list, ctx: Ctx, query: Query),
            Doc::new("Lists the people in the caller's reach, by name.")
                .permission(PERSON_READ)
                .pages::<PersonReply>()
                .query("q", "Words in the name, title or address.")
                .query("team", "One team only.")
                .query("role", "Holders of one role only.")
                .query("active", "`true`: those who may sign in; `false`: the others."),
        )
        .post(
            "/api/v1/people",
            on!(auth, create, ctx: Ctx, key: Key, body: JsonBody<CreatePerson>),
            Doc::new("Creates somebody, with a one-time password.")
                .permission(PERSON_WRITE)
                .body::<CreatePerson>()
                .answers::<PersonReply>(201),
        )
        .get(
            "/api/v1/people/{id}",
            on!(auth, show, ctx: Ctx, id: Path<String>),
            Doc::new("Tells who somebody is.").permission(PERSON_READ).answers::<PersonReply>(200),
        )
        .patch(
            "/api/v1/people/{id}",
            on!(auth, change, ctx: Ctx, key: Key, id: Path<String>, body: JsonBody<ChangePerson>),
            Doc::new("Changes somebody.")
                .permission(PERSON_WRITE)
                .body::<ChangePerson>()
                .answers::<PersonReply>(200),
        )
        .post(
            "/api/v1/people/{id}/disable",
            on!(auth, disable, ctx: Ctx, key: Key, id: Path<String>),
            Doc::new("Keeps somebody from signing in; their sessions end.")
                .permission(PERSON_WRITE)
                .answers::<PersonReply>(200),
        )
        .post(
            "/api/v1/people/{id}/enable",
            on!(auth, enable, ctx: Ctx, key: Key, id: Path<String>),
            Doc::new("Lets somebody sign in again.").permission(PERSON_WRITE).answers::<PersonReply>(200),
        )
        .post(
            "/api/v1/people/{id}/reset",
            on!(auth, reset, ctx: Ctx, key: Key, id: Path<String>),
            Doc::new("Gives somebody a one-time password; their sessions end.")
                .permission(PERSON_RESET)
                .answers::<OneTimeReply>(200),
        )
}

/// The filter of a query.
pub fn filter(query: &Query) -> Result<PeopleFilter, Failure> {
    Ok(PeopleFilter {
        words: query.get("q").unwrap_or_default().to_owned(),
        team: query.parsed("team")?,
        role: query.get("role").unwrap_or_default().to_owned(),
        active: query.parsed("active")?,
        after: query.cursor()?,
        limit: query.limit()?,
    })
}

async fn list(auth: Arc<Auth>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let permit = ctx.permit(PERSON_READ)?;
    let filter = filter(&query)?;
    let more = PeopleFilter { limit: filter.limit + 1, ..filter.clone() };
    let rows = auth.people_page(&permit.access, &more).await?;
    let page = ListPage::cut(rows, filter.limit, |(person, name)| (name.clone(), person.id));
    let snapshot = auth.snapshot().await?;
    let items = page.items.iter().map(|(person, _)| PersonReply::known(person, &snapshot)).collect();
    Ok(Json(ListPage { items, next_cursor: page.next_cursor }).into_response())
}

async fn show(auth: Arc<Auth>, ctx: Ctx, Path(person): Path<String>) -> Result<Response, Failure> {
    let permit = ctx.permit(PERSON_READ)?;
    let person = auth.person_in_reach((&permit).into(), id(&person)?).await?;
    Ok(Json(PersonReply::known(&person, &*auth.snapshot().await?)).into_response())
}

async fn create(
    auth: Arc<Auth>,
    ctx: Ctx,
    key: Key,
    body: JsonBody<CreatePerson>,
) -> Result<Response, Failure> {
    let permit = ctx.permit(PERSON_WRITE)?;
    let CreatePerson { email, name, title, lang, team, roles } = body.value()?;
    let (draft, cause) = (PersonDraft { email, name, title, lang, team }, ctx.cause());
    let kept = |new: &crate::auth::NewPerson| {
        let given = new.roles.iter().cloned().collect();
        let all = crate::auth::roles::effective(&given, false);
        PersonReply::new(&new.person, all.into_iter().collect())
    };
    let command = || auth.create_person((&permit).into(), draft.clone(), &roles, &cause);
    let key = (&key, &*body.raw);
    let (response, done) = commit(&auth, &ctx, key, (StatusCode::CREATED, kept), command).await?;
    let Some(new) = done else { return Ok(response) };
    let one_time_password = Some(new.one_time.password.clone());
    Ok(told_once(response, &PersonReply { one_time_password, ..kept(&new) })?)
}

async fn change(
    auth: Arc<Auth>,
    ctx: Ctx,
    key: Key,
    Path(person): Path<String>,
    body: JsonBody<ChangePerson>,
) -> Result<Response, Failure> {
    let (permit, person) = (ctx.permit(PERSON_WRITE)?, id(&person)?);
    let ChangePerson { email, name, title, lang, team, version } = body.value()?;
    let change = PersonChange { email, name, title, lang, team, version };
    let (snapshot, cause) = (auth.snapshot().await?, ctx.cause());
    let reply = |person: &PersonRow| PersonReply::known(person, &snapshot);
    let command = || auth.change_person((&permit).into(), person, &change, &cause);
    Ok(commit(&auth, &ctx, (&key, &body.raw), (StatusCode::OK, reply), command).await?.0)
}

async fn disable(auth: Arc<Auth>, ctx: Ctx, key: Key, person: Path<String>) -> Result<Response, Failure> {
    set_active(auth, ctx, key, person, false).await
}

async fn enable(auth: Arc<Auth>, ctx: Ctx, key: Key, person: Path<String>) -> Result<Response, Failure> {
    set_active(auth, ctx, key, person, true).await
}

async fn set_active(
    auth: Arc<Auth>,
    ctx: Ctx,
    key: Key,
    Path(person): Path<String>,
    active: bool,
) -> Result<Response, Failure> {
    let (permit, person) = (ctx.permit(PERSON_WRITE)?, id(&person)?);
    let (snapshot, cause) = (auth.snapshot().await?, ctx.cause());
    let reply = |person: &PersonRow| PersonReply::known(person, &snapshot);
    let command = || auth.set_active((&permit).into(), person, active, &cause);
    Ok(commit(&auth, &ctx, (&key, &[]), (StatusCode::OK, reply), command).await?.0)
}

async fn reset(auth: Arc<Auth>, ctx: Ctx, key: Key, Path(person): Path<String>) -> Result<Response, Failure> {
    let (permit, person, cause) = (ctx.permit(PERSON_RESET)?, id(&person)?, ctx.cause());
    let kept = |one_time: &crate::auth::OneTime| OneTimeReply {
        id: person,
        one_time_password: None,
        valid_until: one_time.valid_until,
    };
    let command = || auth.reset_password((&permit).into(), person, &cause);
    let (response, done) = commit(&auth, &ctx, (&key, &[]), (StatusCode::OK, kept), command).await?;
    let Some(one_time) = done else { return Ok(response) };
    let one_time_password = Some(one_time.password.clone());
    Ok(told_once(response, &OneTimeReply { one_time_password, ..kept(&one_time) })?)
}
