//! The gallery's fields, their errors, the second step, and the sample form.

use super::shell;
use crate::ui::{
    Answer, Button, Card, Confirm, Field, FieldKind, FormPage, Icon, Step, StepState, Tone, chip, confirm,
    day_bars, decision_bar, error_summary, field_row, form_page, timeline,
};
use crate::ui::{Crumb, say};
use kernel::Lang;
use maud::{Markup, html};

fn compensation(lang: Lang) -> Vec<Answer> {
    vec![
        Answer::new("rest", say(lang, "Repos de remplacement", "Time off in lieu")).consequence(say(
            lang,
            "1 heure à +\u{202f}25\u{202f}% donne 1\u{202f}h\u{202f}15",
            "1 hour at +25% gives 1 h 15",
        )),
        Answer::new("pay", say(lang, "Paiement", "Payment")).consequence(say(
            lang,
            "Sur la paie de novembre",
            "With November’s pay",
        )),
    ]
}

pub(super) fn fields(lang: Lang) -> Markup {
    let field = |key: &str, fr, en, kind| Field::new(lang, format!("g-{key}"), say(lang, fr, en), kind);
    let many: Vec<Answer> = ["Concarneau", "Lorient", "Brest"].map(|name| Answer::new(name, name)).into();
    html! {
        div.stack.wide {
            (field("text", "Objet", "Subject", FieldKind::Text).optional().hint(say(lang, "En quelques mots", "In a few words")))
            (field("money", "Montant", "Amount", FieldKind::Money).value("184,90"))
            (field("weight", "Masse", "Weight", FieldKind::Decimal).affix("kg").value("2,5"))
            (field("count", "Nombre", "Number", FieldKind::Integer).value("12"))
            (field("date", "Jour", "Day", FieldKind::Date).value("07/11/2026"))
            (field("at", "Rendez-vous", "Appointment", FieldKind::DateTime).value("18/11/2026 14:02"))
            (field("dur", "Durée", "Duration", FieldKind::Duration).value("2:30"))
            (Field::computed(lang, "g-sum", say(lang, "Total calculé", "Computed total"), "3\u{202f}h\u{202f}07"))
            (field("place", "Port", "Harbour", FieldKind::Select(many.clone())).value("Lorient"))
            (field("pay", "Compensation", "Compensation", FieldKind::Radios(compensation(lang))).value("rest"))
            (field("days", "Ports desservis", "Harbours served", FieldKind::Checks(many)).values(vec!["Brest".into()]))
            (field("follow", "Suivre cette demande", "Follow this request", FieldKind::Checkbox).value("true"))
            (field("why", "Motif", "Reason", FieldKind::LongText { max: 500 }).value(say(lang, "Départ de course dimanche.", "The race starts on Sunday.")))
            (field("pw", "Mot de passe", "Password", FieldKind::Password).value("archipel"))
        }
    }
}

pub(super) fn errors(lang: Lang) -> Markup {
    let late = say(
        lang,
        "L’heure de fin (8\u{202f}h\u{202f}30) précède l’heure de début (9\u{202f}h\u{202f}00).",
        "The end time (8:30) is before the start time (9:00).",
    );
    let choose = say(lang, "Choisissez une compensation", "Choose a compensation");
    html! {
        div.stack.wide {
            (error_summary(lang, &[("e-end".into(), late.into()), ("e-pay".into(), choose.into())]))
            (Field::new(lang, "e-end", say(lang, "Fin", "End"), FieldKind::Time).value("08:30").error(late).repair(say(lang, "Utiliser 11\u{202f}h\u{202f}30", "Use 11:30"), "11:30"))
            (Field::new(lang, "e-money", say(lang, "Montant", "Amount"), FieldKind::Money).value("18490x").error(say(lang, "Écrivez les centimes après une virgule\u{a0}: 184,90", "Write the cents after a point: 184.90")))
            (Field::new(lang, "e-pay", say(lang, "Compensation", "Compensation"), FieldKind::Radios(compensation(lang))).error(choose))
        }
    }
}

pub(super) fn second_step(lang: Lang) -> Markup {
    confirm(&Confirm {
        lang,
        title: say(lang, "Refuser cette demande\u{202f}?", "Refuse this request?").into(),
        consequence: say(lang, "Léa en recevra le motif.", "Léa will receive the reason.").into(),
        action: "#".into(),
        fields: vec![Field::new(
            lang,
            "c-reason",
            say(lang, "Motif", "Reason"),
            FieldKind::LongText { max: 300 },
        )],
        confirm: say(lang, "Refuser la demande", "Refuse the request").into(),
        busy: say(lang, "Envoi…", "Sending…").into(),
        danger: true,
        cancel: "#".into(),
        ..Confirm::default()
    })
}

