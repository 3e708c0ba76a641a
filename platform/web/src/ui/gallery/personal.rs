//! The sample's punch clock, security settings, sign-in page, and the pages that say no.

use super::{data, marc, saved, shell};
use crate::ui::say;
use crate::ui::{
    Button, Card, Column, Crumb, Field, FieldKind, Icon, ListItem, MenuItem, Phone, Punch, Row, SignIn,
    State, Table, Tone, bare_page, blocks, chip, day_line, failure, icon, item_list, not_found,
    offline_strip, phone_card, punches, running_clock, settings, state_chip, warning,
};
use kernel::Lang;
use maud::{Markup, Render, html};

pub(super) fn punch(lang: Lang) -> Markup {
    let tabs = [
        ("Pointer", "Punch", Icon::Clock),
        ("Mes heures", "My hours", Icon::CalendarDays),
        ("Demandes", "Requests", Icon::FileText),
    ];
    let tabs = tabs.map(|(fr, en, shown)| {
        MenuItem::new(say(lang, fr, en), "/punch", shown).current(shown == Icon::Clock)
    });
    let phone = Phone {
        lang,
        title: say(lang, "Pointage", "Punch clock").into(),
        person: Some(marc(lang)),
        tabs: tabs.into(),
        ..Phone::default()
    };
    phone.page(&html! {
        (offline_strip(say(lang, "Hors ligne.", "Offline."), say(lang, "Un pointage attend sur ce téléphone.", "One punch waits on this phone.")))
        (phone_card(&at_work(lang)))
        div.stack {
            (Button::new(say(lang, "Pointer la sortie", "Clock out")).primary().big().icon(Icon::LogOut).busy(say(lang, "Envoi…", "Sending…")))
            (Button::new(say(lang, "Commencer une pause", "Start a break")).big().icon(Icon::Coffee))
        }
        (phone_card(&today(lang)))
    })
}

fn at_work(lang: Lang) -> Markup {
    html! {
        div.between {
            (state_chip(lang, &State::Done(say(lang, "Au travail depuis 13\u{202f}h\u{202f}31", "At work since 13:31").into())))
            span.small.muted { (say(lang, "mer. 18 nov.", "Wed 18 Nov")) }
        }
        (running_clock(lang, jiff::civil::time(14, 7, 42, 0)))
        (day_line(&data::day(lang)))
        div.between {
            span.small.soft { (say(lang, "Aujourd’hui ", "Today ")) b.strong { "4\u{202f}h\u{202f}35" } (say(lang, " sur 7\u{202f}h", " of 7 h")) }
            span.small.soft { (say(lang, "Fin à 16\u{202f}h\u{202f}32", "Ends at 16:32")) }
        }
    }
}

fn today(lang: Lang) -> Markup {
    let received = || state_chip(lang, &State::Done(say(lang, "Reçu", "Received").into()));
    let line = |time, fr, en, state| Punch { time, text: say(lang, fr, en).into(), state };
    let at = |hour, minute| crate::ui::format::time(lang, jiff::civil::time(hour, minute, 0, 0));
    html! {
        div.between { h2 { (say(lang, "Pointages du jour", "Today’s punches")) } a.small href="/fix" { (say(lang, "Signaler une erreur", "Report a mistake")) } }
        (punches(&[
            line(at(8, 2), "Entrée, borne atelier 1", "In, terminal workshop 1", received()),
            line(at(12, 1), "Sortie, borne atelier 1", "Out, terminal workshop 1", received()),
            line(at(13, 31), "Entrée, ce téléphone", "In, this phone", state_chip(lang, &State::ToSend)),
        ]))
    }
}

pub(super) fn security(lang: Lang) -> Markup {
    let mut frame = shell(lang, say(lang, "Sécurité", "Security"), "");
    frame.crumbs = vec![Crumb { label: say(lang, "Réglages", "Settings").into(), href: None }];
    frame.actions = saved(lang);
    let menu = [
        ("Profil", "Profile", Icon::User),
        ("Sécurité", "Security", Icon::ShieldCheck),
        ("Délégations", "Delegations", Icon::Users),
    ];
    let menu = menu.map(|(fr, en, shown)| {
        MenuItem::new(say(lang, fr, en), "/settings", shown).current(shown == Icon::ShieldCheck)
    });
    frame.page(settings(lang, &menu, &html! {
        div { h1 { (say(lang, "Sécurité", "Security")) } p.soft { (say(lang, "Comment vous entrez, et d’où.", "How you enter, and from where.")) } }
        (means(lang)) (sessions(lang))
    }))
}

