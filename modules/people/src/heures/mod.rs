//! Heures: punches, what they amount to each day, and requests for overtime.
//!
//! The requests (`hs_form_instance`, `hs_values`, `hs_workflow_*`) are declared in `forms/`, `workflows/` and
//! `rules/`, and served by the engine of forms. This folder adds the punch clock. It owns `hs_pointage` (punches and
//! their corrections), `hs_plan` (planned minutes per person and weekday) and `hs_delta` (worked against planned per
//! person and local day).
//!
//! Invariants:
//! - A punch is written once. A correction is another row that stands in its place or takes it away, with a reason
//!   and whoever made it; nobody corrects their own.
//! - The balance of a day is a pure function of the punches in force, the plans and the rules: each command computes
//!   the days that it touches again, in the Batch of its rows, and computing again replaces.
//! - What does not add up is an anomaly for somebody to mend, never a guess.
//! - A punch says when, never where: no place, no photo, nobody else's whereabouts.
//!
//! Events out: `punch.recorded`, `punch.corrected`, `plan.changed` on the stream `punch/PERSON`, and the engine's
//! `form.workflow.*`. Events in: none.

mod answers;
mod balance;
mod commands;
mod csv;
mod events;
mod http;
mod model;
mod pages;
mod queries;
mod sample;
mod sql;
mod week;

#[cfg(test)]
mod tests;

pub use sample::{Late, Oddity, SamplePerson, seed};

use balance::House;
use db::Db;
use flow::{BoxFuture, Fold};
use forms::{FactProvider, FactRequest, FormsHost, Own, OwnParts};
use forms_model::Definition;
use kernel::{Error, Result, Text};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Grant, MenuGroup, MenuItem, Module, RoleGrant, Scope};

/// To see punches and balances.
const READ: &str = "heures.punch.read";
/// To punch for oneself.
const WRITE: &str = "heures.punch.write";
/// To correct the punches of others, and to add forgotten ones.
const CORRECT: &str = "heures.punch.correct";
/// To record punches made elsewhere.
const IMPORT: &str = "heures.punch.import";
/// To plan hours.
const PLAN: &str = "heures.plan.write";

/// The punch clock on its database.
pub(crate) struct Heures {
    db: Db,
    house: House,
}

impl Heures {
    fn new(db: Db, house: House) -> Self {
        Self { db, house }
    }
}

/// The module: what its declarations give, and the punch clock.
///
/// # Errors
/// When the declarations or a statement are not in order, which a test rules out.
pub fn module(host: &Arc<FormsHost>) -> Result<Module> {
    let definition = definition()?;
    let house = house(&definition);
    let own = Own {
        tables: sql::own_tables(),
        fold: Some(Fold { tables: events::fold_tables(), apply: Arc::new(events::fold) }),
        grants: grants(),
        contracts: events::contracts(),
        start: Some(Box::new(move |wiring| {
            let heures = Arc::new(Heures::new(wiring.db.clone(), house));
            let api = http::api(&heures).merge(pages::api(&heures));
            OwnParts { api, facts: Some(heures), ..OwnParts::default() }
        })),
    };
    let mut module = forms::module_with(host, definition, own)?;
    module.menu.push(MenuItem {
        group: MenuGroup::Work,
        label: Text::new("Heures de l’équipe", "Team’s hours"),
        href: pages::TEAM.into(),
        icon: "users".into(),
        permission: Some(CORRECT.into()),
    });
    Ok(module)
}

/// What the punches say of the day of a request, for its prefilled answers and its conditions.
impl FactProvider for Heures {
    fn facts<'a>(&'a self, request: FactRequest<'a>) -> BoxFuture<'a, Result<BTreeMap<String, i64>>> {
        Box::pin(async move { Ok(self.facts_of(request.subject, request.day("jour")).await?) })
    }
}

/// The declarations, as they were built in.
///
/// # Errors
/// When they are not in order, which a test rules out.
fn definition() -> Result<Definition> {
    let files = [
        ("module.toml", include_str!("module.toml")),
        ("forms/heure_sup.toml", include_str!("forms/heure_sup.toml")),
        ("workflows/heure_sup.toml", include_str!("workflows/heure_sup.toml")),
        ("rules/fr-2026.toml", include_str!("rules/fr-2026.toml")),
    ];
    forms_model::check(&files).map_err(|found| Error::internal(format!("heures: {found:?}")))
}

/// By what time is counted, from the declarations.
fn house(definition: &Definition) -> House {
    House {
        zone_name: definition.module.zone.clone(),
        zone: definition.module.time_zone(),
        rules: definition.rules.clone(),
        calendar: definition.module.calendar,
    }
}

/// What the roles may do with punches.
fn grants() -> Vec<RoleGrant> {
    let grant = |role: &str, permission: &str, scope| RoleGrant {
        role: role.into(),
        grant: Grant { permission: permission.into(), scope },
    };
    vec![
        grant("employee", READ, Scope::Own),
        grant("employee", WRITE, Scope::Own),
        grant("chef", READ, Scope::Team),
        grant("chef", CORRECT, Scope::Team),
        grant("rh", READ, Scope::All),
        grant("rh", CORRECT, Scope::All),
        grant("rh", IMPORT, Scope::All),
        grant("rh", PLAN, Scope::All),
    ]
}
