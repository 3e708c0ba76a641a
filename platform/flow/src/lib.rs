//! Truth over time: everything that follows a log.
//!
//! A [`Consumer`] reads the logs of other databases through cursors kept in its own; its effect and its new cursor are
//! one Batch, so that what is delivered twice is applied once. A [`Projector`] is pure and can be rebuilt beside
//! itself; a [`Reactor`]-like consumer has effects and is not rebuilt: a part of the events can be handed to it again
//! when it knows what it has done. What cannot be applied parks its *stream*: later events of that stream queue behind
//! it, the others go on.
//!
//! Invariants:
//! - A cursor only moves in the Batch of the effects that it accounts for.
//! - A cursor is the end of the scanned window, never a guess from a clock.
//! - What came through a broker is entered in the inbox in the Batch of its effects, and acknowledged after it.
//! - The relay moves its cursor over what the broker has confirmed, and only while it holds the lease of that epoch.
//! - A parked event is applied before any later event of its stream, and replaying it never moves a cursor.

mod consumer;
mod dead_letter;
mod fold;
mod look;
mod machinery;
pub mod process;
mod projection;
mod reference;
mod runner;
mod timer;
mod verify;

pub use consumer::{BoxFuture, Consumer, Delivery, Effects, Fault, PageFault, Sources};
pub use dead_letter::{DeadLetter, DeadLetterGroup};
pub use fold::{Fold, FoldTable, Rows};
pub use look::look_again;
pub use machinery::write;
pub use projection::{Projection, Projector, ViewTable, active_generation};
pub use reference::{Dangling, dangling};
pub use runner::{Again, BusStatus, Flow, Handed, Held, Lag, RelayLag, Selection};
pub use timer::{
    Timer, TimerHandler, cancel as cancel_timer, set as set_timer, statements as timer_statements,
};
pub use verify::{Check, Finding, verify_chain, verify_rows};
