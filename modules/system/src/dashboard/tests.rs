//! Stories of the dashboard: events in, figures and backlog out, on both engines.

mod counting;
mod events;
mod projecting;
mod reading;
mod world;
