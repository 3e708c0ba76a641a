//! Messages, and what stands where there is nothing yet.

use super::chip::Tone;
use super::icon::{Icon, icon_large};
use super::text::say;
use kernel::Lang;
use maud::{Markup, PreEscaped, html};

/// A message: icon, title, one sentence, one action. Bad news is announced at once.
#[must_use]
pub fn message(tone: Tone, title: &str, text: &Markup, action: &Markup) -> Markup {
    let (class, shown) = match tone {
        Tone::Ok => ("ok", Icon::CircleCheck),
        Tone::Warn => ("warn", Icon::TriangleAlert),
        Tone::Bad => ("bad", Icon::CircleAlert),
        Tone::Neutral | Tone::Accent | Tone::Info => ("", Icon::Info),
    };
    html! {
        div.alert.(class) role=[(tone == Tone::Bad).then_some("alert")] {
            (icon_large(shown))
            div.grow { h2 { (title) } @if !text.0.is_empty() { p { (text) } } }
            (action)
        }
    }
}

/// A part of the page whose module is away: what is missing, what still works, and a new try.
#[must_use]
pub fn part_away(lang: Lang, title: &str, text: &str, retry: &str) -> Markup {
    let action =
        super::Button::link(say(lang, "Réessayer", "Try again"), retry).small().icon(Icon::RefreshCw);
    message(Tone::Bad, title, &html! { (text) }, &html! { (action) })
}

const DASHED: &str = r#"<svg class="sea" viewBox="0 0 120 40" fill="none" aria-hidden="true">
<path d="M2 28h116" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>
<path d="M30 34h60" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" opacity=".35"/>
<path d="M48 24a13 13 0 0 1 26 0z" stroke="currentColor" stroke-width="1.5" stroke-dasharray="3 3"/></svg>"#;

/// The dashed dome: nothing here yet.
#[must_use]
pub fn dashed_dome() -> Markup {
    PreEscaped(DASHED.to_owned())
}

/// An empty state: what will come here, and one action. An empty action is left out.
#[must_use]
pub fn empty(title: &str, text: &str, action: &Markup) -> Markup {
    html! { div.empty { (dashed_dome()) b { (title) } span { (text) } (action) } }
}

/// Nothing is left after a filter: names it and offers to clear it.
#[must_use]
pub fn empty_filtered(lang: Lang, filters: &str, clear: &str) -> Markup {
    let title = match lang {
        Lang::Fr => format!("Rien avec {}", super::quoted(lang, filters)),
        Lang::En => format!("Nothing with {}", super::quoted(lang, filters)),
    };
    let action = super::Button::link(say(lang, "Retirer les filtres", "Clear the filters"), clear).small();
    html! {
        div.empty {
            (dashed_dome())
            b { (title) }
            span { (say(lang, "D’autres lignes existent sans ce filtre.", "Other rows exist without this filter.")) }
            (action)
        }
    }
}

/// The shape of rows to come, shown by scripts after 300 ms of waiting.
#[must_use]
pub fn skeleton_rows(lang: Lang, rows: usize) -> Markup {
    html! {
        div.skrows aria-busy="true" {
            span.sr { (say(lang, "Chargement", "Loading")) }
            @for row in 0..rows {
                div.row { span.sk.sq {} span.stack.grow { span.sk.(["w60", "w50", "w70"][row % 3]) {} span.sk.w40 {} } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_news_is_an_alert() {
        let html =
            part_away(Lang::Fr, "Le stock ne répond pas", "Votre panier est gardé.", "/r").into_string();
        assert!(html.starts_with("<div class=\"alert bad\" role=\"alert\">"), "{html}");
        assert!(html.contains("Réessayer"));
    }

    #[test]
    fn a_filter_is_named_when_nothing_is_left() {
        let html = empty_filtered(Lang::Fr, "État\u{a0}: <froid>", "/x").into_string();
        assert!(html.contains("Rien avec «\u{a0}État\u{a0}: &lt;froid&gt;\u{a0}»"), "{html}");
    }
}
