//! One formatting function per kind of value, in French and English, so that no page formats by hand. The inverse
//! of what fields show is in [`read`]. Time zones are passed in; the present too.

mod date;
mod number;
pub mod read;
mod relative;

pub use date::{
    clock, clock_seconds, date_field, date_long, date_medium, date_range, date_short, date_with_weekday,
    datetime_field, datetime_long, datetime_short, day_month, local, time, time_brief, week, weekday,
    weekday_day, weekday_short,
};
pub use number::{
    bytes, decimal, decimal_trimmed, duration, duration_field, integer, money, money_field, ordinal, percent,
    scaled, signed, signed_decimal, signed_duration, signed_money, signed_percent,
};
pub use relative::{Due, Urgency, age, due, span, when, when_long};
