use super::*;
use crate::Definition;
use crate::check::tests::clean;
use jiff::civil::date;
use kernel::{Lang, Timestamp};
use proptest::prelude::*;
use serde_json::json;

fn heures() -> Definition {
    clean("modules/people/src/heures")
}

fn demandes() -> Definition {
    clean("modules/people/demandes")
}

/// Monday 9 November 2026, nine in the morning in Paris.
fn facts(definition: &Definition) -> Facts {
    Facts::at(Timestamp::parse("2026-11-09T08:00:00Z").unwrap(), &definition.module)
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

fn sentences(errors: &[FieldError], lang: Lang) -> Vec<&str> {
    errors.iter().map(|error| error.text.get(lang)).collect()
}

#[test]
fn the_form_of_the_design_is_read_computed_and_sent() {
    let definition = heures();
    let form = definition.form("HEURE_SUP").unwrap();
    let facts = facts(&definition);
    let typed = pairs(&[
        ("jour", "07/11/2026"),
        ("debut", "09:00"),
        ("fin", "11 h 30"),
        ("minutes", "–"),
        ("motif", "Fuite au chai\r\nappelée par M. Le Goff"),
        ("compensation", "repos"),
        ("_csrf", "x"),
    ]);
    let values = parse_text(form, &typed, &facts.zone).into_result().unwrap();
    let sent = submit(&definition, form, &values, &facts).unwrap();
    assert_eq!(sent["jour"], json!("2026-11-07"));
    assert_eq!(sent["minutes"], json!(150));
    assert_eq!(sent["motif"], json!("Fuite au chai\nappelée par M. Le Goff"));
    assert_eq!(parse_json(form, &json!(sent)).values.len(), 5, "what was sent can be read back");
}

#[test]
fn the_errors_of_the_design_are_told_in_its_words() {
    let definition = heures();
    let form = definition.form("HEURE_SUP").unwrap();
    let facts = facts(&definition);
    let values = |fin: &str| {
        let typed =
            pairs(&[("jour", "07/11/2026"), ("debut", "9:00"), ("fin", fin), ("compensation", "repos")]);
        parse_text(form, &typed, &facts.zone).into_result().unwrap()
    };
    let errors = submit(&definition, form, &values("8:30"), &facts).unwrap_err();
    assert_eq!(
        sentences(&errors, Lang::Fr),
        ["L’heure de fin (8\u{a0}h\u{a0}30) précède l’heure de début (9\u{a0}h\u{a0}00)"]
    );
    assert_eq!(sentences(&errors, Lang::En), ["The end time (8:30) is before the start time (9:00)"]);
    assert_eq!(evaluate(&definition, form, &values("8:30"), &facts).values.get("minutes"), None);
    let errors = submit(&definition, form, &values("11:30"), &facts).unwrap_err();
    assert_eq!(
        sentences(&errors, Lang::Fr),
        ["Indiquez le motif\u{a0}: il est obligatoire au-delà de 2 heures"]
    );
    assert!(submit(&definition, form, &values("11:00"), &facts).is_ok(), "two hours need no reason");
    let errors = submit(&definition, form, &Values::new(), &facts).unwrap_err();
    let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["jour", "debut", "fin", "compensation"]);
}

#[test]
fn a_new_draft_is_filled_from_the_facts_that_are_known() {
    let definition = heures();
    let form = definition.form("HEURE_SUP").unwrap();
    let known = facts(&definition).with("punch_in", 540).with("punch_out", 691);
    let first = prefill(&definition, form, &known);
    assert_eq!(
        json!(first),
        json!({ "compensation": "repos", "debut": "09:00", "fin": "11:31", "jour": "2026-11-09" })
    );
    let first = prefill(&definition, form, &facts(&definition));
    assert_eq!(json!(first), json!({ "compensation": "repos", "jour": "2026-11-09" }));
}

