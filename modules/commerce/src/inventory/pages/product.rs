//! One product in the stock room: what each shop has, what comes in and is counted, and its ledger.

use super::super::WRITE;
use super::super::commands::{self, Act};
use super::super::events::Movement;
use super::super::http::Room;
use super::super::model::{Level, Place};
use super::super::sql::{self, Product};
use super::levels::shops;
use super::{Answer, LEVELS, LIVE, PRODUCTS, RECEIVE, STOCK, alerts, flash, movement_word};
use crate::deciding::attempt;
use crate::reading::list;
use crate::shown::{error_message, link, see_other, shop_name, told_here, with_status};
use axum::Extension;
use axum::extract::Path;
use axum::response::IntoResponse;
use db::{Db, DbError, DbResult};
use kernel::{Error, Lang, Result, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use web::ui::{self, Button, Card, Choice, Column, Crumb, Filter, Icon, Row, Table, Width, format, say};
use web::{Ctx, FormBody, ListPage, Query};

/// Movements on a page.
const ROWS: u32 = 30;

/// Everything that the page shows.
struct Shown {
    product: Product,
    levels: BTreeMap<String, Level>,
    /// Pieces on their way, by the shop that they go to.
    under_way: BTreeMap<String, i64>,
    shops: Vec<String>,
    movements: Vec<(Place, Movement)>,
    next: Option<String>,
    is_first: bool,
}

impl Shown {
    async fn read(db: &Db, id: Uuid, query: &Query) -> std::result::Result<Self, web::Failure> {
        let product = commands::product(db, id).await?;
        let rows = db.query(&sql::LEVELS, db::params![list([&id])]).await.map_err(Error::from)?;
        let levels = rows.iter().map(|row| sql::level(row).map(|((shop, _), level)| (shop, level)));
        let levels = levels.collect::<DbResult<_>>().map_err(Error::from)?;
        let rows = db.query(&sql::UNDER_WAY, db::params![list([&id])]).await.map_err(Error::from)?;
        let under_way = rows.iter().map(|row| Ok((row.text(0)?, row.int(2)?))).collect::<DbResult<_>>();
        let after: Option<(i64, Uuid)> = query.cursor()?;
        let (at, last) = after.unwrap_or((i64::MAX, Uuid::max()));
        let params = db::params![query.get("shop").unwrap_or_default(), id, at, last, ROWS + 1];
        let rows = db.query(&sql::MOVEMENTS, params).await.map_err(Error::from)?;
        let found = rows.iter().map(sql::moved).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
        let page = ListPage::cut(found, ROWS, |(_, m): &(Place, Movement)| (m.at.0, m.id));
        Ok(Self {
            product,
            levels,
            under_way: under_way.map_err(Error::from)?,
            shops: shops(db).await?,
            movements: page.items,
            next: page.next_cursor,
            is_first: after.is_none(),
        })
    }

    fn address(&self) -> String {
        format!("{PRODUCTS}/{}", self.product.id)
    }

    fn levels(&self, lang: Lang) -> Table {
        let number = |n: i64| html! { span.num { (format::integer(lang, n)) } };
        let row = |(shop, level): (&String, &Level)| {
            Row::new([
                html! { b { (shop_name(shop)) } },
                number(level.on_hand),
                number(level.reserved),
                html! { b.num { (format::integer(lang, level.free())) } },
                number(self.under_way.get(shop).copied().unwrap_or(0)),
                alerts(lang, level),
            ])
        };
        let columns = vec![
            Column::new(say(lang, "Boutique", "Shop")),
            Column::new(say(lang, "En main", "On hand")).number().width(Width::Short),
            Column::new(say(lang, "Réservé", "Reserved")).number().optional().width(Width::Short),
            Column::new(say(lang, "Libre", "Free")).number().width(Width::Short),
            Column::new(say(lang, "En route", "Under way")).number().optional().width(Width::Short),
            Column::new(say(lang, "À savoir", "To know")).width(Width::Medium),
        ];
        let title = say(lang, "Par boutique", "By shop");
        let empty = ui::empty(
            say(lang, "Dans aucune boutique", "In no shop"),
            say(lang, "Enregistrez une réception pour le faire entrer.", "Record a receipt to take it in."),
            &html! {},
        );
        Table::new(lang, title, columns).title(title).rows(self.levels.iter().map(row)).empty(empty)
    }

    fn ledger(&self, ctx: &Ctx, only: &str) -> Table {
        let (lang, zone) = (ctx.lang, &ctx.edge.config.zone);
        let row = |((shop, _), m): &(Place, Movement)| {
            Row::new([
                html! { (movement_word(lang, &m.kind)) },
                html! { (shop_name(shop)) },
                html! { span.soft.nowrap { (format::datetime_short(lang, m.at, zone)) } },
                html! { b.num { (format::signed(lang, m.quantity)) } },
            ])
            .id(format!("movement-{}", m.id))
        };
        let columns = vec![
            Column::new(say(lang, "Mouvement", "Movement")),
            Column::new(say(lang, "Boutique", "Shop")).width(Width::Medium),
            Column::new(say(lang, "Quand", "When")).right().optional().width(Width::Long),
            Column::new(say(lang, "Pièces", "Pieces")).number().width(Width::Short),
        ];
        let (address, label) = (self.address(), say(lang, "Boutique", "Shop"));
        let choice = |shop: &String| Choice::new(shop_name(shop), link(&address, &[("shop", shop)]), false);
        let filter = if only.is_empty() {
            Filter::new(label, self.levels.keys().map(choice).collect())
        } else {
            Filter::set(label, shop_name(only), address.clone())
        };
        let next = self.next.as_deref().map(|cursor| link(&address, &[("shop", only), ("cursor", cursor)]));
        let first = (!self.is_first).then(|| link(&address, &[("shop", only)]));
        let title = say(lang, "Grand livre", "Ledger");
        let empty = ui::empty(
            say(lang, "Aucun mouvement", "No movement"),
            say(
                lang,
                "Chaque entrée et chaque sortie s’inscrit ici.",
                "Each piece that comes or goes is written here.",
            ),
            &html! {},
        );
        Table::new(lang, title, columns)
            .title(title)
            .filters(vec![filter])
            .rows(self.movements.iter().map(row))
            .pages(first, next)
            .empty(empty)
    }

    /// The questions of the three things that can be done, each in a card.
    fn forms(&self, ctx: &Ctx, only: &str) -> Markup {
        let lang = ctx.lang;
        let low_at =
            self.levels.get(only).or_else(|| self.levels.values().next()).map_or(0, |level| level.low_at);
        let threshold = low_at.to_string();
        let acts = [
            (
                "receive",
                say(lang, "Recevoir", "Receive"),
                say(lang, "Pièces reçues", "Pieces received"),
                "",
                Icon::Download,
            ),
            (
                "count",
                say(lang, "Compter", "Count"),
                say(lang, "Pièces comptées", "Pieces counted"),
                "",
                Icon::ListChecks,
            ),
            (
                "threshold",
                say(lang, "Changer le seuil", "Change the threshold"),
                say(lang, "Alerte à partir de (0 pour jamais)", "Alert from (0 for never)"),
                threshold.as_str(),
                Icon::Bell,
            ),
        ];
        html! {
            @for (verb, label, question, value, icon) in acts {
                @let action = format!("{}/{verb}", self.address());
                @let inside = html! {
                    input type="hidden" name="once" value=(ctx.edge.clock.new_id());
                    div.frow-in {
                        (shop_choice((&format!("{verb}-shop"), "shop", say(lang, "Boutique", "Shop")), &self.shops, only))
                        div.field.w140 {
                            label for=(format!("{verb}-pieces")) { (question) }
                            input.in type="text" inputmode="numeric" id=(format!("{verb}-pieces")) name="pieces" value=(value);
                        }
                    }
                    div.row { (Button::new(label).icon(icon)) }
                };
                (Card::new(label).body(ui::post_form(verb, &action, &ctx.csrf, &inside)))
            }
        }
    }

    fn page(&self, ctx: &Ctx, query: &Query, error: Option<&Error>) -> Markup {
        let (lang, only) = (ctx.lang, query.get("shop").unwrap_or_default());
        let mut shell = web::pages::shell(ctx, self.product.name.as_str());
        shell.crumbs = vec![Crumb { label: say(lang, "Stock", "Stock").into(), href: Some(LEVELS.into()) }];
        shell.flash = flash(lang, query);
        shell.has_errors = error.is_some();
        let code = self.product.ean13.as_deref().unwrap_or_default();
        let sentence = html! {
            span.mono { (self.product.sku) } @if !code.is_empty() { ", " span.mono { (code) } }
            @if !self.product.category.is_empty() { ", " (self.product.category) }
        };
        let may = |permission| ctx.principal.as_ref().is_some_and(|principal| principal.may(permission));
        let edit = Button::link(
            say(lang, "Modifier le produit", "Change the product"),
            format!("{}/edit", self.address()),
        );
        let price = html! {
            b.price.num { (format::money(lang, self.product.price_cents)) }
            @if may(WRITE) { (edit.small().icon(Icon::Pencil)) }
        };
        let figures = html! { div.stack.wide { (self.levels(lang)) (self.ledger(ctx, only)) } };
        let main = ui::live("product", LIVE, &figures);
        let content = html! {
            @if let Some(error) = error { (error_message(lang, error)) }
            (ui::head(&self.product.name, &sentence, &price))
            @if may(RECEIVE) { (ui::columns(&main, &self.forms(ctx, only))) } @else { (main) }
        };
        shell.page(ui::blocks(content))
    }
}

/// A question for a shop: its id, the name of its answer, its words.
pub(super) fn shop_choice(asked: (&str, &str, &str), shops: &[String], chosen: &str) -> Markup {
    let (id, name, label) = asked;
    html! {
        div.field.w240 {
            label for=(id) { (label) }
            span.wrapin {
                select.in id=(id) name=(name) {
                    @for shop in shops { option value=(shop) selected[shop == chosen] { (shop_name(shop)) } }
                }
                (ui::icon::icon(Icon::ChevronDown))
            }
        }
    }
}

pub(super) async fn page(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, query: Query) -> Answer {
    ctx.permit(STOCK)?;
    let shown = Shown::read(&db, id, &query).await?;
    Ok(web::pages::html(shown.page(&ctx, &query, None)).into_response())
}

/// Goes back to the product, or shows what was refused.
async fn answer(db: &Db, ctx: &Ctx, place: &Place, did: &str, outcome: Result<Level>) -> Answer {
    match outcome {
        Ok(_) => {
            let path = format!("{PRODUCTS}/{}", place.1);
            Ok(see_other(&link(&path, &[("shop", &place.0), ("did", did)])))
        }
        Err(error) if told_here(&error) => {
            let query = Query::default();
            let shown = Shown::read(db, place.1, &query).await?;
            Ok(with_status(&error, shown.page(ctx, &query, Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

/// Pieces as they were typed; what is no number is refused by the command.
fn pieces(body: &FormBody) -> i64 {
    format::read::integer(body.get("pieces")).unwrap_or(-1)
}

pub(super) async fn receive(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, body: FormBody) -> Answer {
    ctx.permit(RECEIVE)?;
    let (place, act): (Place, _) = ((body.get("shop").to_owned(), id), Act::of(&ctx));
    let once: Option<Uuid> = body.get("once").parse().ok();
    // The form names the row that it writes: sent twice, it comes in once.
    for _ in 0..crate::deciding::TRIES {
        let (batch, level) = match commands::receive(&db, &act, &place, pieces(&body), once).await {
            Ok(done) => done,
            Err(error) => return answer(&db, &ctx, &place, "received", Err(error)).await,
        };
        match db.write(batch).await {
            Err(DbError::Constraint(_)) if once.is_some() => {
                return answer(&db, &ctx, &place, "received", Ok(level)).await;
            }
            Err(error) if error.is_conflict() => {}
            other => {
                let done = other.map(|_| level).map_err(Error::from);
                return answer(&db, &ctx, &place, "received", done).await;
            }
        }
    }
    Err(Error::conflict("others were faster").into())
}

pub(super) async fn count(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, body: FormBody) -> Answer {
    ctx.permit(RECEIVE)?;
    let (place, act): (Place, _) = ((body.get("shop").to_owned(), id), Act::of(&ctx));
    let done = attempt(&db, || Box::pin(commands::count(&db, &act, &place, pieces(&body)))).await;
    answer(&db, &ctx, &place, "counted", done).await
}

pub(super) async fn threshold(Extension(db): Room, ctx: Ctx, Path(id): Path<Uuid>, body: FormBody) -> Answer {
    ctx.permit(RECEIVE)?;
    let (place, act): (Place, _) = ((body.get("shop").to_owned(), id), Act::of(&ctx));
    let done = attempt(&db, || Box::pin(commands::threshold(&db, &act, &place, pieces(&body)))).await;
    answer(&db, &ctx, &place, "threshold", done).await
}
