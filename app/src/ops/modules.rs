//! Modules made of declarations.

use super::Voice;
use crate::system::System;
use forms_model::check::Diagnostic;
use kernel::{Error, Result};
use serde_json::Value as Json;

/// Checks a folder's files.
///
/// # Errors
/// Every error, with its file, line and column.
pub fn check(files: &[(String, String)]) -> std::result::Result<forms_model::Definition, Vec<Diagnostic>> {
    forms_model::check(files)
}

/// Adds a module to the running system, or its new version.
pub(super) async fn add(_system: &System, _files: Vec<(String, String)>, _voice: &Voice) -> Result<Json> {
    Err(Error::internal("not wired yet"))
}