#[test]
fn json_is_strict_about_keys_and_types() {
    let definition = demandes();
    let form = definition.form("MATERIEL").unwrap();
    let parsed = parse_json(
        form,
        &json!({
            "article": 12,
            "quantite": 2.0,
            "prix": 1250,
            "fourniseur": "Le Bras",
            "montant": "never looked at",
            "motif": null,
        }),
    );
    let told: Vec<(&str, &str)> =
        parsed.errors.iter().map(|error| (error.field.as_str(), error.text.en.as_str())).collect();
    assert_eq!(
        told,
        [
            ("article", "Item: write a text (JSON: \"…\")"),
            ("quantite", "Quantity: write a whole number, for example 12 (JSON: 12)"),
            (
                "prix",
                "Unit price: write an amount in euros, for example 12.50 (JSON: {\"amount_cents\": 1250, \"currency\": \"EUR\"})"
            ),
            ("fourniseur", "This form has no field “fourniseur”; did you mean “fournisseur”?"),
        ]
    );
    assert!(parsed.values.is_empty());
    assert_eq!(parse_json(form, &json!([])).errors.len(), 1);
    for wrong in [
        json!({"amount_cents": 1, "currency": "USD"}),
        json!({"amount_cents": 1}),
        json!({"amount_cents": 1.5, "currency": "EUR"}),
    ] {
        assert_eq!(parse_json(form, &json!({ "prix": wrong })).errors.len(), 1);
    }
}

#[test]
fn amounts_are_multiplied_in_cents_and_bounded() {
    let definition = demandes();
    let form = definition.form("MATERIEL").unwrap();
    let facts = facts(&definition);
    let with = |quantity: i64, cents: i64| {
        let price = json!({ "amount_cents": cents, "currency": "EUR" });
        let values =
            json!({ "article": "Étau", "quantite": quantity, "prix": price, "motif": "Le vieux est fendu" });
        parse_json(form, &values)
    };
    let sent = submit(&definition, form, &with(3, 16_650).values, &facts).unwrap();
    assert_eq!(sent["montant"], json!({ "amount_cents": 49_950, "currency": "EUR" }));
    let errors = submit(&definition, form, &with(4, 16_650).values, &facts).unwrap_err();
    assert_eq!(sentences(&errors, Lang::En), ["Give the supplier: it is required beyond €500"]);
    let errors = with(0, 10_000_001).errors;
    assert_eq!(
        sentences(&errors, Lang::Fr),
        [
            "Quantité\u{a0}: indiquez au moins 1",
            "Prix unitaire\u{a0}: indiquez au plus 100\u{202f}000,00\u{202f}€"
        ]
    );
}

#[test]
fn hidden_answers_are_kept_in_the_draft_and_dropped_when_sent() {
    let definition = demandes();
    let form = definition.form("CONGE").unwrap();
    let facts = facts(&definition);
    let values = parse_json(
        form,
        &json!({
            "nature": "rtt",
            "periode": { "from": "2026-11-10", "to": "2026-11-12" },
            "motif": "Mariage, puis changé d’avis",
            "fin_midi": true,
        }),
    );
    let evaluation = evaluate(&definition, form, &values.values, &facts);
    assert!(!evaluation.fields["motif"].visible);
    assert!(evaluation.values.contains_key("motif"));
    let sent = submit(&definition, form, &values.values, &facts).unwrap();
    assert!(!sent.contains_key("motif"));
    // Tuesday and Thursday; Wednesday 11 November is a holiday; back at noon on Thursday.
    assert_eq!(sent["demi_journees"], json!(3));
}

#[test]
fn a_hidden_answer_changes_no_computed_value() {
    let definition = demandes();
    let form = definition.form("CONGE").unwrap();
    let day = json!({ "from": "2026-11-10", "to": "2026-11-10" });
    let values = json!({ "nature": "rtt", "periode": day, "debut_apres_midi": true, "fin_midi": true });
    let evaluation = evaluate(&definition, form, &parse_json(form, &values).values, &facts(&definition));
    assert!(!evaluation.fields["fin_midi"].visible);
    assert_eq!(evaluation.shown["demi_journees"], json!(1), "half a day, and not none");
}

