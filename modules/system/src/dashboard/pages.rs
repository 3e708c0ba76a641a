//! The home page: what is late, how things stand, what to do next; and the table behind a figure's chart.

use super::cards::{self, View, chart_card, charted};
use super::figures::{Figure, POINTS};
use super::http::{own_link, part};
use super::model::Item;
use super::period::day;
use super::queries::{Counts, Part, Readers, lags};
use axum::extract::Path;
use axum::response::Html;
use flow::Lag;
use jiff::tz::TimeZone;
use kernel::{Error, Lang, Timestamp, Uuid};
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Card, Choice, Column, Icon, Row, Table, Width, format, say};
use web::{Api, Ctx, Doc, Page, People, Principal, Query};

/// Rows of the home page's list; the rest is in the inbox.
const ROWS: u32 = 8;

/// The pages.
pub(super) fn api(readers: &Readers) -> Api {
    let [page, part, all, table] = [(); 4].map(|()| readers.clone());
    Api::new()
        .get("/", move |ctx: Ctx, query: Query| home(page.clone(), ctx, query), Doc::new("The home page."))
        .get(
            "/dashboard/fragment",
            move |ctx: Ctx, query: Query| fragment(part.clone(), ctx, query),
            Doc::new("The home page's figures and lists alone, as its reader may see them now."),
        )
        .get(
            "/dashboard/figures",
            move |ctx: Ctx| all_figures(all.clone(), ctx),
            Doc::new("Every figure of its reader, by module."),
        )
        .get(
            "/dashboard/figures/{id}",
            move |ctx: Ctx, Path(id): Path<String>| figure_table(table.clone(), ctx, id),
            Doc::new("The periods of one figure as a table."),
        )
}

/// Everything that the home page shows.
struct Home {
    lang: Lang,
    now: Timestamp,
    zone: TimeZone,
    reader: Principal,
    people: Arc<People>,
    lags: Vec<Lag>,
    figures: Vec<Figure>,
    counts: Counts,
    /// Whether the reader decides on others' requests, or only follows their own.
    decides: bool,
    part: Part,
    items: Vec<Item>,
    modules: Arc<std::collections::BTreeMap<String, contracts::dashboard::Dashboard>>,
}

