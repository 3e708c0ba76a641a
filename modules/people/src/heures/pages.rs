//! The pages of the punch clock. Each is a full address that works without scripts; what one may not see is not there.

mod anomalies;
mod clock;
mod correct;
mod forgotten;
mod read;
mod team;
mod week;

use super::model::{Effect, PunchRow, Source};
use super::{CORRECT, Heures, READ, WRITE};
use axum::Extension;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use forms_model::time::PunchKind;
use kernel::{Error, Kind, Lang, Timestamp, Uuid};
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Flash, Icon, Tone, format, say};
use web::{Api, Doc, Failure, People, Query};

/// The punch clock.
pub(super) const CLOCK: &str = "/heures/pointage";
/// A forgotten punch.
pub(super) const FORGOTTEN: &str = "/heures/pointage/oubli";
/// A person's week.
pub(super) const WEEK: &str = "/heures/semaine";
/// The weeks of those whose punches one may correct.
pub(super) const TEAM: &str = "/heures/equipe";
/// What does not add up.
pub(super) const ANOMALIES: &str = "/heures/anomalies";
/// Corrections, before the punch's id.
pub(super) const CORRECTION: &str = "/heures/correction";

/// What a page answers.
type Answer = Result<Response, Failure>;

/// The routes.
pub(super) fn api(heures: &Arc<Heures>) -> Api {
    let read = |text: &str| Doc::new(text).permission(READ);
    let write = |text: &str| Doc::new(text).permission(WRITE);
    let repair = |text: &str| Doc::new(text).permission(CORRECT);
    let by_week = |root: &str| format!("{root}/{{week}}");
    let by_id = format!("{CORRECTION}/{{id}}");
    let api = Api::new()
        .get(CLOCK, clock::page, write("The punch clock"))
        .post(CLOCK, clock::punch, write("Punches in or out"))
        .get(FORGOTTEN, forgotten::page, read("Asks for a forgotten punch"))
        .post(FORGOTTEN, forgotten::give, read("Records a forgotten punch"))
        .get(WEEK, week::current, read("This week of a person"))
        .get(&by_week(WEEK), week::page, read("A week of a person"))
        .get(TEAM, team::current, repair("This week of a team"))
        .get(&by_week(TEAM), team::page, repair("A week of a team"))
        .get(ANOMALIES, anomalies::page, read("What does not add up"))
        .get(&by_id, correct::page, repair("Asks how to correct a punch"))
        .post(&by_id, correct::save, repair("Corrects a punch"));
    Api { router: api.router.layer(Extension(heures.clone())), endpoints: api.endpoints }
}

/// Goes on to another page after a POST.
fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}

/// A page with the status of an error: what was typed is on it.
fn with_status(error: &Error, page: Markup) -> Response {
    let status =
        if error.kind == Kind::Invalid { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    (status, web::pages::html(page)).into_response()
}

/// Whether an error is told on the page that the reader is on.
fn told_here(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Refused | Kind::Conflict)
}

/// What was just done, told once.
fn flash(lang: Lang, query: &Query) -> Option<Flash> {
    let text = match query.get("did")? {
        "in" => say(lang, "Entrée enregistrée", "Entry recorded"),
        "out" => say(lang, "Sortie enregistrée", "Exit recorded"),
        "twice" => say(lang, "Ce pointage était déjà enregistré", "This punch was recorded already"),
        "given" => say(lang, "Pointage ajouté", "Punch added"),
        "corrected" => say(lang, "Pointage corrigé", "Punch corrected"),
        "void" => say(lang, "Pointage retiré", "Punch taken away"),
        _ => return None,
    };
    Some(Flash::done(text))
}

/// `Entrée`, `Sortie`.
fn kind_word(lang: Lang, kind: PunchKind) -> &'static str {
    match kind {
        PunchKind::In => say(lang, "Entrée", "In"),
        PunchKind::Out => say(lang, "Sortie", "Out"),
    }
}

/// What a page tells of punches: to whom, in which zone, with whose names.
struct Told<'a> {
    lang: Lang,
    heures: &'a Heures,
    people: &'a People,
}

impl Told<'_> {
    /// The time of day of an instant.
    fn time(&self, at: Timestamp) -> String {
        format::time(self.lang, format::local(at, &self.heures.house.zone).time())
    }

    /// Where a punch came from, and whoever wrote it in somebody's place.
    fn origin(&self, punch: &PunchRow) -> String {
        let lang = self.lang;
        let by = punch.recorded_by.strip_prefix("person:").and_then(|id| Uuid::parse_str(id).ok());
        match (punch.effect, punch.source, by) {
            (Effect::Replace | Effect::Void, _, Some(by)) => {
                format!("{} {}", say(lang, "corrigée par", "corrected by"), self.people.name(by))
            }
            (_, Source::Import, _) => say(lang, "importée", "imported").to_owned(),
            (_, _, Some(by)) if by != punch.person => {
                format!("{} {}", say(lang, "ajoutée par", "added by"), self.people.name(by))
            }
            (_, _, Some(_)) if self.is_late(punch) => {
                say(lang, "déclarée après coup", "given afterwards").to_owned()
            }
            (_, Source::Web, _) => say(lang, "page de pointage", "punch page").to_owned(),
            (_, Source::Api, _) => say(lang, "borne ou application", "terminal or application").to_owned(),
        }
    }

    /// Whether a punch reached us so long after its time that this is worth saying.
    fn is_late(&self, punch: &PunchRow) -> bool {
        let told = punch.claimed_at.is_some() && punch.source != Source::Import;
        told && punch.received_at.0 - punch.at.0 > 15 * super::model::MINUTE
    }

    /// The chip that says that the server has a punch, and since when if that was later.
    fn received(&self, punch: &PunchRow) -> Markup {
        let word = say(self.lang, "Reçu", "Received");
        if !self.is_late(punch) {
            return ui::chip(Tone::Ok, Icon::Check, word);
        }
        ui::chip(Tone::Info, Icon::Check, &format!("{word}, {}", self.receipt(punch)))
    }

    /// When the server got a punch: the time, and the day when it is another one.
    fn receipt(&self, punch: &PunchRow) -> String {
        let (was, day) = (self.heures.house.day(punch.received_at), self.heures.house.day(punch.at));
        let time = self.time(punch.received_at);
        if was == day { time } else { format!("{}, {time}", format::date_short(self.lang, was)) }
    }
}

/// A difference in a column: what exceeds and what lacks, with its sign.
fn delta(lang: Lang, minutes: i64) -> Markup {
    html! { span.num { (format::signed_duration(lang, minutes)) } }
}
