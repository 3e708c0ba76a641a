//! Why an event matters to those who must account for it. A small table, read from top to bottom; every rule that fits
//! gives its tag.

use flow::Delivery;

/// A reason to account for an event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tag {
    /// It speaks of a person (GDPR).
    Gdpr,
    /// It moves money, or hours that are paid.
    Financial,
    /// It touches card payments (PCI-DSS).
    PciDss,
    /// It decides who may do what, or who came in.
    Security,
}

impl Tag {
    /// Every tag, in the order of the page's filter.
    pub const ALL: [Self; 4] = [Self::Gdpr, Self::Financial, Self::PciDss, Self::Security];

    /// The tag as it is stored and read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Gdpr => "GDPR",
            Self::Financial => "FINANCIAL",
            Self::PciDss => "PCI-DSS",
            Self::Security => "SECURITY",
        }
    }

    /// Reads a tag.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.word().eq_ignore_ascii_case(word))
    }
}

/// What a rule looks at.
enum Fits {
    /// Events of a module.
    Module(&'static str),
    /// Events whose type begins so.
    Kind(&'static str),
    /// Events of a module's form.
    Form(&'static str, &'static str),
    /// Events with a member sealed under a person's key.
    Sealed,
}

/// How a sealed member begins in the stored text.
const SEALED: &str = "\"$sealed\"";

const RULES: [(Fits, Tag); 23] = [
    (Fits::Sealed, Tag::Gdpr),
    (Fits::Module("auth"), Tag::Gdpr),
    (Fits::Kind("form.workflow."), Tag::Gdpr),
    (Fits::Kind("punch."), Tag::Gdpr),
    (Fits::Form("heures", "heure_sup"), Tag::Financial),
    (Fits::Form("demandes", "materiel"), Tag::Financial),
    (Fits::Kind("payment."), Tag::Financial),
    (Fits::Kind("transaction."), Tag::Financial),
    (Fits::Kind("retail."), Tag::Financial),
    (Fits::Kind("returns."), Tag::Financial),
    (Fits::Kind("bank."), Tag::Financial),
    (Fits::Kind("payment."), Tag::PciDss),
    (Fits::Kind("bank."), Tag::PciDss),
    // Who buys what.
    (Fits::Kind("transaction.created"), Tag::Gdpr),
    (Fits::Kind("ecommerce."), Tag::Gdpr),
    (Fits::Kind("subject."), Tag::Gdpr),
    (Fits::Kind("ecommerce.order."), Tag::Financial),
    (Fits::Module("auth"), Tag::Security),
    (Fits::Kind("audit."), Tag::Security),
    (Fits::Kind("dead_letter."), Tag::Security),
    (Fits::Kind("database."), Tag::Security),
    (Fits::Kind("events."), Tag::Security),
    (Fits::Kind("verification."), Tag::Security),
];

fn fits(rule: &Fits, delivery: &Delivery) -> bool {
    let (module, event) = (delivery.source.module.as_str(), &delivery.event);
    match rule {
        Fits::Module(code) => module == *code,
        Fits::Kind(beginning) => event.kind.starts_with(beginning),
        Fits::Form(code, form) => {
            let said = delivery.data["formType"].as_str();
            module == *code && said.is_some_and(|said| said.eq_ignore_ascii_case(form))
        }
        Fits::Sealed => event.data.contains(SEALED),
    }
}

/// The tags of an event, as they are stored: `FINANCIAL,GDPR`.
pub(super) fn of(delivery: &Delivery) -> String {
    let mut tags: Vec<&str> =
        RULES.iter().filter(|(rule, _)| fits(rule, delivery)).map(|(_, tag)| tag.word()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags.join(",")
}
