//! The sample's console: databases, and dead letters by cause.

use super::{console, now};
use crate::ui::format;
use crate::ui::say;
use crate::ui::{
    Button, CauseGroup, Choice, Column, Dome, Filter, Freshness, Icon, Kpi, Row, Sort, Table, Tone,
    action_menu, actions, blocks, cause_groups, chip, danger_line, database_cell, head, histogram, kpis,
    message, mono, reader, segmented,
};
use kernel::Lang;
use maud::{Markup, Render, html};

/// Name, tenant, host, state, log position, reader's tone, reader's share and words, size.
type Known = (&'static str, &'static str, &'static str, Dome, i64, Tone, f64, &'static str, u64);

const KNOWN: [Known; 6] = [
    (
        "inventory",
        "",
        "pg-1",
        Dome::Active,
        4_812_077,
        Tone::Warn,
        0.4,
        "1\u{202f}240, 3,1\u{202f}s",
        18_400_000_000,
    ),
    ("payment", "", "pg-2", Dome::Active, 2_204_118, Tone::Ok, 1.0, "", 6_900_000_000),
    ("heures", "Kervella", "pg-2", Dome::Moving, 1_048_213, Tone::Accent, 0.75, "78\u{202f}%", 2_100_000_000),
    ("badges", "Kervella", "node-a", Dome::Migrating, 88_140, Tone::Info, 0.6, "1,2\u{202f}s", 54_000_000),
    ("chat", "Voile Rade", "node-b", Dome::Quarantined, 41_902, Tone::Bad, 0.2, "41\u{202f}880", 22_000_000),
    ("demandes", "Kervella", "node-a", Dome::ReadOnly, 31_377, Tone::Ok, 1.0, "", 19_000_000),
];

pub(super) fn databases(lang: Lang) -> Markup {
    let mut frame = console(lang, say(lang, "Bases", "Databases"), "/console/databases");
    frame.crumbs = vec![crate::ui::Crumb { label: "Console".into(), href: None }];
    frame.fresh = Some(Freshness::UpToDate { position: 91_442, at: now().plus_seconds(-1), now: now() });
    frame.actions =
        html! { (Button::link(say(lang, "Nouvelle base", "New database"), "#").small().icon(Icon::Plus)) };
    let sentence = html! {
        (say(lang, "1\u{202f}284 îles sur 6 hôtes. Une a besoin de vous\u{a0}: ", "1,284 islands on 6 hosts. One needs you: "))
        a href="#chat" { "chat · Voile Rade" } (say(lang, " est en quarantaine.", " is in quarantine."))
    };
    frame.page(blocks(html! {
        (head(say(lang, "Bases", "Databases"), &sentence, &html! {}))
        (fleet(lang)) (list(lang))
    }))
}

fn fleet(lang: Lang) -> Markup {
    let of = |fr, en| say(lang, fr, en);
    kpis(
        lang,
        of("Flotte", "Fleet"),
        &[
            Kpi::new(of("Ouvertes", "Open now"), "212")
                .dome(Dome::Active)
                .unit(of("sur 1\u{202f}284", "of 1,284"))
                .delta(
                    Tone::Neutral,
                    None,
                    "",
                    of("1\u{202f}068 froides, ouvertes au besoin", "1,068 cold, opened on first use"),
                )
                .meter(of("17\u{202f}%", "17%"), 0.165, Tone::Neutral),
            Kpi::new(of("Connexions, PostgreSQL", "Connections, PostgreSQL"), "64")
                .unit(of("sur 100", "of 100"))
                .delta(
                    Tone::Ok,
                    Some(Icon::Check),
                    of("Dans le budget", "Within budget"),
                    of("au plus 81 ce jour", "peak 81 today"),
                )
                .meter(of("64\u{202f}%", "64%"), 0.64, Tone::Neutral),
            Kpi::new(of("Lecteur le plus lent", "Slowest reader"), format::integer(lang, 1240))
                .unit(of("événements", "events behind"))
                .delta(
                    Tone::Warn,
                    Some(Icon::ClockAlert),
                    "reporting",
                    of("suit inventory, 3,1\u{202f}s", "follows inventory, 3.1 s"),
                )
                .spark(vec![0.1, 0.0, 0.1, 0.0, 0.2, 0.3, 0.6, 1.6, 5.3, 13.7, 22.1, 28.0], None)
                .series(2),
            Kpi::new(of("Dernière sauvegarde", "Last backup"), "02:00")
                .unit(of("ce jour", "today"))
                .delta(
                    Tone::Ok,
                    Some(Icon::ShieldCheck),
                    of("Restaurée et vérifiée", "Restored and verified"),
                    of("à 02:41", "at 02:41"),
                )
                .spark(vec![2.0, 1.0, 2.0, 3.0, 2.0, 4.0, 3.0, 5.0, 4.0, 5.0, 6.0, 6.0], None),
        ],
    )
}

