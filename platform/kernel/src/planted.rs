//! What only test builds do. Planted bugs: what `cargo xtask controls` switches on, one at a time, to prove that a test
//! would catch it. And a clock that is ahead.

/// Whether the bug of this name is to be committed now. Always `false` unless the feature `planted` is built, which no
/// release has; in test builds the variable `ARCHIPEL_PLANT` names the bug, and only the controls set it.
#[cfg(feature = "planted")]
#[must_use]
pub fn planted(name: &str) -> bool {
    static PLANT: std::sync::LazyLock<Option<String>> =
        std::sync::LazyLock::new(|| std::env::var("ARCHIPEL_PLANT").ok());
    PLANT.as_deref() == Some(name)
}

/// Without the feature no bug is ever planted, and the compiler removes the question.
#[cfg(not(feature = "planted"))]
#[must_use]
#[inline(always)]
pub const fn planted(_name: &str) -> bool {
    false
}

/// By how many seconds the machine's clock is to be ahead. Always 0 unless the feature `planted` is built; in test builds
/// the variable `ARCHIPEL_AHEAD_S` says it, for stories of a started program in which a day goes by.
#[cfg(feature = "planted")]
pub(crate) fn ahead_s() -> i64 {
    static AHEAD_S: std::sync::LazyLock<i64> = std::sync::LazyLock::new(|| {
        std::env::var("ARCHIPEL_AHEAD_S").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
    });
    *AHEAD_S
}

/// Without the feature nobody moves the clock.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub(crate) const fn ahead_s() -> i64 {
    0
}
