//! Reports as files. Amounts are euros with their cents, so that they can be summed; instants are local.

use super::http::{EXPORT, empty_times};
use super::period::Scope;
use super::queries::{self, By, Sums};
use super::{Reports, words};
use axum::response::Response;
use kernel::{Error, Lang, Result};
use web::Ctx;
use web::csv::file;
use web::ui::{format, say};

fn euros(lang: Lang, cents: i64) -> String {
    format::money_field(lang, cents)
}

/// The titles of the sums.
fn titles(lang: Lang) -> [&'static str; 7] {
    [
        say(lang, "Pièces", "Pieces"),
        say(lang, "Ventes TTC", "Sales incl. VAT"),
        say(lang, "Pièces rendues", "Pieces returned"),
        say(lang, "Retours TTC", "Returns incl. VAT"),
        say(lang, "Chiffre d’affaires TTC", "Revenue incl. VAT"),
        say(lang, "TVA", "VAT"),
        say(lang, "Chiffre d’affaires HT", "Revenue excl. VAT"),
    ]
}

fn cells(lang: Lang, s: &Sums) -> [String; 7] {
    [
        s.pieces.to_string(),
        euros(lang, s.gross_cents),
        s.returned_pieces.to_string(),
        euros(lang, s.returned_cents),
        euros(lang, s.revenue_cents()),
        euros(lang, s.vat_cents),
        euros(lang, s.net_cents()),
    ]
}

fn name(lang: Lang, what: (&str, &str), scope: &Scope) -> String {
    format!("{}-{}-{}.csv", if lang == Lang::Fr { what.0 } else { what.1 }, scope.from, scope.to)
}

/// All rows of a file; a file that would be cut in silence is none.
fn whole<T>(rows: Vec<T>) -> Result<Vec<T>> {
    if rows.len() > EXPORT as usize {
        return Err(Error::invalid(
            "bad_parameter",
            format!("Plus de {EXPORT} lignes. Choisissez une période plus courte ou une boutique."),
            format!("More than {EXPORT} rows. Choose a shorter period or one shop."),
        )
        .field("from", "Période trop longue", "Too long a period"));
    }
    Ok(rows)
}

/// Sums by something.
pub(super) async fn sums(reports: &Reports, ctx: &Ctx, by: By, scope: &Scope) -> Result<Response> {
    let lang = ctx.lang;
    let asked = [queries::sums(by, scope, None, EXPORT + 1), queries::baskets(by, scope)];
    let [sums, baskets] = queries::at_once(&reports.db, asked).await?;
    let (rows, baskets) = (whole(queries::read_sums(by, &sums)?)?, queries::read_baskets(by, &baskets)?);
    let mut head = vec![words::by(lang, by)];
    head.extend(titles(lang));
    head.push(say(lang, "Paniers", "Baskets"));
    let line = |(key, s): &(String, Sums)| {
        let mut line = vec![words::key(lang, by, key)];
        line.extend(cells(lang, s));
        line.push(baskets.get(key).map(|b| b.count.to_string()).unwrap_or_default());
        line
    };
    Ok(file(&name(lang, ("ventes", "sales"), scope), &head, rows.iter().map(line)))
}

/// A row for each day, shop, channel and product.
pub(super) async fn detail(reports: &Reports, ctx: &Ctx, scope: &Scope) -> Result<Response> {
    let lang = ctx.lang;
    let [rows] = queries::at_once(&reports.db, [queries::detail(scope, None, EXPORT + 1)]).await?;
    let rows = whole(queries::read_detail(&rows)?)?;
    let names = queries::names(&reports.db, rows.iter().map(|row| &row.product)).await?;
    let mut head = vec![
        say(lang, "Jour", "Day"),
        say(lang, "Boutique", "Shop"),
        say(lang, "Canal", "Channel"),
        say(lang, "Référence", "SKU"),
        say(lang, "Produit", "Product"),
    ];
    head.extend(titles(lang));
    let line = |row: &queries::Detail| {
        let named = names.get(&row.product);
        let mut line = vec![
            row.day.clone(),
            row.shop.clone(),
            words::channel(lang, &row.channel).to_owned(),
            named.map(|n| n.sku.clone()).unwrap_or_default(),
            named.map_or_else(|| row.product.to_string(), |n| n.name.clone()),
        ];
        line.extend(cells(lang, &row.sums));
        line
    };
    Ok(file(&name(lang, ("ventes-detail", "sales-detail"), scope), &head, rows.iter().map(line)))
}

/// Products, what brought in most first.
pub(super) async fn products(reports: &Reports, ctx: &Ctx, scope: &Scope) -> Result<Response> {
    let lang = ctx.lang;
    let [rows] = queries::at_once(&reports.db, [queries::products(scope, None, EXPORT + 1)]).await?;
    let rows = whole(queries::read_products(&rows)?)?;
    let names = queries::names(&reports.db, rows.iter().map(|(id, _)| id)).await?;
    let mut head =
        vec![say(lang, "Référence", "SKU"), say(lang, "Produit", "Product"), say(lang, "Rayon", "Category")];
    head.extend(titles(lang));
    let line = |(id, s): &(kernel::Uuid, Sums)| {
        let named = names.get(id);
        let mut line = vec![
            named.map(|n| n.sku.clone()).unwrap_or_default(),
            named.map_or_else(|| id.to_string(), |n| n.name.clone()),
            named.map(|n| n.category.clone()).unwrap_or_default(),
        ];
        line.extend(cells(lang, s));
        line
    };
    Ok(file(&name(lang, ("produits", "products"), scope), &head, rows.iter().map(line)))
}

/// Shelves that are empty or nearly so.
pub(super) async fn stock_outs(reports: &Reports, ctx: &Ctx, scope: &Scope, low: i64) -> Result<Response> {
    let lang = ctx.lang;
    let rows = whole(queries::low(&reports.db, low, &scope.shop, None, EXPORT + 1).await?)?;
    let names = queries::names(&reports.db, rows.iter().map(|row| &row.product)).await?;
    let times = empty_times(reports, scope, ctx.now()).await?;
    let head = [
        say(lang, "Boutique", "Shop"),
        say(lang, "Référence", "SKU"),
        say(lang, "Produit", "Product"),
        say(lang, "En rayon", "On hand"),
        say(lang, "Réservé", "Reserved"),
        say(lang, "Libre", "Free"),
        say(lang, "En rupture depuis", "Out since"),
        say(lang, "Ruptures", "Times out"),
        say(lang, "Durée (min)", "Duration (min)"),
    ];
    let line = |row: &queries::Shelf| {
        let named = names.get(&row.product);
        let empty = times.get(&(row.shop.clone(), row.product));
        let since = row.out_since.map(|at| format::datetime_field(format::local(at, &reports.calendar.0)));
        vec![
            row.shop.clone(),
            named.map(|n| n.sku.clone()).unwrap_or_default(),
            named.map_or_else(|| row.product.to_string(), |n| n.name.clone()),
            row.on_hand.to_string(),
            row.reserved.to_string(),
            (row.on_hand - row.reserved).to_string(),
            since.unwrap_or_default(),
            empty.map_or(0, |e| e.times).to_string(),
            empty.map_or(0, |e| e.micros / 60_000_000).to_string(),
        ]
    };
    Ok(file(&name(lang, ("ruptures", "stock-outs"), scope), &head, rows.iter().map(line)))
}
