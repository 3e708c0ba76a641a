//! Reading one `[[field]]`.

use super::read_module::need_key;
use super::table::Table;
use crate::define::{Check, Choice, Field, FieldType, MAX_INTEGER, OnHide, Required, Requirement};
use toml::de::DeValue;

const TYPES: &[&str] = &[
    "text",
    "longtext",
    "int",
    "decimal",
    "money",
    "bool",
    "choice",
    "multichoice",
    "date",
    "time",
    "datetime",
    "duration",
    "person",
    "email",
    "phone",
    "iban",
    "period",
    "note",
];

/// Names that an expression could not tell from its own words.
const RESERVED_KEYS: &[&str] = &[
    "as",
    "bool",
    "break",
    "bytes",
    "const",
    "continue",
    "double",
    "dyn",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "int",
    "let",
    "list",
    "loop",
    "map",
    "namespace",
    "null",
    "null_type",
    "optional",
    "package",
    "return",
    "string",
    "true",
    "type",
    "uint",
    "var",
    "void",
    "while",
];

/// The most answers of a choice.
const MAX_CHOICES: usize = 500;

/// The longest duration: a leap year, in minutes.
const MAX_MINUTES: i64 = 366 * 24 * 60;

pub(super) fn read(table: &Table<'_>, form: &str) -> Field {
    let key = need_key(table, "key", &format!("{form}/field"));
    if RESERVED_KEYS.contains(&key.value.as_str()) {
        table.source.error(
            key.span.start,
            format!("`{}` is a word of expressions", key.value),
            "another key",
        );
    }
    let place = format!("{form}/field:{}", key.value);
    let known_kind = read_type(table);
    if known_kind.is_none() {
        table.source.note(format!("{place}/doubtful"), table.start());
    }
    let note_only = known_kind == Some(FieldType::Note);
    let kind = known_kind.unwrap_or(FieldType::Text { max_length: 200 });
    let section = table.word("section");
    if let Some(section) = &section {
        table.source.note(format!("{place}/section"), section.span.start);
    }
    let field = Field {
        label: table.need_text("label"),
        hint: table.text("hint"),
        section: section.map(|word| word.value),
        required: read_required(table, &place),
        show: table.expression("show", format!("{place}/show")),
        checks: read_checks(table, &place),
        compute: table.expression("compute", format!("{place}/compute")),
        prefill: table.expression("prefill", format!("{place}/prefill")),
        personal: table.flag("personal", false),
        on_hide: table
            .one_of("on_hide", &["drop", "keep"], |word| match word {
                "drop" => Some(OnHide::Drop),
                "keep" => Some(OnHide::Keep),
                _ => None,
            })
            .unwrap_or_default(),
        kind,
        key: key.value,
    };
    if note_only
        && (field.compute.is_some() || field.required.when != Requirement::Never || !field.checks.is_empty())
    {
        table.error("a note with `compute`, `required` or `check`", "a note has a label, a hint and `show`");
    }
    if field.compute.is_some() && field.prefill.is_some() {
        table.error("both `compute` and `prefill`", "one of them");
    }
    table.finish();
    field
}

