//! The rates of French VAT (CGI art. 278 to 281 quater), each from its first day. Data: a new rate is a new line.

/// A class of rates, as products name it.
pub(crate) const CODES: [&str; 4] = ["standard", "intermediate", "reduced", "special"];

/// Class, first local day, hundredths of a per cent; each class in the order of time.
const RATES: [(&str, &str, u32); 7] = [
    ("standard", "1995-08-01", 2060),
    ("standard", "2000-04-01", 1960),
    ("standard", "2014-01-01", 2000),
    ("intermediate", "2012-01-01", 700),
    ("intermediate", "2014-01-01", 1000),
    ("reduced", "1982-07-01", 550),
    ("special", "1989-01-01", 210),
];

/// The rate of a class on a local day (`2026-11-28`); `None` for a class that there is not, or not yet.
pub(super) fn rate_bp(code: &str, day: &str) -> Option<u32> {
    RATES.iter().rev().find(|(known, from, _)| *known == code && *from <= day).map(|(.., bp)| *bp)
}

/// What is known of the classes: code, first day, rate.
pub(super) fn table() -> &'static [(&'static str, &'static str, u32)] {
    &RATES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_holds_from_its_day() {
        assert_eq!(rate_bp("standard", "2013-12-31"), Some(1960));
        assert_eq!(rate_bp("standard", "2014-01-01"), Some(2000));
        assert_eq!(rate_bp("intermediate", "2011-12-31"), None);
        assert_eq!(rate_bp("nothing", "2026-01-01"), None);
        assert!(CODES.iter().all(|code| rate_bp(code, "2026-11-28").is_some()));
    }
}
