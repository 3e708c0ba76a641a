//! The outermost layer: who calls, from where, in which language, under which correlation id; limits, CSRF, security
//! headers, and the wording of errors. Deny by default: a route that is not declared public needs a signed-in caller.

mod caller;
mod csrf;
mod headers;

use crate::api::Endpoint;
use crate::ctx::Ctx;
use crate::edge::{Edge, negotiate_language};
use crate::problem::{Failure, problem};
use crate::{limits, live, ui};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use kernel::{Error, Kind, Result, Uuid};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

pub use caller::{cookie, session_cookie_name};

/// What the layer needs to know.
pub struct Outer {
    edge: Arc<Edge>,
    public: BTreeSet<(String, String)>,
    declared: BTreeSet<(String, String)>,
}

impl Outer {
    /// A layer for these endpoints.
    #[must_use]
    pub fn new(edge: Arc<Edge>, endpoints: &[Endpoint]) -> Arc<Self> {
        let name = |e: &Endpoint| (e.method.to_owned(), e.path.clone());
        let public = endpoints.iter().filter(|e| e.is_public()).map(name).collect();
        Arc::new(Self { edge, public, declared: endpoints.iter().map(name).collect() })
    }

    fn is_public(&self, request: &Request) -> bool {
        let Some(path) = request.extensions().get::<MatchedPath>() else { return false };
        let method = if request.method() == Method::HEAD { "GET" } else { request.method().as_str() };
        let named = (method.to_owned(), path.as_str().to_owned());
        // A method that a public path does not have is told so (405), signed in or not.
        let unknown =
            || !self.declared.contains(&named) && self.public.iter().any(|(_, p)| p == path.as_str());
        path.as_str().starts_with("/assets/") || self.public.contains(&named) || unknown()
    }
}

/// The middleware.
pub async fn outer(State(outer): State<Arc<Outer>>, request: Request, next: Next) -> Response {
    let edge = &outer.edge;
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let correlation_id = caller::correlation_id(&request, &*edge.clock);
    let wants_html = wants_html(&request, &path);
    let (ctx, request) = match admit(&outer, request, correlation_id, wants_html).await {
        Ok(admitted) => admitted,
        Err((ctx, error)) => return finish(edge, &ctx, Failure::from(error).into_response()),
    };
    let answer = tokio::time::timeout(Duration::from_secs(limits::SECONDS), next.run(request)).await;
    let response = answer.unwrap_or_else(|_| {
        Failure::from(Error::unavailable(format!("{method} {path} took over {} s", limits::SECONDS)))
            .into_response()
    });
    let person = ctx.principal.as_ref().map(|p| p.id.to_string()).unwrap_or_default();
    let status = response.status().as_u16();
    tracing::info!(target: "archipel::access", %method, path, status, correlation = %correlation_id, person);
    finish(edge, &ctx, response)
}

/// Everything that is asked before a handler runs.
async fn admit(
    outer: &Outer,
    request: Request,
    correlation_id: Uuid,
    wants_html: bool,
) -> std::result::Result<(Ctx, Request), (Box<Ctx>, Error)> {
    let edge = &outer.edge;
    let headers = request.headers();
    let address = caller::address(&request, &edge.config.trusted_proxies);
    let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    let lang_cookie = cookie(headers, "lang");
    let mut ctx = Ctx {
        edge: edge.clone(),
        principal: None,
        lang: negotiate_language(None, lang_cookie.as_deref(), text(header::ACCEPT_LANGUAGE)),
        correlation_id,
        address,
        user_agent: text(header::USER_AGENT).unwrap_or_default().chars().take(200).collect(),
        csrf: String::new(),
        path: request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned(),
        seen: live::seen(headers, request.uri()).unwrap_or_else(|| edge.bus.mark()),
        wants_html,
    };
    let credentials = caller::credentials(headers, edge.config.secure);
    match caller::principal(edge, &credentials).await {
        Ok(principal) => ctx.principal = principal,
        Err(error) => return Err((Box::new(ctx), error)),
    }
    if let Some(principal) = &ctx.principal {
        let accept = text(header::ACCEPT_LANGUAGE);
        ctx.lang = negotiate_language(Some(principal.lang), lang_cookie.as_deref(), accept);
    }
    let caller = ctx.principal.as_ref().map_or_else(|| address.to_string(), |p| p.id.to_string());
    if let Err(error) = edge.limits.request(&caller) {
        return Err((Box::new(ctx), error));
    }
    if ctx.principal.is_none() && !outer.is_public(&request) {
        return Err((Box::new(ctx), Error::unauthenticated()));
    }
    ctx.csrf = csrf::token(&credentials);
    match csrf::check(request, &credentials, &ctx.csrf, &edge.config).await {
        Ok(mut request) => {
            request.extensions_mut().insert(ctx.clone());
            Ok((ctx, request))
        }
        Err(error) => Err((Box::new(ctx), error)),
    }
}

