//! The SCRAM-SHA-256 verifier of a password (RFC 5802, RFC 7677), as PostgreSQL stores it: a server that is given one
//! never sees the password.

use crate::{DbError, DbResult};
use aws_lc_rs::{digest, hmac, pbkdf2, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::num::NonZeroU32;

/// PostgreSQL's own default.
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

/// `SCRAM-SHA-256$4096:salt$StoredKey:ServerKey`, with a random salt.
pub(super) fn verifier(password: &str) -> DbResult<String> {
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| DbError::internal("the system gives no random numbers"))?;
    with_salt(password, &salt)
}

fn with_salt(password: &str, salt: &[u8]) -> DbResult<String> {
    // Other characters would have to be normalized first (RFC 4013); ours are generated.
    if password.is_empty() || !password.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err(DbError::Unfit("the password of a database role must be printable ASCII".into()));
    }
    let mut salted = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, salt, password.as_bytes(), &mut salted);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
    let client_key = hmac::sign(&key, b"Client Key");
    let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
    let server_key = hmac::sign(&key, b"Server Key");
    let [salt, stored, server] = [salt, stored_key.as_ref(), server_key.as_ref()].map(|b| STANDARD.encode(b));
    Ok(format!("SCRAM-SHA-256${ITERATIONS}:{salt}${stored}:{server}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_has_postgres_form_and_hides_the_password() {
        let one = verifier("correct horse").unwrap();
        assert!(one.starts_with("SCRAM-SHA-256$4096:"), "{one}");
        assert!(!one.contains("horse"));
        assert_ne!(one, verifier("correct horse").unwrap());
        assert_eq!(with_salt("a", &[1; 16]).unwrap(), with_salt("a", &[1; 16]).unwrap());
        assert!(verifier("mot de passe à moi").is_err());
        assert!(verifier("").is_err());
    }
}
