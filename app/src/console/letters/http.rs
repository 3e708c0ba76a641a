//! Dead letters in the API.

use super::step;
use crate::console::desk::{self, Desk, LETTERS, READ, WRITE};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use flow::DeadLetter;
use kernel::Error;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;
use web::{Api, Ctx, Doc, Failure, JsonBody, Key, ListPage, Query};

/// An event that a consumer could not apply, or that waits behind such a one.
#[derive(Serialize, ToSchema)]
struct DeadLetterOut {
    /// Its identifier.
    #[schema(value_type = String)]
    id: kernel::Uuid,
    /// Who could not apply it.
    consumer: String,
    /// The database whose log holds the event.
    source: String,
    /// The event's position there.
    position: u64,
    /// The stream, which is held.
    stream: String,
    /// The event.
    #[schema(value_type = String)]
    event_id: kernel::Uuid,
    /// The event's type.
    #[serde(rename = "type")]
    kind: String,
    /// A word to group by; `behind` for those that only wait.
    cause: String,
    /// The whole story.
    message: String,
    /// When it was parked.
    #[schema(value_type = String, format = DateTime)]
    at: kernel::Timestamp,
}

impl From<DeadLetter> for DeadLetterOut {
    fn from(letter: DeadLetter) -> Self {
        let DeadLetter { id, consumer, source, position, stream, event_id, kind, cause, message, at } =
            letter;
        Self { id, consumer, source, position, stream, event_id, kind, cause, message, at }
    }
}

/// What a replay answers.
#[derive(Serialize, ToSchema)]
struct Replayed {
    /// Events of the stream that were applied, in order.
    applied: usize,
}

/// Why a letter is given up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Drop {
    /// The reason, 1 to 500 characters; the consumer's log keeps it.
    reason: String,
}

/// What a drop answers.
#[derive(Serialize, ToSchema)]
struct Dropped {
    /// The letter.
    #[schema(value_type = String)]
    dropped: kernel::Uuid,
}

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (all, replayed, dropped) = (desk.clone(), desk.clone(), desk.clone());
    Api::new()
        .get(
            "/api/v1/dead-letters",
            move |ctx: Ctx, query: Query| list(all.clone(), ctx, query),
            Doc::new("Events that consumers could not apply, newest first")
                .permission(READ)
                .pages::<DeadLetterOut>()
                .query("consumer", "Of this consumer only.")
                .query("cause", "With this cause only."),
        )
        .post(
            "/api/v1/dead-letters/{id}/replay",
            move |ctx: Ctx, key: Key, path| replay(replayed.clone(), ctx, key, path),
            Doc::new("Applies the events of a held stream again, in order")
                .permission(WRITE)
                .answers::<Replayed>(200),
        )
        .post(
            "/api/v1/dead-letters/{id}/drop",
            move |ctx: Ctx, key: Key, path, body| drop_one(dropped.clone(), (ctx, key), path, body),
            Doc::new("Gives a dead letter up, with a reason")
                .permission(WRITE)
                .body::<Drop>()
                .answers::<Dropped>(200),
        )
}

async fn list(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Result<Json<ListPage<DeadLetterOut>>, Failure> {
    ctx.permit(READ)?;
    let (limit, after) = (query.limit()?, query.cursor::<(kernel::Timestamp, kernel::Uuid)>()?);
    let is = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
    let mut letters = desk.flow.dead_letters(LETTERS).await?;
    letters.retain(|l| is(query.get("consumer"), &l.consumer) && is(query.get("cause"), &l.cause));
    letters.sort_by_key(|letter| std::cmp::Reverse((letter.at, letter.id)));
    let rest = letters.into_iter().filter(|letter| after.is_none_or(|after| (letter.at, letter.id) < after));
    let rows: Vec<DeadLetterOut> = rest.take(limit as usize + 1).map(Into::into).collect();
    Ok(Json(ListPage::cut(rows, limit, |row| (row.at, row.id))))
}

async fn replay(desk: Arc<Desk>, ctx: Ctx, key: Key, Path(id): Path<String>) -> Result<Response, Failure> {
    desk::act(&ctx, WRITE)?;
    let journal = desk.journal()?;
    if let Some(reply) = key.replay(&ctx, &journal, b"").await? {
        return Ok(reply);
    }
    let letter = step::letter(&desk, &id).await?;
    let applied = step::replay_now(&desk, &letter).await?;
    let batch = step::replayed(&ctx, &letter, applied);
    Ok(key.commit(&journal, batch, b"", StatusCode::OK, &Replayed { applied }).await?)
}

async fn drop_one(
    desk: Arc<Desk>,
    (ctx, key): (Ctx, Key),
    Path(id): Path<String>,
    body: JsonBody<Drop>,
) -> Result<Response, Failure> {
    desk::act(&ctx, WRITE)?;
    let journal = desk.journal()?;
    if let Some(reply) = key.replay(&ctx, &journal, &body.raw).await? {
        return Ok(reply);
    }
    let letter = step::letter(&desk, &id).await?;
    step::drop_now(&desk, &ctx, &letter, &body.value()?.reason).await?;
    // The consumer's own log has the reason; the journal keeps the reply for a repeated key.
    let data = json!({ "letter": letter.id, "consumer": letter.consumer });
    let batch = Desk::journal_entry(&ctx, "dead_letter.dropped", format!("dead_letter/{}", letter.id), data);
    let body_out = Dropped { dropped: letter.id };
    Ok(key.commit(&journal, batch, &body.raw, StatusCode::OK, &body_out).await?)
}

/// A reason that can be kept.
pub(super) fn reason(text: &str) -> Result<&str, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(
            "reason_missing",
            "Indiquez pourquoi cet événement est écarté\u{a0}: le journal du consommateur garde le motif.",
            "Say why this event is dropped: the consumer’s log keeps the reason.",
        )
        .field("reason", "Indiquez le motif", "Give the reason")
        .into());
    }
    if text.chars().count() > super::REASON {
        return Err(Error::invalid(
            "reason_too_long",
            "Le motif dépasse 500 caractères. Gardez l’essentiel.",
            "The reason has more than 500 characters. Keep what matters.",
        )
        .field("reason", "500 caractères au plus", "500 characters at most")
        .into());
    }
    Ok(text)
}
