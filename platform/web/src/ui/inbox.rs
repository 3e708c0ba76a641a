//! The inbox: the list at the left, the request with all its facts, the follow-up at the right, and the decision
//! bar. On a phone one thing at a time: the list, or the request.

use super::avatar::{AvatarSize, avatar};
use super::choice::{Choice, pills};
use super::icon::{Icon, icon};
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// A request in the list.
#[derive(Clone, Debug, Default)]
pub struct InboxRow {
    /// The request's own address.
    pub href: String,
    /// The id of who asks.
    pub person_id: String,
    /// Who asks.
    pub person: String,
    /// When it came, as short as can be.
    pub when: String,
    /// What is asked, in one line.
    pub subject: String,
    /// The due chip, or the chip of the decision just taken.
    pub chip: Markup,
    /// It is the request shown.
    pub open: bool,
    /// The reader has not opened it yet.
    pub unread: bool,
}

/// The inbox page: filters, rows, and the request that is open.
#[derive(Clone, Debug, Default)]
pub struct Inbox {
    /// The parts of the inbox.
    pub filters: Vec<Choice>,
    /// The requests of the part shown.
    pub rows: Vec<InboxRow>,
    /// What stands in the list when it is empty.
    pub empty: Markup,
    /// The request that is open, if any.
    pub request: Option<OpenRequest>,
    /// The address of the list alone, for the way back on a phone.
    pub back: String,
}

/// The request shown beside the list.
#[derive(Clone, Debug, Default)]
pub struct OpenRequest {
    /// Title, facts, answers and why: see [`request_head`], [`super::fact_strip`], [`super::definitions`].
    pub body: Markup,
    /// Follow-up and why it is the reader's: a timeline and a few words.
    pub rail: Markup,
    /// The decision bar: see [`super::decision_bar`].
    pub decide: Markup,
}

/// The content of the inbox page.
#[must_use]
pub fn inbox(lang: Lang, page: &Inbox) -> Markup {
    html! {
        div.inbox.open[page.request.is_some()] {
            section.ilist aria-label=(say(lang, "Demandes", "Requests")) {
                (pills(say(lang, "Parties de la boîte", "Parts of the inbox"), &page.filters))
                @if page.rows.is_empty() { (page.empty) }
                @else { ol data-keys-list { @for row in &page.rows { (row_of(lang, row)) } } }
            }
            @if let Some(request) = &page.request {
                section.idoc aria-label=(say(lang, "Demande ouverte", "Open request")) {
                    div.ibody {
                        @if !page.back.is_empty() {
                            a.iback.small href=(page.back) { (icon(Icon::ChevronLeft)) (say(lang, "Toutes les demandes", "All requests")) }
                        }
                        (request.body)
                    }
                    aside.irail aria-label=(say(lang, "Suivi", "Follow-up")) { (request.rail) }
                }
                div.idecide { (request.decide) }
            }
        }
    }
}

fn row_of(lang: Lang, row: &InboxRow) -> Markup {
    html! {
        li.on[row.open].new[row.unread] {
            a href=(row.href) aria-current=[row.open.then_some("true")] {
                (avatar(&row.person_id, &row.person, AvatarSize::Normal))
                span.grow {
                    span.it { b { (row.person) } span.tiny.muted { (row.when) } }
                    span.is { @if row.unread { span.sr { (say(lang, "Non lu\u{a0}: ", "Unread: ")) } } (row.subject) }
                    span.ix { (row.chip) }
                }
            }
        }
    }
}

/// The head of a request: its state and number, what it is, who asks.
#[must_use]
pub fn request_head(state: &Markup, number: &str, title: &str, who: (&str, &str), sentence: &str) -> Markup {
    html! {
        div.ihead {
            div.row.wrap { (state) span.tiny.muted { (number) } }
            h1 { (title) }
            p.soft.row { (avatar(who.0, who.1, AvatarSize::Small)) span { (sentence) } }
        }
    }
}

/// A titled paragraph of the rail: why the request is the reader's and who comes after.
#[must_use]
pub fn rail_note(title: &str, text: &str) -> Markup {
    html! { div.note { h2 { (title) } p.small.soft { (text) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_request_is_marked_and_unread_is_said() {
        let row = InboxRow { person: "Léa".into(), open: true, unread: true, ..InboxRow::default() };
        let html = inbox(Lang::Fr, &Inbox { rows: vec![row], ..Inbox::default() }).into_string();
        assert!(html.contains("<li class=\"on new\">") && html.contains("aria-current=\"true\""), "{html}");
        assert!(html.contains("Non lu\u{a0}: "));
    }
}
