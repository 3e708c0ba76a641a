//! The words of the reports in both languages.

use super::queries::By;
use super::view_sales::{TILL, WEB};
use jiff::civil::Date;
use kernel::Lang;
use web::ui::{self, format, say};

/// What a grouping is called.
pub(super) fn by(lang: Lang, by: By) -> &'static str {
    match by {
        By::Day => say(lang, "Jour", "Day"),
        By::Week => say(lang, "Semaine", "Week"),
        By::Shop => say(lang, "Boutique", "Shop"),
        By::Channel => say(lang, "Canal", "Channel"),
        By::Vat => say(lang, "Taux de TVA", "VAT rate"),
    }
}

/// A channel.
pub(super) fn channel(lang: Lang, channel: &str) -> &str {
    match channel {
        WEB => say(lang, "Boutique en ligne", "Web shop"),
        TILL => say(lang, "Caisse", "Till"),
        other => other,
    }
}

/// A rate: `20 %`.
pub(super) fn rate(lang: Lang, bp: i64) -> String {
    let whole = format::scaled(lang, bp, 2);
    let short = whole.trim_end_matches('0').trim_end_matches([',', '.']);
    match lang {
        Lang::Fr => format!("{short}\u{a0}%"),
        Lang::En => format!("{short}%"),
    }
}

/// A value of a grouping, for a file.
pub(super) fn key(lang: Lang, by: By, key: &str) -> String {
    match by {
        By::Day | By::Week | By::Shop => key.to_owned(),
        By::Channel => channel(lang, key).to_owned(),
        By::Vat => key.parse().map_or_else(|_| key.to_owned(), |bp| rate(lang, bp)),
    }
}

/// A value of a grouping, for a reader.
pub(super) fn told(lang: Lang, by: By, key: &str) -> String {
    match (by, key.parse::<Date>()) {
        (By::Day, Ok(date)) => format::date_with_weekday(lang, date),
        (By::Week, _) => week(lang, key),
        (By::Shop, _) => shop(key),
        _ => self::key(lang, by, key),
    }
}

/// A week's code in words: `Semaine 47`.
pub(super) fn week(lang: Lang, code: &str) -> String {
    let number = code.split_once("-W").map_or(code, |(_, week)| week.trim_start_matches('0'));
    format!("{} {number}", say(lang, "Semaine", "Week"))
}

/// A shop's code as a name: `Concarneau`.
pub(super) fn shop(code: &str) -> String {
    ui::capital(code)
}

/// A state of orders, or a kind of receipt.
pub(super) fn kind(lang: Lang, kind: &str) -> &str {
    match kind {
        "open" => say(lang, "Commandes en cours", "Orders in progress"),
        "completed" => say(lang, "Commandes terminées", "Orders completed"),
        "cancelled" => say(lang, "Commandes annulées", "Orders cancelled"),
        "sale" => say(lang, "Tickets de vente", "Sales receipts"),
        "return" => say(lang, "Tickets de retour", "Return receipts"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_short() {
        assert_eq!(rate(Lang::Fr, 2000), "20\u{a0}%");
        assert_eq!(rate(Lang::Fr, 550), "5,5\u{a0}%");
        assert_eq!(rate(Lang::En, 210), "2.1%");
    }

    #[test]
    fn weeks_have_their_number() {
        assert_eq!(week(Lang::Fr, "2026-W07"), "Semaine 7");
    }
}
