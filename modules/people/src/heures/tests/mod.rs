//! Stories of the punch clock, on both engines.

mod balances;
mod deciding;
mod http;
mod reach;
mod world;
