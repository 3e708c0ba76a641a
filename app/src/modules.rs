//! The modules of this program, in the order in which they are put to work. The only place that names them all.

pub mod sample;

use crate::system::System;
use anyhow::{Context, Result};
use db::Schema;
use kernel::{Actor, Cause, ModuleCode};
use std::sync::{Arc, OnceLock};
use system::auth::{self, Auth};
use system::dashboard::{self, Declarations};
use system::registry::Registry;
use web::{Api, Grant, MenuGroup, MenuItem, Module, RoleGrant, Scope, Wiring};

/// What the program keeps of its modules after they have started.
#[derive(Default)]
pub struct Modules {
    auth: OnceLock<Arc<Auth>>,
    declarations: OnceLock<Arc<Declarations>>,
}

impl Modules {
    /// Who answers for people; set once the system has started.
    ///
    /// # Errors
    /// Before that.
    pub fn auth(&self) -> kernel::Result<&Arc<Auth>> {
        self.auth.get().ok_or_else(|| kernel::Error::internal("the module `auth` has not started"))
    }
}

/// Gives every module its database and puts it to work. Answers their routes.
///
/// # Errors
/// Naming the module and what is in its way.
pub(crate) async fn start(system: &mut System, progress: &(dyn Fn(&str) + Sync)) -> Result<Api> {
    let options = auth::Options { allow_sample: system.sample_allowed() };
    let declarations = Declarations::new(system.config.zone.clone());
    let mut api = Api::new();
    let own = console_grants();
    let list: Vec<Module> = vec![auth::module(options)?, dashboard::module(declarations.clone())?];
    let _ = system.modules.declarations.set(declarations);
    let mut grants = own;
    for module in list {
        progress(&format!("module {}", module.code));
        grants.extend(module.grants.clone());
        api = api.merge(put_to_work(system, module, options).await?);
    }
    let cause = Cause::new(&Actor::system("start"), system.clock.new_id());
    system.modules.auth()?.install_grants(&grants, &cause).await.context("the grants of the modules")?;
    system.edge.add_menu(console_menu());
    Ok(api)
}

/// What the databases of a module are made of: those of the program, and those that were installed.
///
/// # Errors
/// When this program does not have the module.
pub async fn schema_of(_registry: &Registry, code: &ModuleCode) -> Result<Arc<Schema>> {
    Ok(Arc::new(match code.as_str() {
        auth::CODE => auth::schema()?,
        dashboard::CODE => dashboard::schema()?,
        other => anyhow::bail!("this program does not have the module `{other}`"),
    }))
}

async fn put_to_work(system: &System, module: Module, options: auth::Options) -> Result<Api> {
    let db = system.admit(&module, None).await?;
    if module.code.as_str() == auth::CODE {
        let _ = system.modules.auth.set(Auth::new(db.clone(), system.clock.clone(), options));
    }
    if let Some(declared) = module.declares.get(contracts::dashboard::DECLARATION)
        && let Some(declarations) = system.modules.declarations.get()
    {
        declarations.declare(module.code.as_str(), serde_json::from_value(declared.clone())?)?;
    }
    system.edge.add_menu(module.menu.clone());
    let parts = (module.start)(Wiring { edge: system.edge.clone(), db: db.clone() });
    for consumer in parts.consumers {
        system.flow.follow(db.clone(), consumer);
    }
    if let Some(timers) = parts.timers {
        system.flow.serve_timers(vec![(db, timers)]);
    }
    Ok(parts.api)
}

/// What the console gives to roles.
fn console_grants() -> Vec<RoleGrant> {
    let grant = |role: &str, permission: &str| RoleGrant {
        role: role.to_owned(),
        grant: Grant { permission: permission.to_owned(), scope: Scope::All },
    };
    ["operator", "admin"]
        .into_iter()
        .flat_map(|role| {
            ["console.system.read", "console.letter.write"].map(|permission| grant(role, permission))
        })
        .chain([grant("security", "console.system.read")])
        .collect()
}

fn console_menu() -> Vec<MenuItem> {
    let line = |fr: &str, en: &str, href: &str, icon: &str| MenuItem {
        group: MenuGroup::Console,
        label: kernel::Text::new(fr, en),
        href: href.to_owned(),
        icon: icon.to_owned(),
        permission: Some("console.system.read".to_owned()),
    };
    vec![
        line("Bases", "Databases", "/console/databases", "database"),
        line("Modules", "Modules", "/console/modules", "boxes"),
        line("Événements", "Events", "/console/events", "activity"),
        line("Événements en attente", "Dead letters", "/console/dead-letters", "mail-warning"),
    ]
}
