//! Fields: label, hint, input, error. Required is the rule and the optional is marked. An error says how to mend it,
//! is tied to its input, and offers the answer in one click where it is known.

use super::field_input::input_of;
use super::icon::{Icon, icon};
use super::text::{say, typeset};
use kernel::Lang;
use maud::{Markup, Render, html};

/// An answer to choose.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// What the form carries.
    pub value: String,
    /// What the reader sees.
    pub label: String,
    /// What follows from it; empty when nothing does.
    pub consequence: String,
}

impl Answer {
    /// An answer.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), consequence: String::new() }
    }

    /// With what follows from it.
    #[must_use]
    pub fn consequence(mut self, text: impl Into<String>) -> Self {
        self.consequence = text.into();
        self
    }
}

/// The kind of a field; it decides the input, its width and its keyboard.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum FieldKind {
    /// A line of text.
    #[default]
    Text,
    /// An address; the browser's own format check stays off.
    Email,
    /// A secret, with a button that shows it.
    Password,
    /// A one-time code.
    Code,
    /// Several lines, with a counter up to the limit.
    LongText {
        /// The most characters.
        max: usize,
    },
    /// A whole number.
    Integer,
    /// A decimal; what it counts stands beside it.
    Decimal,
    /// Euros and cents.
    Money,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time.
    DateTime,
    /// Hours and minutes.
    Duration,
    /// One of many, in a list that opens.
    Select(Vec<Answer>),
    /// One of a few, all visible.
    Radios(Vec<Answer>),
    /// Some of a few; the values in force are in [`Field::values`].
    Checks(Vec<Answer>),
    /// Yes or no; the value `true` is yes.
    Checkbox,
}

impl FieldKind {
    /// Several inputs under one legend.
    pub(super) fn is_group(&self) -> bool {
        matches!(self, Self::Radios(_) | Self::Checks(_))
    }

    fn width(&self) -> &'static str {
        match self {
            Self::Date => "w240",
            Self::Time | Self::Duration | Self::Code => "w140",
            Self::Integer | Self::Decimal | Self::Money | Self::DateTime => "w240",
            Self::LongText { .. } | Self::Radios(_) | Self::Checks(_) => "w600",
            _ => "",
        }
    }
}

/// One question of a form.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Field {
    pub(super) lang: Lang,
    pub(super) key: String,
    pub(super) label: String,
    pub(super) kind: FieldKind,
    pub(super) value: String,
    pub(super) values: Vec<String>,
    pub(super) hint: String,
    pub(super) optional: bool,
    pub(super) readonly: bool,
    pub(super) computed: bool,
    pub(super) error: Option<String>,
    pub(super) repair: Option<(String, String)>,
    pub(super) affix: String,
    pub(super) autocomplete: Option<String>,
    pub(super) aside: Markup,
}

impl Field {
    /// A question under its key; the key is the input's name and id.
    pub fn new(lang: Lang, key: impl Into<String>, label: impl Into<String>, kind: FieldKind) -> Self {
        let label = typeset(lang, &label.into());
        Self { lang, key: key.into(), label, kind, ..Self::default() }
    }

    /// A value that the system computes: read-only, dashed, told when it changes. Its element has the key as id, so
    /// that the answer to `data-derive` replaces it.
    pub fn computed(
        lang: Lang,
        key: impl Into<String>,
        label: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let mut field = Self::new(lang, key, label, FieldKind::Text).value(value);
        field.readonly = true;
        field.computed = true;
        field
    }

    /// What was typed, kept as it was typed.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// The answers chosen, where there can be several.
    pub fn values(mut self, values: Vec<String>) -> Self {
        self.values = values;
        self
    }

