//! Teams: people with one manager, perhaps below another team.

use super::people::named;
use super::{commit, id};
use crate::auth::commands::Auth;
use crate::auth::model::TeamDraft;
use crate::auth::on;
use crate::auth::roles::{TEAM_READ, TEAM_WRITE};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql::TeamRow;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::{Error, Uuid};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Access, Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query};

/// A team.
#[derive(Serialize, ToSchema)]
struct TeamReply {
    id: Uuid,
    name: String,
    manager: Option<Uuid>,
    parent: Option<Uuid>,
    /// How many people are in it.
    members: usize,
    version: u64,
}

impl TeamReply {
    fn new(team: &TeamRow, snapshot: &Snapshot) -> Self {
        let members = snapshot.people.people.values().filter(|p| p.team == Some(team.id)).count();
        let TeamRow { id, name, manager, parent, version } = team.clone();
        Self { id, name, manager, parent, members, version }
    }
}

/// A new team.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateTeam {
    name: String,
    #[serde(default)]
    manager: Option<Uuid>,
    #[serde(default)]
    parent: Option<Uuid>,
}

/// What to change; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeTeam {
    name: Option<String>,
    /// Another manager, or `null` for none.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Uuid>)]
    manager: Option<Option<Uuid>>,
    /// Another team above, or `null` for none.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = Option<Uuid>)]
    parent: Option<Option<Uuid>>,
    /// The version that was read.
    version: Option<u64>,
}

/// The routes.
pub fn api(auth: &Arc<Auth>) -> Api {
    Api::new()
        .get(
            "/api/v1/teams",
            on!(auth, list, ctx: Ctx, query: Query),
            Doc::new("Lists the teams in the caller's reach, by name.")
                .permission(TEAM_READ)
                .pages::<TeamReply>(),
        )
        .post(
            "/api/v1/teams",
            on!(auth, create, ctx: Ctx, key: Key, body: JsonBody<CreateTeam>),
            Doc::new("Creates a team.").permission(TEAM_WRITE).body::<CreateTeam>().answers::<TeamReply>(201),
        )
        .get(
            "/api/v1/teams/{id}",
            on!(auth, show, ctx: Ctx, id: Path<String>),
            Doc::new("Tells what a team is.").permission(TEAM_READ).answers::<TeamReply>(200),
        )
        .patch(
            "/api/v1/teams/{id}",
            on!(auth, change, ctx: Ctx, key: Key, id: Path<String>, body: JsonBody<ChangeTeam>),
            Doc::new("Changes a team.").permission(TEAM_WRITE).body::<ChangeTeam>().answers::<TeamReply>(200),
        )
}

/// Whether somebody reaches a team: a team belongs to itself, and to whoever manages it.
pub fn reaches(access: &Access, team: &TeamRow) -> bool {
    access.reaches(team.manager.unwrap_or_default(), Some(team.id))
}

async fn list(auth: Arc<Auth>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let permit = ctx.permit(TEAM_READ)?;
    let (limit, after) = (query.limit()?, query.cursor::<(String, Uuid)>()?);
    let snapshot = auth.snapshot().await?;
    let mut teams: Vec<&TeamRow> =
        snapshot.teams.values().filter(|team| reaches(&permit.access, team)).collect();
    teams.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let rows = teams.into_iter().filter(|t| after.as_ref().is_none_or(|a| (&t.name, t.id) > (&a.0, a.1)));
    let rows = rows.take(limit as usize + 1).map(|team| TeamReply::new(team, &snapshot)).collect();
    Ok(Json(ListPage::cut(rows, limit, |team: &TeamReply| (team.name.clone(), team.id))).into_response())
}

async fn show(auth: Arc<Auth>, ctx: Ctx, Path(team): Path<String>) -> Result<Response, Failure> {
    let permit = ctx.permit(TEAM_READ)?;
    let snapshot = auth.snapshot().await?;
    let team = snapshot.teams.get(&id(&team)?).filter(|team| reaches(&permit.access, team));
    let team = team.ok_or_else(Error::not_found)?;
    Ok(Json(TeamReply::new(team, &snapshot)).into_response())
}

async fn create(
    auth: Arc<Auth>,
    ctx: Ctx,
    key: Key,
    body: JsonBody<CreateTeam>,
) -> Result<Response, Failure> {
    let (permit, cause) = (ctx.permit(TEAM_WRITE)?, ctx.cause());
    let CreateTeam { name, manager, parent } = body.value()?;
    let draft = TeamDraft { name, manager, parent, version: None };
    let snapshot = auth.snapshot().await?;
    let reply = |team: &TeamRow| TeamReply::new(team, &snapshot);
    let command = || auth.create_team((&permit).into(), draft.clone(), &cause);
    Ok(commit(&auth, &ctx, (&key, &body.raw), (StatusCode::CREATED, reply), command).await?.0)
}

async fn change(
    auth: Arc<Auth>,
    ctx: Ctx,
    key: Key,
    Path(team): Path<String>,
    body: JsonBody<ChangeTeam>,
) -> Result<Response, Failure> {
    let (permit, cause, team) = (ctx.permit(TEAM_WRITE)?, ctx.cause(), id(&team)?);
    let snapshot = auth.snapshot().await?;
    let before = snapshot.teams.get(&team).ok_or_else(Error::not_found)?;
    let ChangeTeam { name, manager, parent, version } = body.value()?;
    let draft = TeamDraft {
        name: name.unwrap_or_else(|| before.name.clone()),
        manager: manager.unwrap_or(before.manager),
        parent: parent.unwrap_or(before.parent),
        version: version.or(Some(before.version)),
    };
    let reply = |team: &TeamRow| TeamReply::new(team, &snapshot);
    let command = || auth.change_team((&permit).into(), team, draft.clone(), &cause);
    Ok(commit(&auth, &ctx, (&key, &body.raw), (StatusCode::OK, reply), command).await?.0)
}
