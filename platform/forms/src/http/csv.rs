//! A list as a table for spreadsheets: RFC 4180 with the semicolon that French ones expect, and a byte order mark so
//! that they read UTF-8. What people wrote never becomes a formula.

use crate::forms::Forms;
use crate::queries::{Filter, Place};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use web::ui::{format, say};
use web::{Ctx, Failure, Principal};

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

/// The whole list that a reader sees, as a file.
pub(crate) async fn list_csv(
    forms: &Forms,
    ctx: &Ctx,
    reader: &Principal,
    filter: &Filter,
) -> Result<Response, Failure> {
    let (lang, zone) = (ctx.lang, forms.definition.module.time_zone());
    let people = ctx.edge.people().await?;
    let head = [
        say(lang, "Numéro", "Number"),
        say(lang, "Formulaire", "Form"),
        say(lang, "Objet", "Subject"),
        say(lang, "Demandeur", "Requested by"),
        say(lang, "État", "State"),
        say(lang, "Échéance", "Due"),
        say(lang, "Envoyée le", "Sent"),
        say(lang, "Modifiée le", "Changed"),
    ];
    let mut out = format!("\u{feff}{}\r\n", head.join(";"));
    let (mut after, mut count): (Option<Place>, usize) = (None, 0);
    loop {
        let rows = forms.list(reader, filter, ctx.now(), after, PAGE).await?;
        for row in &rows {
            let at = |instant: Option<kernel::Timestamp>| {
                instant.map(|at| format::datetime_field(format::local(at, &zone))).unwrap_or_default()
            };
            let cells = [
                row.reference.clone(),
                row.form.clone(),
                row.title.get(lang).to_owned(),
                people.name(row.subject).to_owned(),
                forms.state_label(row).await?.get(lang).to_owned(),
                at(row.due_at),
                at(row.submitted_at),
                at(Some(row.updated_at)),
            ];
            out.push_str(&cells.map(|cell| csv_cell(&cell)).join(";"));
            out.push_str("\r\n");
        }
        count += rows.len();
        after = rows.last().map(Forms::place);
        if rows.len() < PAGE as usize || count >= MOST {
            break;
        }
    }
    let name = format!("attachment; filename=\"{}.csv\"", forms.code());
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, out).into_response())
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
