//! The gallery's messages, figures, charts, facts, progress and tables.

use crate::ui::format::{integer, money};
use crate::ui::{
    Bar, BarChart, Column, DayLine, Dome, Fact, Filter, Icon, Kpi, Progress, Row, Scale, Sort, Step,
    StepState, Table, Tone, bar_chart, code_block, danger_line, database_cell, day_bars, day_line,
    definitions, empty, fact_strip, histogram, kpis, kpis_loading, message, meter, mono, part_away,
    progress_list, reader, scale, skeleton_rows, subject, timeline, warning, why,
};
use crate::ui::{Button, say};
use kernel::Lang;
use maud::{Markup, Render, html};

pub(super) fn messages(lang: Lang) -> Markup {
    let none = html! {};
    html! {
        div.stack {
            (message(Tone::Info, say(lang, "La version 4 de ce formulaire commence lundi", "Version 4 of this form starts Monday"), &html! { (say(lang, "Votre brouillon garde la version 3.", "Your draft keeps version 3.")) }, &none))
            (message(Tone::Ok, say(lang, "Demande envoyée à Marc Le Goff", "Request sent to Marc Le Goff"), &none, &none))
            (message(Tone::Warn, say(lang, "La paie se clôt vendredi à 12\u{202f}h", "Payroll closes Friday at 12:00"), &html! { (say(lang, "3 pointages restent à corriger.", "3 punches still need a correction.")) }, &html! { (Button::link(say(lang, "Corriger", "Correct"), "#").small()) }))
            (part_away(lang, say(lang, "Le stock ne répond pas", "Stock does not answer"), say(lang, "Votre panier est gardé.", "Your cart is kept."), "#"))
        }
    }
}

pub(super) fn empty_states(lang: Lang) -> Markup {
    html! {
        (empty(
            say(lang, "Rien à décider", "Nothing to decide"),
            say(lang, "Les demandes de votre équipe arriveront ici.", "Your team’s requests arrive here."),
            &html! { (Button::link(say(lang, "Voir les demandes décidées", "See decided requests"), "#").small()) },
        ))
        (skeleton_rows(lang, 2))
    }
}

pub(super) fn figures(lang: Lang) -> Markup {
    let points = vec![4.0, 5.0, 3.0, 6.0, 5.0, 7.0, 6.0, 5.0, 4.0, 6.0, 6.0, 8.0];
    let list = [
        Kpi::new(say(lang, "Décisions à prendre", "Decisions to take"), "7")
            .unit(say(lang, "dont 2 en retard", "2 late"))
            .delta(
                Tone::Bad,
                Some(Icon::ArrowUp),
                "+\u{202f}2",
                say(lang, "sur la semaine 46", "against week 46"),
            )
            .spark(points.clone(), Some(5.0))
            .href("#"),
        Kpi::new(say(lang, "Ancien, et dit", "Stale, and said"), "64")
            .unit(say(lang, "commandes", "orders"))
            .spark(points, None)
            .href("#")
            .stale(say(lang, "13\u{202f}h\u{202f}41", "13:41")),
    ];
    let second = [
        Kpi::new(say(lang, "Source muette", "Source away"), "").away("inventory", "#"),
        Kpi::new(say(lang, "Absences", "Absences"), "").hidden(5),
    ];
    let third = [
        Kpi::new(say(lang, "Ouvertes", "Open now"), "212")
            .dome(Dome::Active)
            .unit(say(lang, "sur 1\u{202f}284", "of 1,284"))
            .delta(Tone::Neutral, None, "", say(lang, "1\u{202f}068 froides", "1,068 cold"))
            .meter(say(lang, "17\u{202f}% ouvertes", "17% open"), 0.165, Tone::Neutral),
        Kpi::new(say(lang, "Disque", "Disk"), say(lang, "96\u{202f}%", "96%")).meter("96", 0.96, Tone::Bad),
    ];
    html! {
        div.stack {
            (kpis(lang, "1", &list)) (kpis(lang, "2", &second)) (kpis(lang, "3", &third))
            (kpis_loading(lang, "4", 2))
        }
    }
}

