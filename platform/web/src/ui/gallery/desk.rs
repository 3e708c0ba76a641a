//! The sample's home page and inbox.

use super::{data, moment, now, shell, zone};
use crate::ui::format;
use crate::ui::{
    Button, Card, Choice, Column, Freshness, Icon, Inbox, InboxRow, Kpi, OpenRequest, Row, State, Step,
    StepState, Table, Tone, Width, blocks, chart_card, columns, decision_bar, definitions, due_cell,
    due_chip, fact_strip, head, inbox, key_hints, kpis, live, person, person_with, rail_note, request_head,
    scale, segmented, state_chip, subject, timeline, why,
};
use crate::ui::{capital, say};
use kernel::Lang;
use maud::{Markup, Render, html};

/// Who asks, what, in which context, due when.
type Asked = (&'static str, &'static str, &'static str, &'static str, &'static str);

const ASKED: [Asked; 6] = [
    (
        "Léa Morvan",
        "Heures supplémentaires du samedi 7",
        "Overtime of Saturday 7",
        "Heures · 2\u{202f}h\u{202f}30",
        "16T18:00",
    ),
    (
        "Erwan Guéguen",
        "Congés payés, 21 au 31 décembre",
        "Leave, 21 to 31 December",
        "Demandes · 8 jours",
        "17T18:00",
    ),
    (
        "Théo Riou",
        "Oubli de pointage, sortie du 17",
        "Forgotten punch, out on 17",
        "Heures · entrée à 8\u{202f}h\u{202f}02",
        "18T18:00",
    ),
    (
        "Inès Cadiou",
        "Badge perdu, accès atelier 2",
        "Lost badge, workshop 2",
        "Badges · révoqué ce matin",
        "18T18:00",
    ),
    (
        "Yann Prigent",
        "Clé dynamométrique 20–200 N·m",
        "Torque wrench 20–200 N·m",
        "Demandes · 184,90\u{202f}€",
        "20T18:00",
    ),
    (
        "Anne Bihan",
        "Télétravail, jeudis de décembre",
        "Remote work, Thursdays of December",
        "Demandes · 4 jours",
        "23T18:00",
    ),
];

pub(super) fn home(lang: Lang) -> Markup {
    let mut frame = shell(lang, say(lang, "Accueil", "Home"), "/");
    frame.fresh = Some(Freshness::UpToDate { position: 48_213, at: now().plus_seconds(-1), now: now() });
    frame.actions = html! { (Button::link(say(lang, "Nouvelle demande", "New request"), "/requests/new").small().icon(Icon::Plus)) };
    let today = format::local(now(), &zone()).date();
    let sentence = format!(
        "{}, {}. {}",
        capital(&format::date_long(lang, today)),
        format::week(lang, today),
        say(lang, "Deux décisions sont en retard.", "Two decisions are late.")
    );
    let period = [
        (say(lang, "Jour", "Day"), false),
        (say(lang, "Semaine", "Week"), true),
        (say(lang, "Mois", "Month"), false),
    ]
    .map(|(label, on)| Choice::new(label, "?period", on));
    let content = html! {
        (head(say(lang, "Bonjour Marc", "Good afternoon Marc"), &html! { (sentence) }, &segmented(say(lang, "Période", "Period"), &period)))
        (figures(lang))
        (columns(&to_do(lang), &html! {
            (chart_card(lang, say(lang, "Heures par semaine", "Hours per week"), &data::hours(lang), "/hours/table"))
            (away(lang))
        }))
    };
    frame.page(blocks(live("home", "/live", &content)))
}

fn figures(lang: Lang) -> Markup {
    let list = [
        Kpi::new(say(lang, "Décisions à prendre", "Decisions to take"), "7")
            .href("/inbox")
            .unit(say(lang, "dont 2 en retard", "2 late"))
            .delta(
                Tone::Bad,
                Some(Icon::ArrowUp),
                format::signed(lang, 2),
                say(lang, "par rapport à la semaine 46", "against week 46"),
            )
            .spark(vec![4.0, 5.0, 3.0, 6.0, 5.0, 7.0, 6.0, 5.0, 4.0, 6.0, 6.0, 8.0], None),
        Kpi::new(
            say(lang, "Heures travaillées, équipe", "Hours worked, team"),
            format::duration(lang, 11_190),
        )
        .href("/hours")
        .unit(say(lang, "sur 350\u{202f}h", "of 350 h"))
        .delta(
            Tone::Ok,
            Some(Icon::Check),
            say(lang, "Conforme", "As planned"),
            say(lang, "au prévu à ce jour (186\u{202f}h)", "to this day (186 h)"),
        )
        .spark(
            vec![337.0, 350.0, 345.0, 351.0, 348.0, 360.0, 339.0, 343.0, 351.0, 349.0, 346.0, 352.0],
            Some(349.0),
        ),
        Kpi::new(say(lang, "Délai moyen de décision", "Mean time to decide"), format::decimal(lang, 1.4, 1))
            .href("/inbox?done")
            .unit(say(lang, "jour, cible 2", "days, target 2"))
            .delta(
                Tone::Ok,
                Some(Icon::ArrowDown),
                format!("{} {}", format::signed_decimal(lang, -0.3, 1), say(lang, "jour", "day")),
                say(lang, "en un mois", "in a month"),
            )
            .spark(vec![2.6, 2.4, 2.5, 2.1, 2.2, 1.9, 2.0, 1.8, 1.7, 1.7, 1.5, 1.4], Some(2.0)),
        Kpi::new(say(lang, "Pointages à corriger", "Punches to correct"), "3")
            .href("/hours/fix")
            .unit(say(lang, "sur 214", "of 214"))
            .delta(
                Tone::Warn,
                Some(Icon::TriangleAlert),
                say(lang, "Clôture de paie", "Payroll closes"),
                say(lang, "vendredi à 12\u{202f}h", "Friday at 12:00"),
            )
            .spark(vec![8.0, 6.0, 7.0, 4.0, 5.0, 5.0, 3.0, 4.0, 6.0, 4.0, 3.0, 5.0], None),
    ];
    kpis(lang, say(lang, "Indicateurs", "Figures"), &list)
}

fn to_do(lang: Lang) -> Markup {
    let columns = vec![
        Column::new(say(lang, "Objet", "Subject")),
        Column::new(say(lang, "Demandeur", "From")).optional().width(Width::Medium),
        Column::new(say(lang, "Échéance", "Due")).right().width(Width::Long),
    ];
    let row = |(who, fr, en, context, due): &Asked| {
        let due = format::due(lang, moment(due), now(), &zone());
        let icon = if context.starts_with("Heures") { Icon::Clock } else { Icon::FileText };
        Row::new([
            subject(Some(icon), say(lang, fr, en), "/inbox/1", context),
            person(who, who),
            due_cell(&due),
        ])
    };
    let parts = [
        (say(lang, "Tout", "All"), "", true),
        (say(lang, "En retard", "Late"), "2", false),
        (say(lang, "Aujourd’hui", "Today"), "2", false),
    ]
    .map(|(label, count, on)| Choice::new(label, "?late", on).count(count));
    Table::new(lang, say(lang, "À traiter", "To do"), columns)
        .title(say(lang, "À traiter", "To do"))
        .count("11")
        .controls(segmented(say(lang, "Échéance", "Due"), &parts))
        .rows(ASKED.iter().map(row))
        .foot(html! { a href="/inbox" { (say(lang, "Voir les 11 éléments", "See all 11")) } })
        .render()
}

fn away(lang: Lang) -> Markup {
    let line = |id: &str, name: &str, what: &str, when: &str| html! { li.row { (person_with(id, name, what)) span.small.soft.nowrap { (when) } } };
    Card::new(say(lang, "Absents cette semaine", "Away this week"))
        .body(html! {
            ul.stack {
                (line("gl", "Gwenaël Le Roux", say(lang, "Formation Volvo Penta, Brest", "Volvo Penta course, Brest"), say(lang, "lun.–mer.", "Mon–Wed")))
                (line("Erwan Guéguen", "Erwan Guéguen", say(lang, "Congés payés", "Leave"), say(lang, "vendredi", "Friday")))
            }
        })
        .render()
}

pub(super) fn inbox_page(lang: Lang) -> Markup {
    let mut frame = shell(lang, say(lang, "Boîte de réception", "Inbox"), "/inbox");
    frame.count = Some("7".into());
    frame.actions = key_hints(&[
        ("J K", say(lang, "parcourir", "move")),
        ("A", say(lang, "approuver", "approve")),
        ("R", say(lang, "refuser", "refuse")),
    ]);
    let row = |(nth, (who, fr, en, _, due)): (usize, &Asked)| InboxRow {
        href: format!("/inbox/{nth}"),
        person_id: (*who).into(),
        person: (*who).into(),
        when: format::when(
            lang,
            moment(["10T08:14", "12T10:00", "17T17:00", "18T09:14", "17T11:00", "16T08:00"][nth]),
            now(),
            &zone(),
        ),
        subject: say(lang, fr, en).into(),
        chip: due_chip(&format::due(lang, moment(due), now(), &zone())),
        open: nth == 0,
        unread: nth == 3,
    };
    frame.page(inbox(
        lang,
        &Inbox {
            filters: vec![
                Choice::new(say(lang, "À décider", "To decide"), "/inbox", true).count("7"),
                Choice::new(say(lang, "Suivies", "Followed"), "/inbox?followed", false),
                Choice::new(say(lang, "Terminées", "Done"), "/inbox?done", false),
            ],
            rows: ASKED.iter().enumerate().map(row).collect(),
            request: Some(OpenRequest { body: request(lang), rail: rail(lang), decide: decide(lang) }),
            back: "/inbox".into(),
            ..Inbox::default()
        },
    ))
}

fn request(lang: Lang) -> Markup {
    let day = format::local(moment("07T09:00"), &zone()).date();
    let pairs = [
        (
            say(lang, "Jour travaillé", "Day worked").to_owned(),
            html! { (capital(&format::date_long(lang, day))) },
        ),
        (
            say(lang, "Motif", "Reason").to_owned(),
            html! { (say(lang, "Panne de pilote automatique sur le ", "Autopilot failure on the ")) i { "Men Du" } (say(lang, ", départ de course dimanche. Intervention demandée par la capitainerie de Concarneau.", ", race on Sunday. Asked for by the harbour office of Concarneau.")) },
        ),
        (
            say(lang, "Compensation", "Compensation").to_owned(),
            html! { (say(lang, "Repos de remplacement, soit 3\u{202f}h\u{202f}07", "Time off in lieu, 3 h 07")) },
        ),
    ];
    html! {
        (request_head(
            &state_chip(lang, &State::AwaitsYou),
            "HS-2026-0412",
            say(lang, "Heures supplémentaires du 7 novembre", "Overtime of 7 November"),
            ("Léa Morvan", "Léa Morvan"),
            say(lang, "Léa Morvan, atelier moteurs, déposée mardi 10 à 8\u{202f}h\u{202f}14", "Léa Morvan, engine workshop, sent on Tuesday 10 at 8:14"),
        ))
        (fact_strip(&data::strip(lang)))
        (definitions(&pairs))
        (why(say(lang, "Pourquoi ce montant\u{202f}?", "Why this amount?"), true, &html! {
            (scale(&data::overtime(lang)))
            p.small.soft { (say(lang, "La semaine 45 compte 36\u{202f}h avant cette demande. Les 2\u{202f}h\u{202f}30 tombent entre la ", "Week 45 has 36 h before this request. The 2 h 30 fall between the "))
                (format::ordinal(lang, 36)) " " (say(lang, "et la", "and the")) " " (format::ordinal(lang, 43)) " " (say(lang, "heure\u{a0}: majoration de 25\u{202f}%.", "hour: 25% more.")) }
        }))
    }
}

fn rail(lang: Lang) -> Markup {
    let time = |text: &str| (format::datetime_short(lang, moment(text), &zone()), moment(text).to_string());
    let (sent, said) = (time("10T08:14"), time("10T08:20"));
    let steps = [
        Step::new(StepState::Done, say(lang, "Déposée", "Sent")).text("Léa Morvan").time(sent.0, sent.1),
        Step::new(StepState::Comment, say(lang, "Commentaire", "Comment"))
            .text(crate::ui::quoted(
                lang,
                say(lang, "Le bon signé est joint.", "The signed form is attached."),
            ))
            .time(said.0, said.1),
        Step::new(StepState::Now, say(lang, "Votre décision", "Your decision"))
            .text(say(lang, "Marc Le Goff, responsable", "Marc Le Goff, manager"))
            .chip(due_chip(&format::due(lang, moment("16T18:00"), now(), &zone()))),
        Step::new(StepState::ToCome, say(lang, "Ressources humaines", "Human resources")).text(say(
            lang,
            "Nadia Benali, 5 jours ouvrés",
            "Nadia Benali, 5 working days",
        )),
        Step::new(StepState::ToCome, say(lang, "Validée", "Approved")).text(say(
            lang,
            "Comptée dans la paie de novembre",
            "Counted in November’s pay",
        )),
    ];
    html! {
        h2 { (say(lang, "Suivi", "Follow-up")) }
        (timeline(&steps))
        (rail_note(
            say(lang, "Pourquoi vous\u{202f}?", "Why you?"),
            say(lang, "Vous êtes responsable de l’équipe Atelier moteurs. Sans décision, la demande passe à Hélène Stéphan jeudi à 9\u{202f}h.", "You manage the engine workshop. Without a decision the request passes to Hélène Stéphan on Thursday at 9:00."),
        ))
    }
}

fn decide(lang: Lang) -> Markup {
    let busy = say(lang, "Envoi…", "Sending…");
    decision_bar(
        &[
            Button::new(say(lang, "Approuver", "Approve")).primary().icon(Icon::Check).key('a').busy(busy),
            Button::link(say(lang, "Refuser…", "Refuse…"), "/inbox/1/refuse").danger().icon(Icon::X).key('r'),
            Button::new(say(lang, "Renvoyer à Léa", "Send back to Léa")).quiet().icon(Icon::Undo2),
            Button::new(say(lang, "Commenter", "Comment")).quiet().icon(Icon::MessageSquare),
        ],
        &[],
    )
}
