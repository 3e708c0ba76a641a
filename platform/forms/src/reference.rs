//! Numbers for people: `HS-2026-0412`, counted per module and local year.
//!
//! A process hands them out from memory, so that two people who begin at once do not wait for each other; the counter's
//! row, written with the instance, is where a restart goes on. Two processes that hand out the same number meet on the
//! unique reference, and the second takes another.

use crate::forms::Forms;
use db::{Batch, DbResult};
use kernel::Timestamp;
use std::collections::HashMap;
use tokio::sync::Mutex;

/// The last number handed out, by year.
#[derive(Debug, Default)]
pub(crate) struct Numbers(Mutex<HashMap<i16, i64>>);

/// A number that nobody else gets.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) text: String,
    year: i16,
    number: i64,
}

impl Forms {
    /// The next number of the year.
    pub(crate) async fn next_reference(&self, now: Timestamp) -> DbResult<Reference> {
        let info = &self.definition.module;
        let year = now.to_jiff().to_zoned(info.time_zone()).year();
        let mut given = self.numbers.0.lock().await;
        let last = match given.get(&year) {
            Some(last) => *last,
            None => {
                let row = self.db.query_one(&self.sql.kept.counter, db::params![i64::from(year)]).await?;
                row.map_or(Ok(0), |row| row.int(0))?
            }
        };
        let number = last + 1;
        given.insert(year, number);
        let text = format!("{}-{year}-{number:04}", info.prefix.to_uppercase());
        Ok(Reference { text, year, number })
    }

    /// Reads the counter again before the next number: somebody else has handed some out.
    pub(crate) async fn forget_numbers(&self) {
        self.numbers.0.lock().await.clear();
    }

    /// Adds the counter's row to a Batch.
    pub(crate) fn count(&self, batch: &mut Batch, reference: &Reference) {
        batch.write(&self.sql.kept.put_counter, db::params![i64::from(reference.year), reference.number]);
    }
}

/// Year and number of a reference.
pub(crate) fn parse(reference: &str) -> Option<(i64, i64)> {
    let (rest, number) = reference.rsplit_once('-')?;
    let (_, year) = rest.rsplit_once('-')?;
    Some((year.parse().ok()?, number.parse().ok()?))
}
