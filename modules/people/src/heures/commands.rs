//! Punch, correct, plan, import: each reads, decides, and gives one Batch with rows, events and the balances of the
//! days that it touches. Two of them at once for one person meet on the version of the stream `punch/PERSON`: the
//! second decides again.

use super::balance::{self, PlanRow};
use super::model::{Change, Effect, NewPunch, PunchRow, Refusal, Source, decide_correction, decide_punch};
use super::{Heures, events, sql};
use db::{Batch, DbError, DbResult};
use forms_model::time::PunchKind;
use jiff::civil::Date;
use kernel::{Cause, Clock, Error, Result, Timestamp, Uuid};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often a command that met another one is decided again.
const TRIES: usize = 6;
/// Punches of one import, at most.
pub(super) const IMPORT: usize = 1000;
/// Days before today from which a plan may begin: those after it are all computed again.
const PLAN_DAYS: i32 = 1100;

/// Who acts, and when.
#[derive(Clone)]
pub(super) struct Act {
    pub(super) now: Timestamp,
    pub(super) cause: Cause,
    pub(super) clock: Arc<dyn Clock>,
}

impl From<&web::Ctx> for Act {
    fn from(ctx: &web::Ctx) -> Self {
        Self { now: ctx.now(), cause: ctx.cause(), clock: ctx.edge.clock.clone() }
    }
}

/// A punch that was made elsewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Imported {
    pub(super) person: Uuid,
    pub(super) team: Option<Uuid>,
    pub(super) kind: PunchKind,
    pub(super) at: Timestamp,
}

/// Everything that can be asked of the punch clock. Who may ask was checked before.
#[derive(Clone, Debug)]
pub(super) enum Command {
    /// Records a punch.
    Punch(NewPunch),
    /// Replaces a punch, or takes it away.
    Correct {
        /// The punch.
        id: Uuid,
        /// What is right.
        change: Change,
        /// Why; the person reads it.
        reason: String,
        /// Who corrects.
        by: Uuid,
    },
    /// Plans a person's weekdays from a day on.
    Plan {
        /// Whose.
        person: Uuid,
        /// Minutes per weekday, from a day on.
        plan: PlanRow,
    },
    /// Records punches made elsewhere; those that are there already are left out.
    Import(Vec<Imported>),
}

/// What a command did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Done {
    /// The rows that it wrote.
    pub(super) punches: Vec<PunchRow>,
    /// Punches of an import that were there already.
    pub(super) skipped: usize,
}

/// Whether a command should be decided again: somebody else wrote for the same person meanwhile.
fn met_another(error: &DbError) -> bool {
    error.is_conflict() || matches!(error, DbError::Constraint(_))
}

impl Heures {
    /// Decides and commits; `commit` gets the Batch and what to tell, and may add an idempotency key.
    pub(super) async fn execute<T, F>(
        &self,
        act: &Act,
        command: &Command,
        commit: impl Fn(Batch, Done) -> F,
    ) -> Result<T>
    where
        F: Future<Output = DbResult<T>>,
    {
        for _ in 0..TRIES {
            let (batch, done) = self.decide(act, command).await?;
            match commit(batch, done).await {
                Err(error) if met_another(&error) => {}
                other => return Ok(other?),
            }
        }
        Err(Error::conflict(format!("{TRIES} others were faster")))
    }

    /// Decides and commits, for pages and programs of the house.
    pub(super) async fn run(&self, act: &Act, command: &Command) -> Result<Done> {
        self.execute(act, command, |batch, done| async move { self.db.write(batch).await.map(|_| done) })
            .await
    }

    async fn decide(&self, act: &Act, command: &Command) -> Result<(Batch, Done)> {
        match command {
            Command::Punch(new) => self.punch(act, new).await,
            Command::Correct { id, change, reason, by } => self.correct(act, *id, change, reason, *by).await,
            Command::Plan { person, plan } => self.plan(act, *person, plan).await,
            Command::Import(list) => self.import(act, list).await,
        }
    }

