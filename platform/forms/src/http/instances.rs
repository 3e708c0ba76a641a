//! Forms and instances of one module.

use super::answers::{
    ActRequest, CreateRequest, FormAnswer, FormSummary, InstanceAnswer, InstanceRow, LineAnswer, SaveRequest,
};
use crate::commands::{Answers, Command, Done};
use crate::forms::{Act, Forms};
use crate::host::FormsHost;
use crate::model::parse_kind;
use crate::queries::{Filter, Place, Present};
use crate::roles::Right;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use forms_model::define::{Form, Verb};
use forms_model::values::{Values, parse_json, prefill};
use kernel::{Error, Result, Uuid};
use serde_json::{Map, Value as Raw};
use std::sync::Arc;
use web::{Ctx, Failure, JsonBody, Key, ListPage, Query};

type Answer = std::result::Result<Response, Failure>;
type Two = Path<(String, String)>;

/// An instance's id in a path; what is none is not there.
pub(crate) fn id(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Error::not_found())
}

pub(super) async fn forms(host: Arc<FormsHost>, ctx: Ctx, Path(module): Path<String>) -> Answer {
    let forms = host.get(&module)?;
    forms.permit(ctx.principal()?, Right::Create)?;
    let all: Vec<FormSummary> = forms.definition.forms.iter().map(FormSummary::from).collect();
    Ok(Json(all).into_response())
}

pub(super) async fn form(host: Arc<FormsHost>, ctx: Ctx, Path((module, code)): Two) -> Answer {
    let forms = host.get(&module)?;
    let permit = forms.permit(ctx.principal()?, Right::Create)?;
    let form = forms.form(&code)?;
    let workflow = forms.definition.workflow_of(form).ok_or_else(Error::not_found)?;
    let facts = forms.facts(form, permit.principal.id, &Values::new(), ctx.now()).await;
    let first = prefill(&forms.definition, form, &facts);
    Ok(Json(FormAnswer::new(form, workflow, first)).into_response())
}

/// The filter that a query asks for.
pub(crate) fn filter(query: &Query) -> std::result::Result<Filter, Failure> {
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let kind = text("kind");
    if !kind.is_empty() && parse_kind(&kind).is_none() {
        return Err(Error::invalid(
            "bad_parameter",
            "«\u{a0}kind\u{a0}» vaut draft, waiting, approved, refused ou closed.",
            "“kind” is draft, waiting, approved, refused or closed.",
        )
        .field("kind", "Valeur inattendue", "Unexpected value")
        .into());
    }
    let entered = query.get("entered").map(|word| {
        Present::parse(word).ok_or_else(|| {
            Error::invalid(
                "bad_parameter",
                "«\u{a0}entered\u{a0}» vaut week ou month.",
                "“entered” is week or month.",
            )
            .field("entered", "Valeur inattendue", "Unexpected value")
        })
    });
    let states =
        text("state").split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect();
    Ok(Filter {
        form: text("form"),
        kind,
        states,
        entered: entered.transpose()?,
        mine: query.get("mine") == Some("1") || query.get("scope") == Some("self"),
        team: query.get("scope") == Some("team"),
        late: query.get("late") == Some("1"),
        words: text("q"),
    })
}

pub(super) async fn list(host: Arc<FormsHost>, ctx: Ctx, Path(module): Path<String>, query: Query) -> Answer {
    let forms = host.get(&module)?;
    let permit = forms.permit(ctx.principal()?, Right::Read)?;
    let filter = filter(&query)?;
    if query.get("format") == Some("csv") {
        return super::list_csv(&forms, &ctx, &permit.principal, &filter).await;
    }
    let (limit, after) = (query.limit()?, query.cursor::<Place>()?);
    let rows = forms.list(&permit.principal, &filter, ctx.now(), after, limit + 1).await?;
    let next = ListPage::cut(rows, limit, Forms::place);
    let items = next.items.iter().map(|row| InstanceRow::new(&module, row)).collect();
    Ok(Json(ListPage { items, next_cursor: next.next_cursor }).into_response())
}

pub(super) async fn instance(host: Arc<FormsHost>, ctx: Ctx, Path((module, text)): Two) -> Answer {
    let (forms, act) = (host.get(&module)?, Act::of(&ctx).await?);
    let instance = forms.seen(&act.principal, id(&text)?).await?;
    let values = forms.answers(instance.id).await?;
    let pinned = forms.pinned(&instance.pin()).await?;
    let verbs = forms.available(&act, &pinned, &instance, &values).await?;
    Ok(Json(InstanceAnswer::new(&module, &instance, values).with_actions(&verbs)).into_response())
}

