//! The punch clock's part of the API. Everything is local to the house's zone; a list shows what the caller reaches.

use super::answers::{
    CorrectionRequest, DeltaView, ImportAnswer, ImportRequest, PlanRequest, PunchRequest, PunchView, WeekView,
};
use super::balance::PlanRow;
use super::commands::{Act, Command, Done, Imported};
use super::model::{Change, NewPunch, Source};
use super::queries::Wanted;
use super::{CORRECT, Heures, IMPORT, PLAN, READ, WRITE, csv, week};
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::ToSpan;
use jiff::civil::Date;
use kernel::{Error, Result, Timestamp, Uuid};
use serde::Serialize;
use std::sync::Arc;
use web::{Access, Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, People, Query};

/// Days that a list shows when nobody says.
const DAYS: i64 = 31;
/// Where the API lives.
const ROOT: &str = "/api/v1/heures";

pub(super) type Clock = Extension<Arc<Heures>>;
type Answer = Result<Response, Failure>;

/// The routes.
pub(super) fn api(heures: &Arc<Heures>) -> Api {
    let at = |path: &str| format!("{ROOT}{path}");
    let span = |doc: Doc| {
        doc.permission(READ)
            .query("person", "Whose; everybody’s in reach when missing.")
            .query("from", "The first local day; 31 days ago when missing.")
            .query("to", "The last local day; today when missing.")
            .query("format", "`csv` for a file of the whole span.")
    };
    let api = Api::new()
        .get(
            &at("/punches"),
            punches,
            span(Doc::new("Punches and their corrections, newest first")).pages::<PunchView>(),
        )
        .post(
            &at("/punches"),
            punch,
            Doc::new("Punches in or out").permission(WRITE).body::<PunchRequest>().answers::<PunchView>(201),
        )
        .post(
            &at("/punches/import"),
            import,
            Doc::new("Records punches made elsewhere; what is there already is left out")
                .permission(IMPORT)
                .body::<ImportRequest>()
                .answers::<ImportAnswer>(200),
        )
        .post(
            &at("/punches/{id}/correct"),
            correct,
            Doc::new("Replaces a punch or takes it away; the row itself stays")
                .permission(CORRECT)
                .body::<CorrectionRequest>()
                .answers::<PunchView>(201),
        )
        .get(
            &at("/deltas"),
            deltas,
            span(Doc::new("Worked against planned per day with punches, newest first"))
                .query("anomalies", "`only` for days on which something does not add up.")
                .pages::<DeltaView>(),
        )
        .get(
            &at("/weeks/{week}"),
            one_week,
            Doc::new("A person’s ISO week (`2026-W47`) with its limits and premiums")
                .permission(READ)
                .query("person", "Whose; the caller’s when missing.")
                .answers::<WeekView>(200),
        )
        .get(
            &at("/plans/{person}"),
            plans,
            Doc::new("A person’s planned hours").permission(READ).answers::<Vec<PlanRequest>>(200),
        )
        .put(
            &at("/plans/{person}"),
            plan,
            Doc::new("Plans a person’s weekdays from a day on; the days after it are computed again")
                .permission(PLAN)
                .body::<PlanRequest>()
                .answers::<PlanRequest>(200),
        );
    Api { router: api.router.layer(Extension(heures.clone())), endpoints: api.endpoints }
}

/// The team of a person, as of now.
pub(super) fn team_of(people: &People, person: Uuid) -> Option<Uuid> {
    people.people.get(&person).and_then(|person| person.team)
}

/// The person that a request is about, when the caller may see their hours: whoever is asked for, or the caller.
///
/// # Errors
/// Not found, for somebody that the caller does not reach, as for nobody.
pub(super) async fn subject(ctx: &Ctx, asked: Option<Uuid>) -> Result<Uuid> {
    let access = ctx.permit(READ)?.access;
    let person = match asked {
        Some(person) => person,
        None => return Ok(ctx.principal()?.id),
    };
    let people = ctx.edge.people().await?;
    if access.reaches(person, team_of(&people, person)) { Ok(person) } else { Err(Error::not_found()) }
}

/// Days from and to, both counted.
pub(super) fn days(heures: &Heures, ctx: &Ctx, query: &Query) -> Result<(Date, Date), Failure> {
    let to = query.parsed::<Date>("to")?.unwrap_or_else(|| heures.house.day(ctx.now()));
    let from = query.parsed::<Date>("from")?;
    Ok((from.unwrap_or_else(|| to.checked_sub(DAYS.days()).unwrap_or(to)), to))
}

/// Whose rows a list shows.
async fn reach(ctx: &Ctx, query: &Query) -> Result<(Access, Option<Uuid>), Failure> {
    let person = query.parsed::<Uuid>("person")?;
    if person.is_some() {
        subject(ctx, person).await?;
    }
    Ok((ctx.permit(READ)?.access, person))
}

