//! The first page of the console: what needs somebody, how far readers are, what was written last.

use super::databases::letters;
use super::desk::{self, Desk, signed};
use super::events::newest;
use super::islands::{Island, Vital, number, size, standing, state_name};
use super::trace::{database, event_rows};
use db::Event;
use flow::Lag;
use kernel::{DatabaseId, Lang, Timestamp};
use maud::{Markup, Render, html};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::ui::{self, Card, Column, Dome, Icon, Kpi, Row, Table, Tone, say};
use web::{Api, Ctx, Doc, Page};

/// Rows of each part.
const ROWS: usize = 10;
/// Databases whose last events are looked at: those open now.
const LOOKED: usize = 50;

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let desk = desk.clone();
    let doc = Doc::new("The console’s first page.").permission(desk::READ);
    Api::new().get("/console", move |ctx: Ctx| page(desk.clone(), ctx), doc)
}

struct Overview {
    lang: Lang,
    now: Timestamp,
    islands: Vec<(Island, Vital)>,
    lags: Vec<Lag>,
    waiting: usize,
    alerts: u64,
    events: Vec<(DatabaseId, Event)>,
}

impl Overview {
    async fn read(desk: &Desk, ctx: &Ctx) -> Result<Self, web::Failure> {
        let mut islands = Vec::new();
        let (mut events, mut looked) = (Vec::new(), 0);
        for island in desk.islands().await? {
            let vital = desk.vital(&island).await;
            if island.open && vital.error.is_none() && looked < LOOKED {
                looked += 1;
                let last = newest(&desk.databases, &island.id, 10).await.unwrap_or_default();
                events.extend(last.into_iter().map(|event| (island.id.clone(), event)));
            }
            islands.push((island, vital));
        }
        events.sort_by_key(|(id, event)| std::cmp::Reverse((event.at, id.clone(), event.position)));
        events.truncate(ROWS);
        let (lags, waiting) = (desk.lags().await, desk.letters().await?.len());
        let alerts = desk.alerts().await;
        Ok(Self { lang: ctx.lang, now: ctx.now(), islands, lags, waiting, alerts, events })
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// What the audit calls critical and nobody has seen to.
    fn alerts(&self) -> Markup {
        let n = signed(self.alerts);
        let words = ui::counted(
            self.lang,
            n,
            ["alerte à voir", "alertes à voir"],
            ["alert to see to", "alerts to see to"],
        );
        let button = ui::Button::link(self.say("Voir", "See"), "/console/audit/alerts").small();
        let text =
            self.say("Des événements critiques attendent quelqu’un.", "Critical events wait for somebody.");
        html! { @if n > 0 { (ui::message(Tone::Warn, &words, &html! { (text) }, &button.render())) } }
    }

    fn troubled(&self) -> usize {
        self.islands.iter().filter(|(i, v)| i.dome() == Dome::Quarantined || v.error.is_some()).count()
    }

    /// The console's first line may speak of the sea.
    fn sentence(&self) -> Markup {
        let n = signed(self.islands.len() as u64);
        let islands = ui::counted(self.lang, n, ["île", "îles"], ["island", "islands"]);
        let waiting = signed(self.waiting as u64);
        if self.troubled() == 0 && waiting > 0 {
            let events = ui::counted(
                self.lang,
                waiting,
                ["événement attend", "événements attendent"],
                ["event waits", "events wait"],
            );
            let link = html! { a href="/console/dead-letters" { (events) } };
            return html! { (islands) ". " (link) (self.say(" un rejeu.", " to be replayed.")) };
        }
        let calm = match (self.lang, self.troubled()) {
            (Lang::Fr, 0) => "La mer est calme.".to_owned(),
            (Lang::En, 0) => "The sea is calm.".to_owned(),
            (Lang::Fr, n) => format!(
                "{} {} besoin de vous.",
                ui::number_word(Lang::Fr, n),
                if n == 1 { "a" } else { "ont" }
            ),
            (Lang::En, n) => {
                format!("{} {} you.", ui::number_word(Lang::En, n), if n == 1 { "needs" } else { "need" })
            }
        };
        html! { (islands) ". " (calm) }
    }

    fn figures(&self) -> Markup {
        let n = |n: u64| number(self.lang, Some(n));
        let events: u64 = self.islands.iter().filter_map(|(_, vital)| vital.position).sum();
        let bytes: u64 = self.islands.iter().filter_map(|(_, vital)| vital.bytes).sum();
        let late = self.lags.iter().filter(|lag| lag.position < lag.head).count();
        let databases = Kpi::new(self.say("Bases", "Databases"), n(self.islands.len() as u64))
            .dome(if self.troubled() > 0 { Dome::Quarantined } else { Dome::Active })
            .href("/console/databases");
        let databases = match self.troubled() {
            0 => {
                databases.delta(Tone::Ok, Some(Icon::Check), self.say("Toutes vont bien", "All are well"), "")
            }
            troubled => databases.delta(
                Tone::Bad,
                Some(Icon::TriangleAlert),
                n(troubled as u64),
                self.say("à regarder", "to look at"),
            ),
        };
        let readers =
            Kpi::new(self.say("Lectures en direct", "Readings live"), n((self.lags.len() - late) as u64))
                .unit(format!("{} {}", self.say("sur", "of"), self.lags.len()))
                .href("/console/consumers");
        let readers = match late {
            0 => readers.delta(Tone::Ok, Some(Icon::Check), self.say("Aucun retard", "None behind"), ""),
            late => readers.delta(
                Tone::Warn,
                Some(Icon::ClockAlert),
                n(late as u64),
                self.say("en retard", "behind"),
            ),
        };
        let logs = Kpi::new(self.say("Événements dans les journaux", "Events in the logs"), n(events))
            .delta(
                Tone::Neutral,
                None,
                "",
                format!("{} {}", size(self.lang, Some(bytes)), self.say("sur disque", "on disk")),
            )
            .href("/console/events");
        let label = self.say("Vue d’ensemble", "Overview");
        ui::kpis(self.lang, label, &[databases, logs, readers, letters(self.lang, self.waiting)])
    }

    /// How many databases are in each state.
    fn states(&self) -> Markup {
        let mut states: BTreeMap<(u8, &str), (Dome, usize)> = BTreeMap::new();
        for (island, vital) in &self.islands {
            let (word, dome) = if vital.error.is_some() {
                ("away", Dome::Quarantined)
            } else {
                (island.word(), island.dome())
            };
            states.entry((island.rank(), word)).or_insert((dome, 0)).1 += 1;
        }
        let title = self.say("Bases par état", "Databases by state");
        let line = |((_, word), (dome, n)): (&(u8, &str), &(Dome, usize))| {
            let name = if *word == "away" {
                self.say("Ne répond pas", "Does not answer")
            } else {
                state_name(self.lang, word)
            };
            let href = if *word == "away" {
                "/console/databases".to_owned()
            } else {
                format!("/console/databases?state={word}")
            };
            (
                html! { span.row { (ui::dome(*dome)) a href=(href) { (name) } } },
                number(self.lang, Some(*n as u64)),
            )
        };
        let rows = states.iter().map(line).map(|(name, n)| Row::new([name, html! { (n) }]));
        let columns = vec![
            Column::new(self.say("État", "State")),
            Column::new(self.say("Bases", "Databases")).number(),
        ];
        Table::new(self.lang, title, columns).title(title).rows(rows).render()
    }

    /// The readers that are furthest behind; when all are live, how many there are of each.
    fn readers(&self) -> Markup {
        let title = self.say("Consommateurs", "Consumers");
        let mut lags: Vec<&Lag> = self.lags.iter().collect();
        lags.sort_by_key(|lag| {
            (
                std::cmp::Reverse(lag.head.saturating_sub(lag.position)),
                lag.consumer.clone(),
                lag.source.clone(),
            )
        });
        let rows = lags.into_iter().take(ROWS).map(|lag| {
            let (tone, share, words) = standing(self.lang, lag);
            let source = lag.source.parse().map_or_else(|_| html! { (lag.source) }, |id| database(&id));
            Row::new([html! { span.t.strong { (lag.consumer) } }, source, ui::reader(tone, share, &words)])
        });
        let columns = vec![
            Column::new(self.say("Consommateur", "Consumer")).nowrap(),
            Column::new(self.say("Suit", "Follows")).nowrap(),
            Column::new(self.say("Retard", "Lag")).nowrap(),
        ];
        let all = html! { a.small href="/console/consumers" { (self.say("Tous les consommateurs", "All consumers")) } };
        Table::new(self.lang, title, columns).title(title).rows(rows).foot(all).render()
    }

    fn recent(&self, desk: &Desk) -> Markup {
        let title = self.say("Derniers événements", "Recent events");
        let rows: Vec<_> = self.events.iter().map(|(id, event)| (id, event)).collect();
        event_rows(desk, self.lang, title, &rows, self.now, true).title(title).render()
    }
}

async fn page(desk: Arc<Desk>, ctx: Ctx) -> Page {
    desk::see(&ctx)?;
    let view = Overview::read(&desk, &ctx).await?;
    let title = view.say("Vue d’ensemble", "Overview");
    let shell = desk.shell(&ctx, title, &[]).await;
    let docs = Card::new("API").body(html! {
        p.small.soft { (view.say("Tout ce que montre la console se lit aussi par l’API.", "Whatever the console shows, the API tells too.")) }
        p { a href="/api/v1/docs" { (view.say("Documentation de l’API", "API documentation")) } }
    });
    let content = html! {
        (ui::head(title, &view.sentence(), &html! {}))
        (view.alerts())
        (view.figures())
        (ui::columns(&html! { (view.recent(&desk)) (view.readers()) }, &html! { (view.states()) (docs) }))
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}
