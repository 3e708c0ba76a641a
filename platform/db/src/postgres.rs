//! Placeholder being replaced by the real engine.
use crate::engine::{Applied, Query};
use crate::{Batch, DbError, DbResult, Receipt, Row, Schema, Statement};
#[derive(Debug)]
pub(crate) struct PgDatabase;
impl PgDatabase {
    fn no<T>() -> DbResult<T> {
        Err(DbError::internal("no postgres"))
    }
    pub(crate) async fn write(&self, _: Batch) -> DbResult<Receipt> {
        Self::no()
    }
    pub(crate) async fn read(&self, _: Vec<Query>) -> DbResult<Vec<Vec<Row>>> {
        Self::no()
    }
    pub(crate) async fn migrate(&self, _: &Schema, _: kernel::Timestamp) -> DbResult<Vec<Applied>> {
        Self::no()
    }
    pub(crate) async fn prepare(&self, _: &Statement) -> DbResult<()> {
        Self::no()
    }
    pub(crate) async fn size(&self) -> DbResult<u64> {
        Self::no()
    }
    pub(crate) async fn close(&self) {}
}