#[test]
fn periods_come_in_two_names_and_in_order() {
    let definition = demandes();
    let form = definition.form("CONGE").unwrap();
    let zone = facts(&definition).zone;
    let typed = pairs(&[("periode.from", "21/12/2026"), ("periode.to", "2026-12-31"), ("fin_midi", "on")]);
    let parsed = parse_text(form, &typed, &zone);
    assert_eq!(parsed.values["periode"], json!({ "from": "2026-12-21", "to": "2026-12-31" }));
    assert_eq!(parsed.values["fin_midi"], json!(true));
    let reversed =
        parse_text(form, &pairs(&[("periode.from", "31/12/2026"), ("periode.to", "21/12/2026")]), &zone);
    assert_eq!(sentences(&reversed.errors, Lang::Fr), ["Période\u{a0}: le dernier jour précède le premier"]);
    let half = parse_text(form, &pairs(&[("periode.from", "31/12/2026")]), &zone);
    assert_eq!(half.errors.len(), 1);
    let unknown = parse_text(form, &pairs(&[("periode", "x"), ("nature.from", "x"), ("autre", "x")]), &zone);
    assert_eq!(unknown.errors.len(), 3);
}

#[test]
fn hostile_text_is_text() {
    let definition = demandes();
    let form = definition.form("LIBRE").unwrap();
    for text in [
        "<script>alert('{texte}')</script>",
        "'; DROP TABLE dd_values; --",
        "{objet}{texte}${7*7}#{7*7}",
        "\u{202e}gauche à droite\u{202c} 👩‍👩‍👧",
        "\\x00 %00 \u{1}\u{7f}",
        "today() || true",
    ] {
        let values = parse_json(form, &json!({ "objet": text, "texte": text })).into_result().unwrap();
        let sent = submit(&definition, form, &values, &facts(&definition)).unwrap();
        assert_eq!(sent["objet"], json!(text));
        assert_eq!(display(form.field("objet").unwrap(), sent.get("objet"), Lang::Fr), text);
    }
    for text in ["a\0b", "deux\nlignes"] {
        assert_eq!(parse_json(form, &json!({ "objet": text })).errors.len(), 1, "{text:?}");
    }
    assert_eq!(parse_json(form, &json!({ "objet": "x".repeat(121) })).errors.len(), 1);
    assert!(
        parse_json(form, &json!({ "objet": "é".repeat(120) })).errors.is_empty(),
        "characters, not bytes"
    );
    assert!(parse_json(form, &json!({ "texte": "x".repeat(1_000_000) })).values.is_empty());
}

#[test]
fn every_type_reads_what_it_shows() {
    let types = r#"
        form = "TOUT"
        version = 1
        title = { fr = "Tout", en = "All" }
        workflow = "w@1"
        [[field]]
        key = "v"
        type = "TYPE"
        label = { fr = "Valeur", en = "Value" }
    "#;
    let workflow = include_str!("../check/simple.toml");
    let module = "code = \"essai\"\nprefix = \"es\"\nversion = \"1.0.0\"\nname = { fr = \"E\", en = \"T\" }";
    let more = |kind: &str| match kind {
        "decimal" => "\nscale = 2",
        "choice" => "\noptions = [{ value = \"a\", label = { fr = \"A\", en = \"A\" } }]",
        _ => "",
    };
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    for (kind, typed, stored) in [
        ("text", "Étau", json!("Étau")),
        ("int", "1 234", json!(1234)),
        ("decimal", "-12,5", json!("-12.50")),
        ("money", "1 234,5", json!({ "amount_cents": 123_450, "currency": "EUR" })),
        ("bool", "on", json!(true)),
        ("choice", "a", json!("a")),
        ("date", "7/11/2026", json!("2026-11-07")),
        ("time", "8 h 30", json!("08:30")),
        ("datetime", "2026-11-07T09:00", json!("2026-11-07T08:00:00Z")),
        ("duration", "2 h 30", json!(150)),
        ("person", "0190b3b5-7bb2-7f00-8000-000000000000", json!("0190b3b5-7bb2-7f00-8000-000000000000")),
        ("email", " lea@kervella.example ", json!("lea@kervella.example")),
        ("phone", "06 12 34 56 78", json!("+33612345678")),
        ("iban", "FR76 3000 6000 0112 3456 7890 189", json!("FR7630006000011234567890189")),
    ] {
        let form = format!("{}{}", types.replace("TYPE", kind), more(kind));
        let files = [("module.toml", module), ("forms/tout.toml", &form), ("workflows/w.toml", workflow)];
        let definition = crate::check(&files).unwrap_or_else(|found| panic!("{kind}: {found:?}"));
        let form = &definition.forms[0];
        let parsed = parse_text(form, &pairs(&[("v", typed)]), &zone).into_result().unwrap();
        assert_eq!(parsed["v"], stored, "{kind}");
        assert_eq!(parse_json(form, &json!({ "v": stored })).into_result().unwrap()["v"], stored, "{kind}");
        let again = input_text(&form.fields[0], parsed.get("v"));
        assert_eq!(
            parse_text(form, &pairs(&[("v", &again)]), &zone).into_result().unwrap()["v"],
            stored,
            "{kind}"
        );
        assert_ne!(display(&form.fields[0], Some(&stored), Lang::Fr), "–", "{kind}");
        let schema = json_schema(form);
        assert_eq!(schema["properties"]["v"]["x-label"]["fr"], json!("Valeur"));
        assert_eq!(parse_text(form, &pairs(&[("v", "\u{0}")]), &zone).values.len(), 0, "{kind}");
    }
}

