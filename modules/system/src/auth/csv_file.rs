//! Reading a file of people: which columns it has, and what each line says. It decides nothing.

use kernel::{Error, Result};

/// Lines of a file, at most.
const LONGEST: usize = 1000;

/// What a line says, as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CsvLine {
    /// Its number in the file, from 1 for the header.
    pub number: u64,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// What they do; `None` when the file has no such column.
    pub title: Option<String>,
    /// `fr` or `en`; `None` when the file has no such column.
    pub lang: Option<String>,
    /// The name of a team; empty for none, `None` when the file has no such column.
    pub team: Option<String>,
    /// The address of whoever manages the team.
    pub manager: String,
    /// Codes of roles.
    pub roles: Vec<String>,
}

fn unreadable(operator: impl std::fmt::Display) -> Error {
    Error::invalid(
        "unreadable_csv",
        "Ce fichier ne se lit pas. Il faut du CSV en UTF-8, avec au moins les colonnes email et name.",
        "This file cannot be read. It must be CSV in UTF-8, with at least the columns email and name.",
    )
    .because(operator.to_string())
    .field("csv", operator.to_string(), operator.to_string())
}

/// Reads a file: separated by commas, or by semicolons as spreadsheets in French write it.
///
/// # Errors
/// Invalid when it cannot be read, has no line, or too many.
pub fn read(text: &str) -> Result<Vec<CsvLine>> {
    // Lines are counted by their feeds: with a carriage return before it, the reader counts one late.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let header = text.lines().next().unwrap_or_default();
    let separator = if header.matches(';').count() > header.matches(',').count() { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(unreadable)?.iter().map(|name| name.to_lowercase()).collect();
    let column = |name: &str| names.iter().position(|n| n == name);
    let (Some(email), Some(name)) = (column("email"), column("name")) else {
        return Err(unreadable(format!("columns: {}", names.join(", "))));
    };
    let (title, lang, team) = (column("title"), column("lang"), column("team"));
    let (manager, roles) = (column("manager_email"), column("roles"));
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let at = |column: usize| record.get(column).unwrap_or_default().to_owned();
        let words = |text: String| {
            text.split([' ', '|', ',', ';']).filter(|w| !w.is_empty()).map(str::to_owned).collect()
        };
        lines.push(CsvLine {
            number: record.position().map_or(0, csv::Position::line),
            email: at(email),
            name: at(name),
            title: title.map(at),
            lang: lang.map(at),
            team: team.map(at),
            manager: manager.map(at).unwrap_or_default(),
            roles: roles.map(at).map(words).unwrap_or_default(),
        });
        if lines.len() > LONGEST {
            return Err(unreadable(format!("more than {LONGEST} lines")));
        }
    }
    if lines.is_empty() { Err(unreadable("no line after the header")) } else { Ok(lines) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_semicolons_quotes_and_a_byte_order_mark_are_read() {
        let french = "\u{feff}email;Name;roles\r\nlea@a.fr;Léa;\"cashier technician\"\r\n";
        let lines = read(french).unwrap();
        assert_eq!(lines[0].roles, ["cashier", "technician"]);
        assert_eq!((lines[0].number, lines[0].name.as_str(), lines[0].team.clone()), (2, "Léa", None));
        let english = read("name,email,team\n\"Morvan, Léa\",lea@a.fr,\n").unwrap();
        assert_eq!((english[0].name.as_str(), english[0].team.as_deref()), ("Morvan, Léa", Some("")));
    }

    #[test]
    fn what_is_no_list_of_people_is_refused() {
        for wrong in ["", "email,name\n", "a,b\n1,2\n", "email,name\nx\n"] {
            assert_eq!(read(wrong).unwrap_err().code, "unreadable_csv", "{wrong}");
        }
    }
}
