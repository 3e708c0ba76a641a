//! Tills: sessions, sales, returns, closings, and the records that nobody can change.
//!
//! It owns `shops`, `tills`, `till_session`, `till_record`, `sale_line`, and copies of what `inventory` sells.
//!
//! Invariants:
//! - Receipts, closings and notes of a till are numbered from 1 without gaps, in the commit that writes them, and each
//!   carries the hash of the one before it. They are written once: a correction is a return.
//! - Lines, taxes and tenders of a receipt each add up to its total.
//! - What comes back was sold, has not come back before, and is paid back at the price paid.
//! - A sale has the identifier that its till chose: sent twice, it is recorded once.
//! - The perpetual totals only grow, and each closing says them.
//! - A record names people by their identifier only.

pub(crate) mod change;
mod checks;
pub(crate) mod commands;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod offers;
pub(crate) mod queries;
pub(crate) mod record;
mod refusal;
mod selling;
pub(crate) mod shops;
pub(crate) mod sql;
pub(crate) mod sums;
pub(crate) mod totals;
pub(crate) mod views;

pub(crate) use checks::checks;
pub(crate) use offers::Offers;

use db::Db;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Who waits at which till, by shop and code. There are as many queues as tills.
type Queues = Mutex<BTreeMap<(String, String), Arc<tokio::sync::Mutex<()>>>>;

/// The tills on their database.
pub(crate) struct Tills {
    pub(crate) db: Db,
    queues: Queues,
}

impl Tills {
    /// On a database.
    pub(crate) fn new(db: Db) -> Arc<Self> {
        Arc::new(Self { db, queues: Mutex::default() })
    }
}
