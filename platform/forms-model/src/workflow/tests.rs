use super::*;
use crate::Definition;
use crate::check::tests::clean;
use crate::define::{Scope, StateKind, Verb};
use crate::values::{Facts, Values};
use kernel::{Error, Kind, Timestamp};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

const LEA: Uuid = Uuid::from_u128(1);
const MARC: Uuid = Uuid::from_u128(2);
const NADIA: Uuid = Uuid::from_u128(3);

/// Tuesday 10 November 2026, 8:02 in Paris.
const NOW: &str = "2026-11-10T07:02:00Z";

fn instance(state: &str) -> InstanceFacts {
    InstanceFacts { state: state.to_owned(), author: LEA, subject: LEA, due_at: None }
}

fn actor(person: Uuid, holds: &[(&str, Scope)]) -> ActorFacts {
    let held =
        |(role, scope): &(&str, Scope)| Held { role: (*role).to_owned(), scope: *scope, on_behalf_of: None };
    ActorFacts { person, holds: holds.iter().map(held).collect() }
}

fn marc() -> ActorFacts {
    actor(MARC, &[("chef", Scope::Team)])
}

fn nadia() -> ActorFacts {
    actor(NADIA, &[("rh", Scope::Module)])
}

fn answers() -> Values {
    [("jour", "2026-11-07"), ("debut", "09:00"), ("fin", "11:00"), ("compensation", "repos")]
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .into()
}

struct Story(Definition, Values);

impl Story {
    fn heures() -> Self {
        Self(clean("modules/people/src/heures"), answers())
    }

    fn run(
        &self,
        at: &InstanceFacts,
        who: &ActorFacts,
        verb: Verb,
        comment: Option<&str>,
    ) -> Result<Change, Refusal> {
        let now = Timestamp::parse(NOW).unwrap();
        let facts = Facts::at(now, &self.0.module);
        decide(
            &self.0,
            &self.0.forms[0],
            at,
            who,
            Command { verb, comment },
            &self.1,
            Moment { now, facts: &facts },
        )
    }

    fn verbs(&self, at: &InstanceFacts, who: &ActorFacts) -> Vec<Verb> {
        let now = Timestamp::parse(NOW).unwrap();
        let facts = Facts::at(now, &self.0.module);
        available(&self.0, &self.0.forms[0], at, who, &self.1, Moment { now, facts: &facts })
    }
}

#[test]
fn two_levels_as_in_the_documents_example() {
    let story = Story::heures();
    let sent = story.run(&instance("brouillon"), &actor(LEA, &[]), Verb::Submit, None).unwrap();
    assert_eq!((sent.to.as_str(), sent.values.unwrap()["minutes"].clone()), ("en_attente_chef", json!(120)));
    // Three working days after Tuesday 10, without Armistice and the weekend: Monday 16 at 18:00.
    assert_eq!(sent.due_at.unwrap().to_string(), "2026-11-16T17:00:00Z");
    // The example's event says form.workflow.approve with the state en_attente_rh: the state is the one after.
    let approved = story.run(&instance("en_attente_chef"), &marc(), Verb::Approve, Some(" OK ")).unwrap();
    assert_eq!((approved.verb.as_str(), approved.to.as_str()), ("approve", "en_attente_rh"));
    assert_eq!(approved.comment.as_deref(), Some("OK"));
    assert_eq!(approved.by_role.to_string(), "chef:team");
    let done = story.run(&instance("en_attente_rh"), &nadia(), Verb::Approve, None).unwrap();
    assert_eq!((done.to.as_str(), done.kind, done.due_at), ("valide", StateKind::Approved, None));
    let closed = story.run(&instance("valide"), &nadia(), Verb::Close, None).unwrap();
    assert!(closed.is_final && closed.to == "clos");
}

#[test]
fn what_is_not_done_here_or_by_them_is_refused() {
    let story = Story::heures();
    let refused = story.run(&instance("valide"), &marc(), Verb::Approve, None).unwrap_err();
    assert_eq!(refused.text().fr, "On ne peut pas approuver une demande dans l’état «\u{a0}Validée\u{a0}».");
    assert_eq!(refused.code(), "not_allowed_from_state");
    let refused = story.run(&instance("en_attente_rh"), &marc(), Verb::Approve, None).unwrap_err();
    assert_eq!(refused.code(), "role_required");
    assert_eq!(Error::from(refused).kind, Kind::Forbidden);
    let stranger = actor(MARC, &[]);
    assert_eq!(
        story.run(&instance("brouillon"), &stranger, Verb::Submit, None).unwrap_err().code(),
        "role_required"
    );
    let narrow = actor(MARC, &[("rh", Scope::Team)]);
    assert_eq!(
        story.run(&instance("en_attente_rh"), &narrow, Verb::Approve, None).unwrap_err().code(),
        "role_required"
    );
    let wide = actor(MARC, &[("chef", Scope::All)]);
    assert!(story.run(&instance("en_attente_chef"), &wide, Verb::Approve, None).is_ok());
    assert!(story.run(&instance("nulle_part"), &marc(), Verb::Approve, None).is_err());
}

