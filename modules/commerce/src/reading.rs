//! Reading what other modules say: their contracts, and what cannot be read.

use flow::{Delivery, Fault, PageFault};
use kernel::Uuid;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// What an event says, in the words of its contract.
///
/// # Errors
/// Poison, when it is of another version or lacks something.
pub(crate) fn read<T: DeserializeOwned>(at: usize, delivery: &Delivery) -> Result<T, PageFault> {
    if delivery.event.version != 1 {
        return Err(poison(at, "unknown_version", format!("version {}", delivery.event.version)));
    }
    serde_json::from_value(delivery.data.clone())
        .map_err(|error| poison(at, "unreadable", format!("{}: {error}", delivery.event.kind)))
}

/// An event that cannot be applied.
pub(crate) fn poison(at: usize, cause: &str, message: impl Into<String>) -> PageFault {
    PageFault { at, fault: Fault::Poison { cause: cause.into(), message: message.into() } }
}

/// A database that does not answer now.
pub(crate) fn away(error: &db::DbError) -> PageFault {
    PageFault { at: 0, fault: Fault::Transient(error.to_string()) }
}

/// The transactions that a page speaks of.
///
/// # Errors
/// Poison, for an event that names none.
pub(crate) fn transactions(page: &[Delivery]) -> Result<BTreeSet<Uuid>, PageFault> {
    let of = |(at, delivery): (usize, &Delivery)| {
        let id = delivery.data["transaction_id"].as_str().and_then(|text| text.parse().ok());
        id.ok_or_else(|| poison(at, "unreadable", format!("{}: no transaction_id", delivery.event.kind)))
    };
    page.iter().enumerate().map(of).collect()
}

/// Identifiers as a statement takes a list of them.
pub(crate) fn list<'a>(ids: impl IntoIterator<Item = &'a Uuid>) -> serde_json::Value {
    ids.into_iter().map(Uuid::to_string).collect()
}
