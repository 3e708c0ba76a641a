//! Who may do what: from the roles that a definition declares to permissions, and from what somebody holds to what a
//! workflow asks.
//!
//! Permissions open the door: `<module>.instance.read`, `.create` and `.decide`, each with a reach. The workflow then
//! says which role takes which step. A person needs both.

use crate::model::Instance;
use forms_model::Definition;
use forms_model::define::{Audience, EMPLOYEE, Scope, StateKind};
use forms_model::workflow::{ActorFacts, Held};
use std::collections::BTreeMap;
use web::{Grant, Principal, RoleGrant};

/// A permission of a module of forms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Right {
    /// Seeing instances.
    Read,
    /// Writing, sending and taking back one's own.
    Create,
    /// Deciding on others'.
    Decide,
}

impl Right {
    /// The permission's name.
    #[must_use]
    pub fn of(self, module: &str) -> String {
        let verb = match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Decide => "decide",
        };
        format!("{module}.instance.{verb}")
    }
}

/// The widest reach that the declaration gives to each role beside one's own.
#[must_use]
pub fn reaches(definition: &Definition) -> BTreeMap<String, Scope> {
    let mut reaches = BTreeMap::new();
    let mut widen = |who: &Audience| {
        let reach = reaches.entry(who.role.clone()).or_insert(who.scope);
        *reach = (*reach).max(who.scope);
    };
    for workflow in &definition.workflows {
        workflow.transitions.iter().flat_map(|t| &t.by).for_each(|by| widen(&by.who));
        workflow.states.iter().filter_map(|s| s.escalate.as_ref()).for_each(|e| widen(&e.to));
    }
    definition.backlog.iter().for_each(|b| widen(&b.waits_for));
    definition.kpis.iter().flat_map(|k| &k.role_scope).for_each(widen);
    reaches.retain(|_, scope| *scope != Scope::Own);
    reaches
}

fn web_scope(scope: Scope) -> web::Scope {
    match scope {
        Scope::Own => web::Scope::Own,
        Scope::Team | Scope::Unit => web::Scope::Team,
        Scope::Module | Scope::All => web::Scope::All,
    }
}

/// What the roles may do when the module is installed.
#[must_use]
pub fn grants(definition: &Definition) -> Vec<RoleGrant> {
    let module = definition.module.code.as_str();
    let grant = |role: &str, right: Right, scope| RoleGrant {
        role: role.to_owned(),
        grant: Grant { permission: right.of(module), scope },
    };
    let mut grants =
        vec![grant(EMPLOYEE, Right::Create, web::Scope::Own), grant(EMPLOYEE, Right::Read, web::Scope::Own)];
    for (role, scope) in reaches(definition) {
        grants.push(grant(&role, Right::Read, web_scope(scope)));
        grants.push(grant(&role, Right::Decide, web_scope(scope)));
    }
    grants
}

/// The roles that somebody holds over an instance.
#[must_use]
pub(crate) fn actor(definition: &Definition, principal: &Principal, instance: &Instance) -> ActorFacts {
    let manages = instance.team.is_some_and(|team| principal.manages.contains(&team));
    let held = |(role, reach): (String, Scope)| {
        let scope = match reach {
            Scope::Own => return None,
            Scope::Team | Scope::Unit => manages.then_some(reach)?,
            Scope::Module | Scope::All => Scope::All,
        };
        principal.roles.contains(&role).then_some(Held { role, scope, on_behalf_of: None })
    };
    ActorFacts { person: principal.id, holds: reaches(definition).into_iter().filter_map(held).collect() }
}

/// Whether somebody sees an instance: it is in their reach, and not somebody else's draft.
#[must_use]
pub(crate) fn sees(module: &str, principal: &Principal, instance: &Instance) -> bool {
    let reach = principal.access(&Right::Read.of(module));
    let private = instance.kind == StateKind::Draft && instance.author != principal.id;
    !private && reach.reaches(instance.subject, instance.team)
}
