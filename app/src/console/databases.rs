//! The list of databases: found by engine, state, module or name, those that need somebody first; the same as CSV.

mod csv;
mod one;

use super::desk::{self, Desk, signed};
use super::islands::{Island, Vital, engine_name, number, size, standing, state_name};
use flow::Lag;
use kernel::Lang;
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::ui::{self, Button, Choice, Column, Dome, Filter, Icon, Kpi, Row, Table, Tone, format, say};
use web::{Api, Ctx, Doc, Failure, Page, Query};

/// Rows of a page.
const ROWS: usize = 100;
const PATH: &str = "/console/databases";

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (page, file, one, tenant) = (desk.clone(), desk.clone(), desk.clone(), desk.clone());
    let doc = |what: &str| Doc::new(what).permission(desk::READ);
    Api::new()
        .get(
            PATH,
            move |ctx: Ctx, query: Query| list(page.clone(), ctx, query),
            doc("The page of the databases."),
        )
        .get(
            "/console/databases.csv",
            move |ctx: Ctx, query: Query| csv::file(file.clone(), ctx, query),
            doc("The same databases as CSV."),
        )
        .get(
            "/console/databases/{module}",
            move |ctx: Ctx, path| one::main(one.clone(), ctx, path),
            doc("The page of a module's database."),
        )
        .get(
            "/console/databases/{module}/{tenant}",
            move |ctx: Ctx, path| one::tenant(tenant.clone(), ctx, path),
            doc("The page of a tenant's database."),
        )
}

/// What the reader looks for.
struct Wanted {
    engine: Option<String>,
    state: Option<String>,
    module: Option<String>,
    words: Option<String>,
}

impl Wanted {
    fn of(query: &Query) -> Self {
        let get = |name| query.get(name).map(str::to_owned);
        Self { engine: get("engine"), state: get("state"), module: get("module"), words: get("q") }
    }

    fn passes(&self, island: &Island) -> bool {
        let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|w| w == value);
        let words = self.words.as_deref().map(str::to_lowercase);
        is(&self.engine, island.place.as_ref().map_or("", db::databases::Place::engine))
            && is(&self.state, island.word())
            && is(&self.module, island.id.module.as_str())
            && words.is_none_or(|w| {
                island.id.to_string().contains(&w) || island.host().to_lowercase().contains(&w)
            })
    }
}

/// Everything that the page shows.
struct List<'a> {
    lang: Lang,
    all: Vec<Island>,
    found: Vec<Island>,
    from: usize,
    rows: usize,
    vitals: BTreeMap<String, Vital>,
    lags: Vec<Lag>,
    query: &'a Query,
}

