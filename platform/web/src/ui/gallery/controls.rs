//! The gallery's buttons, states, choices, people and signs.

use super::{moment, now};
use crate::ui::format::{Due, Urgency};
use crate::ui::{AvatarSize, say};
use crate::ui::{
    Button, Choice, Dome, Filter, Freshness, Icon, State, Tone, avatar, chip, count, dome_word, due_chip,
    filter, freshness, key, key_hints, person, person_with, segmented, state_chip, tabs, tag,
};
use kernel::Lang;
use maud::{Markup, html};

pub(super) fn colours() -> Markup {
    let names = [
        "canvas",
        "surface",
        "sunken",
        "hover",
        "line",
        "control",
        "ink-3",
        "ink-2",
        "ink",
        "accent",
        "accent-soft",
        "accent-ink",
        "info",
        "ok",
        "warn",
        "bad",
        "viz-1",
        "viz-2",
        "viz-3",
        "viz-4",
        "viz-5",
        "viz-6",
        "info-soft",
        "warn-soft",
    ];
    html! {
        div.swatches {
            @for name in names {
                div {
                    svg viewBox="0 0 10 4" preserveAspectRatio="none" aria-hidden="true" {
                        rect width="10" height="4" fill=(format!("var(--{name})")) {}
                    }
                    (name)
                }
            }
        }
    }
}

pub(super) fn buttons(lang: Lang) -> Markup {
    html! {
        div.stack {
            div.row.wrap {
                (Button::new(say(lang, "Approuver", "Approve")).primary().icon(Icon::Check).key('a'))
                (Button::new(say(lang, "Garder en brouillon", "Keep draft")))
                (Button::new(say(lang, "Refuser…", "Refuse…")).danger().icon(Icon::X).key('r'))
                (Button::new(say(lang, "Commenter", "Comment")).quiet().icon(Icon::MessageSquare))
            }
            div.row.wrap {
                (Button::new(say(lang, "Refuser la demande", "Refuse the request")).danger_filled())
                (Button::new(say(lang, "Pas encore", "Not yet")).disabled(say(lang, "La semaine 47 n’est pas close", "Week 47 is not closed")))
            }
            div.row.wrap {
                (Button::link(say(lang, "Nouvelle demande", "New request"), "#").small().icon(Icon::Plus))
                (Button::new(say(lang, "Retirer…", "Remove…")).quiet_danger().small())
                (Button::new(say(lang, "Actualiser", "Refresh")).quiet().small().icon_only(Icon::RefreshCw))
                (Button::new(say(lang, "Copier", "Copy")).small().icon(Icon::Copy).copies("x", say(lang, "Copié", "Copied")))
                button.btn type="button" aria-busy="true" { span.bl { (say(lang, "Envoi…", "Sending…")) } }
            }
            (Button::new(say(lang, "Pointer la sortie", "Clock out")).primary().big().icon(Icon::LogOut))
            div.row.wrap { (key("J")) (key_hints(&[("J K", say(lang, "parcourir", "move")), ("A", say(lang, "approuver", "approve"))])) }
        }
    }
}

pub(super) fn states(lang: Lang) -> Markup {
    let own = |fr, en| say(lang, fr, en).to_owned();
    let states = [
        State::Draft,
        State::AwaitsYou,
        State::With("Nadia Benali".into()),
        State::Done(own("Validée", "Approved")),
        State::DueSoon(own("Aujourd’hui 18\u{202f}h", "Today 18:00")),
        State::Late(own("En retard de 2 jours", "2 days late")),
        State::Refused(own("Refusée", "Refused")),
        State::Undone(own("Remboursé", "Refunded")),
        State::ToSend,
        State::Offline("2\u{202f}min".into()),
        State::Conflict,
    ];
    html! {
        div.stack {
            div.row.wrap { @for state in &states { (state_chip(lang, state)) } }
            div.row.wrap { (tag("v4")) (count("11")) (due_chip(&Due { text: own("Lundi 23", "Monday 23"), urgency: Urgency::Later })) }
            div.row.wrap { @for state in Dome::ALL { (dome_word(lang, state)) } }
            div.row.wrap {
                (freshness(lang, &Freshness::UpToDate { position: 48_213, at: moment("18T14:07"), now: now() }))
                (freshness(lang, &Freshness::Behind(1240)))
                (freshness(lang, &Freshness::Away(own("13\u{202f}h\u{202f}41", "13:41"))))
                (freshness(lang, &Freshness::Live(own("En direct, 14:06:12", "Live, 14:06:12"))))
            }
        }
    }
}

pub(super) fn choices(lang: Lang) -> Markup {
    let periods = [("Jour", "Day", false), ("Semaine", "Week", true), ("Mois", "Month", false)];
    let periods: Vec<Choice> =
        periods.into_iter().map(|(fr, en, on)| Choice::new(say(lang, fr, en), "#", on)).collect();
    let modules = vec![Choice::new("heures", "#", false), Choice::new("badges", "#", false)];
    html! {
        div.stack {
            div.row.wrap {
                (segmented(say(lang, "Période", "Period"), &periods))
                (filter(lang, &Filter::new(say(lang, "Module", "Module"), modules)))
                (filter(lang, &Filter::set(say(lang, "État", "State"), say(lang, "en retard", "late"), "#")))
            }
            (tabs(say(lang, "Parties", "Parts"), &periods))
            (crate::ui::theme_switch(lang))
        }
    }
}

pub(super) fn people(lang: Lang) -> Markup {
    let team = ["Léa Morvan", "Erwan Guéguen", "Théo Riou", "Inès Cadiou", "Yann Prigent", "Anne Bihan"];
    html! {
        div.stack {
            div.row.wrap {
                @for name in team { (avatar(name, name, AvatarSize::Normal)) }
                (avatar("x", "Léa Morvan", AvatarSize::Large))
                (avatar("x", "Léa Morvan", AvatarSize::Small))
            }
            (person("lea", "Léa Morvan"))
            div.row { (person_with("gl", "Gwenaël Le Roux", say(lang, "Formation Volvo Penta, Brest", "Volvo Penta course, Brest"))) }
            div.row { (crate::ui::mark()) b.strong { "Archipel" } (chip(Tone::Neutral, Icon::CircleDashed, "v1")) }
        }
    }
}
