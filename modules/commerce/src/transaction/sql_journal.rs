//! The statements on the journal of transactions.

db::statements! {
    ADD_ENTRY = write("INSERT INTO journal (generation, event_id, transaction_id, source, position, kind, cause_id, actor, held_cents, taken_cents, pieces, note, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)").keyed();
    FORGET_ENTRIES = write("DELETE FROM journal WHERE generation = ?1");
    ENTRIES = read("SELECT event_id, source, position, kind, cause_id, actor, held_cents, taken_cents, pieces, note, at FROM journal WHERE generation = ?1 AND transaction_id = ?2 ORDER BY at, source, position LIMIT 500");
}
