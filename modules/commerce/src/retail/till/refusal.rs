//! Why a till does not do what was asked.

use super::commands::Command;
use super::record::{Receipt, Record};
use super::selling::kind_word;
use contracts::retail::SaleKind;
use kernel::{Error, FieldError, Result, Text};

/// A value that cannot be used, in a field.
pub(crate) fn wrong(field: &str, fr: &str, en: &str) -> Error {
    let fields = vec![FieldError { field: field.to_owned(), text: Text::new(fr, en) }];
    let (fr, en) =
        ("Corrigez ce qui est signalé, puis réessayez.", "Correct what is marked, then try again.");
    Error { fields, ..Error::invalid("invalid_values", fr, en) }
}

/// Nobody has opened the till.
pub(crate) fn closed() -> Error {
    let (fr, en) = ("La caisse est fermée. Ouvrez-la d’abord.", "The till is closed. Open it first.");
    Error::refused("till_closed", fr, en)
}

/// Somebody has opened it.
pub(crate) fn open() -> Error {
    let (fr, en) = (
        "La caisse est déjà ouverte. Clôturez-la avant d’en ouvrir une autre session.",
        "The till is open already. Close it before another session is opened.",
    );
    Error::refused("till_open", fr, en)
}

/// A sum that no money can be.
pub(crate) fn too_much() -> Error {
    let (fr, en) = (
        "Le total est trop grand. Faites plusieurs tickets.",
        "The total is too large. Make several receipts.",
    );
    Error::invalid("sale_not_possible", fr, en)
}

/// Only sales are taken back.
pub(crate) fn not_a_sale() -> Error {
    let (fr, en) = (
        "Ce ticket est déjà un retour\u{a0}: on ne reprend qu’une vente.",
        "This receipt is a return: only a sale is taken back.",
    );
    Error::refused("not_a_sale", fr, en)
}

/// More would come back than is still out.
pub(crate) fn returned(line: u32, left: i64) -> Error {
    let fr = format!("Ligne {line}\u{a0}: il ne reste que {left} à reprendre.");
    let en = format!("Line {line}: only {left} can still come back.");
    let details = serde_json::json!({ "line": line, "left": left });
    Error::refused("returned_already", fr, en).with_details(details)
}

/// Whether a receipt that was recorded under an identifier is the one that is asked for now.
pub(crate) fn same(known: &Record, shop: &str, till: &str, command: &Command) -> Result<()> {
    let receipt: Receipt = known.read()?;
    let (kind, quantities): (SaleKind, Vec<i64>) = match command {
        Command::Sell(sale) => (SaleKind::Sale, sale.lines.iter().map(|line| line.quantity).collect()),
        Command::TakeBack(back) => (SaleKind::Return, back.lines.iter().map(|line| line.quantity).collect()),
        Command::Open { .. } | Command::Copy { .. } | Command::Close { .. } => return Ok(()),
    };
    let recorded: Vec<i64> = receipt.lines.iter().map(|line| i64::from(line.quantity)).collect();
    let is_same = (known.shop.as_str(), known.till.as_str()) == (shop, till)
        && known.kind == kind_word(kind)
        && recorded == quantities;
    if is_same {
        return Ok(());
    }
    Err(Error::refused(
        "sale_id_reused",
        "Un autre ticket porte déjà cet identifiant. Prenez-en un nouveau.",
        "Another receipt has this identifier already. Take a new one.",
    ))
}
