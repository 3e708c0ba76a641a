//! This module's pages: signing in, one's own account, people, teams and roles. They work without scripts.

mod sign_in;

use super::commands::Auth;
use std::sync::Arc;
use web::Api;

/// Every page.
#[must_use]
pub fn api(auth: &Arc<Auth>) -> Api {
    sign_in::api(auth)
}
