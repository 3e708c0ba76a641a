//! The stock room’s books: what is on hand is the sum of the ledger, what is promised is the sum of the promises that
//! live, and neither is ever negative.

use db::{Db, DbResult};
use flow::Finding;
use kernel::Uuid;
use std::collections::BTreeMap;

/// A shop and a product.
type Place = (String, Uuid);

/// Pieces by place: those that a ledger or the promises come to.
async fn ledger(db: &Db) -> DbResult<BTreeMap<Place, i64>> {
    let mut sums = BTreeMap::new();
    for row in db.rows_of("stock_movement", &["shop", "product_id", "quantity"]).await? {
        *sums.entry((row.text(0)?, row.uuid(1)?)).or_default() += row.int(2)?;
    }
    Ok(sums)
}

async fn promised(db: &Db) -> DbResult<BTreeMap<Place, i64>> {
    let mut shops: BTreeMap<Uuid, String> = BTreeMap::new();
    for row in db.rows_of("reservation", &["transaction_id", "shop", "stage"]).await? {
        if matches!(row.text(2)?.as_str(), "held" | "reserved") {
            shops.insert(row.uuid(0)?, row.text(1)?);
        }
    }
    let mut sums = BTreeMap::new();
    for row in db.rows_of("reservation_line", &["transaction_id", "product_id", "quantity"]).await? {
        if let Some(shop) = shops.get(&row.uuid(0)?) {
            *sums.entry((shop.clone(), row.uuid(1)?)).or_default() += row.int(2)?;
        }
    }
    Ok(sums)
}

/// What does not add up in the stock room.
pub(super) async fn verify(db: &Db, findings: &mut Vec<Finding>) -> DbResult<()> {
    let (mut ledger, mut promised) = (ledger(db).await?, promised(db).await?);
    for row in db.rows_of("stock_level", &["shop", "product_id", "on_hand", "reserved"]).await? {
        let place = (row.text(0)?, row.uuid(1)?);
        let (on_hand, reserved) = (row.int(2)?, row.int(3)?);
        let moved = ledger.remove(&place).unwrap_or(0);
        let live = promised.remove(&place).unwrap_or(0);
        let mut wrong = Vec::new();
        if on_hand != moved {
            wrong.push(format!("{on_hand} on hand, and the ledger comes to {moved}"));
        }
        if reserved != live {
            wrong.push(format!("{reserved} are promised, and the promises come to {live}"));
        }
        if on_hand < 0 || reserved < 0 || reserved > on_hand {
            wrong.push(format!("{on_hand} on hand and {reserved} of them promised"));
        }
        let at = format!("stock of {} in {}", place.1, place.0);
        findings.extend(wrong.into_iter().map(|message| Finding::new(db, at.clone(), message)));
    }
    for ((shop, product), pieces) in ledger.into_iter().chain(promised).filter(|(_, pieces)| *pieces != 0) {
        let message = format!("{pieces} pieces are in the books, and there is no level for them");
        findings.push(Finding::new(db, format!("stock of {product} in {shop}"), message));
    }
    Ok(())
}
