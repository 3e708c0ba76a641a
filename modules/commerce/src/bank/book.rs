//! What the bank makes of a request, by what it holds and what it has done under the key. Pure.

/// The token whose authorisation is refused.
const REFUSED: &str = "tok_refused";
/// The token whose authorisation is done, and not answered the first time.
const SILENT: &str = "tok_silent";
/// The token whose authorisation is only done at the third question.
const SLOW: &str = "tok_slow";
/// The token whose first authorisation has expired when it is captured.
const EXPIRES: &str = "tok_expires";
/// The token whose authorisation has expired when it is captured, and which is not authorised again.
const CAPTURE_FAILS: &str = "tok_capture_fails";
/// The token to which money goes back at the third question.
const REFUND_LATE: &str = "tok_refund_late";
/// The token to which no money goes back.
const REFUND_FAILS: &str = "tok_refund_fails";
/// How often the bank puts off what it does in the end.
const PUT_OFF: u32 = 2;

/// What the bank is asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    /// To hold an amount.
    Authorise,
    /// To take what it holds.
    Capture,
    /// To let go of what it holds; before the authorisation, to refuse it when it comes.
    Void,
    /// To give back of what was taken.
    Refund,
}

impl Operation {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Authorise => "authorise",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }
}

/// What the bank answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// Done, now or before; so much was moved.
    Done(i64),
    /// It will not.
    Refused,
    /// It has not, and may when it is asked again.
    Failed,
    /// Nothing: it may have done it, or not. Ask again with the same key.
    Silence,
}

/// A request to the bank. Authorisation, operation and part are its idempotency key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Request {
    pub(crate) operation: Operation,
    /// The key of the authorisation; ours, and unique.
    pub(crate) authorisation: String,
    /// Which of several operations of its kind; empty when there is one.
    pub(crate) part: String,
    pub(crate) amount_cents: i64,
    /// The token that is paid with.
    pub(crate) method: String,
}

#[cfg(test)]
impl Request {
    pub(crate) fn operation_word(&self) -> &'static str {
        self.operation.word()
    }
}

/// How things stand under a key of authorisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    Thinking,
    Authorised,
    Refused,
    Expired,
    Captured,
    Voided,
}

impl Standing {
    const ALL: [Self; 6] =
        [Self::Thinking, Self::Authorised, Self::Refused, Self::Expired, Self::Captured, Self::Voided];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Thinking => "thinking",
            Self::Authorised => "authorised",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Captured => "captured",
            Self::Voided => "voided",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.word() == word)
    }
}

/// What the bank holds for us under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hold {
    pub(crate) amount_cents: i64,
    pub(crate) captured_cents: i64,
    pub(crate) refunded_cents: i64,
    pub(crate) standing: Standing,
    /// How often it has put us off.
    pub(crate) put_off: u32,
    pub(crate) version: u64,
}

/// What the bank makes of a request.
pub(crate) struct Verdict {
    pub(crate) answer: Answer,
    /// What it holds from now on, when that changes.
    pub(crate) hold: Option<Hold>,
    /// The line in its book under the request's key, when it has done something.
    pub(crate) booked: Option<i64>,
}

/// What is known of a request without doing anything: what an unanswered one came to. `None` when it was never done.
pub(crate) fn recall(operation: Operation, known: Option<&Hold>, done: Option<i64>) -> Option<Answer> {
    match (operation, known.map(|hold| hold.standing), done) {
        (.., Some(cents)) => Some(Answer::Done(cents)),
        (Operation::Authorise, Some(Standing::Refused), None) => Some(Answer::Refused),
        _ => None,
    }
}

