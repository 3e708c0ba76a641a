//! What a till sells and takes back: lines, taxes, tenders. Pure.
//!
//! Prices contain their tax. Taxes are computed once per receipt and rate, from the sum of the lines at that rate: the
//! net amount is rounded to the nearest cent, a half away from zero, and the tax is what is left. So the lines, the
//! taxes and the tenders of a receipt each add up to its total, to the cent.

use super::record::{Given, ReceiptLine, Vat};
use contracts::retail::Tender;
use kernel::{Error, Result, Timestamp, Uuid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Lines of a receipt, at most.
pub(crate) const MOST_LINES: usize = 200;
/// Pieces of a line, at most.
pub(crate) const MOST_PIECES: i64 = 9_999;
/// Cents of a tender or a drawer, at most: ten million euros.
pub(crate) const MOST_CENTS: i64 = 1_000_000_000;
/// How long a sale may have waited at a till without network.
pub(crate) const LATE_S: i64 = 7 * 86_400;

/// How somebody pays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Means {
    /// Coins and notes; change is given on nothing else.
    Cash,
    /// A card, on its own terminal: no number of it comes near us.
    Card,
    /// A voucher of the house.
    Voucher,
}

impl Means {
    pub(crate) const ALL: [Self; 3] = [Self::Cash, Self::Card, Self::Voucher];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Card => "card",
            Self::Voucher => "voucher",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|means| means.word() == word)
    }
}

/// A product as the till knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Offer {
    pub(crate) product: Uuid,
    pub(crate) sku: String,
    pub(crate) ean13: String,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) price_cents: i64,
    pub(crate) vat_rate_bp: u32,
    /// What the shop has free; nothing where its log says nothing.
    pub(crate) free: Option<i64>,
}

/// A price and a rate of tax, from a moment on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Price {
    pub(crate) since: Timestamp,
    pub(crate) cents: i64,
    pub(crate) vat_rate_bp: u32,
}

/// A line as it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Asked {
    pub(crate) offer: Offer,
    pub(crate) prices: Vec<Price>,
    pub(crate) quantity: i64,
    /// The price that the customer saw.
    pub(crate) seen_cents: Option<i64>,
}

/// The price in force at a moment; for a moment before the first one, the first one.
pub(crate) fn in_force(prices: &[Price], at: Timestamp) -> Option<Price> {
    let mut sorted: Vec<Price> = prices.to_vec();
    sorted.sort_by_key(|price| price.since);
    sorted.iter().rev().find(|price| price.since <= at).or(sorted.first()).copied()
}

/// What a line costs at a moment. A till without network sells at the prices that it last heard of: one that was in
/// force then or has come since is taken as it was seen.
pub(crate) fn priced(asked: &Asked, at: Timestamp) -> Option<(i64, u32)> {
    let now = in_force(&asked.prices, at)?;
    match asked.seen_cents {
        None => Some((now.cents, now.vat_rate_bp)),
        Some(seen) if seen == now.cents => Some((seen, now.vat_rate_bp)),
        Some(seen) => {
            let later = asked.prices.iter().any(|price| price.since >= now.since && price.cents == seen);
            later.then_some((seen, now.vat_rate_bp))
        }
    }
}

/// The taxes of lines, by rate. `None` when an amount is too large to be added.
pub(crate) fn taxes<'a>(lines: impl IntoIterator<Item = (u32, &'a i64)>) -> Option<Vec<Vat>> {
    let mut gross: BTreeMap<u32, i64> = BTreeMap::new();
    for (rate, cents) in lines {
        let sum = gross.entry(rate).or_default();
        *sum = sum.checked_add(*cents)?;
    }
    let of = |(rate_bp, gross_cents): (u32, i64)| {
        let net_cents = net(gross_cents, rate_bp)?;
        Some(Vat { rate_bp, net_cents, vat_cents: gross_cents.checked_sub(net_cents)?, gross_cents })
    };
    gross.into_iter().map(of).collect()
}

/// What is left of an amount without its tax, to the nearest cent, a half away from zero.
fn net(gross_cents: i64, rate_bp: u32) -> Option<i64> {
    let (gross, whole) = (i128::from(gross_cents), 10_000 + i128::from(rate_bp));
    let (size, half) = (gross.abs() * 10_000, whole / 2);
    i64::try_from((size + half) / whole * gross.signum()).ok()
}

/// The sum of lines. `None` when it is too large.
pub(crate) fn total(lines: &[ReceiptLine]) -> Option<i64> {
    lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.total_cents))
}

