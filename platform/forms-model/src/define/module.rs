//! The module itself: names, roles, menu, facts, retention.

use crate::calendar::Calendar;
use kernel::{ModuleCode, Text};
use serde::{Deserialize, Serialize};

/// What `module.toml` says of the module as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleInfo {
    /// The code in addresses, tables' owners and events: `heures`.
    pub code: ModuleCode,
    /// What its tables begin with: `hs`.
    pub prefix: String,
    /// The version, `1.0.0`.
    pub version: String,
    /// The name.
    pub name: Text,
    /// A Lucide icon's name.
    pub icon: String,
    /// The IANA time zone of its local days.
    pub zone: String,
    /// Its public holidays.
    pub calendar: Calendar,
    /// The roles it introduces, besides the implicit `employee`.
    pub roles: Vec<Role>,
    /// Integers that the module's own code provides to expressions.
    pub facts: Vec<Fact>,
    /// Its entries in the navigation.
    pub menu: Vec<MenuEntry>,
    /// How long its data is kept.
    pub retention: Vec<Retention>,
    /// First path segments below `/api/v1/<code>/` that the module's own code serves.
    pub routes: Vec<String>,
}

impl ModuleInfo {
    /// The time zone of local days; the check has made sure that it exists.
    #[must_use]
    pub fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

/// A role that the module introduces.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The key in declarations; the permission is `<module>.<key>`.
    pub key: String,
    /// What people read.
    pub name: Text,
    /// What it may do, in a sentence.
    pub description: Option<Text>,
}

/// An integer that the module's own code provides for a subject and, where one is asked, a day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The name in expressions.
    pub key: String,
    /// What it is, for people.
    pub label: Text,
}

/// An entry of the navigation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuEntry {
    /// What people read.
    pub label: Text,
    /// The form it opens.
    pub form: Option<String>,
    /// Or the module's own page it opens: a path segment below the module's.
    pub page: Option<String>,
    /// A Lucide icon's name.
    pub icon: Option<String>,
}

/// How long one kind of data is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Which data: `instances`, or the name of one of the module's own tables.
    pub data: String,
    /// How long it is in daily use.
    pub active: Age,
    /// How long it then rests in the archive.
    pub archive: Option<Age>,
    /// What happens at the end.
    pub then: Then,
    /// Why that long: the law or the decision.
    pub basis: Text,
}

/// A length of time by the calendar, written `90d`, `6m`, `5y`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Age {
    /// Days.
    Days(u32),
    /// Months.
    Months(u32),
    /// Years.
    Years(u32),
}

impl Age {
    /// Reads `90d`, `6m` or `5y`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text
            .get(..text.len().checked_sub(1)?)?
            .parse::<u32>()
            .ok()
            .filter(|n| (1..=36_500).contains(n))?;
        match text.chars().last()? {
            'd' => Some(Self::Days(number)),
            'm' => Some(Self::Months(number)),
            'y' => Some(Self::Years(number)),
            _ => None,
        }
    }

    /// The length as a span of the calendar.
    #[must_use]
    pub fn span(self) -> jiff::Span {
        use jiff::ToSpan;
        match self {
            Self::Days(n) => i64::from(n).days(),
            Self::Months(n) => i64::from(n).months(),
            Self::Years(n) => i64::from(n).years(),
        }
    }
}

/// What happens to data at the end of its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// It is deleted.
    Erase,
    /// It stays without the person.
    Anonymise,
}
