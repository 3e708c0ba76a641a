//! The pages.

use crate::host::FormsHost;
use std::sync::Arc;
use web::Api;

pub(crate) fn api(_host: &Arc<FormsHost>) -> Api {
    Api::new()
}
