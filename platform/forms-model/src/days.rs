//! Dates as numbers of days: the only form in which expressions see them.

use jiff::civil::Date;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days since 1970-01-01; negative before.
#[must_use]
pub fn to_days(date: Date) -> i64 {
    i64::from((date - EPOCH).get_days())
}

/// The date of a number of days since 1970-01-01, within the years that a calendar can hold.
#[must_use]
pub fn from_days(days: i64) -> Option<Date> {
    EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}