impl Home {
    async fn read(readers: &Readers, ctx: &Ctx, query: &Query) -> Result<Self, web::Failure> {
        let (now, reader) = (ctx.now(), ctx.principal()?.clone());
        let declared = readers.declarations.now();
        let lags = lags(&ctx.edge).await?;
        let figures = readers.figures(&reader, now).await?;
        let counts = readers.counts(&reader, now).await?;
        let oversees = figures.iter().any(|f| f.scope != "self");
        let decides = counts.all > 0 || !reader.manages.is_empty() || oversees;
        let part = part(query)?;
        let items = if decides {
            readers.backlog(&reader, now, (part, ""), None, ROWS).await?
        } else {
            readers.own(&reader, ROWS).await?
        };
        let people = ctx.edge.people().await?;
        let (lang, zone, modules) = (ctx.lang, declared.zone, declared.modules);
        Ok(Self { lang, now, zone, reader, people, lags, figures, counts, decides, part, items, modules })
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// The day, the week, and what is late.
    fn sentence(&self) -> String {
        let today = day(self.now, &self.zone);
        let date = ui::capital(&format::date_long(self.lang, today));
        let week = format::week(self.lang, today);
        let rest = match (self.decides, self.counts.late) {
            (true, 0) => self.say("Aucune décision n’est en retard.", "No decision is late.").to_owned(),
            (true, late) => self.late(late),
            (false, _) => self.under_way(),
        };
        format!("{date}, {week}. {rest}")
    }

    fn late(&self, late: i64) -> String {
        let number = ui::number_word(self.lang, usize::try_from(late).unwrap_or(0));
        let words = ui::plural(
            self.lang,
            late,
            ["décision est en retard", "décisions sont en retard"],
            ["decision is late", "decisions are late"],
        );
        format!("{number} {words}.")
    }

    fn under_way(&self) -> String {
        let count = self.items.len();
        let number = ui::number_word(self.lang, count);
        let words = ui::plural(
            self.lang,
            i64::try_from(count).unwrap_or(0),
            ["de vos demandes est en cours", "de vos demandes sont en cours"],
            ["of your requests is under way", "of your requests are under way"],
        );
        if count == 0 {
            return self
                .say("Aucune de vos demandes n’est en cours.", "None of your requests is under way.")
                .to_owned();
        }
        format!("{number} {words}.")
    }

    fn content(&self) -> Markup {
        let name = self.reader.name.split_whitespace().next().unwrap_or_default();
        let greeting = format!("{} {name}", self.say("Bonjour", "Hello"));
        let view = View { lang: self.lang, now: self.now, zone: &self.zone, lags: &self.lags };
        let counts = self.decides.then_some(&self.counts);
        let list = if self.decides { self.to_do() } else { self.own() };
        let all = html! {
            @if !self.figures.is_empty() {
                a.btn.quiet href="/dashboard/figures" {
                    (self.say("Tous les indicateurs", "All figures"))
                }
            }
        };
        html! {
            (ui::head(&greeting, &html! { (self.sentence()) }, &all))
            (cards::strip(&view, &self.figures, counts))
            @match charted(&self.figures) {
                Some(figure) => (ui::columns(&list, &chart_card(self.lang, figure))),
                None => (list),
            }
        }
    }

    /// What awaits the reader's decision.
    fn to_do(&self) -> Markup {
        let choice = |part: Part, label: &str, href: &str, count: Option<i64>| {
            let choice = Choice::new(label, href, self.part == part);
            match count {
                Some(count) if count > 0 => choice.count(format::integer(self.lang, count)),
                _ => choice,
            }
        };
        let filters = [
            choice(Part::All, self.say("Tout", "All"), "/", None),
            choice(Part::Late, self.say("En retard", "Late"), "/?filter=late", Some(self.counts.late)),
            choice(Part::Today, self.say("Aujourd’hui", "Today"), "/?filter=today", Some(self.counts.today)),
        ];
        let title = self.say("À traiter", "To do");
        let table = Table::new(self.lang, title, self.columns(self.say("Demandeur", "Requested by")))
            .title(title)
            .id("backlog")
            .count(format::integer(self.lang, self.counts.all))
            .controls(ui::segmented(self.say("Échéance", "Due"), &filters))
            .rows(self.items.iter().map(|item| self.row(item, &item.link, &self.requester(item))))
            .empty(self.nothing_to_do());
        html! { @if self.counts.all > 0 { (table.foot(self.all_of_them())) } @else { (table) } }
    }

    fn all_of_them(&self) -> Markup {
        let all = ui::counted(self.lang, self.counts.all, ["élément", "éléments"], ["item", "items"]);
        let words = match (self.lang, self.counts.all) {
            (Lang::Fr, 1) => "Voir l’élément".to_owned(),
            (Lang::Fr, _) => format!("Voir les {all}"),
            (Lang::En, _) => format!("See {all}"),
        };
        html! { a.small href="/inbox" { (words) } }
    }

    fn nothing_to_do(&self) -> Markup {
        match self.part {
            Part::All => ui::empty(
                self.say("Rien à traiter", "Nothing to do"),
                self.say(
                    "Les demandes qui attendent votre décision s’afficheront ici.",
                    "Requests that await your decision will appear here.",
                ),
                &html! {},
            ),
            Part::Late => {
                ui::empty_filtered(self.lang, self.say("échéance dépassée", "due date passed"), "/")
            }
            Part::Today => ui::empty_filtered(self.lang, self.say("échéance aujourd’hui", "due today"), "/"),
        }
    }

    /// The reader's own requests that await somebody.
    fn own(&self) -> Markup {
        let title = self.say("Mes demandes en cours", "My requests under way");
        let empty = ui::empty(
            self.say("Aucune demande en cours", "No request under way"),
            self.say(
                "Vos demandes s’afficheront ici jusqu’à leur décision.",
                "Your requests will appear here until they are decided.",
            ),
            &html! {},
        );
        let rows = self.items.iter().map(|item| self.row(item, &own_link(item), &self.holder(item)));
        let table = Table::new(self.lang, title, self.columns(self.say("Chez", "With")));
        html! { (table.title(title).id("backlog").rows(rows).empty(empty)) }
    }

    fn columns(&self, person: &str) -> Vec<Column> {
        vec![
            Column::new(self.say("Objet", "Subject")),
            Column::new(person).optional().width(Width::Medium),
            Column::new(self.say("Échéance", "Due")).right().width(Width::Long),
        ]
    }

    fn row(&self, item: &Item, href: &str, person: &Markup) -> Row {
        let module = self.modules.get(&item.module);
        let icon = module.and_then(|m| Icon::from_name(&m.icon)).unwrap_or(Icon::FileText);
        let name = module.map_or(item.module.as_str(), |m| m.name.get(self.lang));
        let reference = item.reference.as_deref();
        let context = reference.map_or_else(|| name.to_owned(), |reference| format!("{name} · {reference}"));
        let neutral = || {
            let unnamed = self.say("Demande sans titre", "Request without a title");
            reference.map_or_else(
                || unnamed.to_owned(),
                |reference| format!("{} {reference}", self.say("Demande", "Request")),
            )
        };
        let title = match self.lang {
            Lang::En => item.title_en.clone().or_else(|| item.title.clone()),
            Lang::Fr => item.title.clone(),
        };
        let title = title.unwrap_or_else(neutral);
        let due = item.due_at.map_or_else(ui::table::missing, |at| {
            ui::due_cell(&format::due(self.lang, at, self.now, &self.zone))
        });
        let cells = [ui::subject(Some(icon), &title, href, &context), person.clone(), due];
        Row::new(cells).id(format!("item-{}", item.id.replace(':', "-")))
    }

    fn requester(&self, item: &Item) -> Markup {
        self.person(item.subject.as_deref().and_then(|id| Uuid::parse_str(id).ok()))
    }

    /// Who holds a request: the manager of its owner, or whoever has the role when it is one person.
    fn holder(&self, item: &Item) -> Markup {
        if item.role_scope.contains("@team:") {
            return self.person(self.people.manager_of(self.reader.id).map(|manager| manager.id));
        }
        match self.people.with_role(&item.assignee).as_slice() {
            [only] => self.person(Some(only.id)),
            _ => html! { (item.assignee) },
        }
    }

    fn person(&self, id: Option<Uuid>) -> Markup {
        match id {
            Some(id) => ui::person(&id.to_string(), self.people.name(id)),
            None => ui::table::missing(),
        }
    }
}

async fn home(readers: Readers, ctx: Ctx, query: Query) -> Page {
    let home = Home::read(&readers, &ctx, &query).await?;
    let mut shell = web::pages::shell(&ctx, home.say("Accueil", "Home"));
    shell.fresh = web::pages::fresh(&home.lags, home.now);
    let content = ui::live("home", "/dashboard/live", &html! { div.stack.wide { (home.content()) } });
    Ok(web::pages::html(shell.page(ui::blocks(content))))
}

async fn fragment(readers: Readers, ctx: Ctx, query: Query) -> Page {
    let home = Home::read(&readers, &ctx, &query).await?;
    Ok(web::pages::html(html! { div.stack.wide { (home.content()) } }))
}

async fn all_figures(readers: Readers, ctx: Ctx) -> Page {
    let (lang, now) = (ctx.lang, ctx.now());
    let figures = readers.figures(ctx.principal()?, now).await?;
    let (declared, lags) = (readers.declarations.now(), lags(&ctx.edge).await?);
    let title = say(lang, "Indicateurs", "Figures");
    let mut shell = web::pages::shell(&ctx, title);
    shell.fresh = web::pages::fresh(&lags, now);
    let view = View { lang, now, zone: &declared.zone, lags: &lags };
    let of = |module: &str| figures.iter().filter(|f| f.module == module).collect::<Vec<_>>();
    let sections = declared.modules.iter().map(|(code, module)| (module.name.get(lang), of(code)));
    let content = html! {
        (ui::head(title, &html! { (say(lang, "Chaque indicateur mène à la liste dont il est le compte.",
            "Each figure leads to the list that it counts.")) }, &html! {}))
        @for (name, figures) in sections.filter(|(_, figures)| !figures.is_empty()) {
            h2 { (name) }
            (cards::strips(&view, name, &figures))
        }
        @if figures.is_empty() {
            (ui::empty(say(lang, "Aucun indicateur", "No figures"),
                say(lang, "Vos rôles n’en suivent aucun.", "Your roles follow none."), &html! {}))
        }
    };
    Ok(web::pages::html(shell.page(ui::blocks(content))))
}

async fn figure_table(readers: Readers, ctx: Ctx, id: String) -> Result<Html<String>, web::Failure> {
    let figures = readers.figures(ctx.principal()?, ctx.now()).await?;
    let figure = figures.iter().find(|f| f.id == id).ok_or_else(Error::not_found)?;
    let (lang, title) = (ctx.lang, figure.label.get(ctx.lang));
    let mut shell = web::pages::shell(&ctx, title);
    shell.fresh = web::pages::fresh(&lags(&ctx.edge).await?, ctx.now());
    let (period, amount) = (say(lang, "Période", "Period"), say(lang, "Valeur", "Value"));
    let columns = vec![Column::new(period), Column::new(amount).number()];
    let shown = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), |n| cards::value(lang, figure, n));
    let rows = figure.points.iter().rev().map(|point| {
        let name = ui::capital(&figure.period.name(lang, point.day));
        Row::new([html! { (name) }, html! { (shown(point.value)) }])
    });
    let table = Table::new(lang, title, columns).rows(rows);
    let chart = Card::new(title).body(ui::bar_chart(lang, &cards::chart(lang, figure, POINTS)));
    let content = html! { (ui::head(title, &html! {}, &html! {})) (ui::columns(&html! { (table) }, &html! { (chart) })) };
    Ok(web::pages::html(shell.page(ui::blocks(content))))
}
