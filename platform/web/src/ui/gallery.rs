//! Every component in every state, and sample pages made of them, so that they can be looked at and compared with
//! the design. The sample company is the design's.

mod controls;
mod data;
mod desk;
mod forms;
mod operator;
mod personal;

use super::{Card, MenuGroup, MenuItem, Person, Shell, blocks, head, say};
use super::{Icon, Tone, chip};
use kernel::{Lang, Timestamp};
use maud::{Markup, html};

/// The present of the sample: Wednesday 18 November 2026, 14:07 in Concarneau.
pub(super) const NOW: &str = "2026-11-18T13:07:00Z";

/// A moment of the sample; its day and time are those of Concarneau, in winter.
pub(super) fn moment(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-11-{text}:00+01:00")).unwrap_or_default()
}

pub(super) fn now() -> Timestamp {
    Timestamp::parse(NOW).unwrap_or_default()
}

pub(super) fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::fixed(jiff::tz::offset(1))
}

/// The gallery: one card per component.
#[must_use]
pub fn page(lang: Lang) -> Markup {
    let parts = [
        ("colours", say(lang, "Couleurs", "Colours"), controls::colours()),
        ("buttons", say(lang, "Boutons", "Buttons"), controls::buttons(lang)),
        ("states", say(lang, "États", "States"), controls::states(lang)),
        ("choices", say(lang, "Choix", "Choices"), controls::choices(lang)),
        ("people", say(lang, "Personnes, signes", "People, signs"), controls::people(lang)),
        ("fields", say(lang, "Champs", "Fields"), forms::fields(lang)),
        ("errors", say(lang, "Erreurs de saisie", "Errors in answers"), forms::errors(lang)),
        ("messages", say(lang, "Messages", "Messages"), data::messages(lang)),
        ("empty", say(lang, "Vide, attente", "Empty, waiting"), data::empty_states(lang)),
        ("figures", say(lang, "Chiffres", "Figures"), data::figures(lang)),
        ("charts", say(lang, "Graphiques", "Charts"), data::charts(lang)),
        ("facts", say(lang, "Faits", "Facts"), data::facts(lang)),
        ("progress", say(lang, "Avancement", "Progress"), data::progress(lang)),
        ("confirm", say(lang, "Deuxième étape", "Second step"), forms::second_step(lang)),
    ];
    let mut frame = shell(lang, say(lang, "Composants", "Components"), "");
    frame.flash = Some(super::Flash::done(say(lang, "Demande approuvée", "Request approved")).undo("#"));
    frame.page(blocks(html! {
        (head(
            say(lang, "Composants d’Archipel", "Archipel components"),
            &html! { (say(lang, "Tous les états qu’une page peut montrer. Les pages se font de ceux-ci.", "Every state that a page may show. Pages are made of these.")) },
            &html! {},
        ))
        div.sheet {
            @for (id, title, content) in parts { (Card::new(title).id(id).body(content)) }
            div.wide { (data::table(lang)) }
            div.wide { (data::empty_table(lang)) }
        }
    }))
}

/// Whole pages, by name, to be held beside the design's pictures.
#[must_use]
pub fn samples(lang: Lang) -> Vec<(&'static str, Markup)> {
    vec![
        ("home", desk::home(lang)),
        ("inbox", desk::inbox_page(lang)),
        ("form", forms::form(lang)),
        ("punch", personal::punch(lang)),
        ("security", personal::security(lang)),
        ("sign-in", personal::sign_in(lang)),
        ("databases", operator::databases(lang)),
        ("dead-letters", operator::dead_letters(lang)),
        ("not-found", personal::lost(lang)),
        ("failure", personal::failed(lang)),
    ]
}

/// The frame of the sample's office pages; `current` is the href of the menu's entry.
pub(super) fn shell(lang: Lang, title: &str, current: &str) -> Shell {
    let item =
        |fr, en, href: &str, icon| MenuItem::new(say(lang, fr, en), href, icon).current(href == current);
    Shell {
        lang,
        organisation: "Ateliers Kervella".into(),
        person: Some(marc(lang)),
        title: title.into(),
        search: Some("/search".into()),
        notifications: Some("/notifications".into()),
        other_language: "?lang=other".into(),
        csrf: "sample".into(),
        menu: vec![
            MenuGroup::new(
                None,
                vec![
                    item("Accueil", "Home", "/", Icon::House),
                    item("Boîte de réception", "Inbox", "/inbox", Icon::Inbox).hot("7"),
                ],
            ),
            MenuGroup::new(
                Some(say(lang, "Mon travail", "My work")),
                vec![
                    item("Mes heures", "My hours", "/hours", Icon::Clock),
                    item("Demandes", "Requests", "/requests", Icon::FileText).badge("3"),
                    item("Badges", "Badges", "/badges", Icon::IdCard),
                ],
            ),
        ],
        ..Shell::default()
    }
}

/// The frame of the operator's console.
pub(super) fn console(lang: Lang, title: &str, current: &str) -> Shell {
    let item =
        |fr, en, href: &str, icon| MenuItem::new(say(lang, fr, en), href, icon).current(href == current);
    let menu = vec![
        MenuGroup::new(
            None,
            vec![
                item("Vue d’ensemble", "Overview", "/console", Icon::House),
                item("Modules", "Modules", "/console/modules", Icon::Boxes).badge("14"),
                item("Bases", "Databases", "/console/databases", Icon::Database)
                    .badge(super::format::integer(lang, 1284)),
            ],
        ),
        MenuGroup::new(
            Some(say(lang, "Flux", "Flow")),
            vec![
                item("Événements", "Events", "/console/events", Icon::Activity),
                item("Lettres mortes", "Dead letters", "/console/dead", Icon::MailWarning).badge("23"),
            ],
        ),
        MenuGroup::new(
            Some(say(lang, "Intégrité", "Integrity")),
            vec![
                item("Audit", "Audit", "/console/audit", Icon::ScrollText),
                item("Vérification", "Verify", "/console/verify", Icon::ShieldCheck),
            ],
        ),
    ];
    let organisation = say(lang, "Console · production", "Console · production").into();
    let person = Some(Person {
        id: "od".into(),
        name: "Omar Diallo".into(),
        role: say(lang, "Opérateur", "Operator").into(),
        settings: Some("/settings".into()),
    });
    Shell { console: true, menu, organisation, person, ..shell(lang, title, "") }
}

pub(super) fn marc(lang: Lang) -> Person {
    Person {
        id: "marc".into(),
        name: "Marc Le Goff".into(),
        role: say(lang, "Responsable atelier", "Workshop manager").into(),
        settings: Some("/settings".into()),
    }
}

pub(super) fn saved(lang: Lang) -> Markup {
    chip(Tone::Ok, Icon::CircleCheck, say(lang, "Enregistré", "Saved"))
}

#[cfg(test)]
mod tests;
