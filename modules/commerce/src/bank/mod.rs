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

struct Hold {
    amount_cents: i64,
    state: String,
    version: u64,
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
        loop {
            let row = db.query_one(&HOLD, db::params![request.authorisation]).await?;
            let hold = row.map(|row| {
                Ok::<_, DbError>(Hold {
                    amount_cents: row.int(0)?,
                    state: row.text(1)?,
                    version: row.count(2)?,
                })
            });
            let (answer, batch) = decide(request, hold.transpose()?.as_ref(), &**clock);
            let Some(batch) = batch else { return Ok(answer) };
            match db.write(batch).await {
                Err(error) if error.is_conflict() || matches!(error, DbError::Constraint(_)) => {}
                other => return other.map(|_| answer),
            }
        }
    }
}

/// The answer, and what the bank writes for it; nothing when it was done before, or is refused.
fn decide(request: &Request<'_>, hold: Option<&Hold>, clock: &dyn Clock) -> (Answer, Option<Batch>) {
    let key = request.authorisation;
    let mut batch = Batch::new(clock.now(), Cause::new(&Actor::system("bank"), clock.new_id()));
    let mut book = |kind: &str, cents: i64| {
        batch.expect_one(&BOOK, db::params![key, kind, cents, clock.now()]);
    };
    let asked = request.amount_cents;
    let (answer, change) = match (request.operation, hold.map(|hold| (hold, hold.state.as_str()))) {
        (Operation::Authorise, None) if request.method == REFUSED => (Answer::Refused, Some((0, "refused"))),
        (Operation::Authorise, None) => {
            book("authorise", asked);
            let answer = if request.method == SILENT { Answer::Silence } else { Answer::Done(asked) };
            (answer, Some((asked, "authorised")))
        }
        (Operation::Authorise, Some((hold, "authorised" | "captured"))) => {
            (Answer::Done(hold.amount_cents), None)
        }
        (Operation::Void, None) => (Answer::Done(0), Some((0, "voided"))),
        (Operation::Void, Some((hold, "authorised"))) => {
            book("void", hold.amount_cents);
            (Answer::Done(hold.amount_cents), Some((hold.amount_cents, "voided")))
        }
        (Operation::Void, Some((hold, "voided"))) => (Answer::Done(hold.amount_cents), None),
        (Operation::Void, Some((_, "refused"))) => (Answer::Done(0), None),
        (Operation::Capture, Some((hold, "authorised"))) if asked <= hold.amount_cents => {
            book("capture", asked);
            (Answer::Done(asked), Some((hold.amount_cents, "captured")))
        }
        (Operation::Capture, Some((hold, "captured"))) => (Answer::Done(hold.amount_cents), None),
        (Operation::Refund, Some((hold, "captured"))) if asked <= hold.amount_cents => {
            book("refund", asked);
            (Answer::Done(asked), Some((hold.amount_cents, "refunded")))
        }
        (Operation::Refund, Some((_, "refunded"))) => (Answer::Done(asked), None),
        _ => (Answer::Refused, None),
    };
    let Some((cents, state)) = change else { return (answer, None) };
    match hold {
        None => batch.expect_one(&ADD_HOLD, db::params![key, cents, state]),
        Some(hold) => batch.expect_one(&MOVE_HOLD, db::params![key, hold.version, state]),
    };
    // The guard of the hold comes first.
    batch.writes.rotate_right(1);
    (answer, Some(batch))
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
        declares: BTreeMap::new(),
        start: Box::new(move |wiring| {
            let _ = bank.open.set((wiring.db.clone(), wiring.edge.clock.clone()));
            Parts { api: Api::new(), ..Parts::default() }
        }),
    })
}
