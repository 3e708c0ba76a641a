//! The chandlery's shelves in the sample company.

use super::events;
use super::model::Place;
use super::shelves::{Shelves, Why};
use super::sql::{self, Product};
use db::{Batch, Db};
use kernel::{Actor, Cause, Clock, Result, Uuid};
use std::sync::Arc;

/// A product of the sample: number, name, price in cents, bar code, category, class of VAT, pieces in Concarneau and in
/// Lorient, and at how many the shops want to be told.
type SampleProduct =
    (&'static str, &'static str, i64, &'static str, &'static str, &'static str, (i64, i64), i64);

/// The shops that have them, in the order of the pieces.
const SHOPS: [&str; 2] = ["concarneau", "lorient"];

/// What the chandlery sells.
const PRODUCTS: [SampleProduct; 17] = [
    ("PLA-66824", "Gilet Pilot 165 N, adulte", 11990, "3760248100371", "Sécurité", "standard", (14, 9), 3),
    ("PLA-66831", "Gilet Pilot 100 N, enfant", 6490, "3760248100746", "Sécurité", "standard", (6, 4), 3),
    (
        "PLA-64703",
        "Gilet Storm 150 N, 40 à 60 kg",
        4850,
        "3760248101118",
        "Sécurité",
        "standard",
        (22, 11),
        3,
    ),
    ("HAM-33017", "Recharge CO₂ 33 g + pastille", 2990, "3760248101484", "Sécurité", "standard", (4, 18), 5),
    ("PLA-66899", "Housse de gilet, lot de 2", 1790, "3760248101859", "Sécurité", "standard", (12, 7), 3),
    ("SPI-20013", "Harnais Crew, L", 8900, "3760248102221", "Sécurité", "standard", (5, 3), 2),
    ("LAL-71420", "Lampe flash de gilet", 2490, "3760248102597", "Sécurité", "standard", (16, 10), 3),
    ("WIC-29104", "Manille lyre inox 8 mm", 1140, "3760248102962", "Accastillage", "standard", (40, 25), 3),
    ("LEW-46002", "Taquet coinceur, 4 à 12 mm", 3690, "3760248103334", "Accastillage", "standard", (9, 6), 3),
    ("COU-10012", "Drisse 10 mm, le mètre", 450, "3760248103709", "Accastillage", "standard", (180, 120), 3),
    ("VPE-3580509", "Échangeur Volvo Penta 3580509", 28900, "3760248104072", "Moteur", "standard", (2, 1), 1),
    ("JOI-21451", "Joint d’échangeur 21-451", 1170, "3760248104447", "Moteur", "standard", (18, 9), 3),
    ("IMP-09801", "Turbine de pompe à eau 09-801B", 3250, "3760248104812", "Moteur", "standard", (11, 8), 3),
    ("NAV-80110", "VHF portable étanche IPX8", 17900, "3760248105185", "Électronique", "standard", (7, 5), 3),
    ("GUY-55120", "Veste de quart, M", 15900, "3760248105550", "Vêtements", "standard", (6, 4), 3),
    ("SEA-00740", "Antifouling blanc, 2,5 L", 9450, "3760248105925", "Entretien", "standard", (15, 12), 3),
    ("LIV-00026", "Almanach du marin breton 2027", 3190, "3760248106298", "Livres", "reduced", (10, 10), 3),
];

/// Puts the products on the shelves, all of them or none; what is there already stays.
///
/// # Errors
/// When the database does not take them.
pub async fn seed(db: &Db, clock: &Arc<dyn Clock>, day: &str, correlation: Uuid) -> Result<()> {
    let (first, ..) = PRODUCTS[0];
    if db.query_one(&sql::PRODUCT_BY_SKU, db::params![first]).await?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::new(clock.now(), Cause::new(&Actor::system("sample"), correlation));
    let mut shelves = Shelves::load(db, [], clock).await?;
    for (sku, name, price_cents, ean13, category, vat, pieces, low_at) in PRODUCTS {
        let product = Product {
            id: clock.new_id(),
            sku: sku.into(),
            name: name.into(),
            price_cents,
            ean13: Some(ean13.into()),
            category: category.into(),
            vat: vat.into(),
            version: 1,
        };
        batch.expect_one(&sql::ADD_PRODUCT, sql::add_product(&product));
        batch.event(events::of_product(clock.new_id(), &product, day));
        for (shop, pieces) in SHOPS.into_iter().zip([pieces.0, pieces.1]) {
            let place: Place = (shop.to_owned(), product.id);
            let movement = shelves.movement(&batch, pieces, Some(Why { kind: "receipt", of: None }));
            shelves.change(&mut batch, &place, movement, |level| {
                level.on_hand = pieces;
                level.low_at = low_at;
            });
        }
    }
    shelves.close(&mut batch);
    db.write(batch).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::model::is_ean13;
    use crate::inventory::vat;

    #[test]
    fn the_sample_is_in_order() {
        for (sku, _, _, ean13, _, class, _, _) in PRODUCTS {
            assert!(is_ean13(ean13), "{sku}");
            assert!(vat::rate_bp(class, "2026-11-28").is_some(), "{sku}");
        }
        let codes: std::collections::BTreeSet<_> = PRODUCTS.iter().map(|product| product.3).collect();
        assert_eq!(codes.len(), PRODUCTS.len());
    }
}
