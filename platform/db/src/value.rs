//! Values that go into statements and come back in rows: ten kinds, the same on both engines.

use crate::DbError;
use kernel::{Timestamp, Uuid};

/// One value of a column or a parameter.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A boolean; SQLite keeps 0 or 1.
    Bool(bool),
    /// A 64-bit integer: counts, cents, minutes, instants in microseconds.
    Int(i64),
    /// A double; only for figures that are shown, never for money or guards.
    Float(f64),
    /// Text, without NUL characters (PostgreSQL cannot keep them; [`Value::from`] removes them).
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An identifier; SQLite keeps its 16 bytes.
    Uuid(Uuid),
    /// JSON; SQLite keeps its text.
    Json(serde_json::Value),
}

impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Self::Bool(v)
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Self::Int(v)
    }
}
impl From<i32> for Value {
    fn from(v: i32) -> Self {
        Self::Int(v.into())
    }
}
impl From<u32> for Value {
    fn from(v: u32) -> Self {
        Self::Int(v.into())
    }
}
impl From<u64> for Value {
    /// Positions and counts; a value beyond `i64::MAX` cannot occur and is clamped.
    fn from(v: u64) -> Self {
        Self::Int(i64::try_from(v).unwrap_or(i64::MAX))
    }
}
impl From<f64> for Value {
    fn from(v: f64) -> Self {
        Self::Float(v)
    }
}
impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Self::from(v.to_owned())
    }
}
impl From<String> for Value {
    /// NUL cannot be kept by PostgreSQL; U+FFFD takes its place on both engines, so that they agree.
    fn from(v: String) -> Self {
        Self::Text(if v.contains('\0') { v.replace('\0', "\u{FFFD}") } else { v })
    }
}
impl From<&String> for Value {
    fn from(v: &String) -> Self {
        Self::from(v.clone())
    }
}
impl From<Vec<u8>> for Value {
    fn from(v: Vec<u8>) -> Self {
        Self::Bytes(v)
    }
}
impl From<[u8; 32]> for Value {
    fn from(v: [u8; 32]) -> Self {
        Self::Bytes(v.to_vec())
    }
}
impl From<Uuid> for Value {
    fn from(v: Uuid) -> Self {
        Self::Uuid(v)
    }
}
impl From<Timestamp> for Value {
    fn from(v: Timestamp) -> Self {
        Self::Int(v.0)
    }
}
impl From<serde_json::Value> for Value {
    fn from(v: serde_json::Value) -> Self {
        Self::Json(strip_nul(v))
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}

/// Replaces NUL in every text of a JSON value; see `From<String>`.
fn strip_nul(json: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match json {
        Json::String(s) if s.contains('\0') => Json::String(s.replace('\0', "\u{FFFD}")),
        Json::Array(items) => Json::Array(items.into_iter().map(strip_nul).collect()),
        Json::Object(members) => Json::Object(members.into_iter().map(|(k, v)| (k, strip_nul(v))).collect()),
        other => other,
    }
}

impl Value {
    /// The text by which a row is known in the log's list of touched rows.
    #[must_use]
    pub fn key_text(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(v) => v.to_string(),
            Self::Int(v) => v.to_string(),
            Self::Float(v) => v.to_string(),
            Self::Text(v) => v.clone(),
            Self::Bytes(v) => v.iter().map(|b| format!("{b:02x}")).collect(),
            Self::Uuid(v) => v.to_string(),
            Self::Json(v) => v.to_string(),
        }
    }
}

/// One row of an answer, its columns in the order of the statement.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Row(pub Vec<Value>);

impl Row {
    fn at(&self, column: usize) -> Result<&Value, DbError> {
        self.0.get(column).ok_or_else(|| DbError::internal(format!("row has no column {column}")))
    }

    fn wrong(column: usize, wanted: &str, value: &Value) -> DbError {
        DbError::internal(format!("column {column}: expected {wanted}, found {value:?}"))
    }

