//! Values and errors, to and from `rusqlite`.

use crate::{DbError, Row, Value};
use rusqlite::ErrorCode;
use rusqlite::types::{ToSql, ToSqlOutput, Value as Owned, ValueRef};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Owned::Null),
            Self::Bool(v) => ToSqlOutput::Owned(Owned::Integer(i64::from(*v))),
            Self::Int(v) => ToSqlOutput::Owned(Owned::Integer(*v)),
            Self::Float(v) => ToSqlOutput::Owned(Owned::Real(*v)),
            Self::Text(v) => ToSqlOutput::Borrowed(ValueRef::Text(v.as_bytes())),
            Self::Bytes(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v)),
            Self::Uuid(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v.as_bytes())),
            Self::Json(v) => ToSqlOutput::Owned(Owned::Text(v.to_string())),
        })
    }
}

/// Reads the current row, column by column.
pub(super) fn row(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Row> {
    let mut values = Vec::with_capacity(columns);
    for column in 0..columns {
        values.push(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(v) => Value::Int(v),
            ValueRef::Real(v) => Value::Float(v),
            ValueRef::Text(v) => Value::Text(String::from_utf8_lossy(v).into_owned()),
            ValueRef::Blob(v) => Value::Bytes(v.to_vec()),
        });
    }
    Ok(Row(values))
}

/// What a SQLite error means to us.
pub(super) fn error(error: rusqlite::Error) -> DbError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => DbError::Constraint(text),
        Some(ErrorCode::DiskFull) => DbError::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::SystemIoFailure) => DbError::ReadOnly(text),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DbError::Unavailable(text),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => DbError::Unavailable(text),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => DbError::Unfit(text),
        _ => DbError::Internal(text),
    }
}

/// Whether an error spoils the whole group, and not only the Batch that met it.
pub(super) fn is_fatal(error: &DbError) -> bool {
    matches!(error, DbError::ReadOnly(_) | DbError::DiskFull | DbError::Unfit(_) | DbError::Unavailable(_))
}
