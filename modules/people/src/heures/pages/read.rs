//! Reading what was typed: a day, a time and a kind, with what to change where one cannot be read.

use crate::heures::balance::House;
use crate::heures::model::REASON_LENGTH;
use forms_model::time::PunchKind;
use kernel::{Error, FieldError, Lang, Text, Timestamp};
use maud::Markup;
use web::FormBody;
use web::ui::{Answer, Field, FieldKind, format, say};

/// What a form about a punch holds, as it was typed.
#[derive(Clone, Default)]
pub(super) struct Typed {
    pub(super) kind: String,
    pub(super) day: String,
    pub(super) time: String,
    pub(super) reason: String,
}

impl Typed {
    pub(super) fn of(body: &FormBody) -> Self {
        let text = |name| body.get(name).to_owned();
        Self { kind: text("kind"), day: text("day"), time: text("time"), reason: text("reason") }
    }

    /// Kind and instant.
    ///
    /// # Errors
    /// The fields to correct.
    pub(super) fn read(&self, house: &House) -> Result<(PunchKind, Timestamp), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, fr, en| {
            errors.push(FieldError { field: field.to_owned(), text: Text::new(fr, en) });
        };
        let kind = PunchKind::parse(&self.kind);
        if kind.is_none() {
            wrong(
                "kind",
                "Indiquez si c’est une entrée ou une sortie",
                "Say whether it is an entry or an exit",
            );
        }
        let day = format::read::date(&self.day);
        if day.is_none() {
            wrong("day", "Écrivez le jour comme 18/11/2026", "Write the day like 18/11/2026");
        }
        let time = format::read::time(&self.time);
        if time.is_none() {
            wrong("time", "Écrivez l’heure comme 16:32", "Write the time like 16:32");
        }
        let at = day.zip(time).and_then(|(day, time)| {
            let zoned = day.to_datetime(time).to_zoned(house.zone.clone()).ok()?;
            Some(Timestamp::from(zoned.timestamp()))
        });
        match (kind, at) {
            (Some(kind), Some(at)) if errors.is_empty() => Ok((kind, at)),
            _ => Err(errors),
        }
    }

    /// The questions, each with what to change.
    pub(super) fn fields(&self, lang: Lang, errors: &[(String, String)], reason: (&str, bool)) -> Vec<Field> {
        let with = |field: Field, key: &str| match errors.iter().find(|(name, _)| name == key) {
            Some((_, text)) => field.error(text),
            None => field,
        };
        let kinds = vec![
            Answer::new("in", say(lang, "Entrée", "In")),
            Answer::new("out", say(lang, "Sortie", "Out")),
        ];
        let kind =
            Field::new(lang, "kind", say(lang, "Sens", "Kind"), FieldKind::Radios(kinds)).value(&self.kind);
        let day = Field::new(lang, "day", say(lang, "Jour", "Day"), FieldKind::Date).value(&self.day);
        let time = Field::new(lang, "time", say(lang, "Heure", "Time"), FieldKind::Time)
            .value(&self.time)
            .hint(say(lang, "Par exemple 16:32", "For example 16:32"));
        let (hint, required) = reason;
        let long = FieldKind::LongText { max: REASON_LENGTH };
        let why =
            Field::new(lang, "reason", say(lang, "Motif", "Reason"), long).value(&self.reason).hint(hint);
        let why = if required { why } else { why.optional() };
        vec![with(kind, "kind"), with(day, "day"), with(time, "time"), with(why, "reason")]
    }
}

/// The faults of an error at their fields, in the reader's language; the field `at` is shown as the time.
pub(super) fn faults(lang: Lang, error: &Error) -> Vec<(String, String)> {
    let name = |field: &str| if field == "at" { "time".to_owned() } else { field.to_owned() };
    error.fields.iter().map(|fault| (name(&fault.field), fault.text.get(lang).to_owned())).collect()
}

/// What cannot be read, as an error with its fields.
pub(super) fn unreadable(fields: Vec<FieldError>) -> Error {
    let mut error = Error::invalid(
        "unreadable_punch",
        "Une réponse ne se lit pas. Corrigez-la, puis renvoyez.",
        "An answer cannot be read. Correct it, then send again.",
    );
    error.fields = fields;
    error
}

/// The message above the questions, for what is not at one of them.
pub(super) fn message(lang: Lang, error: Option<&Error>) -> Markup {
    let Some(error) = error.filter(|error| error.fields.is_empty()) else { return Markup::default() };
    let text = web::ui::typeset(lang, error.text(lang));
    web::ui::message(web::ui::Tone::Bad, &text, &Markup::default(), &Markup::default())
}
