//! The comparison with the sources, by the API.

use super::answers::{ReportAsOf, ReportPeriod, as_of, period};
use crate::reporting::period::{Preset, Scope};
use crate::reporting::reconcile::{self, Amount, Compared, Line};
use crate::reporting::{READ, Reports, queries};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, Query};

/// How often and how much.
#[derive(Serialize, ToSchema)]
struct ReconciledAmount {
    count: i64,
    amount_cents: i64,
}

impl From<Amount> for ReconciledAmount {
    fn from(amount: Amount) -> Self {
        Self { count: amount.count, amount_cents: amount.cents }
    }
}

/// One figure, as the reports and as the source say it.
#[derive(Serialize, ToSchema)]
struct ReconciledLine {
    shop: String,
    /// `open`, `completed`, `cancelled`; `sale`, `return`.
    kind: String,
    reports: ReconciledAmount,
    /// Missing when the source is away.
    source: Option<ReconciledAmount>,
    /// The reports' amount less the source's; missing when the source is away.
    difference_cents: Option<i64>,
}

/// The comparison with one source.
#[derive(Serialize, ToSchema)]
struct ReconciledSource {
    /// The module.
    source: &'static str,
    /// `agrees`, `differs` or `away`.
    state: &'static str,
    /// Why it is away.
    reason: Option<String>,
    /// Entries of its log that are in its answer and not in the reports yet.
    behind: u64,
    lines: Vec<ReconciledLine>,
}

/// The reports against their sources.
#[derive(Serialize, ToSchema)]
struct ReconciliationReport {
    period: ReportPeriod,
    currency: &'static str,
    /// Whether every source agrees in everything, to the cent.
    agrees: bool,
    sources: Vec<ReconciledSource>,
    as_of: Vec<ReportAsOf>,
}

/// The route.
pub(super) fn api(reports: &Reports) -> Api {
    let reports = reports.clone();
    Api::new().get(
        "/api/v1/reports/reconciliation",
        move |ctx: Ctx, query: Query| compared(reports.clone(), ctx, query),
        Doc::new("The reports of a period against what the modules themselves answer, to the cent")
            .permission(READ)
            .query("period", "`today`, `week`, `last-week`, `month`, `last-month`, `13-weeks` or `year`.")
            .query("from", "The first day, in place of `period`.")
            .query("to", "The last day; today when left out.")
            .query("shop", "Of this shop only.")
            .answers::<ReconciliationReport>(200),
    )
}

async fn compared(reports: Reports, ctx: Ctx, query: Query) -> Result<Json<ReconciliationReport>, Failure> {
    ctx.permit(READ)?;
    let lags = queries::as_of(&ctx.edge).await?;
    let scope = Scope::read(&query, &reports.calendar, ctx.now(), Preset::Month)?;
    let Reports { db, calls, calendar } = &reports;
    let found = reconcile::compare(db, calls, calendar, ctx.correlation_id, &scope, &lags).await?;
    Ok(Json(ReconciliationReport {
        period: period(&scope),
        currency: "EUR",
        agrees: found.iter().all(Compared::agrees),
        sources: found.into_iter().map(source).collect(),
        as_of: as_of(lags, ctx.now()),
    }))
}

fn source(compared: Compared) -> ReconciledSource {
    let state = match (&compared.away, compared.agrees()) {
        (Some(_), _) => "away",
        (None, true) => "agrees",
        (None, false) => "differs",
    };
    let is_away = compared.away.is_some();
    let line = |line: Line| ReconciledLine {
        source: (!is_away).then(|| line.theirs.into()),
        difference_cents: (!is_away).then(|| line.ours.cents - line.theirs.cents),
        reports: line.ours.into(),
        shop: line.shop,
        kind: line.kind,
    };
    ReconciledSource {
        source: compared.source,
        state,
        reason: compared.away,
        behind: compared.behind,
        lines: compared.lines.into_iter().map(line).collect(),
    }
}
