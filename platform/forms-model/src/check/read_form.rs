//! Reading `forms/*.toml`.

use super::read_field;
use super::read_module::{need_alone, need_key};
use super::table::Table;
use crate::define::{Form, Section};

/// The most fields of a form.
const MAX_FIELDS: usize = 200;

pub(super) fn read(table: &Table<'_>) -> Form {
    let code = table.need_word("form");
    let fits = (2..=40).contains(&code.value.len())
        && code.value.starts_with(|c: char| c.is_ascii_uppercase())
        && code.value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if !code.span.is_empty() {
        if !fits {
            let expected = "2 to 40 of A-Z, 0-9 and _, beginning with a letter";
            table.source.error(code.span.start, format!("the form's code `{}`", code.value), expected);
        }
        need_alone(table, &code, &format!("form:{}", code.value));
    }
    let place = format!("form:{}", code.value);
    let (workflow, workflow_version) = read_workflow_name(table, &place);
    let form = Form {
        version: table.need_version(),
        title: table.need_text("title"),
        heading: table.text("heading"),
        description: table.text("description"),
        workflow,
        workflow_version,
        summary: table.text("summary"),
        sections: read_sections(table, &place),
        fields: read_fields(table, &place),
        code: code.value,
    };
    if let Some(node) = table.get("summary") {
        table.source.note(format!("{place}/summary"), node.span().start);
    }
    table.finish();
    form
}

fn read_workflow_name(table: &Table<'_>, place: &str) -> (String, u32) {
    let word = table.need_word("workflow");
    table.source.note(format!("{place}/workflow"), word.span.start);
    let parts =
        word.value.split_once('@').and_then(|(name, version)| Some((name, version.parse::<u32>().ok()?)));
    match parts {
        Some((name, version)) => (name.to_owned(), version),
        None => {
            if !word.span.is_empty() {
                let what = format!("the workflow `{}`", word.value);
                table.source.error(word.span.start, what, "a name and a version: `heure_sup@1`");
            }
            (word.value, 1)
        }
    }
}

fn read_sections(table: &Table<'_>, place: &str) -> Vec<Section> {
    let kind = format!("{place}/section");
    let read = |section: &Table<'_>| {
        let read = Section {
            key: need_key(section, "key", &kind).value,
            title: section.need_text("title"),
            hint: section.text("hint"),
            inline: section.flag("inline", false),
        };
        section.finish();
        read
    };
    table.tables("section", "a section", 50).iter().map(read).collect()
}

fn read_fields(table: &Table<'_>, place: &str) -> Vec<crate::define::Field> {
    let fields = table.tables("field", "a field", MAX_FIELDS);
    if fields.is_empty() {
        table.error("the form has no field", "at least one `[[field]]`");
    }
    fields.iter().map(|field| read_field::read(field, place)).collect()
}
