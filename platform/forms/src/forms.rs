//! One module of forms at work on its database.

use crate::facts::{FactProvider, FactRequest, facts_for};
use crate::model::{Instance, Line};
use crate::reference::Numbers;
use crate::sql::Sql;
use crate::versions::{Pin, Pinned};
use crate::{roles, rows};
use db::{Db, DbResult};
use forms_model::Definition;
use forms_model::define::Form;
use forms_model::values::{Facts, Values};
use kernel::{Cause, Clock, Error, Result, Timestamp, Uuid};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;
use web::{Ctx, People, Permit, Principal};

/// A module of forms: its declarations, its database, and what its own code knows.
pub struct Forms {
    pub(crate) definition: Arc<Definition>,
    pub(crate) db: Db,
    pub(crate) sql: Sql,
    pub(crate) facts: Option<Arc<dyn FactProvider>>,
    pub(crate) published: OnceCell<()>,
    pub(crate) pins: Mutex<HashMap<Pin, Arc<Pinned>>>,
    pub(crate) numbers: Numbers,
}

impl std::fmt::Debug for Forms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Forms({})", self.db.id())
    }
}

/// Who acts, when, and what is known of people.
#[derive(Clone)]
pub struct Act {
    /// Who.
    pub principal: Principal,
    /// Everybody.
    pub people: Arc<People>,
    /// When.
    pub now: Timestamp,
    /// Why.
    pub cause: Cause,
    /// Where ids come from.
    pub clock: Arc<dyn Clock>,
}

impl Act {
    /// What the request's caller does.
    ///
    /// # Errors
    /// Unauthenticated; when people cannot be read.
    pub async fn of(ctx: &Ctx) -> Result<Self> {
        Ok(Self {
            principal: ctx.principal()?.clone(),
            people: ctx.edge.people().await?,
            now: ctx.now(),
            cause: ctx.cause(),
            clock: ctx.edge.clock.clone(),
        })
    }

    /// The team that somebody is in now.
    pub(crate) fn team_of(&self, person: Uuid) -> Option<Uuid> {
        match self.people.people.get(&person) {
            Some(known) => known.team,
            None if person == self.principal.id => self.principal.team,
            None => None,
        }
    }
}

impl Forms {
    /// Puts a definition to work on a database that was made with its [`crate::schema`].
    #[must_use]
    pub fn new(definition: Definition, db: Db, facts: Option<Arc<dyn FactProvider>>) -> Arc<Self> {
        let sql = Sql::new(&definition.module.prefix);
        Arc::new(Self {
            definition: Arc::new(definition),
            db,
            sql,
            facts,
            published: OnceCell::new(),
            pins: Mutex::default(),
            numbers: Numbers::default(),
        })
    }

    /// The module's code.
    #[must_use]
    pub fn code(&self) -> &str {
        self.definition.module.code.as_str()
    }

    /// The declarations in force.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The proof that somebody holds a permission of this module.
    ///
    /// # Errors
    /// Forbidden.
    pub fn permit(&self, principal: &Principal, right: roles::Right) -> Result<Permit> {
        principal.permit(&right.of(self.code()))
    }

    /// A form in force.
    ///
    /// # Errors
    /// Not found.
    pub fn form(&self, code: &str) -> Result<&Form> {
        self.definition.form(code).ok_or_else(|| {
            Error::not_found().because(format!("{} has no form `{code}`", self.definition.module.code))
        })
    }

    /// What the module's own code says of a subject, for a form with these answers.
    pub(crate) async fn facts(&self, form: &Form, subject: Uuid, values: &Values, now: Timestamp) -> Facts {
        let today = Facts::at(now, &self.definition.module).today;
        let request = FactRequest { form, subject, values, today, now };
        facts_for(self.facts.as_deref(), &self.definition, request).await
    }

    /// An instance, whoever asks.
    pub(crate) async fn instance(&self, id: Uuid) -> DbResult<Option<Instance>> {
        let row = self.db.query_one(&self.sql.instances.one, db::params![id]).await?;
        row.as_ref().map(rows::instance).transpose()
    }

    /// An instance that somebody sees.
    ///
    /// # Errors
    /// Not found, whether it does not exist or is not theirs to see.
    pub(crate) async fn seen(&self, principal: &Principal, id: Uuid) -> Result<Instance> {
        let found = self.instance(id).await?;
        found.filter(|i| roles::sees(self.code(), principal, i)).ok_or_else(Error::not_found)
    }

    /// The answers of an instance.
    pub(crate) async fn answers(&self, id: Uuid) -> DbResult<Values> {
        let rows = self.db.query(&self.sql.told.answers, db::params![id]).await?;
        rows.iter().map(|row| rows::answer(row, 0)).collect()
    }

    /// The history of an instance, oldest first.
    pub(crate) async fn history(&self, id: Uuid) -> DbResult<Vec<Line>> {
        let rows = self.db.query(&self.sql.told.history, db::params![id]).await?;
        rows.iter().map(rows::line).collect()
    }
}
