//! The inputs of fields, one per kind. Numbers and dates are text inputs with the right keyboard: what is typed is
//! kept as it is, in the form that the language writes it, and read by `format::read`.

use super::field::{Answer, Field, FieldKind};
use super::icon::{Icon, icon};
use super::text::{say, typeset};
use maud::{Markup, html};

/// The input of a field.
#[must_use]
pub(super) fn input_of(field: &Field) -> Markup {
    match &field.kind {
        FieldKind::Text => text(field, "text", None, ""),
        FieldKind::Email => text(field, "email", Some("email"), ""),
        FieldKind::Code => text(field, "text", Some("numeric"), "num"),
        FieldKind::Password => password(field),
        FieldKind::LongText { max } => long_text(field, *max),
        FieldKind::Integer => affixed(field, text(field, "text", Some("numeric"), "num")),
        FieldKind::Decimal => affixed(field, text(field, "text", Some("decimal"), "num")),
        FieldKind::Money => with_affix("€", text(field, "text", Some("decimal"), "num")),
        FieldKind::Date => with_icon(text(field, "text", Some("numeric"), "num"), Icon::Calendar),
        FieldKind::DateTime => with_icon(text(field, "text", None, "num"), Icon::Calendar),
        FieldKind::Time | FieldKind::Duration => text(field, "text", None, "num"),
        FieldKind::Select(answers) => select(field, answers),
        FieldKind::Radios(answers) => rows(field, answers, "radio"),
        FieldKind::Checks(answers) => rows(field, answers, "checkbox"),
        FieldKind::Checkbox => checkbox(field),
    }
}

fn invalid(field: &Field) -> Option<&'static str> {
    field.error.as_ref().map(|_| "true")
}

fn text(field: &Field, kind: &str, keyboard: Option<&str>, class: &str) -> Markup {
    let input = html! {
        input.in.(class) type=(kind) id=(field.input_id()) name=(field.key) value=(field.value)
            inputmode=[keyboard] autocomplete=[field.autocomplete.as_deref().or(plain(field))]
            aria-describedby=[field.described_by()] aria-invalid=[invalid(field)] readonly[field.readonly]
            aria-required=[required(field)];
    };
    // A computed value is told when it changes: the input itself would not be.
    html! {
        @if field.computed { (input) span.sr aria-live="polite" { (field.label) " " (field.value) } } @else { (input) }
    }
}

/// Browsers guess badly in business forms: they fill only what a field asks for.
fn plain(field: &Field) -> Option<&'static str> {
    (field.kind != FieldKind::Email).then_some("off")
}

fn required(field: &Field) -> Option<&'static str> {
    (!field.optional && !field.readonly).then_some("true")
}

fn affixed(field: &Field, input: Markup) -> Markup {
    if field.affix.is_empty() { input } else { with_affix(&field.affix, input) }
}

fn with_affix(unit: &str, input: Markup) -> Markup {
    html! { span.affix { (input) span { (unit) } } }
}

fn with_icon(input: Markup, shown: Icon) -> Markup {
    html! { span.wrapin { (input) (icon(shown)) } }
}

fn password(field: &Field) -> Markup {
    html! {
        span.wrapin {
            input.in.padded type="password" id=(field.key) name=(field.key) value=(field.value)
                autocomplete=[field.autocomplete.as_ref()] aria-describedby=[field.described_by()]
                aria-invalid=[invalid(field)] aria-required="true";
            button.btn.quiet.sm.needs-js type="button" data-reveal=(field.key) aria-pressed="false"
                aria-label=(say(field.lang, "Afficher le mot de passe", "Show the password")) {
                (icon(Icon::Eye)) span aria-hidden="true" { (say(field.lang, "Afficher", "Show")) }
            }
        }
    }
}

/// The limit is not the input's `maxlength`: text pasted over it would be cut without a word.
fn long_text(field: &Field, max: usize) -> Markup {
    html! {
        textarea.in id=(field.key) name=(field.key) rows="3" data-max=(max) readonly[field.readonly]
            aria-describedby=[field.described_by()] aria-invalid=[invalid(field)]
            aria-required=[required(field)] { "\n" (field.value) }
    }
}

