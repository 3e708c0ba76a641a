//! Rows and log say the same: folding the events gives the rows of the state tables.

use db::Event;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A state table, as verification reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoldTable {
    /// The table.
    pub name: String,
    /// Columns of its primary key.
    pub key: Vec<String>,
    /// The other columns that events account for.
    pub columns: Vec<String>,
}

/// Rows by (table, key), each a map of column to value.
pub type Rows = BTreeMap<(String, String), BTreeMap<String, Json>>;

/// What one event, its personal members opened, does to the rows.
pub type Apply = Arc<dyn Fn(&Event, &Json, &mut Rows) + Send + Sync>;

/// How the events of a module make its rows.
#[derive(Clone)]
pub struct Fold {
    /// The tables that events account for.
    pub tables: Vec<FoldTable>,
    /// Applies one event, its personal members opened.
    pub apply: Apply,
}

impl std::fmt::Debug for Fold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fold").field("tables", &self.tables).finish_non_exhaustive()
    }
}
