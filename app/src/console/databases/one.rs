//! One database: where it lives, what happened to it, who reads it, what it wrote last. No secret is shown.

use crate::console::desk::{self, Desk};
use crate::console::events::newest;
use crate::console::islands::{self, Island, Vital, number, size, standing, state_name};
use crate::console::trace::event_rows;
use axum::extract::Path;
use db::Event;
use db::databases::Place;
use flow::Lag;
use kernel::{DatabaseId, Error, Lang, ModuleCode, Timestamp};
use maud::{Markup, Render, html};
use std::sync::Arc;
use web::ui::{self, Card, Column, Dome, Fact, Row, Step, StepState, Table, say};
use web::{Ctx, Failure, Page};

/// Transitions shown, the newest.
const HISTORY: u32 = 200;
/// Events shown, the newest.
const EVENTS: u32 = 8;

pub(super) async fn main(desk: Arc<Desk>, ctx: Ctx, Path(module): Path<String>) -> Page {
    desk::see(&ctx)?;
    let module = ModuleCode::new(&module).map_err(|_| Error::not_found())?;
    page(&desk, &ctx, DatabaseId::main(module)).await
}

pub(super) async fn tenant(
    desk: Arc<Desk>,
    ctx: Ctx,
    Path((module, tenant)): Path<(String, String)>,
) -> Page {
    desk::see(&ctx)?;
    let module = ModuleCode::new(&module).map_err(|_| Error::not_found())?;
    let id = DatabaseId::tenant(module, &tenant).map_err(|_| Error::not_found())?;
    page(&desk, &ctx, id).await
}

/// Everything that the page shows.
struct One {
    lang: Lang,
    island: Island,
    vital: Vital,
    history: Vec<Event>,
    readers: Vec<Lag>,
    events: Vec<Event>,
}

