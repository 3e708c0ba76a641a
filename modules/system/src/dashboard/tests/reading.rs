//! The API and the pages, as their readers see them.