fn list(lang: Lang) -> Markup {
    let columns = vec![
        Column::new(say(lang, "Base", "Database")).nowrap().sort(Sort::None, "#"),
        Column::new(say(lang, "Hôte", "Host")).mono().nowrap().optional(),
        Column::new(say(lang, "État", "State")).nowrap(),
        Column::new(say(lang, "Position du journal", "Log position")).number().sort(Sort::Descending, "#"),
        Column::new(say(lang, "Lecteur le plus lent", "Slowest reader")).nowrap().optional(),
        Column::new(say(lang, "Taille", "Size")).number().soft(),
        Column::unnamed(say(lang, "Actions", "Actions")).right(),
    ];
    Table::new(lang, say(lang, "Bases", "Databases"), columns)
        .filters(vec![
            Filter::set(say(lang, "État", "State"), say(lang, "tous sauf froide", "any but cold"), "#"),
            Filter::new(say(lang, "Module", "Module"), vec![]),
            Filter::new(say(lang, "Hôte", "Host"), vec![]),
        ])
        .count(say(lang, "216 lignes", "216 rows"))
        .csv("#")
        .rows(KNOWN.iter().map(|known| row(lang, known)))
        .pages(None, Some("#".into()))
        .render()
}

fn row(lang: Lang, (name, tenant, host, state, position, tone, share, words, size): &Known) -> Row {
    let words = if words.is_empty() { say(lang, "En direct", "Live") } else { words };
    let menu = [
        html! { a.nav href="#" { (say(lang, "Vérifier", "Verify")) } },
        html! { a.nav href="#" { (say(lang, "Déplacer…", "Move…")) } },
    ];
    let row = Row::new([
        database_cell(*state, name, "#", tenant),
        html! { (host) },
        html! { (state.word(lang)) },
        html! { (format::integer(lang, *position)) },
        reader(*tone, *share, words),
        html! { (format::bytes(lang, *size)) },
        action_menu(&format!("{} {name}", say(lang, "Actions pour", "Actions for")), &menu),
    ])
    .id(*name);
    if *state != Dome::Quarantined {
        return row;
    }
    row.danger(danger_line(
        say(
            lang,
            "L’empreinte à la position 41\u{202f}881 ne suit pas la chaîne. Écritures arrêtées à 13:47:02.",
            "The hash at position 41,881 does not match the chain. Writes stopped at 13:47:02.",
        ),
        &[
            Button::link(say(lang, "Comparer à la sauvegarde", "Compare with backup"), "#").small(),
            Button::link(say(lang, "Restaurer à 41\u{202f}880…", "Restore to 41,880…"), "#").small(),
        ],
    ))
}