pub(super) fn form(lang: Lang) -> Markup {
    let mut frame = shell(lang, say(lang, "Heures supplémentaires", "Overtime"), "/hours");
    frame.crumbs =
        vec![Crumb { label: say(lang, "Mes heures", "My hours").into(), href: Some("/hours".into()) }];
    frame.actions = chip(
        Tone::Neutral,
        Icon::Check,
        say(lang, "Brouillon enregistré à 8\u{202f}h\u{202f}02", "Draft saved at 8:02"),
    );
    frame.has_errors = true;
    frame.page(form_page(&FormPage {
        lang,
        action: "/requests".into(),
        derive: "/requests/derive".into(),
        title: say(lang, "Déclarer des heures supplémentaires", "Declare overtime").into(),
        errors: vec![
            (
                "fin".into(),
                say(lang, "L’heure de fin précède l’heure de début", "The end time is before the start time")
                    .into(),
            ),
            ("motif".into(), reason(lang).into()),
        ],
        fields: questions(lang),
        aside: next(lang),
        decide: decision_bar(
            &[
                Button::new(say(lang, "Envoyer à Marc Le Goff", "Send to Marc Le Goff"))
                    .primary()
                    .icon(Icon::Send)
                    .busy(say(lang, "Envoi…", "Sending…")),
                Button::new(say(lang, "Garder en brouillon", "Keep as a draft")).skip_checks(),
            ],
            &[Button::new(say(lang, "Supprimer le brouillon", "Delete the draft"))
                .quiet()
                .icon(Icon::Trash2)],
        ),
        ..FormPage::default()
    }))
}

fn reason(lang: Lang) -> &'static str {
    say(
        lang,
        "Indiquez le motif\u{a0}: il est obligatoire au-delà de 2 heures",
        "Give the reason: it is required beyond 2 hours",
    )
}

fn questions(lang: Lang) -> Markup {
    let end = say(
        lang,
        "L’heure de fin (8\u{202f}h\u{202f}30) précède l’heure de début (9\u{202f}h\u{202f}00). Votre pointage de sortie indique 11\u{202f}h\u{202f}31.",
        "The end time (8:30) is before the start time (9:00). You punched out at 11:31.",
    );
    html! {
        (Field::new(lang, "jour", say(lang, "Jour travaillé", "Day worked"), FieldKind::Date).value("07/11/2026")
            .hint(say(lang, "Les 30 derniers jours, jamais à venir", "The last 30 days, never to come")))
        (field_row(
            say(lang, "Horaires", "Times"),
            say(lang, "Repris de vos pointages du samedi 7. Corrigez si besoin.", "Taken from your punches of Saturday 7. Correct them if needed."),
            &[
                Field::new(lang, "debut", say(lang, "Début", "Start"), FieldKind::Time).value("09:00"),
                Field::new(lang, "fin", say(lang, "Fin", "End"), FieldKind::Time).value("08:30").error(end)
                    .repair(say(lang, "Utiliser 11\u{202f}h\u{202f}30", "Use 11:30"), "11:30"),
                Field::computed(lang, "duree", say(lang, "Durée calculée", "Computed duration"), "–"),
            ],
        ))
        (Field::new(lang, "motif", say(lang, "Motif", "Reason"), FieldKind::LongText { max: 500 }).error(reason(lang))
            .hint(say(lang, "Qui a demandé l’intervention, et pourquoi elle ne pouvait pas attendre", "Who asked for the work, and why it could not wait")))
        (Field::new(lang, "compensation", say(lang, "Compensation", "Compensation"), FieldKind::Radios(compensation(lang))).value("rest"))
    }
}

fn next(lang: Lang) -> Markup {
    let steps =
        [
            Step::new(StepState::Now, say(lang, "Vous déclarez", "You declare"))
                .icon(Icon::Pencil)
                .text(say(lang, "Modifiable jusqu’à l’envoi", "Can change until sent")),
            Step::new(StepState::ToCome, say(lang, "Marc Le Goff décide", "Marc Le Goff decides")).text(say(
                lang,
                "Sous 3 jours ouvrés, avant le lundi 16",
                "Within 3 working days, before Monday 16",
            )),
            Step::new(StepState::ToCome, say(lang, "Repos crédité", "Rest credited")).text(say(
                lang,
                "Visible dans Mes heures",
                "Visible in My hours",
            )),
        ];
    html! {
        (Card::new(say(lang, "Ce qui va se passer", "What happens next")).body(timeline(&steps)))
        (Card::new(say(lang, "Votre semaine 45", "Your week 45")).body(html! {
            (day_bars(&super::data::week(lang)))
            p.small.soft { (say(lang, "36\u{202f}h pointées, 35\u{202f}h prévues. Maximum légal\u{a0}: 48\u{202f}h par semaine.", "36 h punched, 35 h planned. Legal maximum: 48 h a week.")) }
        }))
    }
}
