//! The one place that prints: rows as tables for people, as JSON for programs; progress on standard error, and only
//! when somebody looks at it.

#![expect(clippy::print_stderr, reason = "the command line prints here and nowhere else")]

use crate::config::Config;
use crate::ops::Command;
use serde_json::{Value as Json, json};
use std::io::{IsTerminal, Write};

/// Prints one command's answer.
pub(super) struct Printer {
    json: bool,
    kind: Kind,
}

/// How an answer is shown to people.
enum Kind {
    /// A table with these columns.
    Table(&'static [&'static str]),
    /// A line for each entry of a log.
    Log,
    /// A line of JSON for each row.
    Lines,
    /// What was proved, and what does not hold.
    Verify,
    /// Names and values.
    Facts,
}

impl Printer {
    pub(super) fn new(command: &Command, json: bool) -> Self {
        let kind = match command {
            Command::DbStatus => Kind::Table(&[
                "database",
                "engine",
                "state",
                "schema_version",
                "position",
                "bytes",
                "open",
                "error",
            ]),
            Command::UserList => Kind::Table(&["email", "name", "title", "team", "roles", "active"]),
            Command::UserImport { .. } => Kind::Facts,
            Command::Log { .. } => Kind::Log,
            Command::EventsPartitions => {
                Kind::Table(&["partition", "state", "events", "first_at", "last_at", "file", "bytes"])
            }
            Command::EventsExport { .. } => Kind::Lines,
            Command::Verify => Kind::Verify,
            _ => Kind::Facts,
        };
        Self { json, kind }
    }

    pub(super) fn row(&mut self, row: &Json) {
        if self.json || matches!(self.kind, Kind::Lines) {
            out(&row.to_string());
        } else if matches!(self.kind, Kind::Log) {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            out(&format!(
                "{:>8}  {}  {:<28} {}  {}",
                row["position"],
                text("at"),
                text("type"),
                text("stream"),
                row["data"]
            ));
        } else {
            facts(row);
        }
    }

    /// Prints the end; `false` when it says that something does not hold.
    pub(super) fn done(&mut self, answer: &Json) -> bool {
        let holds = answer.get("holds") != Some(&json!(false));
        if self.json {
            if !matches!(self.kind, Kind::Log | Kind::Lines) {
                out(&serde_json::to_string_pretty(answer).unwrap_or_default());
            }
            return holds;
        }
        match self.kind {
            Kind::Table(columns) => table(columns, answer.as_array().map_or(&[], Vec::as_slice)),
            Kind::Log | Kind::Lines => {}
            Kind::Verify => verify(answer),
            Kind::Facts => facts(answer),
        }
        holds
    }
}

fn out(line: &str) {
    // A reader that closes the pipe has had enough; that is no failure.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Says what is being done now, when somebody looks.
pub(super) fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("  {text}…");
    }
}

/// Says what matters even when nobody looks now.
pub(super) fn say(text: &str) {
    out(text);
}

/// Says why a command failed.
pub(super) fn failure(error: &anyhow::Error, json: bool) {
    if json {
        eprintln!("{}", json!({ "error": format!("{error:#}") }));
    } else {
        eprintln!("archipel: {error:#}");
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => "–".into(),
        Json::String(text) => text.clone(),
        Json::Bool(yes) => {
            if *yes {
                "yes".into()
            } else {
                "no".into()
            }
        }
        Json::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn table(columns: &[&str], rows: &[Json]) {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| columns.iter().map(|c| shown(row.get(*c).unwrap_or(&Json::Null))).collect())
        .collect();
    let width = |n: usize| {
        let widest = cells.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max();
        widest.unwrap_or(0).max(columns.get(n).map_or(0, |c| c.len()))
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count()))));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    out(&line(columns.to_vec()));
    for row in &cells {
        out(&line(row.iter().map(String::as_str).collect()));
    }
}

fn facts(answer: &Json) {
    match answer.as_object() {
        Some(members) => members.iter().for_each(|(name, value)| out(&format!("{name}: {}", shown(value)))),
        None => out(&shown(answer)),
    }
}

fn verify(answer: &Json) {
    let rows = answer["verified"].as_array().map_or(&[][..], Vec::as_slice);
    table(&["database", "entries", "rows"], rows);
    let findings = answer["findings"].as_array().map_or(&[][..], Vec::as_slice);
    for finding in findings {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        out(&format!("NOT AS WRITTEN  {}: {}: {}", text("database"), text("place"), text("message")));
    }
    out(if findings.is_empty() { "Everything holds." } else { "Something does not hold." });
}

/// Prints the configuration with the source of each value.
pub(super) fn configuration(config: &Config, json: bool) {
    let rows: Vec<Json> = config
        .shown
        .iter()
        .map(|(name, value, source)| json!({ "name": name, "value": value, "source": source.to_string() }))
        .collect();
    if json {
        out(&serde_json::to_string_pretty(&rows).unwrap_or_default());
    } else {
        table(&["name", "value", "source"], &rows);
    }
}
