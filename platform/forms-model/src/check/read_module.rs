//! Reading `module.toml`.

use super::read_kpi;
use super::table::{Table, Word};
use crate::calendar::Calendar;
use crate::define::{Age, Backlog, EMPLOYEE, Fact, Kpi, MenuEntry, ModuleInfo, Retention, Role, Then};
use kernel::ModuleCode;

/// Codes that a module may not have: their addresses are taken.
pub const RESERVED_CODES: &[&str] = &[
    "account",
    "admin",
    "api",
    "assets",
    "audit",
    "auth",
    "caisse",
    "carts",
    "console",
    "dashboard",
    "databases",
    "dms",
    "docs",
    "events",
    "health",
    "inbox",
    "login",
    "logout",
    "magasins",
    "me",
    "metrics",
    "modules",
    "openapi.json",
    "payments",
    "people",
    "products",
    "reports",
    "servers",
    "shop",
    "shops",
    "stock",
    "sync",
    "tickets",
    "transactions",
];

/// Path segments that the engine of forms serves itself below a module.
const ENGINE_ROUTES: &[&str] = &["forms", "instances", "kpis", "backlog"];

/// The whole file.
pub(super) struct ModuleFile {
    pub(super) module: ModuleInfo,
    pub(super) kpis: Vec<Kpi>,
    pub(super) backlog: Vec<Backlog>,
}

pub(super) fn read(table: &Table<'_>) -> ModuleFile {
    let module = ModuleInfo {
        code: read_code(table),
        prefix: read_prefix(table),
        version: read_version(table),
        name: table.need_text("name"),
        icon: read_icon(table, "icon").unwrap_or_else(|| "file-text".to_owned()),
        zone: read_zone(table),
        calendar: table
            .one_of("calendar", &["france", "alsace-moselle"], |word| match word {
                "france" => Some(Calendar::France),
                "alsace-moselle" => Some(Calendar::AlsaceMoselle),
                _ => None,
            })
            .unwrap_or_default(),
        roles: read_roles(table),
        facts: read_facts(table),
        menu: read_menu(table),
        retention: read_retention(table),
        routes: read_routes(table),
    };
    let kpis = read_kpi::read_kpis(table);
    let backlog = read_kpi::read_backlog(table);
    table.finish();
    ModuleFile { module, kpis, backlog }
}

#[expect(clippy::expect_used, reason = "the word is a code by the rules of codes")]
fn read_code(table: &Table<'_>) -> ModuleCode {
    let word = table.need_word("code");
    if word.value.is_empty() {
        // Already reported.
    } else if RESERVED_CODES.contains(&word.value.as_str()) {
        let what = format!("the code `{}` is reserved: it would hide another address", word.value);
        table.source.error(word.span.start, what, "another code");
    } else {
        match ModuleCode::new(&word.value) {
            Ok(code) => return code,
            Err(error) => {
                table.source.error(word.span.start, error.to_string(), "a code such as `heures`");
            }
        }
    }
    ModuleCode::new("unknown").expect("a code")
}

fn read_prefix(table: &Table<'_>) -> String {
    let word = table.need_word("prefix");
    let fits = (2..=6).contains(&word.value.len()) && word.value.chars().all(|c| c.is_ascii_lowercase());
    if !fits && !word.span.is_empty() {
        table.source.error(
            word.span.start,
            format!("the prefix `{}`", word.value),
            "2 to 6 letters from a to z",
        );
    }
    word.value
}

fn read_version(table: &Table<'_>) -> String {
    let word = table.need_word("version");
    let parts: Vec<&str> = word.value.split('.').collect();
    let fits = parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok());
    if !fits && !word.span.is_empty() {
        table.source.error(
            word.span.start,
            format!("the version `{}`", word.value),
            "three numbers: `1.0.0`",
        );
    }
    word.value
}

fn read_zone(table: &Table<'_>) -> String {
    let Some(word) = table.word("zone") else { return "Europe/Paris".to_owned() };
    if jiff::tz::TimeZone::get(&word.value).is_err() {
        table.source.error(
            word.span.start,
            format!("the zone `{}` is unknown", word.value),
            "`Europe/Paris`",
        );
    }
    word.value
}

fn read_icon(table: &Table<'_>, key: &'static str) -> Option<String> {
    let word = table.word(key)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if word.value.is_empty() || !word.value.chars().all(fits) {
        table.source.error(
            word.span.start,
            format!("the icon `{}`", word.value),
            "a Lucide name such as `clock`",
        );
    }
    Some(word.value)
}

