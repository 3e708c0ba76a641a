//! The API's documentation to browse: every endpoint of the OpenAPI document, grouped by what it is about, found by a
//! word in the address, with its parameters, its body, its answer and a command that asks it. No script is needed.

mod schema;

use kernel::Lang;
use maud::{Markup, html};
use schema::{example, fields};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use web::Query;
use web::ui::{self, Button, Document, Icon, Theme, code_block};

const PATH: &str = "/api/v1/docs";
/// The group of what every module made of forms answers, under its own code.
const FORMS: &str = "forms, in every module that has some";

/// An endpoint of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    said: &'a Json,
}

impl<'a> Operation<'a> {
    /// The first part of its path after the version: what it is about.
    fn group(&self) -> &'a str {
        let rest = self
            .path
            .strip_prefix("/api/v1/")
            .or_else(|| self.path.strip_prefix("/api/"))
            .unwrap_or(self.path);
        match rest.split('/').next().unwrap_or(rest) {
            "{module}" => FORMS,
            "docs" | "openapi.json" => "documentation",
            word => word,
        }
    }

    fn anchor(&self) -> &'a str {
        self.said["operationId"].as_str().unwrap_or_default()
    }

    fn summary(&self) -> &'a str {
        self.said["summary"].as_str().unwrap_or_default()
    }

    /// The permission that it needs, where a part of the path may stand in it.
    fn permission(&self) -> Option<&'a str> {
        self.said["x-permission"].as_str()
    }

    fn is_public(&self) -> bool {
        self.said["security"].as_array().is_some_and(Vec::is_empty)
    }

    fn matches(&self, words: &str) -> bool {
        let all = format!(
            "{} {} {} {}",
            self.method,
            self.path,
            self.summary(),
            self.permission().unwrap_or_default()
        );
        let all = all.to_lowercase();
        words.to_lowercase().split_whitespace().all(|word| all.contains(word))
    }

    fn body(&self) -> Option<&'a Json> {
        self.said.pointer("/requestBody/content/application~1json/schema")
    }

    /// Status and schema of the good answer.
    fn answer(&self) -> Option<(&'a str, &'a Json)> {
        let answers = self.said["responses"].as_object()?;
        let (status, answer) = answers.iter().find(|(status, _)| status.as_str() != "default")?;
        Some((status, answer.pointer("/content/application~1json/schema")?))
    }
}

fn operations(document: &Json) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, said)| Operation { method, path, said })
        })
        .collect()
}

/// The whole page; `q` keeps what has every one of its words.
pub(super) fn page(document: &Json, query: &Query) -> String {
    let words = query.get("q").unwrap_or_default();
    let all = operations(document);
    let total = all.len();
    let mut groups: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    let found: Vec<_> = all.into_iter().filter(|operation| operation.matches(words)).collect();
    let (shown, few) = (found.len(), found.len() <= 3);
    for operation in found {
        groups.entry(operation.group()).or_default().push(operation);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(name, _)| (*name == FORMS, *name == "documentation"));
    let body = html! {
        a.skip href="#main" { "Skip to content" }
        div.docs {
            (sidebar(words, &groups))
            main.docsmain #main tabindex="-1" {
                (intro(document, words, shown, total))
                @for (name, operations) in &groups {
                    section.docsgroup id=(id(name)) aria-label=(name) {
                        h2 { (name) }
                        @for operation in operations { (one(document, operation, few)) }
                    }
                }
                @if shown == 0 { (ui::empty_filtered(Lang::En, words, PATH)) }
            }
        }
    };
    let title = "API documentation".to_owned();
    Document { lang: Lang::En, theme: Theme::Auto, title, body_class: "" }.render(&body).into_string()
}

/// The id of a group.
fn id(name: &str) -> String {
    format!("group-{}", name.split(',').next().unwrap_or(name))
}

