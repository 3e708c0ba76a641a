//! Parts that only the operator's console has: groups of dead letters by cause.

use super::icon::{Icon, icon};
use super::text::say;
use kernel::Lang;
use maud::{Markup, html};

/// Events that one consumer could not apply, for one cause.
#[derive(Clone, Debug, Default)]
pub struct CauseGroup {
    /// The group's id.
    pub id: String,
    /// What is wrong, exactly.
    pub cause: Markup,
    /// Contract, kind of failure, first and last time.
    pub context: String,
    /// Who could not apply them.
    pub consumer: String,
    /// How many streams are held back.
    pub streams: String,
    /// When it happened: see [`super::histogram`].
    pub histogram: Markup,
    /// How many events wait.
    pub events: String,
    /// Diagnosis, dry run, actions.
    pub body: Markup,
    /// Shown with its body.
    pub open: bool,
}

/// The groups, the largest first.
#[must_use]
pub fn cause_groups(lang: Lang, groups: &[CauseGroup]) -> Markup {
    html! {
        section.card.groups aria-label=(say(lang, "Groupes par cause", "Groups by cause")) {
            div.grp.grph aria-hidden="true" {
                span {} span { (say(lang, "Cause", "Cause")) } span { (say(lang, "Consommateur", "Consumer")) }
                span { (say(lang, "Flux retenus", "Streams held")) }
                span { (say(lang, "24 dernières heures", "Last 24 hours")) }
                span.right { (say(lang, "Événements", "Events")) }
            }
            @for group in groups { (cause_group(lang, group)) }
        }
    }
}

fn cause_group(lang: Lang, group: &CauseGroup) -> Markup {
    html! {
        details.grpd id=(group.id) open[group.open] {
            summary.grp {
                (icon(Icon::ChevronRight))
                span { b { (group.cause) } span.line.small.muted { (group.context) } }
                span.small { span.sr { (say(lang, "Consommateur", "Consumer")) " " } (group.consumer) }
                span.small.num { span.sr { (say(lang, "Flux retenus", "Streams held")) " " } (group.streams) }
                (group.histogram)
                span.right.strong.num { (group.events) span.sr { " " (say(lang, "événements", "events")) } }
            }
            div.grpbody { (group.body) }
        }
    }
}

/// A row of buttons below a part: actions first, the dangerous one at the far end.
#[must_use]
pub fn actions(near: &Markup, far: &Markup) -> Markup {
    html! { div.row.wrap { (near) span.grow {} (far) } }
}
