//! What modules say to each other: versioned events and declarations, as plain serde types.
//!
//! A reader's type takes what it needs and lets the rest pass, so that a writer may add. Checked-in JSON Schemas in
//! `api/events/` hold the writer's side; a change that breaks readers fails a test.

pub mod commerce;
pub mod dashboard;
pub mod ecommerce;
pub mod forms;
pub mod inventory;
pub mod references;
pub mod reporting;
pub mod retail;
