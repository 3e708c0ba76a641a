//! The modules of this program, in the order in which they are put to work. The only place that names them all.

pub mod sample;

use crate::ops::references::Declared;
use crate::system::{Admission, System};
use anyhow::{Context, Result, bail};
use contracts::references::Reference;
use db::{Db, Schema};
use forms::{Forms, FormsHost};
use forms_model::Definition;
use kernel::{Actor, Cause, ModuleCode};
use people::heures;
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use system::audit;
use system::auth::{self, Auth};
use system::dashboard::{self, Declarations};
use system::events::{self, Known};
use system::registry::Registry;
use web::{Api, Grant, Module, Parts, RoleGrant, Scope, Wiring};

/// What the program keeps of its modules after they have started.
#[derive(Default)]
pub struct Modules {
    auth: OnceLock<Arc<Auth>>,
    declarations: OnceLock<Arc<Declarations>>,
    /// What modules name of each other.
    pub references: Arc<Mutex<Vec<Declared>>>,
    /// What the event store is told of the modules.
    pub known: Arc<Known>,
    /// The modules of forms at work.
    pub forms: Arc<FormsHost>,
}

impl Modules {
    /// The figures that modules declare; set when the system starts.
    ///
    /// # Errors
    /// Before that.
    pub fn declarations(&self) -> kernel::Result<&Arc<Declarations>> {
        self.declarations.get().ok_or_else(|| kernel::Error::internal("no declarations yet"))
    }

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
    let options = auth::Options { allow_sample: system.config.sample_allowed() };
    let _ = system.modules.declarations.set(Declarations::new(system.config.zone.clone()));
    let mut api = system.modules.forms.api();
    let mut grants = console_grants();
    let mut all: Vec<(Module, Option<Json>)> =
        built_in(&system.modules, options)?.into_iter().map(|module| (module, None)).collect();
    for (definition, declared) in installed(&system.registry).await? {
        all.push((forms::module(&system.modules.forms, definition)?, Some(declared)));
    }
    // Every declaration is heard and every database is there before the first consumer looks: a view is a function of
    // all of them.
    let mut admitted = Vec::new();
    for (module, declared) in all {
        progress(&format!("module {}", module.code));
        grants.extend(module.grants.clone());
        admitted.push(admit(system, module, declared).await?);
    }
    for (code, db, start) in admitted {
        if code.as_str() == auth::CODE {
            let _ = system.modules.auth.set(Auth::new(db.clone(), system.clock.clone(), options));
        }
        api = api.merge(put_to_work(system, db, start));
    }
    let cause = Cause::new(&Actor::system("start"), system.clock.new_id());
    system.modules.auth()?.install_grants(&grants, &cause).await.context("the grants of the modules")?;
    for forms in system.modules.forms.all() {
        forms.publish(system.clock.now()).await.with_context(|| format!("the forms of {}", forms.code()))?;
    }
    system.edge.add_menu(FormsHost::menu());
    Ok(api)
}

/// The modules of the program, in the order of their start: who people are comes first.
fn built_in(modules: &Modules, options: auth::Options) -> Result<Vec<Module>> {
    let declarations = modules.declarations.get().context("the declarations come first")?.clone();
    let mut all = vec![auth::module(options)?, heures::module(&modules.forms)?];
    all.extend(commerce::modules()?);
    all.extend([dashboard::module(declarations)?, audit::module()?, events::module(modules.known.clone())?]);
    Ok(all)
}

/// The modules that were installed into the running system, as the registry keeps them.
async fn installed(registry: &Registry) -> Result<Vec<(Definition, Json)>> {
    let rows = registry.modules().await?;
    let declared = rows.into_iter().filter_map(|row| Some((row.code, row.declared?)));
    declared
        .map(|(code, declared)| {
            let definition = Definition::from_json(&declared.to_string())
                .with_context(|| format!("the declaration of the installed module {code}"))?;
            Ok((definition, declared))
        })
        .collect()
}

