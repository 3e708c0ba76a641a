//! What a list shows is what the decision allows: for any organisation and any reader, the rows that the SQL predicate
//! lets through are the people that `reaches` answers for.

use super::{cause, person};
use crate::auth::queries::PeopleFilter;
use crate::auth::{Auth, Options, SampleTeam, roles};
use kernel::{SystemClock, Uuid};
use proptest::prelude::*;
use std::sync::Arc;
use testkit::{Island, Kind};
use web::{Access, Grant, Scope};

/// People (their team), teams (their manager, the one above), all by number.
type Organisation = (Vec<Option<usize>>, Vec<(Option<usize>, Option<usize>)>);

fn organisation() -> impl Strategy<Value = Organisation> {
    (1_usize..6).prop_flat_map(|teams| {
        let people = prop::collection::vec(prop::option::of(0..teams), 1..12);
        // The team above stands earlier in the list, as in a seed.
        let lines: Vec<_> = (0..teams)
            .map(|n| {
                (
                    prop::option::of(0_usize..12),
                    prop::option::of(0..n.max(1)).prop_map(move |p| p.filter(|_| n > 0)),
                )
            })
            .collect();
        (people, lines)
    })
}

async fn house((people, teams): &Organisation) -> (Island, Arc<Auth>, Vec<Uuid>) {
    let island = Island::new(Kind::Sqlite, crate::auth::schema().unwrap()).await;
    let auth = Auth::new(island.db.clone(), Arc::new(SystemClock), Options { allow_sample: true });
    auth.install_grants(&roles::grants(), &cause()).await.unwrap();
    let name = |n: usize| format!("team {n}");
    let all: Vec<_> = people
        .iter()
        .enumerate()
        .map(|(n, team)| {
            person(&format!("p{n}"), &format!("Person {n}"), &team.map(name).unwrap_or_default(), &[])
        })
        .collect();
    let teams: Vec<_> = teams
        .iter()
        .enumerate()
        .map(|(n, (manager, parent))| SampleTeam {
            name: name(n),
            manager: manager.map(|m| format!("p{}@archipel.test", m % people.len())),
            parent: parent.map(name),
        })
        .collect();
    let seeded = auth.seed(&all, &teams, "archipel", &cause()).await.unwrap();
    let ids = (0..people.len()).map(|n| seeded.people[&format!("p{n}@archipel.test")]).collect();
    (island, auth, ids)
}

/// The reach of somebody under one grant, or none.
async fn reach(auth: &Auth, reader: Uuid, scope: Option<Scope>) -> Access {
    let mut principal = auth.acting_as(reader).await.unwrap().unwrap();
    let grant = |scope| Grant { permission: "x.y.z".into(), scope };
    principal.grants = scope.map(grant).into_iter().collect();
    principal.access("x.y.z")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_list_is_the_decision(organisation in organisation()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let (_island, auth, ids) = house(&organisation).await;
            let people = auth.snapshot().await.unwrap().people.clone();
            for reader in &ids {
                for scope in [None, Some(Scope::Own), Some(Scope::Team), Some(Scope::All)] {
                    let access = reach(&auth, *reader, scope).await;
                    let decided = people.people.values().filter(|p| access.reaches(p.id, p.team)).count();
                    let filter = PeopleFilter { limit: 200, ..PeopleFilter::default() };
                    let listed = auth.people_page(&access, &filter).await.unwrap();
                    assert!(listed.iter().all(|(p, _)| access.reaches(p.id, p.team)));
                    assert_eq!(listed.len(), decided, "{scope:?}");
                    assert_eq!(auth.people_count(&access).await.unwrap(), decided as i64, "{scope:?}");
                }
            }
        });
    }
}
