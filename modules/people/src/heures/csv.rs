//! Punches and balances as files.

use super::Heures;
use super::queries::{EXPORT, Wanted};
use axum::response::Response;
use jiff::civil::Date;
use kernel::{Result, Timestamp};
use web::Ctx;
use web::csv::file;
use web::ui::{format, say};

/// The punches as a file.
pub(super) async fn punches(heures: &Heures, ctx: &Ctx, wanted: &Wanted<Timestamp>) -> Result<Response> {
    let people = ctx.edge.people().await?;
    let rows = heures.punches(wanted, None, EXPORT).await?;
    let lang = ctx.lang;
    let head = [
        say(lang, "Personne", "Person"),
        say(lang, "Jour", "Day"),
        say(lang, "Heure", "Time"),
        say(lang, "Sens", "Kind"),
        say(lang, "Origine", "Source"),
        say(lang, "Reçu", "Received"),
        say(lang, "Effet", "Effect"),
        say(lang, "Corrigé", "Corrected"),
        say(lang, "Motif", "Reason"),
    ];
    let lines = rows.iter().map(|(row, corrected_by)| {
        let local = format::local(row.at, &heures.house.zone);
        vec![
            people.name(row.person).to_owned(),
            local.date().to_string(),
            format::clock_seconds(local.time()),
            row.kind.as_str().to_owned(),
            row.source.word().to_owned(),
            row.received_at.to_string(),
            row.effect.word().to_owned(),
            say(
                lang,
                if corrected_by.is_some() { "oui" } else { "non" },
                if corrected_by.is_some() { "yes" } else { "no" },
            )
            .to_owned(),
            row.reason.clone().unwrap_or_default(),
        ]
    });
    Ok(file("pointages.csv", &head, lines))
}

/// The balances as a file; durations in minutes, so that they can be summed.
pub(super) async fn deltas(
    heures: &Heures,
    ctx: &Ctx,
    wanted: &Wanted<Date>,
    only_wrong: bool,
) -> Result<Response> {
    let people = ctx.edge.people().await?;
    let rows = heures.deltas(wanted, only_wrong, None, EXPORT).await?;
    let lang = ctx.lang;
    let head = [
        say(lang, "Personne", "Person"),
        say(lang, "Jour", "Day"),
        say(lang, "Travaillé (min)", "Worked (min)"),
        say(lang, "Prévu (min)", "Planned (min)"),
        say(lang, "Écart (min)", "Difference (min)"),
        say(lang, "Anomalie", "Anomaly"),
    ];
    let lines = rows.iter().map(|(row, _)| {
        vec![
            people.name(row.person).to_owned(),
            row.day.to_string(),
            row.worked_minutes.to_string(),
            row.planned_minutes.to_string(),
            row.delta_minutes.to_string(),
            row.anomaly.clone().unwrap_or_default(),
        ]
    });
    Ok(file("heures.csv", &head, lines))
}
