//! Reports against what one would add up by hand, on both engines.

mod days;
mod random;
mod shelves;
mod world;
