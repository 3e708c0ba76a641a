//! Planted bugs: what `cargo xtask controls` switches on, one at a time, to prove that a test would catch it.

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
