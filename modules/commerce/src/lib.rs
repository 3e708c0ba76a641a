//! Commerce: stock, orders, money, shops. One folder is one module with its own database; what crosses is an event.

mod bank;
mod catalogue;
mod deciding;
mod ecommerce;
mod inventory;
mod payment;
mod reading;
mod reporting;
mod retail;
mod returns;
mod shown;
mod transaction;
mod verify;

#[cfg(test)]
mod simulation;

pub use inventory::seed as seed_products;
pub use retail::{SampleTills, seed as seed_tills};

use kernel::Result;
pub use verify::verify;
use web::Module;

/// The modules of commerce, in the order of their start.
///
/// # Errors
/// When a statement of one is not acceptable, which a test rules out.
pub fn modules() -> Result<Vec<Module>> {
    let bank = bank::Bank::new();
    Ok(vec![
        inventory::module()?,
        transaction::module()?,
        bank::module(bank.clone())?,
        payment::module(bank)?,
        retail::module()?,
        ecommerce::module()?,
        reporting::module()?,
        returns::module()?,
    ])
}