fn sidebar(words: &str, groups: &[(&str, Vec<Operation<'_>>)]) -> Markup {
    html! {
        nav.docsnav aria-label="Groups" {
            a.brand href="/" { (ui::mark()) span.brandname { b { "Archipel" } span { "API, version 1" } } }
            form.find role="search" action=(PATH) {
                (ui::icon(Icon::Search))
                input type="search" name="q" value=[(!words.is_empty()).then_some(words)] placeholder="Search"
                    aria-label="Search endpoints" aria-keyshortcuts="/" data-search;
                kbd aria-hidden="true" { "/" }
            }
            div.navs {
                @for (name, operations) in groups {
                    a.nav href=(format!("#{}", id(name))) { span.navl { (name.split(',').next().unwrap_or(name)) } span.n { (operations.len()) } }
                }
            }
        }
    }
}

fn intro(document: &Json, words: &str, shown: usize, total: usize) -> Markup {
    let server = server(document);
    let login = format!(
        "curl -s {server}/api/v1/auth/login \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"email\": \"you@example.org\", \"password\": \"…\"}}'"
    );
    html! {
        header.docshead {
            h1 { "Archipel API" }
            p.soft { (marked(document["info"]["description"].as_str().unwrap_or_default())) }
            div.row.wrap {
                (Button::link("openapi.json", "/api/v1/openapi.json").small().icon(Icon::Download))
                span.small.muted { "OpenAPI 3.1, for any client generator" }
            }
        }
        @if words.is_empty() {
            section.docscards aria-label="First steps" {
                div { h3 { "Sign in" } p.small.soft { "The answer’s access_token is good for ten minutes; /auth/refresh gives the next." } (code_block(&login)) }
                div {
                    h3 { "Rules that hold everywhere" }
                    ul.small.soft {
                        li { "Errors are " code { "application/problem+json" } " with a stable " code { "code" } "." }
                        li { "Lists page by " code { "?limit=&cursor=" } "; the next page is in " code { "next_cursor" } "." }
                        li { "Unsafe calls take an " code { "Idempotency-Key" } ": sent twice, done once." }
                        li { "What you may not see answers 404; what you see but may not do answers 403." }
                        li { "Instants are RFC 3339 in UTC; money is " code { "{\"amount_cents\", \"currency\"}" } "." }
                    }
                }
            }
        } @else {
            p.small role="status" { (shown) " of " (total) " endpoints with “" (words) "”. " a href=(PATH) { "Clear the search" } }
        }
    }
}

fn server(document: &Json) -> &str {
    document.pointer("/servers/0/url").and_then(Json::as_str).unwrap_or_default()
}

fn one(document: &Json, operation: &Operation<'_>, open: bool) -> Markup {
    html! {
        details.op open[open] {
            summary {
                span.verb.(operation.method) { (operation.method.to_uppercase()) }
                code.oppath { (broken(operation.path)) }
                span.opsum { (marked(operation.summary())) }
                (ui::icon(Icon::ChevronRight))
            }
            // A link to an element inside a closed `details` opens it (HTML, ancestor revealing).
            div.opbody id=(operation.anchor()) {
                p.small.soft {
                    @if operation.is_public() { "Anyone may call it." }
                    @else if let Some(permission) = operation.permission() { "Needs the permission " code { (permission) } "." }
                    @else { "Needs a signed-in caller; the answer holds what the caller may see." }
                }
                (parameters(operation))
                @if let Some(body) = operation.body() { h3 { "Body" } (fields(document, body)) }
                @if let Some((status, answer)) = operation.answer() {
                    h3 { "Answer " (status) } (fields(document, answer))
                    @if let Some(shown) = shown_example(document, answer) { (code_block(&shown)) }
                }
                h3 { "Try it" }
                (code_block(&curl(document, operation)))
            }
        }
    }
}

/// A path that may break after its slashes, so that it fits a phone.
fn broken(path: &str) -> Markup {
    html! { @for part in path.split_inclusive('/') { (part) wbr; } }
}

/// A text whose backticks mean code.
pub(super) fn marked(text: &str) -> Markup {
    html! { @for (at, part) in text.split('`').enumerate() { @if at % 2 == 1 { code { (part) } } @else { (part) } } }
}

fn shown_example(document: &Json, schema: &Json) -> Option<String> {
    let example = example(document, schema);
    let is_bare = example.as_object().is_some_and(Map::is_empty);
    (!is_bare).then(|| serde_json::to_string_pretty(&example).unwrap_or_default())
}

fn parameters(operation: &Operation<'_>) -> Markup {
    let list = operation.said["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |parameter: &Json, name: &str| parameter[name].as_str().unwrap_or_default().to_owned();
    let meaning = |parameter: &Json| match (text(parameter, "description"), text(parameter, "name").as_str())
    {
        (known, _) if !known.is_empty() => known,
        (_, "Idempotency-Key") => {
            "Yours to choose, up to 200 characters; the same key gives the same answer.".to_owned()
        }
        (_, "id") => "The identifier, as another answer gave it.".to_owned(),
        (_, name) => format!("The {name} that is meant."),
    };
    html! {
        @if !list.is_empty() {
            h3 { "Parameters" }
            div.tscroll tabindex="0" {
                table.tbl.schema {
                    caption.sr { "Parameters" }
                    thead { tr { th scope="col" { "Name" } th scope="col" { "In" } th scope="col" { "Meaning" } } }
                    tbody {
                        @for parameter in list {
                            tr {
                                td { code { (text(parameter, "name")) } @if parameter["required"] == true { " " span.needed { "required" } } }
                                td.muted { (text(parameter, "in")) }
                                td.soft { (marked(&meaning(parameter))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A command that asks it, ready to paste once the token is set.
fn curl(document: &Json, operation: &Operation<'_>) -> String {
    let path = operation.path.replace('{', "$").replace('}', "");
    let verb = if operation.method == "get" {
        String::new()
    } else {
        format!("-X {} ", operation.method.to_uppercase())
    };
    let mut out = format!("curl -s {verb}\"{}{path}\"", server(document));
    if !operation.is_public() {
        out.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    }
    if let Some(body) = operation.body() {
        let text = serde_json::to_string_pretty(&example(document, body)).unwrap_or_default();
        out.push_str(" \\\n  -H 'Content-Type: application/json' \\\n  -d '");
        out.push_str(&text.replace('\'', "'\\''"));
        out.push('\'');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Json {
        json!({
            "info": { "description": "About <b>" }, "servers": [{ "url": "https://a.example" }],
            "paths": {
                "/api/v1/punches/{id}": { "post": { "summary": "Corrects a punch", "operationId": "post_punches_id",
                    "security": [{ "bearer": [] }], "x-permission": "heures.punch.write",
                    "parameters": [{ "name": "id", "in": "path", "required": true }],
                    "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Fix" } } } },
                    "responses": { "200": { "content": { "application/json": { "schema": { "type": "object" } } } } } } },
                "/api/v1/shops": { "get": { "summary": "Shops", "operationId": "get_shops", "security": [] } } },
            "components": { "schemas": { "Fix": { "type": "object", "required": ["reason"],
                "properties": { "reason": { "type": "string", "description": "Why" }, "again": { "$ref": "#/components/schemas/Fix" } } } } },
        })
    }

    #[test]
    fn the_page_shows_bodies_and_commands_without_inline_style() {
        let html = page(&document(), &Query::default());
        assert!(html.contains("id=\"group-punches\"") && html.contains("id=\"group-shops\""), "{html}");
        assert!(html.contains("heures.punch.write") && html.contains("Bearer $TOKEN"), "{html}");
        assert!(html.contains("&quot;reason&quot;: &quot;text&quot;"), "{html}");
        assert!(!html.contains("style=") && !html.contains("About <b>"));
    }

    #[test]
    fn words_find_what_has_all_of_them() {
        let document = document();
        let found = |words: &str| operations(&document).iter().filter(|o| o.matches(words)).count();
        assert_eq!(
            (found(""), found("SHOPS get"), found("punch correct"), found("shops post")),
            (2, 1, 1, 0)
        );
    }
}
