use super::*;
use crate::calendar::Calendar;
use jiff::civil::date;

fn scope() -> Scope {
    let mut scope = Scope::new(date(2026, 11, 18), Calendar::France);
    scope.set("minutes", Some(Var::Int(150)), &Type::Int);
    scope.set("motif", None, &Type::Text);
    scope.set("choix", Some(Var::List(vec![Var::Text("a".into())])), &Type::List(Box::new(Type::Text)));
    let period = [("from", 20_781), ("to", 20_783), ("days", 3)].map(|(k, v)| (k.to_owned(), v));
    scope.set("periode", Some(Var::Record(period.into())), &Type::Period);
    scope
}

fn types() -> TypeScope {
    [
        ("minutes", Type::Int),
        ("motif", Type::Text),
        ("choix", Type::List(Box::new(Type::Text))),
        ("periode", Type::Period),
    ]
    .map(|(name, kind)| (name.to_owned(), kind))
    .into()
}

fn run(source: &str) -> Var {
    infer(source, &types()).unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
    Expression::parse(source).unwrap().evaluate(&scope()).unwrap()
}

#[test]
fn integers_texts_lists_periods_and_functions() {
    assert_eq!(run("minutes - 480"), Var::Int(-330));
    assert_eq!(run("minutes > 120 && size(motif) == 0"), Var::Bool(true));
    assert_eq!(run("today() == date('2026-11-18')"), Var::Bool(true));
    assert_eq!(run("given(minutes) && !given(motif)"), Var::Bool(true));
    assert_eq!(run("'a' in choix && choix.exists(c, c == 'a')"), Var::Bool(true));
    assert_eq!(run("periode.to - periode.from + 1 == periode.days"), Var::Bool(true));
    assert_eq!(run("working_days(date('2026-11-09'), date('2026-11-16'))"), Var::Int(5));
    assert_eq!(run("weekday(today())"), Var::Int(3));
    assert_eq!(run("min(minutes, 60) + max(1, 2)"), Var::Int(62));
    assert_eq!(run("choix.map(c, c + 'x').size()"), Var::Int(1));
    assert_eq!(run("minutes > 0 ? minutes * 125 / 100 : 0"), Var::Int(187));
    assert_eq!(run("motif.matches('^$')"), Var::Bool(true));
}

#[test]
fn reads_are_the_outside_names() {
    let expression = Expression::parse("choix.exists(c, c == motif) && given(minutes)").unwrap();
    assert_eq!(
        expression.reads().iter().map(String::as_str).collect::<Vec<_>>(),
        ["choix", "minutes", "motif"]
    );
}

#[test]
fn overflow_and_division_are_errors_not_panics() {
    for source in ["9223372036854775807 + minutes", "minutes / (minutes - 150)", "choix[7] == 'a'"] {
        assert!(Expression::parse(source).unwrap().evaluate(&scope()).is_err(), "{source}");
    }
}

#[test]
fn problems_name_the_place_and_the_nearest_word() {
    let problems = infer("motif == '' || minuts > 3 + tody()", &types()).unwrap_err();
    assert_eq!(problems[0].offset, 15);
    assert_eq!(problems[0].expected, "a field or a fact; did you mean `minutes`?");
    assert_eq!(problems[1].offset, 28);
    assert_eq!(problems[1].expected, "a known function; did you mean `today()`?");
    assert_eq!(infer("motif == 'été' || minuts > 3", &types()).unwrap_err()[0].offset, 18);
    for wrong in [
        "minutes + 0.5",
        "minutes && true",
        "motif > 3",
        "periode.form > 1",
        "null == motif",
        "1u < 2u",
        "{'a': 1}",
        "motif.matches(motif)",
        "date(motif)",
        "minutes in choix",
        "given(1)",
        "true < false",
    ] {
        assert!(infer(wrong, &types()).is_err(), "{wrong}");
    }
}

#[test]
fn limits_hold() {
    let nested = "choix.all(a, choix.all(b, a == b))";
    assert!(Expression::parse(nested).unwrap_err().message.contains("comprehension"));
    let long = format!("minutes == {}", "1 + ".repeat(400));
    assert!(Expression::parse(&long).unwrap_err().message.contains("characters"));
    assert!(Expression::parse(&"(".repeat(900)).is_err());
    assert!(Expression::parse(&format!("{}1{}", "(".repeat(300), ")".repeat(300))).is_err());
    let deep = format!("{}minutes{}", "(".repeat(20), ")".repeat(20));
    assert_eq!(Expression::parse(&deep).unwrap().evaluate(&scope()).unwrap(), Var::Int(150));
    for flat in ["1 + ".repeat(22) + "1", "!".repeat(900) + "true", "true ? 1 : ".repeat(12) + "0"] {
        assert!(Expression::parse(&flat).unwrap().evaluate(&scope()).is_ok(), "{flat}");
    }
    assert!(Expression::parse(&("1 + ".repeat(240) + "1")).unwrap_err().message.contains("chain"));
    assert!(Expression::parse(" ").is_err());
    assert!(Expression::parse("date('2026-02-30')").is_err());
    assert_eq!(Expression::parse("minutes +* 2").unwrap_err().offset, 9);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    /// Any text at all, and any heap of tokens: a tree or an error, and a value or an error.
    #[test]
    fn nothing_panics(
        text in ".{0,60}",
        tokens in proptest::collection::vec(proptest::sample::select(vec![
            "minutes", "motif", "choix", "periode", ".", ".days", "(", ")", "[", "]", "{", "}", "?", ":", "+", "-", "*",
            "/", "%", "&&", "||", "!", "==", "<", " in ", "1", "9223372036854775807", "0x1F", "1.5", "'a'", "\"", "'",
            "b'x'", "r'\\'", "size", "all", "exists", "map", "has", "today()", "given", "date('2026-01-01')", ",", "c",
            "null", "true", "\\", "`", "é", "\n", "//", "working_days", "weekday", "matches", "type", "int",
        ]), 0..16),
    ) {
        for source in [text, tokens.concat()] {
            if let Ok(expression) = Expression::parse(&source) {
                let known = infer(&source, &types());
                let value = expression.evaluate(&scope());
                if let (Ok(kind), Ok(value)) = (known, value) {
                    let fits = match value {
                        Var::Bool(_) => Type::Bool,
                        Var::Int(_) => Type::Int,
                        Var::Text(_) => Type::Text,
                        Var::List(_) => Type::List(Box::new(Type::Unknown)),
                        Var::Record(_) => Type::Period,
                    };
                    proptest::prop_assert!(kind.fits(&fits), "{source}: {kind:?} but {fits:?}");
                }
            }
        }
    }
}
