//! What the shops have, by shop, category and words; what needs somebody first, one click away.

use super::super::model::{Level, Place};
use super::super::{WRITE, sql};
use super::{Answer, LEVELS, LIVE, PRODUCTS, Room, STOCK, alerts, flash};
use crate::catalogue::pattern;
use crate::shown::{link, search, shop_name};
use axum::Extension;
use axum::response::IntoResponse;
use db::{Db, DbResult};
use kernel::{Error, Result};
use maud::{Markup, html};
use web::ui::{self, Button, Choice, Column, Filter, Icon, Row, Table, Width, format, say};
use web::{Ctx, ListPage, Query};

/// Levels on a page.
const ROWS: u32 = 50;

/// A level with its product: number, name, category.
struct Line {
    place: Place,
    level: Level,
    sku: String,
    name: String,
    category: String,
}

/// What is asked for.
struct Asked<'a> {
    ctx: &'a Ctx,
    shop: &'a str,
    category: &'a str,
    words: &'a str,
    needs: &'a str,
}

impl Asked<'_> {
    /// The address of the list with one parameter changed.
    fn with(&self, name: &str, value: &str) -> String {
        let pick = |own: &str, kept: &str| if own == name { value.to_owned() } else { kept.to_owned() };
        let (shop, category) = (pick("shop", self.shop), pick("category", self.category));
        let (words, needs, cursor) = (pick("q", self.words), pick("needs", self.needs), pick("cursor", ""));
        link(
            LEVELS,
            &[
                ("shop", &shop),
                ("category", &category),
                ("q", &words),
                ("needs", &needs),
                ("cursor", &cursor),
            ],
        )
    }

    fn is_filtered(&self) -> bool {
        [self.shop, self.category, self.words, self.needs].iter().any(|word| !word.is_empty())
    }

    fn filters(&self, shops: &[String], categories: &[String]) -> Vec<Filter> {
        let lang = self.ctx.lang;
        let one = |name: &str, label: &str, now: &str, all: &[String], shown: &dyn Fn(&str) -> String| {
            if now.is_empty() {
                let choice = |value: &String| Choice::new(shown(value), self.with(name, value), false);
                Filter::new(label, all.iter().map(choice).collect())
            } else {
                Filter::set(label, shown(now), self.with(name, ""))
            }
        };
        let label = say(lang, "À traiter", "Needs somebody");
        let needs = if self.needs.is_empty() {
            Filter::new(label, vec![Choice::new(label, self.with("needs", "somebody"), false)])
        } else {
            Filter::set(label, say(lang, "bas ou à compter", "low or to count"), self.with("needs", ""))
        };
        vec![
            one("shop", say(lang, "Boutique", "Shop"), self.shop, shops, &|code| shop_name(code)),
            one("category", say(lang, "Catégorie", "Category"), self.category, categories, &|name| {
                name.to_owned()
            }),
            needs,
        ]
    }

    fn table(&self, lines: &[Line]) -> Table {
        let lang = self.ctx.lang;
        let number = |n: i64| html! { span.num { (format::integer(lang, n)) } };
        let row = |line: &Line| {
            let href = link(&format!("{PRODUCTS}/{}", line.place.1), &[("shop", &line.place.0)]);
            let context = [line.sku.as_str(), line.category.as_str()];
            let context: Vec<&str> = context.into_iter().filter(|text| !text.is_empty()).collect();
            Row::new([
                ui::subject(None, &line.name, &href, &context.join(" · ")),
                html! { (shop_name(&line.place.0)) },
                number(line.level.on_hand),
                number(line.level.reserved),
                html! { b.num { (format::integer(lang, line.level.free())) } },
                alerts(lang, &line.level),
            ])
            .id(format!("level-{}-{}", line.place.0, line.place.1))
        };
        let columns = vec![
            Column::new(say(lang, "Article", "Article")),
            Column::new(say(lang, "Boutique", "Shop")).width(Width::Medium),
            Column::new(say(lang, "En main", "On hand")).number().optional().width(Width::Short),
            Column::new(say(lang, "Réservé", "Reserved")).number().optional().width(Width::Short),
            Column::new(say(lang, "Libre", "Free")).number().width(Width::Short),
            Column::new(say(lang, "À savoir", "To know")).width(Width::Medium),
        ];
        let empty = ui::empty(
            say(lang, "Rien en stock", "Nothing in stock"),
            say(
                lang,
                "La première réception d’un produit le fait apparaître ici.",
                "The first receipt of a product makes it appear here.",
            ),
            &html! {},
        );
        Table::new(lang, say(lang, "Stock par boutique", "Stock by shop"), columns)
            .id("levels")
            .rows(lines.iter().map(row))
            .empty(empty)
    }
}

