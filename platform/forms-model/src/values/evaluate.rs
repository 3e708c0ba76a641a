//! What a form looks like with given answers: computed values, visible and required fields, what to correct.

use super::convert::{from_var, to_var};
use super::fault::Fault;
use super::parse_json::read;
use super::{Facts, Values, display};
use crate::define::{Definition, Field, FieldType, Form, OnHide, Requirement};
use crate::expr::{Scope, Type};
use crate::template::fill;
use kernel::{FieldError, Lang, Text};
use serde_json::Value;
use std::collections::BTreeMap;

/// A form with its answers, at one moment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Evaluation {
    /// All answers with the computed values: what a draft keeps.
    pub values: Values,
    /// The answers without those that are hidden and not declared `keep`: what is sent.
    pub shown: Values,
    /// How each field stands, by key.
    pub fields: BTreeMap<String, FieldState>,
    /// What to correct before it can be sent, in the order of the form.
    pub errors: Vec<FieldError>,
}

/// How a field stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FieldState {
    /// Whether it is shown.
    pub visible: bool,
    /// Whether it must be filled in.
    pub required: bool,
    /// Whether its value is computed and cannot be typed.
    pub computed: bool,
}

/// The names that a field's value and visibility depend on.
#[must_use]
pub fn dependencies(field: &Field) -> Vec<&str> {
    let expressions = [field.show.as_ref(), field.compute.as_ref()];
    expressions.into_iter().flatten().flat_map(|expression| expression.reads()).map(String::as_str).collect()
}

/// Evaluates a form: computed fields, visibility, requirements, checks. Every expression sees a hidden field as not
/// given unless it is declared `keep`; an expression that fails hides nothing, requires nothing and computes nothing,
/// and a check that fails to give an answer does not hold.
#[must_use]
pub fn evaluate(definition: &Definition, form: &Form, values: &Values, facts: &Facts) -> Evaluation {
    let mut state =
        State { form, given: values, scope: scope(definition, facts), out: Evaluation::default() };
    for field in &form.fields {
        state.settle(field, 0);
    }
    for field in &form.fields {
        state.judge(field);
    }
    state.out
}

/// The answers to send, or what to correct first.
///
/// # Errors
/// One sentence per field to correct, in the order of the form.
pub fn submit(
    definition: &Definition,
    form: &Form,
    values: &Values,
    facts: &Facts,
) -> Result<Values, Vec<FieldError>> {
    let evaluation = evaluate(definition, form, values, facts);
    if evaluation.errors.is_empty() { Ok(evaluation.shown) } else { Err(evaluation.errors) }
}

/// The first answers of a new draft. A field whose facts are not known stays empty.
#[must_use]
pub fn prefill(definition: &Definition, form: &Form, facts: &Facts) -> Values {
    let scope = scope(definition, facts);
    let first = |field: &Field| {
        let expression = field.prefill.as_ref()?;
        let known = expression.reads().iter().all(|name| facts.numbers.contains_key(name));
        let var = expression.evaluate(&scope).ok().filter(|_| known)?;
        let value = from_var(&field.kind, &var)?;
        Some((field.key.clone(), read(&field.kind, &value).ok()??))
    };
    form.fields.iter().filter_map(first).collect()
}

/// A scope that holds the declared facts.
pub(crate) fn scope(definition: &Definition, facts: &Facts) -> Scope {
    let mut scope = Scope::new(facts.today, facts.calendar);
    for fact in &definition.module.facts {
        scope.set(&fact.key, facts.numbers.get(&fact.key).copied().map(crate::expr::Var::Int), &Type::Int);
    }
    scope
}

impl Evaluation {
    /// Puts the answers that are sent into a scope, for guards.
    pub(crate) fn fill_scope(&self, form: &Form, scope: &mut Scope) {
        for field in &form.fields {
            if let Some(kind) = field.kind.expression_type() {
                let var = self.shown.get(&field.key).and_then(|value| to_var(&field.kind, value));
                scope.set(&field.key, var, &kind);
            }
        }
    }
}

struct State<'a> {
    form: &'a Form,
    given: &'a Values,
    scope: Scope,
    out: Evaluation,
}

impl State<'_> {
    /// Finds a field's value and visibility, after those it depends on. The depth bounds definitions that were never
    /// checked; checked ones have no circle.
    fn settle(&mut self, field: &Field, depth: usize) {
        if self.out.fields.contains_key(&field.key) || depth > self.form.fields.len() {
            return;
        }
        let form = self.form;
        for name in dependencies(field) {
            if let Some(other) = form.field(name) {
                self.settle(other, depth + 1);
            }
        }
        let visible = field.show.as_ref().is_none_or(|show| show.holds(&self.scope) != Some(false));
        let value = match &field.compute {
            Some(compute) => compute.evaluate(&self.scope).ok().and_then(|var| from_var(&field.kind, &var)),
            None => self.given.get(&field.key).cloned(),
        };
        let counts = visible || field.on_hide == OnHide::Keep;
        if let Some(kind) = field.kind.expression_type() {
            let var = value.as_ref().filter(|_| counts).and_then(|value| to_var(&field.kind, value));
            self.scope.set(&field.key, var, &kind);
        }
        if let Some(value) = value {
            if counts {
                self.out.shown.insert(field.key.clone(), value.clone());
            }
            self.out.values.insert(field.key.clone(), value);
        }
        let computed = field.compute.is_some();
        self.out.fields.insert(field.key.clone(), FieldState { visible, required: false, computed });
    }

    /// Finds whether a field is required, and what is wrong with it.
    fn judge(&mut self, field: &Field) {
        let visible = self.out.fields.get(&field.key).is_some_and(|state| state.visible);
        let required = visible
            && match &field.required.when {
                Requirement::Never => false,
                Requirement::Always => true,
                Requirement::When(when) => when.holds(&self.scope) == Some(true),
            };
        if let Some(state) = self.out.fields.get_mut(&field.key) {
            state.required = required;
        }
        if !visible {
            return;
        }
        let error = match self.out.shown.get(&field.key) {
            None => required.then(|| self.missing(field)),
            Some(Value::Bool(false)) if required && field.kind == FieldType::Bool => {
                Some(self.missing(field))
            }
            Some(value) => self.wrong(field, value),
        };
        self.out.errors.extend(error);
    }

    fn missing(&self, field: &Field) -> FieldError {
        match &field.required.message {
            Some(message) => FieldError { field: field.key.clone(), text: self.sentence(message) },
            None => Fault::Missing.at(field),
        }
    }

    /// The first thing wrong with a value: its form, its bounds, its checks.
    fn wrong(&self, field: &Field, value: &Value) -> Option<FieldError> {
        if let Err(fault) = read(&field.kind, value) {
            return Some(fault.at(field));
        }
        let broken = field.checks.iter().find(|check| check.ok.holds(&self.scope) != Some(true))?;
        Some(FieldError { field: field.key.clone(), text: self.sentence(&broken.message) })
    }

    /// A message with the answers that it names.
    fn sentence(&self, message: &Text) -> Text {
        let text = |lang: Lang| {
            fill(message.get(lang), |key| {
                let field = self.form.field(key)?;
                Some(display(field, self.out.shown.get(key), lang))
            })
        };
        Text::new(text(Lang::Fr), text(Lang::En))
    }
}
