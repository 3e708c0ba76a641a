//! Every statement on people, teams and roles, and what their rows mean. Sessions have their own in
//! [`super::sql_sessions`].

use db::{DbResult, Row};
use kernel::{Lang, Uuid};

db::statements! {
    /// Everybody, with their profile.
    ALL_PEOPLE = read("SELECT u.id, u.email, u.active, u.sample, u.version, p.name, p.title, p.lang, p.team_id FROM users u JOIN user_profiles p ON p.user_id = u.id");
    /// Every team.
    ALL_TEAMS = read("SELECT id, name, manager_id, parent_id, version FROM teams ORDER BY name, id");
    /// Who holds which role.
    ALL_USER_ROLES = read("SELECT user_id, role FROM user_roles ORDER BY user_id, role");
    /// Every role.
    ALL_ROLES = read("SELECT code, name_fr, name_en FROM roles ORDER BY code");
    /// What roles may do, and what was taken from them.
    ALL_PERMISSIONS = read("SELECT role, permission, scope, granted FROM permissions ORDER BY permission, role");
    /// One person.
    PERSON = read("SELECT u.id, u.email, u.active, u.sample, u.version, p.name, p.title, p.lang, p.team_id FROM users u JOIN user_profiles p ON p.user_id = u.id WHERE u.id = ?1");
    /// The person at an address.
    PERSON_AT = read("SELECT u.id, u.email, u.active, u.sample, u.version, p.name, p.title, p.lang, p.team_id FROM users u JOIN user_profiles p ON p.user_id = u.id WHERE u.email = ?1");
    /// The people at some addresses.
    PEOPLE_AT = read("SELECT u.id, u.email, u.active, u.sample, u.version, p.name, p.title, p.lang, p.team_id FROM users u JOIN user_profiles p ON p.user_id = u.id WHERE among_text(u.email, ?1)");
    /// A page of people, by name. Parameters: all, own id, teams (the reader's reach); words; any team, team; role;
    /// any state, state; the place to begin after; rows.
    PEOPLE_PAGE = read("SELECT u.id, u.email, u.active, u.sample, u.version, p.name, p.title, p.lang, p.team_id, p.sort_key FROM user_profiles p JOIN users u ON u.id = p.user_id WHERE (?1 = 1 OR u.id = ?2 OR among(p.team_id, ?3)) AND p.search LIKE ?4 ESCAPE '\\' AND (?5 = 1 OR p.team_id = ?6) AND (?7 = '' OR EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = u.id AND r.role = ?7) OR (?7 = 'chef' AND EXISTS (SELECT 1 FROM teams t WHERE t.manager_id = u.id)) OR (?7 = 'employee' AND (NOT EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = u.id) OR EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = u.id AND r.role <> 'customer')))) AND (?8 = 1 OR u.active = ?9) AND (p.sort_key > ?10 OR (p.sort_key = ?10 AND u.id > ?11)) ORDER BY p.sort_key, u.id LIMIT ?12");
    /// How many people are in reach. Parameters as those of a permission's predicate.
    PEOPLE_COUNT = read("SELECT COUNT(u.id) FROM users u JOIN user_profiles p ON p.user_id = u.id WHERE (?1 = 1 OR u.id = ?2 OR among(p.team_id, ?3))");
    /// Stored roles of one person.
    ROLES_OF = read("SELECT role FROM user_roles WHERE user_id = ?1 ORDER BY role");
    /// Active people who hold a role, one left out.
    OTHERS_WITH_ROLE = read("SELECT COUNT(u.id) FROM users u JOIN user_roles r ON r.user_id = u.id WHERE r.role = ?1 AND u.active = ?2 AND u.id <> ?3");
    /// One team.
    TEAM = read("SELECT id, name, manager_id, parent_id, version FROM teams WHERE id = ?1");
    /// A role by its code.
    ROLE = read("SELECT code, name_fr, name_en FROM roles WHERE code = ?1");
    /// A role's line for a permission, granted or taken away.
    PERMISSION = read("SELECT role, permission, scope, granted FROM permissions WHERE role = ?1 AND permission = ?2");

    /// A new person.
    INSERT_USER = write("INSERT INTO users (id, email, active, sample, version, created_at) VALUES (?1, ?2, ?3, ?4, 1, ?5)").row("users", &[1]);
    /// A new person's profile.
    INSERT_PROFILE = write("INSERT INTO user_profiles (user_id, name, title, lang, team_id, sort_key, search) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").row("user_profiles", &[1]);
    /// A person's address, guarded by the version that was read.
    UPDATE_USER = write("UPDATE users SET email = ?3, version = version + 1 WHERE id = ?1 AND version = ?2").row("users", &[1]);
    /// Whether a person may sign in, guarded by the version that was read.
    UPDATE_ACTIVE = write("UPDATE users SET active = ?3, version = version + 1 WHERE id = ?1 AND version = ?2").row("users", &[1]);
    /// A person's profile.
    UPDATE_PROFILE = write("UPDATE user_profiles SET name = ?2, title = ?3, lang = ?4, team_id = ?5, sort_key = ?6, search = ?7 WHERE user_id = ?1").row("user_profiles", &[1]);
    /// A new team.
    INSERT_TEAM = write("INSERT INTO teams (id, name, manager_id, parent_id, version) VALUES (?1, ?2, ?3, ?4, 1)").row("teams", &[1]);
    /// A team, guarded by the version that was read.
    UPDATE_TEAM = write("UPDATE teams SET name = ?3, manager_id = ?4, parent_id = ?5, version = version + 1 WHERE id = ?1 AND version = ?2").row("teams", &[1]);
    /// A new role.
    INSERT_ROLE = write("INSERT INTO roles (code, name_fr, name_en) VALUES (?1, ?2, ?3)").row("roles", &[1]);
    /// Somebody gets a role.
    INSERT_USER_ROLE = write("INSERT INTO user_roles (user_id, role) VALUES (?1, ?2)").row("user_roles", &[1, 2]);
    /// Somebody loses a role.
    DELETE_USER_ROLE = write("DELETE FROM user_roles WHERE user_id = ?1 AND role = ?2").deletes("user_roles", &[1, 2]);
    /// What a role may do, or may no longer.
    PUT_PERMISSION = write("INSERT INTO permissions (role, permission, scope, granted) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (role, permission) DO UPDATE SET scope = ?3, granted = ?4").row("permissions", &[1, 2]);
}

