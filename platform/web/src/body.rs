//! Reading input: strict JSON, HTML forms, queries. What cannot be read gets a problem that says where.

use crate::limits;
use crate::problem::Failure;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{header, request::Parts};
use kernel::{Error, Kind};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::marker::PhantomData;

/// A JSON body. It is read when the handler asks what it says, and not before: whether one may do a thing at all is
/// answered first.
pub struct JsonBody<T> {
    /// The bytes as they came, which an idempotency key is bound to; empty when they cannot be read.
    pub raw: Bytes,
    refusal: Option<Error>,
    says: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> JsonBody<T> {
    /// What it says.
    ///
    /// # Errors
    /// Invalid, saying where, when it is not JSON of this shape; too large.
    pub fn value(&self) -> Result<T, Error> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        serde_json::from_slice(&self.raw).map_err(|e| {
            Error::invalid(
                "malformed_body",
                format!("Le corps ne se lit pas (ligne {}, colonne {}) : {e}", e.line(), e.column()),
                format!("The body cannot be read (line {}, column {}): {e}", e.line(), e.column()),
            )
        })
    }
}

fn unreadable(code: &'static str, fr: impl Into<String>, en: impl Into<String>) -> Failure {
    Error::invalid(code, fr, en).into()
}

/// The whole body, within the limit.
async fn bytes(request: Request) -> Result<Bytes, Error> {
    axum::body::to_bytes(request.into_body(), limits::BODY).await.map_err(|_| {
        Error::new(
            Kind::TooLarge,
            "too_large",
            "Ce que vous envoyez dépasse 1 Mo. Réduisez-le, puis réessayez.",
            "What you send is larger than 1 MB. Make it smaller, then try again.",
        )
    })
}

fn too_deep(text: &[u8]) -> bool {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest > limits::DEPTH
}

/// The bytes of a body that calls itself JSON.
async fn json(request: Request) -> Result<Bytes, Error> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(Error::invalid(
            "not_json",
            "Le corps doit être du JSON (Content-Type: application/json).",
            "The body must be JSON (Content-Type: application/json).",
        ));
    }
    let raw = bytes(request).await?;
    if too_deep(&raw) {
        return Err(Error::invalid(
            "too_deep",
            "Le JSON est trop imbriqué.",
            "The JSON is nested too deeply.",
        ));
    }
    Ok(raw)
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Infallible> {
        let (raw, refusal) = match json(request).await {
            Ok(raw) => (raw, None),
            Err(error) => (Bytes::new(), Some(error)),
        };
        Ok(Self { raw, refusal, says: PhantomData })
    }
}

/// The fields of an HTML form; a field that is sent several times keeps all its values.
#[derive(Clone, Default, Debug)]
pub struct FormBody {
    fields: BTreeMap<String, Vec<String>>,
    /// The bytes as they came.
    pub raw: Bytes,
}

impl FormBody {
    /// A field's value, without surrounding space; empty when it was not sent.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).and_then(|v| v.first()).map_or("", |v| v.trim())
    }

    /// A field's values.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every field, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.fields.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let raw = bytes(request).await?;
        let pairs: Vec<(String, String)> = serde_urlencoded(&raw);
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            fields.entry(name).or_default().push(value);
        }
        Ok(Self { fields, raw })
    }
}

/// Decodes `a=b&c=d` (WHATWG URL, application/x-www-form-urlencoded); bytes that are not UTF-8 become U+FFFD.
fn serde_urlencoded(raw: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(raw).into_owned().collect()
}

/// The query of a request, with numbers and words that must be what they claim.
#[derive(Clone, Default, Debug)]
pub struct Query(BTreeMap<String, String>);

impl Query {
    /// A parameter's value; `None` when it is missing or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }

    /// A parameter that must be of a type.
    ///
    /// # Errors
    /// Invalid, naming the parameter.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Failure> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    Error::invalid(
                        "bad_parameter",
                        format!("Le paramètre « {name} » ne se lit pas."),
                        format!("The parameter “{name}” cannot be read."),
                    )
                    .field(name, "Valeur inattendue", "Unexpected value")
                    .into()
                })
            })
            .transpose()
    }

    /// How many rows a page should have.
    ///
    /// # Errors
    /// Invalid when `limit` is not a number from 1 to 200.
    pub fn limit(&self) -> Result<u32, Failure> {
        match self.parsed::<u32>("limit")? {
            None => Ok(limits::DEFAULT_PAGE),
            Some(limit @ 1..=limits::PAGE) => Ok(limit),
            Some(_) => {
                Err(unreadable("bad_parameter", "« limit » va de 1 à 200.", "“limit” goes from 1 to 200."))
            }
        }
    }

    /// The query with one parameter changed or removed, for links that keep the filters.
    #[must_use]
    pub fn with(&self, name: &str, value: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::from("?"));
        for (n, v) in self.0.iter().filter(|(n, _)| n.as_str() != name) {
            query.append_pair(n, v);
        }
        if let Some(value) = value {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let text = parts.uri.query().unwrap_or_default();
        Ok(Self(serde_urlencoded(text.as_bytes()).into_iter().collect()))
    }
}
