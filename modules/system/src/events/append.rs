//! Appending to the store's own streams, and declaring the types that may be appended: each reads, decides, and gives
//! one Batch.

use super::known::Known;
use super::model::{OWN_STREAMS, is_own_stream, is_type};
use super::{fits, sql};
use db::{Batch, Db, Expected, NewEvent};
use kernel::{Cause, Clock, Error, FieldError, Kind, Result, Text, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Events of one append, at most.
pub(super) const MOST: usize = 100;
/// Bytes of one event's data, at most.
pub(super) const LARGEST: usize = 64 << 10;
/// The event that tells of a declared type.
pub(super) const DECLARED: &str = "events.type.declared";

/// An event that somebody wants to append.
pub(super) struct Wanted {
    pub(super) kind: String,
    pub(super) version: u32,
    pub(super) data: Json,
}

/// What somebody wants to append to a stream.
pub(super) struct Append {
    pub(super) stream: String,
    pub(super) expected: Option<u64>,
    pub(super) events: Vec<Wanted>,
}

fn field(at: String, fr: impl Into<String>, en: impl Into<String>) -> FieldError {
    FieldError { field: at, text: Text::new(fr, en) }
}

fn refused(fields: Vec<FieldError>) -> Error {
    let (fr, en) = (
        "L’ajout ne peut pas être fait tel quel : rien n’a été écrit.",
        "The append cannot be made as it is: nothing was written.",
    );
    Error { fields, ..Error::invalid("event_refused", fr, en) }
}

/// What is wrong with an append before any type is looked up.
fn faults(append: &Append) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if !is_own_stream(&append.stream) {
        faults.push(field(
            "/stream".into(),
            format!("Un flux commence par « {OWN_STREAMS} » ; ceux des modules n’appartiennent qu’à eux."),
            format!("A stream begins with “{OWN_STREAMS}”; those of the modules are theirs alone."),
        ));
    }
    if append.events.is_empty() || append.events.len() > MOST {
        faults.push(field("/events".into(), "De 1 à 100 événements.", "From 1 to 100 events."));
    }
    for (n, event) in append.events.iter().enumerate() {
        let at = format!("/events/{n}/data");
        let text = event.data.to_string();
        if text.len() > LARGEST {
            faults.push(field(at, "64 ko au plus.", "64 kB at most."));
        } else if kernel::holds_card_number(&event.data) {
            faults.push(field(
                at,
                "Un numéro de carte n’est gardé nulle part.",
                "A card number is kept nowhere.",
            ));
        }
    }
    faults
}

/// The versions of a type and their schemas.
async fn versions(db: &Db, kind: &str) -> Result<BTreeMap<u32, Json>> {
    let mut versions = BTreeMap::new();
    for row in db.query(&sql::TYPE, db::params![kind]).await? {
        let version = u32::try_from(row.int(0)?).map_err(|e| Error::internal(e.to_string()))?;
        versions.insert(version, row.json(1)?);
    }
    Ok(versions)
}

/// What is wrong with an event by its type's contract; unknown types and versions have errors of their own.
async fn against(db: &Db, n: usize, event: &Wanted) -> Result<Option<FieldError>> {
    let versions = versions(db, &event.kind).await?;
    if versions.is_empty() {
        return Err(Error::invalid(
            "unknown_event_type",
            format!(
                "Le type « {} » n’est pas déclaré. Déclarez-le d’abord : PUT /api/v1/events/types/…",
                event.kind
            ),
            format!(
                "The type “{}” is not declared. Declare it first: PUT /api/v1/events/types/…",
                event.kind
            ),
        )
        .field(format!("/events/{n}/type"), "Type inconnu", "Unknown type"));
    }
    let Some(schema) = versions.get(&event.version) else {
        let known: Vec<String> = versions.keys().map(u32::to_string).collect();
        return Err(Error::invalid(
            "unknown_event_version",
            format!("Le type « {} » n’a pas de version {}.", event.kind, event.version),
            format!("The type “{}” has no version {}.", event.kind, event.version),
        )
        .field(format!("/events/{n}/version"), "Version inconnue", "Unknown version")
        .with_details(json!({ "versions": known })));
    };
    let misfit = fits::misfit(schema, &event.data, &format!("/events/{n}/data"));
    Ok(misfit.map(|at| {
        field(
            at,
            "Le contrat de ce type veut autre chose.",
            "The contract of this type wants something else.",
        )
    }))
}

