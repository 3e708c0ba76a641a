//! The requests of a module that the reader may see: their own first, the others' one click away.

use super::render::{RowView, row_chip};
use super::shown::Decider;
use super::{Answer, flash};
use crate::forms::{Act, Forms};
use crate::host::FormsHost;
use crate::http::filter;
use crate::model::{Instance, kind_word};
use crate::queries::{Filter, Place, Present};
use crate::roles::Right;
use axum::extract::Path;
use axum::response::IntoResponse;
use forms_model::define::{Form, StateKind};
use kernel::{Lang, Result};
use maud::{Markup, html};
use std::sync::Arc;
use web::ui::{self, Button, Choice, Column, Icon, Row, Table, Width, format, say};
use web::{Ctx, ListPage, Query, Scope};

/// Requests on a page.
const ROWS: u32 = 25;

/// The parameters of the query that filters keep.
const KEPT: [&str; 8] = ["form", "kind", "state", "entered", "scope", "mine", "late", "q"];

/// What the page is made from.
struct Listing<'a> {
    forms: &'a Forms,
    ctx: &'a Ctx,
    act: &'a Act,
    query: &'a Query,
    filter: Filter,
    /// The reader sees others' requests too.
    sees_others: bool,
}

impl Listing<'_> {
    fn lang(&self) -> Lang {
        self.ctx.lang
    }

    fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.ctx.lang, fr, en)
    }

    /// The query of this list with some parameters changed or taken away, from its first page.
    fn query(&self, changed: &[(&str, Option<&str>)]) -> String {
        let kept = KEPT.iter().filter(|name| changed.iter().all(|(other, _)| other != *name));
        let kept = kept.filter_map(|name| Some((*name, self.query.get(name)?)));
        let changed = changed.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let pairs: Vec<(&str, &str)> = kept.chain(changed).collect();
        if pairs.is_empty() {
            return String::new();
        }
        format!("?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    }

    /// The address of this list with one parameter changed or taken away.
    fn with(&self, name: &str, value: Option<&str>) -> String {
        format!("/{}{}", self.forms.code(), self.query(&[(name, value)]))
    }

    fn form_filter(&self) -> Option<ui::Filter> {
        let all = &self.forms.definition().forms;
        let label = self.say("Formulaire", "Form");
        if let Some(form) = self.forms.definition().form(&self.filter.form) {
            return Some(ui::Filter::set(label, form.title.get(self.lang()), self.with("form", None)));
        }
        let choice = |form: &Form| {
            Choice::new(form.title.get(self.lang()), self.with("form", Some(&form.code)), false)
        };
        (all.len() > 1).then(|| ui::Filter::new(label, all.iter().map(choice).collect()))
    }

    fn state_filter(&self) -> ui::Filter {
        let label = self.say("État", "State");
        if !self.filter.states.is_empty() {
            let names: Vec<String> = self.filter.states.iter().map(|state| self.state_name(state)).collect();
            let clear =
                format!("/{}{}", self.forms.code(), self.query(&[("state", None), ("entered", None)]));
            let names = ui::enumerated(self.lang(), &names);
            return match self.filter.entered {
                None => ui::Filter::set(label, names, clear),
                Some(present) => ui::Filter::set(label, self.entered(&names, present), clear),
            };
        }
        if let Some(kind) = crate::model::parse_kind(&self.filter.kind) {
            return ui::Filter::set(label, kind_name(self.lang(), kind), self.with("kind", None));
        }
        let kinds = [
            StateKind::Draft,
            StateKind::Waiting,
            StateKind::Approved,
            StateKind::Refused,
            StateKind::Closed,
        ];
        let choice =
            |kind| Choice::new(kind_name(self.lang(), kind), self.with("kind", Some(kind_word(kind))), false);
        ui::Filter::new(label, kinds.into_iter().map(choice).collect())
    }

    /// `Accordée, atteint cette semaine`.
    fn entered(&self, states: &str, present: Present) -> String {
        let when = match present {
            Present::Week => self.say("atteint cette semaine", "entered this week"),
            Present::Month => self.say("atteint ce mois", "entered this month"),
        };
        format!("{states}, {when}")
    }

    fn state_name(&self, state: &str) -> String {
        let mut states = self.forms.definition().workflows.iter().flat_map(|w| &w.states);
        let found = states.find(|s| s.name == state);
        found.map_or_else(|| state.to_owned(), |s| s.label.get(self.lang()).to_owned())
    }

    fn filters(&self) -> Vec<ui::Filter> {
        let late = if self.filter.late {
            ui::Filter::set(
                self.say("Échéance", "Due"),
                self.say("dépassée", "passed"),
                self.with("late", None),
            )
        } else {
            let label = self.say("En retard", "Late");
            ui::Filter::new(label, vec![Choice::new(label, self.with("late", Some("1")), false)])
        };
        self.form_filter().into_iter().chain([self.state_filter(), late]).collect()
    }

    fn whose(&self) -> Markup {
        if !self.sees_others {
            return html! {};
        }
        let of = |scope| format!("/{}{}", self.forms.code(), self.query(&[("mine", None), ("scope", scope)]));
        let Filter { mine, team, .. } = self.filter;
        let mut choices = vec![Choice::new(self.say("Les miennes", "Mine"), of(None), mine)];
        if !self.act.principal.manages.is_empty() {
            choices.push(Choice::new(
                self.say("De mes équipes", "My teams’"),
                of(Some("team")),
                team && !mine,
            ));
        }
        choices.push(Choice::new(self.say("Toutes", "All"), of(Some("all")), !mine && !team));
        ui::segmented(self.say("Demandes de", "Requests of"), &choices)
    }

    fn search(&self) -> Markup {
        let word = self.say("Rechercher", "Search");
        let keep = KEPT.iter().filter(|name| **name != "q");
        html! {
            form.find role="search" action=(format!("/{}", self.forms.code())) {
                (ui::icon::icon(Icon::Search))
                @for name in keep { @if let Some(value) = self.query.get(name) { input type="hidden" name=(name) value=(value); } }
                input type="search" name="q" value=(self.filter.words) placeholder=(word) aria-label=(word);
            }
        }
    }

    /// One button for the only form, a menu of several.
    fn new_buttons(&self) -> Markup {
        let forms = &self.forms.definition().forms;
        let href = |form: &Form| format!("/{}/new/{}", self.forms.code(), form.code);
        let label = |form: &Form| form.heading.as_ref().unwrap_or(&form.title).get(self.lang()).to_owned();
        match forms.as_slice() {
            _ if !self.act.principal.may(&Right::Create.of(self.forms.code())) => html! {},
            [only] => html! { (Button::link(label(only), href(only)).primary().icon(Icon::Plus)) },
            several => html! {
                div.row.wrap { @for form in several { (Button::link(label(form), href(form)).icon(Icon::Plus)) } }
            },
        }
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![Column::new(self.say("Objet", "Subject"))];
        if !self.filter.mine {
            columns.push(Column::new(self.say("Demandeur", "Requested by")).optional().width(Width::Medium));
        }
        columns.push(Column::new(self.say("État", "State")).width(Width::Long));
        columns.push(Column::new(self.say("Modifiée", "Changed")).right().optional().width(Width::Medium));
        columns
    }

    async fn row(&self, instance: &Instance) -> Result<Row> {
        let (lang, zone) = (self.lang(), self.forms.definition().module.time_zone());
        let label = self.forms.state_label(instance).await?.get(lang).to_owned();
        let href = format!("/{}/{}", self.forms.code(), instance.id);
        let with = instance.awaits.as_ref().map(|who| {
            let who = Decider::find(self.forms, self.act, who, instance.subject, lang);
            format!("{} {}", self.say("en cours chez", "with"), who.name)
        });
        let context: Vec<String> = [Some(instance.reference.clone()), with].into_iter().flatten().collect();
        let mut cells = vec![ui::subject(None, instance.title.get(lang), &href, &context.join(" · "))];
        if !self.filter.mine {
            let subject = instance.subject;
            cells.push(ui::person(&subject.to_string(), self.act.people.name(subject)));
        }
        let now = self.ctx.now();
        cells.push(row_chip(&RowView { lang, now, zone: &zone, instance, label }));
        cells.push(html! { span.soft.nowrap { (format::when(lang, instance.updated_at, now, &zone)) } });
        Ok(Row::new(cells).id(format!("request-{}", instance.id)))
    }

    fn empty(&self) -> Markup {
        ui::empty(
            self.say("Aucune demande pour l’instant", "No request yet"),
            self.say(
                "Vos demandes s’afficheront ici, avec leur état et leur historique.",
                "Your requests will appear here, with their state and their history.",
            ),
            &html! {},
        )
    }

    fn is_filtered(&self) -> bool {
        let Filter { form, kind, states, late, words, .. } = &self.filter;
        *late || !states.is_empty() || [form, kind, words].iter().any(|text| !text.is_empty())
    }

    fn csv(&self) -> String {
        let scope = match self.filter {
            Filter { mine: true, .. } => "self",
            Filter { team: true, .. } => "team",
            _ => "all",
        };
        let query = self.query(&[("mine", None), ("scope", Some(scope)), ("format", Some("csv"))]);
        format!("/api/v1/{}/instances{query}", self.forms.code())
    }

    async fn table(&self) -> std::result::Result<Markup, web::Failure> {
        let (reader, now) = (&self.act.principal, self.ctx.now());
        let after = self.query.cursor::<Place>()?;
        let rows = self.forms.list(reader, &self.filter, now, after, ROWS + 1).await?;
        let count = self.forms.count_of(reader, &self.filter, now).await?;
        let ListPage { items, next_cursor } = ListPage::cut(rows, ROWS, Forms::place);
        let mut shown = Vec::new();
        for instance in &items {
            shown.push(self.row(instance).await?);
        }
        let title = self.forms.definition().module.name.get(self.lang());
        let count = ui::counted(
            self.lang(),
            i64::try_from(count).unwrap_or(i64::MAX),
            ["demande", "demandes"],
            ["request", "requests"],
        );
        let first = after.map(|_| self.with("cursor", None));
        let next = next_cursor.map(|cursor| self.with("cursor", Some(&cursor)));
        let table = Table::new(self.lang(), title, self.columns())
            .id("requests")
            .filters(self.filters())
            .controls(html! { (self.search()) (self.whose()) })
            .count(count)
            .rows(shown)
            .pages(first, next)
            .empty(self.empty());
        let table = if items.is_empty() { table } else { table.csv(self.csv()) };
        let clear = format!("/{}", self.forms.code());
        Ok(html! { @if self.is_filtered() { (table.clear(clear)) } @else { (table) } })
    }
}

/// How people call the meaning of a state.
fn kind_name(lang: Lang, kind: StateKind) -> &'static str {
    match kind {
        StateKind::Draft => say(lang, "Brouillon", "Draft"),
        StateKind::Waiting => say(lang, "En cours", "Under way"),
        StateKind::Approved => say(lang, "Accordée", "Granted"),
        StateKind::Refused => say(lang, "Refusée", "Refused"),
        StateKind::Closed => say(lang, "Close", "Closed"),
    }
}

pub(super) async fn page(host: Arc<FormsHost>, ctx: Ctx, Path(module): Path<String>, query: Query) -> Answer {
    let forms = host.get(&module)?;
    let act = Act::of(&ctx).await?;
    let permit = forms.permit(&act.principal, Right::Read)?;
    let sees_others = permit.access.scope().is_some_and(|scope| scope > Scope::Own);
    let mut filter = filter(&query)?;
    let others = matches!(query.get("scope"), Some("team" | "all")) || query.get("mine") == Some("0");
    filter.mine = !sees_others || !others;
    let listing = Listing { forms: &forms, ctx: &ctx, act: &act, query: &query, filter, sees_others };
    let title = forms.definition().module.name.get(ctx.lang);
    let mut shell = web::pages::shell(&ctx, title);
    shell.flash = flash(ctx.lang, &query);
    let head = ui::head(title, &html! {}, &listing.new_buttons());
    let content = ui::live("list", "/inbox/live", &html! { (head) (listing.table().await?) });
    Ok(web::pages::html(shell.page(ui::blocks(content))).into_response())
}
