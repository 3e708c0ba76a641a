//! Punches and balances as files: RFC 4180 with semicolons and a byte order mark, as French spreadsheets open them.

use super::Heures;
use super::queries::{EXPORT, Wanted};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use kernel::{Result, Timestamp};
use web::Ctx;
use web::ui::{format, say};

/// A cell: quoted where it must be; text that a spreadsheet would run as a formula is held by an apostrophe.
fn cell(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.parse::<f64>().is_err());
    let text = if runs { format!("'{text}") } else { text.to_owned() };
    if text.contains([';', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn file(name: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Response {
    let mut body = String::from("\u{feff}");
    let heading = head.iter().map(|title| (*title).to_owned()).collect();
    for row in std::iter::once(heading).chain(rows) {
        let cells: Vec<String> = row.iter().map(|text| cell(text)).collect();
        body.push_str(&cells.join(";"));
        body.push_str("\r\n");
    }
    let mut response = ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], body).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// The punches as a file.
pub(super) async fn punches(heures: &Heures, ctx: &Ctx, wanted: &Wanted<Timestamp>) -> Result<Response> {
    let people = ctx.edge.people().await?;
    let rows = heures.punches(wanted, None, EXPORT).await?;
    let lang = ctx.lang;
    let head = [
        say(lang, "Personne", "Person"),
        say(lang, "Jour", "Day"),
        say(lang, "Heure", "Time"),
        say(lang, "Sens", "Kind"),
        say(lang, "Origine", "Source"),
        say(lang, "Reçu", "Received"),
        say(lang, "Effet", "Effect"),
        say(lang, "Corrigé", "Corrected"),
        say(lang, "Motif", "Reason"),
    ];
    let lines = rows.iter().map(|(row, corrected_by)| {
        let local = format::local(row.at, &heures.house.zone);
        vec![
            people.name(row.person).to_owned(),
            local.date().to_string(),
            format::clock_seconds(local.time()),
            row.kind.as_str().to_owned(),
            row.source.word().to_owned(),
            row.received_at.to_string(),
            row.effect.word().to_owned(),
            say(
                lang,
                if corrected_by.is_some() { "oui" } else { "non" },
                if corrected_by.is_some() { "yes" } else { "no" },
            )
            .to_owned(),
            row.reason.clone().unwrap_or_default(),
        ]
    });
    Ok(file("pointages.csv", &head, lines))
}

/// The balances as a file; durations in minutes, so that they can be summed.
pub(super) async fn deltas(
    heures: &Heures,
    ctx: &Ctx,
    wanted: &Wanted<Date>,
    only_wrong: bool,
) -> Result<Response> {
    let people = ctx.edge.people().await?;
    let rows = heures.deltas(wanted, only_wrong, None, EXPORT).await?;
    let lang = ctx.lang;
    let head = [
        say(lang, "Personne", "Person"),
        say(lang, "Jour", "Day"),
        say(lang, "Travaillé (min)", "Worked (min)"),
        say(lang, "Prévu (min)", "Planned (min)"),
        say(lang, "Écart (min)", "Difference (min)"),
        say(lang, "Anomalie", "Anomaly"),
    ];
    let lines = rows.iter().map(|(row, _)| {
        vec![
            people.name(row.person).to_owned(),
            row.day.to_string(),
            row.worked_minutes.to_string(),
            row.planned_minutes.to_string(),
            row.delta_minutes.to_string(),
            row.anomaly.clone().unwrap_or_default(),
        ]
    });
    Ok(file("heures.csv", &head, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_run() {
        assert_eq!(cell("a;b\"c"), "\"a;b\"\"c\"");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("-SUM(A1)"), "'-SUM(A1)");
        assert_eq!(cell("-35"), "-35");
        assert_eq!(cell("Léa Morvan"), "Léa Morvan");
    }
}
