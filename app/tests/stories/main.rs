//! Stories through the public door, on both engines: the whole system in one process, asked as a browser or a program
//! asks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]

mod again;
mod backup;
mod broker;
mod cards;
mod commerce;
mod edge;
mod events;
mod matrix;
mod overtime;
mod published;
mod reports;
mod returning;
mod saga;
mod shopping;
mod start;
mod stockroom;
mod till;
mod world;
