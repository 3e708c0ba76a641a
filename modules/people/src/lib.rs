//! People at work: their hours, their badges, their requests. One folder is one module with its own database; a
//! sibling cannot reach its tables.

pub mod heures;