pub(super) fn dead_letters(lang: Lang) -> Markup {
    let mut frame = console(lang, say(lang, "Lettres mortes", "Dead letters"), "/console/dead");
    frame.fresh = Some(Freshness::Live(say(lang, "En direct, 14:06:12", "Live, 14:06:12").into()));
    let parts = [
        (say(lang, "En attente", "Waiting"), true),
        (say(lang, "Rejouées", "Replayed"), false),
        (say(lang, "Écartées", "Dropped"), false),
    ]
    .map(|(label, on)| Choice::new(label, "#", on));
    let sentence = say(
        lang,
        "23 événements attendent en 3 groupes. Seuls leurs flux sont retenus\u{a0}; le reste avance.",
        "23 events wait in 3 groups. Only their own streams are held back; every lane keeps moving.",
    );
    let group =
        |id: &str, cause: Markup, fr, en, consumer: &str, n: &str, counts: [u32; 12], series, open| {
            CauseGroup {
                id: id.into(),
                cause,
                context: say(lang, fr, en).into(),
                consumer: consumer.into(),
                streams: n.into(),
                histogram: histogram(say(lang, "24 dernières heures", "Last 24 hours"), &counts, series),
                events: n.into(),
                body: body(lang),
                open,
            }
        };
    let missing =
        html! { (say(lang, "Le champ ", "Field ")) (mono("store_id")) (say(lang, " manque", " is missing")) };
    let groups = [
        group(
            "g1",
            missing,
            "Contrat OrderFulfilled v1, vu de 13:21 à 13:58",
            "Contract OrderFulfilled v1, seen from 13:21 to 13:58",
            "reporting",
            "17",
            [0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 9, 0],
            5,
            true,
        ),
        group(
            "g2",
            html! { (say(lang, "Le serveur de courrier répond 421", "Mail server answers 421, try later")) },
            "Passager, nouvel essai dans 4\u{202f}min",
            "Transient, next try in 4 min",
            "notifications",
            "5",
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2],
            2,
            false,
        ),
        group(
            "g3",
            html! { (say(lang, "Charge de plus de 256\u{202f}ko", "Payload over 256 kB")) },
            "Définitif, depuis hier 17:12",
            "Permanent, since yesterday 17:12",
            "audit",
            "1",
            [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            6,
            false,
        ),
    ];
    frame.page(blocks(html! {
        (head(say(lang, "Lettres mortes", "Dead letters"), &html! { (sentence) }, &segmented(say(lang, "État", "State"), &parts)))
        (cause_groups(lang, &groups))
    }))
}

fn body(lang: Lang) -> Markup {
    let columns = vec![
        Column::new(say(lang, "Flux", "Stream")).nowrap(),
        Column::new(say(lang, "Position", "Position")).number(),
        Column::new(say(lang, "Essais", "Tries")).number().soft(),
        Column::new(say(lang, "Essai à blanc", "Dry run")),
    ];
    let would = || chip(Tone::Ok, Icon::CircleCheck, say(lang, "Passerait", "Would apply"));
    let fails = || chip(Tone::Bad, Icon::CircleX, say(lang, "Échouerait encore", "Would fail again"));
    let row = |stream: &str, position, tries: &str, dry| {
        Row::new([
            html! { a.t.mono href="#" { (stream) } },
            html! { (format::integer(lang, position)) },
            html! { (tries) },
            dry,
        ])
    };
    let text = say(
        lang,
        "Depuis 14:01 le champ est de retour et reporting sait lire l’ancienne forme\u{a0}: rejouer est sûr.",
        "Since 14:01 the field is back and reporting reads the old form: replaying is safe.",
    );
    html! {
        (message(Tone::Warn, say(lang, "Un changement de contrat a arrêté ce lecteur", "A change of contract broke this reader"), &html! { (text) }, &html! {}))
        (Table::new(lang, say(lang, "Flux retenus", "Streams held"), columns).bare().rows([
            row("order/CW-2026-1171", 417_702, "6", would()), row("order/CW-2026-1187", 417_761, "6", would()), row("order/CW-2026-1186", 417_958, "5", fails()),
        ]))
        (actions(
            &html! {
                (Button::new(say(lang, "Rejouer 5 flux dans l’ordre", "Replay 5 streams in order")).primary().icon(Icon::Play).busy(say(lang, "Rejeu…", "Replaying…")))
                (Button::link(say(lang, "Voir les effets", "Preview effects"), "#").icon(Icon::Eye))
            },
            &html! { (Button::link(say(lang, "Écarter avec un motif…", "Drop with a reason…"), "#").quiet_danger().icon(Icon::Trash2)) },
        ))
    }
}
