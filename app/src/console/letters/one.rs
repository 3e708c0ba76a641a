//! The page of one dead letter: its event, what is in its way, and the two ways out.

use super::groups::groups;
use super::page::View;
use super::{PATH, step};
use crate::console::data::event_block;
use crate::console::desk::{self, Desk};
use crate::console::islands::number;
use axum::extract::Path;
use axum::response::Html;
use db::Event;
use flow::DeadLetter;
use kernel::{Error, Lang};
use maud::{Markup, Render, html};
use std::sync::Arc;
use web::ui::{self, Button, Card, Fact, Icon, Tone, chip, say};
use web::{Ctx, Failure, Page};

pub(super) async fn page(desk: Arc<Desk>, ctx: Ctx, Path(id): Path<String>) -> Page {
    desk::see(&ctx)?;
    let letter = step::letter(&desk, &id).await?;
    letter_page(&desk, &ctx, &letter, &html! {}).await
}

/// The letter's page after a replay that failed again.
pub(super) async fn failed(desk: &Desk, ctx: &Ctx, letter: &DeadLetter, error: &Error) -> Page {
    let title = say(ctx.lang, "Le rejeu a échoué", "The replay failed");
    let message = ui::message(Tone::Bad, title, &html! { (error.text(ctx.lang)) }, &html! {});
    letter_page(desk, ctx, letter, &message).await
}

async fn letter_page(
    desk: &Desk,
    ctx: &Ctx,
    letter: &DeadLetter,
    message: &Markup,
) -> Result<Html<String>, Failure> {
    let view = View::of(desk, ctx);
    let held = groups(desk.letters().await?).into_iter().flat_map(|group| group.streams);
    let mut stream = held.map(|held| held.head).filter(|head| {
        (&head.consumer, &head.source, &head.stream) == (&letter.consumer, &letter.source, &letter.stream)
    });
    let before = stream.next().filter(|head| head.position < letter.position);
    let state = match before {
        Some(_) => chip(Tone::Info, Icon::Hourglass, view.say("Attend son tour", "Waits its turn")),
        None => view.dry_run(Some(&desk.flow.try_out(letter).await)),
    };
    let facts = [
        Fact::new(view.say("Consommateur", "Consumer"), letter.consumer.clone()),
        Fact::new(view.say("Source", "Source"), letter.source.clone()),
        Fact::new("Position", number(ctx.lang, Some(letter.position))),
        Fact::new(view.say("Parquée", "Parked"), desk.instant(ctx.lang, letter.at, ctx.now())),
    ];
    let under = html! { span.row.wrap { (state) span.mono.muted { (letter.stream) } } };
    let shell = desk.shell(ctx, &letter.kind, &[(PATH, view.say("Lettres mortes", "Dead letters"))]).await;
    let content = html! {
        (ui::head(&letter.kind, &under, &ui::fact_strip(&facts)))
        (message)
        (diagnosis(&view, letter, before.as_ref()))
        (event_card(&view, event_of(desk, letter).await.as_ref()))
        @if view.may_write { (ways_out(&view, ctx, letter)) }
    };
    Ok(web::pages::html(shell.page(ui::blocks(content))))
}

async fn event_of(desk: &Desk, letter: &DeadLetter) -> Option<Event> {
    let source = desk.databases.get(&letter.source.parse().ok()?)?;
    source.log_after(letter.position.saturating_sub(1), 1).await.ok()?.into_iter().next()
}

/// What is in the letter's way: its own cause, or the letter before it.
fn diagnosis(view: &View<'_>, letter: &DeadLetter, before: Option<&DeadLetter>) -> Markup {
    let Some(before) = before else {
        let (title, text) = view.diagnosis(&letter.cause);
        let whole = html! { (text) @if letter.cause != "behind" { " " code.mono { (letter.message) } } };
        let tone = if letter.cause == "behind" { Tone::Info } else { Tone::Warn };
        return ui::message(tone, title, &whole, &html! {});
    };
    let position = number(view.lang, Some(before.position));
    let text = match view.lang {
        Lang::Fr => format!(
            "L’événement à la position {position} du même flux n’a pas pu être appliqué. Rejouer prend le flux dans l’ordre."
        ),
        Lang::En => format!(
            "The event at position {position} of the same stream could not be applied. Replaying takes the stream in order."
        ),
    };
    let open = Button::link(
        view.say("Voir ce qui retient le flux", "See what holds the stream"),
        format!("{PATH}/{}", before.id),
    );
    let title = view.say("Attend derrière un autre événement", "Waits behind another event");
    ui::message(Tone::Info, title, &html! { (text) }, &html! { (open.small()) })
}

fn event_card(view: &View<'_>, event: Option<&Event>) -> Markup {
    let title = view.say("Événement", "Event");
    match event {
        Some(event) => {
            let trace = format!("/console/events/{}", event.correlation_id);
            let aside = html! { a.small href=(trace) { (view.say("Sa trace", "Its trace")) } };
            Card::new(title).aside(aside).flush(event_block(view.lang, event)).render()
        }
        None => Card::new(title)
            .body(html! { p.soft { (view.say("Sa source ne répond pas.", "Its source does not answer.")) } })
            .render(),
    }
}

fn ways_out(view: &View<'_>, ctx: &Ctx, letter: &DeadLetter) -> Markup {
    let replay = Button::new(view.say("Rejouer ce flux dans l’ordre", "Replay this stream in order"))
        .primary()
        .icon(Icon::Play)
        .busy(view.say("Rejeu…", "Replaying…"));
    let drop = Button::link(
        view.say("Écarter avec un motif…", "Drop with a reason…"),
        format!("{PATH}/{}/drop", letter.id),
    );
    ui::actions(
        &ui::post_button(&format!("{PATH}/{}/replay", letter.id), &ctx.csrf, &replay),
        &html! { (drop.quiet_danger().icon(Icon::Trash2)) },
    )
}
