//! Where Chromium is.

use std::path::PathBuf;

/// The command that installs what the browser tests need.
pub const HOW_TO_INSTALL: &str = "apt-get install -y chromium fonts-dejavu-core";

/// The browser to test with: `$ARCHIPEL_CHROMIUM`, or the first of Debian's names that exists.
///
/// # Errors
/// When there is none; the text says what to install.
pub fn find() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("ARCHIPEL_CHROMIUM").map(PathBuf::from) {
        return if path.is_file() {
            Ok(path)
        } else {
            Err(format!("ARCHIPEL_CHROMIUM names {}, which is no file", path.display()))
        };
    }
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
        .ok_or_else(|| format!("the browser tests need Chromium: run as root: {HOW_TO_INSTALL}"))
}
