//! The chandlery: what lies on its shelves in Concarneau and in Lorient.

use crate::system::System;
use kernel::{Cause, DatabaseId, Error, ModuleCode, Result};

/// Puts the products on the shelves.
pub(super) async fn seed(system: &System, cause: &Cause) -> Result<()> {
    let code = ModuleCode::new("inventory").map_err(|bad| Error::internal(bad.to_string()))?;
    let db = system.database(&DatabaseId::main(code))?;
    let today = system.clock.now().to_jiff().to_zoned(system.config.zone.clone()).date();
    commerce::seed_products(&db, &system.clock, &today.to_string(), cause.correlation_id).await
}