/// The Batch that appends, and what its caller is answered: the stream's version after it, where that is known before.
pub(super) async fn append(
    db: &Db,
    append: &Append,
    (clock, cause): (&dyn Clock, Cause),
) -> Result<(Batch, u64)> {
    let mut wrong = faults(append);
    if !wrong.is_empty() {
        return Err(refused(wrong));
    }
    for (n, event) in append.events.iter().enumerate() {
        wrong.extend(against(db, n, event).await?);
    }
    if !wrong.is_empty() {
        return Err(refused(wrong));
    }
    let actual = db.stream_version(&append.stream).await?;
    let from = append.expected.unwrap_or(actual);
    if from != actual {
        return Err(moved(from, actual));
    }
    let mut batch = Batch::new(clock.now(), cause);
    for (event, version) in append.events.iter().zip(from..) {
        batch.event(NewEvent {
            version: event.version,
            expected: Expected::Version(version),
            ..NewEvent::new(clock.new_id(), &event.kind, &append.stream, event.data.clone())
        });
    }
    Ok((batch, from + append.events.len() as u64))
}

/// The stream has another version than its caller believes.
pub(super) fn moved(expected: u64, actual: u64) -> Error {
    Error::new(
        Kind::Conflict,
        "wrong_expected_version",
        format!("Le flux est à la version {actual}, et non {expected}. Relisez-le, puis décidez de nouveau."),
        format!("The stream is at version {actual}, not {expected}. Read it again, then decide again."),
    )
    .with_details(json!({ "expected_version": expected, "actual_version": actual }))
}

/// The Batch that declares a version of a type; nothing when it is declared so already.
pub(super) async fn declare(
    db: &Db,
    known: &Known,
    (kind, version, schema): (&str, u32, &Json),
    (clock, cause): (&dyn Clock, Cause),
) -> Result<Option<Batch>> {
    let mut wrong = Vec::new();
    if !is_type(kind) {
        wrong.push(field(
            "/type".into(),
            "Deux à six mots : shop.footfall.counted",
            "Two to six words: shop.footfall.counted",
        ));
    }
    wrong.extend(fits::fault(schema).map(|(at, fr, en)| field(at, fr, en)));
    if !wrong.is_empty() {
        let (fr, en) = ("Ce type ne peut pas être déclaré ainsi.", "This type cannot be declared so.");
        return Err(Error { fields: wrong, ..Error::invalid("bad_event_type", fr, en) });
    }
    if known.is_taken(kind) {
        let (fr, en) = ("Ce type est celui d’un module.", "This type is a module’s.");
        return Err(Error::refused("event_type_taken", fr, en));
    }
    let versions = versions(db, kind).await?;
    let last = versions.keys().next_back().copied().unwrap_or(0);
    match versions.get(&version) {
        Some(declared) if declared == schema => return Ok(None),
        Some(_) => {
            let (fr, en) = (
                "Cette version est déclarée autrement : une version ne change plus, déclarez la suivante.",
                "This version is declared otherwise: a version does not change any more, declare the next one.",
            );
            return Err(Error::refused("event_type_taken", fr, en));
        }
        None if version != last + 1 => {
            return Err(Error::invalid(
                "unknown_event_version",
                format!("La prochaine version est {}.", last + 1),
                format!("The next version is {}.", last + 1),
            ));
        }
        None => {}
    }
    let now: Timestamp = clock.now();
    let mut batch = Batch::new(now, cause);
    batch.expect_one(&sql::DECLARE, db::params![kind, version, schema.clone(), now]);
    batch.event(NewEvent::new(
        clock.new_id(),
        DECLARED,
        format!("type/{kind}"),
        json!({ "type": kind, "version": version, "schema": schema, "at": now.0 }),
    ));
    Ok(Some(batch))
}
