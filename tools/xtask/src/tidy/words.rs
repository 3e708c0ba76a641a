//! What must not be in the repository: folders of the machine it was written on, addresses of package mirrors that
//! only that machine reaches, and big files. The words are taken from the machine at hand, so that this file need
//! not hold them.

use anyhow::Result;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A file that is bigger belongs elsewhere.
const BIGGEST: u64 = 1_000_000;

/// Where packages come from everywhere in the world.
const PUBLIC_HOSTS: [&str; 9] = [
    "github.com",
    "crates.io",
    "index.crates.io",
    "static.crates.io",
    "registry.npmjs.org",
    "pypi.org",
    "files.pythonhosted.org",
    "deb.debian.org",
    "security.debian.org",
];

/// Files whose lines name a package mirror, when one is used.
const CONFIGURATIONS: [&str; 6] =
    [".cargo/config.toml", ".cargo/config", ".npmrc", ".config/pip/pip.conf", ".pip/pip.conf", ".gitconfig"];

/// Looks for them in every file.
pub fn check(root: &Path, files: &[String], findings: &mut Vec<String>) -> Result<()> {
    let words = forbidden(root);
    for path in files {
        let file = root.join(path);
        let size = fs::metadata(&file)?.len();
        if size > BIGGEST {
            findings.push(format!("{path}: {} kB in git", size / 1000));
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(&file)?).into_owned();
        for word in words.iter().filter(|word| text.contains(word.as_str())) {
            let line = text.lines().position(|line| line.contains(word.as_str())).unwrap_or(0) + 1;
            findings.push(format!("{path}:{line}: names this machine ({word})"));
        }
    }
    Ok(())
}

/// The folders around the checkout, cargo's and rustup's homes, and the hosts of package mirrors.
fn forbidden(root: &Path) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut folder = |path: &Path| {
        // One step below the file system's root says nothing of a machine.
        if path.components().count() > 2 {
            words.insert(path.display().to_string());
        }
    };
    folder(root);
    if let Some(parent) = root.parent().filter(|parent| parent.components().count() > 1) {
        let siblings = fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok);
        siblings.filter(|entry| entry.path().is_dir()).for_each(|entry| folder(&entry.path()));
    }
    for variable in ["CARGO_HOME", "RUSTUP_HOME"] {
        if let Some(path) = std::env::var_os(variable) {
            folder(Path::new(&path));
        }
    }
    if let Some(home) = std::env::var_os("HOME") {
        let home = Path::new(&home);
        [home.to_owned(), home.join(".cargo"), home.join(".rustup")].iter().for_each(|path| folder(path));
    }
    words.extend(mirrors());
    words
}

fn mirrors() -> BTreeSet<String> {
    let mut texts: Vec<String> = Vec::new();
    if let Some(home) = std::env::var_os("HOME") {
        let read = |name: &&str| fs::read_to_string(Path::new(&home).join(name)).ok();
        texts.extend(CONFIGURATIONS.iter().filter_map(read));
    }
    texts.extend(fs::read_to_string("/etc/pip.conf"));
    let of_registries =
        |name: &str| ["REGISTRY", "REGISTRIES", "INDEX_URL", "SOURCE_"].iter().any(|w| name.contains(w));
    texts.extend(
        std::env::vars().filter(|(name, _)| of_registries(&name.to_uppercase())).map(|(_, value)| value),
    );
    texts.iter().flat_map(|text| hosts(text)).collect()
}

/// The hosts that a text names in addresses, public and local ones left out.
fn hosts(text: &str) -> Vec<String> {
    text.split("://")
        .skip(1)
        .filter_map(|rest| rest.split(['/', '"', '\'', ' ', '\n', '\r', ']', ',']).next())
        .map(|authority| authority.rsplit('@').next().unwrap_or(authority))
        .map(|host| host.split(':').next().unwrap_or(host).to_owned())
        .filter(|host| host.contains('.') && !PUBLIC_HOSTS.contains(&host.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_mirrors_are_taken_from_configurations() {
        let text = "registry = \"sparse+https://user:word@mirror.invalid:8080/index/\"\nindex = 'https://pypi.org/simple'";
        assert_eq!(hosts(text), ["mirror.invalid"]);
    }

    #[test]
    fn a_file_that_names_the_checkout_is_found() {
        let folder = std::env::current_dir().unwrap().join("target-words-test");
        let root = folder.join("a/checkout");
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("note.md"), format!("see {}/x", root.display())).unwrap();
        let mut findings = Vec::new();
        check(&root, &["note.md".to_owned()], &mut findings).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
}
