//! Every statement of the dashboard. Readers join the pointer to the generation that serves, so that a rebuild beside
//! it is never seen half done.

use super::model::{Item, KpiKey, KpiSum, mean_delay};
use db::{DbResult, Row, Value};
use kernel::Timestamp;

db::statements! {
    /// Adds to a figure. Nothing is read: the row's own total and the event's part make the new value, and the later
    /// of two instants stays, so that the order in which sources come in makes no difference.
    ADD_KPI = write("INSERT INTO kpi_item (generation, id, kind, label, label_en, value, unit, role_scope, source, computed_at, bucket, total, n) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (generation, role_scope, id, bucket) DO UPDATE SET total = kpi_item.total + excluded.total, n = kpi_item.n + excluded.n, value = CASE WHEN kpi_item.kind = 'delay' THEN (2 * (kpi_item.total + excluded.total) + 8640 * (kpi_item.n + excluded.n)) / (17280 * (kpi_item.n + excluded.n)) ELSE kpi_item.value + excluded.value END, computed_at = CASE WHEN excluded.computed_at > kpi_item.computed_at THEN excluded.computed_at ELSE kpi_item.computed_at END");
    /// Puts an instance into the backlog, or what is new about it.
    PUT_ITEM = write("INSERT INTO backlog_item (generation, id, title, source, assignee, due_at, link, role_scope, module, instance, form, reference, subject, submitted_at, computed_at, title_en, also_scope, author) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) ON CONFLICT (generation, id) DO UPDATE SET title = excluded.title, source = excluded.source, assignee = excluded.assignee, due_at = excluded.due_at, link = excluded.link, role_scope = excluded.role_scope, module = excluded.module, instance = excluded.instance, form = excluded.form, reference = excluded.reference, subject = excluded.subject, submitted_at = excluded.submitted_at, computed_at = excluded.computed_at, title_en = excluded.title_en, also_scope = excluded.also_scope, author = excluded.author");
    /// Takes an instance out of the backlog.
    DROP_ITEM = write("DELETE FROM backlog_item WHERE generation = ?1 AND id = ?2");
    /// Notes up to where a source is in the figures.
    MARK_SOURCE = write("INSERT INTO dashboard_source (generation, source, position, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (generation, source) DO UPDATE SET at = CASE WHEN excluded.position > dashboard_source.position THEN excluded.at ELSE dashboard_source.at END, position = CASE WHEN excluded.position > dashboard_source.position THEN excluded.position ELSE dashboard_source.position END");
    /// A thing is as a figure says.
    PUT_THING = write("INSERT INTO kpi_thing (generation, role_scope, id, thing, at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (generation, role_scope, id, thing) DO UPDATE SET at = excluded.at");
    /// A thing is not so any more.
    DROP_THING = write("DELETE FROM kpi_thing WHERE generation = ?1 AND role_scope = ?2 AND id = ?3 AND thing = ?4");
    FORGET_THINGS = write("DELETE FROM kpi_thing WHERE generation = ?1");
    FORGET_KPIS = write("DELETE FROM kpi_item WHERE generation = ?1");
    FORGET_ITEMS = write("DELETE FROM backlog_item WHERE generation = ?1");
    FORGET_SOURCES = write("DELETE FROM dashboard_source WHERE generation = ?1");

    /// What a reader sees of the figures: of now, and of the days, weeks and months since.
    KPIS = read("SELECT k.role_scope, k.id, k.bucket, k.total, k.n, k.computed_at FROM kpi_item k JOIN projection p ON p.name = 'dashboard' AND k.generation = p.active WHERE among_text(k.role_scope, ?1) AND (k.bucket = '' OR (length(k.bucket) = 8 AND k.bucket >= ?2) OR (length(k.bucket) = 7 AND k.bucket >= ?3) OR (length(k.bucket) = 10 AND k.bucket >= ?4)) UNION ALL SELECT t.role_scope, t.id, '', count(t.thing), count(t.thing), max(t.at) FROM kpi_thing t JOIN projection q ON q.name = 'dashboard' AND t.generation = q.active WHERE among_text(t.role_scope, ?1) GROUP BY t.role_scope, t.id");
    /// What awaits a reader, the most pressing first, from a place on. Nobody decides on their own request.
    BACKLOG = read("SELECT b.id, b.title, b.source, b.assignee, b.due_at, b.link, b.role_scope, b.module, b.instance, b.form, b.reference, b.subject, b.submitted_at, b.computed_at, b.title_en, b.also_scope, b.author FROM backlog_item b JOIN projection p ON p.name = 'dashboard' AND b.generation = p.active WHERE (among_text(b.role_scope, ?1) OR among_text(b.also_scope, ?1)) AND (b.subject IS NULL OR b.subject <> ?2) AND (b.author IS NULL OR b.author <> ?2) AND coalesce(b.due_at, 9223372036854775807) >= ?3 AND coalesce(b.due_at, 9223372036854775807) <= ?4 AND (?5 = '' OR b.module = ?5) AND (coalesce(b.due_at, 9223372036854775807) > ?6 OR (coalesce(b.due_at, 9223372036854775807) = ?6 AND b.id > ?7)) ORDER BY coalesce(b.due_at, 9223372036854775807), b.id LIMIT ?8");
    /// How much awaits a reader: in all, late, and due by the end of today.
    COUNTS = read("SELECT count(b.id), coalesce(sum(CASE WHEN b.due_at < ?3 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN b.due_at >= ?3 AND b.due_at < ?4 THEN 1 ELSE 0 END), 0) FROM backlog_item b JOIN projection p ON p.name = 'dashboard' AND b.generation = p.active WHERE (among_text(b.role_scope, ?1) OR among_text(b.also_scope, ?1)) AND (b.subject IS NULL OR b.subject <> ?2) AND (b.author IS NULL OR b.author <> ?2)");
    /// A person's own requests that await somebody.
    OWN = read("SELECT b.id, b.title, b.source, b.assignee, b.due_at, b.link, b.role_scope, b.module, b.instance, b.form, b.reference, b.subject, b.submitted_at, b.computed_at, b.title_en, b.also_scope, b.author FROM backlog_item b JOIN projection p ON p.name = 'dashboard' AND b.generation = p.active WHERE b.subject = ?1 ORDER BY coalesce(b.due_at, 9223372036854775807), b.id LIMIT ?2");

    /// The whole generation that serves, for verification.
    ALL_KPIS = read("SELECT k.role_scope, k.id, k.bucket, k.kind, k.label, k.label_en, k.unit, k.source, k.total, k.n, k.computed_at, k.value FROM kpi_item k JOIN projection p ON p.name = 'dashboard' AND k.generation = p.active");
    ALL_ITEMS = read("SELECT b.id, b.title, b.source, b.assignee, b.due_at, b.link, b.role_scope, b.module, b.instance, b.form, b.reference, b.subject, b.submitted_at, b.computed_at, b.title_en, b.also_scope, b.author FROM backlog_item b JOIN projection p ON p.name = 'dashboard' AND b.generation = p.active");
    ALL_SOURCES = read("SELECT s.source, s.position FROM dashboard_source s JOIN projection p ON p.name = 'dashboard' AND s.generation = p.active");
}

