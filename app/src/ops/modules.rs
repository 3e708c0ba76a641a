//! Modules made of declarations.

use super::Voice;
use crate::system::System;
use forms_model::check::Diagnostic;
use kernel::{Error, Result};
use serde_json::{Value as Json, json};

/// Checks a folder's files.
///
/// # Errors
/// Every error, with its file, line and column.
pub fn check(files: &[(String, String)]) -> std::result::Result<forms_model::Definition, Vec<Diagnostic>> {
    forms_model::check(files)
}

/// Adds a module to the running system, or its new version.
pub(super) async fn add(system: &System, files: Vec<(String, String)>, voice: &Voice) -> Result<Json> {
    voice.progress("checking the declarations").await;
    let definition = check(&files).map_err(|found| {
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        Error::invalid(
            "bad_module",
            format!("Les déclarations sont à corriger :\n{}", lines.join("\n")),
            format!("The declarations must be corrected:\n{}", lines.join("\n")),
        )
    })?;
    let (code, version) = (definition.module.code.clone(), definition.module.version.clone());
    voice.progress("making its database").await;
    let refused = |e: anyhow::Error| match e.downcast::<Error>() {
        Ok(error) => error,
        Err(other) => Error::refused("module_refused", format!("{other:#}"), format!("{other:#}")),
    };
    crate::modules::install(system, definition).await.map_err(refused)?;
    Ok(json!({ "module": code, "version": version, "page": format!("{}/{code}", system.config.public_url) }))
}
