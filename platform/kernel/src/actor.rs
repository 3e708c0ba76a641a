//! Who acts, and what made them act.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whoever caused a change: a person, or a part of the system acting by itself. Stored as `person:UUID` or
/// `system:NAME`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Actor {
    /// A signed-in person, by the id of their row in `users`.
    Person(Uuid),
    /// The platform or a module acting by itself: `system:timer`, `system:sample`.
    System(String),
}

impl Actor {
    /// A part of the system that acts by itself.
    #[must_use]
    pub fn system(name: &str) -> Self {
        Self::System(name.to_owned())
    }

    /// The person's id, when a person acts.
    #[must_use]
    pub fn person(&self) -> Option<Uuid> {
        match self {
            Self::Person(id) => Some(*id),
            Self::System(_) => None,
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(id) => write!(f, "person:{id}"),
            Self::System(name) => write!(f, "system:{name}"),
        }
    }
}

impl std::str::FromStr for Actor {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("person", id)) => Uuid::parse_str(id).map(Self::Person).ok(),
            Some(("system", name)) if !name.is_empty() => Some(Self::system(name)),
            _ => None,
        }
        .ok_or_else(|| crate::Error::internal(format!("`{text}` is not an actor")))
    }
}

/// Why something happens: who acts, in which conversation, and after which event. Every command and every event
/// carries one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cause {
    /// Who acts, as `person:UUID` or `system:NAME`.
    pub actor: String,
    /// One id for everything that follows from one request.
    pub correlation_id: Uuid,
    /// The event that led here, when one did.
    pub causation_id: Option<Uuid>,
}

impl Cause {
    /// The cause of a request that a person or the system has just made.
    #[must_use]
    pub fn new(actor: &Actor, correlation_id: Uuid) -> Self {
        Self { actor: actor.to_string(), correlation_id, causation_id: None }
    }
}
