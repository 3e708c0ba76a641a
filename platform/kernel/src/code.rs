//! Names of modules and of their databases.

use serde::{Deserialize, Serialize};

/// The tenant of every module that has one database only.
pub const MAIN_TENANT: &str = "main";

/// A module's code: 2 to 32 of `a-z`, `0-9`, `_`, beginning with a letter. Files, roles, routes and table owners
/// are named after it, so it is checked once, here.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct ModuleCode(String);

/// Why a text is not a code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a code: 2 to 32 of a-z, 0-9 and _, beginning with a letter")]
pub struct BadCode(pub String);

fn is_code(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

impl ModuleCode {
    /// Checks a text and makes it a code.
    ///
    /// # Errors
    /// [`BadCode`] when a character or the length is not allowed.
    pub fn new(text: &str) -> Result<Self, BadCode> {
        if is_code(text) { Ok(Self(text.to_owned())) } else { Err(BadCode(text.to_owned())) }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ModuleCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ModuleCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// One database: a module and a tenant. Written `heures` for the main tenant and `servers/t42` for another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DatabaseId {
    /// The module that owns the database.
    pub module: ModuleCode,
    /// The tenant within the module; [`MAIN_TENANT`] for modules with one database.
    pub tenant: String,
}

impl DatabaseId {
    /// The main database of a module.
    #[must_use]
    pub fn main(module: ModuleCode) -> Self {
        Self { module, tenant: MAIN_TENANT.to_owned() }
    }

    /// The database of a tenant; the tenant's key follows the rules of a code.
    ///
    /// # Errors
    /// [`BadCode`] when the tenant's key is not one.
    pub fn tenant(module: ModuleCode, tenant: &str) -> Result<Self, BadCode> {
        if is_code(tenant) {
            Ok(Self { module, tenant: tenant.to_owned() })
        } else {
            Err(BadCode(tenant.to_owned()))
        }
    }

    /// A name safe for files, roles and PostgreSQL databases: `heures`, `servers__t42`.
    #[must_use]
    pub fn slug(&self) -> String {
        if self.tenant == MAIN_TENANT {
            self.module.to_string()
        } else {
            format!("{}__{}", self.module, self.tenant)
        }
    }
}

impl std::fmt::Display for DatabaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.tenant == MAIN_TENANT {
            write!(f, "{}", self.module)
        } else {
            write!(f, "{}/{}", self.module, self.tenant)
        }
    }
}

impl std::str::FromStr for DatabaseId {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            None => Ok(Self::main(ModuleCode::new(text)?)),
            Some((module, tenant)) => Self::tenant(ModuleCode::new(module)?, tenant),
        }
    }
}

impl Serialize for DatabaseId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DatabaseId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
