//! The shops with their tills, and a few days of sales.

use crate::system::System;
use commerce::SampleTills;
use jiff::ToSpan;
use kernel::{Cause, DatabaseId, Error, ModuleCode, Result, Timestamp, Uuid};
use system::auth::Seeded;

/// Days before today on which something was sold.
const DAYS: i64 = 3;

/// Writes shops, tills and receipts. Products come before.
pub(super) async fn seed(system: &System, seeded: &Seeded, cause: &Cause) -> Result<()> {
    let database = |code: &str| {
        let code = ModuleCode::new(code).map_err(|bad| Error::internal(bad.to_string()))?;
        system.database(&DatabaseId::main(code))
    };
    let person = |email: &str| -> Result<Uuid> {
        seeded.people.get(email).copied().ok_or_else(|| Error::internal(format!("no {email}")))
    };
    let now = system.clock.now();
    let today = now.to_jiff().to_zoned(system.config.zone.clone()).date();
    let morning = |before: i64| -> Result<Timestamp> {
        let day = today.checked_sub(before.days()).map_err(|e| Error::internal(e.to_string()))?;
        let at = day.at(9, 0, 0, 0).to_zoned(system.config.zone.clone());
        Ok(at.map_err(|e| Error::internal(e.to_string()))?.timestamp().into())
    };
    let mut mornings = (1..=DAYS).rev().map(morning).collect::<Result<Vec<_>>>()?;
    mornings.push(morning(0)?.min(now.plus_seconds(-3600)));
    let sample = SampleTills {
        cashier: person("caisse@archipel.test")?,
        manager: person("chloe@archipel.test")?,
        mornings: &mornings,
        products: database("inventory")?.head().await?.0 > 0,
        correlation: cause.correlation_id,
    };
    commerce::seed_tills(&database("retail")?, &system.clock, &sample).await.map(drop)
}
