//! What a new version changes.
