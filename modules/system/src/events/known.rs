//! What the store is told of the modules: how their events make rows, and which types are theirs.

use flow::Fold;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{OnceLock, PoisonError, RwLock};
use web::Contract;

/// How a module's events make its rows, and which code says so.
#[derive(Clone, Debug)]
pub struct Folding {
    /// The fold.
    pub fold: Fold,
    /// Names the code: snapshots of other code are not used.
    pub made_by: String,
}

/// What the program knows of its modules. Filled as modules are admitted; the store reads it when it is asked.
#[derive(Debug, Default)]
pub struct Known {
    folds: RwLock<BTreeMap<String, Folding>>,
    kinds: RwLock<BTreeSet<String>>,
    archives: OnceLock<PathBuf>,
}

impl Known {
    /// Hears what a module says of its events.
    pub fn learn(&self, code: &str, made_by: &str, fold: Option<&Fold>, contracts: &[Contract]) {
        let mut folds = self.folds.write().unwrap_or_else(PoisonError::into_inner);
        match fold {
            Some(fold) => {
                let folding = Folding { fold: fold.clone(), made_by: made_by.to_owned() };
                folds.insert(code.to_owned(), folding);
            }
            None => drop(folds.remove(code)),
        }
        drop(folds);
        let mut kinds = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        kinds.extend(contracts.iter().map(|contract| contract.kind.clone()));
    }

    /// Says where the files of archived months go; the first word counts.
    pub fn keep_archives_in(&self, folder: PathBuf) {
        let _ = self.archives.set(folder);
    }

    /// Where the files of archived months are.
    #[must_use]
    pub fn archives(&self) -> Option<&PathBuf> {
        self.archives.get()
    }

    /// How the events of a database's module make its rows; `source` may name a tenant.
    #[must_use]
    pub fn folding(&self, source: &str) -> Option<Folding> {
        let module = source.split('/').next().unwrap_or(source);
        self.folds.read().unwrap_or_else(PoisonError::into_inner).get(module).cloned()
    }

    /// Whether a type is a module's.
    pub(super) fn is_taken(&self, kind: &str) -> bool {
        self.kinds.read().unwrap_or_else(PoisonError::into_inner).contains(kind)
    }
}
