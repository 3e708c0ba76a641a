//! Tokens: opaque, 256 bits, of which only SHA-256 is stored; and the rule by which a refresh token is used once.
//!
//! A refresh token's successor, and the access token that comes with it, are derived from the token that was shown
//! and a random salt that the database keeps. So a caller who lost our answer can be given the very same one again,
//! while the database holds hashes and a salt, from which no token can be made without the one before it.

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Error, Result, Timestamp};

/// Seconds within which a used refresh token is answered again, when its successor was not used.
pub const GRACE_S: i64 = 30;
/// Seconds that an access token lives.
pub const ACCESS_S: i64 = 600;

/// What a token opens. The word is the beginning of its text, so that scanners for leaked secrets find it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// A session of a browser.
    Cookie,
    /// The API, for some minutes.
    Access,
    /// New tokens, once.
    Refresh,
    /// The page that asks for a new password.
    Ticket,
}

impl TokenKind {
    /// The kind's word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Ticket => "ticket",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Cookie => "arc_s_",
            Self::Access => "arc_a_",
            Self::Refresh => "arc_r_",
            Self::Ticket => "arc_t_",
        }
    }

    fn text(self, bytes: &[u8]) -> String {
        format!("{}{}", self.prefix(), URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Random bytes.
///
/// # Errors
/// When the system has no randomness, which stops everything that needs a secret.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system gives no randomness"))?;
    Ok(bytes)
}

/// A new token.
///
/// # Errors
/// As [`random`].
pub fn fresh(kind: TokenKind) -> Result<String> {
    Ok(kind.text(&random::<32>()?))
}

/// What is stored of a token. The token has 256 bits of randomness, so that a slow hash would add nothing.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    hash
}

/// Whether a text looks like a token of a kind; others are not looked up.
#[must_use]
pub fn is_kind(token: &str, kind: TokenKind) -> bool {
    token.len() == 49 && token.starts_with(kind.prefix())
}

/// The pair of tokens that follows a refresh token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Successor {
    /// The new access token.
    pub access: String,
    /// The new refresh token.
    pub refresh: String,
}

/// Derives the pair that follows a refresh token, always the same for the same token and salt.
#[must_use]
pub fn successor(refresh: &str, salt: &[u8]) -> Successor {
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
    let derive = |kind: TokenKind| {
        kind.text(hmac::sign(&key, format!("{} after {refresh}", kind.word()).as_bytes()).as_ref())
    };
    Successor { access: derive(TokenKind::Access), refresh: derive(TokenKind::Refresh) }
}

/// What is known of a refresh token that is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shown {
    /// Whether its session has ended.
    pub ended: bool,
    /// After this it is over.
    pub expires_at: Timestamp,
    /// When it was used before.
    pub rotated_at: Option<Timestamp>,
    /// Whether its successor was used in turn.
    pub successor_used: bool,
}

/// What to do with a refresh token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Make its successor.
    Rotate,
    /// Give the same successor again: the answer was lost.
    Repeat,
    /// Somebody else has it: end the whole family.
    Revoke,
    /// It is over.
    Refuse,
}

/// Decides about a refresh token.
#[must_use]
pub fn judge(shown: &Shown, now: Timestamp) -> Verdict {
    match shown.rotated_at {
        _ if shown.ended || shown.expires_at <= now => Verdict::Refuse,
        None => Verdict::Rotate,
        Some(at) if !shown.successor_used && now < at.plus_seconds(GRACE_S) => Verdict::Repeat,
        Some(_) => Verdict::Revoke,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A family of refresh tokens as the database keeps it, without a database.
    struct Family {
        /// Hash, when used, salt; by generation.
        #[allow(clippy::type_complexity, reason = "what the table would hold, in a test")]
        stored: Vec<([u8; 32], Option<(Timestamp, [u8; 32])>)>,
        ended: bool,
        expires_at: Timestamp,
    }

    impl Family {
        fn refresh(&mut self, token: &str, now: Timestamp) -> Option<Successor> {
            let at = self.stored.iter().position(|(h, _)| *h == hash(token))?;
            let used = self.stored[at].1;
            let shown = Shown {
                ended: self.ended,
                expires_at: self.expires_at,
                rotated_at: used.map(|(at, _)| at),
                successor_used: self.stored.get(at + 1).is_some_and(|(_, used)| used.is_some()),
            };
            match judge(&shown, now) {
                Verdict::Refuse => None,
                Verdict::Revoke => {
                    self.ended = true;
                    None
                }
                Verdict::Repeat => Some(successor(token, &used?.1)),
                Verdict::Rotate => {
                    let salt = random().unwrap();
                    self.stored[at].1 = Some((now, salt));
                    let next = successor(token, &salt);
                    self.stored.push((hash(&next.refresh), None));
                    Some(next)
                }
            }
        }
    }

    proptest! {
        /// Whoever shows tokens in whatever order: there is never more than one unused token, a repeated answer is the
        /// same answer, and a token shown again after its time, or after its successor was used, ends the family.
        #[test]
        fn a_refresh_token_is_used_once(steps in prop::collection::vec((0_usize..6, 0_i64..45), 1..40)) {
            let first = fresh(TokenKind::Refresh).unwrap();
            let expires_at = Timestamp(0).plus_seconds(100_000);
            let mut family = Family { stored: vec![(hash(&first), None)], ended: false, expires_at };
            let (mut issued, mut answers) = (vec![first], std::collections::BTreeMap::new());
            let mut now = Timestamp(0);
            for (back, seconds) in steps {
                now = now.plus_seconds(seconds);
                let at = issued.len().saturating_sub(1 + back);
                let token = issued[at].clone();
                let before = family.stored.clone();
                let answer = family.refresh(&token, now);
                let used_at = before[at].1.map(|(at, _)| at);
                let late = used_at.is_some_and(|used| now >= used.plus_seconds(GRACE_S));
                if late || at + 2 < before.len() {
                    prop_assert!(answer.is_none() && family.ended);
                }
                if let Some(answer) = answer {
                    let known = answers.entry(at).or_insert_with(|| answer.clone());
                    prop_assert_eq!(&*known, &answer);
                    prop_assert!(is_kind(&answer.access, TokenKind::Access));
                    if at + 1 == issued.len() {
                        issued.push(answer.refresh);
                    }
                }
                prop_assert_eq!(family.stored.iter().filter(|(_, used)| used.is_none()).count(), 1);
                prop_assert!(!family.ended || family.refresh(&issued[issued.len() - 1], now).is_none());
            }
        }
    }

    #[test]
    fn a_token_is_known_by_its_beginning() {
        let token = fresh(TokenKind::Cookie).unwrap();
        assert!(is_kind(&token, TokenKind::Cookie) && !is_kind(&token, TokenKind::Refresh));
        assert_ne!(token, fresh(TokenKind::Cookie).unwrap());
    }

    #[test]
    fn a_token_after_its_time_is_refused_and_ends_nothing() {
        let shown =
            Shown { ended: false, expires_at: Timestamp(10), rotated_at: None, successor_used: false };
        assert_eq!(judge(&shown, Timestamp(9)), Verdict::Rotate);
        assert_eq!(judge(&shown, Timestamp(10)), Verdict::Refuse);
    }
}
