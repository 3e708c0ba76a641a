//! Lists as files: RFC 4180 with semicolons and a byte order mark, as French spreadsheets open them.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// A cell: quoted where it must be; text that a spreadsheet would run as a formula is held by an apostrophe.
#[must_use]
pub fn cell(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.replace(',', ".").parse::<f64>().is_err());
    let text = if runs { format!("'{text}") } else { text.to_owned() };
    if text.contains([';', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A file of rows under their titles, to be saved under a name.
pub fn file(name: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Response {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_run() {
        assert_eq!(cell("a;b\"c"), "\"a;b\"\"c\"");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("-SUM(A1)"), "'-SUM(A1)");
        assert_eq!(cell("-35"), "-35");
        assert_eq!(cell("-35,20"), "-35,20");
        assert_eq!(cell("Léa Morvan"), "Léa Morvan");
    }
}