fn is_csv(query: &Query) -> bool {
    query.get("format") == Some("csv")
}

async fn punches(Extension(heures): Clock, ctx: Ctx, query: Query) -> Answer {
    let (access, person) = reach(&ctx, &query).await?;
    let (from, to) = days(&heures, &ctx, &query)?;
    let after = to.checked_add(1.day()).unwrap_or(to);
    let span = (heures.house.start_of(from), heures.house.start_of(after));
    let wanted = Wanted { access, person, span };
    if is_csv(&query) {
        return Ok(csv::punches(&heures, &ctx, &wanted).await?);
    }
    let limit = query.limit()?;
    let rows = heures.punches(&wanted, query.cursor()?, limit + 1).await?;
    let views = rows.iter().map(|(row, corrected_by)| PunchView::new(row, *corrected_by)).collect();
    Ok(Json(ListPage::cut(views, limit, |view: &PunchView| (view.at.0, view.id))).into_response())
}

async fn deltas(Extension(heures): Clock, ctx: Ctx, query: Query) -> Answer {
    let (access, person) = reach(&ctx, &query).await?;
    let wanted = Wanted { access, person, span: days(&heures, &ctx, &query)? };
    let only_wrong = query.get("anomalies") == Some("only");
    if is_csv(&query) {
        return Ok(csv::deltas(&heures, &ctx, &wanted, only_wrong).await?);
    }
    let limit = query.limit()?;
    let rows = heures.deltas(&wanted, only_wrong, query.cursor()?, limit + 1).await?;
    let views = rows.iter().map(|(row, at)| DeltaView::new(row, *at)).collect();
    Ok(Json(ListPage::cut(views, limit, |view: &DeltaView| (view.day.clone(), view.person))).into_response())
}

async fn one_week(Extension(heures): Clock, ctx: Ctx, Path(code): Path<String>, query: Query) -> Answer {
    let person = subject(&ctx, query.parsed("person")?).await?;
    let monday = week::parse_week(&code).ok_or_else(Error::not_found)?;
    let week = heures.week(person, monday).await?;
    Ok(Json(WeekView::new(person, &week, ctx.lang)).into_response())
}

/// A request of somebody who holds a permission: asked before the body is read, so that nobody learns from a body's
/// faults what they may not do.
pub(super) struct Asked<P>(pub(super) Ctx, std::marker::PhantomData<P>);

/// The permission that [`Asked`] asks for.
pub(super) trait Permission {
    /// Its name.
    const NAME: &'static str;
}

/// [`CORRECT`].
pub(super) struct ToCorrect;
/// [`IMPORT`].
pub(super) struct ToImport;
/// [`PLAN`].
pub(super) struct ToPlan;

impl Permission for ToCorrect {
    const NAME: &'static str = CORRECT;
}
impl Permission for ToImport {
    const NAME: &'static str = IMPORT;
}
impl Permission for ToPlan {
    const NAME: &'static str = PLAN;
}

impl<S: Send + Sync, P: Permission> FromRequestParts<S> for Asked<P> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let ctx = Ctx::from_request_parts(parts, state).await?;
        ctx.permit(P::NAME)?;
        Ok(Self(ctx, std::marker::PhantomData))
    }
}

/// Decides and commits under the caller's idempotency key.
async fn answer<T: Serialize>(
    heures: &Heures,
    ctx: &Ctx,
    (key, raw): (&Key, &[u8]),
    command: &Command,
    (status, body): (StatusCode, impl Fn(&Done) -> T),
) -> Answer {
    if let Some(reply) = key.replay(ctx, &heures.db, raw).await? {
        return Ok(reply);
    }
    let commit = |batch, done: Done| {
        let body = body(&done);
        async move { key.commit(&heures.db, batch, raw, status, &body).await }
    };
    Ok(heures.execute(&Act::from(ctx), command, commit).await?)
}

/// The row that a command wrote.
fn written(done: &Done) -> Option<PunchView> {
    done.punches.first().map(|row| PunchView::new(row, None))
}

async fn punch(Extension(heures): Clock, ctx: Ctx, key: Key, body: JsonBody<PunchRequest>) -> Answer {
    // For whom it is stands in the body: whoever may punch for nobody is told so first.
    ctx.permit(WRITE).or_else(|_| ctx.permit(CORRECT))?;
    let PunchRequest { kind, at, person, reason } = body.value()?;
    let new = new_punch(&ctx, person, Source::Api).await?;
    let command = Command::Punch(NewPunch { kind: kind.map(Into::into), claimed_at: at, reason, ..new });
    answer(&heures, &ctx, (&key, &body.raw), &command, (StatusCode::CREATED, written)).await
}

