use super::{RESERVED_CODES, check};
use crate::{Definition, define::canonical_json};
use proptest::prelude::*;

/// The declaration files of a folder of the repository.
pub(crate) fn folder(path: &str) -> Vec<(String, String)> {
    let root = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    let mut files =
        vec![("module.toml".to_owned(), std::fs::read_to_string(format!("{root}/module.toml")).unwrap())];
    for part in ["forms", "workflows", "rules"] {
        for entry in std::fs::read_dir(format!("{root}/{part}")).into_iter().flatten() {
            let entry = entry.unwrap();
            let name = format!("{part}/{}", entry.file_name().to_string_lossy());
            files.push((name, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
    files
}

/// A folder of the repository that must have nothing wrong.
pub(crate) fn clean(path: &str) -> Definition {
    check(&folder(path)).unwrap_or_else(|found| {
        panic!("{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

const MODULE: &str = r#"code = "essai"
prefix = "es"
version = "1.0.0"
name = { fr = "Essai", en = "Trial" }

[[role]]
key = "chef"
name = { fr = "Responsable", en = "Manager" }
"#;

const FORM: &str = r#"form = "ESSAI"
version = 1
title = { fr = "Essai", en = "Trial" }
workflow = "simple@1"

[[field]]
key = "minutes"
type = "duration"
label = { fr = "Durée", en = "Duration" }

[[field]]
key = "motif"
type = "text"
label = { fr = "Motif", en = "Reason" }
required = "minutes > 120"
"#;

const WORKFLOW: &str = include_str!("simple.toml");

fn report(module: &str, form: &str, workflow: &str) -> String {
    let files = [("module.toml", module), ("forms/essai.toml", form), ("workflows/simple.toml", workflow)];
    match check(&files) {
        Ok(_) => String::new(),
        Err(found) => found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

/// What is said of the form with one text put in the place of another.
fn form(from: &str, to: &str) -> String {
    assert!(FORM.contains(from), "{from}");
    report(MODULE, &FORM.replacen(from, to, 1), WORKFLOW)
}

fn workflow(from: &str, to: &str) -> String {
    assert!(WORKFLOW.contains(from), "{from}");
    report(MODULE, FORM, &WORKFLOW.replacen(from, to, 1))
}

#[test]
fn the_folders_of_the_product_have_nothing_wrong() {
    let heures = clean("modules/people/src/heures");
    assert_eq!((heures.forms.len(), heures.kpis.len(), heures.rules.len()), (1, 6, 1));
    let waiting = heures.kpis.iter().find(|kpi| kpi.id == "en_cours").unwrap();
    assert_eq!(waiting.states, ["en_attente_chef", "en_attente_rh"]);
    let demandes = clean("modules/people/demandes");
    assert_eq!((demandes.forms.len(), demandes.workflows.len(), demandes.backlog.len()), (3, 3, 5));
    assert_eq!(report(MODULE, FORM, WORKFLOW), "");
}

#[test]
fn a_stored_definition_comes_back_identical() {
    for path in ["modules/people/src/heures", "modules/people/demandes"] {
        let definition = clean(path);
        let text = definition.canonical();
        let again = Definition::from_json(&text).unwrap();
        assert_eq!(definition, again);
        assert_eq!(text, again.canonical());
    }
    assert_eq!(
        canonical_json(&serde_json::json!({"b": [1, {"d": 2, "c": "é\""}], "a": null})),
        r#"{"a":null,"b":[1,{"c":"é\"","d":2}]}"#
    );
}

#[test]
fn line_and_column_of_what_toml_finds() {
    assert!(form("version = 1", "version = ").starts_with("forms/essai.toml:2:11: "));
    let twice = form("version = 1", "version = 1\nversion = 2");
    assert!(twice.starts_with("forms/essai.toml:3:1: duplicate key"), "{twice}");
    // Two syntax errors in two files are both told, and nothing is guessed about the links between them.
    let both = report("code = \"essai", &FORM.replace("version = 1", "version ="), WORKFLOW);
    assert_eq!(
        both.lines().map(|line| line.split(':').next().unwrap()).collect::<Vec<_>>(),
        ["forms/essai.toml", "module.toml"]
    );
}

#[test]
fn keys_types_and_words() {
    assert_eq!(
        form("label = { fr = \"Motif\"", "lable = { fr = \"Motif\""),
        "forms/essai.toml:11:1: a field has no `label`; expected `label = { fr = \"…\", en = \"…\" }`\n\
         forms/essai.toml:14:1: a field has no key `lable`; expected a known key; did you mean `label`?"
    );
    assert_eq!(
        form(", en = \"Reason\"", ""),
        "forms/essai.toml:14:9: label has no `en`; expected `en = \"…\"`"
    );
    assert_eq!(
        form("type = \"text\"", "type = \"txt\""),
        "forms/essai.toml:13:8: `txt` is not a known `type`; expected one of `text`, `longtext`, `int`, `decimal`, \
         `money`, `bool`, `choice`, `multichoice`, `date`, `time`, `datetime`, `duration`, `person`, `email`, `phone`, \
         `iban`, `period`, `note`; did you mean `text`?"
    );
    assert_eq!(
        form("version = 1", "version = \"1\""),
        "forms/essai.toml:2:11: `version` is a text; expected an integer from 1 to 1000000"
    );
    assert_eq!(
        form("key = \"motif\"", "key = \"minutes\""),
        "forms/essai.toml:12:7: `minutes` is there twice; expected each name once"
    );
    assert!(form("key = \"motif\"", "key = \"in\"").contains("`in` is a word of expressions"));
    assert!(form("key = \"motif\"", "key = \"Motif\"").contains("the key `Motif`"));
    assert!(form("type = \"text\"", "type = \"text\"\nmin = 3").contains("a field has no key `min`"));
    assert!(
        form("type = \"duration\"", "type = \"duration\"\nmin = 9\nmax = 3")
            .contains("`min` 9 is above `max` 3")
    );
    assert!(form("type = \"text\"", "type = \"choice\"").contains("a field has no `options`"));
}

#[test]
fn expressions_are_checked_to_the_character() {
    assert_eq!(
        form("\"minutes > 120\"", "\"minuts > 120\""),
        "forms/essai.toml:15:13: `minuts` is unknown; expected a field or a fact; did you mean `minutes`?"
    );
    assert_eq!(
        form("\"minutes > 120\"", "\"minutes > 12.5\""),
        "forms/essai.toml:15:23: a number with a decimal point; expected an integer (minutes, cents)"
    );
    assert_eq!(
        form("\"minutes > 120\"", "\"minutes + 120\""),
        "forms/essai.toml:15:13: the expression gives an integer; expected true or false"
    );
    assert!(form("\"minutes > 120\"", "\"minutes > > 2\"").starts_with("forms/essai.toml:15:23: "));
    assert!(
        form("\"minutes > 120\"", "\"120 / minutes > 2\"").contains("no value while nothing is filled in")
    );
    assert!(form("\"minutes > 120\"", "3").contains("`required` is neither"));
    let long = format!("\"{}true\"", "true || ".repeat(200));
    assert!(form("\"minutes > 120\"", &long).contains("the expression has 1604 characters"));
    assert!(
        form("required =", "prefill = \"minutes == 1 ? 'a' : 'b'\"\nrequired =")
            .contains("`minutes` is unknown")
    );
}

#[test]
fn circles_are_found() {
    let text = form(
        "required = \"minutes > 120\"",
        "compute = \"string_a\"\n\n[[field]]\nkey = \"string_a\"\ntype = \"text\"\nlabel = { fr = \"A\", en = \"A\" }\nshow = \"motif != ''\"",
    );
    assert_eq!(
        text,
        "forms/essai.toml:15:12: `motif` depends on itself: motif → string_a → motif; expected values and conditions \
         that do not go round in a circle"
    );
}

#[test]
fn names_between_files_must_exist() {
    assert_eq!(
        form("simple@1", "simpel@1"),
        "forms/essai.toml:4:12: the workflow `simpel` is unknown; expected a known workflow; did you mean `simple`?\n\
         workflows/simple.toml:1:1: no form goes through the workflow `simple`; expected a form with \
         `workflow = \"simple@1\"`"
    );
    assert!(form("simple@1", "simple@2").contains("expected version 1, as in its file"));
    assert!(form("simple@1", "simple").contains("a name and a version"));
    let with = |extra: &str| report(&format!("{MODULE}{extra}"), FORM, WORKFLOW);
    let kpi = |forms: &str, states: &str, more: &str| {
        with(&format!(
            "\n[[kpi]]\nid = \"k\"\nlabel = {{ fr = \"K\", en = \"K\" }}\nforms = [\"{forms}\"]\nstates = [\"{states}\"]\n\
             role_scope = {{ role = \"chef\", scope = \"team\" }}\ndirection = \"up\"\n{more}"
        ))
    };
    assert_eq!(kpi("ESSAI", "envoye", "kind = \"count\"\nunit = \"count\""), "");
    assert!(
        kpi("ESAI", "envoye", "kind = \"count\"\nunit = \"count\"")
            .contains("module.toml:13:10: the form `ESAI` is unknown")
    );
    assert!(
        kpi("ESSAI", "parti_*", "kind = \"count\"\nunit = \"count\"")
            .contains("the state `parti_*` is unknown")
    );
    assert!(
        kpi("ESSAI", "envoye", "kind = \"sum\"\nfield = \"motif\"\nunit = \"count\"")
            .contains("the sum of `motif` (text)")
    );
    assert!(
        kpi("ESSAI", "envoye", "kind = \"average_delay\"\nunit = \"minutes\"")
            .contains("a delay without a window")
    );
    assert!(
        with("\n[[menu]]\nlabel = { fr = \"M\", en = \"M\" }\nform = \"AUTRE\"")
            .contains("the form `AUTRE` is unknown")
    );
    assert!(
        form("[[field]]", "summary = { fr = \"{mintes}\", en = \"\" }\n[[field]]")
            .contains("the field `mintes` is unknown")
    );
    assert!(form("required = \"minutes > 120\"", "personal = true\n").is_empty());
    let shown = FORM.replace(
        "[[field]]\nkey = \"minutes\"",
        "summary = { fr = \"{motif}\", en = \"{motif}\" }\n[[field]]\nkey = \"minutes\"",
    );
    assert!(report(MODULE, &format!("{shown}personal = true\n"), WORKFLOW).contains("which is personal"));
}

#[test]
fn workflows_lead_somewhere() {
    assert_eq!(
        workflow("from = \"brouillon\"", "from = \"broullon\""),
        "workflows/simple.toml:5:8: nothing leads out of the state `brouillon`; expected `final = true`, or a \
         transition with `from` here\n\
         workflows/simple.toml:10:8: nothing leads to the state `envoye`; expected a transition with `to` here\n\
         workflows/simple.toml:17:8: the state `broullon` is unknown; expected a known state; did you mean `brouillon`?"
    );
    assert!(
        workflow("role = \"employee\", scope = \"self\"", "role = \"cheff\", scope = \"team\"")
            .contains("workflows/simple.toml:19:15: the role `cheff` is unknown")
    );
    assert!(
        workflow("do = \"submit\"", "do = \"send\"")
            .contains("workflows/simple.toml:16:6: `send` is not a known `do`")
    );
    assert!(workflow("final = true", "due = \"3d\"").contains("`3d` is not a delay"));
    assert!(
        workflow("do = \"submit\"", "do = \"approve\"")
            .contains("a decision in a state where none is waited for")
    );
    assert!(
        workflow("to = \"envoye\"", "to = \"envoye\"\nguard = \"minutes > 0\"")
            .contains("a guard that says no without a word")
    );
    assert!(
        workflow("to = \"envoye\"", "to = \"envoye\"\nguard = { ok = \"minutes\", fr = \"x\", en = \"x\" }")
            .contains("the expression gives an integer")
    );
    assert!(
        workflow("scope = \"self\"", "scope = \"all\"")
            .contains("everybody (`employee`) over the instances of others")
    );
    let trap = format!(
        "{WORKFLOW}\n[[state]]\nname = \"a\"\nkind = \"waiting\"\nlabel = {{ fr = \"A\", en = \"A\" }}\n\n[[state]]\nname = \"b\"\nkind = \"waiting\"\nlabel = {{ fr = \"B\", en = \"B\" }}\n"
    );
    let by = "by = { role = \"chef\", scope = \"team\" }";
    let ways: String = [("submit", "brouillon", "a"), ("approve", "a", "b"), ("approve", "b", "a")]
        .map(|(verb, from, to)| {
            format!("\n[[transition]]\ndo = \"{verb}\"\nfrom = \"{from}\"\nto = \"{to}\"\n{by}\n")
        })
        .concat();
    assert!(report(MODULE, FORM, &(trap + &ways)).contains("no way leads from the state `a` to a final one"));
}

#[test]
fn codes_that_would_hide_an_address_are_reserved() {
    for code in ["auth", "me", "dashboard", "openapi.json", "people", "inbox", "api"] {
        assert!(RESERVED_CODES.contains(&code));
        let said = report(&MODULE.replace("\"essai\"", &format!("\"{code}\"")), FORM, WORKFLOW);
        assert_eq!(
            said,
            format!(
                "module.toml:1:8: the code `{code}` is reserved: it would hide another address; expected another code"
            )
        );
    }
    assert!(report(&MODULE.replace("\"essai\"", "\"Essai\""), FORM, WORKFLOW).contains("is not a code"));
    assert!(
        report(&format!("routes = [\"instances\"]\n{MODULE}"), FORM, WORKFLOW)
            .contains("is the engine's own")
    );
}

#[test]
fn everything_wrong_is_told_at_once() {
    let said = report(
        &MODULE
            .replace("prefix = \"es\"", "prefix = \"E1\"")
            .replace("version = \"1.0.0\"", "version = \"1\""),
        &FORM
            .replace("minutes > 120", "minuts > 120")
            .replace("type = \"duration\"", "type = \"duration\"\nhelp = 1"),
        &WORKFLOW.replace("kind = \"closed\"", "kind = \"shut\""),
    );
    assert_eq!(said.lines().count(), 5, "{said}");
    assert!(
        check(&[("forms/a/b.toml", ""), ("notes.toml", ""), ("README.md", "not looked at")])
            .unwrap_err()
            .len()
            >= 3
    );
    assert!(check::<&str, &str>(&[]).is_err());
}

#[test]
fn limits_hold() {
    let fields: String = (0..201)
        .map(|n| {
            format!("\n[[field]]\nkey = \"f{n}\"\ntype = \"bool\"\nlabel = {{ fr = \"F\", en = \"F\" }}\n")
        })
        .collect();
    assert!(
        report(MODULE, &format!("{FORM}{fields}"), WORKFLOW)
            .contains("`field` has 203 entries; expected at most 200")
    );
    assert!(
        report(MODULE, &format!("{FORM}#{}", " ".repeat(300_000)), WORKFLOW)
            .contains("bytes; expected at most")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Cutting or garbling a good file anywhere gives a report, not a panic.
    #[test]
    fn no_text_panics_the_checker(at in 0.0_f64..1.0, garbage in ".{0,12}", which in 0_usize..3) {
        let mut texts = [MODULE.to_owned(), FORM.to_owned(), WORKFLOW.to_owned()];
        let text = &mut texts[which];
        let mut place = (text.len() as f64 * at) as usize;
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        text.insert_str(place, &garbage);
        let [module, form, workflow] = texts;
        let said = report(&module, &form, &workflow);
        prop_assert!(said.lines().all(|line| line.split(':').count() >= 4));
    }
}
