//! What the world outside the form says, at one moment.

use crate::calendar::Calendar;
use crate::define::ModuleInfo;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use std::collections::BTreeMap;

/// The date, the calendar, and the integers that the module's own code provides for the instance's subject.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The local date.
    pub today: Date,
    /// The zone of local times.
    pub zone: TimeZone,
    /// The public holidays.
    pub calendar: Calendar,
    /// The declared facts that are known. An unknown one reads as 0 in a form, leaves a prefill empty, and makes a
    /// guard refuse.
    pub numbers: BTreeMap<String, i64>,
}

impl Facts {
    /// The moment as a module sees it, without any number yet.
    #[must_use]
    pub fn at(now: Timestamp, module: &ModuleInfo) -> Self {
        let zone = module.time_zone();
        let today = now.to_jiff().to_zoned(zone.clone()).date();
        Self { today, zone, calendar: module.calendar, numbers: BTreeMap::new() }
    }

    /// Adds a number.
    #[must_use]
    pub fn with(mut self, name: &str, value: i64) -> Self {
        self.numbers.insert(name.to_owned(), value);
        self
    }
}
