//! Routes with their documentation beside them: one table makes the router, the OpenAPI document and the matrix of
//! endpoints and roles that the tests walk.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// What the documentation says of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Doc {
    summary: String,
    permission: Option<String>,
    public: bool,
    body: Option<Json>,
    answer: Option<(u16, Json)>,
    query: Vec<(&'static str, &'static str)>,
    schemas: Vec<(String, Json)>,
}

impl Doc {
    /// An endpoint for whoever is signed in, with one line that says what it does.
    #[must_use]
    pub fn new(summary: &str) -> Self {
        Self { summary: summary.to_owned(), ..Self::default() }
    }

    /// It needs a permission.
    #[must_use]
    pub fn permission(mut self, permission: impl Into<String>) -> Self {
        self.permission = Some(permission.into());
        self
    }

    /// Everybody may call it, signed in or not.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// It reads a body of this type.
    #[must_use]
    pub fn body<T: ToSchema>(mut self) -> Self {
        self.body = Some(self.schema::<T>());
        self
    }

    /// It reads a body of this JSON Schema.
    #[must_use]
    pub fn body_schema(mut self, schema: Json) -> Self {
        self.body = Some(schema);
        self
    }

    /// It answers with this status and type.
    #[must_use]
    pub fn answers<T: ToSchema>(mut self, status: u16) -> Self {
        self.answer = Some((status, self.schema::<T>()));
        self
    }

    /// It answers with this status and a page of this type.
    #[must_use]
    pub fn pages<T: ToSchema>(mut self) -> Self {
        let item = self.schema::<T>();
        let schema = json!({ "type": "object", "required": ["items"], "properties": {
            "items": { "type": "array", "items": item }, "next_cursor": { "type": "string" } } });
        self.answer = Some((200, schema));
        self.query("limit", "Rows of a page, 1 to 200.")
            .query("cursor", "The `next_cursor` of the page before.")
    }

    /// It reads a parameter of the query.
    #[must_use]
    pub fn query(mut self, name: &'static str, meaning: &'static str) -> Self {
        self.query.push((name, meaning));
        self
    }

    fn schema<T: ToSchema>(&mut self) -> Json {
        // A list has no name of its own.
        if let RefOr::T(list @ Schema::Array(_)) = T::schema() {
            return serde_json::to_value(list).unwrap_or_default();
        }
        let mut all: Vec<(String, RefOr<Schema>)> = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut all);
        let named =
            all.into_iter().filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?)));
        self.schemas.extend(named);
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }
}

/// A method, a path, and what is said of them.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `GET`, `POST`…
    pub method: &'static str,
    /// The path, parameters in braces.
    pub path: String,
    /// The documentation.
    pub doc: Doc,
}

impl Endpoint {
    /// The permission that it needs, if one is needed.
    #[must_use]
    pub fn permission(&self) -> Option<&str> {
        self.doc.permission.as_deref()
    }

    /// Whether everybody may call it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.doc.public
    }
}

/// Routes and what is said of them.
#[derive(Default)]
pub struct Api {
    /// The routes.
    pub router: Router,
    /// What is said of them.
    pub endpoints: Vec<Endpoint>,
}

macro_rules! method {
    ($($(#[$doc:meta])* $name:ident $word:literal;)*) => {
        impl Api {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name<H: Handler<T, ()>, T: 'static>(self, path: &str, handler: H, doc: Doc) -> Self {
                self.add($word, path, $name(handler), doc)
            }
        )*}
    };
}

method! {
    /// Answers GET.
    get "GET";
    /// Answers POST.
    post "POST";
    /// Answers PUT.
    put "PUT";
    /// Answers PATCH.
    patch "PATCH";
    /// Answers DELETE.
    delete "DELETE";
}

impl Api {
    /// No routes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn add(mut self, method: &'static str, path: &str, route: MethodRouter, doc: Doc) -> Self {
        self.router = self.router.route(path, route);
        self.endpoints.push(Endpoint { method, path: path.to_owned(), doc });
        self
    }

    /// These routes and those of another part.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.endpoints.extend(other.endpoints);
        self
    }
}

/// The OpenAPI 3.1 document of the endpoints under `/api/v1`.
#[must_use]
pub fn openapi(endpoints: &[Endpoint], public_url: &str) -> Json {
    let (mut paths, mut schemas) = (serde_json::Map::new(), serde_json::Map::new());
    let mut sorted: Vec<&Endpoint> = endpoints.iter().filter(|e| e.path.starts_with("/api/")).collect();
    sorted.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    for endpoint in sorted {
        schemas.extend(endpoint.doc.schemas.iter().cloned());
        let path = paths.entry(endpoint.path.clone()).or_insert_with(|| json!({}));
        path[endpoint.method.to_lowercase()] = operation(endpoint);
    }
    schemas.insert("Problem".into(), problem_schema());
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Archipel", "version": "1", "license": { "name": "MIT OR Apache-2.0" },
            "description": "A database per module. Errors are problem+json with a `code`; lists page by `cursor`; `Idempotency-Key` is honoured on every unsafe call." },
        "servers": [{ "url": public_url }],
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } } },
    })
}

fn operation(endpoint: &Endpoint) -> Json {
    let doc = &endpoint.doc;
    let in_path = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Json> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(doc.query.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": "string" } })
    }));
    if endpoint.method != "GET" {
        parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "schema": { "type": "string", "maxLength": 200 } }));
    }
    let (status, schema) = doc.answer.clone().unwrap_or((200, json!({ "type": "object" })));
    let mut operation = json!({
        "summary": doc.summary,
        "operationId": operation_id(endpoint),
        "parameters": parameters,
        "responses": {
            status.to_string(): { "description": "Done", "content": { "application/json": { "schema": schema } } },
            "default": { "description": "A problem", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
        },
        "security": if doc.public { json!([]) } else { json!([{ "bearer": [] }]) },
    });
    if let Some(permission) = &doc.permission {
        operation["x-permission"] = permission.clone().into();
    }
    if let Some(body) = &doc.body {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": body } } });
    }
    operation
}

fn operation_id(endpoint: &Endpoint) -> String {
    let words =
        endpoint.path.trim_start_matches("/api/v1/").replace(['/', '-', '.'], "_").replace(['{', '}'], "");
    format!("{}_{words}", endpoint.method.to_lowercase())
}

fn problem_schema() -> Json {
    json!({ "type": "object", "required": ["type", "title", "status", "code", "detail"], "properties": {
        "type": { "type": "string" }, "title": { "type": "string" }, "status": { "type": "integer" },
        "code": { "type": "string", "description": "Stable; one page each in docs/errors." },
        "detail": { "type": "string", "description": "What happened and what to do next." },
        "errors": { "type": "array", "items": { "type": "object", "properties": {
            "field": { "type": "string" }, "detail": { "type": "string" } } } },
        "details": {}, "correlation_id": { "type": "string" } } })
}
