//! The functions that expressions may call, besides CEL's own on texts and lists.

use crate::calendar::Calendar;
use crate::days::from_days;
use cel::{Context, ExecutionError};

/// What a declaration may call: name, arguments, meaning. Printed by `module check` beside an unknown name.
pub const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("today", "today()", "today's date, in days since 1970-01-01"),
    ("date", "date('2026-12-24')", "a date, in days since 1970-01-01"),
    ("given", "given(field)", "whether the field has been filled in"),
    ("weekday", "weekday(day)", "1 for Monday to 7 for Sunday"),
    ("working_days", "working_days(from, to)", "Monday to Friday without public holidays, both ends counted"),
    ("min", "min(a, b)", "the smaller integer"),
    ("max", "max(a, b)", "the larger integer"),
    ("size", "size(text or list)", "how many characters or elements"),
    ("contains", "text.contains('x')", "whether a text contains another"),
    ("startsWith", "text.startsWith('x')", "whether a text begins with another"),
    ("endsWith", "text.endsWith('x')", "whether a text ends with another"),
    ("matches", "text.matches('^[A-Z]+$')", "whether a text matches a regular expression"),
];

/// The longest span that `working_days` counts: ten years.
const MAX_SPAN_DAYS: i64 = 3_660;

/// Adds our functions to an evaluation. None of their names is one of CEL's, so adding cannot fail.
pub(super) fn add(context: &mut Context<'_, '_>, calendar: Calendar) {
    let results = [
        context.add_function("min", |a: i64, b: i64| a.min(b)),
        context.add_function("max", |a: i64, b: i64| a.max(b)),
        context.add_function("weekday", weekday),
        context.add_function("working_days", move |from: i64, to: i64| working_days(calendar, from, to)),
    ];
    debug_assert!(results.iter().all(Result::is_ok), "a function hides one of CEL's");
}

fn date(function: &str, days: i64) -> Result<jiff::civil::Date, ExecutionError> {
    from_days(days).ok_or_else(|| ExecutionError::function_error(function, "the day is out of range"))
}

fn weekday(days: i64) -> Result<i64, ExecutionError> {
    Ok(i64::from(date("weekday", days)?.weekday().to_monday_one_offset()))
}

fn working_days(calendar: Calendar, from: i64, to: i64) -> Result<i64, ExecutionError> {
    if to < from {
        return Ok(0);
    }
    if to.saturating_sub(from) > MAX_SPAN_DAYS {
        return Err(ExecutionError::function_error("working_days", "the span is longer than ten years"));
    }
    Ok(calendar.working_days(date("working_days", from)?, date("working_days", to)?))
}
