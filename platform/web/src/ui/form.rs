//! Forms: the page of a form, the summary of its errors, the decision bar, and the second step before what cannot be
//! undone.

use super::button::{Button, csrf_field};
use super::field::Field;
use super::icon::{Icon, icon, icon_large};
use super::text::{counted, number_word, say, typeset};
use kernel::Lang;
use maud::{Markup, html};

/// The summary of a form's errors: it takes the focus, counts them, and leads to each.
#[must_use]
pub fn error_summary(lang: Lang, errors: &[(String, String)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.alert.bad role="alert" tabindex="-1" data-error-summary {
                (icon_large(Icon::CircleAlert))
                div {
                    h2 { (summary_title(lang, errors.len())) }
                    ul.errs { @for (key, text) in errors { li { a href=(format!("#{key}")) { (typeset(lang, text)) } } } }
                }
            }
        }
    }
}

fn summary_title(lang: Lang, count: usize) -> String {
    let number = number_word(lang, count);
    match (lang, count) {
        (Lang::Fr, 1) => "Une réponse est à corriger".to_owned(),
        (Lang::Fr, _) => format!("{number} réponses sont à corriger"),
        (Lang::En, 1) => "One answer needs a change".to_owned(),
        (Lang::En, _) => format!("{number} answers need a change"),
    }
}

/// The page of a form: few questions, beside them what happens next and the facts that help, and the bar below.
#[derive(Clone, Debug, Default)]
pub struct FormPage {
    /// The reader's language.
    pub lang: Lang,
    /// The form's id.
    pub id: String,
    /// Where it is sent.
    pub action: String,
    /// The path that computes derived values while answers are typed; empty for none.
    pub derive: String,
    /// The token that guards it.
    pub csrf: String,
    /// Verb and object: `Déclarer des heures supplémentaires`.
    pub title: String,
    /// Errors as (key, text), first the summary, then each at its field.
    pub errors: Vec<(String, String)>,
    /// A message above the questions; empty for none.
    pub message: Markup,
    /// Hidden values that the form carries: the version read, the key of the request.
    pub hidden: Vec<(String, String)>,
    /// The questions.
    pub fields: Markup,
    /// Cards at the right.
    pub aside: Markup,
    /// The bar: see [`decision_bar`].
    pub decide: Markup,
}

/// The content of a form's page.
#[must_use]
pub fn form_page(page: &FormPage) -> Markup {
    let derive = (!page.derive.is_empty()).then_some(&page.derive);
    html! {
        form.fform id=[(!page.id.is_empty()).then_some(&page.id)] method="post" action=(page.action) novalidate
            data-derive=[derive] {
            (csrf_field(&page.csrf))
            @for (name, value) in &page.hidden { input type="hidden" name=(name) value=(value); }
            div.fgrid {
                div.fmain {
                    h1.form-title { (page.title) }
                    (error_summary(page.lang, &page.errors))
                    (page.message)
                    (page.fields)
                }
                aside.faside aria-label=(say(page.lang, "À savoir", "Good to know")) { (page.aside) }
            }
            (page.decide)
        }
    }
}

/// The decision bar, always in the same order: primary, secondary, quiet; what destroys at the far end.
#[must_use]
pub fn decision_bar(near: &[Button], far: &[Button]) -> Markup {
    html! {
        div.decide {
            @for button in near { (button) }
            @if !far.is_empty() { span.grow {} @for button in far { (button) } }
        }
    }
}

/// The bar when the decision is somebody else's: says whose.
#[must_use]
pub fn decision_of(lang: Lang, who: &str) -> Markup {
    let text = match lang {
        Lang::Fr => format!("Cette décision revient à {who}."),
        Lang::En => format!("This decision is {who}’s."),
    };
    html! { div.decide { (icon(Icon::Hourglass)) span.soft { (text) } } }
}

