//! A file of people: all of it, or nothing and what to correct. A line for an address that exists brings that person
//! up to date; roles are only added. Teams that do not exist are made.

use super::people::as_draft;
use super::{Auth, Authority, roles};
use crate::auth::csv_file::{self, CsvLine};
use crate::auth::model::{self, PersonDraft, TeamDraft};
use crate::auth::snapshot::Snapshot;
use crate::auth::sql::{self, PersonRow};
use crate::auth::{passwords, sql_sessions};
use db::{Batch, params};
use kernel::{Cause, Error, FieldError, Lang, Result, Text, Uuid};
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody new.
    Created,
    /// Somebody who was brought up to date.
    Changed,
    /// Somebody who was like this already.
    Unchanged,
    /// It cannot be taken.
    Rejected,
}

impl Outcome {
    /// The outcome's word in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Rejected => "rejected",
        }
    }
}

/// What became of a line of the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ImportLine {
    /// Its number, from 1 for the header.
    #[serde(rename = "line")]
    pub number: u64,
    /// The address that it gives.
    pub email: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The one-time password of somebody new; told once and kept nowhere.
    #[serde(rename = "one_time_password", skip_serializing_if = "Option::is_none")]
    pub one_time: Option<String>,
    /// What to correct.
    pub errors: Vec<FieldError>,
}

/// What became of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct ImportReport {
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Teams that were made.
    pub teams: Vec<String>,
    /// The lines, in order.
    pub lines: Vec<ImportLine>,
}

impl ImportReport {
    /// How many lines came out like this.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.lines.iter().filter(|line| line.outcome == outcome).count()
    }
}

/// What is being decided.
struct Import<'a> {
    auth: &'a Auth,
    by: Authority<'a>,
    snapshot: &'a Snapshot,
    existing: BTreeMap<String, PersonRow>,
    /// Ids of everybody in the file and in the house, by address.
    people: BTreeMap<String, Uuid>,
    teams: BTreeMap<String, (Uuid, TeamDraft)>,
    batch: Batch,
}

impl Auth {
    /// Decides about a file. With `dry_run` the Batch is empty, and the report says what would become of it.
    ///
    /// # Errors
    /// Invalid when the file cannot be read, or when a line cannot be taken (unless it is only tried).
    pub async fn import(
        &self,
        by: Authority<'_>,
        text: &str,
        dry_run: bool,
        cause: &Cause,
    ) -> Result<(Batch, ImportReport)> {
        let lines = csv_file::read(text)?;
        let emails: Vec<String> = lines.iter().map(|l| model::normal_email(&l.email)).collect();
        let rows = self.db.query(&sql::PEOPLE_AT, params![serde_json::json!(emails)]).await?;
        let rows = rows.iter().map(PersonRow::read).collect::<db::DbResult<Vec<_>>>()?;
        let snapshot = self.snapshot().await?;
        let mut people: BTreeMap<String, Uuid> =
            snapshot.people.people.values().map(|p| (p.email.clone(), p.id)).collect();
        for email in &emails {
            people.entry(email.clone()).or_insert_with(|| self.clock.new_id());
        }
        let mut import = Import {
            auth: self,
            by,
            snapshot: &snapshot,
            existing: rows.into_iter().map(|p| (p.email.clone(), p)).collect(),
            people,
            teams: BTreeMap::new(),
            batch: self.batch(cause),
        };
        let mut report = ImportReport { dry_run, ..ImportReport::default() };
        for line in &lines {
            let twice = report.lines.iter().any(|l| l.email == model::normal_email(&line.email));
            let decided = import.line(line, twice)?;
            report.lines.push(decided);
        }
        import.write_teams();
        report.teams = import.new_teams();
        let Import { batch, .. } = import;
        if dry_run {
            report.lines.iter_mut().for_each(|line| line.one_time = None);
            return Ok((self.batch(cause), report));
        }
        if report.count(Outcome::Rejected) > 0 { Err(rejected(&report)) } else { Ok((batch, report)) }
    }
}

fn rejected(report: &ImportReport) -> Error {
    let wrong =
        report.lines.iter().filter(|line| line.outcome == Outcome::Rejected).map(
            |line| serde_json::json!({ "line": line.number, "email": line.email, "errors": line.errors }),
        );
    Error::invalid(
        "import_rejected",
        "Des lignes sont à corriger. Rien n’a été importé.",
        "Some lines need a change. Nothing was imported.",
    )
    .with_details(serde_json::json!({ "lines": wrong.collect::<Vec<_>>() }))
}

fn wrong(field: &str, fr: &str, en: &str) -> FieldError {
    FieldError { field: field.to_owned(), text: Text::new(fr, en) }
}

