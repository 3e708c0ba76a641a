//! Waiting for what another database has not heard yet: looked at again a few times, never for ever.

use std::time::Duration;

/// Looks until what is there is enough: so often at most, and so long in between. Answers what was seen last.
///
/// # Errors
/// As the looking.
pub async fn look_again<T, E, F: Future<Output = Result<T, E>>>(
    times: usize,
    between: Duration,
    mut look: impl FnMut() -> F,
    enough: impl Fn(&T) -> bool,
) -> Result<T, E> {
    let mut seen = look().await?;
    for _ in 1..times {
        if enough(&seen) {
            break;
        }
        tokio::time::sleep(between).await;
        seen = look().await?;
    }
    Ok(seen)
}
