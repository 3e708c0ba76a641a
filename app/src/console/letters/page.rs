//! The page of the dead letters, by cause: what is wrong, what a dry run says, what can be done.

use super::PATH;
use super::groups::{Group, Held, groups};
use crate::console::data::short_stream;
use crate::console::desk::{self, Desk, LETTERS, WRITE, signed};
use crate::console::islands::number;
use crate::console::replays::Replay;
use flow::DeadLetter;
use kernel::{Lang, Timestamp};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::sync::Arc;
use web::ui::{self, Button, CauseGroup, Column, Icon, Row, Table, Tone, chip, say};
use web::{Ctx, Page, Query};

/// Streams of a group that are shown and tried out; replaying takes all of them.
const STREAMS: usize = 25;

/// What the pages share.
pub(super) struct View<'a> {
    desk: &'a Desk,
    pub(super) lang: Lang,
    now: Timestamp,
    csrf: &'a str,
    pub(super) may_write: bool,
}

impl<'a> View<'a> {
    pub(super) fn of(desk: &'a Desk, ctx: &'a Ctx) -> Self {
        let may_write = ctx.principal.as_ref().is_some_and(|who| who.may(WRITE));
        Self { desk, lang: ctx.lang, now: ctx.now(), csrf: &ctx.csrf, may_write }
    }

