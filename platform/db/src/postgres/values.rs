//! Values, to and from PostgreSQL's types.
//!
//! A parameter is checked against the type that the prepared statement wants before anything is sent: a mismatch is
//! one Batch's defect and must not spoil the transaction of its neighbours.

use crate::{DbError, DbResult, Row, Value};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// A value on its way to a statement that [`check`] has seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Param<'a>(pub(super) &'a Value);

/// What a prepared statement takes but our values have no kind for.
const UNSUPPORTED: &str = "cast it in the statement to bigint, text, uuid, boolean, bytea, jsonb or float8";

/// Whether a value can stand for a parameter of a type, and why not.
fn fits(value: &Value, ty: &Type) -> Result<(), String> {
    let fits = match (value, ty) {
        (Value::Null, _) => true,
        (Value::Bool(_), ty) => *ty == Type::BOOL,
        (Value::Int(v), ty) => match *ty {
            Type::INT8 | Type::FLOAT8 => true,
            Type::INT4 => in_range(i32::try_from(*v).is_ok(), *v, ty)?,
            Type::INT2 => in_range(i16::try_from(*v).is_ok(), *v, ty)?,
            _ => false,
        },
        (Value::Float(_), ty) => *ty == Type::FLOAT8,
        (Value::Text(v), ty) => is_text(ty) && !v.contains('\0'),
        (Value::Bytes(_), ty) => *ty == Type::BYTEA,
        (Value::Uuid(_), ty) => *ty == Type::UUID,
        (Value::Json(_), ty) => matches!(*ty, Type::JSONB | Type::JSON),
    };
    let known = is_text(ty)
        || matches!(
            *ty,
            Type::BOOL | Type::INT8 | Type::INT4 | Type::INT2 | Type::FLOAT8 | Type::BYTEA | Type::UUID
        )
        || matches!(*ty, Type::JSONB | Type::JSON);
    match (fits, known) {
        (true, true) => Ok(()),
        (_, false) => Err(format!("has type {ty}, which is not supported: {UNSUPPORTED}")),
        (false, true) => Err(format!("wants {ty} and was given {}", kind(value))),
    }
}

fn in_range(inside: bool, value: i64, ty: &Type) -> Result<bool, String> {
    if inside { Ok(true) } else { Err(format!("has type {ty}, too small for {value}: cast it to bigint")) }
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR | Type::UNKNOWN)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) => "an integer",
        Value::Float(_) => "a double",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytes",
        Value::Uuid(_) => "an identifier",
        Value::Json(_) => "JSON",
    }
}

/// Checks the parameters of a statement against the types that it was prepared with.
pub(super) fn check(name: &str, params: &[Value], types: &[Type]) -> DbResult<()> {
    if params.len() != types.len() {
        return Err(DbError::internal(format!(
            "statement `{name}` takes {} parameters and was given {}",
            types.len(),
            params.len()
        )));
    }
    for (i, (value, ty)) in params.iter().zip(types).enumerate() {
        fits(value, ty)
            .map_err(|why| DbError::internal(format!("statement `{name}`: parameter {} {why}", i + 1)))?;
    }
    Ok(())
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Bool(v) => v.to_sql(ty, out),
            Value::Int(v) => match *ty {
                Type::INT4 => i32::try_from(*v)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*v)?.to_sql(ty, out),
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a double was asked for; Row::float widens alike"
                )]
                Type::FLOAT8 => (*v as f64).to_sql(ty, out),
                _ => v.to_sql(ty, out),
            },
            Value::Float(v) => v.to_sql(ty, out),
            Value::Text(v) => v.to_sql(ty, out),
            Value::Bytes(v) => v.to_sql(ty, out),
            Value::Uuid(v) => v.to_sql(ty, out),
            Value::Json(v) => v.to_sql(ty, out),
        }
    }

    /// [`check`] decides; this type only writes.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column's value on its way back.
struct Cell(Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self(match *ty {
            Type::BOOL => Value::Bool(bool::from_sql(ty, raw)?),
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Value::Float(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Value::Float(f32::from_sql(ty, raw)?.into()),
            Type::BYTEA => Value::Bytes(raw.to_vec()),
            Type::UUID => Value::Uuid(kernel::Uuid::from_sql(ty, raw)?),
            Type::JSON | Type::JSONB => Value::Json(serde_json::Value::from_sql(ty, raw)?),
            _ => Value::Text(String::from_sql(ty, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        is_text(ty)
            || matches!(
                *ty,
                Type::BOOL
                    | Type::INT8
                    | Type::INT4
                    | Type::INT2
                    | Type::FLOAT8
                    | Type::FLOAT4
                    | Type::BYTEA
                    | Type::UUID
                    | Type::JSON
                    | Type::JSONB
            )
    }
}

/// Reads an answer; the statement's name is for the error of a column that has no kind here.
pub(super) fn rows(name: &str, rows: &[tokio_postgres::Row]) -> DbResult<Vec<Row>> {
    if let Some(column) = rows.first().and_then(|r| r.columns().iter().find(|c| !Cell::accepts(c.type_()))) {
        return Err(DbError::internal(format!(
            "statement `{name}`: column `{}` has type {}, which is not supported: {UNSUPPORTED}",
            column.name(),
            column.type_()
        )));
    }
    let read = |row: &tokio_postgres::Row| {
        (0..row.len()).map(|i| row.try_get::<_, Cell>(i).map(|c| c.0)).collect::<Result<Vec<_>, _>>().map(Row)
    };
    rows.iter()
        .map(read)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| DbError::internal(format!("statement `{name}`: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_checked_by_the_prepared_type() {
        let text = Value::from("a");
        assert!(check("s", &[Value::Int(1), text.clone()], &[Type::INT8, Type::VARCHAR]).is_ok());
        assert!(check("s", &[Value::Null], &[Type::JSONB]).is_ok());
        let error = check("ADD_NOTE", &[Value::Int(1), text], &[Type::INT8, Type::UUID]).unwrap_err();
        assert_eq!(error.to_string(), "statement `ADD_NOTE`: parameter 2 wants uuid and was given text");
        let error = check("s", &[Value::Int(1 << 40)], &[Type::INT4]).unwrap_err().to_string();
        assert!(error.contains("cast it to bigint"), "{error}");
        let error = check("s", &[Value::Int(1)], &[Type::NUMERIC]).unwrap_err().to_string();
        assert!(error.contains("numeric") && error.contains("cast it"), "{error}");
        assert!(check("s", &[], &[Type::INT4]).is_err());
        assert!(check("s", &[Value::Text("a\0".into())], &[Type::TEXT]).is_err());
    }
}
