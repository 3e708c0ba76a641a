//! Buttons and links that look like them. A label is a verb and its object; one primary button per view.

use super::icon::{Icon, icon};
use maud::{Markup, Render, html};

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Kind {
    Primary,
    #[default]
    Default,
    Danger,
    DangerFilled,
    Quiet,
    QuietDanger,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Size {
    Small,
    #[default]
    Normal,
    Big,
}

/// A button, or with [`Button::link`] a link that looks like one. Splice it into markup as it is.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Button {
    label: String,
    kind: Kind,
    size: Size,
    icon: Option<Icon>,
    icon_only: bool,
    href: Option<String>,
    name_value: Option<(String, String)>,
    form: Option<String>,
    action: Option<String>,
    skips_checks: bool,
    key: Option<char>,
    busy: Option<String>,
    disabled: Option<String>,
    copies: Option<(String, String)>,
}

impl Button {
    /// A button that sends its form.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// A link that looks like a button.
    pub fn link(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { href: Some(href.into()), ..Self::new(label) }
    }

    /// The one thing that this view is for.
    pub fn primary(mut self) -> Self {
        self.kind = Kind::Primary;
        self
    }

    /// A step towards something that cannot be undone: outlined.
    pub fn danger(mut self) -> Self {
        self.kind = Kind::Danger;
        self
    }

    /// The confirming step itself: filled. Only inside a confirmation.
    pub fn danger_filled(mut self) -> Self {
        self.kind = Kind::DangerFilled;
        self
    }

    /// Without an edge, for what is seldom used.
    pub fn quiet(mut self) -> Self {
        self.kind = Kind::Quiet;
        self
    }

    /// Quiet, in the colour of danger: `Retirer…` in a row.
    pub fn quiet_danger(mut self) -> Self {
        self.kind = Kind::QuietDanger;
        self
    }

    /// 28 px high, for rows and headers.
    pub fn small(mut self) -> Self {
        self.size = Size::Small;
        self
    }

    /// 64 px high and as wide as its column, for punches on a phone.
    pub fn big(mut self) -> Self {
        self.size = Size::Big;
        self
    }

    /// An icon before the label.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Shows the icon alone; the label is still there for screen readers.
    pub fn icon_only(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self.icon_only = true;
        self
    }

