//! Live pages: server-sent events that say "something that you look at has changed", never what; the page then asks
//! for its fragment again, under its reader's permissions of that moment.

use crate::ctx::Ctx;
use axum::http::{HeaderMap, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use bus::{Listener, Mark, Signal};
use futures_util::Stream;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// Signals within this time become one event.
const BURST: Duration = Duration::from_millis(20);
/// Seconds after which an idle stream says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(20);

struct Watcher<F> {
    listener: Listener,
    matters: F,
    stop: watch::Receiver<bool>,
}

impl<F: Fn(&Signal) -> bool> Watcher<F> {
    /// The next event; `None` when the system stops, so that a clean stop waits for nobody.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let signal = tokio::select! {
                signal = self.listener.next() => signal?,
                _ = self.stop.wait_for(|stop| *stop) => return None,
            };
            if signal == Signal::Everything || (self.matters)(&signal) {
                break;
            }
        }
        let burst = tokio::time::sleep(BURST);
        tokio::pin!(burst);
        loop {
            tokio::select! {
                () = &mut burst => break,
                signal = self.listener.next() => drop(signal?),
            }
        }
        // The id comes back with the browser's next attempt, as `Last-Event-ID`. Browsers drop an event without data
        // (HTML, 9.2.6), so there is a word, and it says nothing.
        Some(Event::default().event("changed").id(self.listener.mark().to_string()).data("look"))
    }
}

/// What a caller says to have seen: the id of the last event, or `seen` in the address, as the page said it.
pub(crate) fn seen(headers: &HeaderMap, uri: &Uri) -> Option<Mark> {
    let last = headers.get("last-event-id").and_then(|value| Mark::parse(value.to_str().ok()?));
    let mut query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    last.or_else(|| Mark::parse(&query.find(|(name, _)| name == "seen")?.1))
}

/// A stream of `changed` events, one whenever a signal matters that was announced after the page was read: between a
/// page and the stream that it opens, and between two streams, nothing is missed.
pub fn changes<F>(ctx: &Ctx, matters: F) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<F>>
where
    F: Fn(&Signal) -> bool + Send + 'static,
{
    let (listener, stop) = (ctx.edge.bus.listen_after(ctx.seen), ctx.edge.flow.stopping());
    let watcher = Watcher { listener, matters, stop };
    let stream = futures_util::stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}
