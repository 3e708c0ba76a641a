//! Transactions, newest first: how many are where, what has waited too long, and the list with its filters.

use super::{Answer, PATH, flash, number, reason_word, state_chip};
use crate::transaction::model::{State, Transaction};
use crate::transaction::{INCIDENTS, READ, saga, sql};
use axum::response::IntoResponse;
use db::{Db, DbResult};
use jiff::tz::TimeZone;
use kernel::{Error, Lang, Timestamp, Uuid};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::ui::{self, Choice, Column, Filter, Kpi, Row, Table, Tone, Width, format, say};
use web::{Ctx, ListPage, People, Query};

/// How long a cancellation may owe something before somebody looks.
const SETTLE_S: i64 = 3600;

/// How many are in each state, and since when the oldest.
type Counts = BTreeMap<String, (i64, Timestamp)>;

struct View<'a> {
    lang: Lang,
    now: Timestamp,
    zone: TimeZone,
    people: Arc<People>,
    query: &'a Query,
    state: String,
}

/// What has waited for more than twice its time, and what a cancellation still owes.
pub(super) async fn overdue(db: &Db, now: Timestamp) -> DbResult<Vec<Transaction>> {
    let before = |seconds: i64| now.plus_seconds(-seconds);
    let params = db::params![
        before(2 * saga::PAYMENT_S),
        before(2 * saga::STOCK_S),
        before(2 * saga::SHOP_S),
        before(SETTLE_S),
        50
    ];
    db.query(&sql::OVERDUE, params).await?.iter().map(sql::transaction).collect()
}

async fn counts(db: &Db) -> DbResult<Counts> {
    let rows = db.query(&sql::COUNTS, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.text(0)?, (row.int(1)?, row.instant(2)?)))).collect()
}

/// The page.
pub(super) async fn page(db: Db, ctx: Ctx, query: Query) -> Answer {
    ctx.permit(INCIDENTS)?;
    let access = ctx.permit(READ)?.access;
    let state = query.get("state").unwrap_or_default().to_owned();
    if !state.is_empty() && State::parse(&state).is_none() {
        let (fr, en) = ("Cet état n’existe pas.", "There is no such state.");
        return Err(Error::invalid("bad_parameter", fr, en).into());
    }
    let limit = query.limit()?;
    let (at, id): (i64, Uuid) = query.cursor()?.unwrap_or((i64::MAX, Uuid::max()));
    let mut params = access.params();
    params.extend(db::params![&state, at, id, limit + 1]);
    let rows = db.query(&sql::PAGE, params).await.map_err(Error::from)?;
    let found = rows.iter().map(sql::transaction).collect::<DbResult<Vec<_>>>().map_err(Error::from)?;
    let page = ListPage::cut(found, limit, |t: &Transaction| (t.created_at.0, t.id));
    let counts = counts(&db).await.map_err(Error::from)?;
    let late = overdue(&db, ctx.now()).await.map_err(Error::from)?;
    let (people, zone) = (ctx.edge.people().await?, ctx.edge.config.zone.clone());
    let view = View { lang: ctx.lang, now: ctx.now(), zone, people, query: &query, state };
    let title = say(ctx.lang, "Commandes en cours", "Orders in progress");
    let mut shell = web::pages::shell(&ctx, title);
    shell.flash = flash(ctx.lang, &query);
    let content = ui::live("transactions", "/transactions/live", &view.content(title, &page, &counts, &late));
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}

