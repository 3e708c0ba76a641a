//! What every page of the console needs: the system's parts, who may look, the frame with the console's own menu.

use super::again::Handings;
use super::replays::Replays;
use crate::system::System;
use bus::{Bus, Signal};
use db::databases::{Databases, Place};
use db::{Batch, NewEvent};
use flow::{DeadLetter, Flow, Lag};
use jiff::tz::TimeZone;
use kernel::{Error, Lang, Timestamp};
use maud::Markup;
use serde_json::Value as Json;
use std::sync::Arc;
use system::events::Known;
use system::registry::Registry;
use web::ui::{self, Crumb, Flash, Freshness, Icon, MenuGroup, MenuItem, Shell, format, say};
use web::{Api, Ctx, Doc, Failure, Permit, Query};

/// The permission to see modules, databases and events.
pub(super) const READ: &str = "console.system.read";
/// The permission to replay and drop dead letters.
pub(super) const WRITE: &str = "console.letter.write";
/// The permission to build a projection anew; the module that has the first one gave it its name.
pub(super) const REBUILD: &str = "dashboard.projection.rebuild";
/// The permission to hand events to a consumer again.
pub(super) const REPLAY: &str = "console.consumer.replay";
/// Letters read of each database, at most; the newest.
pub(super) const LETTERS: u32 = 2000;
/// The stream of news that the pages follow.
pub(super) const LIVE: &str = "/console/live";

/// The console's view of the system.
pub(super) struct Desk {
    pub(super) databases: Arc<Databases>,
    pub(super) registry: Arc<Registry>,
    pub(super) flow: Arc<Flow>,
    pub(super) bus: Bus,
    pub(super) zone: TimeZone,
    pub(super) url: String,
    /// The registry's own place, which only the data folder names.
    pub(super) own: Option<Place>,
    /// What the event store is told of the modules.
    pub(super) known: Arc<Known>,
    /// Groups of letters that are being replayed.
    pub(super) replays: Replays,
    /// Replays of parts of the events.
    pub(super) handings: Handings,
}

impl Desk {
    pub(super) fn of(system: &System) -> Arc<Self> {
        Arc::new(Self {
            databases: system.databases.clone(),
            registry: system.registry.clone(),
            flow: system.flow.clone(),
            bus: system.bus.clone(),
            zone: system.config.zone.clone(),
            url: system.config.public_url.clone(),
            own: system.folder.manifest().ok().flatten().map(|manifest| manifest.registry),
            known: system.modules.known.clone(),
            replays: Replays::default(),
            handings: Handings::default(),
        })
    }

    /// The registry's own database, where the operator's acts are kept.
    pub(super) fn journal(&self) -> Result<db::Db, Failure> {
        let id = kernel::DatabaseId::main(system::registry::code()?);
        self.databases.get(&id).ok_or_else(|| Error::internal("the registry has no database").into())
    }

    /// A Batch of the operator's journal: what was done, and by whom.
    pub(super) fn journal_entry(ctx: &Ctx, kind: &str, stream: String, data: Json) -> Batch {
        let mut batch = Batch::new(ctx.now(), ctx.cause());
        batch.event(NewEvent::new(ctx.edge.clock.new_id(), kind, stream, data));
        batch
    }

    /// How far each consumer is; what cannot be read leaves the list empty, and the page says so.
    pub(super) async fn lags(&self) -> Vec<Lag> {
        self.flow.lags().await.unwrap_or_default()
    }

    pub(super) async fn letters(&self) -> Result<Vec<DeadLetter>, Failure> {
        Ok(self.flow.dead_letters(LETTERS).await?)
    }

    /// How many alerts of the audit nobody has seen to; none when it cannot be asked.
    pub(super) async fn alerts(&self) -> u64 {
        let id = kernel::ModuleCode::new(system::audit::CODE).map(kernel::DatabaseId::main);
        let Some(audit) = id.ok().and_then(|id| self.databases.get(&id)) else { return 0 };
        system::audit::open_alerts(&audit).await.unwrap_or(0)
    }

    /// An instant to the second, as operators compare them: with its day unless that is today.
    pub(super) fn instant(&self, lang: Lang, at: Timestamp, now: Timestamp) -> String {
        let (local, today) = (format::local(at, &self.zone), format::local(now, &self.zone).date());
        let clock = format::clock_seconds(local.time());
        if local.date() == today {
            clock
        } else {
            format!("{} {clock}", format::date_short(lang, local.date()))
        }
    }

