//! The modules of forms at work in this process. It grows while the system runs; routes and inbox ask it at each
//! request.

use crate::facts::FactProvider;
use crate::forms::Forms;
use db::Db;
use forms_model::Definition;
use kernel::{Error, Result, Text, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use web::{MenuGroup, MenuItem};

/// The modules of forms at work, by code.
#[derive(Debug, Default)]
pub struct FormsHost {
    modules: RwLock<BTreeMap<String, Arc<Forms>>>,
}

impl FormsHost {
    /// No module yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// A module by its code.
    ///
    /// # Errors
    /// Not found.
    pub fn get(&self, code: &str) -> Result<Arc<Forms>> {
        let modules = self.modules.read().unwrap_or_else(PoisonError::into_inner);
        modules.get(code).cloned().ok_or_else(Error::not_found)
    }

    /// All modules, by code.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Forms>> {
        self.modules.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Puts a module to work; a later definition of the same code takes the place of the former.
    pub fn add(&self, definition: Definition, db: Db, facts: Option<Arc<dyn FactProvider>>) -> Arc<Forms> {
        let forms = Forms::new(definition, db, facts);
        let mut modules = self.modules.write().unwrap_or_else(PoisonError::into_inner);
        modules.insert(forms.code().to_owned(), forms.clone());
        forms
    }

    /// Puts a module to work in the running system and publishes its forms and workflows. Its database was made with
    /// its [`crate::schema`]. Nothing changes when the definition is refused.
    ///
    /// # Errors
    /// Refused when a released version of a form or workflow was changed by more than its words.
    pub async fn install(&self, definition: Definition, db: Db, now: Timestamp) -> Result<Arc<Forms>> {
        Forms::new(definition.clone(), db.clone(), None).publish(now).await?;
        Ok(self.add(definition, db, None))
    }

    /// The lines of the menu that belong to no module: the inbox.
    #[must_use]
    pub fn menu() -> Vec<MenuItem> {
        vec![MenuItem {
            group: MenuGroup::Top,
            label: Text::new("Boîte de réception", "Inbox"),
            href: "/inbox".into(),
            icon: "inbox".into(),
            permission: None,
        }]
    }
}
