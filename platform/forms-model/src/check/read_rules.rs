//! Reading `rules/*.toml`: rules of working time.

use super::table::Table;
use crate::time::{AutomaticBreak, Band, Basis, Limit, RuleSource, TimeRules};
use jiff::civil::Date;

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Minutes in a day and in a week.
const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;

pub(super) fn read(table: &Table<'_>, code: &str) -> Option<TimeRules> {
    let valid_from = read_date(table);
    let planned = read_planned(table);
    let rules = TimeRules {
        code: code.to_owned(),
        name: table.need_text("name"),
        valid_from: valid_from.unwrap_or(Date::MIN),
        planned,
        holidays_off: table.flag("holidays_off", true),
        longest_shift: table.integer("longest_shift", 60..=2 * DAY).unwrap_or(16 * 60),
        automatic_break: read_break(table),
        bands: read_bands(table),
        day_limit: read_limit(table, "day_limit", DAY),
        week_limit: read_limit(table, "week_limit", WEEK),
    };
    table.finish();
    valid_from.map(|_| rules)
}

fn read_date(table: &Table<'_>) -> Option<Date> {
    let word = table.need_word("valid_from");
    let date = word.value.parse::<Date>().ok();
    if date.is_none() && !word.span.is_empty() {
        table.source.error(word.span.start, format!("`{}` is not a date", word.value), "`2026-01-01`");
    }
    if let Some(date) = date {
        super::read_module::need_alone(table, &word, &format!("rules:{date}"));
    }
    date
}

fn read_planned(table: &Table<'_>) -> [i64; 7] {
    let Some(week) = table.table("planned", "the planned week") else {
        table.missing("planned", "{ monday = 420, … }");
        return [0; 7];
    };
    let minutes = WEEKDAYS.map(|day| week.integer(day, 0..=DAY).unwrap_or(0));
    week.finish();
    minutes
}

fn read_basis(table: &Table<'_>) -> Basis {
    if table.get("source").is_none() {
        table.missing("source", "\"law\"");
    }
    let source = table.one_of("source", &["law", "agreement", "policy"], |word| match word {
        "law" => Some(RuleSource::Law),
        "agreement" => Some(RuleSource::Agreement),
        "policy" => Some(RuleSource::Policy),
        _ => None,
    });
    Basis { source: source.unwrap_or(RuleSource::Policy), reference: table.need_word("reference").value }
}

fn read_break(table: &Table<'_>) -> Option<AutomaticBreak> {
    let entry = table.table("automatic_break", "the automatic break")?;
    let read = AutomaticBreak {
        after: entry.need_integer("after", 1..=DAY),
        minutes: entry.need_integer("minutes", 1..=240),
        basis: read_basis(&entry),
    };
    entry.finish();
    Some(read)
}

fn read_bands(table: &Table<'_>) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    for entry in &table.tables("band", "a band", 10) {
        let band = Band {
            above: entry.need_integer("above", 0..=WEEK),
            rate_percent: entry.need_integer("rate_percent", 0..=300),
            basis: read_basis(entry),
        };
        if bands.last().is_some_and(|before| before.above >= band.above) {
            entry.error("the band does not begin above the one before it", "bands from low to high");
        }
        // L3121-33: an agreement may lower the premium, never under 10 %.
        if band.basis.source == RuleSource::Agreement && band.rate_percent < 10 {
            entry.error("a premium under 10 % by agreement", "at least 10 (L3121-33)");
        }
        entry.finish();
        bands.push(band);
    }
    bands
}

fn read_limit(table: &Table<'_>, key: &'static str, most: i64) -> Limit {
    let Some(entry) = table.table(key, "a limit") else {
        table.missing(key, "{ minutes = 600, source = \"law\", reference = \"L3121-18\" }");
        return Limit {
            minutes: most,
            basis: Basis { source: RuleSource::Policy, reference: String::new() },
        };
    };
    let read = Limit { minutes: entry.need_integer("minutes", 1..=most), basis: read_basis(&entry) };
    entry.finish();
    read
}
