//! Lists page by cursor: an opaque text that says after which row to go on.

use crate::body::Query;
use crate::problem::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A page of a list.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to send as `cursor` for the rows after these; missing at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page from rows that were read with one more than the limit; `key` is what the next page begins after.
    #[must_use]
    pub fn cut<K: Serialize>(mut rows: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = if more { rows.last().map(|row| encode(&key(row))) } else { None };
        Self { items: rows, next_cursor }
    }
}

/// The text of a place in a list.
#[must_use]
pub fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

impl Query {
    /// The place after which to go on.
    ///
    /// # Errors
    /// Invalid when the cursor is not one of ours.
    pub fn cursor<K: DeserializeOwned>(&self) -> Result<Option<K>, Failure> {
        let Some(text) = self.get("cursor") else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let key = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        key.map(Some).ok_or_else(|| {
            Error::invalid(
                "bad_cursor",
                "Le curseur n’est pas de cette liste. Reprenez du début.",
                "The cursor is not of this list. Begin again.",
            )
            .into()
        })
    }
}
