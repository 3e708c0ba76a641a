//! Proving the promises on live data: chains, rows against events, what each module promises of its rows, views against
//! replay, the audit against the logs.

use super::Voice;
use crate::system::System;
use db::{Batch, NewEvent};
use flow::{Finding, verify_chain, verify_rows};
use kernel::{Actor, Cause, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::PoisonError;

/// Places that are named in the registry's log, at most.
const TOLD: usize = 20;

/// What was proved of one database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verified {
    /// The database.
    pub database: String,
    /// Entries of its log whose chain holds.
    pub entries: u64,
    /// Rows that are what the events say.
    pub rows: u64,
}

/// The outcome.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether everything holds.
    pub holds: bool,
    /// What was proved.
    pub verified: Vec<Verified>,
    /// What does not hold.
    pub findings: Vec<Finding>,
}

/// How often the books of commerce are read while they do not agree, and how long lies in between: what one module
/// has said and the next has not heard yet is no finding.
const TRIES: usize = 9;
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(250);

/// What commerce promises across its databases.
async fn commerce(databases: &[db::Db]) -> Result<Vec<Finding>> {
    let look = || commerce::verify(databases);
    Ok(flow::look_again(TRIES, BETWEEN, look, |findings: &Vec<Finding>| findings.is_empty()).await?)
}

/// Proves every promise that can be proved on live data.
pub async fn verify(system: &System, voice: &Voice) -> Result<Report> {
    let (mut verified, mut findings) = (Vec::new(), Vec::new());
    for db in system.databases.all() {
        voice.progress(format!("{}: log and rows", db.id())).await;
        let (entries, broken) = verify_chain(&db).await?;
        findings.extend(broken);
        let module = db.id().module.as_str();
        let fold = system.folds.read().unwrap_or_else(PoisonError::into_inner).get(module).cloned();
        let rows = match fold {
            Some(fold) => {
                let (rows, differences) = verify_rows(&db, &fold).await?;
                findings.extend(differences);
                rows
            }
            None => 0,
        };
        let checks = system.checks.read().unwrap_or_else(PoisonError::into_inner).get(module).cloned();
        for check in checks.unwrap_or_default() {
            voice.progress(format!("{}: {}", db.id(), check.name)).await;
            findings.extend((check.run)(db.clone()).await?);
        }
        verified.push(Verified { database: db.id().to_string(), entries, rows });
    }
    voice.progress("audit against the logs").await;
    let all = system.databases.all();
    let named = |code: &str| all.iter().find(|db| db.id().module.as_str() == code);
    if let Some(audit) = named(system::audit::CODE) {
        findings.extend(system::audit::verify(audit, &all).await?.1);
    }
    voice.progress("commerce: money, goods and orders").await;
    findings.extend(commerce(&all).await?);
    voice.progress("event store against the logs").await;
    if let Some(store) = named(system::events::CODE) {
        findings.extend(system::events::verify(store, &all, &system.modules.known).await?.1);
    }
    voice.progress("dashboard against a replay").await;
    if let Some(dashboard) = named(system::dashboard::CODE) {
        findings.extend(system::dashboard::verify(dashboard, &all, system.modules.declarations()?).await?.1);
    }
    for view in system.flow.provable() {
        voice.progress(format!("{view} against a replay")).await;
        findings.extend(system.flow.verify_projection(&view).await?.1);
    }
    voice.progress("references between databases").await;
    let declared = system.modules.references.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let references = super::references::reconcile(&system.databases, &declared, &system.clock).await?;
    findings.extend(super::references::findings(&references));
    let report = Report { holds: findings.is_empty(), verified, findings };
    if !report.holds {
        tell(system, &report).await;
    }
    Ok(report)
}

/// Notes in the registry's log that something does not hold, where it does not: the audit makes an alert of it. What a
/// row says stays where it is. A log that takes no writes keeps nothing from being reported.
async fn tell(system: &System, report: &Report) {
    let places = report.findings.iter().take(TOLD).map(|f| format!("{}: {}", f.database, f.place));
    let data = json!({ "findings": report.findings.len(), "places": places.collect::<Vec<_>>() });
    let cause = Cause::new(&Actor::system("verify"), system.clock.new_id());
    let mut batch = Batch::new(system.clock.now(), cause);
    batch.event(NewEvent::new(system.clock.new_id(), "verification.failed", "verification", data));
    let all = system.databases.all();
    let registry = all.iter().find(|db| db.id().module.as_str() == system::registry::CODE);
    if let Some(registry) = registry
        && let Err(error) = registry.write(batch).await
    {
        tracing::warn!(%error, "the failed verification could not be noted");
    }
}
