//! Passwords: argon2id on the blocking pool behind a gate, so that a flood of sign-ins cannot stop the rest; and
//! one-time passwords, which have enough randomness of their own.

use super::tokens;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time;
use kernel::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// 19 MiB, two passes, one lane: the floor of the OWASP password storage sheet, about 40 ms of a core.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Callers that may wait for the gate; beyond it they are told to come back.
const WAITING: usize = 64;
/// Bytes of what is hashed, at most: 200 characters of four bytes, and some.
const LONGEST: usize = 1024;
/// The beginning of the stored form of a one-time password.
const ONE_TIME: &str = "otp$";
/// What is verified for an address that nobody has, so that the answer takes the same time.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$pLb3xk6yT9p4C1T0hd9xBf2jMvXzZxQ0c0lN5kE3b1k";
/// The letters of one-time passwords: 32, without those that are taken for another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Hashes and verifies passwords, a few at a time.
#[derive(Debug)]
pub struct Passwords {
    gate: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Default for Passwords {
    /// Half of the cores, at least one.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self { gate: Arc::new(Semaphore::new((cores / 2).max(1))), waiting: AtomicUsize::new(0) }
    }
}

fn argon2id() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str) -> Result<String> {
    let salt = tokens::random::<16>()?;
    let hash: PasswordHash = argon2id()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| Error::internal(format!("argon2: {e}")))?;
    Ok(hash.to_string())
}

/// Verifies in the same time whatever is stored: a one-time password costs a hash too.
fn verify_now(stored: Option<&str>, password: &str) -> Result<bool> {
    let one_time = stored.and_then(|s| s.strip_prefix(ONE_TIME));
    let phc = stored.filter(|_| one_time.is_none()).unwrap_or(NOBODY);
    let parsed = PasswordHash::new(phc).map_err(|e| Error::internal(format!("a stored hash: {e}")))?;
    let matches = argon2id()?.verify_password(password.as_bytes(), &parsed).is_ok();
    Ok(match (stored, one_time) {
        (None, _) => false,
        (Some(_), None) => matches,
        (Some(_), Some(hash)) => {
            constant_time::verify_slices_are_equal(hash.as_bytes(), one_time_hash(password).as_bytes())
                .is_ok()
        }
    })
}

fn one_time_hash(password: &str) -> String {
    let plain: String = password.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    tokens::hash(&plain).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A one-time password that can be read aloud, and its stored form. It has 80 bits of randomness, so that a plain
/// SHA-256 keeps it as well as a slow hash would: many can be made at once.
///
/// # Errors
/// As [`tokens::random`].
pub fn one_time() -> Result<(String, String)> {
    let letters = tokens::random::<16>()?.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    let text = letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-");
    let stored = format!("{ONE_TIME}{}", one_time_hash(&text));
    Ok((text, stored))
}

impl Passwords {
    /// The stored form of a password.
    ///
    /// # Errors
    /// Unavailable when too many wait.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = Zeroizing::new(password.to_owned());
        self.run(move || hash_now(&password)).await
    }

    /// Whether a password is the stored one. Nothing stored takes as long as a wrong password.
    ///
    /// # Errors
    /// Unavailable when too many wait.
    pub async fn verify(&self, stored: Option<&str>, password: &str) -> Result<bool> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        let (stored, password) = (stored.map(str::to_owned), Zeroizing::new(password.to_owned()));
        self.run(move || verify_now(stored.as_deref(), &password)).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _waiting = Waiting::enter(&self.waiting)?;
        let permit = self.gate.clone().acquire_owned().await.map_err(|e| Error::internal(e.to_string()))?;
        // The permit goes along, so that a caller who leaves does not let another one in beside the work.
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        })
        .await
        .map_err(|e| Error::internal(format!("hashing: {e}")))?
    }
}

/// A place in the queue, given back when the caller leaves.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Result<Self> {
        let place = Self(count);
        if count.fetch_add(1, Ordering::AcqRel) >= WAITING {
            return Err(Error::unavailable("too many sign-ins wait for the password gate"));
        }
        Ok(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let passwords = Passwords::default();
        let stored = passwords.hash("archipel").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify(Some(&stored), "archipel").await.unwrap());
        assert!(!passwords.verify(Some(&stored), "Archipel").await.unwrap());
        assert!(!passwords.verify(None, "archipel").await.unwrap());
        assert!(!passwords.verify(Some(&stored), &"x".repeat(2000)).await.unwrap());
    }

    #[tokio::test]
    async fn a_one_time_password_is_read_with_or_without_its_dashes() {
        let passwords = Passwords::default();
        let (text, stored) = one_time().unwrap();
        assert_eq!(text.len(), 19);
        assert!(passwords.verify(Some(&stored), &text).await.unwrap());
        assert!(passwords.verify(Some(&stored), &text.replace('-', " ").to_uppercase()).await.unwrap());
        assert!(!passwords.verify(Some(&stored), "aaaa-aaaa-aaaa-aaaa").await.unwrap());
    }

    #[test]
    fn what_is_verified_for_nobody_is_a_hash_of_the_same_cost() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let real: String = hash_now("archipel").unwrap();
        let real = PasswordHash::new(&real).unwrap();
        assert_eq!(
            (nobody.algorithm, nobody.version, nobody.params.to_string()),
            (real.algorithm, real.version, real.params.to_string())
        );
    }
}
