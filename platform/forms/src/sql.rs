//! Every SQL statement on the tables of the forms, made once per prefix. What rows mean is in [`crate::rows`].

use db::Statement;

/// Columns of an instance, in the order of [`crate::rows::instance`].
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

/// When an instance without a due date is due, in the order of the inbox.
pub(crate) const NEVER: i64 = i64::MAX;

/// The statements on instances.
#[derive(Clone, Debug)]
pub(crate) struct Instances {
    pub(crate) one: Statement,
    pub(crate) insert: Statement,
    pub(crate) update: Statement,
    pub(crate) delete: Statement,
    pub(crate) list: Statement,
    pub(crate) count: Statement,
    pub(crate) inbox: Statement,
    pub(crate) inbox_count: Statement,
    pub(crate) watched: Statement,
}

/// The statements on answers and history.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) answers: Statement,
    pub(crate) answers_of: Statement,
    pub(crate) put_answer: Statement,
    pub(crate) delete_answer: Statement,
    pub(crate) history: Statement,
    pub(crate) insert_line: Statement,
    pub(crate) delete_line: Statement,
}

/// The statements on definitions, workflows under way, and numbers.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) definition: Statement,
    pub(crate) insert_definition: Statement,
    pub(crate) put_workflow: Statement,
    pub(crate) delete_workflow: Statement,
    pub(crate) counter: Statement,
    pub(crate) put_counter: Statement,
}

/// The statements of one module.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    pub(crate) instances: Instances,
    pub(crate) told: Told,
    pub(crate) kept: Kept,
}

fn places(count: usize) -> String {
    (1..=count).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ")
}

/// What a reader of lists sees: what they reach, and nobody's drafts but their own. Parameters 1 to 3 are the reach.
fn visible() -> String {
    format!("{} AND (kind <> 'draft' OR author_id = ?2)", web::predicate("subject_id", "team_id", 1))
}

/// The filters of a list: form, kind, states (to be in, or to have entered since an instant), own only, late at an
/// instant, words, that instant, whether of certain teams only, those teams. Parameters 4 to 12.
fn filters(prefix: &str) -> String {
    format!(
        "(?4 = '' OR form = ?4) AND (?5 = '' OR kind = ?5) \
         AND (?7 = 0 OR subject_id = ?2) \
         AND (CAST(?8 AS BIGINT) = 0 OR (kind = 'waiting' AND due_at < CAST(?8 AS BIGINT))) \
         AND (?9 = '' OR search LIKE ?9 ESCAPE '!') \
         AND ((CAST(?10 AS BIGINT) = 0 AND (?6 = '[]' OR among_text(state, ?6))) \
         OR (CAST(?10 AS BIGINT) > 0 AND EXISTS (SELECT 1 FROM {prefix}_workflow_event e \
         WHERE e.instance_id = {prefix}_form_instance.id AND e.at >= CAST(?10 AS BIGINT) AND among_text(e.to_state, ?6) \
         AND (e.from_state IS NULL OR NOT among_text(e.from_state, ?6))))) \
         AND (?11 = 0 OR among(team_id, ?12))"
    )
}

/// What awaits a reader: roles (1), teams that they manage (2), who they are (3). Never their own request.
const AWAITS: &str = "kind = 'waiting' AND subject_id <> ?3 AND author_id <> ?3 \
     AND ((among_text(awaits_role, ?1) AND (awaits_scope = 'all' OR among(team_id, ?2))) \
     OR (among_text(also_role, ?1) AND (also_scope = 'all' OR among(team_id, ?2))))";

impl Instances {
    fn new(p: &str) -> Self {
        let (table, columns, visible) = (format!("{p}_form_instance"), COLUMNS.join(", "), visible());
        let filters = filters(p);
        let due = format!("coalesce(due_at, {NEVER})");
        let newest = |n: usize| {
            let (at, id, limit) = (n, n + 1, n + 2);
            format!(
                "AND (updated_at < ?{at} OR (updated_at = ?{at} AND id < ?{id})) \
                 ORDER BY updated_at DESC, id DESC LIMIT ?{limit}"
            )
        };
        let select = |name: &'static str, rest: String| {
            Statement::read(name, format!("SELECT {columns} FROM {table} WHERE {rest}"))
        };
        let reach = web::predicate("subject_id", "team_id", 1);
        Self {
            one: select("forms_instance", "id = ?1".to_owned()),
            list: select("forms_list", format!("{visible} AND {filters} {}", newest(13))),
            count: Statement::read(
                "forms_count",
                format!("SELECT count(id) FROM {table} WHERE {visible} AND {filters}"),
            ),
            inbox: select(
                "forms_inbox",
                format!("{AWAITS} AND ({due} > ?4 OR ({due} = ?4 AND id > ?5)) ORDER BY {due}, id LIMIT ?6"),
            ),
            inbox_count: Statement::read(
                "forms_inbox_count",
                format!(
                    "SELECT count(id), CAST(coalesce(sum(CASE WHEN due_at < ?4 THEN 1 ELSE 0 END), 0) AS BIGINT) \
                     FROM {table} WHERE {AWAITS}"
                ),
            ),
            watched: select(
                "forms_watched",
                format!(
                    "{reach} AND kind <> 'draft' AND subject_id <> ?2 AND author_id <> ?2 \
                     AND ((?4 = 1 AND kind = 'waiting') OR (?4 = 0 AND kind <> 'waiting')) {}",
                    newest(5)
                ),
            ),
            insert: write(
                "forms_insert_instance",
                &table,
                &[1],
                format!("INSERT INTO {table} ({columns}) VALUES ({})", places(COLUMNS.len())),
            ),
            update: write("forms_update_instance", &table, &[1], update(&table)),
            delete: Statement::write(
                "forms_delete_instance",
                format!("DELETE FROM {table} WHERE id = ?1 AND revision = ?2"),
            )
            .deletes(table.clone(), &[1]),
        }
    }
}