impl Import<'_> {
    fn line(&mut self, line: &CsvLine, twice: bool) -> Result<ImportLine> {
        let mut errors = Vec::new();
        let before = self.existing.get(&model::normal_email(&line.email)).cloned();
        if twice {
            errors.push(wrong("email", "Cette adresse est déjà plus haut", "This address stands further up"));
        }
        let team = self.team(line, &mut errors).or(before.as_ref().map(|p| p.team)).flatten();
        let draft = self.draft(line, before.as_ref(), team, &mut errors);
        let held = before.as_ref().map_or_else(Vec::new, |p| self.snapshot.stored_roles(p.id));
        let given: Vec<&String> = line.roles.iter().filter(|r| !held.contains(&r.as_str())).collect();
        for role in &given {
            if let Err(error) = roles::check_giving(self.by, self.snapshot, role) {
                errors.push(FieldError { field: "roles".into(), text: error.user });
            }
        }
        let mut decided = ImportLine {
            number: line.number,
            email: model::normal_email(&line.email),
            outcome: Outcome::Rejected,
            one_time: None,
            errors,
        };
        if let (Some(draft), true) = (draft, decided.errors.is_empty()) {
            let one_time = self.write(&draft, before.as_ref(), &given)?;
            decided.outcome = match &before {
                None => Outcome::Created,
                Some(person) if as_draft(person) == draft && given.is_empty() => Outcome::Unchanged,
                Some(_) => Outcome::Changed,
            };
            decided.one_time = one_time;
        }
        Ok(decided)
    }

    fn draft(
        &self,
        line: &CsvLine,
        before: Option<&PersonRow>,
        team: Option<Uuid>,
        errors: &mut Vec<FieldError>,
    ) -> Option<PersonDraft> {
        let kept = before.map(as_draft).unwrap_or_default();
        let lang = match line.lang.as_deref().filter(|l| !l.is_empty()).map(|l| (l, Lang::parse(l))) {
            None => kept.lang,
            Some((_, Some(lang))) => lang,
            Some((_, None)) => {
                errors.push(wrong("lang", "Indiquez fr ou en", "Give fr or en"));
                kept.lang
            }
        };
        let title = line.title.clone().unwrap_or(kept.title);
        let draft = PersonDraft { email: line.email.clone(), name: line.name.clone(), title, lang, team };
        match model::check_person(draft) {
            Ok(draft) => Some(draft),
            Err(error) => {
                errors.extend(error.fields);
                None
            }
        }
    }

    /// The team of a line, made when it does not exist; `None` when the file does not speak of teams.
    fn team(&mut self, line: &CsvLine, errors: &mut Vec<FieldError>) -> Option<Option<Uuid>> {
        let name = line.team.as_ref()?;
        if name.is_empty() {
            return Some(None);
        }
        let manager = model::normal_email(&line.manager);
        let manager = if manager.is_empty() { None } else { Some(self.people.get(&manager).copied()) };
        if manager == Some(None) {
            let fr = "Cette adresse n’est ni dans le fichier ni dans la maison";
            errors.push(wrong("manager_email", fr, "This address is neither in the file nor in the house"));
        }
        let key = model::search_key(name);
        let (auth, snapshot) = (self.auth, self.snapshot);
        let (id, draft) = self.teams.entry(key.clone()).or_insert_with(|| {
            let known = snapshot.teams.values().find(|t| model::search_key(&t.name) == key);
            let draft = known.map_or_else(
                || TeamDraft { name: name.clone(), ..TeamDraft::default() },
                |t| TeamDraft { name: t.name.clone(), manager: t.manager, parent: t.parent, version: None },
            );
            (known.map_or_else(|| auth.clock.new_id(), |t| t.id), draft)
        });
        match (draft.manager, manager.flatten()) {
            (None, Some(new)) => draft.manager = Some(new),
            (Some(old), Some(new)) if old != new => errors.push(wrong(
                "manager_email",
                "Cette équipe a déjà une autre personne responsable",
                "This team has another manager already",
            )),
            _ => {}
        }
        if draft.name.chars().count() > 100 {
            errors.push(wrong("team", "100 caractères au plus", "100 characters at most"));
        }
        Some(Some(*id))
    }

    /// Puts a line's rows and events into the Batch; answers the one-time password of somebody new.
    fn write(
        &mut self,
        draft: &PersonDraft,
        before: Option<&PersonRow>,
        given: &[&String],
    ) -> Result<Option<String>> {
        let id = self.people.get(&draft.email).copied().unwrap_or_default();
        let mut one_time = None;
        match before {
            Some(person) if as_draft(person) == *draft => {}
            Some(person) => self.auth.put_person(&mut self.batch, person, draft),
            None => {
                let (text, stored) = passwords::one_time()?;
                let at = self.batch.at;
                let until = super::OneTime::new(String::new(), at).valid_until;
                self.auth.add_person(&mut self.batch, id, draft, false);
                self.batch.write(&sql_sessions::PUT_CREDENTIALS, params![id, stored, true, until, at]);
                one_time = Some(text);
            }
        }
        for role in given {
            self.auth.add_role(&mut self.batch, id, role);
        }
        Ok(one_time)
    }

    fn write_teams(&mut self) {
        for (id, draft) in self.teams.values() {
            match self.snapshot.teams.get(id) {
                None => self.auth.add_team(&mut self.batch, *id, draft),
                Some(team) if team.manager == draft.manager => {}
                Some(team) => self.auth.put_team(&mut self.batch, team, draft),
            }
        }
    }

    fn new_teams(&self) -> Vec<String> {
        let new = self.teams.values().filter(|(id, _)| !self.snapshot.teams.contains_key(id));
        new.map(|(_, draft)| draft.name.clone()).collect()
    }
}