    async fn punch(&self, act: &Act, new: &NewPunch) -> Result<(Batch, Done)> {
        let version = self.version(new.person).await?;
        let claimed = new.claimed_at.unwrap_or(act.now).min(act.now);
        let around = self.neighbours(new.person, (claimed, claimed), None).await?;
        let (kind, at) = decide_punch(new, &around, act.now, &self.house.rules)?;
        let row = PunchRow {
            id: act.clock.new_id(),
            person: new.person,
            team: new.team,
            seq: version + 1,
            effect: Effect::Punch,
            kind,
            at,
            zone: self.house.zone_name.clone(),
            source: new.source,
            claimed_at: new.claimed_at,
            received_at: act.now,
            corrects: None,
            reason: new.reason.as_deref().map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned),
            recorded_by: act.cause.actor.clone(),
        };
        let around: Vec<PunchRow> = around.before.into_iter().chain(around.after).collect();
        self.recorded(act, vec![row], &[(at, at)], &around, None).await
    }

    async fn correct(
        &self,
        act: &Act,
        id: Uuid,
        change: &Change,
        reason: &str,
        by: Uuid,
    ) -> Result<(Batch, Done)> {
        let (old, corrected_by) = self.punch_row(id).await?.ok_or_else(Error::not_found)?;
        if old.person == by {
            return Err(Refusal::OwnPunch.into());
        }
        if corrected_by.is_some() || old.effect == Effect::Void {
            return Err(Refusal::AlreadyCorrected.into());
        }
        let version = self.version(old.person).await?;
        let wanted = match change {
            Change::Replace { at: Some(at), .. } => (*at).min(act.now),
            _ => old.at,
        };
        let here = self.neighbours(old.person, (wanted, wanted), Some(id)).await?;
        let there = self.neighbours(old.person, (old.at, old.at), Some(id)).await?;
        let (effect, kind, at) = decide_correction(&old, change, reason, &here, act.now)?;
        let row = PunchRow {
            id: act.clock.new_id(),
            seq: version + 1,
            effect,
            kind,
            at,
            source: Source::Web,
            claimed_at: None,
            received_at: act.now,
            corrects: Some(id),
            reason: Some(reason.trim().to_owned()),
            recorded_by: act.cause.actor.clone(),
            ..old.clone()
        };
        let around: Vec<PunchRow> =
            [here.before, here.after, there.before, there.after].into_iter().flatten().collect();
        self.recorded(act, vec![row], &[(old.at, old.at), (at, at)], &around, Some(id)).await
    }

    async fn plan(&self, act: &Act, person: Uuid, plan: &PlanRow) -> Result<(Batch, Done)> {
        let today = self.house.day(act.now);
        let far = (today - plan.valid_from).get_days() > PLAN_DAYS;
        if far || plan.minutes.iter().any(|minutes| !(0..=24 * 60).contains(minutes)) {
            return Err(Error::invalid(
                "bad_plan",
                format!(
                    "Un horaire compte sept durées de 0 à 1440 minutes, et commence il y a moins de {PLAN_DAYS} jours."
                ),
                format!(
                    "A plan has seven durations of 0 to 1440 minutes, and begins less than {PLAN_DAYS} days ago."
                ),
            ));
        }
        let seq = self.version(person).await? + 1;
        let mut plans = self.plans(person).await?;
        plans.retain(|known| known.valid_from != plan.valid_from);
        plans.push(plan.clone());
        let mut batch = Batch::new(act.now, act.cause.clone());
        let params = db::params![person, plan.valid_from.to_string(), serde_json::json!(plan.minutes), seq];
        batch.write(&sql::HS_PUT_PLAN, params);
        batch.event(events::of_plan(act.clock.new_id(), person, plan, seq));
        let last = self.neighbours(person, (Timestamp(i64::MAX / 2), act.now), None).await?.before;
        let to = last.map_or(plan.valid_from, |punch| balance::day_of(&punch));
        self.balance(&mut batch, person, (plan.valid_from, to.max(plan.valid_from)), &plans, &[], None)
            .await?;
        Ok((batch, Done::default()))
    }

    async fn import(&self, act: &Act, list: &[Imported]) -> Result<(Batch, Done)> {
        if list.len() > IMPORT {
            return Err(Error::invalid(
                "import_too_long",
                format!("Un envoi compte {IMPORT} pointages au plus. Découpez-le."),
                format!("One import has {IMPORT} punches at most. Split it."),
            ));
        }
        if list.iter().any(|punch| punch.at > act.now) {
            return Err(Refusal::InFuture.into());
        }
        let mut people: BTreeMap<Uuid, Vec<&Imported>> = BTreeMap::new();
        for punch in list {
            people.entry(punch.person).or_default().push(punch);
        }
        let (mut batch, mut done) = (Batch::new(act.now, act.cause.clone()), Done::default());
        for (person, mut punches) in people {
            punches.sort_by_key(|punch| punch.at);
            let (Some(first), Some(last)) = (punches.first(), punches.last()) else { continue };
            let span = (first.at, last.at);
            let rows = self.new_among(act, person, &punches, span).await?;
            done.skipped += punches.len() - rows.len();
            let around = self.neighbours(person, span, None).await?;
            let around: Vec<PunchRow> = around.before.into_iter().chain(around.after).collect();
            self.write(&mut batch, &rows, &[span], &around, None).await?;
            done.punches.extend(rows);
        }
        Ok((batch, done))
    }

    /// The imported punches that no punch in force shares a minute with.
    async fn new_among(
        &self,
        act: &Act,
        person: Uuid,
        punches: &[&Imported],
        (from, to): (Timestamp, Timestamp),
    ) -> DbResult<Vec<PunchRow>> {
        let minute = |at: Timestamp| at.0.div_euclid(super::model::MINUTE);
        let known = self.in_force(person, (from.plus_seconds(-60), to.plus_seconds(60)), None).await?;
        let mut taken: std::collections::BTreeSet<i64> = known.iter().map(|punch| minute(punch.at)).collect();
        let mut seq = self.version(person).await?;
        let mut rows = Vec::new();
        for punch in punches.iter().filter(|punch| taken.insert(minute(punch.at))) {
            seq += 1;
            rows.push(PunchRow {
                id: act.clock.new_id(),
                person,
                team: punch.team,
                seq,
                effect: Effect::Punch,
                kind: punch.kind,
                at: punch.at,
                zone: self.house.zone_name.clone(),
                source: Source::Import,
                claimed_at: Some(punch.at),
                received_at: act.now,
                corrects: None,
                reason: None,
                recorded_by: act.cause.actor.clone(),
            });
        }
        Ok(rows)
    }

    async fn recorded(
        &self,
        act: &Act,
        rows: Vec<PunchRow>,
        changes: &[(Timestamp, Timestamp)],
        around: &[PunchRow],
        gone: Option<Uuid>,
    ) -> Result<(Batch, Done)> {
        let mut batch = Batch::new(act.now, act.cause.clone());
        self.write(&mut batch, &rows, changes, around, gone).await?;
        Ok((batch, Done { punches: rows, skipped: 0 }))
    }

    /// Rows, their events, and the balances of the days that they touch.
    async fn write(
        &self,
        batch: &mut Batch,
        rows: &[PunchRow],
        changes: &[(Timestamp, Timestamp)],
        around: &[PunchRow],
        gone: Option<Uuid>,
    ) -> DbResult<()> {
        let Some(person) = rows.first().map(|row| row.person) else { return Ok(()) };
        for row in rows {
            batch.write(&sql::HS_ADD_PUNCH, sql::punch_params(row));
            batch.event(events::of_punch(row));
        }
        let plans = self.plans(person).await?;
        for span in balance::touched(&self.house, changes, around) {
            self.balance(batch, person, span, &plans, rows, gone).await?;
        }
        Ok(())
    }

    /// Replaces the balances of a span of days by what they are with some rows added and one punch gone.
    async fn balance(
        &self,
        batch: &mut Batch,
        person: Uuid,
        span: (Date, Date),
        plans: &[PlanRow],
        added: &[PunchRow],
        gone: Option<Uuid>,
    ) -> DbResult<()> {
        let mut punches = self.in_force(person, balance::window(&self.house, span), gone).await?;
        punches.extend(added.iter().filter(|row| row.effect != Effect::Void).cloned());
        punches.sort_by_key(|punch| (punch.at, punch.id));
        batch.write(&sql::HS_DROP_DELTAS, db::params![person, span.0.to_string(), span.1.to_string()]);
        for row in balance::deltas(&self.house, person, &punches, plans, span) {
            batch.write(&sql::HS_ADD_DELTA, sql::delta_params(&row, batch.at));
        }
        Ok(())
    }
}