impl View<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    fn with(&self, name: &str, value: Option<&str>) -> String {
        let changed = self.query.with(name, value);
        let parts = changed.trim_start_matches('?').split('&');
        let kept: Vec<&str> = parts
            .filter(|p| {
                !p.is_empty() && (name == "cursor" || !p.starts_with("cursor=")) && !p.starts_with("did=")
            })
            .collect();
        if kept.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", kept.join("&")) }
    }

    fn content(
        &self,
        title: &str,
        page: &ListPage<Transaction>,
        counts: &Counts,
        late: &[Transaction],
    ) -> Markup {
        let sentence = html! { (self.say(
            "Chaque commande finit une fois, remise ou annulée. Ce qui tarde s’annule de soi-même.",
            "Each order ends once, handed over or cancelled. What is late cancels itself.",
        )) };
        html! {
            (ui::head(title, &sentence, &html! {}))
            div.stack.wide {
                (ui::kpis(self.lang, title, &self.figures(counts)))
                (self.late(late))
                (self.table(title, page))
            }
        }
    }

    fn figures(&self, counts: &Counts) -> Vec<Kpi> {
        let underway = [State::Created, State::Paid, State::Reserved];
        let figure = |state: State| {
            let (count, oldest) = counts.get(state.word()).copied().unwrap_or((0, self.now));
            let label = state_name(self.lang, state);
            let kpi = Kpi::new(label, format::integer(self.lang, count))
                .href(self.with("state", Some(state.word())));
            if count == 0 {
                return kpi;
            }
            let age = format::age(self.lang, oldest, self.now);
            kpi.delta(Tone::Neutral, None, self.say("La plus ancienne", "The oldest"), age)
        };
        underway.map(figure).to_vec()
    }

    fn late(&self, late: &[Transaction]) -> Markup {
        if late.is_empty() {
            return html! {};
        }
        let count = ui::counted(
            self.lang,
            i64::try_from(late.len()).unwrap_or(0),
            ["commande attend", "commandes attendent"],
            ["order has waited", "orders have waited"],
        );
        let title = format!("{count} {}", self.say("depuis trop longtemps", "for too long"));
        let links = html! { @for t in late.iter().take(5) {
            a href=(format!("{PATH}/{}", t.id)) { (number(t.id)) } " "
        } };
        ui::message(Tone::Warn, &title, &links, &html! {})
    }

    fn table(&self, title: &str, page: &ListPage<Transaction>) -> Table {
        let columns = vec![
            Column::new(self.say("Commande", "Order")),
            Column::new(self.say("État", "State")).width(Width::Long),
            Column::new(self.say("Boutique", "Shop")).nowrap().optional(),
            Column::new(self.say("Montant", "Amount")).number().nowrap(),
            Column::new(self.say("Passée", "Placed")).right().soft().nowrap().optional(),
        ];
        let next = page.next_cursor.as_deref().map(|cursor| self.with("cursor", Some(cursor)));
        let first = self.query.get("cursor").map(|_| self.with("cursor", None));
        let empty = ui::empty(
            self.say("Aucune commande", "No order"),
            self.say("Les commandes arrivent de la boutique en ligne.", "Orders come from the web shop."),
            &html! {},
        );
        Table::new(self.lang, title, columns)
            .id("orders")
            .filters(vec![self.states()])
            .rows(page.items.iter().map(|t| self.row(t)))
            .pages(first, next)
            .clear(PATH)
            .empty(empty)
    }

    fn row(&self, t: &Transaction) -> Row {
        let context = match &t.reason {
            Some(reason) => reason_word(self.lang, reason).to_owned(),
            None => self.people.name(t.customer).to_owned(),
        };
        Row::new([
            ui::subject(None, &number(t.id), &format!("{PATH}/{}", t.id), &context),
            state_chip(self.lang, t),
            html! { (ui::capital(&t.shop)) },
            html! { (format::money(self.lang, t.total_cents)) },
            html! { time datetime=(t.created_at) { (format::when(self.lang, t.created_at, self.now, &self.zone)) } },
        ])
        .id(format!("t-{}", t.id))
    }

    fn states(&self) -> Filter {
        let label = self.say("État", "State");
        if let Some(state) = State::parse(&self.state) {
            return Filter::set(label, state_name(self.lang, state), self.with("state", None));
        }
        let choice = |state: State| {
            Choice::new(state_name(self.lang, state), self.with("state", Some(state.word())), false)
        };
        Filter::new(label, State::ALL.into_iter().map(choice).collect())
    }
}

/// The name of a state, whatever its details.
fn state_name(lang: Lang, state: State) -> &'static str {
    match state {
        State::Created => say(lang, "Enregistrées", "Recorded"),
        State::Paid => say(lang, "Payées", "Paid"),
        State::Reserved => say(lang, "En préparation", "Being prepared"),
        State::Completed => say(lang, "Terminées", "Completed"),
        State::Cancelled => say(lang, "Annulées", "Cancelled"),
    }
}