/// The hours of the team, weeks 40 to 47: worked within the plan, and above it.
pub(super) fn hours(lang: Lang) -> BarChart {
    let weeks = [
        (40, 338, 16),
        (41, 336, 11),
        (42, 339, 21),
        (43, 343, 12),
        (44, 336, 12),
        (45, 341, 18),
        (46, 334, 24),
        (47, 186, 9),
    ];
    let bar = |(week, worked, over): (u8, i32, i32)| Bar {
        label: week.to_string(),
        value: f64::from(worked),
        extra: f64::from(over),
        plan: Some(350.0),
        title: match lang {
            Lang::Fr => {
                format!("Semaine {week}\u{a0}: {worked}\u{202f}h, dont {over}\u{202f}h supplémentaires")
            }
            Lang::En => format!("Week {week}: {worked} h, {over} h of them overtime"),
        },
        running: week == 47,
        caption: String::new(),
    };
    let names = [
        say(lang, "Travaillé", "Worked"),
        say(lang, "Supplémentaire", "Overtime"),
        say(lang, "Prévu", "Planned"),
    ];
    BarChart {
        label: say(
            lang,
            "Heures de l’équipe\u{a0}: au prévu depuis huit semaines",
            "Hours of the team: as planned for eight weeks",
        )
        .into(),
        bars: weeks.into_iter().map(bar).collect(),
        legend: Some(names.map(str::to_owned)),
    }
}

/// The days of one person's week.
pub(super) fn week(lang: Lang) -> BarChart {
    let days = [
        ("lun.", "Mon", 450),
        ("mar.", "Tue", 420),
        ("mer.", "Wed", 435),
        ("jeu.", "Thu", 435),
        ("ven.", "Fri", 420),
        ("sam.", "Sat", 0),
    ];
    let bar = |(fr, en, minutes): (&'static str, &'static str, i32)| Bar {
        label: say(lang, fr, en).into(),
        value: f64::from(minutes),
        caption: if minutes == 0 {
            "?".into()
        } else {
            crate::ui::format::duration(lang, i64::from(minutes))
        },
        title: say(lang, fr, en).into(),
        running: minutes == 0,
        ..Bar::default()
    };
    let label = say(lang, "36\u{202f}h pointées en semaine 45", "36 h punched in week 45").into();
    BarChart { label, bars: days.into_iter().map(bar).collect(), legend: None }
}

/// Where two and a half hours of overtime fall.
pub(super) fn overtime(lang: Lang) -> Scale {
    let hours = |n: u8| format!("{n}\u{202f}h");
    Scale {
        label: say(
            lang,
            "36\u{202f}h avant la demande, 38\u{202f}h\u{202f}30 après\u{a0}; majoration de 25\u{202f}%",
            "36 h before the request, 38 h 30 after; 25% more pay",
        )
        .into(),
        from_to: (30.0, 50.0),
        before: 36.0,
        added: (2.5, "2\u{202f}h\u{202f}30".into()),
        ticks: vec![(35.0, hours(35)), (43.0, hours(43)), (48.0, hours(48))],
        zones: vec![
            (35.0, 43.0, crate::ui::format::signed_percent(lang, 25.0, 0), false),
            (43.0, 50.0, crate::ui::format::signed_percent(lang, 50.0, 0), true),
        ],
    }
}

pub(super) fn day(lang: Lang) -> DayLine {
    DayLine {
        label: say(
            lang,
            "Présent de 8\u{202f}h\u{202f}02 à 12\u{202f}h\u{202f}01 et depuis 13\u{202f}h\u{202f}31",
            "Present from 8:02 to 12:01 and since 13:31",
        )
        .into(),
        from_to: (480, 1050),
        spans: vec![(482, Some(721)), (811, None)],
        now: Some(847),
        ticks: [(480, 8), (720, 12), (840, 14), (1020, 17)]
            .map(|(minute, hour)| (minute, format!("{hour}\u{202f}h")))
            .to_vec(),
    }
}

pub(super) fn charts(lang: Lang) -> Markup {
    html! {
        div.stack.wide {
            (bar_chart(lang, &hours(lang))) (day_bars(&week(lang))) (scale(&overtime(lang))) (day_line(&day(lang)))
            div.row.wrap {
                (histogram(say(lang, "17 échecs, tous depuis 13\u{202f}h", "17 failures, all since 13:00"), &[0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 9, 0], 5))
                (reader(Tone::Ok, 1.0, say(lang, "En direct", "Live")))
                (reader(Tone::Warn, 0.4, say(lang, "1\u{202f}240 événements, 3,1\u{202f}s", "1,240 events, 3.1 s")))
                (reader(Tone::Bad, 0.2, say(lang, "Arrêté à 41\u{202f}880", "Stopped at 41,880")))
            }
            (meter("64", 0.64, Tone::Neutral)) (meter("91", 0.91, Tone::Warn))
        }
    }
}

pub(super) fn facts(lang: Lang) -> Markup {
    let pairs = [
        (
            say(lang, "Motif", "Reason").to_owned(),
            html! { (say(lang, "Panne de pilote automatique sur le ", "Autopilot failure on the ")) i { "Men Du" } },
        ),
        (say(lang, "Flux", "Stream").to_owned(), mono("order/CW-2026-1187")),
        (
            say(lang, "Lieu", "Place").to_owned(),
            warning(say(lang, "Rennes, lieu nouveau", "Rennes, a new place")),
        ),
    ];
    html! {
        div.stack.wide {
            (fact_strip(&strip(lang))) (definitions(&pairs))
            (why(say(lang, "Pourquoi ce montant\u{202f}?", "Why this amount?"), true, &scale(&overtime(lang))))
            (why(say(lang, "Pourquoi vous\u{202f}?", "Why you?"), false, &html! {}))
            (code_block("{\n  \"event\": \"payment.processed\",\n  \"version\": 1\n}"))
        }
    }
}