fn means(lang: Lang) -> Markup {
    let item = |icon, fr, en, note: Markup, actions: Markup| ListItem {
        icon,
        title: say(lang, fr, en).into(),
        note,
        actions,
    };
    let list = [
        item(
            Icon::KeyRound,
            "Mot de passe",
            "Password",
            html! { (say(lang, "Changé il y a 4 mois", "Changed 4 months ago")) },
            html! { (Button::link(say(lang, "Changer", "Change"), "#").small()) },
        ),
        item(
            Icon::Timer,
            "Code à usage unique",
            "One-time code",
            html! { (say(lang, "Application d’authentification", "Authenticator app")) },
            html! {
                (chip(Tone::Ok, Icon::CircleCheck, say(lang, "Actif", "On"))) (Button::link(say(lang, "Gérer", "Manage"), "#").small())
            },
        ),
        item(
            Icon::ListChecks,
            "Codes de secours",
            "Recovery codes",
            warning(say(lang, "Il en reste 2 sur 10", "2 of 10 left")),
            html! {
                (Button::new(say(lang, "En créer dix nouveaux", "Make ten new ones")).small())
                (Button::new(say(lang, "Retirer…", "Remove…")).quiet_danger().small())
            },
        ),
    ];
    Card::new(say(lang, "Moyens d’entrer", "Ways to enter")).flush(item_list(&list)).render()
}

fn sessions(lang: Lang) -> Markup {
    let device = |shown, name: &str| html! { span.row { (icon(shown)) b.strong { (name) } } };
    let close = || html! { (Button::new(say(lang, "Fermer", "Close")).quiet().small()) };
    let columns = vec![
        Column::new(say(lang, "Appareil", "Device")),
        Column::new(say(lang, "Lieu et adresse", "Place and address")).soft(),
        Column::new(say(lang, "Dernière activité", "Last seen")).soft(),
        Column::unnamed(say(lang, "Actions", "Actions")).right(),
    ];
    let here = chip(Tone::Accent, Icon::CircleDot, say(lang, "Cette session", "This session"));
    Table::new(lang, say(lang, "Sessions ouvertes", "Open sessions"), columns)
        .title(say(lang, "Sessions ouvertes", "Open sessions"))
        .count("3")
        .controls(html! { (Button::new(say(lang, "Fermer les deux autres", "Close the other two")).small().danger().icon(Icon::LogOut)) })
        .rows([
            Row::new([device(Icon::Laptop, "Firefox, Windows"), html! { "Concarneau, 192.0.2.7" }, here, html! {}]),
            Row::new([device(Icon::Smartphone, "Archipel Terrain, Android"), html! { "Lorient, 192.0.2.22" }, html! { (say(lang, "il y a 41\u{202f}min", "41 min ago")) }, close()]),
            Row::new([device(Icon::Monitor, "Chrome, Linux"), warning(say(lang, "Rennes, lieu nouveau", "Rennes, a new place")), html! { (say(lang, "hier à 21\u{202f}h\u{202f}47", "yesterday at 21:47")) }, close()]),
        ])
        .foot(html! { span.row { (icon(Icon::History)) (say(lang, "Dernier échec\u{a0}: 14 novembre à 6\u{202f}h\u{202f}02, mot de passe erroné.", "Last failure: 14 November at 6:02, wrong password.")) } })
        .render()
}

pub(super) fn sign_in(lang: Lang) -> Markup {
    let names = [
        ("inventory", 4_812_077),
        ("transaction", 3_961_540),
        ("payment", 2_204_118),
        ("heures", 1_048_213),
        ("chat", 204_771),
        ("badges", 88_140),
    ];
    let page = SignIn {
        lang,
        title: say(lang, "Connexion", "Sign in").into(),
        other_language: "?lang=other".into(),
        accessibility: Some("/accessibility".into()),
        islands: names.map(|(name, position)| (name.to_owned(), position)).into(),
        ..SignIn::default()
    };
    let address =
        Field::new(lang, "email", say(lang, "Adresse électronique", "Email address"), FieldKind::Email);
    let password = Field::new(lang, "password", say(lang, "Mot de passe", "Password"), FieldKind::Password);
    page.page(&html! {
        div { h1.form-title { (say(lang, "Bonjour", "Hello")) } p.soft { (say(lang, "Connectez-vous à Ateliers Kervella.", "Sign in to Ateliers Kervella.")) } }
        form method="post" action="/login" novalidate {
            (address.value("lea@archipel.test").autocomplete("username"))
            (password.value("archipel").autocomplete("current-password").aside(html! { a.small href="/forgotten" { (say(lang, "Oublié\u{202f}?", "Forgotten?")) } }))
            (Button::new(say(lang, "Se connecter", "Sign in")).primary().busy(say(lang, "Connexion…", "Signing in…")))
        }
    })
}

pub(super) fn lost(lang: Lang) -> Markup {
    let page = shell(lang, say(lang, "Introuvable", "Not found"), "");
    page.page(blocks(not_found(lang, "/")))
}

pub(super) fn failed(lang: Lang) -> Markup {
    let error = kernel::Error::unavailable("the operator's text");
    bare_page(lang, say(lang, "Indisponible", "Away"), &failure(lang, &error, Some("01JD2M8W4K"), Some("/")))
}
