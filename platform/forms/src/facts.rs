//! What a module's own code knows and its expressions read.

use flow::BoxFuture;
use forms_model::define::{Definition, Form};
use forms_model::values::{Facts, Values};
use jiff::civil::Date;
use kernel::{Result, Timestamp, Uuid};
use std::collections::BTreeMap;

/// What is asked of a provider: the numbers for one instance as it stands.
#[derive(Clone, Copy, Debug)]
pub struct FactRequest<'a> {
    /// The form.
    pub form: &'a Form,
    /// Whose request it is.
    pub subject: Uuid,
    /// The answers as they stand.
    pub values: &'a Values,
    /// The local date.
    pub today: Date,
    /// The instant.
    pub now: Timestamp,
}

impl FactRequest<'_> {
    /// The day that the request is about: the answer to a field of type date, or the local date.
    #[must_use]
    pub fn day(&self, field: &str) -> Date {
        let answer = self.values.get(field).and_then(|value| value.as_str()?.parse().ok());
        answer.unwrap_or(self.today)
    }
}

/// A module's own code, which knows the declared facts.
pub trait FactProvider: Send + Sync + 'static {
    /// The numbers that are known, by the fact's key; one that is missing is unknown, and a guard that needs it
    /// refuses.
    fn facts<'a>(&'a self, request: FactRequest<'a>) -> BoxFuture<'a, Result<BTreeMap<String, i64>>>;
}

/// The facts about a subject. A provider that fails leaves them unknown: a form can still be filled in.
pub(crate) async fn facts_for(
    provider: Option<&dyn FactProvider>,
    definition: &Definition,
    request: FactRequest<'_>,
) -> Facts {
    let mut facts = Facts::at(request.now, &definition.module);
    let Some(provider) = provider.filter(|_| !definition.module.facts.is_empty()) else { return facts };
    match provider.facts(request).await {
        Ok(numbers) => facts.numbers = numbers,
        Err(error) => {
            tracing::warn!(module = %definition.module.code, %error, "facts are not known for now");
        }
    }
    facts
}