    /// An integer column.
    ///
    /// # Errors
    /// When the column is missing, null or of another kind, like all readers of [`Row`].
    pub fn int(&self, column: usize) -> Result<i64, DbError> {
        match self.at(column)? {
            Value::Int(v) => Ok(*v),
            Value::Bool(v) => Ok(i64::from(*v)),
            other => Err(Self::wrong(column, "an integer", other)),
        }
    }

    /// An integer column that cannot be negative: positions, counts.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn count(&self, column: usize) -> Result<u64, DbError> {
        self.int(column)?.try_into().map_err(|_| DbError::internal(format!("column {column} is negative")))
    }

    /// A boolean column.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn bool(&self, column: usize) -> Result<bool, DbError> {
        match self.at(column)? {
            Value::Bool(v) => Ok(*v),
            Value::Int(v) => Ok(*v != 0),
            other => Err(Self::wrong(column, "a boolean", other)),
        }
    }

    /// A double column; integers are widened.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    #[expect(clippy::cast_precision_loss, reason = "figures that are shown")]
    pub fn float(&self, column: usize) -> Result<f64, DbError> {
        match self.at(column)? {
            Value::Float(v) => Ok(*v),
            Value::Int(v) => Ok(*v as f64),
            other => Err(Self::wrong(column, "a number", other)),
        }
    }

    /// A text column.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn text(&self, column: usize) -> Result<String, DbError> {
        match self.at(column)? {
            Value::Text(v) => Ok(v.clone()),
            other => Err(Self::wrong(column, "text", other)),
        }
    }

    /// A text column, moved out of the row.
    pub(crate) fn take_text(&mut self, column: usize) -> Result<String, DbError> {
        match self.0.get_mut(column).map(|value| std::mem::replace(value, Value::Null)) {
            Some(Value::Text(v)) => Ok(v),
            Some(other) => Err(Self::wrong(column, "text", &other)),
            None => Err(DbError::internal(format!("row has no column {column}"))),
        }
    }

    /// A text column that may be null.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, DbError> {
        if *self.at(column)? == Value::Null { Ok(None) } else { self.text(column).map(Some) }
    }

    /// An integer column that may be null.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, DbError> {
        if *self.at(column)? == Value::Null { Ok(None) } else { self.int(column).map(Some) }
    }

    /// An identifier column.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn uuid(&self, column: usize) -> Result<Uuid, DbError> {
        match self.at(column)? {
            Value::Uuid(v) => Ok(*v),
            Value::Bytes(v) => {
                Uuid::from_slice(v).map_err(|_| Self::wrong(column, "16 bytes", &Value::Bytes(v.clone())))
            }
            other => Err(Self::wrong(column, "an identifier", other)),
        }
    }

    /// An identifier column that may be null.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn opt_uuid(&self, column: usize) -> Result<Option<Uuid>, DbError> {
        if *self.at(column)? == Value::Null { Ok(None) } else { self.uuid(column).map(Some) }
    }

    /// An instant column.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn instant(&self, column: usize) -> Result<Timestamp, DbError> {
        self.int(column).map(Timestamp)
    }

    /// An instant column that may be null.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn opt_instant(&self, column: usize) -> Result<Option<Timestamp>, DbError> {
        Ok(self.opt_int(column)?.map(Timestamp))
    }

    /// A column of bytes.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>, DbError> {
        match self.at(column)? {
            Value::Bytes(v) => Ok(v.clone()),
            other => Err(Self::wrong(column, "bytes", other)),
        }
    }

    /// A JSON column; null reads as JSON null.
    #[expect(clippy::missing_errors_doc, reason = "as Row::int")]
    pub fn json(&self, column: usize) -> Result<serde_json::Value, DbError> {
        match self.at(column)? {
            Value::Null => Ok(serde_json::Value::Null),
            Value::Json(v) => Ok(v.clone()),
            Value::Text(v) => serde_json::from_str(v)
                .map_err(|e| DbError::internal(format!("column {column} is not JSON: {e}"))),
            other => Err(Self::wrong(column, "JSON", other)),
        }
    }
}
