//! From declared fields to questions on a page. What was typed comes back as it was typed.

use forms_model::define::{Choice, Field, FieldType, Form, Requirement, Section};
use forms_model::values::{Evaluation, FieldState, Values, display, input_text};
use jiff::tz::TimeZone;
use kernel::{FieldError, Lang, Timestamp};
use maud::{Markup, html};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use web::ui::{self, Answer, FieldKind, field_row, format, say};
use web::{FormBody, People};

/// Choices up to this number are all visible; more open as a list.
const VISIBLE: usize = 5;

/// The texts in the inputs, by input name.
pub(super) type Texts = BTreeMap<String, Vec<String>>;

/// What was typed, without what the page itself carries.
pub(super) fn typed(body: &FormBody) -> Texts {
    let own = |name: &str| name == "csrf" || name == "repair" || name.starts_with('_');
    let fields = body.iter().filter(|(name, _)| !own(name));
    fields.map(|(name, values)| (name.to_owned(), values.to_vec())).collect()
}

/// The same as pairs, for reading.
pub(super) fn pairs(texts: &Texts) -> Vec<(String, String)> {
    let one = |(name, values): (&String, &Vec<String>)| {
        values.iter().map(|value| (name.clone(), value.clone())).collect::<Vec<_>>()
    };
    texts.iter().flat_map(one).collect()
}

/// Stored answers as they stand in the inputs.
pub(super) fn stored(form: &Form, values: &Values, zone: &TimeZone) -> Texts {
    let mut texts = Texts::new();
    for field in &form.fields {
        let Some(value) = values.get(&field.key) else { continue };
        match &field.kind {
            FieldType::Period => {
                for end in ["from", "to"] {
                    let date = value[end].as_str().and_then(|text| text.parse().ok());
                    let text = date.map(format::date_field).unwrap_or_default();
                    texts.insert(format!("{}.{end}", field.key), vec![text]);
                }
            }
            FieldType::MultiChoice { .. } => {
                let chosen = value.as_array().into_iter().flatten().filter_map(Json::as_str);
                texts.insert(field.key.clone(), chosen.map(str::to_owned).collect());
            }
            FieldType::DateTime => {
                let at = value.as_str().and_then(Timestamp::parse);
                let text = at.map(|at| format::datetime_field(format::local(at, zone)));
                texts.insert(field.key.clone(), text.into_iter().collect());
            }
            _ => drop(texts.insert(field.key.clone(), vec![input_text(field, Some(value))])),
        }
    }
    texts
}

/// Everything that the questions are made from.
pub(super) struct Questions<'a> {
    pub(super) lang: Lang,
    pub(super) form: &'a Form,
    pub(super) texts: &'a Texts,
    pub(super) evaluation: &'a Evaluation,
    pub(super) errors: &'a [FieldError],
    pub(super) people: &'a People,
}

/// Fields that stand together: a section's, or one without a section.
struct Group<'a> {
    section: Option<&'a Section>,
    fields: Vec<&'a Field>,
}

impl Group<'_> {
    /// Whether answers decide what it shows, so that it is drawn again while people type.
    fn is_live(&self) -> bool {
        let depends =
            |field: &&Field| field.show.is_some() || matches!(field.required.when, Requirement::When(_));
        self.fields.iter().any(depends)
    }

    fn id(&self) -> String {
        let first = self.fields.first().map(|field| field.key.as_str());
        format!("_group-{}", self.section.map(|s| s.key.as_str()).or(first).unwrap_or_default())
    }
}

