//! What this module tells: one function per event. Names, titles, addresses are personal: they are sealed under the
//! person's own key, and erasing the key erases them from the log.

use super::model::PersonDraft;
use super::sql::TeamRow;
use db::{NewEvent, Personal};
use kernel::{Clock, Text, Uuid};
use serde_json::{Value as Json, json};

/// Events that change no row of people, teams or roles: caches of those outlive them.
pub const OF_SESSIONS: [&str; 6] = [
    "user.signed_in",
    "user.sign_in_failed",
    "user.signed_out",
    "user.password_reset",
    "user.password_changed",
    "session.revoked",
];

/// Makes events with ids of a clock.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a>(pub &'a dyn Clock);

impl Events<'_> {
    fn event(self, kind: &str, stream: String, data: Json, personal: Vec<Personal>) -> NewEvent {
        let (id, kind) = (self.0.new_id(), kind.to_owned());
        NewEvent { personal, ..NewEvent::new(id, kind, stream, data) }
    }

    fn of_user(self, kind: &str, user: Uuid, data: Json, personal: &[&str]) -> NewEvent {
        let personal = personal.iter().map(|p| Personal { pointer: (*p).to_owned(), subject: user });
        self.event(kind, format!("user/{user}"), data, personal.collect())
    }

    /// Somebody new.
    #[must_use]
    pub fn created(self, user: Uuid, person: &PersonDraft, sample: bool) -> NewEvent {
        let data = json!({
            "user": user, "email": person.email, "name": person.name, "title": person.title,
            "lang": person.lang, "team": person.team, "sample": sample, "version": 1,
        });
        self.of_user("user.created", user, data, &["/email", "/name", "/title"])
    }

    /// What somebody is now.
    #[must_use]
    pub fn changed(self, user: Uuid, person: &PersonDraft, version: u64) -> NewEvent {
        let data = json!({
            "user": user, "email": person.email, "name": person.name, "title": person.title,
            "lang": person.lang, "team": person.team, "version": version,
        });
        self.of_user("user.changed", user, data, &["/email", "/name", "/title"])
    }

    /// Somebody may sign in again, or no longer.
    #[must_use]
    pub fn active(self, user: Uuid, active: bool, version: u64) -> NewEvent {
        let kind = if active { "user.enabled" } else { "user.disabled" };
        self.of_user(kind, user, json!({ "user": user, "version": version }), &[])
    }

    /// An operator gave somebody a one-time password.
    #[must_use]
    pub fn password_reset(self, user: Uuid) -> NewEvent {
        self.of_user("user.password_reset", user, json!({ "user": user }), &[])
    }

    /// Somebody chose another password.
    #[must_use]
    pub fn password_changed(self, user: Uuid) -> NewEvent {
        self.of_user("user.password_changed", user, json!({ "user": user }), &[])
    }

    /// Somebody signed in.
    #[must_use]
    pub fn signed_in(self, user: Uuid, session: Uuid, method: &str, address: &str) -> NewEvent {
        let data = json!({ "user": user, "session": session, "method": method, "address": address });
        self.of_user("user.signed_in", user, data, &["/address"])
    }

    /// Somebody did not get in. Told at most once in five minutes for each person, and never for an address that
    /// nobody has: the log must not grow at a stranger's pace.
    #[must_use]
    pub fn sign_in_failed(self, user: Uuid, reason: &str, method: &str) -> NewEvent {
        let data = json!({ "user": user, "reason": reason, "method": method });
        self.of_user("user.sign_in_failed", user, data, &[])
    }

    /// Somebody signed out.
    #[must_use]
    pub fn signed_out(self, user: Uuid, session: Uuid) -> NewEvent {
        self.of_user("user.signed_out", user, json!({ "user": user, "session": session }), &[])
    }

    /// One session of somebody was ended, or all but one.
    #[must_use]
    pub fn revoked(self, user: Uuid, session: Option<Uuid>, kept: Option<Uuid>, reason: &str) -> NewEvent {
        let data = json!({ "user": user, "session": session, "kept": kept, "reason": reason });
        self.of_user("session.revoked", user, data, &[])
    }

    /// Somebody got a role, or lost it.
    #[must_use]
    pub fn role(self, user: Uuid, role: &str, granted: bool) -> NewEvent {
        let kind = if granted { "role.granted" } else { "role.revoked" };
        self.of_user(kind, user, json!({ "user": user, "role": role }), &[])
    }

    /// There is a new role.
    #[must_use]
    pub fn role_created(self, code: &str, name: &Text) -> NewEvent {
        self.event("role.created", format!("role/{code}"), json!({ "role": code, "name": name }), Vec::new())
    }

    /// A role may do something, as far as the scope, or no longer.
    #[must_use]
    pub fn permission(self, role: &str, permission: &str, scope: &str, granted: bool) -> NewEvent {
        let kind = if granted { "permission.granted" } else { "permission.revoked" };
        let data = json!({ "role": role, "permission": permission, "scope": scope });
        self.event(kind, format!("role/{role}"), data, Vec::new())
    }

    /// There is a new team.
    #[must_use]
    pub fn team_created(self, team: &TeamRow) -> NewEvent {
        self.event("team.created", format!("team/{}", team.id), team_data(team), Vec::new())
    }

    /// What a team is now.
    #[must_use]
    pub fn team_changed(self, team: &TeamRow) -> NewEvent {
        self.event("team.changed", format!("team/{}", team.id), team_data(team), Vec::new())
    }
}

fn team_data(team: &TeamRow) -> Json {
    json!({
        "team": team.id, "name": team.name, "manager": team.manager, "parent": team.parent,
        "version": team.version,
    })
}
