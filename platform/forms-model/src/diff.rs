//! What a new version of a declaration changes, and whether instances under way can follow it.
//!
//! Instances keep the version they began with. A *compatible* change may also be taken over by drafts; a *breaking*
//! one may not, and is refused while instances of the old version have not been looked at.

mod forms;
mod workflows;

use crate::define::Definition;
use serde::Serialize;
use std::collections::BTreeSet;

/// How far a change reaches; each class includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Nothing at all.
    Same,
    /// Words, order, looks.
    Cosmetic,
    /// Answers and states of before stay valid.
    Compatible,
    /// Answers or states of before may not be valid any more.
    Breaking,
}

/// One difference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Change {
    /// How far it reaches.
    pub class: Class,
    /// What changed: `HEURE_SUP.motif`.
    pub place: String,
    /// How, and why that is its class.
    pub reason: String,
}

/// All differences between two versions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Diff {
    /// The furthest of all changes.
    pub class: Class,
    /// The changes, furthest first.
    pub changes: Vec<Change>,
    /// Forms and workflows that changed more than cosmetically under the same version number, which is refused.
    pub unversioned: Vec<String>,
}

/// Compares two versions of a module's declarations.
#[must_use]
pub fn diff(old: &Definition, new: &Definition) -> Diff {
    let mut found = Found::default();
    compare_module(old, new, &mut found);
    for name in names(&old.forms, &new.forms, |form| &form.code) {
        match (old.form(name), new.form(name)) {
            (Some(before), Some(after)) => found.versioned(name, before.version == after.version, |found| {
                forms::compare(before, after, found);
            }),
            (Some(_), None) => found.add(Class::Breaking, name, "the form is gone"),
            _ => found.add(Class::Compatible, name, "a new form"),
        }
    }
    for name in names(&old.workflows, &new.workflows, |workflow| &workflow.name) {
        match (old.workflow(name), new.workflow(name)) {
            (Some(before), Some(after)) => found.versioned(name, before.version == after.version, |found| {
                workflows::compare(before, after, found);
            }),
            (Some(_), None) => found.add(Class::Breaking, name, "the workflow is gone"),
            _ => found.add(Class::Compatible, name, "a new workflow"),
        }
    }
    found.finish(old == new)
}

fn compare_module(old: &Definition, new: &Definition, found: &mut Found) {
    let (before, after) = (&old.module, &new.module);
    if before.code != after.code || before.prefix != after.prefix {
        found.add(Class::Breaking, "module", "code or prefix: the tables and addresses are named after them");
    }
    for role in &before.roles {
        if !after.roles.iter().any(|other| other.key == role.key) {
            found.add(Class::Breaking, &role.key, "the role is gone: people hold it");
        }
    }
    for fact in &after.facts {
        if !before.facts.iter().any(|other| other.key == fact.key) {
            found.add(Class::Compatible, &fact.key, "a new fact");
        }
    }
    let parts = [
        ("zone or calendar", before.zone != after.zone || before.calendar != after.calendar),
        ("retention", before.retention != after.retention),
        ("KPIs", old.kpis != new.kpis),
        ("backlog", old.backlog != new.backlog),
        ("rules of working time", old.rules != new.rules),
        ("routes", before.routes != after.routes),
    ];
    for (name, changed) in parts {
        if changed {
            found.add(Class::Compatible, "module", name);
        }
    }
}

/// The names of both sides, each once.
fn names<'a, T>(old: &'a [T], new: &'a [T], name: impl Fn(&'a T) -> &'a String) -> BTreeSet<&'a str> {
    old.iter().chain(new).map(|item| name(item).as_str()).collect()
}

#[derive(Default)]
struct Found {
    changes: Vec<Change>,
    unversioned: Vec<String>,
}

impl Found {
    fn add(&mut self, class: Class, place: impl Into<String>, reason: impl Into<String>) {
        self.changes.push(Change { class, place: place.into(), reason: reason.into() });
    }

    /// Compares one thing that has a version number, and notes when the number should have gone up.
    fn versioned(&mut self, name: &str, same_version: bool, compare: impl FnOnce(&mut Self)) {
        let before = self.changes.len();
        compare(self);
        let furthest = self.changes.iter().skip(before).map(|change| change.class).max();
        if same_version && furthest > Some(Class::Cosmetic) {
            self.unversioned.push(name.to_owned());
        }
    }

    fn finish(mut self, same: bool) -> Diff {
        self.changes.sort_by(|a, b| b.class.cmp(&a.class).then_with(|| a.cmp(b)));
        self.changes.dedup();
        let furthest = self.changes.first().map(|change| change.class);
        let class = furthest.unwrap_or(if same { Class::Same } else { Class::Cosmetic });
        Diff { class, changes: self.changes, unversioned: self.unversioned }
    }
}

#[cfg(test)]
mod tests;
