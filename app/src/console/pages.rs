//! The operator's pages.

use crate::system::System;
use web::Api;

pub(super) fn api(_system: &System) -> Api {
    Api::new()
}
