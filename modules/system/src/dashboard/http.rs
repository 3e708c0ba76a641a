//! The dashboard's part of the API, and the stream that tells pages to look again.

use super::figures::Figure;
use super::model::{self, Item};
use super::queries::{Part, Readers, is_stale, lags, place};
use super::view_dashboard::NAME;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bus::Signal;
use db::{Batch, NewEvent};
use flow::Lag;
use kernel::{Error, Lang, Timestamp};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, Key, Query};

/// The permission to build the projection anew.
pub(super) const REBUILD: &str = "dashboard.projection.rebuild";

/// The event that tells who asked for a rebuild.
pub(super) const REBUILD_REQUESTED: &str = "dashboard.rebuild_requested";

/// How far one source is in what was answered.
#[derive(Serialize, ToSchema)]
struct AsOf {
    /// The database.
    source: String,
    /// The position up to which its events are in.
    position: u64,
    /// The end of its log.
    head: u64,
    /// When the position last moved.
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Timestamp>,
}

fn as_of(lags: Vec<Lag>) -> Vec<AsOf> {
    let one = |Lag { source, position, head, updated_at, .. }| AsOf { source, position, head, updated_at };
    lags.into_iter().map(one).collect()
}

/// One period of a figure.
#[derive(Serialize, ToSchema)]
struct KpiPoint {
    /// `2026-W47` or `2026-11`.
    bucket: String,
    /// The value; missing where there is nothing to take a mean of.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
}

/// A figure, as the caller may see it.
#[derive(Serialize, ToSchema)]
struct KpiAnswer {
    /// `module.kpi`.
    id: String,
    /// The module.
    module: String,
    /// `standing`, `entered`, `sum` or `delay`.
    kind: &'static str,
    /// Its name, in the caller's language.
    label: String,
    /// `count`, `minutes`, `cents`, `days`; a delay is in tenths of a day.
    unit: String,
    /// `self`, `team` or `all`.
    scope: String,
    /// The value of now, or of the present period.
    value: Option<i64>,
    /// What it is compared with.
    target: Option<i64>,
    /// `week` or `month`.
    period: &'static str,
    /// The last twelve periods, the present one last.
    points: Vec<KpiPoint>,
    /// The instant of the last event in it.
    #[schema(value_type = Option<String>, format = DateTime)]
    computed_at: Option<Timestamp>,
    /// Whether its source has more to say that is not in yet.
    stale: bool,
    /// The page that adds up to it.
    link: String,
}

/// The figures, and how far each source is in them.
#[derive(Serialize, ToSchema)]
struct KpiList {
    /// The figures.
    items: Vec<KpiAnswer>,
    /// How far each source is in them.
    as_of: Vec<AsOf>,
}

/// Something that awaits the caller's decision.
#[derive(Serialize, ToSchema)]
struct BacklogAnswer {
    /// `module:instance`.
    id: String,
    /// What it is about; missing when the person was erased.
    title: Option<String>,
    /// The module.
    module: String,
    /// The form.
    form: String,
    /// The form's instance.
    instance: String,
    /// Its number for people.
    reference: Option<String>,
    /// Whose request it is.
    subject: Option<String>,
    /// The role that decides.
    assignee: String,
    /// When it was submitted.
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<Timestamp>,
    /// When a decision is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// The database that says so.
    source: String,
    /// Where to decide.
    link: String,
}

impl From<Item> for BacklogAnswer {
    fn from(item: Item) -> Self {
        let Item { id, title, module, form, instance, reference, subject, assignee, .. } = item;
        let Item { submitted_at, due_at, source, link, .. } = item;
        Self {
            id,
            title,
            module,
            form,
            instance,
            reference,
            subject,
            assignee,
            submitted_at,
            due_at,
            source,
            link,
        }
    }
}

/// A page of the backlog, and how far each source is in it.
#[derive(Serialize, ToSchema)]
struct BacklogList {
    /// The items, the most pressing first.
    items: Vec<BacklogAnswer>,
    /// What to send as `cursor` for those after them.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// How far each source is in it.
    as_of: Vec<AsOf>,
}

/// What a rebuild answers.
#[derive(Serialize, ToSchema)]
struct Rebuilding {
    /// The projection.
    projection: &'static str,
    /// `building`: the old generation serves until the new one has caught up.
    state: &'static str,
}

