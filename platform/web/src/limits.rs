//! Limits per caller: requests by GCRA, with a bounded number of keys; sizes and times are constants beside them.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use kernel::{Error, Kind, Result};
use std::num::NonZeroU32;

/// Bytes of a request's body, at most.
pub const BODY: usize = 1 << 20;
/// Depth of nesting in a JSON body, at most.
pub const DEPTH: usize = 32;
/// Rows of a page, at most, and when nothing is said.
pub const PAGE: u32 = 200;
/// Rows of a page when the caller does not say.
pub const DEFAULT_PAGE: u32 = 50;
/// Seconds that a request may take.
pub const SECONDS: u64 = 30;
/// Callers remembered; beyond it the idle ones are forgotten.
const KEYS: usize = 100_000;

/// The limiters of a process.
pub struct Limits {
    requests: DefaultKeyedRateLimiter<String>,
    logins: DefaultKeyedRateLimiter<String>,
}

fn check(limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> Result<()> {
    if limiter.len() > KEYS {
        limiter.retain_recent();
    }
    limiter.check_key(&key.to_owned()).map_err(|_| {
        Error::new(
            Kind::TooMany { retry_after_s: 10 },
            "too_many_requests",
            "Trop de demandes en peu de temps. Réessayez dans quelques secondes.",
            "Too many requests in a short time. Try again in a few seconds.",
        )
    })
}

impl Limits {
    /// Limits of so many requests a second for each caller, and four times as many at once.
    #[must_use]
    pub fn new(per_second: NonZeroU32) -> Self {
        const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();
        const FOUR: NonZeroU32 = NonZeroU32::new(4).unwrap();
        let requests = Quota::per_second(per_second).allow_burst(per_second.saturating_mul(FOUR));
        let logins = Quota::per_minute(TEN).allow_burst(TEN);
        Self { requests: RateLimiter::keyed(requests), logins: RateLimiter::keyed(logins) }
    }

    /// Counts a request of a caller.
    ///
    /// # Errors
    /// Too many, with the seconds to wait.
    pub fn request(&self, caller: &str) -> Result<()> {
        check(&self.requests, caller)
    }

    /// Counts a try to sign in, by address, by account, and by both.
    ///
    /// # Errors
    /// Too many, with the seconds to wait.
    pub fn login(&self, address: &str, account: &str) -> Result<()> {
        check(&self.logins, &format!("account {account}"))?;
        check(&self.logins, &format!("pair {address} {account}"))
    }
}
