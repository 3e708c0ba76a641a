//! Every SQL statement on the tables of the forms, made once per prefix. Reading rows is in [`crate::rows`].

use db::Statement;

/// Columns of an instance, in the order of [`crate::rows::instance`] and [`crate::rows::instance_params`].
const COLUMNS: [&str; 25] = [
    "id",
    "reference",
    "form",
    "form_version",
    "workflow",
    "workflow_version",
    "title_fr",
    "title_en",
    "subject_id",
    "author_id",
    "team_id",
    "state",
    "kind",
    "revision",
    "awaits_role",
    "awaits_scope",
    "also_role",
    "also_scope",
    "due_at",
    "late_at",
    "submitted_at",
    "created_at",
    "updated_at",
    "closed_at",
    "search",
];

/// The statements of one module.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    pub(crate) instance: Statement,
    pub(crate) insert_instance: Statement,
    pub(crate) update_instance: Statement,
    pub(crate) delete_instance: Statement,
    pub(crate) list: Statement,
    pub(crate) count: Statement,
    pub(crate) inbox: Statement,
    pub(crate) inbox_count: Statement,
    pub(crate) watched: Statement,
    pub(crate) answers: Statement,
    pub(crate) answers_of: Statement,
    pub(crate) put_answer: Statement,
    pub(crate) delete_answer: Statement,
    pub(crate) definition: Statement,
    pub(crate) definitions: Statement,
    pub(crate) insert_definition: Statement,
    pub(crate) put_workflow: Statement,
    pub(crate) delete_workflow: Statement,
    pub(crate) history: Statement,
    pub(crate) insert_history: Statement,
    pub(crate) delete_history: Statement,
    pub(crate) counter: Statement,
    pub(crate) put_counter: Statement,
}

fn places(from: usize, to: usize) -> String {
    (from..=to).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ")
}