/// A key: `[a-z][a-z0-9_]*`, at most 40 characters.
pub(super) fn is_key(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A key that must be there, be one, and be alone of its kind.
pub(super) fn need_key(table: &Table<'_>, key: &'static str, kind: &str) -> Word {
    let word = table.need_word(key);
    if word.span.is_empty() {
        return word;
    }
    if !is_key(&word.value) {
        let expected = "1 to 40 of a-z, 0-9 and _, beginning with a letter";
        table.source.error(word.span.start, format!("the {key} `{}`", word.value), expected);
    }
    need_alone(table, &word, &format!("{kind}:{}", word.value));
    word
}

/// Refuses the second thing of a name, and notes the first.
pub(super) fn need_alone(table: &Table<'_>, word: &Word, place: &str) {
    if table.source.is_noted(place) {
        table.source.error(word.span.start, format!("`{}` is there twice", word.value), "each name once");
        table.source.note(format!("{place}/doubtful"), word.span.start);
    }
    table.source.note(place.to_owned(), word.span.start);
}

fn read_roles(table: &Table<'_>) -> Vec<Role> {
    let read = |role: &Table<'_>| {
        let key = need_key(role, "key", "role");
        if key.value == EMPLOYEE {
            role.source.error(key.span.start, "`employee` is everybody already", "another role");
        }
        let read =
            Role { key: key.value, name: role.need_text("name"), description: role.text("description") };
        role.finish();
        read
    };
    table.tables("role", "a role", 20).iter().map(read).collect()
}

fn read_facts(table: &Table<'_>) -> Vec<Fact> {
    let read = |fact: &Table<'_>| {
        let key = need_key(fact, "key", "fact").value;
        let read = Fact { key, label: fact.need_text("label") };
        fact.finish();
        read
    };
    table.tables("fact", "a fact", 50).iter().map(read).collect()
}

fn read_menu(table: &Table<'_>) -> Vec<MenuEntry> {
    let read = |(index, entry): (usize, &Table<'_>)| {
        let form = entry.word("form");
        if let Some(form) = &form {
            entry.source.note(format!("menu:{index}/form"), form.span.start);
        }
        let page = entry.word("page");
        if form.is_some() == page.is_some() {
            entry.error("an entry of the menu opens one thing", "either `form` or `page`");
        }
        let read = MenuEntry {
            label: entry.need_text("label"),
            form: form.map(|word| word.value),
            page: page.map(|word| word.value),
            icon: read_icon(entry, "icon"),
        };
        entry.finish();
        read
    };
    table.tables("menu", "an entry of the menu", 20).iter().enumerate().map(read).collect()
}

fn read_retention(table: &Table<'_>) -> Vec<Retention> {
    let read = |entry: &Table<'_>| {
        let data = need_key(entry, "data", "retention").value;
        if entry.get("active").is_none() {
            entry.missing("active", "\"5y\"");
        }
        let read = Retention {
            data,
            active: read_age(entry, "active").unwrap_or(Age::Years(1)),
            archive: read_age(entry, "archive"),
            then: entry
                .one_of("then", &["erase", "anonymise"], |word| match word {
                    "erase" => Some(Then::Erase),
                    "anonymise" => Some(Then::Anonymise),
                    _ => None,
                })
                .unwrap_or(Then::Erase),
            basis: entry.need_text("basis"),
        };
        if entry.get("then").is_none() {
            entry.missing("then", "\"erase\"");
        }
        entry.finish();
        read
    };
    table.tables("retention", "a retention", 20).iter().map(read).collect()
}

fn read_age(table: &Table<'_>, key: &'static str) -> Option<Age> {
    let word = table.word(key)?;
    let age = Age::parse(&word.value);
    if age.is_none() {
        table.source.error(
            word.span.start,
            format!("`{}` is not a length of time", word.value),
            "`90d`, `6m` or `5y`",
        );
    }
    age
}

fn read_routes(table: &Table<'_>) -> Vec<String> {
    let words = table.words("routes", 50);
    for word in &words {
        if ENGINE_ROUTES.contains(&word.value.as_str()) {
            let what = format!("the route `{}` is the engine's own", word.value);
            table.source.error(word.span.start, what, "another path segment");
        } else if !is_key(&word.value.replace('-', "_")) {
            let what = format!("the route `{}`", word.value);
            table.source.error(word.span.start, what, "one path segment of a-z, 0-9, - and _");
        }
    }
    words.into_iter().map(|word| word.value).collect()
}