    /// The frame of a page; the badge of the dead letters is as true as the page.
    pub(super) async fn shell(&self, ctx: &Ctx, title: &str, above: &[(&'static str, &str)]) -> Shell {
        let lang = ctx.lang;
        let mut shell = web::pages::shell(ctx, title);
        let waiting = self.flow.dead_letters(LETTERS).await.map_or(0, |letters| letters.len());
        let others = shell.menu.split_off(0);
        shell.menu = menu(ctx, self.databases.all().len(), waiting, others);
        shell.organisation = format!("Console · {}", shell.organisation);
        let root = (!title.is_empty() && ctx.path != "/console")
            .then(|| Crumb { label: say(lang, "Console", "Console").into(), href: Some("/console".into()) });
        let above = above
            .iter()
            .map(|(href, label)| Crumb { label: (*label).to_owned(), href: Some((*href).to_owned()) });
        shell.crumbs = root.into_iter().chain(above).collect();
        let now = format::clock_seconds(format::local(ctx.now(), &self.zone).time());
        shell.fresh = Some(Freshness::Live(match lang {
            Lang::Fr => format!("En direct, {now}"),
            Lang::En => format!("Live, {now}"),
        }));
        shell
    }
}

/// Where a page of the console leads, with its words and its icon.
const PAGES: [(&str, &str, &str, Icon); 6] = [
    ("/console", "Vue d’ensemble", "Overview", Icon::House),
    ("/console/modules", "Modules", "Modules", Icon::Boxes),
    ("/console/databases", "Bases", "Databases", Icon::Database),
    ("/console/events", "Événements", "Events", Icon::Activity),
    ("/console/consumers", "Consommateurs", "Consumers", Icon::ArrowRightLeft),
    ("/console/dead-letters", "Lettres mortes", "Dead letters", Icon::MailWarning),
];

/// The console's own menu; what other modules show to operators follows.
fn menu(ctx: &Ctx, databases: usize, waiting: usize, all: Vec<MenuGroup>) -> Vec<MenuGroup> {
    let path = ctx.path.split('?').next().unwrap_or("/");
    let number = |n: usize| format::integer(ctx.lang, i64::try_from(n).unwrap_or(i64::MAX));
    let line = |(href, fr, en, icon): (&'static str, &'static str, &'static str, Icon)| {
        let here = path == href || (href != "/console" && path.starts_with(&format!("{href}/")));
        let item = MenuItem::new(say(ctx.lang, fr, en), href, icon).current(here);
        match href {
            "/console/databases" => item.badge(number(databases)),
            "/console/dead-letters" if waiting > 0 => item.badge(number(waiting)),
            _ => item,
        }
    };
    let ours = |item: &MenuItem| PAGES.iter().any(|(href, ..)| *href == item.href);
    let others = all.into_iter().flat_map(|group| group.items);
    let others: Vec<_> = others.filter(|item| item.href.starts_with("/console/") && !ours(item)).collect();
    let mut groups = vec![
        MenuGroup::new(None, PAGES[..3].iter().copied().map(line).collect()),
        MenuGroup::new(Some(say(ctx.lang, "Flux", "Flow")), PAGES[3..].iter().copied().map(line).collect()),
    ];
    if !others.is_empty() {
        groups.push(MenuGroup::new(Some(say(ctx.lang, "Intégrité", "Integrity")), others));
    }
    groups
}

/// The console's lines in the menu of the other pages.
pub(super) fn office_menu() -> Vec<web::MenuItem> {
    let icons = ["house", "boxes", "database", "activity", "arrow-right-left", "mail-warning"];
    let line = |((href, fr, en, _), icon): (&(&str, &str, &str, Icon), &str)| web::MenuItem {
        group: web::MenuGroup::Console,
        label: kernel::Text::new(*fr, *en),
        href: (*href).to_owned(),
        icon: icon.to_owned(),
        permission: Some(READ.to_owned()),
    };
    PAGES.iter().zip(icons).map(line).collect()
}

/// Lets whoever may see the console pass; for the others it does not exist.
pub(super) fn see(ctx: &Ctx) -> Result<(), Failure> {
    if ctx.principal()?.may(READ) {
        Ok(())
    } else {
        Err(Error::not_found().because("lacks console.system.read").into())
    }
}

/// Lets whoever may see the console and do this pass: 404 without sight, 403 without right.
pub(super) fn act(ctx: &Ctx, permission: &str) -> Result<Permit, Failure> {
    see(ctx)?;
    Ok(ctx.permit(permission)?)
}

/// What just happened, from the address that the last step led to.
pub(super) fn flash(ctx: &Ctx, query: &Query) -> Option<Flash> {
    let (what, n) = query.get("done")?.split_once('.')?;
    let n: i64 = n.parse().ok()?;
    let events = |fr, en| {
        format!(
            "{} {}",
            ui::counted(ctx.lang, n, ["événement", "événements"], ["event", "events"]),
            say(ctx.lang, fr, en)
        )
    };
    match what {
        "replayed" => Some(Flash::done(events("appliqués dans l’ordre", "applied in order"))),
        "dropped" => {
            Some(Flash::done(say(ctx.lang, "Événement écarté, motif gardé", "Event dropped, reason kept")))
        }
        "rebuilding" => Some(Flash::done(say(
            ctx.lang,
            "Reconstruction commencée\u{202f}; l’ancienne version sert jusqu’à la fin",
            "Rebuild begun; the old one serves until it is done",
        ))),
        _ => None,
    }
}

/// A page as an answer: all of it follows the stream of news.
pub(super) fn page(shell: &Shell, live: &str, content: &Markup) -> axum::response::Html<String> {
    web::pages::html(shell.page(ui::blocks(ui::live("console", live, content))))
}

/// A count for the interface's formats.
pub(super) fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// An address with those parameters that have a value (RFC 3986, 2.1).
pub(super) fn address<'a>(path: &str, query: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut out = path.to_owned();
    let mut separator = '?';
    for (name, value) in query.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        out.push(separator);
        separator = '&';
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                    out.push(byte.into())
                }
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    out
}

/// The news that pages follow: of everything, or of one database.
pub(super) fn api() -> Api {
    let doc = Doc::new("Tells when something that the console shows has changed.").permission(READ);
    Api::new().get(LIVE, live, doc.query("database", "Of this database only."))
}

async fn live(ctx: Ctx, query: Query) -> Result<impl axum::response::IntoResponse, Failure> {
    see(&ctx)?;
    let only: Option<kernel::DatabaseId> = query.parsed("database")?;
    Ok(web::changes(&ctx, move |signal| match (signal, &only) {
        (_, None) | (Signal::Everything, _) => true,
        (Signal::Log { database: changed, .. } | Signal::Applied { source: changed, .. }, Some(only)) => {
            changed == only
        }
    }))
}
