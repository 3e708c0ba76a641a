//! The ticket under way. It lives in the form of the page and nowhere else: each step sends it and gets it back. Pure.

use crate::retail::till::model::{MOST_LINES, MOST_PIECES, Means};
use crate::retail::till::record::Given;
use kernel::Uuid;
use web::FormBody;
use web::ui::format;

/// What lies on the counter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Draft {
    /// The sale that it will be: chosen once, so that pressing twice sells once.
    pub(super) sale: Uuid,
    /// Products and pieces, in the order of their scanning.
    pub(super) lines: Vec<(Uuid, i64)>,
    /// What was paid so far.
    pub(super) given: Vec<Given>,
    /// The line that was touched last.
    pub(super) on: usize,
    /// The shelf that is shown.
    pub(super) shelf: String,
}

/// What somebody at the till wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// So many of what a code or a name says.
    Scan { pieces: i64, text: String },
    /// One more of a product.
    Add(Uuid),
    /// To pay by a means: this amount, or all that is left.
    Pay { means: Means, cents: Option<i64> },
    /// An amount that cannot be read.
    Unreadable,
    /// The ticket was changed already, or nothing is to be done.
    Show,
}

impl Draft {
    /// What the form holds.
    pub(super) fn of(body: &FormBody) -> Self {
        let line = |text: &String| {
            let (product, pieces) = text.split_once(':')?;
            Some((product.parse().ok()?, pieces.parse().ok()?))
        };
        let given = |text: &String| {
            let (means, cents) = text.split_once(':')?;
            Some(Given { means: Means::parse(means)?, given_cents: cents.parse().ok()? })
        };
        let mut lines: Vec<_> = body.all("line").iter().filter_map(line).collect();
        lines.truncate(MOST_LINES);
        Self {
            sale: body.get("sale").parse().unwrap_or_default(),
            lines,
            given: body.all("tender").iter().filter_map(given).take(20).collect(),
            on: body.get("on").parse().unwrap_or(0),
            shelf: body.get("shelf").to_owned(),
        }
    }

    /// What the pressed button asks for; what concerns the ticket alone is done at once.
    pub(super) fn step(&mut self, body: &FormBody) -> Step {
        let (verb, rest) = body.get("do").split_once(':').unwrap_or((body.get("do"), ""));
        let amount = body.get("amount");
        let cents = format::read::money(amount).filter(|cents| *cents > 0);
        let pay = |means| match (amount.is_empty(), cents) {
            (false, None) => Step::Unreadable,
            (_, cents) => Step::Pay { means, cents },
        };
        match verb {
            "pay" => Means::parse(rest).map_or(Step::Show, pay),
            // Enter in the field of the amount sends the first button of the form.
            "scan" if body.get("code").is_empty() && !amount.is_empty() => pay(Means::Cash),
            "scan" => scanned(body.get("code")),
            "add" => rest.parse().map_or(Step::Show, Step::Add),
            "shelf" => {
                rest.clone_into(&mut self.shelf);
                Step::Show
            }
            _ => {
                self.change(verb, rest.parse().unwrap_or(usize::MAX));
                Step::Show
            }
        }
    }

    /// More, less or none of a line, or no payment yet.
    fn change(&mut self, verb: &str, at: usize) {
        if verb == "unpay" {
            self.given.clear();
        }
        if at >= self.lines.len() {
            return;
        }
        self.on = at;
        let pieces = &mut self.lines[at].1;
        match verb {
            "plus" => *pieces = (*pieces + 1).min(MOST_PIECES),
            "minus" if *pieces > 1 => *pieces -= 1,
            "minus" | "drop" => {
                self.lines.remove(at);
                self.on = at.min(self.lines.len().saturating_sub(1));
            }
            _ => {}
        }
    }

    /// Adds pieces of a product, to its line when there is one.
    pub(super) fn add(&mut self, product: Uuid, pieces: i64) {
        if let Some(at) = self.lines.iter().position(|(known, _)| *known == product) {
            self.lines[at].1 = (self.lines[at].1 + pieces).min(MOST_PIECES);
            self.on = at;
        } else if self.lines.len() < MOST_LINES {
            self.lines.push((product, pieces));
            self.on = self.lines.len() - 1;
        }
    }

    /// What was paid so far.
    pub(super) fn paid_cents(&self) -> i64 {
        self.given.iter().map(|one| one.given_cents).sum()
    }
}

/// `3*3660619012345` is three of that; a number that no till sells is part of a name.
fn scanned(text: &str) -> Step {
    let counted = text.split_once('*').and_then(|(count, code)| {
        let pieces = count.trim().parse().ok().filter(|n| (1..=MOST_PIECES).contains(n))?;
        Some(Step::Scan { pieces, text: code.trim().to_owned() })
    });
    counted.unwrap_or_else(|| Step::Scan { pieces: 1, text: text.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_multiplies() {
        let scan = |pieces, text: &str| Step::Scan { pieces, text: text.into() };
        assert_eq!(scanned("3*4006381333931"), scan(3, "4006381333931"));
        assert_eq!(scanned(" 12 * gilet "), scan(12, "gilet"));
        assert_eq!(scanned("0*gilet"), scan(1, "0*gilet"));
        assert_eq!(scanned("gilet"), scan(1, "gilet"));
    }

    #[test]
    fn lines_are_counted_up_and_down() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut draft = Draft::default();
        draft.add(one, 2);
        draft.add(two, 1);
        draft.add(one, 1);
        assert_eq!((draft.lines.clone(), draft.on), (vec![(one, 3), (two, 1)], 0));
        draft.change("minus", 1);
        assert_eq!((draft.lines.len(), draft.on), (1, 0));
        draft.change("plus", 0);
        draft.change("plus", 7);
        assert_eq!(draft.lines, [(one, 4)]);
        draft.change("drop", 0);
        assert!(draft.lines.is_empty());
    }
}