fn set(from: usize) -> String {
    COLUMNS
        .iter()
        .skip(1)
        .zip(from..)
        .map(|(column, n)| format!("{column} = ?{n}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What a reader of lists sees: what they reach, and nobody's drafts but their own. Parameters 1 to 3 are the reach.
fn visible() -> String {
    format!("{} AND (kind <> 'draft' OR author_id = ?2)", web::predicate("subject_id", "team_id", 1))
}

/// The filters of a list: form, kind, states, own only, late at an instant, words. Parameters 4 to 9.
const FILTERS: &str = "(?4 = '' OR form = ?4) AND (?5 = '' OR kind = ?5) AND (?6 = '[]' OR among_text(state, ?6)) \
     AND (?7 = 0 OR subject_id = ?2) AND (CAST(?8 AS BIGINT) = 0 OR (kind = 'waiting' AND due_at < CAST(?8 AS BIGINT))) \
     AND (?9 = '' OR search LIKE ?9 ESCAPE '!')";

/// What awaits a reader: roles (1), teams that they manage (2), who they are (3). Never their own request.
const AWAITS: &str = "kind = 'waiting' AND subject_id <> ?3 AND author_id <> ?3 AND ( \
     (among_text(awaits_role, ?1) AND (awaits_scope = 'all' OR among(team_id, ?2))) \
     OR (among_text(also_role, ?1) AND (also_scope = 'all' OR among(team_id, ?2))))";

/// When an instance is due, for an order in which what has no date comes last.
pub(crate) const NEVER: i64 = i64::MAX;

impl Sql {
    /// The statements on the tables with this prefix.
    pub(crate) fn new(p: &str) -> Self {
        let (columns, visible) = (COLUMNS.join(", "), visible());
        let due = format!("coalesce(due_at, {NEVER})");
        let instance = format!("{p}_form_instance");
        let (values, flows, history) =
            (format!("{p}_values"), format!("{p}_workflow_instance"), format!("{p}_workflow_event"));
        let (definitions, counter) = (format!("{p}_workflow_definition"), format!("{p}_counter"));
        let read = |name: &'static str, sql: String| Statement::read(name, sql);
        Self {
            instance: read("forms_instance", format!("SELECT {columns} FROM {instance} WHERE id = ?1")),
            insert_instance: Statement::write(
                "forms_insert_instance",
                format!("INSERT INTO {instance} ({columns}) VALUES ({})", places(1, COLUMNS.len())),
            )
            .row(instance.clone(), &[1]),
            update_instance: Statement::write(
                "forms_update_instance",
                format!("UPDATE {instance} SET {} WHERE id = ?1 AND revision = ?2", set(3)),
            )
            .row(instance.clone(), &[1]),
            delete_instance: Statement::write(
                "forms_delete_instance",
                format!("DELETE FROM {instance} WHERE id = ?1 AND revision = ?2"),
            )
            .deletes(instance.clone(), &[1]),
            list: read("forms_list", format!(
                "SELECT {columns} FROM {instance} WHERE {visible} AND {FILTERS} \
                 AND (updated_at < ?10 OR (updated_at = ?10 AND id < ?11)) ORDER BY updated_at DESC, id DESC LIMIT ?12"
            )),
            count: read("forms_count", format!("SELECT count(id) FROM {instance} WHERE {visible} AND {FILTERS}")),
            inbox: read("forms_inbox", format!(
                "SELECT {columns} FROM {instance} WHERE {AWAITS} \
                 AND ({due} > ?4 OR ({due} = ?4 AND id > ?5)) ORDER BY {due}, id LIMIT ?6"
            )),
            inbox_count: read("forms_inbox_count", format!(
                "SELECT count(id), CAST(coalesce(sum(CASE WHEN due_at < ?4 THEN 1 ELSE 0 END), 0) AS BIGINT) \
                 FROM {instance} WHERE {AWAITS}"
            )),
            watched: read("forms_watched", format!(
                "SELECT {columns} FROM {instance} WHERE {} AND kind <> 'draft' AND subject_id <> ?2 AND author_id <> ?2 \
                 AND ((?4 = 1 AND kind = 'waiting') OR (?4 = 0 AND kind <> 'waiting')) \
                 AND (updated_at < ?5 OR (updated_at = ?5 AND id < ?6)) ORDER BY updated_at DESC, id DESC LIMIT ?7",
                web::predicate("subject_id", "team_id", 1)
            )),
            answers: read("forms_answers", format!("SELECT field, value FROM {values} WHERE instance_id = ?1")),
            answers_of: read("forms_answers_of", format!(
                "SELECT instance_id, field, value FROM {values} WHERE among(instance_id, ?1)"
            )),
            put_answer: Statement::write("forms_put_answer", format!(
                "INSERT INTO {values} (instance_id, field, value) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (instance_id, field) DO UPDATE SET value = ?3"
            ))
            .row(values.clone(), &[1, 2]),
            delete_answer: Statement::write(
                "forms_delete_answer",
                format!("DELETE FROM {values} WHERE instance_id = ?1 AND field = ?2"),
            )
            .deletes(values, &[1, 2]),
            definition: read("forms_definition", format!(
                "SELECT hash, body FROM {definitions} WHERE kind = ?1 AND name = ?2 AND version = ?3"
            )),
            definitions: read("forms_definitions", format!(
                "SELECT kind, name, version, hash, published_at FROM {definitions} ORDER BY kind, name, version"
            )),
            insert_definition: Statement::write("forms_insert_definition", format!(
                "INSERT INTO {definitions} (kind, name, version, hash, body, published_at) VALUES ({})",
                places(1, 6)
            ))
            .row(definitions, &[1, 2, 3]),
            put_workflow: Statement::write("forms_put_workflow", format!(
                "INSERT INTO {flows} (instance_id, workflow, version, state, level, due_at, updated_at) VALUES ({}) \
                 ON CONFLICT (instance_id) DO UPDATE SET state = ?4, level = ?5, due_at = ?6, updated_at = ?7",
                places(1, 7)
            ))
            .row(flows.clone(), &[1]),
            delete_workflow: Statement::write(
                "forms_delete_workflow",
                format!("DELETE FROM {flows} WHERE instance_id = ?1"),
            )
            .deletes(flows, &[1]),
            history: read("forms_history", format!(
                "SELECT id, instance_id, seq, verb, from_state, to_state, by_id, on_behalf_of, at, comment \
                 FROM {history} WHERE instance_id = ?1 ORDER BY seq"
            )),
            insert_history: Statement::write("forms_insert_history", format!(
                "INSERT INTO {history} (id, instance_id, seq, verb, from_state, to_state, by_id, on_behalf_of, at, \
                 comment) VALUES ({})",
                places(1, 10)
            ))
            .row(history.clone(), &[1]),
            delete_history: Statement::write(
                "forms_delete_history",
                format!("DELETE FROM {history} WHERE id = ?1"),
            )
            .deletes(history, &[1]),
            counter: read("forms_counter", format!("SELECT last FROM {counter} WHERE year = ?1")),
            put_counter: Statement::write("forms_put_counter", format!(
                "INSERT INTO {counter} (year, last) VALUES (?1, ?2) ON CONFLICT (year) \
                 DO UPDATE SET last = CASE WHEN {counter}.last < ?2 THEN ?2 ELSE {counter}.last END"
            ))
            .row(counter, &[1]),
        }
    }

    /// All of them, and those of timers, for registration.
    pub(crate) fn all(&self) -> Vec<Statement> {
        let own = [
            &self.instance,
            &self.insert_instance,
            &self.update_instance,
            &self.delete_instance,
            &self.list,
            &self.count,
            &self.inbox,
            &self.inbox_count,
            &self.watched,
            &self.answers,
            &self.answers_of,
            &self.put_answer,
            &self.delete_answer,
            &self.definition,
            &self.definitions,
            &self.insert_definition,
            &self.put_workflow,
            &self.delete_workflow,
            &self.history,
            &self.insert_history,
            &self.delete_history,
            &self.counter,
            &self.put_counter,
        ];
        own.into_iter().cloned().chain(flow::timer_statements()).collect()
    }
}
