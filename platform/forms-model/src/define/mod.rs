//! What a module of forms is, once its files have been checked. Everything here is plain data that goes to JSON and
//! comes back identical; [`mod@crate::check`] is the only maker of a new one.

mod definition;
mod form;
mod kpi;
mod module;
mod workflow;

pub use definition::{Definition, canonical_json};
pub use form::{Check, Choice, Field, FieldType, Form, MAX_INTEGER, OnHide, Required, Requirement, Section};
pub use kpi::{Backlog, Direction, Kpi, KpiKind, Unit, Window};
pub use module::{Age, Fact, MenuEntry, ModuleInfo, Retention, Role, Then};
pub use workflow::{
    Audience, By, Delay, EMPLOYEE, Escalation, Guard, Scope, State, StateKind, Transition, Verb, Workflow,
};