pub(super) fn strip(lang: Lang) -> [Fact; 4] {
    [
        Fact::new(say(lang, "Durée", "Duration"), "2\u{202f}h\u{202f}30"),
        Fact::new(say(lang, "Semaine 45", "Week 45"), "38\u{202f}h\u{202f}30"),
        Fact::new(say(lang, "Majoration", "Premium"), crate::ui::format::signed_percent(lang, 25.0, 0)),
        Fact::new(say(lang, "Contingent annuel", "Yearly quota"), "64\u{202f}h")
            .of(say(lang, "sur 220", "of 220")),
    ]
}

pub(super) fn progress(lang: Lang) -> Markup {
    let steps = [
        Step::new(StepState::Done, say(lang, "Déposée", "Sent")).text("Léa Morvan"),
        Step::new(
            StepState::Escalated,
            say(lang, "Transmise à Hélène Stéphan", "Passed on to Hélène Stéphan"),
        ),
        Step::new(StepState::Undone, say(lang, "Remboursée", "Refunded")),
        Step::new(StepState::Refused, say(lang, "Refusée", "Refused"))
            .text(crate::ui::quoted(lang, say(lang, "Le bon n’est pas signé.", "The form is not signed."))),
        Step::new(StepState::Now, say(lang, "Votre décision", "Your decision")),
        Step::new(StepState::ToCome, say(lang, "Validée", "Approved")),
    ];
    let item = |title: &str, note: &str, share, state| Progress {
        title: title.into(),
        note: note.into(),
        share,
        state,
    };
    let items = [
        item("heures", say(lang, "Copiée à 78\u{202f}%", "Copied 78%"), Some(0.78), StepState::Now),
        item("badges", say(lang, "Migrée de 11 à 12", "Migrated 11 to 12"), None, StepState::Done),
        item("demandes", say(lang, "Attend son tour", "Waits its turn"), None, StepState::ToCome),
    ];
    html! { div.stack.wide { (timeline(&steps)) (progress_list(&items)) } }
}

pub(super) fn table(lang: Lang) -> Markup {
    let columns = vec![
        Column::new(say(lang, "Demande", "Request")).sort(Sort::None, "#"),
        Column::new(say(lang, "Échéance", "Due")).sort(Sort::Ascending, "#"),
        Column::new(say(lang, "Montant", "Amount")).number(),
    ];
    let row = |title, cents| {
        Row::new([
            subject(Some(Icon::FileText), title, "#", say(lang, "Demandes · outillage", "Requests · tools")),
            html! { span.soft { "20/11/2026" } },
            html! { (money(lang, cents)) },
        ])
    };
    let bad = Row::new([
        database_cell(Dome::Quarantined, "chat", "#", "Voile Rade"),
        html! { (integer(lang, 41_902)) },
        html! { "–" },
    ]);
    let sentence = say(
        lang,
        "L’empreinte à la position 41\u{202f}881 ne suit pas la chaîne.",
        "The hash at position 41,881 does not match the chain.",
    );
    Table::new(lang, say(lang, "Demandes", "Requests"), columns)
        .filters(vec![
            Filter::set(say(lang, "État", "State"), say(lang, "en retard", "late"), "#"),
            Filter::new(say(lang, "Module", "Module"), vec![]),
        ])
        .count(say(lang, "4 lignes", "4 rows"))
        .csv("#")
        .rows([
            row(say(lang, "Clé dynamométrique 20–200 N·m", "Torque wrench 20–200 N·m"), 18_490),
            row(say(lang, "Chaussures de sécurité, 42", "Safety shoes, 42"), 9_600).selected(true),
            bad.danger(danger_line(
                sentence,
                &[Button::link(say(lang, "Comparer à la sauvegarde", "Compare with backup"), "#").small()],
            )),
            row(say(lang, "Carburant, Concarneau", "Fuel, Concarneau"), 120_435),
        ])
        .pages(None, Some("#".into()))
        .render()
}

pub(super) fn empty_table(lang: Lang) -> Markup {
    let columns = vec![Column::new(say(lang, "Base", "Database"))];
    Table::new(lang, say(lang, "Bases", "Databases"), columns)
        .title(say(lang, "Bases", "Databases"))
        .filters(vec![Filter::set(say(lang, "État", "State"), say(lang, "froid", "cold"), "#")])
        .clear("#")
        .render()
}
