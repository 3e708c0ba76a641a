//! Configuration, wiring and the command line of the one binary `archipel`.
//!
//! This is the only crate that knows which modules there are, and the only one that holds every database: a module is
//! given its own. What an operator may do is one function, called by the console's pages and, through the admin
//! socket, by the command line.

pub mod cli;
pub mod config;
mod console;
pub mod modules;
pub mod ops;
mod serve;
pub mod system;
