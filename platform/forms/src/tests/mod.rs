//! Stories of a module of forms that exists for its tests only, through the API and the pages, on both engines.

mod decisions;
mod drafts;
mod due;
mod lists;
mod pages;
mod random;
mod versions;
mod world;
