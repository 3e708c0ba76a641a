//! Stories of the punch clock.
