//! Stories of the punch clock, on both engines.

mod balances;
mod deciding;
mod http;
mod pages;
mod reach;
mod sample;
mod world;
