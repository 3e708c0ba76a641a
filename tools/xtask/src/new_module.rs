//! `cargo xtask new-module FAMILY/NAME`: the folder of a module, each file saying what will live in it.

use crate::shell;
use anyhow::{Result, bail};
use std::fs;
use std::process::ExitCode;

/// The files of a module (STYLE: a module, file by file), with what each owns.
const FILES: [(&str, &str); 8] = [
    (
        "model.rs",
        "types and pure decisions: state and command become changes, or a refusal. No I/O, no clock, no SQL.",
    ),
    ("commands.rs", "one function per command: read, decide, return a Batch that is committed whole."),
    ("queries.rs", "reads for screens and API; it writes nothing."),
    ("sql.rs", "every SQL statement, row mapping, and which constraint is which refusal."),
    ("http.rs", "routes with their permission and API doc, request and response types."),
    ("pages.rs", "its HTML, built from the platform's components."),
    ("events.rs", "changes become contract events; one `on_<event>` per event consumed."),
    ("tests.rs", "stories through the public door, on both engines: given, when, then."),
];

/// Writes the folder; refuses one that exists.
pub fn create(arguments: &[String]) -> Result<ExitCode> {
    let [path] = arguments else { bail!("new-module takes FAMILY/NAME, such as people/heures") };
    let Some((family, name)) = path.split_once('/') else { bail!("`{path}` is not FAMILY/NAME") };
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !is_word(family) || !is_word(name) {
        bail!("a family and a module are words of small letters, digits and `_`");
    }
    let crate_folder = shell::root().join("modules").join(family);
    if !crate_folder.join("Cargo.toml").exists() {
        bail!("there is no family modules/{family}");
    }
    let folder = crate_folder.join("src").join(name);
    if folder.exists() {
        bail!("modules/{family}/src/{name} exists");
    }
    fs::create_dir_all(folder.join("migrations"))?;
    fs::write(folder.join("mod.rs"), page(name))?;
    for (file, owns) in FILES {
        fs::write(folder.join(file), format!("//! `{name}`: {owns}\n"))?;
    }
    println!("modules/{family}/src/{name} written. Now:");
    println!("  1. `pub mod {name};` in modules/{family}/src/lib.rs, and register it in app/");
    println!("  2. its tables in migrations/0001.sql, its words in mod.rs, its first story in tests.rs");
    println!("  3. cargo xtask check");
    Ok(ExitCode::SUCCESS)
}

/// The page that a newcomer reads first.
fn page(name: &str) -> String {
    let mut shipped: Vec<&str> = FILES.iter().filter_map(|(file, _)| file.strip_suffix(".rs")).collect();
    shipped.retain(|file| *file != "tests");
    shipped.sort_unstable(); // as rustfmt wants them
    let declared: String = shipped.iter().map(|file| format!("mod {file};\n")).collect();
    format!(
        "//! `{name}`: what it is for, in one sentence.\n//!\n//! Owns: its tables. Events out: none yet. \
         Events in: none yet.\n//!\n//! Invariants: what is always true of its rows.\n\n{declared}\n#[cfg(test)]\nmod tests;\n"
    )
}
