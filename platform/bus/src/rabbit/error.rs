//! What can be wrong with a broker, said so that an operator knows what to do.

use lapin::ErrorKind;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};

/// Why a broker could not be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BusError {
    /// The address cannot be read.
    #[error("bus: {0}")]
    Address(String),
    /// It does not answer now; trying again may help.
    #[error("the broker at {at} does not answer: {why}")]
    Away {
        /// The address, without its secret.
        at: String,
        /// What the system says.
        why: String,
    },
    /// It refuses the user, the password or the virtual host.
    #[error("the broker at {at} refuses us: {why}. Check user, password and virtual host of --bus")]
    Refused {
        /// The address, without its secret.
        at: String,
        /// What the broker says.
        why: String,
    },
    /// Something of the same name is there with other properties.
    #[error(
        "{what} exists on the broker with other properties: {why}. Delete it there, or use another virtual host"
    )]
    Topology {
        /// The exchange or queue.
        what: String,
        /// What the broker says.
        why: String,
    },
    /// It did not take a message; it will be sent again.
    #[error("the broker did not take a message: {0}")]
    NotTaken(String),
}

impl BusError {
    /// Whether trying again cannot help until a person has changed something.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Refused { .. } | Self::Topology { .. })
    }

    /// What an error of the client means, seen from an address.
    pub(super) fn of(at: &str, error: &lapin::Error) -> Self {
        let why = error.to_string();
        match error.kind() {
            ErrorKind::ProtocolError(e) => match e.kind() {
                AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)
                | AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED | AMQPHardError::INVALIDPATH) => {
                    Self::Refused { at: at.to_owned(), why }
                }
                _ => Self::Away { at: at.to_owned(), why },
            },
            ErrorKind::AuthProviderError(_) => Self::Refused { at: at.to_owned(), why },
            _ => Self::Away { at: at.to_owned(), why },
        }
    }

    /// What an error means that came while something was declared.
    pub(super) fn declaring(what: &str, at: &str, error: &lapin::Error) -> Self {
        match error.kind() {
            ErrorKind::ProtocolError(e)
                if matches!(e.kind(), AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)) =>
            {
                Self::Topology { what: what.to_owned(), why: e.to_string() }
            }
            _ => Self::of(at, error),
        }
    }
}
