//! What every request can reach: the clock, who people are, the languages and the name of the house.

use crate::identity::{Directory, Identity, People};
use crate::limits::Limits;
use axum::Router;
use bus::Bus;
use flow::Flow;
use jiff::tz::TimeZone;
use kernel::{Clock, Error, Lang, Result, Text};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock, RwLock};

/// How the edge presents itself.
#[derive(Clone, Debug)]
pub struct EdgeConfig {
    /// The organisation's name, under the product's in the shell.
    pub organisation: String,
    /// The address that people type, without a slash at the end: `https://archipel.example`.
    pub public_url: String,
    /// Whether cookies may travel over HTTPS only.
    pub secure: bool,
    /// Proxies whose `Forwarded` and `X-Forwarded-For` are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The zone in which days begin.
    pub zone: TimeZone,
    /// Requests that one caller may make in a second, lasting; four times as many at once.
    pub requests_per_second: NonZeroU32,
}

/// A line of the menu, shown to those who hold the permission.
#[derive(Clone, Debug)]
pub struct MenuItem {
    /// The group that it stands in.
    pub group: MenuGroup,
    /// Its words.
    pub label: Text,
    /// Where it leads.
    pub href: String,
    /// The Lucide icon.
    pub icon: String,
    /// The permission that shows it; `None` for everybody who is signed in.
    pub permission: Option<String>,
}

/// The groups of the menu, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MenuGroup {
    /// Home and inbox.
    Top,
    /// One's own work.
    Work,
    /// Shop, stock, tills and orders.
    Commerce,
    /// People, teams and roles.
    People,
    /// The operator's console.
    Console,
}

/// What every request can reach.
pub struct Edge {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The bus, for live pages.
    pub bus: Bus,
    /// The consumers, for freshness.
    pub flow: Arc<Flow>,
    /// How the edge presents itself.
    pub config: EdgeConfig,
    /// Limits per caller.
    pub limits: Limits,
    identity: OnceLock<Arc<dyn Identity>>,
    directory: OnceLock<Arc<dyn Directory>>,
    menu: RwLock<Vec<MenuItem>>,
    router: RwLock<Option<Router>>,
}

impl Edge {
    /// An edge that knows nobody yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, bus: Bus, flow: Arc<Flow>, config: EdgeConfig) -> Arc<Self> {
        Arc::new(Self {
            clock,
            bus,
            flow,
            limits: Limits::new(config.requests_per_second),
            config,
            identity: OnceLock::new(),
            directory: OnceLock::new(),
            menu: RwLock::default(),
            router: RwLock::default(),
        })
    }

    /// Says who answers for identities and people; the first word counts.
    pub fn know(&self, identity: Arc<dyn Identity>, directory: Arc<dyn Directory>) {
        let _ = self.identity.set(identity);
        let _ = self.directory.set(directory);
    }

    /// Who answers for identities.
    pub(crate) fn identity(&self) -> Result<&Arc<dyn Identity>> {
        self.identity.get().ok_or_else(|| Error::internal("no module answers for identities"))
    }

    /// Everybody, as of now.
    ///
    /// # Errors
    /// When whoever answers for people cannot be read.
    pub async fn people(&self) -> Result<Arc<People>> {
        let directory =
            self.directory.get().ok_or_else(|| Error::internal("no module answers for people"))?;
        directory.people().await
    }

    /// Adds lines to the menu; a line with the same address replaces the old one.
    pub fn add_menu(&self, items: Vec<MenuItem>) {
        let mut menu = self.menu.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        menu.retain(|old| items.iter().all(|new| new.href != old.href));
        menu.extend(items);
        menu.sort_by_key(|item| item.group);
    }

    /// The menu's lines, in order.
    #[must_use]
    pub fn menu(&self) -> Vec<MenuItem> {
        self.menu.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Lets modules ask each other through these routes; nothing ends it, when the system stops.
    pub fn serve_calls(&self, router: Option<Router>) {
        *self.router.write().unwrap_or_else(std::sync::PoisonError::into_inner) = router;
    }

    /// The routes through which modules ask each other.
    pub(crate) fn router(&self) -> Option<Router> {
        self.router.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Whether a path begins with the API's prefix.
    #[must_use]
    pub fn is_api(path: &str) -> bool {
        path.starts_with("/api/")
    }
}

/// The language of a request: the reader's own choice, then the cookie, then what the browser asks for, then French.
#[must_use]
pub fn negotiate_language(chosen: Option<Lang>, cookie: Option<&str>, accept: Option<&str>) -> Lang {
    let asked = || {
        let mut best: Option<(Lang, f32)> = None;
        for part in accept?.split(',') {
            let mut pieces = part.trim().split(';');
            let Some(lang) = pieces.next().and_then(|tag| Lang::parse(tag.get(..2)?)) else { continue };
            let weight = pieces.find_map(|p| p.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if best.is_none_or(|(_, w)| weight > w) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    };
    cookie.and_then(Lang::parse).or(chosen).or_else(asked).unwrap_or_default()
}