fn select(field: &Field, answers: &[Answer]) -> Markup {
    html! {
        span.wrapin {
            select.in id=(field.key) name=(field.key) aria-describedby=[field.described_by()]
                aria-invalid=[invalid(field)] aria-required=[required(field)] disabled[field.readonly] {
                @if field.optional || field.value.is_empty() {
                    option value="" { (say(field.lang, "Choisir…", "Choose…")) }
                }
                @for answer in answers {
                    option value=(answer.value) selected[answer.value == field.value] { (typeset(field.lang, &answer.label)) }
                }
            }
            (icon(Icon::ChevronDown))
        }
    }
}

fn rows(field: &Field, answers: &[Answer], kind: &str) -> Markup {
    html! {
        div.answers.pair[answers.len() == 2] {
            @for (nth, answer) in answers.iter().enumerate() {
                label.opt-row {
                    input type=(kind) id=(format!("{}-{nth}", field.key)) name=(field.key) value=(answer.value)
                        disabled[field.readonly] checked[chosen(field, answer)];
                    span.opt-text {
                        b { (typeset(field.lang, &answer.label)) }
                        @if !answer.consequence.is_empty() { span.line { (typeset(field.lang, &answer.consequence)) } }
                    }
                }
            }
        }
    }
}

fn chosen(field: &Field, answer: &Answer) -> bool {
    match field.kind {
        FieldKind::Checks(_) => field.values.contains(&answer.value),
        _ => answer.value == field.value,
    }
}

fn checkbox(field: &Field) -> Markup {
    html! {
        label.check {
            input.tick type="checkbox" id=(field.key) name=(field.key) value="true" checked[field.value == "true"]
                disabled[field.readonly] aria-describedby=[field.described_by()] aria-invalid=[invalid(field)];
            span { (field.label) @if field.optional { " " span.opt { (say(field.lang, "(facultatif)", "(optional)")) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Lang;
    use maud::Render;

    #[test]
    fn an_error_is_tied_to_its_input_and_offers_its_repair() {
        let field = Field::new(Lang::Fr, "fin", "Fin", FieldKind::Time).value("08:30").hint("x");
        let html = field
            .error("L’heure de fin précède l’heure de début")
            .repair("Utiliser 11 h 30", "11:30")
            .render();
        let html = html.into_string();
        assert!(html.contains("aria-describedby=\"fin-hint fin-error\" aria-invalid=\"true\""), "{html}");
        assert!(html.contains("name=\"repair\" formnovalidate value=\"fin=11:30\""), "{html}");
        assert!(html.contains("value=\"08:30\""), "what was typed is kept");
    }

    #[test]
    fn required_is_the_rule_and_optional_is_marked() {
        let html = |field: Field| field.render().into_string();
        assert!(html(Field::new(Lang::Fr, "a", "Motif", FieldKind::Text)).contains("aria-required=\"true\""));
        let optional = html(Field::new(Lang::En, "a", "Reason", FieldKind::Text).optional());
        assert!(optional.contains("(optional)") && !optional.contains("aria-required"), "{optional}");
    }

    #[test]
    fn typed_text_comes_back_whole_and_harmless() {
        let hostile = "\n</textarea><script>alert(1)</script>\u{202e}🦀";
        let field = Field::new(Lang::Fr, "m", "Motif", FieldKind::LongText { max: 500 }).value(hostile);
        let html = field.render().into_string();
        assert!(html.contains(">\n\n&lt;/textarea&gt;&lt;script&gt;"), "a first line break is kept: {html}");
        let answers = vec![Answer::new("\"><b>", "<i>"), Answer::new("x", "X")];
        let html =
            Field::new(Lang::Fr, "c", "C", FieldKind::Radios(answers)).value("\"><b>").render().into_string();
        assert!(html.contains("value=\"&quot;&gt;&lt;b&gt;\" checked"), "{html}");
    }

    #[test]
    fn a_computed_value_can_be_replaced_by_its_id() {
        let html = Field::computed(Lang::Fr, "duree", "Durée calculée", "2 h 30").render().into_string();
        assert!(html.contains("id=\"duree\" data-field=\"duree\""), "{html}");
        assert!(html.contains("readonly") && html.contains("aria-live=\"polite\""), "{html}");
    }

    #[test]
    fn several_answers_can_be_chosen() {
        let answers = vec![Answer::new("a", "A"), Answer::new("b", "B"), Answer::new("c", "C")];
        let field =
            Field::new(Lang::En, "k", "K", FieldKind::Checks(answers)).values(vec!["a".into(), "c".into()]);
        assert_eq!(field.render().into_string().matches(" checked").count(), 2);
    }
}
