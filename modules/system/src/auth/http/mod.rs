//! The routes of the API, with their permission and documentation line by line.

mod me;
mod sign_in;

pub use sign_in::caller;

use super::commands::Auth;
use std::sync::Arc;
use web::Api;

/// Every route of the API.
#[must_use]
pub fn api(auth: &Arc<Auth>) -> Api {
    sign_in::api(auth).merge(me::api(auth))
}
