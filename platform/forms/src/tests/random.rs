//! Whatever people do in whatever order: the events fold to the rows, and the workflow's rules hold.

use super::world::{CAST, World, answers, principal};
use crate::{Act, Answers, Command};
use forms_model::define::Verb;
use kernel::{Actor, Cause, Clock, Kind as ErrorKind};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use testkit::on_both_engines;

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % most
    }
}

fn values(numbers: &mut Numbers) -> BTreeMap<String, Json> {
    let Json::Object(given) = answers() else { return BTreeMap::new() };
    let mut values: BTreeMap<String, Json> = given.into_iter().collect();
    values.insert("quantite".into(), json!(1 + numbers.below(9)));
    if numbers.below(3) == 0 {
        values.remove("motif");
    }
    if numbers.below(4) == 0 {
        values.insert("quand".into(), json!({ "from": "2026-12-21", "to": "2026-12-31" }));
    }
    values
}

on_both_engines! {
    async fn events_fold_to_rows_after_anything(kind) {
        let world = World::new(kind).await;
        let mut numbers = Numbers(20_261_110);
        let mut ids = vec![world.clock.new_id()];
        let people = world.edge.people().await.unwrap();
        let (mut done, mut refused) = (0, 0);
        for _ in 0..220 {
            let who = CAST[numbers.below(CAST.len())].0;
            let id = ids[numbers.below(ids.len())];
            let revision = (numbers.below(6) == 0).then(|| 1 + numbers.below(4) as u64);
            let command = match numbers.below(8) {
                0 | 1 => Command::Create {
                    form: "DEPENSE".into(),
                    values: values(&mut numbers),
                    submit: numbers.below(2) == 0,
                },
                2 => Command::Save { id, answers: Answers::All(values(&mut numbers)), revision },
                3 if numbers.below(3) == 0 => Command::Delete { id, revision },
                _ => Command::Act {
                    id,
                    verb: Verb::ALL[numbers.below(6)],
                    comment: (numbers.below(3) > 0).then(|| format!("Parole <b>{}</b>\u{202e}", numbers.below(99))),
                    answers: None,
                    revision,
                },
            };
            let principal = principal(who);
            let cause = Cause::new(&Actor::Person(principal.id), world.clock.new_id());
            let act = Act { principal, people: people.clone(), now: world.now(), cause, clock: world.clock.clone() };
            world.clock.advance(1 + i64::try_from(numbers.below(3600)).unwrap());
            match world.forms.run(&act, &command).await {
                Ok(change) => {
                    done += 1;
                    if !ids.contains(&change.instance.id) {
                        ids.push(change.instance.id);
                    }
                }
                Err(error) => {
                    refused += 1;
                    assert!(!matches!(error.kind, ErrorKind::Internal | ErrorKind::Unavailable { .. }), "{command:?}: {error}");
                }
            }
        }
        assert!(done > 50 && refused > 40, "{done} done, {refused} refused");
        world.verified().await;
    }

    async fn an_erased_person_leaves_rows_that_still_verify(kind) {
        let world = World::new(kind).await;
        let sent = world.sent("lea").await;
        world.step("marc", &sent, "refuse", json!({ "comment": "Léa en a déjà une" })).await.ok(200);
        let cause = Cause::new(&Actor::system("test"), world.clock.new_id());
        world.island.db.erase_subject(crate::tests::world::id(11), world.now(), cause).await.unwrap();
        world.verified().await;
        let stream = world.island.db.stream(&format!("instance/{sent}"), 0, 10).await.unwrap();
        let opened = world.island.db.data(&stream[1]).await.unwrap();
        assert_eq!(opened["payload"]["comment"], json!({ "$erased": true }));
        assert_eq!(opened["payload"]["title"], json!({ "$erased": true }));
    }
}