    pub(super) fn say(&self, fr: &'static str, en: &'static str) -> &'static str {
        say(self.lang, fr, en)
    }

    /// What a cause means and what can be done, for the causes that the platform knows.
    pub(super) fn diagnosis(&self, cause: &str) -> (&'static str, &'static str) {
        match cause {
            "unknown_version" => (
                self.say("Une version que ce lecteur ne connaît pas", "A version that this reader does not know"),
                self.say(
                    "L’écrivain est plus récent que le lecteur. Mettez le lecteur à jour, puis rejouez\u{a0}: l’essai à blanc dit si cela suffit.",
                    "The writer is newer than the reader. Update the reader, then replay: the dry run says whether that is enough.",
                ),
            ),
            "unreadable" | "missing_field" => (
                self.say("Un changement de contrat a arrêté ce lecteur", "A change of contract broke this reader"),
                self.say(
                    "Les données de l’événement ne se lisent pas sous le contrat attendu. Corrigez le lecteur, puis rejouez dans l’ordre.",
                    "The event’s data cannot be read under the contract expected. Mend the reader, then replay in order.",
                ),
            ),
            "behind" => (
                self.say("Rien ne les retient plus", "Nothing holds them any more"),
                self.say(
                    "L’événement qui les précédait a été écarté. Rejouez-les pour que leur flux reprenne.",
                    "The event before them was dropped. Replay them so that their stream goes on.",
                ),
            ),
            _ => (
                self.say("Le lecteur a refusé ces événements", "The reader refused these events"),
                self.say(
                    "Lisez le message, corrigez la cause, puis rejouez dans l’ordre. Les autres flux avancent.",
                    "Read the message, mend the cause, then replay in order. The other streams move on.",
                ),
            ),
        }
    }

    async fn group(&self, group: &Group, open: bool, replay: Option<&Replay>) -> CauseGroup {
        let kind = group.streams.first().map_or("", |held| held.head.kind.as_str());
        let seen = |at| self.desk.instant(self.lang, at, self.now);
        let context = match self.lang {
            Lang::Fr => format!("{kind}, vu de {} à {}", seen(group.first()), seen(group.last())),
            Lang::En => format!("{kind}, seen from {} to {}", seen(group.first()), seen(group.last())),
        };
        let number = |n: usize| number(self.lang, Some(n as u64));
        CauseGroup {
            id: format!("g-{}", group.key().replace('.', "-")),
            cause: ui::mono(&group.cause),
            context,
            consumer: group.consumer.clone(),
            streams: number(group.streams.len()),
            histogram: ui::histogram(
                self.say("Les 24 dernières heures, par deux heures", "The last 24 hours, two hours a bar"),
                &group.histogram(self.now),
                if group.cause == "behind" { 6 } else { 5 },
            ),
            events: number(group.events()),
            body: self.body(group, replay).await,
            open,
        }
    }

    async fn body(&self, group: &Group, replay: Option<&Replay>) -> Markup {
        let mut tried = BTreeMap::new();
        for held in group.streams.iter().take(STREAMS) {
            tried.insert(held.head.id, self.desk.flow.try_out(&held.head).await);
        }
        let passing = tried.values().filter(|tried| matches!(tried, Ok(None))).count();
        let (title, text) = self.diagnosis(&group.cause);
        let message = group.streams.first().map_or("", |held| held.head.message.as_str());
        let tone = if group.cause == "behind" { Tone::Info } else { Tone::Warn };
        html! {
            (ui::message(tone, title, &html! { (text) @if group.cause != "behind" { " " code.mono { (message) } } }, &html! {}))
            @if let Some(replay) = replay { (self.progress(replay)) }
            (self.streams(group, &tried))
            @if self.may_write { (ui::actions(&self.replay_all(group, passing, tried.len()), &html! {})) }
        }
    }

    fn streams(
        &self,
        group: &Group,
        tried: &BTreeMap<kernel::Uuid, kernel::Result<Option<String>>>,
    ) -> Markup {
        let columns = vec![
            Column::new(self.say("Flux", "Stream")).nowrap(),
            Column::new(self.say("Premier échec", "First failure")).number().soft().optional(),
            Column::new(self.say("Position", "Position")).number().optional(),
            Column::new(self.say("En attente derrière", "Queued behind")).number().soft().optional(),
            Column::new(self.say("Essai à blanc", "Dry run")).nowrap(),
            Column::unnamed(self.say("Actions", "Actions")).right(),
        ];
        let row = |held: &Held| {
            let letter = &held.head;
            Row::new([
                html! { a.t.mono href=(format!("{PATH}/{}", letter.id)) title=(letter.stream) { (short_stream(&letter.stream)) } },
                html! { (self.desk.instant(self.lang, letter.at, self.now)) },
                html! { (number(self.lang, Some(letter.position))) },
                html! { (number(self.lang, Some(held.behind as u64))) },
                self.dry_run(tried.get(&letter.id)),
                self.row_actions(letter),
            ])
            .id(format!("l-{}", letter.id))
        };
        let rest = group.streams.len().saturating_sub(STREAMS);
        let more = ui::counted(
            self.lang,
            signed(rest as u64),
            ["autre flux", "autres flux"],
            ["more stream", "more streams"],
        );
        let table = Table::new(self.lang, self.say("Flux retenus", "Streams held"), columns)
            .bare()
            .rows(group.streams.iter().take(STREAMS).map(row));
        html! { @if rest > 0 { (table.foot(html! { (more) })) } @else { (table) } }
    }

    pub(super) fn dry_run(&self, tried: Option<&kernel::Result<Option<String>>>) -> Markup {
        match tried {
            Some(Ok(None)) => chip(Tone::Ok, Icon::CircleCheck, self.say("Passerait", "Would apply")),
            Some(Ok(Some(why))) => html! {
                span title=(why) { (chip(Tone::Bad, Icon::CircleX, self.say("Échouerait encore", "Would fail again"))) }
            },
            Some(Err(_)) => chip(Tone::Neutral, Icon::CloudOff, self.say("Source muette", "Source away")),
            None => ui::table::missing(),
        }
    }

    fn row_actions(&self, letter: &DeadLetter) -> Markup {
        let replay = Button::new(self.say("Rejouer", "Replay"))
            .quiet()
            .small()
            .icon(Icon::Play)
            .busy(self.say("Rejeu…", "Replaying…"));
        html! {
            @if self.may_write { span.row.end {
                (ui::post_button(&format!("{PATH}/{}/replay", letter.id), self.csrf, &replay))
                (Button::link(self.say("Écarter…", "Drop…"), format!("{PATH}/{}/drop", letter.id)).quiet_danger().small())
            } } @else {
                (Button::link(self.say("Ouvrir", "Open"), format!("{PATH}/{}", letter.id)).quiet().small().icon(Icon::Eye))
            }
        }
    }

    /// One button for the whole group; primary when the dry runs say that it helps.
    fn replay_all(&self, group: &Group, passing: usize, tried: usize) -> Markup {
        let n = signed(group.streams.len() as u64);
        let streams = ui::counted(
            self.lang,
            n,
            ["flux dans l’ordre", "flux dans l’ordre"],
            ["stream in order", "streams in order"],
        );
        let label = format!("{} {streams}", self.say("Rejouer", "Replay"));
        let button = Button::new(label).icon(Icon::Play).busy(self.say("Rejeu…", "Replaying…"));
        let button = if passing > 0 { button.primary() } else { button };
        let foresight = match self.lang {
            Lang::Fr => format!("{passing} sur {tried} passeraient à l’essai à blanc"),
            Lang::En => format!("{passing} of {tried} pass the dry run"),
        };
        html! {
            form.inline method="post" action="/console/dead-letters/replay" {
                (ui::csrf_field(self.csrf))
                input type="hidden" name="group" value=(group.key());
                (button)
            }
            span.small.soft { (foresight) }
        }
    }

    /// How far a replay of the whole group has come, or how it ended.
    fn progress(&self, replay: &Replay) -> Markup {
        let applied = ui::counted(
            self.lang,
            signed(replay.applied as u64),
            ["événement appliqué", "événements appliqués"],
            ["event applied", "events applied"],
        );
        let of = match self.lang {
            Lang::Fr => format!("{} flux sur {}, {applied}", replay.tried, replay.streams),
            Lang::En => format!("{} of {} streams, {applied}", replay.tried, replay.streams),
        };
        if !replay.is_over() {
            #[expect(clippy::cast_precision_loss, reason = "a share of a drawn bar")]
            let share = replay.tried as f64 / replay.streams.max(1) as f64;
            let title = self.say("Rejeu en cours", "Replaying").to_owned();
            let one = ui::Progress { title, note: of, share: Some(share), state: ui::StepState::Now };
            return ui::progress_list(&[one]);
        }
        if replay.failed == 0 {
            return ui::message(
                Tone::Ok,
                self.say("Rejeu terminé", "Replay done"),
                &html! { (of) },
                &html! {},
            );
        }
        let failed = ui::counted(
            self.lang,
            signed(replay.failed as u64),
            ["flux échoue encore", "flux échouent encore"],
            ["stream fails still", "streams fail still"],
        );
        ui::message(Tone::Bad, &failed, &html! { (of) ". " (replay.why(self.lang)) }, &html! {})
    }

    fn sentence(&self, groups: &[Group]) -> String {
        let events = signed(groups.iter().map(Group::events).sum::<usize>() as u64);
        let n = signed(groups.len() as u64);
        let waiting = ui::counted(
            self.lang,
            events,
            ["événement attend", "événements attendent"],
            ["event waits", "events wait"],
        );
        let groups = ui::counted(self.lang, n, ["groupe", "groupes"], ["group", "groups"]);
        match (self.lang, events) {
            (Lang::Fr, 0) => "Tous les consommateurs ont tout appliqué.".to_owned(),
            (Lang::En, 0) => "Every consumer has applied everything.".to_owned(),
            (Lang::Fr, _) => {
                format!("{waiting} en {groups}. Seuls leurs flux sont retenus\u{202f}; le reste avance.")
            }
            (Lang::En, _) => {
                format!("{waiting} in {groups}. Only their own streams are held back; the rest moves on.")
            }
        }
    }

    fn nothing(&self) -> Markup {
        let empty = ui::empty(
            self.say("Aucune lettre morte", "No dead letters"),
            self.say(
                "Un événement qu’un consommateur ne peut pas appliquer s’affichera ici, groupé par cause.",
                "An event that a consumer cannot apply appears here, grouped by cause.",
            ),
            &html! { (Button::link(self.say("Voir les consommateurs", "See the consumers"), "/console/consumers").small()) },
        );
        html! { section.card { (empty) } }
    }
}