/// The type; `None` once an unknown one has been reported.
fn read_type(table: &Table<'_>) -> Option<FieldType> {
    let word = table.need_word("type");
    let length = |table: &Table<'_>, default: u32| {
        table.integer("max_length", 1..=20_000).and_then(|n| u32::try_from(n).ok()).unwrap_or(default)
    };
    Some(match word.value.as_str() {
        "text" => FieldType::Text { max_length: length(table, 200) },
        "longtext" => FieldType::LongText { max_length: length(table, 4_000) },
        "int" => {
            let (min, max) = read_bounds(table, -MAX_INTEGER, MAX_INTEGER);
            FieldType::Int { min, max }
        }
        "decimal" => {
            let scale = u8::try_from(table.need_integer("scale", 1..=6)).unwrap_or(1);
            let (min, max) = read_bounds(table, -MAX_INTEGER, MAX_INTEGER);
            FieldType::Decimal { scale, min, max }
        }
        "money" => {
            let (min, max) = read_bounds(table, 0, MAX_INTEGER);
            FieldType::Money { min, max }
        }
        "duration" => {
            let (min, max) = read_bounds(table, 0, MAX_MINUTES);
            FieldType::Duration { min, max }
        }
        "choice" => FieldType::Choice { options: read_options(table) },
        "multichoice" => FieldType::MultiChoice { options: read_options(table) },
        "bool" => FieldType::Bool,
        "date" => FieldType::Date,
        "time" => FieldType::Time,
        "datetime" => FieldType::DateTime,
        "person" => FieldType::Person,
        "email" => FieldType::Email,
        "phone" => FieldType::Phone,
        "iban" => FieldType::Iban,
        "period" => FieldType::Period,
        "note" => FieldType::Note,
        _ => {
            if !word.span.is_empty() {
                table.unknown_word("type", &word, TYPES);
            }
            // The keys that some type has are no second mistake.
            for key in ["min", "max", "max_length", "scale", "options"] {
                table.get(key);
            }
            return None;
        }
    })
}

fn read_bounds(table: &Table<'_>, lowest: i64, highest: i64) -> (i64, i64) {
    let lowest = if lowest == 0 && table.get("min").is_some() { -MAX_INTEGER.min(highest) } else { lowest };
    let min = table.integer("min", lowest..=highest).unwrap_or_else(|| lowest.max(-MAX_INTEGER));
    let max = table.integer("max", lowest..=highest).unwrap_or(highest);
    if min > max {
        table.error(format!("`min` {min} is above `max` {max}"), "`min` at most `max`");
    }
    (min, max)
}

fn read_options(table: &Table<'_>) -> Vec<Choice> {
    let options = table.tables("options", "an answer", MAX_CHOICES);
    if options.is_empty() {
        table.missing("options", "[{ value = \"…\", label = { fr = \"…\", en = \"…\" } }]");
    }
    let mut seen: Vec<String> = Vec::new();
    let mut read = Vec::new();
    for option in &options {
        let value = option.need_word("value");
        if seen.contains(&value.value) {
            option.source.error(
                value.span.start,
                format!("`{}` is there twice", value.value),
                "each value once",
            );
        }
        if value.value.len() > 64 {
            option.source.error(value.span.start, "the value is longer than 64 bytes", "a short code");
        }
        seen.push(value.value.clone());
        read.push(Choice { value: value.value, label: option.need_text("label"), hint: option.text("hint") });
        option.finish();
    }
    read
}

fn read_required(table: &Table<'_>, place: &str) -> Required {
    let message = table.text("required_message");
    let when = match table.get("required").map(toml::Spanned::get_ref) {
        None | Some(DeValue::Boolean(false)) => Requirement::Never,
        Some(DeValue::Boolean(true)) => Requirement::Always,
        Some(DeValue::String(_)) => table
            .expression("required", format!("{place}/required"))
            .map_or(Requirement::Never, Requirement::When),
        Some(_) => {
            let at = table.get("required").map_or(table.start(), |node| node.span().start);
            table.source.error(
                at,
                "`required` is neither a condition nor true or false",
                "`true` or \"minutes > 120\"",
            );
            Requirement::Never
        }
    };
    if message.is_some() {
        let at = table.get("required_message").map_or(table.start(), |node| node.span().start);
        table.source.note(format!("{place}/required_message"), at);
    }
    Required { when, message }
}

fn read_checks(table: &Table<'_>, place: &str) -> Vec<Check> {
    let mut checks = Vec::new();
    for (index, check) in table.tables("check", "a check", 20).iter().enumerate() {
        if check.get("ok").is_none() {
            check.missing("ok", "\"jour <= today()\"");
        }
        let ok = check.expression("ok", format!("{place}/check:{index}"));
        check.source.note(format!("{place}/check:{index}/message"), check.start());
        let message = check.both();
        check.finish();
        checks.extend(ok.map(|ok| Check { ok, message }));
    }
    checks
}
