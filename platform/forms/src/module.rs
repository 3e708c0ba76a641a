//! A definition as a module of the platform: database, roles, menu, contracts and figures, all derived.

use crate::contracts::contracts;
use crate::due::DueDates;
use crate::facts::FactProvider;
use crate::fold::fold;
use crate::host::FormsHost;
use crate::roles::{Right, grants};
use crate::schema::{OwnTables, schema_with};
use flow::{Consumer, Fold, TimerHandler};
use forms_model::Definition;
use forms_model::define::MenuEntry;
use kernel::{ModuleCode, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::{Api, Contract, MenuGroup, MenuItem, Module, Parts, RoleGrant, Wiring};

/// Puts a module's own code to work.
pub type Start = Box<dyn FnOnce(&Wiring) -> OwnParts + Send>;

/// What a module with code of its own adds to what its declarations give.
#[derive(Default)]
pub struct Own {
    /// Tables, steps and statements.
    pub tables: OwnTables,
    /// How its own events make its own rows.
    pub fold: Option<Fold>,
    /// What its roles may do beside deciding on requests.
    pub grants: Vec<RoleGrant>,
    /// Contracts of its own events.
    pub contracts: Vec<Contract>,
    /// Puts its own code to work.
    pub start: Option<Start>,
}

/// What a module's own code does once it has a database.
#[derive(Default)]
pub struct OwnParts {
    /// Its routes; more precise ones take the place of the forms' own.
    pub api: Api,
    /// What follows the logs of others into its database.
    pub consumers: Vec<Arc<dyn Consumer>>,
    /// What timers under other names than the forms' do.
    pub timers: Option<Arc<dyn TimerHandler>>,
    /// What it knows and its expressions read.
    pub facts: Option<Arc<dyn FactProvider>>,
}

/// The module of a definition. Its routes are [`FormsHost::api`]'s, mounted once for all.
///
/// # Errors
/// When its schema is not acceptable.
pub fn module(host: &Arc<FormsHost>, definition: Definition) -> Result<Module> {
    module_with(host, definition, Own::default())
}

/// The module of a definition and of code of its own.
///
/// # Errors
/// When its schema is not acceptable.
pub fn module_with(host: &Arc<FormsHost>, definition: Definition, own: Own) -> Result<Module> {
    let schema = Arc::new(schema_with(&definition, own.tables)?);
    let (info, host) = (&definition.module, host.clone());
    let dashboard = serde_json::to_value(crate::dashboard::dashboard(&definition)).unwrap_or_default();
    Ok(Module {
        code: info.code.clone(),
        version: info.version.clone(),
        name: info.name.clone(),
        schema,
        fold: Some(both(fold(&info.prefix), own.fold)),
        grants: grants(&definition).into_iter().chain(own.grants).collect(),
        menu: menu(&definition),
        contracts: contracts().into_iter().chain(own.contracts).collect(),
        checks: Vec::new(),
        declares: BTreeMap::from([(crate::dashboard::DECLARATION.to_owned(), dashboard)]),
        start: Box::new(move |wiring| {
            let own = own.start.map(|start| start(&wiring)).unwrap_or_default();
            let forms = host.add(definition, wiring.db, own.facts);
            Parts { api: own.api, consumers: own.consumers, timers: Some(DueDates::new(forms, own.timers)) }
        }),
    })
}

/// Two folds as one.
fn both(forms: Fold, own: Option<Fold>) -> Fold {
    let Some(own) = own else { return forms };
    let tables = forms.tables.into_iter().chain(own.tables).collect();
    let (first, second) = (forms.apply, own.apply);
    Fold {
        tables,
        apply: Arc::new(move |event, data, rows| {
            first(event, data, rows);
            second(event, data, rows);
        }),
    }
}

/// One line for the module's requests, and one for each page of its own code. The requests go by the name that the
/// menu's declaration gives to the only form, else by the module's.
#[must_use]
pub fn menu(definition: &Definition) -> Vec<MenuItem> {
    let info = &definition.module;
    let item = |label: &kernel::Text, href: String, icon: &str| MenuItem {
        group: MenuGroup::Work,
        label: label.clone(),
        href,
        icon: icon.to_owned(),
        permission: Some(Right::Create.of(info.code.as_str())),
    };
    let own = |entry: &MenuEntry| {
        let href = page_href(&info.code, entry.page.as_deref()?);
        Some(item(&entry.label, href, entry.icon.as_deref().unwrap_or(&info.icon)))
    };
    let only = match definition.forms.as_slice() {
        [form] => info.menu.iter().find(|entry| entry.form.as_deref() == Some(&form.code)),
        _ => None,
    };
    let icon = only.and_then(|entry| entry.icon.as_deref()).unwrap_or(&info.icon);
    let requests = item(only.map_or(&info.name, |entry| &entry.label), format!("/{}", info.code), icon);
    info.menu.iter().filter_map(own).chain([requests]).collect()
}

fn page_href(code: &ModuleCode, page: &str) -> String {
    format!("/{code}/{page}")
}
