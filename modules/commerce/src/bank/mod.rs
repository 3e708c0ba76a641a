//! A bank to practise with: it keeps its own book, knows nothing of ours, and can be told to misbehave.
//!
//! It owns `bank_hold` and `bank_operation`, in a database of its own, as an outsider would. Every operation names its
//! key and is done once, however often it is asked for; what came of a key can be asked without doing anything. How it
//! behaves is in the token that is paid with:
//!
//! | token | the bank |
//! |---|---|
//! | `tok_ok`, and any other | does what it is asked |
//! | `tok_refused` | refuses to authorise |
//! | `tok_silent` | authorises, and does not answer the first time |
//! | `tok_slow` | neither authorises nor answers before it is asked for the third time |
//! | `tok_twice` | gets every request twice, and answers twice |
//! | `tok_expires` | has let the authorisation expire when it is captured; gives another one |
//! | `tok_capture_fails` | has let it expire too, and gives no other |
//! | `tok_refund_late` | fails to give money back twice, then does |
//! | `tok_refund_fails` | never gives money back |

mod book;

pub(crate) use book::{Answer, Hold, Operation, Request, Standing, Verdict, judge, recall};

use db::{Batch, Db, DbError, DbResult, Migration, Row, Schema, Table};
use kernel::{Actor, Cause, Clock, Error, ModuleCode, Result, Text};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use web::{Api, Module, Parts};

/// The module's code.
const CODE: &str = "bank";
/// The token whose requests arrive twice.
const TWICE: &str = "tok_twice";

db::statements! {
    HOLD = read("SELECT amount_cents, captured_cents, refunded_cents, state, put_off, version FROM bank_hold WHERE authorisation = ?1");
    DONE = read("SELECT amount_cents FROM bank_operation WHERE authorisation = ?1 AND kind = ?2 AND part = ?3");
    ADD_HOLD = write("INSERT INTO bank_hold (authorisation, amount_cents, captured_cents, refunded_cents, state, put_off, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)").keyed();
    MOVE_HOLD = write("UPDATE bank_hold SET amount_cents = ?3, captured_cents = ?4, refunded_cents = ?5, state = ?6, put_off = ?7, version = version + 1 WHERE authorisation = ?1 AND version = ?2").keyed();
    /// Holds whose sums are not those of the book.
    ODD = read("SELECT h.authorisation, h.captured_cents, h.refunded_cents FROM bank_hold h WHERE h.captured_cents <> (SELECT coalesce(sum(c.amount_cents), 0) FROM bank_operation c WHERE c.authorisation = h.authorisation AND c.kind = 'capture') OR h.refunded_cents <> (SELECT coalesce(sum(r.amount_cents), 0) FROM bank_operation r WHERE r.authorisation = h.authorisation AND r.kind = 'refund') ORDER BY h.authorisation LIMIT 100");
    BOOK = write("INSERT INTO bank_operation (authorisation, kind, part, amount_cents, at) VALUES (?1, ?2, ?3, ?4, ?5)").keyed();
}

/// The bank, as those who pay know it.
#[derive(Default)]
pub(crate) struct Bank {
    /// Its database and its clock, once it has opened.
    open: OnceLock<(Db, Arc<dyn Clock>)>,
}

fn hold(row: &Row) -> DbResult<Hold> {
    let word = row.text(3)?;
    Ok(Hold {
        amount_cents: row.int(0)?,
        captured_cents: row.int(1)?,
        refunded_cents: row.int(2)?,
        standing: Standing::parse(&word).ok_or_else(|| DbError::internal(format!("no state `{word}`")))?,
        put_off: u32::try_from(row.int(4)?).unwrap_or(0),
        version: row.count(5)?,
    })
}

impl Bank {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    fn opened(&self) -> DbResult<&(Db, Arc<dyn Clock>)> {
        self.open.get().ok_or_else(|| DbError::Unavailable("the bank is closed".into()))
    }

    /// What it holds, and what it has done under the request's key.
    async fn known(&self, request: &Request) -> DbResult<(Option<Hold>, Option<i64>)> {
        let (db, _) = self.opened()?;
        let row = db.query_one(&HOLD, db::params![&request.authorisation]).await?;
        let known = row.map(|row| hold(&row)).transpose()?;
        let params = db::params![&request.authorisation, request.operation.word(), &request.part];
        let done = db.query_one(&DONE, params).await?.map(|row| row.int(0)).transpose()?;
        Ok((known, done))
    }

    /// What came of a request that was not answered; `None` when it was never done.
    ///
    /// # Errors
    /// As [`Bank::ask`].
    pub(crate) async fn recall(&self, request: &Request) -> DbResult<Option<Answer>> {
        let (known, done) = self.known(request).await?;
        Ok(recall(request.operation, known.as_ref(), done))
    }

    /// Does what it is asked, once.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] before it has opened, and while its database is away.
    pub(crate) async fn ask(&self, request: &Request) -> DbResult<Answer> {
        let answer = self.once(request).await?;
        if request.method == TWICE { self.once(request).await } else { Ok(answer) }
    }

    async fn once(&self, request: &Request) -> DbResult<Answer> {
        let (db, clock) = self.opened()?;
        let key = &request.authorisation;
        loop {
            let (known, done) = self.known(request).await?;
            let Verdict { answer, hold, booked } = judge(request, known.as_ref(), done);
            let Some(h) = hold else { return Ok(answer) };
            let mut batch = Batch::new(clock.now(), Cause::new(&Actor::system("bank"), clock.new_id()));
            let (state, put_off) = (h.standing.word(), i64::from(h.put_off));
            let (held, captured, refunded) = (h.amount_cents, h.captured_cents, h.refunded_cents);
            match h.version {
                1 => batch.expect_one(&ADD_HOLD, db::params![key, held, captured, refunded, state, put_off]),
                version => {
                    let params = db::params![key, version - 1, held, captured, refunded, state, put_off];
                    batch.expect_one(&MOVE_HOLD, params)
                }
            };
            if let Some(cents) = booked {
                let params = db::params![key, request.operation.word(), &request.part, cents, clock.now()];
                batch.expect_one(&BOOK, params);
            }
            match db.write(batch).await {
                Err(error) if error.is_conflict() || matches!(error, DbError::Constraint(_)) => {}
                other => return other.map(|_| answer),
            }
        }
    }
}

/// What does not add up: a hold is the sum of what was done under its key.
async fn odd(db: Db) -> DbResult<Vec<flow::Finding>> {
    let rows = db.query(&ODD, Vec::new()).await?;
    let finding = |row: &Row| {
        let message =
            format!("captured {} and given back {}, which its book does not say", row.int(1)?, row.int(2)?);
        Ok(flow::Finding::new(&db, format!("hold {}", row.text(0)?), message))
    };
    rows.iter().map(finding).collect()
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
        checks: vec![flow::Check::new("the bank’s own book", odd)],
        declares: BTreeMap::new(),
        start: Box::new(move |wiring| {
            let _ = bank.open.set((wiring.db.clone(), wiring.edge.clock.clone()));
            Parts { api: Api::new(), ..Parts::default() }
        }),
    })
}