async fn lines(db: &Db, asked: &Asked<'_>, after: (String, String)) -> Result<Vec<Line>> {
    let needy = i64::from(asked.needs == "somebody");
    let (sku, shop) = after;
    let params = db::params![asked.shop, asked.category, pattern(asked.words), needy, sku, shop, ROWS + 1];
    let line = |row: &db::Row| {
        let (place, level) = sql::level(row)?;
        Ok(Line { place, level, sku: row.text(8)?, name: row.text(9)?, category: row.text(10)? })
    };
    Ok(db.query(&sql::STOCK, params).await?.iter().map(line).collect::<DbResult<_>>()?)
}

async fn words_of(db: &Db, statement: &db::Statement) -> Result<Vec<String>> {
    let rows = db.query(statement, Vec::new()).await?;
    Ok(rows.iter().map(|row| row.text(0)).collect::<DbResult<_>>()?)
}

/// The shops that have, or had, something.
pub(super) async fn shops(db: &Db) -> Result<Vec<String>> {
    words_of(db, &sql::SHOPS).await
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(STOCK)?;
    let word = |name| query.get(name).unwrap_or_default();
    let asked = Asked {
        ctx: &ctx,
        shop: word("shop"),
        category: word("category"),
        words: word("q"),
        needs: word("needs"),
    };
    let after: Option<(String, String)> = query.cursor()?;
    let is_first = after.is_none();
    let found = lines(&db, &asked, after.unwrap_or_default()).await?;
    let page = ListPage::cut(found, ROWS, |line: &Line| (line.sku.clone(), line.place.0.clone()));
    let (shops, categories) = (shops(&db).await?, words_of(&db, &sql::CATEGORIES).await?);
    let row = db.query_one(&sql::NEEDY, Vec::new()).await.map_err(Error::from)?;
    let needy = row.map_or(Ok(0), |row| row.int(0)).map_err(Error::from)?;
    let lang = ctx.lang;
    let kept = [("shop", asked.shop), ("category", asked.category), ("needs", asked.needs)];
    let first = (!is_first).then(|| asked.with("cursor", ""));
    let next = page.next_cursor.as_deref().map(|cursor| asked.with("cursor", cursor));
    let table = asked
        .table(&page.items)
        .filters(asked.filters(&shops, &categories))
        .controls(search(lang, LEVELS, asked.words, &kept))
        .pages(first, next);
    let table: Markup = if asked.is_filtered() {
        html! { (table.clear(LEVELS)) }
    } else {
        html! { (table) }
    };
    let sentence = ui::counted(
        lang,
        needy,
        ["niveau demande quelqu’un", "niveaux demandent quelqu’un"],
        ["level needs somebody", "levels need somebody"],
    );
    let title = say(lang, "Stock", "Stock");
    let mut shell = web::pages::shell(&ctx, title);
    shell.flash = flash(lang, &query);
    let add = Button::link(say(lang, "Ajouter un produit", "Add a product"), format!("{PRODUCTS}/new"));
    let add = if ctx.principal()?.may(WRITE) {
        html! { (add.icon(Icon::Plus)) }
    } else {
        html! {}
    };
    let content = html! { (ui::head(title, &html! { (sentence) }, &add)) (table) };
    Ok(web::pages::html(shell.page(ui::blocks(ui::live(
        "stock",
        LIVE,
        &html! { div.stack.wide { (content) } },
    ))))
    .into_response())
}
