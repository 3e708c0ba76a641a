use super::{Class, diff};
use crate::check::tests::{clean, folder};

/// The class and the unversioned names of a change of text in one file of heures.
fn change(file: &str, from: &str, to: &str) -> (Class, Vec<String>) {
    let mut files = folder("modules/people/src/heures");
    let (_, text) = files.iter_mut().find(|(path, _)| path == file).unwrap();
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
    let new = crate::check(&files).unwrap_or_else(|found| panic!("{found:?}"));
    let diff = diff(&clean("modules/people/src/heures"), &new);
    (diff.class, diff.unversioned)
}

const FORM: &str = "forms/heure_sup.toml";
const WORKFLOW: &str = "workflows/heure_sup.toml";

#[test]
fn each_change_has_its_class() {
    let unversioned = |name: &str| vec![name.to_owned()];
    assert_eq!(change(FORM, "Jour travaillé", "Jour"), (Class::Cosmetic, vec![]));
    assert_eq!(change("module.toml", "Mes heures", "Heures"), (Class::Cosmetic, vec![]));
    assert_eq!(
        change(FORM, "max_length = 500", "max_length = 600"),
        (Class::Compatible, unversioned("HEURE_SUP"))
    );
    assert_eq!(
        change(FORM, "max_length = 500", "max_length = 400"),
        (Class::Breaking, unversioned("HEURE_SUP"))
    );
    assert_eq!(change(FORM, "\"minutes > 120\"", "false").0, Class::Compatible);
    assert_eq!(change(FORM, "\"minutes > 120\"", "true").0, Class::Breaking);
    assert_eq!(change(FORM, "value = \"paiement\"", "value = \"paie\"").0, Class::Breaking);
    assert_eq!(change(FORM, "today() - 30", "today() - 10").0, Class::Breaking);
    assert_eq!(change(FORM, "personal = true", "personal = false").0, Class::Compatible);
    assert_eq!(
        change(WORKFLOW, "due = \"3wd\"", "due = \"4wd\""),
        (Class::Compatible, unversioned("heure_sup"))
    );
    assert_eq!(change(WORKFLOW, "to = \"en_attente_rh\"", "to = \"valide\"").0, Class::Breaking);
    let (class, unversioned) = change(FORM, "version = 1", "version = 2");
    assert_eq!((class, unversioned), (Class::Cosmetic, vec![]));
}

#[test]
fn the_same_is_the_same_and_a_renamed_state_breaks() {
    let old = clean("modules/people/src/heures");
    assert_eq!(diff(&old, &old).class, Class::Same);
    let mut files = folder("modules/people/src/heures");
    for (_, text) in &mut files {
        *text = text.replace("\"valide\"", "\"accepte\"").replace("version = 1\n", "version = 2\n");
        *text = text.replace("heure_sup@1", "heure_sup@2");
    }
    let new = crate::check(&files).unwrap();
    let found = diff(&old, &new);
    assert_eq!((found.class, found.unversioned.len()), (Class::Breaking, 0));
    assert!(
        found
            .changes
            .iter()
            .any(|change| change.place == "heure_sup.valide" && change.class == Class::Breaking)
    );
}