/// The bar after the decision: what the reader did, and the way back while there is one.
#[must_use]
pub fn decided(lang: Lang, sentence: &str, undo: Option<(&str, &str)>) -> Markup {
    html! {
        div.decide role="status" {
            span.decided { (icon(Icon::CircleCheck)) (sentence) }
            @if let Some((path, csrf)) = undo {
                (super::post_button(path, csrf, &Button::new(say(lang, "Annuler", "Undo")).quiet().icon(Icon::Undo2)))
            }
        }
    }
}

/// The second step before something that cannot be undone: what, what follows, and the reason where one is asked.
#[derive(Clone, Debug, Default)]
pub struct Confirm {
    /// The reader's language.
    pub lang: Lang,
    /// The question: `Refuser cette demande ?`.
    pub title: String,
    /// What follows: `Léa en recevra le motif.`
    pub consequence: String,
    /// Where it is sent.
    pub action: String,
    /// The token that guards it.
    pub csrf: String,
    /// Hidden values that the form carries.
    pub hidden: Vec<(String, String)>,
    /// The reason, or other questions.
    pub fields: Vec<Field>,
    /// Verb and object of the confirming button.
    pub confirm: String,
    /// What the button says on the way.
    pub busy: String,
    /// The confirmed step destroys or refuses: filled in the colour of danger.
    pub danger: bool,
    /// The way back.
    pub cancel: String,
}

/// The panel of the second step.
#[must_use]
pub fn confirm(step: &Confirm) -> Markup {
    let button = Button::new(&step.confirm).busy(&step.busy);
    let button = if step.danger { button.danger_filled() } else { button.primary() };
    let errors: Vec<_> =
        step.fields.iter().filter_map(|f| f.error.clone().map(|text| (f.key.clone(), text))).collect();
    html! {
        form.confirm.card method="post" action=(step.action) novalidate aria-label=(step.title) {
            (csrf_field(&step.csrf))
            @for (name, value) in &step.hidden { input type="hidden" name=(name) value=(value); }
            h1 { (step.title) }
            @if !step.consequence.is_empty() { p.soft { (step.consequence) } }
            (error_summary(step.lang, &errors))
            @for field in &step.fields { (field) }
            div.row.wrap {
                (button)
                (Button::link(say(step.lang, "Revenir", "Go back"), &step.cancel).quiet())
            }
        }
    }
}

/// How many things an action will touch, beside its button: `5 flux, dans l’ordre`.
#[must_use]
pub fn reach(lang: Lang, n: i64, fr: [&'static str; 2], en: [&'static str; 2]) -> Markup {
    html! { span.small.soft { (counted(lang, n, fr, en)) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::FieldKind;

    #[test]
    fn the_summary_counts_and_leads_to_each_error() {
        let errors = [
            ("fin".to_owned(), "L’heure de fin <b>".to_owned()),
            ("motif".to_owned(), "Indiquez".to_owned()),
        ];
        let html = error_summary(Lang::Fr, &errors).into_string();
        assert!(html.contains("Deux réponses sont à corriger") && html.contains("href=\"#fin\""), "{html}");
        assert!(html.contains("&lt;b&gt;"));
        assert_eq!(error_summary(Lang::Fr, &[]).into_string(), "");
        assert!(error_summary(Lang::En, &errors[..1]).into_string().contains("One answer needs a change"));
    }

    #[test]
    fn only_the_confirming_step_is_filled() {
        let step = Confirm {
            title: "Refuser\u{202f}?".into(),
            confirm: "Refuser la demande".into(),
            danger: true,
            fields: vec![Field::new(Lang::Fr, "reason", "Motif", FieldKind::Text).error("Indiquez le motif")],
            ..Confirm::default()
        };
        let html = confirm(&step).into_string();
        assert!(html.contains("btn danger filled") && html.contains("href=\"#reason\""), "{html}");
        assert!(html.contains("name=\"csrf\""));
    }

    #[test]
    fn whose_decision_it_is_is_said() {
        assert!(decision_of(Lang::Fr, "Nadia Benali").into_string().contains("revient à Nadia Benali"));
        assert!(
            decided(Lang::Fr, "Vous avez approuvé", Some(("/undo", "t"))).into_string().contains("Annuler")
        );
    }
}
