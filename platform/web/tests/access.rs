//! For random people, a list holds exactly the rows that each row by itself would show: the predicate in SQL and the
//! decision in Rust are one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops at once")]
#![expect(missing_docs, reason = "statements of a test")]

use db::{Batch, Migration, Schema, Table};
use kernel::{Actor, Cause, Lang, ModuleCode, Uuid};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use testkit::{Island, on_both_engines};
use web::{Grant, Principal, Scope, predicate};

static LIST: LazyLock<db::Statement> = LazyLock::new(|| {
    db::Statement::read(
        "LIST",
        format!("SELECT id FROM thing WHERE {} ORDER BY id", predicate("owner_id", "team_id", 1)),
    )
});

db::statements! {
    ADD = write("INSERT INTO thing (id, owner_id, team_id) VALUES (?1, ?2, ?3)").row("thing", &[1]).keyed();
}

/// A small generator with a seed: the same cases in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn person(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(1000 + n))
}

fn team(n: u64) -> Uuid {
    Uuid::from_u128(u128::from(2000 + n))
}

fn principal(dice: &mut Dice) -> Principal {
    let scope = [None, Some(Scope::Own), Some(Scope::Team), Some(Scope::All)][dice.roll(4) as usize];
    let grants = scope.map(|scope| Grant { permission: "thing.read".into(), scope });
    Principal {
        id: person(dice.roll(10)),
        email: String::new(),
        name: String::new(),
        title: String::new(),
        lang: Lang::Fr,
        roles: BTreeSet::new(),
        grants: grants.into_iter().collect(),
        team: None,
        manages: (0..dice.roll(4)).map(|_| team(dice.roll(5))).collect(),
        session: Uuid::nil(),
    }
}

on_both_engines! {
    async fn a_list_holds_what_each_row_would_answer(kind) {
        let sql = "CREATE TABLE thing (id {id} NOT NULL PRIMARY KEY, owner_id {id} NOT NULL, team_id {id}){strict};";
        let statements = all().into_iter().chain([LIST.clone()]).collect();
        let schema = Schema::new(ModuleCode::new("toy").unwrap(), vec![Table::state("thing")], vec![Migration::new(1, "things", sql)], statements);
        let island = Island::new(kind, schema.unwrap()).await;
        let mut dice = Dice(7);
        let mut things = Vec::new();
        for n in 0..60_u128 {
            let team = (dice.roll(5) > 0).then(|| team(dice.roll(5)));
            let thing = (Uuid::from_u128(n + 1), person(dice.roll(10)), team);
            let mut batch = Batch::new(testkit::now(), Cause::new(&Actor::system("test"), Uuid::nil()));
            batch.expect_one(&ADD, db::params![thing.0, thing.1, thing.2]);
            island.db.write(batch).await.unwrap();
            things.push(thing);
        }
        let mut hidden = 0;
        for _ in 0..60 {
            let access = principal(&mut dice).access("thing.read");
            let listed: Vec<Uuid> = island.db.query(&LIST, access.params()).await.unwrap()
                .iter().map(|row| row.uuid(0).unwrap()).collect();
            let expected: Vec<Uuid> =
                things.iter().filter(|(_, owner, team)| access.reaches(*owner, *team)).map(|(id, ..)| *id).collect();
            assert_eq!(listed, expected, "{access:?}");
            hidden += things.len() - expected.len();
        }
        assert!(hidden > 500, "the case hides too little to prove anything");
    }
}
