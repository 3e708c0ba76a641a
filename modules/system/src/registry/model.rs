//! What the registry knows, and which transitions a database may make.

use db::Event;
use db::databases::Place;
use flow::Rows;
use kernel::{DatabaseId, Text, Timestamp};
use serde::Serialize;
use serde_json::{Value as Json, json};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$about])* $variant,)* }
        impl $name {
            /// The word in tables, events and the API.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
            /// Reads a word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// What a module does.
    ModuleState {
        /// It serves.
        Active = "active",
        /// It is known but not in this program.
        Absent = "absent",
    }
}

words! {
    /// What a database does.
    DatabaseState {
        /// Its name is taken; nothing exists yet.
        Reserved = "reserved",
        /// It is being made.
        Provisioning = "provisioning",
        /// It serves.
        Active = "active",
        /// Its schema is being brought up to date.
        Migrating = "migrating",
        /// It is on its way to another place.
        Moving = "moving",
        /// It answers reads only.
        Readonly = "readonly",
        /// Something is wrong with it; it is left alone.
        Quarantined = "quarantined",
        /// It sleeps in the archive.
        Archived = "archived",
        /// It is being woken.
        Thawing = "thawing",
        /// It is being removed.
        Dropping = "dropping",
    }
}

impl DatabaseState {
    /// Whether it may become another.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use DatabaseState as S;
        match self {
            S::Reserved => matches!(next, S::Provisioning | S::Dropping),
            S::Provisioning => matches!(next, S::Provisioning | S::Active | S::Quarantined | S::Dropping),
            S::Active => matches!(
                next,
                S::Migrating | S::Moving | S::Readonly | S::Quarantined | S::Archived | S::Dropping
            ),
            S::Migrating => matches!(next, S::Migrating | S::Active | S::Quarantined),
            S::Moving => matches!(next, S::Active | S::Quarantined),
            S::Readonly => matches!(next, S::Active | S::Quarantined | S::Archived),
            S::Quarantined => matches!(next, S::Active | S::Migrating | S::Dropping),
            S::Archived => matches!(next, S::Thawing | S::Dropping),
            S::Thawing => matches!(next, S::Active | S::Quarantined),
            S::Dropping => false,
        }
    }
}

/// A module, as the registry knows it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ModuleRow {
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: Text,
    /// What it does.
    pub state: ModuleState,
    /// Its declaration, when it was installed into the running system.
    #[serde(skip)]
    pub declared: Option<Json>,
    /// When it was registered first.
    pub registered_at: Timestamp,
}

/// A database, as the registry knows it. Its secrets are sealed.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct DatabaseRow {
    /// Which one.
    pub id: DatabaseId,
    /// Where it lives.
    pub place: Place,
    /// Its key, wrapped by the master key.
    #[serde(skip)]
    pub wrapped_key: String,
    /// The password of its role, sealed under its key.
    #[serde(skip)]
    pub sealed_password: Option<Vec<u8>>,
    /// The version of its schema.
    pub schema_version: u32,
    /// The fingerprint of its schema.
    pub fingerprint: String,
    /// What it does.
    pub state: DatabaseState,
    /// Counts its transitions.
    pub epoch: u64,
    /// When it was reserved.
    pub created_at: Timestamp,
    /// When it last changed its state.
    pub changed_at: Timestamp,
}

/// A contract of an event, as published.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ContractRow {
    /// The module that writes the event.
    pub module: String,
    /// The event's type.
    pub kind: String,
    /// Its version.
    pub version: u32,
    /// JSON Schema of its data.
    pub schema: Json,
}

/// Applies an event of the registry to its rows.
pub(super) fn fold(event: &Event, data: &Json, rows: &mut Rows) {
    let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
    let mut put = |table: &str, key: String, columns: &[&str]| {
        let row = rows.entry((table.to_owned(), key)).or_default();
        for column in columns.iter().filter(|c| data.get(**c).is_some()) {
            row.insert((*column).to_owned(), data[*column].clone());
        }
    };
    match event.kind.as_str() {
        "module.registered" => {
            put("modules", text("code"), &["version", "name_fr", "name_en", "state", "declared"]);
        }
        "database.reserved" | "database.changed" => {
            let key = format!("{}/{}", text("module"), text("tenant"));
            put("databases", key, &["place", "schema_version", "fingerprint", "state", "epoch"]);
        }
        "contract.published" => {
            let key =
                format!("{}/{}/{}", text("module"), text("kind"), data.get("version").unwrap_or(&json!(0)));
            put("contracts", key, &["schema"]);
        }
        _ => {}
    }
}
