//! Levels as a command or a page of events finds them, and as it leaves them. Every change of a level goes through
//! here: the row moves on from the version that was found, with its ledger, its event and its alerts in one commit.

use super::events::{self, Movement};
use super::model::{Crossing, Level, Levels, Place};
use super::sql;
use crate::reading::list;
use db::{Batch, Db, DbResult};
use kernel::{Clock, Uuid, planted};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Levels at work.
pub(super) struct Shelves {
    levels: Levels,
    /// The versions that they had.
    found: BTreeMap<Place, u64>,
    clock: Arc<dyn Clock>,
}

/// Why goods came or went.
#[derive(Clone, Copy)]
pub(super) struct Why {
    /// `receipt`, `sale`, `return`, `transfer_out`, `transfer_in`, `count`.
    pub(super) kind: &'static str,
    /// The transaction, sale or transfer that moved them.
    pub(super) of: Option<Uuid>,
}

impl Shelves {
    /// The levels of products in all shops.
    pub(super) async fn load<'a>(
        db: &Db,
        products: impl IntoIterator<Item = &'a Uuid>,
        clock: &Arc<dyn Clock>,
    ) -> DbResult<Self> {
        let rows = db.query(&sql::LEVELS, db::params![list(products)]).await?;
        let levels: Levels = rows.iter().map(sql::level).collect::<DbResult<_>>()?;
        let found = levels.iter().map(|(place, level)| (place.clone(), level.version)).collect();
        Ok(Self { levels, found, clock: clock.clone() })
    }

    pub(super) fn levels(&self) -> &Levels {
        &self.levels
    }

    /// A level; nothing on hand where there is none yet.
    pub(super) fn level(&self, place: &Place) -> Level {
        self.levels.get(place).cloned().unwrap_or_default()
    }

    /// Moves goods: the ledger's row and what tells of it are added at once, the level's own row by
    /// [`Shelves::close`].
    pub(super) fn apply(&mut self, batch: &mut Batch, place: &Place, goods: (i64, i64), why: Option<Why>) {
        let (on_hand, reserved) = goods;
        let movement = self.movement(batch, on_hand, why);
        self.change(batch, place, movement, |level| {
            level.on_hand += on_hand;
            level.reserved += reserved;
        });
    }

    /// More was there than was known: notes it, and that somebody must count.
    pub(super) fn doubt(&mut self, batch: &mut Batch, place: &Place, more: i64, why: Why) {
        let movement = self.movement(batch, more, Some(why));
        self.change(batch, place, movement, |level| {
            level.on_hand += more;
            level.to_count = true;
        });
    }

    /// The ledger's row of pieces that came or went; none for none.
    pub(super) fn movement(&self, batch: &Batch, pieces: i64, why: Option<Why>) -> Option<Movement> {
        why.filter(|_| pieces != 0).map(|why| Movement {
            id: self.clock.new_id(),
            kind: why.kind.to_owned(),
            quantity: pieces,
            transaction_id: why.of,
            at: batch.at,
        })
    }

    /// Changes a level, and tells of it.
    pub(super) fn change(
        &mut self,
        batch: &mut Batch,
        place: &Place,
        movement: Option<Movement>,
        change: impl FnOnce(&mut Level),
    ) {
        let level = self.levels.entry(place.clone()).or_default();
        let doubted = level.to_count;
        change(level);
        level.version += 1;
        let crossing = level.cross();
        if let Some(m) = &movement {
            batch.expect_one(&sql::ADD_MOVEMENT, sql::movement(place, m));
        }
        batch.event(events::of_level(self.clock.new_id(), place, level, movement));
        let mut alerts: Vec<&str> = Vec::new();
        match crossing {
            Some(Crossing::Low) => alerts.push(contracts::inventory::STOCK_LOW),
            Some(Crossing::Recovered) => alerts.push(contracts::inventory::STOCK_RECOVERED),
            None => {}
        }
        if level.to_count && !doubted {
            alerts.push(contracts::inventory::STOCK_MISCOUNTED);
        }
        for kind in alerts {
            batch.event(events::of_alert(self.clock.new_id(), kind, place, level));
        }
    }

    /// Adds the rows of the levels that have changed.
    pub(super) fn close(&self, batch: &mut Batch) {
        for (place, level) in &self.levels {
            match self.found.get(place) {
                Some(from) if *from == level.version => {}
                Some(from) if planted("stock_unguarded") => {
                    batch.write(&sql::SET_LEVEL, sql::set_level(place, level, *from));
                }
                Some(from) => drop(batch.expect_one(&sql::SET_LEVEL, sql::set_level(place, level, *from))),
                None => drop(batch.expect_one(&sql::ADD_LEVEL, sql::add_level(place, level))),
            }
        }
    }
}
