//! The modules that the system itself needs: who there is, what there is, what happened, and how things stand.

pub mod audit;
pub mod auth;
pub mod dashboard;
pub mod events;
pub mod registry;
