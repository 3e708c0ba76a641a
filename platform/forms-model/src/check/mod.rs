//! From files to a [`Definition`], or to everything that is wrong with them, each with its line and column.

mod conditions;
mod cycles;
mod diagnostic;
mod links;
mod read_field;
mod read_form;
mod read_kpi;
mod read_module;
mod read_rules;
mod read_workflow;
mod source;
mod table;
mod workflows;

pub use diagnostic::Diagnostic;
pub use read_module::RESERVED_CODES;

use crate::define::Definition;
use source::{Report, SourceFile};
use table::Table;
use toml::de::DeTable;

/// The most forms and workflows in a module, and the longest file.
const MAX_FILES: usize = 100;
const MAX_FILE_BYTES: usize = 256 * 1024;

/// Reads the files of one module, given as (path, text) pairs with paths relative to its folder: `module.toml`,
/// `forms/*.toml`, `workflows/*.toml`, `rules/*.toml`. Files that are not TOML are not looked at.
///
/// # Errors
/// Everything that is wrong, in the order of the files and lines. References between files are checked once every
/// file can be read.
pub fn check<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)]) -> Result<Definition, Vec<Diagnostic>> {
    let report = Report::default();
    let mut draft = Draft::default();
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_ref(), text.as_ref())).collect();
    files.retain(|(path, _)| path.ends_with(".toml"));
    files.sort_unstable();
    if files.len() > MAX_FILES {
        report.at_start("module.toml", format!("{} files", files.len()), format!("at most {MAX_FILES}"));
        files.truncate(MAX_FILES);
    }
    if !files.iter().any(|(path, _)| *path == "module.toml") {
        report.at_start("module.toml", "the file is missing", "`module.toml` at the top of the folder");
    }
    for (path, text) in &files {
        read_file(path, text, &report, &mut draft);
    }
    if let Some(mut definition) = draft.finish()
        && !report.has_unreadable()
    {
        links::check(&definition, &report);
        workflows::check(&definition, &report);
        conditions::check(&definition, &report);
        cycles::check(&definition, &report);
        links::expand(&mut definition);
        return report.finish().map(|()| definition);
    }
    Err(report.finish().err().unwrap_or_default())
}

/// What has been read so far.
#[derive(Default)]
struct Draft {
    module: Option<read_module::ModuleFile>,
    forms: Vec<crate::define::Form>,
    workflows: Vec<crate::define::Workflow>,
    rules: Vec<crate::time::TimeRules>,
}

impl Draft {
    fn finish(mut self) -> Option<Definition> {
        let file = self.module?;
        self.forms.sort_by(|a, b| a.code.cmp(&b.code));
        self.workflows.sort_by(|a, b| a.name.cmp(&b.name));
        self.rules.sort_by_key(|rules| rules.valid_from);
        Some(Definition {
            module: file.module,
            forms: self.forms,
            workflows: self.workflows,
            kpis: file.kpis,
            backlog: file.backlog,
            rules: self.rules,
        })
    }
}

fn read_file(path: &str, text: &str, report: &Report, draft: &mut Draft) {
    if text.len() > MAX_FILE_BYTES {
        let what = format!("the file has {} bytes", text.len());
        report.unreadable(path, 1, 1, what, format!("at most {MAX_FILE_BYTES}"));
        return;
    }
    let source = SourceFile::new(path, text, report);
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            let (line, column) = source.position(error.span().map_or(0, |span| span.start));
            report.unreadable(path, line, column, error.message().trim().replace('\n', "; "), "TOML 1.0");
        }
        return;
    }
    let table = Table::root(&source, document.get_ref());
    match path.split_once('/') {
        None if path == "module.toml" => draft.module = Some(read_module::read(&table)),
        Some(("forms", name)) if !name.contains('/') => draft.forms.push(read_form::read(&table)),
        Some(("workflows", name)) if !name.contains('/') => {
            draft.workflows.push(read_workflow::read(&table, name.trim_end_matches(".toml")));
        }
        Some(("rules", name)) if !name.contains('/') => {
            draft.rules.extend(read_rules::read(&table, name.trim_end_matches(".toml")));
        }
        _ => report.at_start(
            path,
            "this file belongs to nothing",
            "`module.toml`, `forms/NAME.toml`, `workflows/NAME.toml` or `rules/NAME.toml`",
        ),
    }
}

#[cfg(test)]
pub(crate) mod tests;
