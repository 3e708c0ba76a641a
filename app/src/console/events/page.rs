//! The page of one database's events: filtered by type and stream, a page at a time, each with its data on demand.

use super::{Filter, newest};
use crate::console::data::event_block;
use crate::console::desk::{self, Desk};
use crate::console::trace::{event_rows_open, trace_page};
use db::Event;
use kernel::{DatabaseId, Error, Lang};
use maud::{Markup, Render, html};
use std::sync::Arc;
use web::ui::{self, Button, Icon, say};
use web::{Api, Ctx, Doc, Failure, Page, Query};

const PATH: &str = "/console/events";
/// Rows of a page.
const ROWS: u32 = 50;

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (list, one) = (desk.clone(), desk.clone());
    let doc = |what: &str| Doc::new(what).permission(desk::READ);
    Api::new()
        .get(
            PATH,
            move |ctx: Ctx, query: Query| page(list.clone(), ctx, query),
            doc("The page of the events."),
        )
        .get(
            "/console/events/{correlation}",
            move |ctx: Ctx, path, query: Query| trace_page(one.clone(), ctx, path, query),
            doc("The page of everything under one correlation id."),
        )
}

struct Events<'a> {
    lang: Lang,
    query: &'a Query,
    id: DatabaseId,
    names: Vec<DatabaseId>,
    events: Vec<Event>,
    next: Option<u64>,
}

impl Events<'_> {
    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// This page with other parameters; those not named stay, but for the place in the list.
    fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        let id = self.id.to_string();
        let kept = [
            ("database", Some(id.as_str())),
            ("type", self.query.get("type")),
            ("stream", self.query.get("stream")),
        ];
        let kept = kept.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        desk::address(PATH, kept.chain(changes.iter().copied()))
    }

    /// Which database, which types, which stream: one form, so that it works without scripts.
    fn filters(&self) -> Markup {
        let types = self.say("Le type commence par", "Type begins with");
        let stream = self.say("Flux", "Stream");
        let input = |name: &'static str, label: &str, hint: &'static str| {
            html! {
                label.cfield {
                    span { (label) }
                    input.in type="text" name=(name) value=[self.query.get(name)] placeholder=(hint) maxlength="200" spellcheck="false" autocapitalize="off";
                }
            }
        };
        html! {
            form.cfilters role="search" action=(PATH) {
                label.cfield {
                    span { (self.say("Base", "Database")) }
                    span.wrapin {
                        select.in name="database" {
                            @for name in &self.names { option value=(name) selected[*name == self.id] { (name) } }
                        }
                        (ui::icon(Icon::ChevronDown))
                    }
                }
                (input("type", types, "database."))
                (input("stream", stream, "database/heures"))
                (Button::new(self.say("Filtrer", "Filter")).icon(Icon::ListFilter))
                @if self.is_filtered() {
                    (Button::link(self.say("Retirer les filtres", "Clear the filters"), self.link(&[("type", None), ("stream", None)])).quiet())
                }
            }
        }
    }

    fn is_filtered(&self) -> bool {
        self.query.get("type").is_some() || self.query.get("stream").is_some()
    }

    fn nothing(&self) -> Markup {
        let filter: Vec<&str> =
            [self.query.get("type"), self.query.get("stream")].into_iter().flatten().collect();
        let clear = self.link(&[("type", None), ("stream", None)]);
        match self.next {
            Some(_) => ui::empty(
                self.say(
                    "Rien dans les 20\u{202f}000 derniers événements lus",
                    "Nothing in the 20,000 events read",
                ),
                self.say(
                    "Le journal va plus loin\u{a0}: continuez plus bas.",
                    "The log goes further back: go on below.",
                ),
                &html! {},
            ),
            None if self.is_filtered() => ui::empty_filtered(self.lang, &filter.join(", "), &clear),
            None => ui::empty(
                self.say("Ce journal est vide", "This log is empty"),
                self.say("Ses événements s’afficheront ici.", "Its events appear here."),
                &html! {},
            ),
        }
    }

    fn table(&self, desk: &Desk, now: kernel::Timestamp) -> Result<Markup, Failure> {
        let title = self.say("Événements", "Events");
        let open: Option<u64> = self.query.parsed("open")?;
        let cursor = self.query.get("cursor");
        let rows: Vec<_> = self.events.iter().map(|event| (&self.id, event)).collect();
        let toggle = |event: &Event| {
            let position = event.position.to_string();
            let target = (open != Some(event.position)).then_some(position.as_str());
            format!("{}#e{position}", self.link(&[("cursor", cursor), ("open", target)]))
        };
        let detail = |event: &Event| (open == Some(event.position)).then(|| event_block(self.lang, event));
        let next = self.next.map(|next| self.link(&[("cursor", Some(&web::encode_cursor(&next)))]));
        let first = cursor.map(|_| self.link(&[]));
        Ok(event_rows_open(desk, self.lang, title, (&rows, false), now, Some((&toggle, &detail)))
            .empty(self.nothing())
            .pages(first, next)
            .render())
    }
}

async fn page(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Page {
    desk::see(&ctx)?;
    let all = desk.databases.all();
    let names: Vec<DatabaseId> = all.iter().map(|db| db.id().clone()).collect();
    let filter = Filter::of(&query)?;
    // Who names none sees the one in which most has happened.
    let fullest = || all.iter().max_by_key(|db| db.known_head()).map(|db| db.id().clone());
    let id = filter.database.clone().or_else(fullest).ok_or_else(Error::not_found)?;
    let (events, next) = newest(&desk.databases, &id, &filter, query.cursor()?, ROWS).await?;
    let page = Events { lang: ctx.lang, query: &query, id, names, events, next };
    let title = page.say("Événements", "Events");
    let sentence = match page.lang {
        Lang::Fr => format!(
            "Le journal de {}, du plus récent au plus ancien. Les données personnelles restent scellées.",
            page.id
        ),
        Lang::En => format!("The log of {}, newest first. Personal data stays sealed.", page.id),
    };
    let shell = desk.shell(&ctx, title, &[]).await;
    let content = html! {
        (ui::head(title, &html! { (sentence) }, &html! {}))
        (page.filters())
        (page.table(&desk, ctx.now())?)
    };
    Ok(desk::page(&shell, &format!("{}?database={}", desk::LIVE, page.id), &content))
}