/// How a sale is paid: what each means amounts to, change taken off, and the change.
pub(crate) fn settle(total_cents: i64, given: &[Given]) -> Result<(Vec<Tender>, i64)> {
    if given.iter().any(|one| !(1..=MOST_CENTS).contains(&one.given_cents)) {
        return Err(tenders(
            "Chaque règlement va de 0,01\u{a0}€ à 10 millions d’euros.",
            "Each tender goes from €0.01 to 10 million euros.",
        ));
    }
    let of = |means: Means| -> i64 {
        given.iter().filter(|one| one.means == means).map(|one| one.given_cents).sum()
    };
    let (cash, card, voucher) = (of(Means::Cash), of(Means::Card), of(Means::Voucher));
    let due = total_cents - card - voucher;
    if due < 0 {
        return Err(tenders(
            "On ne rend la monnaie que sur des espèces\u{a0}: la carte et les bons dépassent le total.",
            "Change is given on cash only: card and vouchers exceed the total.",
        ));
    }
    if cash < due {
        return Err(tenders("Le règlement n’atteint pas le total.", "The tenders do not reach the total."));
    }
    if due == 0 && cash > 0 {
        return Err(tenders(
            "Tout est déjà réglé\u{a0}: les espèces sont de trop.",
            "All is paid already: the cash is too much.",
        ));
    }
    let taken = [(Means::Cash, due), (Means::Card, card), (Means::Voucher, voucher)];
    let tenders = taken
        .into_iter()
        .filter(|(_, cents)| *cents > 0)
        .map(|(means, amount_cents)| Tender { means: means.word().into(), amount_cents })
        .collect();
    Ok((tenders, cash - due))
}

/// How money goes back: to the cent.
pub(crate) fn give_back(total_cents: i64, given: &[Given]) -> Result<Vec<Tender>> {
    let (tenders_back, _) = settle(total_cents, given)?;
    let sum: i64 = given.iter().map(|one| one.given_cents).sum();
    if sum == total_cents {
        return Ok(tenders_back);
    }
    Err(tenders(
        "Ce qui est remboursé doit égaler le total du retour.",
        "What is given back must equal the total of the return.",
    ))
}

fn tenders(fr: &str, en: &str) -> Error {
    Error::refused("tenders_differ", fr, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(means: Means, given_cents: i64) -> Given {
        Given { means, given_cents }
    }

    #[test]
    fn taxes_add_up_for_every_amount_and_rate() {
        for rate in [0, 210, 550, 1000, 2000] {
            for gross in (0..30_000).chain([MOST_CENTS, MOST_CENTS * MOST_PIECES]) {
                let vat = taxes([(rate, &gross)]).unwrap();
                let [vat] = vat.as_slice() else { panic!("{vat:?}") };
                assert_eq!(vat.net_cents + vat.vat_cents, gross);
                // The net amount with its tax again is the gross amount, to less than a cent.
                let back =
                    i128::from(vat.net_cents) * (10_000 + i128::from(rate)) - i128::from(gross) * 10_000;
                assert!(back.abs() * 2 <= 10_000 + i128::from(rate), "{rate} {gross}: {vat:?}");
            }
        }
    }

    #[test]
    fn a_half_cent_goes_away_from_zero_and_rates_are_not_mixed() {
        // 0.03 at 20 % is 0.025 without tax.
        assert_eq!(net(3, 2000), Some(3));
        assert_eq!(net(-3, 2000), Some(-3));
        let vat = taxes([(2000, &29_211), (550, &1_055), (2000, &1)]).unwrap();
        let told: Vec<_> = vat.iter().map(|v| (v.rate_bp, v.net_cents, v.vat_cents)).collect();
        assert_eq!(told, [(550, 1_000, 55), (2000, 24_343, 4_869)]);
        assert_eq!(taxes([(2000, &i64::MAX), (2000, &1)]), None);
    }

    #[test]
    fn change_is_given_on_cash_only_and_tenders_are_the_total() {
        let mixed = [given(Means::Card, 5_000), given(Means::Voucher, 1_000), given(Means::Cash, 5_000)];
        let (paid, change) = settle(10_550, &mixed).unwrap();
        assert_eq!((paid.iter().map(|t| t.amount_cents).sum::<i64>(), change), (10_550, 450));
        assert_eq!(settle(0, &[]).unwrap(), (Vec::new(), 0));
        for wrong in [
            vec![given(Means::Card, 10_551)],
            vec![given(Means::Cash, 10_549)],
            vec![given(Means::Card, 10_550), given(Means::Cash, 1)],
            vec![given(Means::Cash, -1), given(Means::Cash, 10_551)],
            vec![given(Means::Cash, i64::MAX), given(Means::Cash, i64::MAX)],
        ] {
            assert_eq!(settle(10_550, &wrong).unwrap_err().code, "tenders_differ", "{wrong:?}");
        }
        assert!(give_back(500, &[given(Means::Cash, 1_000)]).is_err());
        assert!(give_back(500, &[given(Means::Cash, 300), given(Means::Card, 200)]).is_ok());
    }

    #[test]
    fn a_price_is_the_one_of_its_day() {
        let price = |since, cents, vat_rate_bp| Price { since: Timestamp(since), cents, vat_rate_bp };
        let prices = vec![price(10, 100, 1960), price(20, 120, 2000)];
        let offer = Offer {
            product: Uuid::nil(),
            sku: String::new(),
            ean13: String::new(),
            name: String::new(),
            category: String::new(),
            price_cents: 120,
            vat_rate_bp: 2000,
            free: None,
        };
        let asked =
            |seen_cents| Asked { offer: offer.clone(), prices: prices.clone(), quantity: 1, seen_cents };
        assert_eq!(priced(&asked(None), Timestamp(5)), Some((100, 1960)));
        assert_eq!(priced(&asked(None), Timestamp(19)), Some((100, 1960)));
        assert_eq!(priced(&asked(Some(120)), Timestamp(19)), Some((120, 1960)));
        assert_eq!(priced(&asked(None), Timestamp(20)), Some((120, 2000)));
        assert_eq!(priced(&asked(Some(100)), Timestamp(20)), None);
    }
}