impl<'a> List<'a> {
    async fn read(desk: &Desk, ctx: &Ctx, query: &'a Query, rows: usize) -> Result<Self, Failure> {
        let (all, wanted) = (desk.islands().await?, Wanted::of(query));
        let found: Vec<Island> = all.iter().filter(|island| wanted.passes(island)).cloned().collect();
        let after: Option<(u8, String)> = query.cursor()?;
        let from = after.map_or(0, |after| found.partition_point(|i| (i.rank(), i.id.to_string()) <= after));
        let mut vitals = BTreeMap::new();
        let few = if all.len() <= ROWS { &all[..] } else { &[] };
        for island in found.iter().skip(from).take(rows).chain(few) {
            if vitals.contains_key(&island.id.to_string()) {
                continue;
            }
            vitals.insert(island.id.to_string(), desk.vital(island).await);
        }
        Ok(Self { lang: ctx.lang, all, found, from, rows, vitals, lags: desk.lags().await, query })
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// The rows of this page with what they answer.
    fn shown(&self) -> impl Iterator<Item = (&Island, &Vital)> {
        self.found
            .iter()
            .skip(self.from)
            .take(self.rows)
            .filter_map(|i| Some((i, self.vitals.get(&i.id.to_string())?)))
    }

    /// The reader that is furthest behind the log of a database.
    fn slowest(&self, island: &Island) -> Option<&Lag> {
        let id = island.id.to_string();
        self.lags
            .iter()
            .filter(|lag| lag.source == id)
            .max_by_key(|lag| lag.head.saturating_sub(lag.position))
    }

    fn sentence(&self) -> Markup {
        let islands = ui::counted(self.lang, count(&self.all), ["île", "îles"], ["island", "islands"]);
        let silent =
            |island: &&Island| self.vitals.get(&island.id.to_string()).is_some_and(|v| v.error.is_some());
        let troubled: Vec<_> =
            self.all.iter().filter(|i| i.dome() == Dome::Quarantined || silent(i)).collect();
        html! {
            (islands) ". "
            @match troubled.as_slice() {
                [] => (self.say("Aucune n’a besoin de vous.", "None of them needs you.")),
                [one] => {
                    (self.say("Une a besoin de vous\u{a0}: ", "One needs you: ")) a href=(one.href()) { (one.id) } "."
                }
                many => {
                    (ui::number_word(self.lang, many.len()))
                    (self.say(" ont besoin de vous\u{a0}: ", " need you: "))
                    @for (at, one) in many.iter().take(5).enumerate() {
                        @if at > 0 { ", " }
                        a href=(one.href()) { (one.id) }
                    }
                    "."
                }
            }
        }
    }

    fn figures(&self, waiting: usize) -> Markup {
        let open = self.all.iter().filter(|i| i.open).count();
        let cold = self.all.len() - open;
        #[expect(clippy::cast_precision_loss, reason = "a share of a drawn bar")]
        let share = open as f64 / self.all.len().max(1) as f64;
        let worst = self.lags.iter().max_by_key(|lag| lag.head.saturating_sub(lag.position));
        let behind = worst.map_or(0, |lag| lag.head.saturating_sub(lag.position));
        let of = match self.lang {
            Lang::Fr => format!("sur {}", self.all.len()),
            Lang::En => format!("of {}", self.all.len()),
        };
        let sleeping = match cold {
            0 => self.say("Aucune ne dort", "None is cold").to_owned(),
            cold => ui::counted(
                self.lang,
                signed(cold as u64),
                ["froide, ouverte au besoin", "froides, ouvertes au besoin"],
                ["cold, opened on first use", "cold, opened on first use"],
            ),
        };
        let reader = Kpi::new(
            self.say("Consommateur le plus lent", "Slowest consumer"),
            number(self.lang, Some(behind)),
        )
        .unit(self.say("événements de retard", "events behind"))
        .href("/console/consumers");
        let reader = match worst.filter(|_| behind > 0) {
            Some(lag) => reader.delta(
                Tone::Warn,
                Some(Icon::ClockAlert),
                lag.consumer.clone(),
                format!("{} {}", self.say("suit", "follows"), lag.source),
            ),
            None => reader.delta(Tone::Ok, Some(Icon::Check), self.say("Tous en direct", "All live"), ""),
        };
        let bytes: u64 = self.vitals.values().filter_map(|v| v.bytes).sum();
        let positions: u64 = self.vitals.values().filter_map(|v| v.position).sum();
        let share_text = format::percent(self.lang, share * 100.0, 0);
        ui::kpis(
            self.lang,
            self.say("Flotte", "Fleet"),
            &[
                Kpi::new(self.say("Ouvertes", "Open now"), number(self.lang, Some(open as u64)))
                    .dome(Dome::Active)
                    .unit(of)
                    .delta(Tone::Neutral, None, "", sleeping)
                    .meter(share_text, share, Tone::Neutral),
                Kpi::new(
                    self.say("Événements dans les journaux", "Events in the logs"),
                    number(self.lang, Some(positions)),
                )
                .delta(
                    Tone::Neutral,
                    None,
                    "",
                    format!("{} {}", size(self.lang, Some(bytes)), self.say("sur disque", "on disk")),
                )
                .href("/console/events"),
                reader,
                letters(self.lang, waiting),
            ],
        )
    }

    fn filters(&self) -> Vec<Filter> {
        let one = |name: &'static str,
                   label: &'static str,
                   read: &dyn Fn(&Island) -> String,
                   word: &dyn Fn(&str) -> String| {
            if let Some(value) = self.query.get(name) {
                return Filter::set(label, word(value), link(self.query, name, None));
            }
            let mut values: BTreeMap<String, i64> = BTreeMap::new();
            self.all.iter().for_each(|island| *values.entry(read(island)).or_default() += 1);
            let choice = |(value, n): (String, i64)| {
                Choice::new(word(&value), link(self.query, name, Some(&value)), false)
                    .count(format::integer(self.lang, n))
            };
            Filter::new(label, values.into_iter().map(choice).collect())
        };
        let engine = |i: &Island| i.place.as_ref().map_or("", db::databases::Place::engine).to_owned();
        let mut filters = vec![
            one("state", self.say("État", "State"), &|i| i.word().to_owned(), &|v| {
                state_name(self.lang, v).to_owned()
            }),
            one("engine", self.say("Moteur", "Engine"), &engine, &|v| engine_name(v).to_owned()),
            one("module", "Module", &|i| i.id.module.to_string(), &str::to_owned),
        ];
        // A filter with one value chooses nothing.
        filters.retain(|filter| filter.set.is_some() || filter.choices.len() > 1);
        if let Some(words) = self.query.get("q") {
            let clear = link(self.query, "q", None);
            filters.push(Filter::set(self.say("Nom", "Name"), words, clear));
        }
        filters
    }

    fn search(&self) -> Markup {
        let label = self.say("Chercher une base", "Find a database");
        html! {
            form.find role="search" action=(PATH) {
                @for name in ["state", "engine", "module"] {
                    @if let Some(value) = self.query.get(name) { input type="hidden" name=(name) value=(value); }
                }
                (ui::icon(Icon::Search))
                input type="search" name="q" placeholder=(label) aria-label=(label) value=[self.query.get("q")];
            }
        }
    }

    fn table(&self) -> Markup {
        let columns = vec![
            Column::new(self.say("Base", "Database")).nowrap(),
            Column::new(self.say("Moteur", "Engine")).soft().nowrap().optional(),
            Column::new(self.say("Lieu", "Place")).mono().nowrap().optional(),
            Column::new(self.say("État", "State")).nowrap(),
            Column::new(self.say("Position", "Log position")).number(),
            Column::new(self.say("Lecteur le plus lent", "Slowest reader")).nowrap().optional(),
            Column::new(self.say("Taille", "Size")).number().soft(),
            Column::new(self.say("Schéma", "Schema")).number().soft().optional(),
        ];
        let rows: Vec<Row> = self.shown().map(|(island, vital)| self.row(island, vital)).collect();
        let last = self.shown().last().map(|(island, _)| (island.rank(), island.id.to_string()));
        let more = self.from + rows.len() < self.found.len();
        let next =
            last.filter(|_| more).map(|last| link(self.query, "cursor", Some(&web::encode_cursor(&last))));
        let first = (self.from > 0).then(|| link(self.query, "cursor", None));
        Table::new(self.lang, self.say("Bases", "Databases"), columns)
            .filters(self.filters())
            .controls(self.search())
            .count(ui::counted(self.lang, count(&self.found), ["ligne", "lignes"], ["row", "rows"]))
            .csv(format!("/console/databases.csv{}", self.query.with("cursor", None)))
            .clear(PATH)
            .rows(rows)
            .pages(first, next)
            .render()
    }

    fn row(&self, island: &Island, vital: &Vital) -> Row {
        let reader = self.slowest(island).map_or_else(ui::table::missing, |lag| {
            let (tone, share, words) = standing(self.lang, lag);
            ui::reader(tone, share, &words)
        });
        let dome = if vital.error.is_some() { Dome::Quarantined } else { island.dome() };
        let word = if vital.error.is_some() {
            self.say("Ne répond pas", "Does not answer")
        } else {
            state_name(self.lang, island.word())
        };
        let row = Row::new([
            ui::database_cell(dome, island.id.module.as_str(), &island.href(), island.tenant()),
            html! { (island.engine()) },
            html! { (island.host()) },
            html! { (word) },
            html! { (number(self.lang, vital.position)) },
            reader,
            html! { (size(self.lang, vital.bytes)) },
            html! { (island.schema_version) },
        ])
        .id(format!("db-{}", island.id.slug()));
        match (&vital.error, island.dome()) {
            (Some(error), _) => row.danger(self.trouble(island, &self.away(error))),
            (None, Dome::Quarantined) => row.danger(self.trouble(
                island,
                self.say(
                    "Écritures arrêtées\u{a0}: quelque chose ne concorde pas. Son histoire dit depuis quand.",
                    "Writes are stopped: something does not add up. Its history says since when.",
                ),
            )),
            _ => row,
        }
    }

    fn away(&self, error: &str) -> String {
        match self.lang {
            Lang::Fr => format!("{error}. Les autres bases n’en savent rien et continuent."),
            Lang::En => format!("{error}. The other databases do not notice and go on."),
        }
    }

    fn trouble(&self, island: &Island, sentence: &str) -> Markup {
        ui::danger_line(
            sentence,
            &[Button::link(self.say("Voir son histoire", "See its history"), island.href()).small()],
        )
    }
}

/// How many letters wait, as a figure that leads to them.
pub(super) fn letters(lang: Lang, waiting: usize) -> Kpi {
    let kpi = Kpi::new(say(lang, "Lettres mortes", "Dead letters"), number(lang, Some(waiting as u64)))
        .unit(say(lang, "en attente", "waiting"))
        .href("/console/dead-letters");
    if waiting == 0 {
        kpi.delta(Tone::Ok, Some(Icon::Check), say(lang, "Rien n’est retenu", "Nothing is held"), "")
    } else {
        let text = say(lang, "leurs flux seuls sont retenus", "only their streams are held");
        kpi.delta(Tone::Warn, Some(Icon::TriangleAlert), "", text)
    }
}

/// This page with one parameter changed; another filter begins at the first row.
fn link(query: &Query, name: &str, value: Option<&str>) -> String {
    let kept =
        ["state", "engine", "module", "q"].map(|kept| (kept, query.get(kept).filter(|_| kept != name)));
    desk::address(PATH, kept.into_iter().chain([(name, value)]))
}

fn count<T>(list: &[T]) -> i64 {
    signed(list.len() as u64)
}

async fn list(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Page {
    desk::see(&ctx)?;
    let list = List::read(&desk, &ctx, &query, ROWS).await?;
    let waiting = desk.letters().await?.len();
    let title = list.say("Bases", "Databases");
    let shell = desk.shell(&ctx, title, &[]).await;
    let content = html! {
        (ui::head(title, &list.sentence(), &html! {})) (list.figures(waiting)) (list.table())
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}
