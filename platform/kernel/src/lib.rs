//! The words that every part of Archipel shares: identifiers, time, actors, errors, texts in two languages.
//!
//! Invariant: no I/O, no async runtime, no knowledge of HTTP, SQL or any module. Clocks are passed in; they date
//! things and never order them.

mod actor;
mod card;
mod clock;
mod code;
mod error;
mod planted;
mod text;

pub use actor::{Actor, Cause};
pub use card::{card_number, holds_card_number};
pub use clock::{Clock, SystemClock, TestClock, Timestamp};
pub use code::{BadCode, DatabaseId, MAIN_TENANT, ModuleCode};
pub use error::{Error, FieldError, Kind};
pub use planted::planted;
pub use text::{Lang, Text};
pub use uuid::Uuid;

/// The result of everything that can fail for a reason worth telling the user.
pub type Result<T, E = Error> = std::result::Result<T, E>;