    /// A line between label and input: what is meant, or where a prefilled value comes from.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = typeset(self.lang, &hint.into());
        self
    }

    /// May stay empty.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Cannot be changed here.
    pub fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// What must change, and how.
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(typeset(self.lang, &text.into()));
        self
    }

    /// The answer that mends the error: the words of the button, and the value it puts in. Without scripts the form
    /// is sent with `repair=KEY=VALUE`.
    pub fn repair(mut self, words: impl Into<String>, value: impl Into<String>) -> Self {
        self.repair = Some((words.into(), value.into()));
        self
    }

    /// A unit beside the input: `kg`, `jours`.
    pub fn affix(mut self, unit: impl Into<String>) -> Self {
        self.affix = unit.into();
        self
    }

    /// The browser's name for the value, for password managers and autofill.
    pub fn autocomplete(mut self, token: impl Into<String>) -> Self {
        self.autocomplete = Some(token.into());
        self
    }

    /// A link at the right of the label: `Oublié ?`.
    pub fn aside(mut self, link: Markup) -> Self {
        self.aside = link;
        self
    }

    pub(super) fn described_by(&self) -> Option<String> {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.key));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.key));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn label_text(&self) -> Markup {
        html! {
            (self.label)
            @if self.optional { " " span.opt { (say(self.lang, "(facultatif)", "(optional)")) } }
        }
    }

    fn hint_line(&self) -> Markup {
        html! { @if !self.hint.is_empty() { span.hint id=(format!("{}-hint", self.key)) { (self.hint) } } }
    }

    fn error_line(&self) -> Markup {
        html! {
            @if let Some(error) = &self.error {
                span.err id=(format!("{}-error", self.key)) {
                    (icon(Icon::CircleAlert))
                    span {
                        (error)
                        @if let Some((words, value)) = &self.repair {
                            " "
                            button.linkish type="submit" name="repair" formnovalidate
                                value=(format!("{}={value}", self.key)) { (words) }
                        }
                    }
                }
            }
        }
    }

    /// Inside a row of short questions the errors stand below the row, where they have room.
    fn in_row(&self) -> Markup {
        let shown = Self { hint: String::new(), ..self.clone() };
        html! {
            div.field.(self.kind.width()) id=[self.computed.then_some(&self.key)] data-field=(self.key) {
                label for=(self.input_id()) { (self.label_text()) }
                (input_of(&shown))
            }
        }
    }

    fn below(&self) -> Markup {
        match self.kind {
            FieldKind::LongText { max } => html! {
                span.underline {
                    (self.error_line()) span.grow {}
                    span.tiny.muted.num data-counter=(self.key) { (self.value.chars().count()) " / " (max) }
                }
            },
            _ => self.error_line(),
        }
    }

    fn single(&self) -> Markup {
        html! {
            div.field.(self.kind.width()) id=[self.computed.then_some(&self.key)] data-field=(self.key) {
                @if self.aside.0.is_empty() { label for=(self.input_id()) { (self.label_text()) } }
                @else { div.row { label.lbl.grow for=(self.input_id()) { (self.label_text()) } (self.aside) } }
                (self.hint_line()) (input_of(self)) (self.below())
            }
        }
    }

    fn group(&self) -> Markup {
        html! {
            fieldset.field.(self.kind.width()) #(self.key) tabindex="-1" data-field=(self.key)
                aria-describedby=[self.described_by()] aria-invalid=[self.error.as_ref().map(|_| "true")] {
                legend { (self.label_text()) }
                (self.hint_line()) (input_of(self)) (self.error_line())
            }
        }
    }

    /// A computed field's outer element carries the key, so its input needs another id.
    pub(super) fn input_id(&self) -> String {
        if self.computed { format!("{}-value", self.key) } else { self.key.clone() }
    }
}

impl Render for Field {
    fn render(&self) -> Markup {
        match &self.kind {
            kind if kind.is_group() => self.group(),
            FieldKind::Checkbox => html! {
                div.field data-field=(self.key) { (input_of(self)) (self.hint_line()) (self.error_line()) }
            },
            _ => self.single(),
        }
    }
}

/// Short questions side by side under one legend: begin, end, and the duration between. Their hints are the legend's.
#[must_use]
pub fn field_row(legend: &str, hint: &str, fields: &[Field]) -> Markup {
    html! {
        fieldset.field.frow {
            legend { (legend) }
            @if !hint.is_empty() { span.hint { (hint) } }
            div.frow-in { @for field in fields { (field.in_row()) } }
            @for field in fields { (field.error_line()) }
        }
    }
}
