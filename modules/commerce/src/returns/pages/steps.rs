//! The steps of a return's process, as its run and its records tell them. Pure, but for the words.

use super::super::process::STEPS;
use flow::process::{End, Record, Run, Said, Way};
use kernel::{Lang, Timestamp};
use web::ui::say;

/// How far a step is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// It was done.
    Done(Timestamp),
    /// It is done now.
    Now,
    /// It was asked for; unless an answer comes before, it is asked for again then.
    Waits(Timestamp),
    /// It could not be done and is tried again then.
    Again(Timestamp),
    /// It was refused.
    Refused(Timestamp),
    /// It was done and is undone.
    Undone(Timestamp),
    /// It is still to come.
    ToCome,
    /// It will not come any more.
    Never,
}

/// A step and what was tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Told {
    /// Its name in the process.
    pub(super) name: &'static str,
    /// How far it is.
    pub(super) stage: Stage,
    /// How often it was tried. The answer to what was waited for is no try of its own.
    pub(super) tries: usize,
    /// Why it was not done, the last time that it was not.
    pub(super) why: Option<String>,
}

impl Told {
    /// When it was done.
    pub(super) fn done_at(&self) -> Option<Timestamp> {
        if let Stage::Done(at) = self.stage { Some(at) } else { None }
    }
}

/// Every step of a return; a run is there once it was accepted, and never when it was refused before.
pub(super) fn told(run: Option<&Run>, records: &[Record], refused: bool) -> Vec<Told> {
    let step = |(at, step): (usize, &flow::process::Step)| {
        let own: Vec<&Record> = records.iter().filter(|record| record.step == step.name).collect();
        Told { name: step.name, stage: stage(run, at, &own, refused), tries: tries(&own), why: why(&own) }
    };
    STEPS.iter().enumerate().map(step).collect()
}

fn stage(run: Option<&Run>, at: usize, own: &[&Record], refused: bool) -> Stage {
    let here = run.filter(|run| run.end.is_none() && run.at == at);
    let due = here.map_or(Timestamp(0), |run| run.due_at);
    match own.last() {
        Some(last) => match (&last.said, last.way) {
            (Said::Done, Way::Forward) if here.is_some_and(|run| run.way == Way::Back) => Stage::Now,
            (Said::Done, Way::Forward) => Stage::Done(last.at),
            (Said::Done, Way::Back) => Stage::Undone(last.at),
            (Said::Refused(_), _) => Stage::Refused(last.at),
            (Said::Waits, _) => Stage::Waits(due),
            (Said::Again(_), _) => Stage::Again(due),
            (Said::Late, _) => Stage::Now,
        },
        None if here.is_some() => Stage::Now,
        None if refused || run.is_some_and(|run| run.way == Way::Back || run.end == Some(End::Undone)) => {
            Stage::Never
        }
        None => Stage::ToCome,
    }
}

fn tries(own: &[&Record]) -> usize {
    let answers = own.windows(2).filter(|pair| pair[0].said == Said::Waits).count();
    own.iter().filter(|record| record.way == Way::Forward).count() - answers
}

fn why(own: &[&Record]) -> Option<String> {
    own.iter().rev().find_map(|record| match &record.said {
        Said::Refused(why) | Said::Again(why) => Some(why.clone()),
        Said::Late => Some("late".to_owned()),
        Said::Done | Said::Waits => None,
    })
}

/// The name of a step.
pub(super) fn step_word(lang: Lang, name: &str) -> &'static str {
    match name {
        "accept" => say(lang, "Accord donné au client", "The customer is told"),
        "refund" => say(lang, "Remboursement", "Money back"),
        _ => say(lang, "Articles repris en stock", "Goods back in stock"),
    }
}

/// Why a step was not done, or a return refused: our own words in the reader's language, those of people as they are.
pub(super) fn why_word(lang: Lang, why: &str) -> String {
    match why {
        "refund_refused" => {
            say(lang, "Le paiement ne peut pas être remboursé", "The payment cannot be refunded").to_owned()
        }
        "late" => say(lang, "Pas de réponse à temps", "No answer in time").to_owned(),
        other => other.to_owned(),
    }
}

