//! Every expression against the fields and facts it may read: names, types, and a value when nothing is filled in.

use super::source::Report;
use crate::define::{Definition, Field, FieldType, Form, Requirement};
use crate::expr::{Expression, Scope, Type, TypeScope, infer};

pub(super) fn check(definition: &Definition, report: &Report) {
    for form in &definition.forms {
        let checker = Checker::new(definition, form, report);
        for field in &form.fields {
            checker.field(field);
        }
        checker.guards(definition, form);
    }
}

struct Checker<'a> {
    types: TypeScope,
    facts: TypeScope,
    empty: Scope,
    report: &'a Report,
    form: &'a str,
    /// Whether some field's type is not known, so that trying the expressions out would prove nothing.
    doubtful: bool,
}

impl<'a> Checker<'a> {
    fn new(definition: &Definition, form: &'a Form, report: &'a Report) -> Self {
        let mut types = definition.type_scope(form);
        let is_doubtful = |name: &str| report.has_place(&format!("form:{}/field:{name}/doubtful", form.code));
        types.iter_mut().filter(|(name, _)| is_doubtful(name)).for_each(|(_, kind)| *kind = Type::Unknown);
        let doubtful = types.values().any(|kind| *kind == Type::Unknown);
        let mut empty = Scope::new(jiff::civil::date(2026, 1, 1), definition.module.calendar);
        for (name, kind) in &types {
            empty.set(name, None, kind);
        }
        let facts = definition.module.facts.iter().map(|fact| (fact.key.clone(), Type::Int)).collect();
        Self { types, facts, empty, report, form: &form.code, doubtful }
    }

    fn field(&self, field: &Field) {
        let place = |key: &str| format!("form:{}/field:{}/{key}", self.form, field.key);
        let conditions = [
            (field.show.as_ref(), "show"),
            (if let Requirement::When(when) = &field.required.when { Some(when) } else { None }, "required"),
        ];
        for (expression, key) in conditions {
            if let Some(expression) = expression {
                self.expression(expression, &Type::Bool, &self.types, &place(key));
            }
        }
        for (index, check) in field.checks.iter().enumerate() {
            self.expression(&check.ok, &Type::Bool, &self.types, &place(&format!("check:{index}")));
        }
        for (expression, key) in [(&field.compute, "compute"), (&field.prefill, "prefill")] {
            let (Some(expression), Some(expected)) = (expression, field.kind.expression_type()) else {
                continue;
            };
            if field.kind == FieldType::Period {
                self.report.at(&place(key), "a period cannot be computed", "a field of another type");
                continue;
            }
            // A new draft has no answers: only facts and today's date can fill it in.
            let types = if key == "prefill" { &self.facts } else { &self.types };
            self.expression(expression, &expected, types, &place(key));
        }
    }

    fn guards(&self, definition: &Definition, form: &Form) {
        let Some(workflow) = definition.workflow_of(form) else { return };
        for (index, transition) in workflow.transitions.iter().enumerate() {
            if let Some(guard) = &transition.guard {
                let place = format!("workflow:{}/transition:{index}/guard", workflow.name);
                self.expression(&guard.ok, &Type::Bool, &self.types, &place);
            }
        }
    }

    fn expression(&self, expression: &Expression, expected: &Type, types: &TypeScope, place: &str) {
        match infer(expression.source(), types) {
            Err(problems) => {
                for problem in problems {
                    self.report.within(place, problem.offset, problem.what, problem.expected);
                }
            }
            Ok(found) if !found.fits(expected) => {
                self.report.at(place, format!("the expression gives {found}"), expected.to_string());
            }
            Ok(_) if self.doubtful => {}
            Ok(_) => {
                if let Err(error) = expression.evaluate(&self.empty) {
                    let what =
                        format!("the expression has no value while nothing is filled in: {}", error.message);
                    self.report.at(
                        place,
                        what,
                        "a value in every case: test with `given(field)` or `!= 0` first",
                    );
                }
            }
        }
    }
}
