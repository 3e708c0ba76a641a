//! A bank to practise with: it keeps its own book, knows nothing of ours, and can be told to misbehave.
//!
//! It owns `bank_hold` and `bank_operation`, in a database of its own, as an outsider would. Every operation names the
//! key of its authorisation and is done once, however often it is asked for. How it behaves is in the token that is
//! paid with:
//!
//! | token | the bank |
//! |---|---|
//! | `tok_ok`, and any other | does what it is asked |
//! | `tok_refused` | refuses to authorise |
//! | `tok_silent` | authorises, and does not answer the first time |

use db::{Batch, Db, DbError, DbResult, Migration, Schema, Table};
use kernel::{Actor, Cause, Clock, Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use web::{Api, Module, Parts};

/// The module's code.
const CODE: &str = "bank";
/// The token whose authorisation is refused.
const REFUSED: &str = "tok_refused";
/// The token whose authorisation is done, and not answered the first time.
const SILENT: &str = "tok_silent";

db::statements! {
    HOLD = read("SELECT amount_cents, state, version FROM bank_hold WHERE authorisation = ?1");
    ADD_HOLD = write("INSERT INTO bank_hold (authorisation, amount_cents, state, version) VALUES (?1, ?2, ?3, 1)").keyed();
    MOVE_HOLD = write("UPDATE bank_hold SET state = ?3, version = version + 1 WHERE authorisation = ?1 AND version = ?2").keyed();
    BOOK = write("INSERT INTO bank_operation (authorisation, kind, amount_cents, at) VALUES (?1, ?2, ?3, ?4)").keyed();
}

/// What the bank is asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    /// To hold an amount.
    Authorise,
    /// To take what it holds.
    Capture,
    /// To let go of what it holds; before the authorisation, to refuse it when it comes.
    Void,
    /// To give back what was taken.
    Refund,
}

/// What the bank answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// Done, now or before; so much was moved.
    Done(i64),
    /// It will not.
    Refused,
    /// Nothing: it may have done it, or not. Ask again with the same key.
    Silence,
}

/// A request to the bank.
pub(crate) struct Request<'a> {
    pub(crate) operation: Operation,
    /// The key of the authorisation; ours, and unique.
    pub(crate) authorisation: &'a str,
    pub(crate) amount_cents: i64,
    /// The token that is paid with.
    pub(crate) method: &'a str,
}

/// The bank, as those who pay know it.
#[derive(Default)]
pub(crate) struct Bank {
    /// Its database and its clock, once it has opened.
    open: OnceLock<(Db, Arc<dyn Clock>)>,
}

/// What the bank holds for us under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hold {
    pub(crate) amount_cents: i64,
    pub(crate) state: String,
    version: u64,
}

/// What the bank makes of a request.
pub(crate) struct Verdict {
    pub(crate) answer: Answer,
    /// What it holds from now on, when that changes.
    pub(crate) hold: Option<Hold>,
    /// The line in its book, when it has done something: kind and amount.
    booked: Option<(&'static str, i64)>,
}

impl Bank {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Does what it is asked, once.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] before it has opened, and while its database is away.
    pub(crate) async fn ask(&self, request: &Request<'_>) -> DbResult<Answer> {
        let (db, clock) = self.open.get().ok_or_else(|| DbError::Unavailable("the bank is closed".into()))?;
        let key = request.authorisation;
        loop {
            let row = db.query_one(&HOLD, db::params![key]).await?;
            let known = row.map(|row| {
                Ok::<_, DbError>(Hold {
                    amount_cents: row.int(0)?,
                    state: row.text(1)?,
                    version: row.count(2)?,
                })
            });
            let Verdict { answer, hold, booked } = judge(request, known.transpose()?.as_ref());
            let Some(hold) = hold else { return Ok(answer) };
            let mut batch = Batch::new(clock.now(), Cause::new(&Actor::system("bank"), clock.new_id()));
            match hold.version {
                1 => batch.expect_one(&ADD_HOLD, db::params![key, hold.amount_cents, hold.state]),
                version => batch.expect_one(&MOVE_HOLD, db::params![key, version - 1, hold.state]),
            };
            if let Some((kind, cents)) = booked {
                batch.expect_one(&BOOK, db::params![key, kind, cents, clock.now()]);
            }
            match db.write(batch).await {
                Err(error) if error.is_conflict() || matches!(error, DbError::Constraint(_)) => {}
                other => return other.map(|_| answer),
            }
        }
    }
}

/// What the bank makes of a request, by what it holds under its key. Pure.
pub(crate) fn judge(request: &Request<'_>, known: Option<&Hold>) -> Verdict {
    let asked = request.amount_cents;
    let before = |cents| Verdict { answer: Answer::Done(cents), hold: None, booked: None };
    let done = |state: &str, holds, booked: Option<(&'static str, i64)>| {
        let version = known.map_or(1, |hold| hold.version + 1);
        let hold = Hold { amount_cents: holds, state: state.to_owned(), version };
        Verdict { answer: Answer::Done(booked.map_or(0, |(_, cents)| cents)), hold: Some(hold), booked }
    };
    match (request.operation, known.map(|hold| (hold.amount_cents, hold.state.as_str()))) {
        (Operation::Authorise, None) if request.method == REFUSED => {
            Verdict { answer: Answer::Refused, ..done("refused", 0, None) }
        }
        (Operation::Authorise, None) if request.method == SILENT => {
            Verdict { answer: Answer::Silence, ..done("authorised", asked, Some(("authorise", asked))) }
        }
        (Operation::Authorise, None) => done("authorised", asked, Some(("authorise", asked))),
        (Operation::Authorise, Some((held, "authorised" | "captured"))) => before(held),
        (Operation::Void, None) => done("voided", 0, None),
        (Operation::Void, Some((held, "authorised"))) => done("voided", held, Some(("void", held))),
        (Operation::Void, Some((held, "voided"))) => before(held),
        (Operation::Void, Some((_, "refused"))) => before(0),
        (Operation::Capture, Some((held, "authorised"))) if asked <= held => {
            done("captured", held, Some(("capture", asked)))
        }
        (Operation::Capture, Some((held, "captured"))) => before(held),
        (Operation::Refund, Some((held, "captured"))) if asked <= held => {
            done("refunded", held, Some(("refund", asked)))
        }
        (Operation::Refund, Some((_, "refunded"))) => before(asked),
        _ => Verdict { answer: Answer::Refused, hold: None, booked: None },
    }
}

/// The module.
///
/// # Errors
/// When a statement is not acceptable, which a test rules out.
pub(crate) fn module(bank: Arc<Bank>) -> Result<Module> {
    let code = ModuleCode::new(CODE).map_err(|e| Error::internal(e.to_string()))?;
    let tables = ["bank_hold", "bank_operation"].map(Table::technical).to_vec();
    let steps = vec![Migration::new(1, "the book", include_str!("migrations/1.sql"))];
    Ok(Module {
        schema: Arc::new(Schema::new(code.clone(), tables, steps, all())?),
        code,
        version: env!("CARGO_PKG_VERSION").into(),
        name: Text::new("Banque d’essai", "Practice bank"),
        fold: None,
        grants: Vec::new(),
        menu: Vec::new(),
        contracts: Vec::new(),
        checks: Vec::new(),
        declares: BTreeMap::new(),
        start: Box::new(move |wiring| {
            let _ = bank.open.set((wiring.db.clone(), wiring.edge.clock.clone()));
            Parts { api: Api::new(), ..Parts::default() }
        }),
    })
}