fn wants_html(request: &Request, path: &str) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    !Edge::is_api(path) && !path.starts_with("/health") && accept.contains("text/html")
}

/// Words an error for its reader and adds what every answer carries.
fn finish(edge: &Edge, ctx: &Ctx, mut response: Response) -> Response {
    let id = ctx.correlation_id.to_string();
    if response.status() == StatusCode::METHOD_NOT_ALLOWED || response.status() == StatusCode::NOT_FOUND {
        response = unrouted(response);
    }
    if let Some(error) = response.extensions().get::<Arc<Error>>().cloned() {
        if error.kind == Kind::Internal {
            tracing::error!(correlation = %id, code = error.code, cause = %error.operator, "request failed");
        }
        response = worded(ctx, &error, &id, response);
    }
    headers::secure(edge, ctx, &mut response);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-correlation-id", value);
    }
    response
}

/// What axum answers by itself, worded as ours.
fn unrouted(response: Response) -> Response {
    if response.extensions().get::<Arc<Error>>().is_some()
        || response.headers().contains_key(header::CONTENT_TYPE)
    {
        return response;
    }
    let mut error = Error::not_found();
    let status = response.status();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        error = Error::invalid(
            "method_not_allowed",
            "Cette adresse ne connaît pas cette méthode.",
            "This address does not know this method.",
        );
    }
    let mut ours = Failure::from(error).into_response();
    *ours.status_mut() = status;
    if let Some(allow) = response.headers().get(header::ALLOW) {
        ours.headers_mut().insert(header::ALLOW, allow.clone());
    }
    ours
}

fn worded(ctx: &Ctx, error: &Error, correlation: &str, response: Response) -> Response {
    let status = response.status();
    if !ctx.wants_html {
        let mut ours = problem(error, ctx.lang, Some(correlation));
        *ours.status_mut() = status;
        if let Some(allow) = response.headers().get(header::ALLOW) {
            ours.headers_mut().insert(header::ALLOW, allow.clone());
        }
        return ours;
    }
    if error.kind == Kind::Unauthenticated {
        let next: String = form_urlencoded::byte_serialize(ctx.path.as_bytes()).collect();
        return Redirect::to(&format!("/login?next={next}")).into_response();
    }
    let reference = (error.kind == Kind::Internal).then_some(correlation);
    let retry = matches!(error.kind, Kind::Unavailable { .. } | Kind::Internal | Kind::TooMany { .. });
    let content = ui::failure(ctx.lang, error, reference, retry.then_some(ctx.path.as_str()));
    let page = match &ctx.principal {
        Some(_) => crate::pages::shell(ctx, ui::say(ctx.lang, "Archipel", "Archipel")).page(content),
        None => ui::bare_page(ctx.lang, "Archipel", &content),
    };
    (status, Html(page.into_string())).into_response()
}

/// Checks that a path that somebody gave as "go there afterwards" stays in this house.
#[must_use]
pub fn safe_next(next: &str) -> &str {
    let inside = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.contains(char::is_control);
    if inside { next } else { "/" }
}

/// The result of a page that may fail.
pub type Page = Result<Html<String>, Failure>;
