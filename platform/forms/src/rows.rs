//! Between the rows of the tables and what the code works with.

use crate::model::{Awaits, Change, Instance, Line, kind_word, parse_kind};
use crate::sql::Sql;
use db::{Batch, DbError, DbResult, Row, Value};
use forms_model::define::Workflow;
use forms_model::values::Values;
use kernel::Text;

fn unfit(what: &str) -> DbError {
    DbError::Unfit(format!("{what}: written by a newer program"))
}

fn version(row: &Row, column: usize) -> DbResult<u32> {
    u32::try_from(row.int(column)?).map_err(|_| unfit("a version"))
}

fn awaits(row: &Row, column: usize) -> DbResult<Option<Awaits>> {
    let (role, scope) = (row.opt_text(column)?, row.opt_text(column + 1)?);
    Ok(role.zip(scope).map(|(role, scope)| Awaits { role, scope }))
}

/// An instance from the columns of the statements on it.
pub(crate) fn instance(row: &Row) -> DbResult<Instance> {
    Ok(Instance {
        id: row.uuid(0)?,
        reference: row.text(1)?,
        form: row.text(2)?,
        form_version: version(row, 3)?,
        workflow: row.text(4)?,
        workflow_version: version(row, 5)?,
        title: Text::new(row.text(6)?, row.text(7)?),
        subject: row.uuid(8)?,
        author: row.uuid(9)?,
        team: row.opt_uuid(10)?,
        state: row.text(11)?,
        kind: parse_kind(&row.text(12)?).ok_or_else(|| unfit("the kind of a state"))?,
        revision: row.count(13)?,
        awaits: awaits(row, 14)?,
        also: awaits(row, 16)?,
        due_at: row.opt_instant(18)?,
        late_at: row.opt_instant(19)?,
        submitted_at: row.opt_instant(20)?,
        created_at: row.instant(21)?,
        updated_at: row.instant(22)?,
        closed_at: row.opt_instant(23)?,
    })
}

/// The parameters of an insert: all columns.
fn instance_params(i: &Instance) -> Vec<Value> {
    let mut params = db::params![i.id];
    params.extend(columns(i));
    params
}

/// The columns beside the id, in order.
fn columns(i: &Instance) -> Vec<Value> {
    let role = |a: &Option<Awaits>| a.as_ref().map(|a| a.role.clone());
    let scope = |a: &Option<Awaits>| a.as_ref().map(|a| a.scope.clone());
    db::params![
        &i.reference,
        &i.form,
        i.form_version,
        &i.workflow,
        i.workflow_version,
        &i.title.fr,
        &i.title.en,
        i.subject,
        i.author,
        i.team,
        &i.state,
        kind_word(i.kind),
        i.revision,
        role(&i.awaits),
        scope(&i.awaits),
        role(&i.also),
        scope(&i.also),
        i.due_at,
        i.late_at,
        i.submitted_at,
        i.created_at,
        i.updated_at,
        i.closed_at,
        i.search(),
    ]
}

/// Answers from rows of (field, value), beginning at a column.
pub(crate) fn answer(row: &Row, column: usize) -> DbResult<(String, serde_json::Value)> {
    let text = row.text(column + 1)?;
    let value = serde_json::from_str(&text).map_err(|e| DbError::Unfit(format!("an answer: {e}")))?;
    Ok((row.text(column)?, value))
}

/// A line of the history.
pub(crate) fn line(row: &Row) -> DbResult<Line> {
    Ok(Line {
        id: row.uuid(0)?,
        instance: row.uuid(1)?,
        seq: row.count(2)?,
        verb: row.text(3)?,
        from: row.opt_text(4)?,
        to: row.text(5)?,
        by: row.opt_uuid(6)?,
        on_behalf_of: row.opt_uuid(7)?,
        at: row.instant(8)?,
        comment: row.opt_text(9)?,
    })
}

/// Adds the rows of a change to a Batch, the guard on the revision first.
pub(crate) fn write(sql: &Sql, batch: &mut Batch, change: &Change, workflow: &Workflow) {
    let after = &change.after;
    match &change.before {
        None => drop(batch.expect_one(&sql.instances.insert, instance_params(after))),
        Some(before) => {
            let mut params = db::params![after.id, before.revision];
            params.extend(columns(after));
            batch.expect_one(&sql.instances.update, params);
        }
    }
    let level = crate::model::level(workflow, &after.state);
    batch.write(
        &sql.kept.put_workflow,
        db::params![
            after.id,
            &after.workflow,
            after.workflow_version,
            &after.state,
            level,
            after.due_at,
            after.updated_at
        ],
    );
    if let Some(values) = &change.values {
        write_answers(sql, batch, after.id, &change.old_values, values);
    }
    if let Some(line) = &change.line {
        batch.expect_one(&sql.told.insert_line, line_params(line));
    }
}

fn line_params(line: &Line) -> Vec<Value> {
    db::params![
        line.id,
        line.instance,
        line.seq,
        &line.verb,
        line.from.clone(),
        &line.to,
        line.by,
        line.on_behalf_of,
        line.at,
        line.comment.clone(),
    ]
}

/// The canonical text of an answer.
pub(crate) fn answer_text(value: &serde_json::Value) -> String {
    forms_model::define::canonical_json(value)
}

fn write_answers(sql: &Sql, batch: &mut Batch, id: kernel::Uuid, old: &Values, new: &Values) {
    for (field, value) in new.iter().filter(|(field, value)| old.get(*field) != Some(value)) {
        batch.write(&sql.told.put_answer, db::params![id, field, answer_text(value)]);
    }
    for field in old.keys().filter(|field| !new.contains_key(*field)) {
        batch.write(&sql.told.delete_answer, db::params![id, field]);
    }
}

/// Adds the removal of everything about an instance to a Batch.
pub(crate) fn erase(sql: &Sql, batch: &mut Batch, instance: &Instance, values: &Values, lines: &[Line]) {
    batch.expect_one(&sql.instances.delete, db::params![instance.id, instance.revision]);
    batch.write(&sql.kept.delete_workflow, db::params![instance.id]);
    for field in values.keys() {
        batch.write(&sql.told.delete_answer, db::params![instance.id, field]);
    }
    for line in lines {
        batch.write(&sql.told.delete_line, db::params![line.id]);
    }
}
