//! A copy of a file as it was before an upgrade changes it. On a server its own backup does this.

use super::Databases;
use crate::engine::Engine;
use crate::{Db, DbError, DbResult, platform};
use kernel::Timestamp;
use std::fs::{self, File};

/// The folder of the copies, in the data folder.
const FOLDER: &str = "before-upgrade";

/// Copies a file whose schema is older than this program's. A copy that is there already is kept: the first one is the
/// one from before.
pub(super) async fn keep_copy(databases: &Databases, db: &Db, at: Timestamp) -> DbResult<()> {
    let engine = db.engine().await?;
    let Engine::Sqlite(file) = &*engine else { return Ok(()) };
    let (done, known) =
        (file.steps_run().await?, platform::migrations().len() + db.schema().migrations().len());
    if done == 0 || done >= known {
        return Ok(());
    }
    let failed =
        |error: std::io::Error| DbError::Unavailable(format!("the copy before the upgrade: {error}"));
    let folder = databases.folder().join(FOLDER);
    let name = format!("{}-step{done}.sqlite", db.id().to_string().replace('/', "-"));
    let (copy, unfinished) = (folder.join(&name), folder.join(format!("{name}.unfinished")));
    if copy.exists() {
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(failed)?;
    if unfinished.exists() {
        fs::remove_file(&unfinished).map_err(failed)?;
    }
    db.export(&unfinished, at).await?;
    File::open(&unfinished).and_then(|copy| copy.sync_all()).map_err(failed)?;
    fs::rename(&unfinished, &copy).map_err(failed)?;
    File::open(&folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    tracing::warn!(database = %db.id(), copy = %copy.display(), "an upgrade: the database was copied as it was before");
    Ok(())
}