    /// The name and value that the form carries when this button sends it.
    pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.name_value = Some((name.into(), value.into()));
        self
    }

    /// Belongs to the form of this id, when it stands outside of it.
    pub fn form(mut self, id: impl Into<String>) -> Self {
        self.form = Some(id.into());
        self
    }

    /// Sends the form to this path instead of the form's own.
    pub fn action(mut self, path: impl Into<String>) -> Self {
        self.action = Some(path.into());
        self
    }

    /// Sends the form although fields may be empty: keeping a draft, going back.
    pub fn skip_checks(mut self) -> Self {
        self.skips_checks = true;
        self
    }

    /// The key that presses it where no field has the focus; shown on the button.
    pub fn key(mut self, key: char) -> Self {
        self.key = Some(key.to_ascii_lowercase());
        self
    }

    /// What the button says while its form is on the way: `Envoi…`.
    pub fn busy(mut self, label: impl Into<String>) -> Self {
        self.busy = Some(label.into());
        self
    }

    /// Cannot be pressed; the reason stands beside it.
    pub fn disabled(mut self, reason: impl Into<String>) -> Self {
        self.disabled = Some(reason.into());
        self
    }

    /// Copies a text and says so; it never sends a form. Without scripts it does nothing: the text stands beside it.
    pub fn copies(mut self, text: impl Into<String>, said: impl Into<String>) -> Self {
        self.copies = Some((text.into(), said.into()));
        self
    }

    fn class(&self) -> String {
        let kind = match self.kind {
            Kind::Primary => " primary",
            Kind::Default => "",
            Kind::Danger => " danger",
            Kind::DangerFilled => " danger filled",
            Kind::Quiet => " quiet",
            Kind::QuietDanger => " quiet alarm",
        };
        let size = match self.size {
            Size::Small => " sm",
            Size::Normal => "",
            Size::Big => " big",
        };
        format!("btn{kind}{size}{}", if self.icon_only { " icon" } else { "" })
    }

    fn inside(&self) -> Markup {
        html! {
            @if let Some(shown) = self.icon {
                @if self.size == Size::Big { (super::icon::icon_large(shown)) } @else { (icon(shown)) }
            }
            @if self.icon_only { span.sr { (self.label) } } @else { span.bl { (self.label) } }
            @if let Some(key) = self.key { kbd aria-hidden="true" { (key.to_ascii_uppercase()) } }
        }
    }

    fn shortcut(&self) -> Option<String> {
        self.key.map(|key| key.to_ascii_uppercase().to_string())
    }

    fn as_link(&self, href: &str) -> Markup {
        html! {
            a class=(self.class()) href=(href) aria-keyshortcuts=[self.shortcut()] data-key=[self.key] { (self.inside()) }
        }
    }

    fn as_button(&self) -> Markup {
        let (name, value) = self.name_value.clone().unzip();
        let (copy, copied) = self.copies.clone().unzip();
        html! {
            button class=(self.class()) type=(if copy.is_some() { "button" } else { "submit" }) name=[name]
                value=[value] form=[self.form.as_ref()] formaction=[self.action.as_ref()]
                formnovalidate[self.skips_checks] disabled[self.disabled.is_some()]
                aria-keyshortcuts=[self.shortcut()] data-key=[self.key] data-busy=[self.busy.as_ref()]
                data-copy=[copy] data-copied=[copied] { (self.inside()) }
            @if let Some(reason) = &self.disabled { span.whynot { (reason) } }
        }
    }
}

impl Render for Button {
    fn render(&self) -> Markup {
        match &self.href {
            Some(href) if self.disabled.is_none() => self.as_link(href),
            _ => self.as_button(),
        }
    }
}

/// A one-button form: an action from a row or a message that must be a POST. The token guards it.
#[must_use]
pub fn post_button(action: &str, csrf: &str, button: &Button) -> Markup {
    html! { form.inline method="post" action=(action) { (csrf_field(csrf)) (button) } }
}

/// The hidden field that every POST form carries against forged requests.
#[must_use]
pub fn csrf_field(token: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(token); }
}

/// A key as keyboards print it.
#[must_use]
pub fn key(label: &str) -> Markup {
    html! { kbd { (label) } }
}

/// The keys of a page, said once in its bar: pairs of keys and what they do.
#[must_use]
pub fn key_hints(hints: &[(&str, &str)]) -> Markup {
    html! {
        span.keys {
            @for (keys, what) in hints {
                span { @for one in keys.split(' ') { kbd { (one) } } " " (what) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_says_its_key_and_its_busy_word() {
        let html =
            Button::new("Approuver").primary().key('A').busy("Envoi…").value("decision", "approve").render();
        let html = html.into_string();
        assert!(
            html.contains("class=\"btn primary\" type=\"submit\" name=\"decision\" value=\"approve\""),
            "{html}"
        );
        assert!(html.contains("aria-keyshortcuts=\"A\" data-key=\"a\" data-busy=\"Envoi…\""), "{html}");
    }

    #[test]
    fn a_disabled_link_is_a_disabled_button_with_its_reason() {
        let html = Button::link("Rejouer", "/x").disabled("Rien n’attend").render().into_string();
        assert!(
            html.contains("disabled") && html.contains("Rien n’attend") && !html.contains("href"),
            "{html}"
        );
    }

    #[test]
    fn hostile_labels_are_escaped() {
        let html = Button::link("<b>\"x\"</b>", "/a?\"><script>").render().into_string();
        assert!(html.contains("&lt;b&gt;") && !html.contains("<script>"), "{html}");
    }
}