/// The value of a row, as `ADD_KPI` keeps it.
pub(super) fn value(kind: &str, total: i64, n: i64) -> i64 {
    if kind == "delay" { mean_delay(total, n).unwrap_or(0) } else { total }
}

pub(super) fn kpi_params(generation: u64, key: &KpiKey, sum: &KpiSum) -> Vec<Value> {
    db::params![
        generation,
        &key.id,
        sum.kind,
        &sum.label.fr,
        &sum.label.en,
        value(sum.kind, sum.total, sum.n),
        &sum.unit,
        &key.role_scope,
        &sum.source,
        sum.computed_at,
        &key.bucket,
        sum.total,
        sum.n,
    ]
}

pub(super) fn item_params(generation: u64, item: &Item) -> Vec<Value> {
    db::params![
        generation,
        &item.id,
        item.title.clone(),
        &item.source,
        &item.assignee,
        item.due_at,
        &item.link,
        &item.role_scope,
        &item.module,
        &item.instance,
        &item.form,
        item.reference.clone(),
        item.subject.clone(),
        item.submitted_at,
        item.computed_at,
        item.title_en.clone(),
        item.also_scope.clone(),
        item.author.clone(),
    ]
}

/// A row of [`BACKLOG`], [`OWN`] or [`ALL_ITEMS`].
pub(super) fn item(row: &Row) -> DbResult<Item> {
    Ok(Item {
        id: row.text(0)?,
        title: row.opt_text(1)?,
        source: row.text(2)?,
        assignee: row.text(3)?,
        due_at: row.opt_instant(4)?,
        link: row.text(5)?,
        role_scope: row.text(6)?,
        module: row.text(7)?,
        instance: row.text(8)?,
        form: row.text(9)?,
        reference: row.opt_text(10)?,
        subject: row.opt_text(11)?,
        submitted_at: row.opt_instant(12)?,
        computed_at: row.instant(13)?,
        title_en: row.opt_text(14)?,
        also_scope: row.opt_text(15)?,
        author: row.opt_text(16)?,
    })
}

/// A row of [`KPIS`].
#[derive(Clone, Debug)]
pub(super) struct KpiRow {
    pub(super) key: KpiKey,
    pub(super) total: i64,
    pub(super) n: i64,
    pub(super) computed_at: Timestamp,
}

pub(super) fn kpi(row: &Row) -> DbResult<KpiRow> {
    Ok(KpiRow {
        key: KpiKey { role_scope: row.text(0)?, id: row.text(1)?, bucket: row.text(2)? },
        total: row.int(3)?,
        n: row.int(4)?,
        computed_at: row.instant(5)?,
    })
}

/// Kinds of rows in `kpi_item`; `change` is what a week did to a standing figure.
const KINDS: [&str; 5] = ["standing", "change", "entered", "sum", "delay"];

/// A row of [`ALL_KPIS`] and its value.
pub(super) fn whole_kpi(row: &Row) -> DbResult<(KpiKey, KpiSum, i64)> {
    let (key, kind) =
        (KpiKey { role_scope: row.text(0)?, id: row.text(1)?, bucket: row.text(2)? }, row.text(3)?);
    let sum = KpiSum {
        kind: KINDS.into_iter().find(|k| *k == kind).unwrap_or("unknown"),
        label: kernel::Text::new(row.text(4)?, row.text(5)?),
        unit: row.text(6)?,
        source: row.text(7)?,
        total: row.int(8)?,
        n: row.int(9)?,
        computed_at: row.instant(10)?,
    };
    Ok((key, sum, row.int(11)?))
}
