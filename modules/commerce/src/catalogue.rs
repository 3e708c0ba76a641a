//! What `inventory` sells, as a module keeps its own copy of it: one projection for all who need one, each with its
//! own columns; and how words are looked for.

use contracts::commerce::{PRODUCT_CHANGED, ProductChanged};
use db::{Statement, Value, Write};
use flow::{Delivery, Fault, Projector, Sources, ViewTable};
use kernel::ModuleCode;

/// A copy of the products.
pub(crate) struct Products {
    /// The projection's name.
    pub(crate) name: &'static str,
    /// The version of the columns that are kept.
    pub(crate) version: u32,
    /// Writes a row of the copy.
    pub(crate) put: Statement,
    /// Forgets a generation of it.
    pub(crate) forget: Statement,
    /// The table that it fills.
    pub(crate) table: ViewTable,
    /// The row's columns, after its generation.
    pub(crate) columns: fn(&ProductChanged) -> Vec<Value>,
}

impl Projector for Products {
    fn name(&self) -> &str {
        self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn sources(&self) -> Sources {
        Sources::Modules(ModuleCode::new("inventory").into_iter().collect())
    }

    fn wants(&self, kind: &str) -> bool {
        kind == PRODUCT_CHANGED
    }

    fn apply(&self, generation: u64, delivery: &Delivery, writes: &mut Vec<Write>) -> Result<(), Fault> {
        let product: ProductChanged = crate::reading::read(0, delivery).map_err(|fault| fault.fault)?;
        let mut params = db::params![generation];
        params.extend((self.columns)(&product));
        writes.push(Write { statement: self.put.clone(), params, expect: db::Expect::Any });
        Ok(())
    }

    fn forget(&self, generation: u64) -> Vec<Write> {
        let params = db::params![generation];
        vec![Write { statement: self.forget.clone(), params, expect: db::Expect::Any }]
    }

    fn tables(&self) -> Vec<ViewTable> {
        vec![self.table]
    }
}

/// A text as it is looked for: small letters without accents, and nothing that a pattern would read.
pub(crate) fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        'à' | 'â' | 'ä' | 'á' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' | 'í' => 'i',
        'ô' | 'ö' | 'ó' => 'o',
        'ù' | 'û' | 'ü' | 'ú' => 'u',
        c if c.is_alphanumeric() => c,
        _ => ' ',
    };
    let text: String = text.chars().flat_map(char::to_lowercase).map(letter).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a product, as [`plain`] has them.
pub(crate) fn words_of(sku: &str, name: &str, ean13: Option<&str>, category: &str) -> String {
    plain(&format!("{sku} {name} {} {category}", ean13.unwrap_or_default()))
}

/// What is typed into a search, as a pattern; empty for nothing.
pub(crate) fn pattern(typed: &str) -> String {
    let words = plain(typed);
    if words.is_empty() { words } else { format!("%{}%", words.replace(' ', "%")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_accents_and_wildcards_are_words() {
        assert_eq!(plain("Gilet  Pilot 165 N, ADULTE É%_"), "gilet pilot 165 n adulte e");
        assert_eq!(pattern("  "), "");
        assert_eq!(pattern("Gilet éte"), "%gilet%ete%");
    }
}
