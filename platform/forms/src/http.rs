//! The API of all modules of forms, mounted once: a module that is installed while the system runs is there at its next
//! request, and an unknown one answers 404.

mod answers;
mod csv;
mod inbox;
mod instances;

use crate::host::FormsHost;
use answers::{
    ActRequest, CreateRequest, FormAnswer, FormSummary, InboxAnswer, InstanceAnswer, InstanceRow, LineAnswer,
    SaveRequest,
};
use axum::extract::Path;
use forms_model::define::Verb;
use std::sync::Arc;
use web::{Api, Ctx, Doc, JsonBody, Key, Query};

pub(crate) use csv::list_csv;
pub(crate) use inbox::{InboxPage, Part, read_inbox};
pub(crate) use instances::{filter, id as parse_id};

/// A handler that is given the host: `on!(host, list, ctx: Ctx)`.
macro_rules! on {
    ($host:ident, $handler:path, $($argument:ident: $kind:ty),*) => {{
        let host = std::sync::Arc::clone($host);
        move |$($argument: $kind),*| $handler(std::sync::Arc::clone(&host), $($argument),*)
    }};
}
pub(crate) use on;

impl FormsHost {
    /// Every route of the modules of forms: API and pages.
    #[must_use]
    pub fn api(self: &Arc<Self>) -> Api {
        let api = lists(self).merge(instances(self)).merge(steps(self));
        api.merge(crate::pages::api(self))
    }
}

type Two = Path<(String, String)>;

fn lists(host: &Arc<FormsHost>) -> Api {
    use instances::{form, forms, list};
    Api::new()
        .get(
            "/api/v1/{module}/forms",
            on!(host, forms, ctx: Ctx, module: Path<String>),
            Doc::new("Lists the forms of a module.")
                .permission("{module}.instance.create")
                .answers::<Vec<FormSummary>>(200),
        )
        .get(
            "/api/v1/{module}/forms/{form}",
            on!(host, form, ctx: Ctx, path: Two),
            Doc::new("Describes a form: its fields, their JSON Schema, its workflow.")
                .permission("{module}.instance.create")
                .answers::<FormAnswer>(200),
        )
        .get(
            "/api/v1/{module}/instances",
            on!(host, list, ctx: Ctx, module: Path<String>, query: Query),
            Doc::new("Lists the instances that the caller may see, the last changed first.")
                .permission("{module}.instance.read")
                .pages::<InstanceRow>()
                .query("form", "Of this form only.")
                .query("kind", "`draft`, `waiting`, `approved`, `refused` or `closed`.")
                .query("state", "In these states only, separated by commas.")
                .query("entered", "`week` or `month`: having entered these states in the one under way.")
                .query("mine", "`1`: the caller's own only.")
                .query(
                    "scope",
                    "`self`: the caller's own; `team`: of the teams that the caller manages; `all`.",
                )
                .query("late", "`1`: past their due date only.")
                .query("q", "Words in number or title.")
                .query("format", "`csv`: the whole list as a table."),
        )
        .get(
            "/api/v1/inbox",
            on!(host, inbox::inbox, ctx: Ctx, query: Query),
            Doc::new("Lists what awaits the caller's decision in all modules, the most pressing first.")
                .answers::<InboxAnswer>(200)
                .query("limit", "Rows of a page, 1 to 200.")
                .query("cursor", "The `next_cursor` of the page before.")
                .query("module", "Of this module only."),
        )
}

fn instances(host: &Arc<FormsHost>) -> Api {
    use instances::{create, delete, history, instance, save};
    Api::new()
        .post(
            "/api/v1/{module}/instances",
            on!(host, create, ctx: Ctx, key: Key, module: Path<String>, body: JsonBody<CreateRequest>),
            Doc::new("Begins an instance: a draft, or sent at once.")
                .permission("{module}.instance.create")
                .body::<CreateRequest>()
                .answers::<InstanceAnswer>(201),
        )
        .get(
            "/api/v1/{module}/instances/{id}",
            on!(host, instance, ctx: Ctx, path: Two),
            Doc::new("Shows an instance with its answers and what the caller may do.")
                .permission("{module}.instance.read")
                .answers::<InstanceAnswer>(200),
        )
        .patch(
            "/api/v1/{module}/instances/{id}",
            on!(host, save, ctx: Ctx, key: Key, path: Two, body: JsonBody<SaveRequest>),
            Doc::new("Changes answers of the caller's own draft; `null` takes one away.")
                .permission("{module}.instance.create")
                .body::<SaveRequest>()
                .answers::<InstanceAnswer>(200),
        )
        .delete(
            "/api/v1/{module}/instances/{id}",
            on!(host, delete, ctx: Ctx, key: Key, path: Two, query: Query),
            Doc::new("Throws away a draft of the caller's own that was never sent.")
                .permission("{module}.instance.create")
                .query("revision", "The revision that was read."),
        )
        .get(
            "/api/v1/{module}/instances/{id}/history",
            on!(host, history, ctx: Ctx, path: Two),
            Doc::new("Tells what happened to an instance, oldest first.")
                .permission("{module}.instance.read")
                .pages::<LineAnswer>(),
        )
}

/// The permission that a step needs, and what it does.
fn step_of(verb: Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Submit => ("{module}.instance.create", "Sends a draft."),
        Verb::Approve => ("{module}.instance.decide", "Approves an instance at its present level."),
        Verb::Refuse => ("{module}.instance.decide", "Refuses an instance, with a reason."),
        Verb::Comment => ("{module}.instance.read", "Says something about an instance."),
        Verb::Close => ("{module}.instance.decide", "Closes an instance."),
        Verb::Reopen => ("{module}.instance.read", "Takes an instance up again."),
    }
}

fn steps(host: &Arc<FormsHost>) -> Api {
    Verb::ALL.into_iter().fold(Api::new(), |api, verb| {
        let (permission, summary) = step_of(verb);
        let host = Arc::clone(host);
        api.post(
            &format!("/api/v1/{{module}}/instances/{{id}}/{verb}"),
            move |ctx: Ctx, key: Key, path: Path<(String, String)>, body: JsonBody<ActRequest>| {
                instances::act(Arc::clone(&host), ctx, key, verb, path, body)
            },
            Doc::new(summary).permission(permission).body::<ActRequest>().answers::<InstanceAnswer>(200),
        )
    })
}