impl One {
    async fn read(desk: &Desk, ctx: &Ctx, id: &DatabaseId) -> Result<Self, Failure> {
        let islands = desk.islands().await?;
        let mut island = islands.into_iter().find(|i| i.id == *id).ok_or_else(Error::not_found)?;
        // Whoever opens its page wants its answer, cold or not.
        let vital = match &island.db {
            Some(db) => islands::ask(db).await,
            None => desk.vital(&island).await,
        };
        island.open = island.db.as_ref().is_some_and(db::Db::is_open);
        let history = desk.journal()?.stream(&format!("database/{id}"), 0, HISTORY).await?;
        let name = id.to_string();
        let readers = desk.lags().await.into_iter().filter(|lag| lag.source == name).collect();
        let events = match vital.error {
            None if island.db.is_some() => newest(&desk.databases, id, EVENTS).await?,
            _ => Vec::new(),
        };
        Ok(Self { lang: ctx.lang, island, vital, history, readers, events })
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    fn word(&self) -> (Dome, &'static str) {
        match self.vital.error {
            Some(_) => (Dome::Quarantined, self.say("Ne répond pas", "Does not answer")),
            None => (self.island.dome(), state_name(self.lang, self.island.word())),
        }
    }

    fn head(&self) -> Markup {
        let (dome, word) = self.word();
        let facts = [
            Fact::new(
                self.say("Position du journal", "Log position"),
                number(self.lang, self.vital.position),
            ),
            Fact::new(self.say("Taille", "Size"), size(self.lang, self.vital.bytes)),
            Fact::new(self.say("Schéma", "Schema"), format!("v{}", self.island.schema_version)),
            Fact::new(self.say("Époque", "Epoch"), self.island.epoch.to_string()),
        ];
        let sentence = html! { span.row { (ui::dome(dome)) (word) " · " (self.island.engine()) } };
        html! {
            (ui::head(&self.island.id.to_string(), &sentence, &ui::fact_strip(&facts)))
            @if let Some(error) = &self.vital.error {
                (ui::part_away(
                    self.lang,
                    self.say("Cette base ne répond pas", "This database does not answer"),
                    error,
                    &self.island.href(),
                ))
            }
        }
    }

    fn place(&self, desk: &Desk, now: Timestamp) -> Markup {
        let mut pairs: Vec<(String, Markup)> = Vec::new();
        let mut add = |term: &str, value: Markup| pairs.push((term.to_owned(), value));
        match &self.island.place {
            Some(Place::Sqlite { file }) => add(self.say("Fichier", "File"), ui::mono(file)),
            Some(Place::Postgres { server, database, schema, role }) => {
                add(self.say("Serveur", "Server"), ui::mono(server));
                add(self.say("Base", "Database"), ui::mono(database));
                if let Some(schema) = schema {
                    add(self.say("Schéma SQL", "SQL schema"), ui::mono(schema));
                }
                add(self.say("Rôle", "Role"), ui::mono(role));
            }
            None => {}
        }
        let open = if self.island.open { self.say("Ouverte", "Open") } else { self.say("Fermée", "Closed") };
        add(self.say("Connexions", "Connections"), html! { (open) });
        let short: String = self.island.fingerprint.chars().take(12).collect();
        add(self.say("Empreinte du schéma", "Schema fingerprint"), ui::mono(&short));
        if let Some((created, changed)) = self.island.since {
            add(self.say("Réservée", "Reserved"), html! { (desk.instant(self.lang, created, now)) });
            add(
                self.say("Dernier changement", "Last change"),
                html! { (desk.instant(self.lang, changed, now)) },
            );
        }
        let secrets = self
            .say("Ses secrets restent scellés dans le registre.", "Its secrets stay sealed in the registry.");
        Card::new(self.say("Lieu", "Place")).body(ui::definitions(&pairs)).foot(html! { (secrets) }).render()
    }

    fn history(&self, desk: &Desk, now: Timestamp) -> Markup {
        let title = self.say("Histoire", "History");
        if self.history.is_empty() {
            let own = self.say(
                "Le dossier de données seul nomme le registre\u{a0}: il ne tient pas sa propre histoire.",
                "Only the data folder names the registry: it does not keep its own history.",
            );
            return Card::new(title).body(html! { p.soft.small { (own) } }).render();
        }
        let last = self.history.len() - 1;
        let steps: Vec<Step> = self
            .history
            .iter()
            .enumerate()
            .rev()
            .map(|(at, event)| {
                self.step(event, at == last)
                    .time(desk.instant(self.lang, event.at, now), event.at.to_string())
            })
            .collect();
        Card::new(title).count(self.history.len().to_string()).body(ui::timeline(&steps)).render()
    }

    fn step(&self, event: &Event, is_last: bool) -> Step {
        let data = event.json().unwrap_or_default();
        let title = match data["state"].as_str() {
            Some(word) => state_name(self.lang, word),
            None => self.say("Lieu changé", "Place changed"),
        };
        let schema = data["schema_version"].as_u64().filter(|v| *v > 0).map(|v| format!(", v{v}"));
        let epoch = data["epoch"].as_u64().unwrap_or_default();
        let text = format!("{} {epoch}{}", self.say("Époque", "Epoch"), schema.unwrap_or_default());
        let state = match data["state"].as_str() {
            Some("quarantined" | "dropping") => StepState::Refused,
            Some("migrating" | "moving" | "thawing" | "provisioning") if is_last => StepState::Now,
            _ => StepState::Done,
        };
        Step::new(state, title).text(text)
    }

    fn readers(&self, desk: &Desk, now: Timestamp) -> Markup {
        let title = self.say("Qui la lit", "Who reads it");
        let columns = vec![
            Column::new(self.say("Consommateur", "Consumer")).nowrap(),
            Column::new(self.say("Retard", "Lag")).nowrap(),
            Column::new("Position").number(),
            Column::new(self.say("Avancé", "Moved")).right().soft().nowrap().optional(),
        ];
        let rows = self.readers.iter().map(|lag| {
            let (tone, share, words) = standing(self.lang, lag);
            let moved = lag.updated_at.map_or_else(|| "–".to_owned(), |at| desk.instant(self.lang, at, now));
            Row::new([
                html! { a.t href="/console/consumers" { (lag.consumer) } },
                ui::reader(tone, share, &words),
                html! { (number(self.lang, Some(lag.position))) },
                html! { (moved) },
            ])
        });
        let nobody = ui::empty(
            self.say("Personne ne lit ce journal", "Nobody reads this log"),
            self.say(
                "Les consommateurs de ses événements s’afficheront ici.",
                "Consumers of its events appear here.",
            ),
            &html! {},
        );
        Table::new(self.lang, title, columns).title(title).rows(rows).empty(nobody).render()
    }

    fn last_events(&self, desk: &Desk, now: Timestamp) -> Markup {
        let title = self.say("Derniers événements", "Last events");
        let all = format!("/console/events?database={}", self.island.id);
        let link = html! { a.small href=(all) { (self.say("Tous les événements", "All events")) } };
        let events: Vec<_> = self.events.iter().map(|event| (&self.island.id, event)).collect();
        event_rows(desk, self.lang, title, &events, now, false).title(title).foot(link).render()
    }
}

async fn page(desk: &Desk, ctx: &Ctx, id: DatabaseId) -> Page {
    let one = One::read(desk, ctx, &id).await?;
    let name = id.to_string();
    let bases = one.say("Bases", "Databases");
    let shell = desk.shell(ctx, &name, &[("/console/databases", bases)]).await;
    let now = ctx.now();
    let main = html! { (one.readers(desk, now)) (one.last_events(desk, now)) };
    let side = html! { (one.place(desk, now)) (one.history(desk, now)) };
    let content = html! { (one.head()) (ui::columns(&main, &side)) };
    Ok(desk::page(&shell, &format!("{}?database={name}", desk::LIVE), &content))
}