pub(super) async fn list(desk: Arc<Desk>, ctx: Ctx, query: Query) -> Page {
    desk::see(&ctx)?;
    let letters = desk.letters().await?;
    let cut = letters.len() >= LETTERS as usize;
    let (all, view, replays) = (groups(letters), View::of(&desk, &ctx), desk.replays.all());
    let mut shown = Vec::new();
    for (at, group) in all.iter().enumerate() {
        shown.push(view.group(group, at == 0, replays.get(&group.key())).await);
    }
    let fresh = |replay: &Replay| view.now.0 - replay.begun.0 < 600 * Timestamp::SECOND;
    let ended: Vec<_> = replays
        .iter()
        .filter(|(key, replay)| fresh(replay) && !all.iter().any(|group| group.key() == **key))
        .collect();
    let title = view.say("Lettres mortes", "Dead letters");
    let mut shell = desk.shell(&ctx, title, &[]).await;
    shell.flash = desk::flash(&ctx, &query);
    let content = html! {
        (ui::head(title, &html! { (view.sentence(&all)) }, &html! {}))
        @for (_, replay) in ended { (view.progress(replay)) }
        @if cut {
            (ui::message(Tone::Info, view.say("Il y en a davantage", "There are more"), &html! {
                (view.say("Les 2\u{202f}000 plus récentes de chaque base sont montrées.", "The newest 2,000 of each database are shown."))
            }, &html! {}))
        }
        @if shown.is_empty() { (view.nothing()) } @else { (ui::cause_groups(ctx.lang, &shown)) }
    };
    Ok(desk::page(&shell, desk::LIVE, &content))
}