/// What a record says.
pub(super) fn said_word(lang: Lang, record: &Record) -> String {
    let with = |text: &str, why: &str| web::ui::labelled(lang, text, &why_word(lang, why));
    match &record.said {
        Said::Done if record.way == Way::Back => say(lang, "Défaite", "Undone").to_owned(),
        Said::Done => say(lang, "Faite", "Done").to_owned(),
        Said::Waits => say(lang, "Demandée, réponse attendue", "Asked for, waiting for an answer").to_owned(),
        Said::Late => why_word(lang, "late"),
        Said::Refused(why) => with(say(lang, "Refusée", "Refused"), why),
        Said::Again(why) => with(say(lang, "À réessayer", "To be tried again"), why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(at: usize, way: Way, end: Option<End>) -> Run {
        Run {
            id: kernel::Uuid::nil(),
            at,
            way,
            waits: false,
            end,
            tries: 0,
            reason: None,
            data: serde_json::Value::Null,
            due_at: Timestamp(900),
            epoch: 1,
            version: 1,
        }
    }

    fn record(step: &str, said: Said, way: Way, at: i64) -> Record {
        Record { step: step.to_owned(), way, said, at: Timestamp(at) }
    }

    #[test]
    fn before_its_decision_everything_is_to_come() {
        assert!(told(None, &[], false).iter().all(|step| step.stage == Stage::ToCome && step.tries == 0));
        assert_eq!(told(Some(&run(0, Way::Forward, None)), &[], false)[0].stage, Stage::Now);
        assert!(told(None, &[], true).iter().all(|step| step.stage == Stage::Never));
    }

    #[test]
    fn an_answer_that_was_waited_for_is_no_try() {
        let forward = |step, said, at| record(step, said, Way::Forward, at);
        let mut records = vec![forward("accept", Said::Done, 1), forward("refund", Said::Waits, 2)];
        let waits = told(Some(&run(1, Way::Forward, None)), &records, false);
        assert_eq!(
            (waits[0].stage, waits[1].stage),
            (Stage::Done(Timestamp(1)), Stage::Waits(Timestamp(900)))
        );
        assert_eq!((waits[1].tries, waits[2].stage), (1, Stage::ToCome));
        records.extend([forward("refund", Said::Late, 3), forward("refund", Said::Waits, 4)]);
        let again = told(Some(&run(1, Way::Forward, None)), &records, false);
        assert_eq!((again[1].tries, again[1].why.as_deref()), (2, Some("late")));
        records.extend([forward("refund", Said::Done, 5), forward("restock", Said::Done, 6)]);
        let done = told(Some(&run(2, Way::Forward, Some(End::Done))), &records, false);
        assert!(done.iter().all(|step| step.done_at().is_some()));
        assert_eq!((done[1].tries, done[2].tries), (2, 1));
    }

    #[test]
    fn what_is_refused_is_undone_and_what_follows_never_comes() {
        let records = [
            record("accept", Said::Done, Way::Forward, 1),
            record("refund", Said::Waits, Way::Forward, 2),
            record("refund", Said::Refused("refund_refused".into()), Way::Forward, 3),
        ];
        let going_back = told(Some(&run(0, Way::Back, None)), &records, false);
        assert_eq!((going_back[0].stage, going_back[1].stage), (Stage::Now, Stage::Refused(Timestamp(3))));
        let all = [&records[..], &[record("accept", Said::Done, Way::Back, 4)]].concat();
        let undone = told(Some(&run(0, Way::Back, Some(End::Undone))), &all, true);
        let stages: Vec<Stage> = undone.iter().map(|step| step.stage).collect();
        let (back, no) = (Stage::Undone(Timestamp(4)), Stage::Refused(Timestamp(3)));
        assert_eq!(stages, [back, no, Stage::Never]);
        assert_eq!(undone[1].why.as_deref(), Some("refund_refused"));
    }
}