/// What the databases of a module are made of: those of the program, and those that were installed.
///
/// # Errors
/// When this program does not have the module.
pub async fn schema_of(registry: &Registry, code: &ModuleCode) -> Result<Arc<Schema>> {
    let modules = Modules::default();
    let _ = modules.declarations.set(Declarations::new(jiff::tz::TimeZone::UTC));
    let own = built_in(&modules, auth::Options { allow_sample: false })?;
    if let Some(module) = own.into_iter().find(|module| module.code == *code) {
        return Ok(module.schema);
    }
    let found =
        installed(registry).await?.into_iter().find(|(definition, _)| definition.module.code == *code);
    match found {
        Some((definition, _)) => Ok(forms::module(&modules.forms, definition)?.schema),
        None => bail!("this program does not have the module `{code}`"),
    }
}

/// Installs a module made of declarations into the running system, or its new version.
///
/// # Errors
/// When the code belongs to a module of the program, or a released form was changed.
pub async fn install(system: &System, definition: Definition) -> Result<()> {
    let code = definition.module.code.clone();
    let known = system.registry.modules().await?.into_iter().find(|row| row.code == code.as_str());
    if known.is_some_and(|row| row.declared.is_none()) || code.as_str() == system::registry::CODE {
        bail!("`{code}` is a module of the program; give yours another code");
    }
    let declared: Json = serde_json::from_str(&definition.canonical())?;
    let module = forms::module(&system.modules.forms, definition.clone())?;
    let grants = module.grants.clone();
    let id = kernel::DatabaseId::main(code);
    if let Some(db) = system.databases.get(&id) {
        // A new version is refused before anything of it is kept.
        Forms::new(definition, db, None).publish(system.clock.now()).await?;
    }
    let (_, db, start) = admit(system, module, Some(declared)).await?;
    // The routes of forms are mounted once for all modules; this one has no others.
    let _ = put_to_work(system, db, start);
    let forms = system.modules.forms.get(id.module.as_str())?;
    forms.publish(system.clock.now()).await?;
    let cause = Cause::new(&Actor::system("module add"), system.clock.new_id());
    system.modules.auth()?.install_grants(&grants, &cause).await?;
    system.flow.look_everywhere();
    Ok(())
}

/// How a module is put to work, once everybody has a database.
type Start = Box<dyn FnOnce(Wiring) -> Parts + Send>;

/// Hears what a module declares and gives it its database.
async fn admit(system: &System, module: Module, declared: Option<Json>) -> Result<(ModuleCode, Db, Start)> {
    let Module { code, version, name, schema, fold, checks, menu, contracts, declares, start, .. } = module;
    if let Some(declared) = declares.get(contracts::dashboard::DECLARATION)
        && let Some(declarations) = system.modules.declarations.get()
    {
        declarations.declare(code.as_str(), serde_json::from_value(declared.clone())?)?;
    }
    if let Some(declared) = declares.get(contracts::references::DECLARATION) {
        let declared: Vec<Reference> = serde_json::from_value(declared.clone())?;
        let declared = declared.into_iter().map(|reference| Declared { module: code.clone(), reference });
        system.modules.references.lock().unwrap_or_else(PoisonError::into_inner).extend(declared);
    }
    let admission =
        Admission { code: code.clone(), version, name, schema, fold, checks, contracts, declared };
    let db = system.admit(admission).await?;
    system.edge.add_menu(menu);
    Ok((code, db, start))
}

fn put_to_work(system: &System, db: Db, start: Start) -> Api {
    let parts = start(Wiring { edge: system.edge.clone(), db: db.clone() });
    for consumer in parts.consumers {
        system.flow.follow(db.clone(), consumer);
    }
    if let Some(timers) = parts.timers {
        system.flow.serve_timers(vec![(db, timers)]);
    }
    parts.api
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
            ["console.system.read", "console.letter.write", "console.consumer.replay"]
                .map(|permission| grant(role, permission))
        })
        .chain([grant("security", "console.system.read")])
        .collect()
}
