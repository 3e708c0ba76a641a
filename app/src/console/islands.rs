//! Every database as the console shows it: what the registry says, and what the database itself answers now. A cold
//! one is not opened to be shown: its last known position and its file must do.

use super::desk::Desk;
use db::Db;
use db::databases::Place;
use flow::Lag;
use kernel::{DatabaseId, Lang, Result, Timestamp};
use std::time::Duration;
use system::registry::DatabaseState;
use web::ui::{Dome, Tone, counted, format, say};

/// Time that a database has to answer before the page says that it does not.
const PATIENCE: Duration = Duration::from_secs(2);

/// A database, as the registry and this process know it.
#[derive(Clone)]
pub(super) struct Island {
    pub(super) id: DatabaseId,
    pub(super) place: Option<Place>,
    pub(super) state: DatabaseState,
    pub(super) schema_version: u32,
    pub(super) fingerprint: String,
    pub(super) epoch: u64,
    pub(super) since: Option<(Timestamp, Timestamp)>,
    /// The handle, when this program holds it.
    pub(super) db: Option<Db>,
    pub(super) open: bool,
}

/// What a database answers.
#[derive(Clone, Default)]
pub(super) struct Vital {
    pub(super) position: Option<u64>,
    pub(super) bytes: Option<u64>,
    pub(super) error: Option<String>,
}

impl Desk {
    /// Every database, those that need somebody first.
    pub(super) async fn islands(&self) -> Result<Vec<Island>> {
        let rows = self.registry.databases().await?;
        let mut all: Vec<Island> = rows
            .into_iter()
            .map(|row| {
                let db = self.databases.get(&row.id);
                Island {
                    open: db.as_ref().is_some_and(Db::is_open),
                    db,
                    place: Some(row.place),
                    state: row.state,
                    schema_version: row.schema_version,
                    fingerprint: row.fingerprint,
                    epoch: row.epoch,
                    since: Some((row.created_at, row.changed_at)),
                    id: row.id,
                }
            })
            .collect();
        let unlisted =
            self.databases.all().into_iter().filter(|db| !all.iter().any(|one| one.id == *db.id()));
        let unlisted: Vec<_> = unlisted.map(|db| self.unlisted(db)).collect();
        all.extend(unlisted);
        all.sort_by(|a, b| (a.rank(), &a.id).cmp(&(b.rank(), &b.id)));
        Ok(all)
    }

    /// The registry's own, which it cannot list.
    fn unlisted(&self, db: Db) -> Island {
        Island {
            id: db.id().clone(),
            place: self.own.clone(),
            state: DatabaseState::Active,
            schema_version: db.schema().version(),
            fingerprint: db.schema().fingerprint(),
            epoch: 1,
            since: None,
            open: db.is_open(),
            db: Some(db),
        }
    }

    /// What a database answers, without opening a cold one.
    pub(super) async fn vital(&self, island: &Island) -> Vital {
        match &island.db {
            Some(db) if island.open => ask(db).await,
            Some(db) => Vital {
                position: Some(db.known_head()).filter(|position| *position > 0),
                bytes: self.file_size(island),
                error: None,
            },
            None => Vital { bytes: self.file_size(island), ..Vital::default() },
        }
    }

    fn file_size(&self, island: &Island) -> Option<u64> {
        match island.place.as_ref()? {
            Place::Sqlite { file } => {
                std::fs::metadata(self.databases.folder().join(file)).ok().map(|m| m.len())
            }
            Place::Postgres { .. } => None,
        }
    }
}

/// What an open database answers in time.
pub(super) async fn ask(db: &Db) -> Vital {
    let answer = async {
        let head = db.head().await;
        (head, db.size().await.ok())
    };
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok((Ok((position, _)), bytes)) => Vital { position: Some(position), bytes, error: None },
        Ok((Err(error), bytes)) => Vital { position: None, bytes, error: Some(error.to_string()) },
        Err(_) => {
            Vital { error: Some(format!("no answer within {} s", PATIENCE.as_secs())), ..Vital::default() }
        }
    }
}

impl Island {
    /// What needs somebody comes first, what sleeps in the archive last.
    pub(super) fn rank(&self) -> u8 {
        use DatabaseState as S;
        match self.state {
            S::Quarantined => 0,
            S::Readonly => 1,
            S::Reserved | S::Provisioning | S::Migrating | S::Moving | S::Thawing | S::Dropping => 2,
            S::Active => 3,
            S::Archived => 4,
        }
    }

