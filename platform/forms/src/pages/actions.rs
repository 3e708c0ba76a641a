//! What the reader may do with a request: the bar below it, and the second step of what asks for words or cannot be
//! undone.

use super::shown::Shown;
use forms_model::define::Verb;
use kernel::Error;
use maud::{Markup, html};
use web::ui::{self, Button, Confirm, Field, FieldKind, Icon};
use web::{Ctx, FormBody};

/// Where the steps of a request are sent: its own page, or the inbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum From {
    /// The request's own page.
    Request,
    /// The inbox, which goes on to the next one.
    Inbox,
}

/// The longest comment, in characters.
const LONGEST: usize = 4_000;

/// The form that the buttons of the bar belong to.
const FORM: &str = "decide";

impl Shown {
    /// The address of the request where it is shown.
    pub(super) fn address(&self, from: From) -> String {
        let own = format!("/{}/{}", self.forms.code(), self.instance.id);
        if from == From::Inbox { format!("/inbox{own}") } else { own }
    }

    /// The form around the bar: empty but for what every step carries.
    pub(super) fn bar_form(&self, ctx: &Ctx, from: From) -> Markup {
        let revision = html! { input type="hidden" name="_revision" value=(self.instance.revision); };
        ui::post_form(FORM, &format!("{}/approve", self.address(from)), &ctx.csrf, &revision)
    }

    /// The bar: what is decided first, then the rest; when the decision is somebody else's, whose.
    pub(super) fn bar(&self, from: From) -> Markup {
        let address = self.address(from);
        let to = |verb: Verb| format!("{address}/{verb}");
        let busy = self.say("Envoi…", "Sending…");
        let mut near = Vec::new();
        if self.may(Verb::Approve) {
            let button = Button::new(self.say("Approuver", "Approve")).primary().icon(Icon::Check).key('a');
            near.push(button.form(FORM).action(to(Verb::Approve)).busy(busy));
        }
        if self.may(Verb::Refuse) {
            let button = Button::link(self.say("Refuser…", "Refuse…"), to(Verb::Refuse)).danger();
            near.push(button.icon(Icon::X).key('r'));
        }
        if self.may(Verb::Close) {
            let button = Button::new(self.say("Clore la demande", "Close the request")).icon(Icon::Archive);
            near.push(button.form(FORM).action(to(Verb::Close)).busy(busy));
        }
        if self.may(Verb::Reopen) {
            let button = Button::link(self.say("Rouvrir…", "Reopen…"), to(Verb::Reopen));
            near.push(button.quiet().icon(Icon::RotateCcw));
        }
        // The request's own page has a place for comments beside the facts.
        if self.may(Verb::Comment) && from == From::Inbox {
            let button = Button::link(self.say("Commenter", "Comment"), to(Verb::Comment)).key('c');
            near.push(button.quiet().icon(Icon::MessageSquare));
        }
        if !near.is_empty() {
            return ui::decision_bar(&near, &[]);
        }
        match &self.instance.awaits {
            Some(who) => ui::decision_of(self.lang, &self.decider(who).name),
            None => html! {},
        }
    }

    /// The second step of a verb, with what was typed and what was wrong with it.
    pub(super) fn second_step(
        &self,
        ctx: &Ctx,
        verb: Verb,
        from: From,
        typed: &str,
        error: Option<&Error>,
    ) -> Markup {
        let address = self.address(from);
        let name = self.name(self.instance.subject);
        let (title, consequence, label, confirm) = self.step_words(verb, name);
        let mut field =
            Field::new(self.lang, "comment", label, FieldKind::LongText { max: LONGEST }).value(typed);
        if !matches!(verb, Verb::Refuse | Verb::Comment) {
            field = field.optional();
        }
        if let Some(wrong) = error.and_then(|e| e.fields.iter().find(|f| f.field == "comment")) {
            field = field.error(wrong.text.get(self.lang));
        }
        let step = Confirm {
            lang: self.lang,
            title,
            consequence,
            action: format!("{address}/{verb}"),
            csrf: ctx.csrf.clone(),
            hidden: vec![("_revision".into(), self.instance.revision.to_string())],
            fields: vec![field],
            confirm,
            busy: self.say("Envoi…", "Sending…").into(),
            danger: verb == Verb::Refuse,
            cancel: address,
        };
        let told = error.filter(|error| error.fields.is_empty());
        let message = told.map(|error| super::refusal(ctx, &self.act.people, error));
        html! {
            @if let Some(message) = message { (message) }
            p.small.soft { (self.instance.reference) ", " (self.instance.title.get(self.lang)) }
            (ui::confirm(&step))
        }
    }

    /// Title, what follows, the question, and the button of a second step.
    fn step_words(&self, verb: Verb, name: &str) -> (String, String, &'static str, String) {
        let first = name.split_whitespace().next().unwrap_or(name);
        let reads = format!("{first} {}", self.say("lira ce que vous écrivez.", "will read what you write."));
        let own = |fr, en| self.say(fr, en).to_owned();
        match verb {
            Verb::Refuse => (
                own("Refuser cette demande\u{202f}?", "Refuse this request?"),
                format!("{first} {}", self.say("en lira le motif.", "will read the reason.")),
                self.say("Motif", "Reason"),
                own("Refuser la demande", "Refuse the request"),
            ),
            Verb::Comment => (
                own("Commenter cette demande", "Comment on this request"),
                reads,
                self.say("Commentaire", "Comment"),
                own("Ajouter le commentaire", "Add the comment"),
            ),
            Verb::Reopen => (
                own("Rouvrir cette demande\u{202f}?", "Reopen this request?"),
                own(
                    "Elle reprend son cours et garde son historique.",
                    "It takes up its way again and keeps its history.",
                ),
                self.say("Motif", "Reason"),
                own("Rouvrir la demande", "Reopen the request"),
            ),
            Verb::Approve => (
                own("Approuver cette demande\u{202f}?", "Approve this request?"),
                reads,
                self.say("Commentaire", "Comment"),
                own("Approuver la demande", "Approve the request"),
            ),
            Verb::Close | Verb::Submit => (
                own("Clore cette demande\u{202f}?", "Close this request?"),
                reads,
                self.say("Commentaire", "Comment"),
                own("Clore la demande", "Close the request"),
            ),
        }
    }
}

/// The verb of an address; a form's own page handles `submit`.
pub(super) fn verb(text: &str) -> kernel::Result<Verb> {
    Verb::parse(text).filter(|verb| *verb != Verb::Submit).ok_or_else(Error::not_found)
}

/// The words that came with a step.
pub(super) fn comment(body: &FormBody) -> Option<String> {
    let text = body.get("comment");
    (!text.is_empty()).then(|| text.to_owned())
}
