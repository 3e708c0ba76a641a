//! The statements on the tables that following logs needs, the same in every database.

use db::{Schema, Table};
use kernel::ModuleCode;
use std::sync::LazyLock;

db::statements! {
    CURSOR = read("SELECT position FROM consumer_cursor WHERE consumer = ?1 AND source = ?2 AND generation = ?3");
    CURSORS = read("SELECT consumer, source, generation, position, updated_at FROM consumer_cursor ORDER BY consumer, source, generation");
    START_CURSOR = write("INSERT INTO consumer_cursor (consumer, source, generation, position, updated_at) VALUES (?1, ?2, ?3, 0, ?4) ON CONFLICT (consumer, source, generation) DO NOTHING");
    MOVE_CURSOR = write("UPDATE consumer_cursor SET position = ?5, updated_at = ?6 WHERE consumer = ?1 AND source = ?2 AND generation = ?3 AND position = ?4");
    FORGET_CURSORS = write("DELETE FROM consumer_cursor WHERE consumer = ?1 AND generation = ?2");

    REWIND_CURSOR = write("UPDATE consumer_cursor SET position = ?3, updated_at = ?4 WHERE consumer = ?1 AND source = ?2 AND position > ?3");

    INBOX = read("SELECT event_id FROM inbox WHERE consumer = ?1 AND source = ?2 AND position > ?3 AND position <= ?4");
    HEARD = write("INSERT INTO inbox (consumer, source, position, event_id, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (consumer, source, position, event_id) DO NOTHING");
    SETTLED = write("DELETE FROM inbox WHERE consumer = ?1 AND source = ?2 AND position <= ?3");

    TAKE_LEASE = write("INSERT INTO lease (name, holder, epoch, held_until) VALUES (?1, ?2, 1, ?3) ON CONFLICT (name) DO UPDATE SET holder = ?2, epoch = lease.epoch + 1, held_until = ?3 WHERE lease.held_until <= ?4 OR lease.holder = ?2");
    LEASE = read("SELECT epoch FROM lease WHERE name = ?1 AND holder = ?2");
    KEEP_LEASE = write("UPDATE lease SET held_until = ?4 WHERE name = ?1 AND holder = ?2 AND epoch = ?3");
    FENCE_LEASE = write("UPDATE lease SET epoch = epoch + 1 WHERE name = ?1");

    PROJECTION = read("SELECT version, active, building, building_version FROM projection WHERE name = ?1");
    START_PROJECTION = write("INSERT INTO projection (name, version, active, building, building_version, swapped_at) VALUES (?1, ?2, 1, NULL, NULL, ?3) ON CONFLICT (name) DO NOTHING");
    BUILD_PROJECTION = write("UPDATE projection SET building = ?2, building_version = ?3 WHERE name = ?1 AND building IS NULL");
    RESTART_BUILD = write("UPDATE projection SET building = ?3, building_version = ?4 WHERE name = ?1 AND building = ?2");
    SWAP_PROJECTION = write("UPDATE projection SET active = ?2, building = NULL, version = building_version, building_version = NULL, swapped_at = ?3 WHERE name = ?1 AND building = ?2");

    PARKED = read("SELECT DISTINCT stream FROM dead_letter WHERE consumer = ?1 AND source = ?2");
    LETTERS = read("SELECT id, consumer, source, position, stream, event_id, type, cause, message, at FROM dead_letter ORDER BY at DESC, consumer, source, position LIMIT ?1");
    LETTERS_OF_STREAM = read("SELECT id, consumer, source, position, stream, event_id, type, cause, message, at FROM dead_letter WHERE consumer = ?1 AND source = ?2 AND stream = ?3 ORDER BY position LIMIT ?4");
    LETTER = read("SELECT id, consumer, source, position, stream, event_id, type, cause, message, at FROM dead_letter WHERE id = ?1");
    LETTER_GROUPS = read("SELECT consumer, cause, count(*), count(DISTINCT stream), min(at), max(at) FROM dead_letter GROUP BY consumer, cause ORDER BY consumer, cause");
    PARK = write("INSERT INTO dead_letter (id, consumer, source, position, stream, event_id, type, cause, message, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (consumer, source, position) DO NOTHING");
    UNPARK = write("DELETE FROM dead_letter WHERE id = ?1");

    SET_TIMER = write("INSERT INTO timer (id, name, due_at, data, cause) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET due_at = ?3, data = ?4, cause = ?5").wakes();
    CANCEL_TIMER = write("DELETE FROM timer WHERE id = ?1");
    DUE = read("SELECT id, name, due_at, data, cause FROM timer WHERE due_at <= ?1 ORDER BY due_at LIMIT 100");
    NEXT_DUE = read("SELECT min(due_at) FROM timer");
}

/// The catalogue of these statements; every database has the tables.
pub(crate) static MACHINERY: LazyLock<Schema> = LazyLock::new(|| {
    let tables = ["consumer_cursor", "projection", "dead_letter", "timer", "inbox", "lease"];
    let tables = tables.map(Table::technical).to_vec();
    #[expect(clippy::expect_used, reason = "constant input; a test calls it")]
    let schema = Schema::new(ModuleCode::new("flow").expect("a code"), tables, Vec::new(), all())
        .expect("own statements");
    schema
});

/// Commits a Batch that sets or cancels timers beside its own statements.
///
/// # Errors
/// As [`db::Db::write`].
pub async fn write(db: &db::Db, batch: db::Batch) -> db::DbResult<db::Receipt> {
    db.write_with(batch, &MACHINERY).await
}