/// A person's row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonRow {
    /// Their id.
    pub id: Uuid,
    /// Their address, normalised.
    pub email: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether they belong to the sample company.
    pub sample: bool,
    /// Counts the changes of their row, from 1.
    pub version: u64,
    /// Their name.
    pub name: String,
    /// What they do.
    pub title: String,
    /// Their language.
    pub lang: Lang,
    /// Their team.
    pub team: Option<Uuid>,
}

impl PersonRow {
    /// Reads the nine columns that every statement on people begins with.
    pub fn read(row: &Row) -> DbResult<Self> {
        Ok(Self {
            id: row.uuid(0)?,
            email: row.text(1)?,
            active: row.bool(2)?,
            sample: row.bool(3)?,
            version: row.count(4)?,
            name: row.text(5)?,
            title: row.text(6)?,
            lang: Lang::parse(&row.text(7)?).unwrap_or_default(),
            team: row.opt_uuid(8)?,
        })
    }
}

/// A team's row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TeamRow {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Who manages it.
    pub manager: Option<Uuid>,
    /// The team above it.
    pub parent: Option<Uuid>,
    /// Counts the changes of its row, from 1.
    pub version: u64,
}

impl TeamRow {
    /// Reads the five columns that every statement on teams answers.
    pub fn read(row: &Row) -> DbResult<Self> {
        Ok(Self {
            id: row.uuid(0)?,
            name: row.text(1)?,
            manager: row.opt_uuid(2)?,
            parent: row.opt_uuid(3)?,
            version: row.count(4)?,
        })
    }
}
