//! Stories through the public door, on both engines: the whole system in one process, asked as a browser or a program
//! asks.

mod backup;
mod edge;
mod start;
mod world;
