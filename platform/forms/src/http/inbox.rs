//! What awaits somebody, over all modules at once. Each database is asked by itself and at the same time; one that is
//! away is named, and the others answer as ever.

use super::answers::{InboxAnswer, InstanceRow};
use crate::forms::Forms;
use crate::host::FormsHost;
use crate::model::Instance;
use crate::queries::{Place, Watched};
use axum::Json;
use axum::response::{IntoResponse, Response};
use db::DbResult;
use futures_util::future::join_all;
use kernel::Timestamp;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use web::{Ctx, Failure, ListPage, Principal, Query};

/// How long a module may take before it is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// A part of the inbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// What awaits the reader.
    ToDecide,
    /// What awaits anybody, within the reader's reach.
    Watched,
    /// What was decided, within the reader's reach.
    Over,
}

/// A module that does not answer.
pub(crate) type Away = Arc<Forms>;

/// A page of the inbox.
pub(crate) struct InboxPage {
    pub(crate) items: Vec<(Arc<Forms>, Instance)>,
    pub(crate) next_cursor: Option<String>,
    pub(crate) total: u64,
    pub(crate) late: u64,
    pub(crate) away: Vec<Away>,
}

/// Asks every module at once; those that fail or take too long are away.
async fn ask<T, F: Future<Output = DbResult<T>>>(
    modules: &[Arc<Forms>],
    question: impl Fn(Arc<Forms>) -> F,
) -> (Vec<(Arc<Forms>, T)>, Vec<Away>) {
    let asked = modules.iter().map(|forms| tokio::time::timeout(PATIENCE, question(forms.clone())));
    let (mut answers, mut away) = (Vec::new(), Vec::new());
    for (forms, answer) in modules.iter().zip(join_all(asked).await) {
        match answer {
            Ok(Ok(answer)) => answers.push((forms.clone(), answer)),
            Ok(Err(error)) => {
                tracing::warn!(database = %forms.db.id(), %error, "the inbox goes on without it");
                away.push(forms.clone());
            }
            Err(_) => {
                tracing::warn!(database = %forms.db.id(), "too slow: the inbox goes on without it");
                away.push(forms.clone());
            }
        }
    }
    (answers, away)
}

/// What one module answers: its rows, how many there are, how many are late.
async fn rows(
    forms: &Forms,
    reader: &Principal,
    (part, now): (Part, Timestamp),
    after: Option<Place>,
    limit: u32,
) -> DbResult<(Vec<Instance>, (u64, u64))> {
    let rows = match part {
        Part::ToDecide => forms.awaiting(reader, after, limit).await?,
        Part::Watched => forms.watched(reader, Watched::UnderWay, after, limit).await?,
        Part::Over => forms.watched(reader, Watched::Over, after, limit).await?,
    };
    Ok((rows, forms.awaiting_count(reader, now).await?))
}

/// A page of a part of the inbox, over some modules.
pub(crate) async fn read_inbox(
    modules: &[Arc<Forms>],
    reader: &Principal,
    (part, now): (Part, Timestamp),
    after: Option<Place>,
    limit: u32,
) -> InboxPage {
    let question =
        |forms: Arc<Forms>| async move { rows(&forms, reader, (part, now), after, limit + 1).await };
    let (answers, away) = ask(modules, question).await;
    let (mut items, mut total, mut late) = (Vec::new(), 0, 0);
    for (forms, (rows, (n, n_late))) in answers {
        items.extend(rows.into_iter().map(|row| (forms.clone(), row)));
        (total, late) = (total + n, late + n_late);
    }
    let place = move |item: &(Arc<Forms>, Instance)| match part {
        Part::ToDecide => Forms::due_place(&item.1),
        Part::Watched | Part::Over => Forms::place(&item.1),
    };
    items.sort_by_key(place);
    if part != Part::ToDecide {
        items.reverse();
    }
    let ListPage { items, next_cursor } = ListPage::cut(items, limit, place);
    InboxPage { items, next_cursor, total, late, away }
}

pub(super) async fn inbox(host: Arc<FormsHost>, ctx: Ctx, query: Query) -> Result<Response, Failure> {
    let modules = match query.get("module") {
        Some(code) => vec![host.get(code)?],
        None => host.all(),
    };
    let (limit, after) = (query.limit()?, query.cursor::<Place>()?);
    let page = read_inbox(&modules, ctx.principal()?, (Part::ToDecide, ctx.now()), after, limit).await;
    let items = page.items.iter().map(|(forms, row)| InstanceRow::new(forms.code(), row)).collect();
    Ok(Json(InboxAnswer {
        items,
        next_cursor: page.next_cursor,
        total: page.total,
        late: page.late,
        away: page.away.iter().map(|forms| forms.code().to_owned()).collect(),
    })
    .into_response())
}
