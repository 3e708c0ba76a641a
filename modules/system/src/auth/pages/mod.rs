//! This module's pages: signing in, one's own account, people, teams and roles. They work without scripts.

mod account;
mod import;
mod new_person;
mod parts;
mod people;
mod person;
mod person_page;
mod roles;
mod sign_in;
mod teams;

use super::commands::Auth;
use std::sync::Arc;
use web::Api;

/// Every page.
#[must_use]
pub fn api(auth: &Arc<Auth>) -> Api {
    sign_in::api(auth)
        .merge(account::api(auth))
        .merge(people::api(auth))
        .merge(new_person::api(auth))
        .merge(person::api(auth))
        .merge(import::api(auth))
        .merge(teams::api(auth))
        .merge(roles::api(auth))
}