    pub(super) fn dome(&self) -> Dome {
        use DatabaseState as S;
        match self.state {
            S::Active if self.open => Dome::Active,
            S::Active => Dome::Cold,
            S::Reserved | S::Provisioning | S::Migrating | S::Thawing => Dome::Migrating,
            S::Moving => Dome::Moving,
            S::Readonly => Dome::ReadOnly,
            S::Quarantined | S::Dropping => Dome::Quarantined,
            S::Archived => Dome::Archived,
        }
    }

    /// The word of the state in addresses: the registry's, and `cold` for an active one that is not open.
    pub(super) fn word(&self) -> &'static str {
        if self.dome() == Dome::Cold { "cold" } else { self.state.word() }
    }

    pub(super) fn engine(&self) -> &'static str {
        engine_name(self.place.as_ref().map_or("–", Place::engine))
    }

    /// Where it lives, in a word: its server, or its file.
    pub(super) fn host(&self) -> String {
        match &self.place {
            None => "–".to_owned(),
            Some(Place::Sqlite { file }) => file.rsplit('/').next().unwrap_or(file).to_owned(),
            Some(Place::Postgres { server, database, schema, .. }) => match schema {
                Some(schema) => format!("{server}/{database}.{schema}"),
                None => format!("{server}/{database}"),
            },
        }
    }

    /// The tenant, unless there is only one.
    pub(super) fn tenant(&self) -> &str {
        if self.id.tenant == kernel::MAIN_TENANT { "" } else { &self.id.tenant }
    }

    pub(super) fn href(&self) -> String {
        href(&self.id)
    }
}

/// The page of a database.
pub(super) fn href(id: &DatabaseId) -> String {
    if id.tenant == kernel::MAIN_TENANT {
        format!("/console/databases/{}", id.module)
    } else {
        format!("/console/databases/{}/{}", id.module, id.tenant)
    }
}

/// An engine's name as it is written.
pub(super) fn engine_name(word: &str) -> &'static str {
    match word {
        "sqlite" => "SQLite",
        "postgres" => "PostgreSQL",
        _ => "–",
    }
}

/// The word of a state for people.
pub(super) fn state_name(lang: Lang, word: &str) -> &'static str {
    match word {
        "active" => say(lang, "Active", "Active"),
        "cold" => say(lang, "Froide", "Cold"),
        "reserved" => say(lang, "Réservée", "Reserved"),
        "provisioning" => say(lang, "En création", "Being made"),
        "migrating" => say(lang, "En migration", "Migrating"),
        "moving" => say(lang, "En déplacement", "Moving"),
        "readonly" => say(lang, "Lecture seule", "Read-only"),
        "quarantined" => say(lang, "En quarantaine", "Quarantined"),
        "archived" => say(lang, "Archivée", "Archived"),
        "thawing" => say(lang, "En réveil", "Waking"),
        "dropping" => say(lang, "En retrait", "Being removed"),
        _ => say(lang, "Inconnu", "Unknown"),
    }
}

/// How a reader stands: its tone, its share of the line, and the words.
pub(super) fn standing(lang: Lang, lag: &Lag) -> (Tone, f64, String) {
    let behind = lag.head.saturating_sub(lag.position);
    if behind == 0 {
        return (Tone::Ok, 1.0, say(lang, "En direct", "Live").to_owned());
    }
    #[expect(clippy::cast_precision_loss, reason = "a share of a drawn line")]
    let share = lag.position as f64 / lag.head.max(1) as f64;
    let words = counted(lang, super::desk::signed(behind), ["événement", "événements"], ["event", "events"]);
    let tone = if behind > 1000 { Tone::Bad } else { Tone::Warn };
    (tone, share.min(0.9), words)
}

/// A number, or a dash.
pub(super) fn number(lang: Lang, n: Option<u64>) -> String {
    n.map_or_else(|| "–".to_owned(), |n| format::integer(lang, super::desk::signed(n)))
}

/// A size, or a dash.
pub(super) fn size(lang: Lang, bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "–".to_owned(), |bytes| format::bytes(lang, bytes))
}