/// What the bank makes of a request; `done` is what its book has under the same key.
pub(crate) fn judge(request: &Request, known: Option<&Hold>, done: Option<i64>) -> Verdict {
    if let Some(answer) = recall(request.operation, known, done) {
        return Verdict { answer, hold: None, booked: None };
    }
    let first = Hold {
        amount_cents: 0,
        captured_cents: 0,
        refunded_cents: 0,
        standing: Standing::Thinking,
        put_off: 0,
        version: 0,
    };
    let before = known.cloned().unwrap_or(first);
    match request.operation {
        Operation::Authorise => authorise(request, before),
        Operation::Capture => capture(request, before),
        Operation::Void => void(before),
        Operation::Refund => refund(request, before),
    }
}

fn changed(before: Hold, answer: Answer, booked: Option<i64>, change: impl FnOnce(&mut Hold)) -> Verdict {
    let mut hold = Hold { version: before.version + 1, ..before };
    change(&mut hold);
    Verdict { answer, hold: Some(hold), booked }
}

fn done(before: Hold, cents: i64, change: impl FnOnce(&mut Hold)) -> Verdict {
    changed(before, Answer::Done(cents), Some(cents), change)
}

fn unchanged(answer: Answer) -> Verdict {
    Verdict { answer, hold: None, booked: None }
}

fn authorise(request: &Request, before: Hold) -> Verdict {
    let cents = request.amount_cents;
    let again = request.authorisation.contains('/');
    match (before.standing, request.method.as_str()) {
        (Standing::Thinking, REFUSED) => {
            changed(before, Answer::Refused, None, |hold| hold.standing = Standing::Refused)
        }
        (Standing::Thinking, CAPTURE_FAILS) if again => {
            changed(before, Answer::Refused, None, |hold| hold.standing = Standing::Refused)
        }
        (Standing::Thinking, SLOW) if before.put_off < PUT_OFF => {
            changed(before, Answer::Silence, None, |hold| hold.put_off += 1)
        }
        (Standing::Thinking, method) => {
            let silent = method == SILENT;
            let verdict = done(before, cents, |hold| {
                (hold.standing, hold.amount_cents) = (Standing::Authorised, cents);
            });
            if silent { Verdict { answer: Answer::Silence, ..verdict } } else { verdict }
        }
        _ => unchanged(Answer::Refused),
    }
}

fn capture(request: &Request, before: Hold) -> Verdict {
    let (cents, again) = (request.amount_cents, request.authorisation.contains('/'));
    match (before.standing, request.method.as_str()) {
        (Standing::Authorised, CAPTURE_FAILS) => {
            changed(before, Answer::Refused, None, |hold| hold.standing = Standing::Expired)
        }
        (Standing::Authorised, EXPIRES) if !again => {
            changed(before, Answer::Refused, None, |hold| hold.standing = Standing::Expired)
        }
        (Standing::Authorised, _) if cents <= before.amount_cents => done(before, cents, |hold| {
            (hold.standing, hold.captured_cents) = (Standing::Captured, cents);
        }),
        _ => unchanged(Answer::Refused),
    }
}

fn void(before: Hold) -> Verdict {
    let held = before.amount_cents;
    match before.standing {
        // Also before it was ever asked to authorise: it will refuse.
        Standing::Thinking => changed(before, Answer::Done(0), None, |hold| hold.standing = Standing::Voided),
        Standing::Authorised => done(before, held, |hold| hold.standing = Standing::Voided),
        Standing::Refused | Standing::Expired | Standing::Voided => unchanged(Answer::Done(0)),
        Standing::Captured => unchanged(Answer::Refused),
    }
}

fn refund(request: &Request, before: Hold) -> Verdict {
    let (cents, left) = (request.amount_cents, before.captured_cents - before.refunded_cents);
    match (before.standing, request.method.as_str()) {
        (Standing::Captured, REFUND_FAILS) => unchanged(Answer::Failed),
        (Standing::Captured, REFUND_LATE) if before.put_off < PUT_OFF => {
            changed(before, Answer::Failed, None, |hold| hold.put_off += 1)
        }
        (Standing::Captured, _) if cents <= left => done(before, cents, |hold| hold.refunded_cents += cents),
        _ => unchanged(Answer::Refused),
    }
}