/// The routes.
pub(super) fn api(readers: &Readers) -> Api {
    let (kpis_of, backlog_of, rebuilt) = (readers.clone(), readers.clone(), readers.clone());
    Api::new()
        .get(
            "/api/v1/dashboard/kpis",
            move |ctx: Ctx| kpis(kpis_of.clone(), ctx),
            Doc::new("The figures that the caller may see, with their last twelve periods.")
                .answers::<KpiList>(200),
        )
        .get(
            "/api/v1/dashboard/backlog",
            move |ctx: Ctx, query: Query| backlog(backlog_of.clone(), ctx, query),
            Doc::new("What awaits the caller's decision, the most pressing first.")
                .answers::<BacklogList>(200)
                .query("filter", "`all`, `late` or `today`.")
                .query("module", "Of this module only.")
                .query("limit", "Rows of a page, 1 to 200.")
                .query("cursor", "The `next_cursor` of the page before."),
        )
        .post(
            "/api/v1/dashboard/rebuild",
            move |ctx: Ctx, key: Key| rebuild(rebuilt.clone(), ctx, key),
            Doc::new("Builds the dashboard anew from all events, beside the one that serves.")
                .permission(REBUILD)
                .answers::<Rebuilding>(202),
        )
        .get(
            "/dashboard/live",
            |ctx: Ctx| async move {
                let ours = |s: &Signal| matches!(s, Signal::Applied { consumer, .. } if consumer == NAME);
                web::changes(&ctx, ours)
            },
            Doc::new("Tells when the dashboard has changed."),
        )
}

async fn kpis(readers: Readers, ctx: Ctx) -> Result<Json<KpiList>, Failure> {
    let (now, reader) = (ctx.now(), ctx.principal()?);
    let lags = lags(&ctx.edge).await?;
    let figures = readers.figures(reader, now).await?;
    let items = figures.into_iter().map(|f| answer(f, ctx.lang, &lags, now)).collect();
    Ok(Json(KpiList { items, as_of: as_of(lags) }))
}

fn answer(figure: Figure, lang: Lang, lags: &[Lag], now: Timestamp) -> KpiAnswer {
    let points = figure.points.into_iter().map(|p| KpiPoint { bucket: p.bucket, value: p.value });
    KpiAnswer {
        stale: is_stale(lags, &figure.made_from, now),
        id: figure.id,
        module: figure.module,
        kind: figure.kind,
        label: figure.label.get(lang).to_owned(),
        unit: figure.unit,
        scope: figure.scope,
        value: figure.value,
        target: figure.target,
        period: figure.period.word(),
        points: points.collect(),
        computed_at: figure.computed_at,
        link: figure.link,
    }
}

/// The part of the backlog that a query asks for.
pub(super) fn part(query: &Query) -> Result<Part, Failure> {
    let Some(word) = query.get("filter") else { return Ok(Part::All) };
    Part::parse(word).ok_or_else(|| {
        Error::invalid(
            "bad_parameter",
            "« filter » vaut all, late ou today.",
            "“filter” is all, late or today.",
        )
        .field("filter", "Valeur inattendue", "Unexpected value")
        .into()
    })
}

async fn backlog(readers: Readers, ctx: Ctx, query: Query) -> Result<Json<BacklogList>, Failure> {
    let (limit, after, part) = (query.limit()?, query.cursor()?, part(&query)?);
    let module = query.get("module").unwrap_or_default();
    let lags = lags(&ctx.edge).await?;
    let reader = ctx.principal()?;
    let rows = readers.backlog(reader, ctx.now(), (part, module), after, limit + 1).await?;
    let page = web::ListPage::cut(rows, limit, place);
    let items = page.items.into_iter().map(BacklogAnswer::from).collect();
    Ok(Json(BacklogList { items, next_cursor: page.next_cursor, as_of: as_of(lags) }))
}

/// Beginning to build is harmless when it is said twice; the event of who said it, and the reply, come after.
async fn rebuild(readers: Readers, ctx: Ctx, key: Key) -> Result<Response, Failure> {
    let permit = ctx.permit(REBUILD)?;
    if let Some(reply) = key.replay(&ctx, &readers.db, b"").await? {
        return Ok(reply);
    }
    if !ctx.edge.flow.rebuild(NAME).await? {
        return Err(Error::unavailable("the dashboard's consumer does not run in this process").into());
    }
    let mut batch = Batch::new(ctx.now(), ctx.cause());
    batch.event(NewEvent::new(
        ctx.edge.clock.new_id(),
        REBUILD_REQUESTED,
        format!("projection/{NAME}"),
        json!({ "projection": NAME, "by": permit.principal.id }),
    ));
    let body = Rebuilding { projection: NAME, state: "building" };
    Ok(key.commit(&readers.db, batch, b"", StatusCode::ACCEPTED, &body).await?.into_response())
}

/// The address of an instance for the person whose request it is.
pub(super) fn own_link(item: &Item) -> String {
    format!("/{}/{}", model::segment(&item.module), model::segment(&item.instance))
}
