//! The frame of a signed-in page, filled with what the edge knows: the menu that the reader may see, their name, the
//! other language, how fresh the figures are.

use crate::ctx::Ctx;
use crate::edge::MenuGroup as Group;
use crate::ui::{self, Freshness, Icon, MenuGroup, MenuItem, Shell, say};
use axum::response::Html;
use flow::Lag;
use kernel::Timestamp;
use maud::Markup;

/// The frame of a page with a title.
#[must_use]
pub fn shell(ctx: &Ctx, title: impl Into<String>) -> Shell {
    let path = ctx.path.split('?').next().unwrap_or("/");
    let other = if ctx.lang == kernel::Lang::Fr { "en" } else { "fr" };
    let next: String = form_urlencoded::byte_serialize(ctx.path.as_bytes()).collect();
    let person = ctx.principal.as_ref().map(|principal| ui::Person {
        id: principal.id.to_string(),
        name: principal.name.clone(),
        role: principal.title.clone(),
        settings: Some("/account".into()),
    });
    Shell {
        lang: ctx.lang,
        organisation: ctx.edge.config.organisation.clone(),
        person,
        menu: menu(ctx, path),
        title: title.into(),
        csrf: ctx.csrf.clone(),
        seen: ctx.seen.to_string(),
        sign_out: "/logout".into(),
        other_language: format!("/language/{other}?next={next}"),
        console: path.starts_with("/console"),
        ..Shell::default()
    }
}

/// The lines that the reader may see, by group; the one whose address is the longest beginning of the path is current.
fn menu(ctx: &Ctx, path: &str) -> Vec<MenuGroup> {
    let Some(principal) = &ctx.principal else { return Vec::new() };
    let items = ctx.edge.menu();
    let may = |permission: &Option<String>| permission.as_ref().is_none_or(|p| principal.may(p));
    let visible: Vec<_> = items.into_iter().filter(|item| may(&item.permission)).collect();
    let within = |href: &str| path == href || (href != "/" && path.starts_with(&format!("{href}/")));
    let current = visible.iter().filter(|i| within(&i.href)).map(|i| i.href.len()).max();
    let groups = [
        (Group::Top, None),
        (Group::Work, Some(say(ctx.lang, "Mon travail", "My work"))),
        (Group::Commerce, Some(say(ctx.lang, "Commerce", "Commerce"))),
        (Group::People, Some(say(ctx.lang, "Organisation", "Organisation"))),
        (Group::Console, Some(say(ctx.lang, "Exploitation", "Operations"))),
    ];
    let line = |item: &crate::edge::MenuItem| {
        let icon = Icon::from_name(&item.icon).unwrap_or(Icon::FileText);
        let is_current = within(&item.href) && Some(item.href.len()) == current;
        MenuItem::new(item.label.get(ctx.lang), item.href.clone(), icon).current(is_current)
    };
    let group = |(group, title): (Group, Option<&'static str>)| {
        let items: Vec<_> = visible.iter().filter(|i| i.group == group).map(line).collect();
        (!items.is_empty()).then(|| MenuGroup::new(title, items))
    };
    groups.into_iter().filter_map(group).collect()
}

/// A whole page as an answer.
pub fn html(markup: Markup) -> Html<String> {
    Html(markup.into_string())
}

/// How fresh a page made from these logs is: behind as long as one has more to say, else up to date at the events taken
/// in; nothing when none has said anything.
#[must_use]
pub fn fresh(lags: &[Lag], now: Timestamp) -> Option<Freshness> {
    let behind: u64 = lags.iter().map(|lag| lag.head.saturating_sub(lag.position)).sum();
    let position: u64 = lags.iter().map(|lag| lag.position).sum();
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    if behind > 0 {
        return Some(Freshness::Behind(signed(behind)));
    }
    let at = lags.iter().filter_map(|lag| lag.updated_at).max()?;
    Some(Freshness::UpToDate { position: signed(position), at, now })
}
