//! What changes between two versions of a form.

use super::{Class, Found};
use crate::define::{Choice, Field, FieldType, Form, Requirement};

pub(super) fn compare(old: &Form, new: &Form, found: &mut Found) {
    let place = |key: &str| format!("{}.{key}", new.code);
    if (&old.workflow, old.workflow_version) != (&new.workflow, new.workflow_version) {
        let class = if old.workflow == new.workflow { Class::Compatible } else { Class::Breaking };
        found.add(class, place("workflow"), "another workflow, or another version of it");
    }
    let words = |form: &Form| {
        (
            form.title.clone(),
            form.heading.clone(),
            form.description.clone(),
            form.summary.clone(),
            form.sections.clone(),
        )
    };
    let order = |form: &Form| form.fields.iter().map(|field| field.key.clone()).collect::<Vec<_>>();
    if words(old) != words(new) {
        found.add(Class::Cosmetic, &new.code, "titles or sections");
    }
    for field in &old.fields {
        match new.field(&field.key) {
            None if field.is_note() => found.add(Class::Cosmetic, place(&field.key), "the note is gone"),
            None => {
                found.add(Class::Breaking, place(&field.key), "the field is gone: its answers have no place")
            }
            Some(after) => compare_field(field, after, &place(&field.key), found),
        }
    }
    let mut added = false;
    for field in new.fields.iter().filter(|field| old.field(&field.key).is_none()) {
        added = true;
        if field.is_note() {
            found.add(Class::Cosmetic, place(&field.key), "a new note");
        } else if field.required.when == Requirement::Never && field.checks.is_empty() {
            found.add(Class::Compatible, place(&field.key), "a new field that may stay empty");
        } else {
            found.add(Class::Breaking, place(&field.key), "a new field that instances under way lack");
        }
    }
    if !added && old.fields.len() == new.fields.len() && order(old) != order(new) {
        found.add(Class::Cosmetic, &new.code, "the order of the fields");
    }
}

fn compare_field(old: &Field, new: &Field, place: &str, found: &mut Found) {
    if (&old.label, &old.hint, &old.section, &old.required.message)
        != (&new.label, &new.hint, &new.section, &new.required.message)
    {
        found.add(Class::Cosmetic, place, "words or section");
    }
    compare_type(&old.kind, &new.kind, place, found);
    if old.required.when != new.required.when {
        let relaxed = new.required.when == Requirement::Never || old.required.when == Requirement::Always;
        let class = if relaxed { Class::Compatible } else { Class::Breaking };
        found.add(class, place, if relaxed { "required less often" } else { "required where it was not" });
    }
    let conditions = |field: &Field| field.checks.iter().map(|check| check.ok.clone()).collect::<Vec<_>>();
    let (before, after) = (conditions(old), conditions(new));
    if after.iter().any(|check| !before.contains(check)) {
        found.add(Class::Breaking, place, "a check that answers of before may not pass");
    } else if before.len() > after.len() {
        found.add(Class::Compatible, place, "a check is gone");
    } else if old.checks != new.checks {
        found.add(Class::Cosmetic, place, "the words or the order of its checks");
    }
    if old.compute != new.compute {
        found.add(Class::Breaking, place, "computed in another way: the same answers give another value");
    }
    if old.show != new.show || old.on_hide != new.on_hide {
        found.add(Class::Compatible, place, "shown or kept under other conditions");
    }
    if old.prefill != new.prefill {
        found.add(Class::Compatible, place, "another first value");
    }
    if old.personal != new.personal {
        let class = if new.personal { Class::Breaking } else { Class::Compatible };
        found.add(class, place, "personal or not: events of before were written the other way");
    }
}

fn compare_type(old: &FieldType, new: &FieldType, place: &str, found: &mut Found) {
    if old.name() != new.name() {
        let wider = matches!((old, new), (FieldType::Text { .. }, FieldType::LongText { .. }));
        if !wider {
            return found.add(Class::Breaking, place, format!("{} was {}", new.name(), old.name()));
        }
        found.add(Class::Compatible, place, "several lines instead of one");
    }
    match (bounds(old), bounds(new)) {
        (before, after) if before == after => {}
        (Some((min, max, scale)), Some((new_min, new_max, new_scale))) => {
            let wider = new_min <= min && new_max >= max && scale == new_scale;
            let class = if wider { Class::Compatible } else { Class::Breaking };
            found.add(class, place, if wider { "wider bounds" } else { "narrower bounds or another scale" });
        }
        _ => {}
    }
    if let (Some(before), Some(after)) = (options(old), options(new)) {
        let has = |options: &[Choice], value: &str| options.iter().any(|option| option.value == value);
        if before.iter().any(|option| !has(after, &option.value)) {
            found.add(Class::Breaking, place, "an answer is gone");
        } else if after.iter().any(|option| !has(before, &option.value)) {
            found.add(Class::Compatible, place, "a new answer");
        } else if before != after {
            found.add(Class::Cosmetic, place, "the words or the order of the answers");
        }
    }
}

/// The smallest, the largest, the decimals.
fn bounds(kind: &FieldType) -> Option<(i64, i64, u8)> {
    match kind {
        FieldType::Text { max_length } | FieldType::LongText { max_length } => {
            Some((0, i64::from(*max_length), 0))
        }
        FieldType::Int { min, max } | FieldType::Money { min, max } | FieldType::Duration { min, max } => {
            Some((*min, *max, 0))
        }
        FieldType::Decimal { scale, min, max } => Some((*min, *max, *scale)),
        _ => None,
    }
}

fn options(kind: &FieldType) -> Option<&[Choice]> {
    match kind {
        FieldType::Choice { options } | FieldType::MultiChoice { options } => Some(options),
        _ => None,
    }
}
