//! Running an expression over named values.

use super::rewrite::{TODAY, given};
use super::{Expression, Type, Var, functions};
use crate::calendar::Calendar;
use crate::days::to_days;
use cel::common::types::{CelBool, CelInt, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

/// The values that an expression may read.
#[derive(Clone, Debug)]
pub struct Scope {
    vars: BTreeMap<String, Var>,
    today: i64,
    calendar: Calendar,
}

/// Why an expression gave no value: an overflow, a division by zero, a name that is not there.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{source_text}` has no value: {message}")]
pub struct EvalError {
    /// The expression.
    pub source_text: String,
    /// The interpreter's reason, for the operator.
    pub message: String,
}

impl Scope {
    /// An empty scope at a date, with the public holidays of a calendar.
    #[must_use]
    pub fn new(today: jiff::civil::Date, calendar: Calendar) -> Self {
        Self { vars: BTreeMap::new(), today: to_days(today), calendar }
    }

    /// Sets a variable; `given(name)` tells whether it holds more than its type's default.
    pub fn set(&mut self, name: &str, value: Option<Var>, kind: &Type) {
        self.vars.insert(given(name), Var::Bool(value.is_some()));
        self.vars.insert(name.to_owned(), value.unwrap_or_else(|| kind.default_value()));
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Var> {
        self.vars.get(name)
    }
}

impl VariableResolver for Scope {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        if variable == TODAY {
            return Some(CowVal::owned(CelInt::from(self.today)));
        }
        match self.vars.get(variable)? {
            Var::Bool(value) => Some(CowVal::owned(CelBool::from(*value))),
            Var::Int(value) => Some(CowVal::owned(CelInt::from(*value))),
            Var::Text(value) => Some(CowVal::owned(CelString::from(value.as_str()))),
            other => Box::<dyn Val>::try_from(to_cel(other)).ok().map(CowVal::Owned),
        }
    }
}

impl Expression {
    /// Evaluates the expression.
    ///
    /// # Errors
    /// [`EvalError`] on overflow, division by zero, an unknown name, or a result that no field can hold.
    pub fn evaluate(&self, scope: &Scope) -> Result<Var, EvalError> {
        static ENV: OnceLock<Arc<Env>> = OnceLock::new();
        let mut context = Context::with_env(Arc::clone(ENV.get_or_init(|| Arc::new(Env::stdlib()))));
        functions::add(&mut context, scope.calendar);
        context.set_variable_resolver(scope);
        let failed = |message: String| EvalError { source_text: self.source().to_owned(), message };
        let value = Value::resolve(self.tree(), &context).map_err(|error| failed(error.to_string()))?;
        from_cel(&value).ok_or_else(|| failed(format!("a result of type {}", value.type_of())))
    }

    /// Evaluates a condition; `None` when it has no value or is not a condition.
    #[must_use]
    pub fn holds(&self, scope: &Scope) -> Option<bool> {
        self.evaluate(scope).ok()?.as_bool()
    }
}

fn to_cel(var: &Var) -> Value {
    match var {
        Var::Bool(value) => Value::Bool(*value),
        Var::Int(value) => Value::Int(*value),
        Var::Text(value) => Value::from(value.as_str()),
        Var::List(items) => Value::List(Arc::new(items.iter().map(to_cel).collect())),
        Var::Record(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), *value)).collect::<HashMap<_, _>>().into()
        }
    }
}

fn from_cel(value: &Value) -> Option<Var> {
    match value {
        Value::Bool(value) => Some(Var::Bool(*value)),
        Value::Int(value) => Some(Var::Int(*value)),
        Value::String(value) => Some(Var::Text(value.as_str().to_owned())),
        Value::List(items) => items.iter().map(from_cel).collect::<Option<Vec<_>>>().map(Var::List),
        _ => None,
    }
}
