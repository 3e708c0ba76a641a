//! Roles, and what they may do with people. The table of grants in [`super`] explains the choices.

use kernel::Text;
use std::collections::BTreeSet;
use web::{Grant, RoleGrant, Scope};

/// Everybody in the house, without being told so.
pub const EMPLOYEE: &str = "employee";
/// Whoever manages a team; follows from the teams.
pub const CHEF: &str = "chef";
/// A web customer: alone, it does not make an employee.
pub const CUSTOMER: &str = "customer";
/// The administrator.
pub const ADMIN: &str = "admin";

/// The roles that exist from the beginning: code, French, English.
const BUILT_IN: [(&str, &str, &str); 10] = [
    (EMPLOYEE, "Personnel", "Employee"),
    (CHEF, "Responsable d’équipe", "Team manager"),
    ("rh", "Ressources humaines", "Human resources"),
    ("operator", "Exploitation", "Operator"),
    ("security", "Sécurité", "Security"),
    (ADMIN, "Administration", "Administrator"),
    ("cashier", "Caisse", "Cashier"),
    ("shop_manager", "Responsable de boutique", "Shop manager"),
    ("technician", "Intervention", "Technician"),
    (CUSTOMER, "Client", "Customer"),
];

/// Roles that reach other people's data or the machine: only an administrator gives or takes them, and only an
/// administrator resets or disables whoever holds one.
pub const PRIVILEGED: [&str; 4] = ["rh", "operator", "security", ADMIN];

/// The roles that exist from the beginning.
#[must_use]
pub fn built_in() -> Vec<(&'static str, Text)> {
    BUILT_IN.iter().map(|(code, fr, en)| (*code, Text::new(*fr, *en))).collect()
}

/// Whether a role follows from something else and cannot be given.
#[must_use]
pub fn is_implicit(role: &str) -> bool {
    matches!(role, EMPLOYEE | CHEF)
}

/// Whether only an administrator gives or takes a role.
#[must_use]
pub fn is_privileged(role: &str) -> bool {
    PRIVILEGED.contains(&role)
}

/// All roles of somebody: those stored, and those that follow.
#[must_use]
pub fn effective(stored: &BTreeSet<String>, manages: bool) -> BTreeSet<String> {
    let mut roles = stored.clone();
    if stored.is_empty() || stored.iter().any(|role| role != CUSTOMER) {
        roles.insert(EMPLOYEE.to_owned());
    }
    if manages {
        roles.insert(CHEF.to_owned());
    }
    roles
}

/// Seeing people.
pub const PERSON_READ: &str = "people.person.read";
/// Creating and changing people, and whether they may sign in.
pub const PERSON_WRITE: &str = "people.person.write";
/// Giving somebody a one-time password.
pub const PERSON_RESET: &str = "people.person.reset";
/// Seeing teams.
pub const TEAM_READ: &str = "people.team.read";
/// Creating and changing teams.
pub const TEAM_WRITE: &str = "people.team.write";
/// Seeing roles and what they may do.
pub const ROLE_READ: &str = "people.role.read";
/// Giving and taking roles that are not privileged.
pub const ROLE_WRITE: &str = "people.role.write";
/// Giving and taking privileged roles, and changing what roles may do.
pub const PRIVILEGE_WRITE: &str = "people.privilege.write";

/// Who may do what with people, from the beginning.
#[must_use]
pub fn grants() -> Vec<RoleGrant> {
    let table: [(&str, &[(&str, Scope)]); 5] = [
        (CHEF, &[(PERSON_READ, Scope::Team), (TEAM_READ, Scope::Team)]),
        (
            "rh",
            &[
                (PERSON_READ, Scope::All),
                (PERSON_WRITE, Scope::All),
                (TEAM_READ, Scope::All),
                (TEAM_WRITE, Scope::All),
                (ROLE_READ, Scope::All),
                (ROLE_WRITE, Scope::All),
            ],
        ),
        ("operator", &[(PERSON_READ, Scope::All), (PERSON_RESET, Scope::All), (ROLE_READ, Scope::All)]),
        ("security", &[(PERSON_READ, Scope::All), (TEAM_READ, Scope::All), (ROLE_READ, Scope::All)]),
        (
            ADMIN,
            &[
                (PERSON_READ, Scope::All),
                (PERSON_WRITE, Scope::All),
                (PERSON_RESET, Scope::All),
                (TEAM_READ, Scope::All),
                (TEAM_WRITE, Scope::All),
                (ROLE_READ, Scope::All),
                (ROLE_WRITE, Scope::All),
                (PRIVILEGE_WRITE, Scope::All),
            ],
        ),
    ];
    let line = |role: &str, (permission, scope): &(&str, Scope)| RoleGrant {
        role: role.to_owned(),
        grant: Grant { permission: (*permission).to_owned(), scope: *scope },
    };
    table.iter().flat_map(|(role, list)| list.iter().map(move |grant| line(role, grant))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(roles: &[&str]) -> BTreeSet<String> {
        roles.iter().map(|r| (*r).to_owned()).collect()
    }

    #[test]
    fn a_customer_alone_is_no_employee() {
        assert_eq!(effective(&set(&[]), false), set(&[EMPLOYEE]));
        assert_eq!(effective(&set(&[CUSTOMER]), false), set(&[CUSTOMER]));
        assert_eq!(
            effective(&set(&[CUSTOMER, "cashier"]), true),
            set(&[CUSTOMER, "cashier", EMPLOYEE, CHEF])
        );
    }

    #[test]
    fn only_the_administrator_reaches_privileges() {
        let holders = grants().into_iter().filter(|g| g.grant.permission == PRIVILEGE_WRITE);
        assert_eq!(holders.map(|g| g.role).collect::<Vec<_>>(), [ADMIN]);
        assert!(PRIVILEGED.iter().all(|role| built_in().iter().any(|(code, _)| code == role)));
    }
}
