//! A list as a table for spreadsheets: RFC 4180 with the semicolon that French ones expect, and a byte order mark so
//! that they read UTF-8. What people wrote never becomes a formula.

use crate::forms::Forms;
use crate::model::Instance;
use crate::queries::{Filter, Place};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use forms_model::define::{Field, Form};
use forms_model::values::{Values, display};
use jiff::tz::TimeZone;
use kernel::{Lang, Timestamp};
use std::collections::BTreeMap;
use web::ui::{format, say};
use web::{Ctx, Failure, People, Principal};

/// Rows read at once, and rows of an export at most.
const PAGE: u32 = 500;
const MOST: usize = 50_000;

/// One cell: quoted where needed, and with an apostrophe before what a spreadsheet would compute.
#[must_use]
pub(crate) fn csv_cell(text: &str) -> String {
    let text = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if text.contains([';', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// The whole list that a reader sees, as a file. A list of one form has its answers too.
pub(crate) async fn list_csv(
    forms: &Forms,
    ctx: &Ctx,
    reader: &Principal,
    filter: &Filter,
) -> Result<Response, Failure> {
    let people = ctx.edge.people().await?;
    let zone = forms.definition.module.time_zone();
    let export =
        Export { forms, lang: ctx.lang, zone, people: &people, form: forms.definition.form(&filter.form) };
    let mut out = format!("\u{feff}{}\r\n", export.head().join(";"));
    let (mut after, mut count): (Option<Place>, usize) = (None, 0);
    loop {
        let rows = forms.list(reader, filter, ctx.now(), after, PAGE).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let answers = if export.form.is_some() { forms.answers_of(&ids).await? } else { BTreeMap::new() };
        for row in &rows {
            let none = Values::new();
            let cells = export.cells(row, answers.get(&row.id).unwrap_or(&none)).await?;
            out.push_str(&cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(";"));
            out.push_str("\r\n");
        }
        count += rows.len();
        after = rows.last().map(Forms::place);
        if rows.len() < PAGE as usize || count >= MOST {
            break;
        }
    }
    let name = format!("attachment; filename=\"{}.csv\"", forms.code());
    let kind = "text/csv; charset=utf-8".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], out).into_response())
}

/// What the columns are made from.
struct Export<'a> {
    forms: &'a Forms,
    lang: Lang,
    zone: TimeZone,
    people: &'a People,
    form: Option<&'a Form>,
}

impl Export<'_> {
    fn fields(&self) -> impl Iterator<Item = &Field> {
        self.form.into_iter().flat_map(|form| &form.fields).filter(|field| !field.is_note())
    }

    fn head(&self) -> Vec<String> {
        let lang = self.lang;
        let own = [
            say(lang, "Numéro", "Number"),
            say(lang, "Formulaire", "Form"),
            say(lang, "Objet", "Subject"),
            say(lang, "Demandeur", "Requested by"),
            say(lang, "État", "State"),
            say(lang, "Échéance", "Due"),
            say(lang, "Envoyée le", "Sent"),
            say(lang, "Modifiée le", "Changed"),
        ];
        let asked = self.fields().map(|field| csv_cell(field.label.get(lang)));
        own.map(str::to_owned).into_iter().chain(asked).collect()
    }

    async fn cells(&self, row: &Instance, values: &Values) -> kernel::Result<Vec<String>> {
        let at = |instant: Option<Timestamp>| {
            instant.map(|at| format::datetime_field(format::local(at, &self.zone))).unwrap_or_default()
        };
        let mut cells = vec![
            row.reference.clone(),
            row.form.clone(),
            row.title.get(self.lang).to_owned(),
            self.people.name(row.subject).to_owned(),
            self.forms.state_label(row).await?.get(self.lang).to_owned(),
            at(row.due_at),
            at(row.submitted_at),
            at(Some(row.updated_at)),
        ];
        cells.extend(self.fields().map(|field| match values.get(&field.key) {
            Some(value) => display(field, Some(value), self.lang),
            None => String::new(),
        }));
        Ok(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn a_cell_is_never_a_formula_and_never_breaks_its_line() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("a;b\"c\nd"), "\"a;b\"\"c\nd\"");
        assert_eq!(csv_cell("Léa"), "Léa");
    }
}