pub(super) async fn history(host: Arc<FormsHost>, ctx: Ctx, Path((module, text)): Two) -> Answer {
    let forms = host.get(&module)?;
    let instance = forms.seen(ctx.principal()?, id(&text)?).await?;
    let items: Vec<LineAnswer> =
        forms.history(instance.id).await?.into_iter().map(LineAnswer::from).collect();
    Ok(Json(ListPage { items, next_cursor: None }).into_response())
}

/// The answers of a JSON body, or what to correct.
fn read(form: &Form, values: Map<String, Raw>) -> Result<Values> {
    parse_json(form, &Raw::Object(values)).into_result().map_err(|fields| {
        let mut error = Error::invalid(
            "invalid_values",
            "Des réponses sont à corriger.",
            "Some answers need to be corrected.",
        );
        error.fields = fields;
        error
    })
}

/// Decides, commits under the caller's key, and answers with the instance. A command that is refused because the same
/// request has just been carried out under the same key gets that one's reply.
async fn answer(
    forms: &Forms,
    ctx: &Ctx,
    act: &Act,
    (key, raw): (&Key, &[u8]),
    status: StatusCode,
    command: &Command,
) -> Answer {
    let commit = |batch, Done { instance, values }: Done| async move {
        let body = InstanceAnswer::new(forms.code(), &instance, values);
        key.commit(&forms.db, batch, raw, status, &body).await
    };
    match forms.execute(act, command, commit).await {
        Ok(answer) => Ok(answer),
        Err(error) => key.replay(ctx, &forms.db, raw).await?.ok_or_else(|| error.into()),
    }
}

pub(super) async fn create(
    host: Arc<FormsHost>,
    ctx: Ctx,
    key: Key,
    Path(module): Path<String>,
    body: JsonBody<CreateRequest>,
) -> Answer {
    let forms = host.get(&module)?;
    forms.permit(ctx.principal()?, Right::Create)?;
    if let Some(reply) = key.replay(&ctx, &forms.db, &body.raw).await? {
        return Ok(reply);
    }
    let CreateRequest { form, values, submit } = body.value()?;
    let Some(declared) = forms.definition.form(&form) else {
        return Err(Error::invalid(
            "unknown_form",
            "Ce module n’a pas ce formulaire.",
            "This module does not have this form.",
        )
        .field("form", "Formulaire inconnu", "Unknown form")
        .into());
    };
    let values = read(declared, values)?;
    let act = Act::of(&ctx).await?;
    let command = Command::Create { form, values, submit };
    answer(&forms, &ctx, &act, (&key, &body.raw), StatusCode::CREATED, &command).await
}

pub(super) async fn save(
    host: Arc<FormsHost>,
    ctx: Ctx,
    key: Key,
    Path((module, text)): Two,
    body: JsonBody<SaveRequest>,
) -> Answer {
    let forms = host.get(&module)?;
    let id = id(&text)?;
    if let Some(reply) = key.replay(&ctx, &forms.db, &body.raw).await? {
        return Ok(reply);
    }
    let act = Act::of(&ctx).await?;
    let instance = forms.seen(&act.principal, id).await?;
    let pinned = forms.pinned(&instance.pin()).await?;
    let SaveRequest { values, revision } = body.value()?;
    let keys = values.keys().cloned().collect();
    let answers = Answers::Some(keys, read(pinned.form()?, values)?);
    let command = Command::Save { id, answers, revision };
    answer(&forms, &ctx, &act, (&key, &body.raw), StatusCode::OK, &command).await
}

pub(super) async fn act(
    host: Arc<FormsHost>,
    ctx: Ctx,
    key: Key,
    verb: Verb,
    Path((module, text)): Two,
    body: JsonBody<ActRequest>,
) -> Answer {
    let forms = host.get(&module)?;
    let id = id(&text)?;
    if let Some(reply) = key.replay(&ctx, &forms.db, &body.raw).await? {
        return Ok(reply);
    }
    let act = Act::of(&ctx).await?;
    forms.seen(&act.principal, id).await?;
    let ActRequest { comment, revision } = body.value()?;
    let command = Command::Act { id, verb, comment, answers: None, revision };
    answer(&forms, &ctx, &act, (&key, &body.raw), StatusCode::OK, &command).await
}

pub(super) async fn delete(
    host: Arc<FormsHost>,
    ctx: Ctx,
    key: Key,
    Path((module, text)): Two,
    query: Query,
) -> Answer {
    let forms = host.get(&module)?;
    let id = id(&text)?;
    if let Some(reply) = key.replay(&ctx, &forms.db, b"").await? {
        return Ok(reply);
    }
    let act = Act::of(&ctx).await?;
    let command = Command::Delete { id, revision: query.parsed("revision")? };
    answer(&forms, &ctx, &act, (&key, b""), StatusCode::OK, &command).await
}
