//! Dead letters: grouped by consumer and cause, replayed in the order of their stream, dropped with a reason.

mod groups;
mod http;
mod one;
mod page;
mod step;

use super::desk::{Desk, READ, WRITE};
use std::sync::Arc;
use web::{Api, Ctx, Doc, FormBody, Query};

pub(super) const PATH: &str = "/console/dead-letters";
/// Characters of a reason, at most.
pub(super) const REASON: usize = 500;

pub(super) fn api(desk: &Arc<Desk>) -> Api {
    let (list, group, one) = (desk.clone(), desk.clone(), desk.clone());
    let (replay, ask, done) = (desk.clone(), desk.clone(), desk.clone());
    let doc = |what: &str, permission| Doc::new(what).permission(permission);
    http::api(desk)
        .get(
            PATH,
            move |ctx: Ctx, query: Query| page::list(list.clone(), ctx, query),
            doc("The page of the dead letters.", READ),
        )
        .post(
            "/console/dead-letters/replay",
            move |ctx: Ctx, form: FormBody| step::replay_group(group.clone(), ctx, form),
            doc("Replays every stream of a group, in order.", WRITE),
        )
        .get(
            "/console/dead-letters/{id}",
            move |ctx: Ctx, path| one::page(one.clone(), ctx, path),
            doc("The page of one dead letter.", READ),
        )
        .post(
            "/console/dead-letters/{id}/replay",
            move |ctx: Ctx, path| step::replay(replay.clone(), ctx, path),
            doc("Replays the stream of a dead letter, in order.", WRITE),
        )
        .get(
            "/console/dead-letters/{id}/drop",
            move |ctx: Ctx, path| step::ask(ask.clone(), ctx, path),
            doc("The second step before a dead letter is dropped.", WRITE),
        )
        .post(
            "/console/dead-letters/{id}/drop",
            move |ctx: Ctx, path, form: FormBody| step::drop_one(done.clone(), ctx, path, form),
            doc("Drops a dead letter with a reason.", WRITE),
        )
}
