use super::check;
use crate::Definition;

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

fn clean(path: &str) -> Definition {
    check(&folder(path)).unwrap_or_else(|found| {
        panic!("{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

#[test]
fn both_folders_of_the_product_are_clean() {
    let heures = clean("modules/people/src/heures");
    assert_eq!(heures.forms.len(), 1);
    let demandes = clean("modules/people/demandes");
    assert_eq!(demandes.forms.len(), 3);
}