/// A punch of the caller, or by the caller for somebody whose punches they may correct.
pub(super) async fn new_punch(ctx: &Ctx, person: Option<Uuid>, source: Source) -> Result<NewPunch> {
    let me = ctx.principal()?;
    let person = person.unwrap_or(me.id);
    let (mut team, for_other) = (me.team, person != me.id);
    if for_other {
        subject(ctx, Some(person)).await?;
        let people = ctx.edge.people().await?;
        team = team_of(&people, person);
        if !ctx.permit(CORRECT)?.access.reaches(person, team) {
            return Err(Error::forbidden());
        }
    } else {
        ctx.permit(WRITE)?;
    }
    Ok(NewPunch { person, team, kind: None, claimed_at: None, reason: None, source, for_other })
}

async fn correct(
    Extension(heures): Clock,
    Asked(ctx, _): Asked<ToCorrect>,
    Path(id): Path<String>,
    key: Key,
    body: JsonBody<CorrectionRequest>,
) -> Answer {
    let id = Uuid::parse_str(&id).map_err(|_| Error::not_found())?;
    may_correct(&heures, &ctx, id).await?;
    let CorrectionRequest { void, kind, at, reason } = body.value()?;
    let change = if void { Change::Void } else { Change::Replace { kind: kind.map(Into::into), at } };
    let command = Command::Correct { id, change, reason, by: ctx.principal()?.id };
    answer(&heures, &ctx, (&key, &body.raw), &command, (StatusCode::CREATED, written)).await
}

/// A punch that the caller may correct.
///
/// # Errors
/// Not found when they do not see it; forbidden when they may not correct it.
pub(super) async fn may_correct(heures: &Heures, ctx: &Ctx, id: Uuid) -> Result<super::model::PunchRow> {
    let (row, _) = heures.punch_row(id).await?.ok_or_else(Error::not_found)?;
    if !ctx.permit(READ)?.access.reaches(row.person, row.team) {
        return Err(Error::not_found());
    }
    if ctx.permit(CORRECT)?.access.reaches(row.person, row.team) { Ok(row) } else { Err(Error::forbidden()) }
}

async fn import(
    Extension(heures): Clock,
    Asked(ctx, _): Asked<ToImport>,
    key: Key,
    body: JsonBody<ImportRequest>,
) -> Answer {
    let access = ctx.permit(IMPORT)?.access;
    let people = ctx.edge.people().await?;
    let imported = |punch: super::answers::ImportedPunch| {
        let team = team_of(&people, punch.person);
        let known = people.people.contains_key(&punch.person) && access.reaches(punch.person, team);
        let at: Timestamp = punch.at;
        known.then_some(Imported { person: punch.person, team, kind: punch.kind.into(), at })
    };
    let list: Option<Vec<Imported>> = body.value()?.punches.into_iter().map(imported).collect();
    let list = list.ok_or_else(|| {
        Error::invalid(
            "unknown_person",
            "Un de ces pointages est d’une personne inconnue. Rien n’a été enregistré.",
            "One of these punches is of an unknown person. Nothing was recorded.",
        )
    })?;
    let counts = |done: &Done| ImportAnswer { recorded: done.punches.len(), skipped: done.skipped };
    answer(&heures, &ctx, (&key, &body.raw), &Command::Import(list), (StatusCode::OK, counts)).await
}

async fn plans(Extension(heures): Clock, ctx: Ctx, Path(person): Path<String>) -> Answer {
    let asked = Uuid::parse_str(&person).map_err(|_| Error::not_found())?;
    let person = subject(&ctx, Some(asked)).await?;
    let plans = heures.plans(person).await?.into_iter();
    let views = plans.map(|plan| PlanRequest { valid_from: plan.valid_from, minutes: plan.minutes });
    Ok(Json(views.collect::<Vec<_>>()).into_response())
}

async fn plan(
    Extension(heures): Clock,
    Asked(ctx, _): Asked<ToPlan>,
    Path(person): Path<String>,
    key: Key,
    body: JsonBody<PlanRequest>,
) -> Answer {
    let asked = Uuid::parse_str(&person).map_err(|_| Error::not_found())?;
    let person = subject(&ctx, Some(asked)).await?;
    let people = ctx.edge.people().await?;
    if !ctx.permit(PLAN)?.access.reaches(person, team_of(&people, person)) {
        return Err(Error::forbidden().into());
    }
    let plan = body.value()?;
    let PlanRequest { valid_from, minutes } = plan.clone();
    let command = Command::Plan { person, plan: PlanRow { valid_from, minutes } };
    answer(&heures, &ctx, (&key, &body.raw), &command, (StatusCode::OK, |_: &Done| plan.clone())).await
}