#[test]
fn a_local_time_that_never_comes_is_told() {
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    assert_eq!(formats::local_date_time("29/03/2026 02:30").unwrap().date(), date(2026, 3, 29));
    let field = "form = \"DT\"\nversion = 1\ntitle = { fr = \"a\", en = \"a\" }\nworkflow = \"w@1\"\n[[field]]\nkey = \"v\"\ntype = \"datetime\"\nlabel = { fr = \"Quand\", en = \"When\" }";
    let module = "code = \"essai\"\nprefix = \"es\"\nversion = \"1.0.0\"\nname = { fr = \"E\", en = \"T\" }";
    let files = [
        ("module.toml", module),
        ("forms/dt.toml", field),
        ("workflows/w.toml", include_str!("../check/simple.toml")),
    ];
    let definition = crate::check(&files).unwrap();
    let parsed = parse_text(&definition.forms[0], &pairs(&[("v", "29/03/2026 02:30")]), &zone);
    assert!(parsed.errors[0].text.fr.contains("n’existe pas"));
}

#[test]
fn the_schema_of_the_api_says_what_json_can_say() {
    let schema = json_schema(heures().form("HEURE_SUP").unwrap());
    assert_eq!(schema["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
    assert_eq!(schema["required"], json!(["jour", "debut", "fin", "compensation"]));
    assert_eq!(schema["properties"]["minutes"]["readOnly"], json!(true));
    assert_eq!(schema["properties"]["compensation"]["enum"], json!(["repos", "paiement"]));
    assert_eq!(schema["additionalProperties"], json!(false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_panics_and_what_is_accepted_is_stable(typed in prop::collection::vec(".{0,40}", 8)) {
        let definition = demandes();
        let zone = jiff::tz::TimeZone::UTC;
        for form in &definition.forms {
            let named: Vec<(String, String)> = form.fields.iter().flat_map(|field| {
                [field.key.clone(), format!("{}.from", field.key), format!("{}.to", field.key)]
            }).zip(typed.iter().cycle().cloned()).collect();
            let parsed = parse_text(form, &named, &zone);
            let again = parse_json(form, &json!(parsed.values));
            prop_assert!(again.errors.is_empty(), "{:?}", again.errors);
            prop_assert_eq!(&again.values, &parsed.values);
            let evaluation = evaluate(&definition, form, &parsed.values, &facts(&definition));
            let twice = evaluate(&definition, form, &evaluation.values, &facts(&definition));
            prop_assert_eq!(evaluation, twice);
        }
    }

    #[test]
    fn amounts_and_durations_read_what_they_show(cents in -9_000_000_000_i64..9_000_000_000, minutes in 0_i64..500_000) {
        prop_assert_eq!(formats::money(&display::amount(cents, Lang::Fr)), Some(cents));
        prop_assert_eq!(formats::decimal(&formats::decimal_text(cents, 3, ','), 3), Some(cents));
        prop_assert_eq!(formats::duration(&display::duration(minutes, Lang::Fr)), Some(minutes));
    }
}
