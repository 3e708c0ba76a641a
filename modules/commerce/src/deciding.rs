//! Commands that others may meet: decided and written, and decided again while others are faster.

use db::{Batch, Db, DbError};
use flow::BoxFuture;
use kernel::{Error, Result};

/// How often a command that met another one is decided again.
pub(crate) const TRIES: usize = 5;

/// Decides and writes, again while others are faster; a Batch that says nothing is not written.
///
/// # Errors
/// What the decision says, or a conflict when others were faster each time.
pub(crate) async fn attempt<'a, T>(
    db: &Db,
    decide: impl Fn() -> BoxFuture<'a, Result<(Batch, T)>>,
) -> Result<T> {
    for _ in 0..TRIES {
        let (batch, done) = decide().await?;
        if batch.writes.is_empty() && batch.events.is_empty() {
            return Ok(done);
        }
        match db.write(batch).await {
            Err(error) if error.is_conflict() || matches!(error, DbError::Constraint(_)) => {}
            other => return Ok(other.map(|_| done)?),
        }
    }
    Err(Error::conflict(format!("{TRIES} others were faster")))
}
