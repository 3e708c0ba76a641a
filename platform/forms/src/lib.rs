//! Modules made of declarations: tables, routes, pages, events. A module of forms is a folder of TOML files; this crate
//! gives it a database, an API, pages, an inbox and figures without a line of Rust of its own.
//!
//! It owns, under the module's prefix: `form_instance`, `values`, `workflow_definition`, `workflow_instance`,
//! `workflow_event` and `counter`. Events out: see [`events`]. It consumes none.
//!
//! Invariants:
//! - Decisions are taken by `forms-model`, in pure code; this crate reads, commits and shows.
//! - One change is one Batch: rows, event, timer, reply. An instance's revision is the version of its stream.
//! - Every list is cut by its reader's reach in SQL; a draft is its author's alone.
//! - Nothing here names a module.

pub mod commands;
mod contracts;
mod dashboard;
mod due;
pub mod events;
mod facts;
mod fold;
mod forms;
mod host;
mod http;
mod model;
mod module;
mod pages;
mod queries;
mod reference;
mod roles;
mod rows;
mod schema;
mod sql;
mod versions;

pub use commands::{Answers, Command, Done};
pub use contracts::contracts;
pub use dashboard::dashboard;
pub use due::DueDates;
pub use facts::{FactProvider, FactRequest};
pub use fold::fold;
pub use forms::{Act, Forms};
pub use host::FormsHost;
pub use model::{Awaits, Instance, Line, OVERDUE, kind_word, parse_kind, search_key};
pub use module::{Own, OwnParts, Start, menu, module, module_with};
pub use queries::{Filter, Place, Present, Watched};
pub use roles::{Right, grants, reaches};
pub use schema::{OwnTables, STEPS, migrations, schema, schema_with, tables};

#[cfg(test)]
mod tests;