/// The guard of every change: the revision that was read (2) is still there.
fn update(table: &str) -> String {
    let set: Vec<String> =
        COLUMNS.iter().skip(1).zip(3..).map(|(column, n)| format!("{column} = ?{n}")).collect();
    format!("UPDATE {table} SET {} WHERE id = ?1 AND revision = ?2", set.join(", "))
}

fn write(name: &'static str, table: &str, key: &[usize], sql: String) -> Statement {
    Statement::write(name, sql).row(table.to_owned(), key)
}

fn delete(name: &'static str, table: &str, key: &[&str]) -> Statement {
    let found: Vec<String> = key.iter().zip(1..).map(|(column, n)| format!("{column} = ?{n}")).collect();
    let numbers: Vec<usize> = (1..=key.len()).collect();
    let sql = format!("DELETE FROM {table} WHERE {}", found.join(" AND "));
    Statement::write(name, sql).deletes(table.to_owned(), &numbers)
}

impl Told {
    fn new(p: &str) -> Self {
        let (answers, lines) = (format!("{p}_values"), format!("{p}_workflow_event"));
        let line = "id, instance_id, seq, verb, from_state, to_state, by_id, on_behalf_of, at, comment";
        Self {
            answers: Statement::read(
                "forms_answers",
                format!("SELECT field, value FROM {answers} WHERE instance_id = ?1"),
            ),
            answers_of: Statement::read(
                "forms_answers_of",
                format!("SELECT instance_id, field, value FROM {answers} WHERE among(instance_id, ?1)"),
            ),
            put_answer: write(
                "forms_put_answer",
                &answers,
                &[1, 2],
                format!(
                    "INSERT INTO {answers} (instance_id, field, value) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (instance_id, field) DO UPDATE SET value = ?3"
                ),
            ),
            delete_answer: delete("forms_delete_answer", &answers, &["instance_id", "field"]),
            history: Statement::read(
                "forms_history",
                format!("SELECT {line} FROM {lines} WHERE instance_id = ?1 ORDER BY seq"),
            ),
            insert_line: write(
                "forms_insert_line",
                &lines,
                &[1],
                format!("INSERT INTO {lines} ({line}) VALUES ({})", places(10)),
            ),
            delete_line: delete("forms_delete_line", &lines, &["id"]),
        }
    }
}

impl Kept {
    fn new(p: &str) -> Self {
        let (definitions, flows) = (format!("{p}_workflow_definition"), format!("{p}_workflow_instance"));
        let counter = format!("{p}_counter");
        Self {
            definition: Statement::read(
                "forms_definition",
                format!(
                    "SELECT hash, body FROM {definitions} WHERE kind = ?1 AND name = ?2 AND version = ?3"
                ),
            ),
            insert_definition: write(
                "forms_insert_definition",
                &definitions,
                &[1, 2, 3],
                format!(
                    "INSERT INTO {definitions} (kind, name, version, hash, body, published_at) VALUES ({})",
                    places(6)
                ),
            ),
            put_workflow: write(
                "forms_put_workflow",
                &flows,
                &[1],
                format!(
                    "INSERT INTO {flows} (instance_id, workflow, version, state, level, due_at, updated_at) \
                     VALUES ({}) ON CONFLICT (instance_id) \
                     DO UPDATE SET state = ?4, level = ?5, due_at = ?6, updated_at = ?7",
                    places(7)
                ),
            ),
            delete_workflow: delete("forms_delete_workflow", &flows, &["instance_id"]),
            counter: Statement::read("forms_counter", format!("SELECT last FROM {counter} WHERE year = ?1")),
            put_counter: write(
                "forms_put_counter",
                &counter,
                &[1],
                format!(
                    "INSERT INTO {counter} (year, last) VALUES (?1, ?2) ON CONFLICT (year) \
                     DO UPDATE SET last = CASE WHEN {counter}.last < ?2 THEN ?2 ELSE {counter}.last END"
                ),
            ),
        }
    }
}

impl Sql {
    /// The statements on the tables with this prefix.
    pub(crate) fn new(prefix: &str) -> Self {
        Self { instances: Instances::new(prefix), told: Told::new(prefix), kept: Kept::new(prefix) }
    }

    /// All of them, and those of timers, for registration.
    pub(crate) fn all(&self) -> Vec<Statement> {
        let Self { instances: i, told: t, kept: k } = self;
        let own = [
            &i.one,
            &i.insert,
            &i.update,
            &i.delete,
            &i.list,
            &i.count,
            &i.inbox,
            &i.inbox_count,
            &i.watched,
            &t.answers,
            &t.answers_of,
            &t.put_answer,
            &t.delete_answer,
            &t.history,
            &t.insert_line,
            &t.delete_line,
            &k.definition,
            &k.insert_definition,
            &k.put_workflow,
            &k.delete_workflow,
            &k.counter,
            &k.put_counter,
        ];
        own.into_iter().cloned().chain(flow::timer_statements()).collect()
    }
}