impl<'a> Questions<'a> {
    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for field in &self.form.fields {
            let key = field.section.as_deref();
            let section = key.and_then(|key| self.form.sections.iter().find(|s| s.key == key));
            let same = |g: &&mut Group<'a>| {
                section.is_some() && g.section.map(|s| &s.key) == section.map(|s| &s.key)
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.fields.push(field),
                None => groups.push(Group { section, fields: vec![field] }),
            }
        }
        groups
    }

    /// All questions.
    pub(super) fn render(&self) -> Markup {
        let groups = self.groups();
        html! { @for group in &groups { @if group.is_live() { (self.live(group)) } @else { (self.group(group)) } } }
    }

    /// What changes while people type: computed values, and groups whose fields come and go.
    pub(super) fn derived(&self) -> Markup {
        let groups = self.groups();
        html! {
            @for group in &groups {
                @if group.is_live() { (self.live(group)) }
                @else {
                    @for field in group.fields.iter().filter(|f| f.compute.is_some()) { (self.field(field, true)) }
                }
            }
        }
    }

    fn live(&self, group: &Group<'_>) -> Markup {
        let nothing = group.fields.iter().all(|field| !self.state(field).visible);
        html! { div.live[!nothing] id=(group.id()) hidden[nothing] { (self.group(group)) } }
    }

    fn state(&self, field: &Field) -> FieldState {
        let known = self.evaluation.fields.get(&field.key).copied();
        known.unwrap_or(FieldState { visible: true, required: false, computed: false })
    }

    fn group(&self, group: &Group<'_>) -> Markup {
        let visible: Vec<&Field> = group.fields.iter().copied().filter(|f| self.state(f).visible).collect();
        let kept = self.kept(group);
        let Some(section) = group.section.filter(|_| !visible.is_empty()) else {
            return html! { (kept) @for field in visible { (self.one(field)) } };
        };
        let title = ui::typeset(self.lang, section.title.get(self.lang));
        let hint = section.hint.as_ref().map(|hint| ui::typeset(self.lang, hint.get(self.lang)));
        let short = |field: &&Field| !matches!(field.kind, FieldType::Period | FieldType::Note);
        if section.inline && visible.iter().all(short) {
            let fields: Vec<ui::Field> = visible.iter().map(|field| self.field(field, true)).collect();
            let row = field_row(&title, hint.as_deref().unwrap_or_default(), &fields);
            return html! { (kept) (row) };
        }
        html! {
            (kept)
            fieldset.field.live {
                legend { (title) }
                @if let Some(hint) = hint { span.hint { (hint) } }
                @for field in visible { (self.one(field)) }
            }
        }
    }

    /// What was typed into fields that are hidden now: it comes back when they do.
    fn kept(&self, group: &Group<'_>) -> Markup {
        let hidden =
            group.fields.iter().filter(|field| field.compute.is_none() && !self.state(field).visible);
        let names = hidden.flat_map(|field| {
            [field.key.clone(), format!("{}.from", field.key), format!("{}.to", field.key)]
        });
        let texts = names.filter_map(|name| Some((self.texts.get(&name)?, name)));
        html! { @for (values, name) in texts { @for value in values { input type="hidden" name=(name) value=(value); } } }
    }

    fn one(&self, field: &Field) -> Markup {
        match &field.kind {
            FieldType::Note => html! { p.soft { (ui::typeset(self.lang, field.label.get(self.lang))) } },
            FieldType::Period => self.period(field),
            _ => html! { (self.field(field, false)) },
        }
    }

    fn text(&self, name: &str) -> String {
        self.texts.get(name).and_then(|values| values.last()).cloned().unwrap_or_default()
    }

    fn error(&self, field: &Field) -> Option<&FieldError> {
        self.errors.iter().find(|error| error.field == field.key)
    }

    /// One question; inside a row the row's legend gives the hint.
    fn field(&self, field: &Field, in_row: bool) -> ui::Field {
        let (lang, state) = (self.lang, self.state(field));
        let label = field.label.get(lang);
        if field.compute.is_some() {
            let value = display(field, self.evaluation.values.get(&field.key), lang);
            let computed = ui::Field::computed(lang, &field.key, label, value);
            return self.finish(computed, field, in_row, true);
        }
        let kind = self.kind(field);
        let question = ui::Field::new(lang, &field.key, label, kind.clone());
        let question = match kind {
            FieldKind::Checks(_) => question.values(self.texts.get(&field.key).cloned().unwrap_or_default()),
            FieldKind::Checkbox => {
                let ticked = matches!(self.text(&field.key).as_str(), "on" | "true" | "1");
                question.value(if ticked { "true" } else { "" })
            }
            _ => question.value(self.text(&field.key)),
        };
        self.finish(question, field, in_row, state.required)
    }

    fn finish(&self, question: ui::Field, field: &Field, in_row: bool, required: bool) -> ui::Field {
        let mut question = question;
        if let Some(hint) = field.hint.as_ref().filter(|_| !in_row) {
            question = question.hint(hint.get(self.lang));
        }
        if !required && field.kind != FieldType::Bool {
            question = question.optional();
        }
        match self.error(field) {
            Some(error) => question.error(error.text.get(self.lang)),
            None => question,
        }
    }

    /// Two days under one legend.
    fn period(&self, field: &Field) -> Markup {
        let (lang, state) = (self.lang, self.state(field));
        let end = |name: &str, label: &str| {
            let key = format!("{}.{name}", field.key);
            let text = self.text(&key);
            let day = ui::Field::new(lang, key, label, FieldKind::Date).value(text);
            if state.required { day } else { day.optional() }
        };
        let mut from = end("from", say(lang, "Premier jour", "First day"));
        if let Some(error) = self.error(field) {
            from = from.error(error.text.get(lang));
        }
        let to = end("to", say(lang, "Dernier jour", "Last day"));
        let hint = field.hint.as_ref().map_or("", |hint| hint.get(lang));
        field_row(&ui::typeset(lang, field.label.get(lang)), &ui::typeset(lang, hint), &[from, to])
    }

    fn kind(&self, field: &Field) -> FieldKind {
        match &field.kind {
            FieldType::LongText { max_length } => {
                FieldKind::LongText { max: usize::try_from(*max_length).unwrap_or(usize::MAX) }
            }
            FieldType::Int { .. } => FieldKind::Integer,
            FieldType::Decimal { .. } => FieldKind::Decimal,
            FieldType::Money { .. } => FieldKind::Money,
            FieldType::Bool => FieldKind::Checkbox,
            FieldType::Choice { options } if options.len() <= VISIBLE => {
                FieldKind::Radios(self.answers(options))
            }
            FieldType::Choice { options } => FieldKind::Select(self.answers(options)),
            FieldType::MultiChoice { options } => FieldKind::Checks(self.answers(options)),
            FieldType::Date => FieldKind::Date,
            FieldType::Time => FieldKind::Time,
            FieldType::DateTime => FieldKind::DateTime,
            FieldType::Duration { .. } => FieldKind::Duration,
            FieldType::Email => FieldKind::Email,
            FieldType::Person => FieldKind::Select(self.everybody()),
            FieldType::Text { .. }
            | FieldType::Phone
            | FieldType::Iban
            | FieldType::Period
            | FieldType::Note => FieldKind::Text,
        }
    }

    fn answers(&self, options: &[Choice]) -> Vec<Answer> {
        let answer = |option: &Choice| {
            let answer = Answer::new(&option.value, option.label.get(self.lang));
            match &option.hint {
                Some(hint) => answer.consequence(hint.get(self.lang)),
                None => answer,
            }
        };
        options.iter().map(answer).collect()
    }

    fn everybody(&self) -> Vec<Answer> {
        let mut people: Vec<_> = self.people.people.values().filter(|person| person.active).collect();
        people.sort_by(|a, b| a.name.cmp(&b.name));
        people.into_iter().map(|person| Answer::new(person.id.to_string(), &person.name)).collect()
    }

    /// The errors as (input id, sentence), for the summary.
    pub(super) fn summary(&self) -> Vec<(String, String)> {
        let id = |error: &FieldError| match self.form.field(&error.field).map(|field| &field.kind) {
            Some(FieldType::Period) => format!("{}.from", error.field),
            _ => error.field.clone(),
        };
        self.errors.iter().map(|error| (id(error), error.text.get(self.lang).to_owned())).collect()
    }
}