#[test]
fn nobody_decides_on_their_own_request_not_even_through_another() {
    let story = Story::heures();
    let state = instance("en_attente_chef");
    let lea = actor(LEA, &[("chef", Scope::All), ("rh", Scope::All)]);
    for verb in [Verb::Approve, Verb::Refuse] {
        assert_eq!(story.run(&state, &lea, verb, Some("non")), Err(Refusal::OwnRequest));
    }
    // Marc stands in for Léa: her right over her own request is none.
    let lent = |of| ActorFacts {
        person: MARC,
        holds: vec![Held { role: "chef".to_owned(), scope: Scope::Team, on_behalf_of: Some(of) }],
    };
    assert_eq!(story.run(&state, &lent(LEA), Verb::Approve, None), Err(Refusal::OwnRequest));
    let change = story.run(&state, &lent(NADIA), Verb::Approve, None).unwrap();
    assert_eq!(change.on_behalf_of, Some(NADIA));
    // Written for somebody else, it is neither's to decide.
    let for_marc = InstanceFacts { subject: MARC, ..state };
    assert_eq!(story.run(&for_marc, &marc(), Verb::Approve, None), Err(Refusal::OwnRequest));
}

#[test]
fn a_refusal_owes_a_reason_and_a_comment_changes_nothing() {
    let story = Story::heures();
    let state = instance("en_attente_chef");
    for nothing in [None, Some(""), Some(" \n ")] {
        assert_eq!(story.run(&state, &marc(), Verb::Refuse, nothing), Err(Refusal::CommentRequired));
    }
    assert_eq!(story.run(&state, &marc(), Verb::Refuse, Some("Doublon")).unwrap().to, "refuse");
    let due = Timestamp::parse("2026-11-16T17:00:00Z");
    let waiting = InstanceFacts { due_at: due, ..state };
    let said = story.run(&waiting, &actor(LEA, &[]), Verb::Comment, Some("<b>Voir le bon</b>")).unwrap();
    assert_eq!(
        (said.from, said.to, said.due_at),
        ("en_attente_chef".to_owned(), "en_attente_chef".to_owned(), due)
    );
    assert_eq!(said.comment.as_deref(), Some("<b>Voir le bon</b>"));
    assert!(story.run(&instance("clos"), &nadia(), Verb::Comment, Some("x")).is_err());
    let long = "x".repeat(4_001);
    assert_eq!(
        story.run(&waiting, &marc(), Verb::Comment, Some(&long)).unwrap_err().code(),
        "comment_too_long"
    );
}

#[test]
fn a_refused_request_is_taken_up_again_by_its_author() {
    let story = Story::heures();
    assert_eq!(story.run(&instance("refuse"), &actor(LEA, &[]), Verb::Reopen, None).unwrap().to, "brouillon");
    assert!(story.run(&instance("refuse"), &marc(), Verb::Reopen, None).is_err());
    assert_eq!(story.run(&instance("clos"), &nadia(), Verb::Reopen, None), Err(Refusal::CommentRequired));
    assert_eq!(
        story.run(&instance("clos"), &nadia(), Verb::Reopen, Some("Erreur")).unwrap().to,
        "en_attente_rh"
    );
}

#[test]
fn wrong_answers_are_not_sent() {
    let mut story = Story::heures();
    story.1.remove("fin");
    let refused = story.run(&instance("brouillon"), &actor(LEA, &[]), Verb::Submit, None).unwrap_err();
    let error = Error::from(refused);
    assert_eq!((error.kind, error.code, error.fields.len()), (Kind::Invalid, "invalid_values", 1));
}

#[test]
fn a_late_decision_escalates() {
    let story = Story::heures();
    let waiting = |due: &str| InstanceFacts { due_at: Timestamp::parse(due), ..instance("en_attente_chef") };
    assert!(story.run(&waiting("2026-11-10T17:00:00Z"), &nadia(), Verb::Approve, None).is_err());
    let late = story.run(&waiting("2026-11-09T17:00:00Z"), &nadia(), Verb::Approve, None).unwrap();
    assert_eq!((late.to.as_str(), late.by_role.to_string().as_str()), ("en_attente_rh", "rh:module"));
}

