//! Which events are critical: a small table, read from top to bottom. A rule that fits raises an alert.

use flow::Delivery;
use kernel::Text;

/// What a rule watches for.
enum Watch {
    /// Events of a type, done by a person: what the system does at its start is not news.
    ByPerson(&'static str),
    /// Events of a type.
    Kind(&'static str),
    /// Events of a type with a word in a member of their data.
    Says(&'static str, &'static str, &'static str),
    /// The same about the same stream, so many times within so many seconds.
    Repeated(&'static str, u64, i64),
}

/// A rule: its code, and its words.
pub(super) struct Rule {
    pub(super) code: &'static str,
    words: (&'static str, &'static str),
    watch: Watch,
}

const RULES: [Rule; 9] = [
    Rule {
        code: "sign_in_failures",
        words: ("Échecs de connexion répétés", "Repeated sign-in failures"),
        // Failures of one person are told at most once in five minutes.
        watch: Watch::Repeated("user.sign_in_failed", 3, 1800),
    },
    Rule {
        code: "permission_granted",
        words: ("Permission accordée à un rôle", "Permission granted to a role"),
        watch: Watch::ByPerson("permission.granted"),
    },
    Rule {
        code: "administrator_made",
        words: ("Nouvel administrateur", "New administrator"),
        watch: Watch::Says("role.granted", "role", "admin"),
    },
    Rule {
        code: "family_revoked",
        words: ("Jeton réutilisé : sessions fermées", "Token reused: sessions closed"),
        watch: Watch::Says("session.revoked", "reason", "refresh_reused"),
    },
    Rule {
        code: "incident_opened",
        words: ("Incident de commande à régler", "Order incident to settle"),
        watch: Watch::Kind("transaction.incident.opened"),
    },
    Rule {
        code: "contradiction",
        words: ("Deux modules se contredisent", "Two modules contradict each other"),
        watch: Watch::Says("dead_letter.parked", "cause", "contradiction"),
    },
    Rule {
        code: "letter_parked",
        words: ("Un événement ne peut pas être appliqué", "An event cannot be applied"),
        watch: Watch::Kind("dead_letter.parked"),
    },
    Rule {
        code: "letter_dropped",
        words: ("Un événement a été écarté", "An event was dropped"),
        watch: Watch::ByPerson("dead_letter.dropped"),
    },
    Rule {
        code: "verification_failed",
        words: ("La vérification a trouvé une altération", "Verification has found an alteration"),
        watch: Watch::Kind("verification.failed"),
    },
];

/// How often something must have happened, and since when, for an event to be critical.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Often {
    pub(super) times: u64,
    pub(super) within_s: i64,
}

/// The first rule that an event fits, and for rules about repetition, how often.
pub(super) fn fitting(delivery: &Delivery) -> Option<(&'static Rule, Option<Often>)> {
    let (event, data) = (&delivery.event, &delivery.data);
    RULES.iter().find_map(|rule| match &rule.watch {
        Watch::Kind(kind) if event.kind == *kind => Some((rule, None)),
        Watch::ByPerson(kind) if event.kind == *kind && event.actor.starts_with("person:") => {
            Some((rule, None))
        }
        Watch::Says(kind, member, word)
            if event.kind == *kind
                && data[*member].as_str().is_some_and(|said| said == *word)
                && (event.actor != "system:sample") =>
        {
            Some((rule, None))
        }
        Watch::Repeated(kind, times, within_s) if event.kind == *kind => {
            Some((rule, Some(Often { times: *times, within_s: *within_s })))
        }
        _ => None,
    })
}

/// The words of a rule; its code when no such rule is known any more.
pub(super) fn words(code: &str) -> Text {
    let rule = RULES.iter().find(|rule| rule.code == code);
    rule.map_or_else(|| Text::new(code, code), |rule| Text::new(rule.words.0, rule.words.1))
}