#[test]
fn the_amount_decides_which_way_an_approval_goes() {
    let definition = clean("modules/people/demandes");
    let form = definition.form("MATERIEL").unwrap();
    let now = Timestamp::parse(NOW).unwrap();
    let facts = Facts::at(now, &definition.module);
    let to = |cents: i64| {
        let price = json!({ "amount_cents": cents, "currency": "EUR" });
        let values: Values = [("quantite", json!(1)), ("prix", price)].map(|(k, v)| (k.to_owned(), v)).into();
        let command = Command { verb: Verb::Approve, comment: None };
        let moment = Moment { now, facts: &facts };
        decide(&definition, form, &instance("en_attente_chef"), &marc(), command, &values, moment).unwrap().to
    };
    assert_eq!([to(50_000), to(50_001)], ["valide", "en_attente_rh"]);
}

#[test]
fn the_buttons_are_those_that_would_work() {
    let story = Story::heures();
    let lea = actor(LEA, &[]);
    assert_eq!(story.verbs(&instance("brouillon"), &lea), [Verb::Submit, Verb::Comment]);
    assert_eq!(story.verbs(&instance("en_attente_chef"), &lea), [Verb::Comment]);
    assert_eq!(
        story.verbs(&instance("en_attente_chef"), &marc()),
        [Verb::Approve, Verb::Refuse, Verb::Comment]
    );
    assert_eq!(story.verbs(&instance("refuse"), &nadia()), [Verb::Comment, Verb::Close]);
    assert_eq!(story.verbs(&instance("clos"), &lea), []);
}

#[test]
fn a_guard_needs_its_facts() {
    let mut files = crate::check::tests::folder("modules/people/src/heures");
    let workflow = files.iter_mut().find(|(path, _)| path.starts_with("workflows/")).unwrap();
    let guard = "guard = { ok = \"week_minutes + minutes <= 48 * 60\", fr = \"La semaine dépasse 48 heures\", en = \"The week exceeds 48 hours\" }\nby = { role = \"chef\", scope = \"team\" }";
    workflow.1 = workflow.1.replacen("by = { role = \"chef\", scope = \"team\" }", guard, 1);
    let definition = crate::check(&files).unwrap();
    let now = Timestamp::parse(NOW).unwrap();
    let run = |facts: &Facts| {
        let command = Command { verb: Verb::Approve, comment: None };
        let moment = Moment { now, facts };
        decide(
            &definition,
            &definition.forms[0],
            &instance("en_attente_chef"),
            &marc(),
            command,
            &answers(),
            moment,
        )
    };
    let facts = Facts::at(now, &definition.module);
    assert_eq!(run(&facts), Err(Refusal::FactUnknown { fact: "week_minutes".to_owned() }));
    assert!(run(&facts.clone().with("week_minutes", 2_760)).is_ok());
    assert_eq!(run(&facts.with("week_minutes", 2_761)).unwrap_err().text().en, "The week exceeds 48 hours");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever anybody tries, the outcome is a declared state, and nobody decides on their own request.
    #[test]
    fn no_command_leaves_the_declared_ways(
        state in prop::sample::select(vec!["brouillon", "en_attente_chef", "en_attente_rh", "valide", "refuse", "clos"]),
        verb in prop::sample::select(Verb::ALL.to_vec()),
        person in prop::sample::select(vec![LEA, MARC]),
        lender in prop::option::of(prop::sample::select(vec![LEA, NADIA])),
        role in prop::sample::select(vec!["chef", "rh", "employee", "autre"]),
        scope in prop::sample::select(Scope::ALL.to_vec()),
        comment in prop::option::of(".{0,12}"),
    ) {
        thread_local! { static STORY: Story = Story::heures(); }
        let who = ActorFacts { person, holds: vec![Held { role: role.to_owned(), scope, on_behalf_of: lender }] };
        let outcome = STORY.with(|story| story.run(&instance(state), &who, verb, comment.as_deref()));
        if let Ok(change) = outcome {
            let declared = STORY.with(|story| story.0.workflows[0].transitions.iter().any(|t| {
                t.verb == verb && t.from.contains(&change.from) && t.to.as_ref().is_none_or(|to| *to == change.to)
            }));
            prop_assert!(declared);
            prop_assert_eq!(verb == Verb::Comment, change.from == change.to);
            if matches!(verb, Verb::Approve | Verb::Refuse | Verb::Close) {
                prop_assert!(person != LEA && lender != Some(LEA));
            }
        }
    }
}
