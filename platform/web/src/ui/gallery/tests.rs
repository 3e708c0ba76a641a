//! The gallery is drawn into files that can be looked at, and held to the rules that no single component shows.

use super::*;
use crate::assets;
use crate::ui::text::typography_faults;
use std::path::PathBuf;

fn pages() -> Vec<(String, Lang, String)> {
    let mut out = Vec::new();
    for lang in [Lang::Fr, Lang::En] {
        out.push((format!("gallery-{}", lang.tag()), lang, page(lang).into_string()));
        for (name, markup) in samples(lang) {
            out.push((format!("gallery-{name}-{}", lang.tag()), lang, markup.into_string()));
        }
    }
    out
}

/// The text of a page without its markup, one piece per element.
fn texts(html: &str) -> Vec<String> {
    html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.to_owned()).collect()
}

#[test]
fn nothing_is_inline_that_the_security_policy_forbids() {
    for (name, _, html) in pages() {
        for forbidden in [" style=", "<style", " onclick", " onload", "javascript:", "href=\"http"] {
            assert!(!html.contains(forbidden), "{name} has `{forbidden}`");
        }
        assert!(!html.contains("<script>"), "{name}");
    }
}

#[test]
fn french_pages_follow_french_typography() {
    for (name, lang, html) in pages() {
        let faults: Vec<_> = texts(&html).iter().flat_map(|text| typography_faults(text)).collect();
        assert!(lang == Lang::En || faults.is_empty(), "{name}: {faults:?}");
    }
}

#[test]
fn a_page_has_one_title_one_main_and_unique_ids() {
    for (name, lang, html) in pages() {
        assert!(html.contains(&format!("<html lang=\"{}\"", lang.tag())), "{name}");
        assert_eq!(html.matches("<main ").count(), 1, "{name}");
        let mut ids: Vec<_> =
            html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name} repeats an id");
    }
}

#[test]
fn every_class_that_pages_use_has_a_rule() {
    // These carry no look of their own: they are names for scripts, tests and neighbours.
    const PLAIN: [&str; 8] = ["navl", "bl", "ix", "ihead", "grpd", "groups", "tbare", "inline"];
    let css = assets::text("archipel.css").unwrap_or_default();
    for (name, _, html) in pages() {
        let lists = html.split(" class=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for class in lists.flat_map(str::split_whitespace) {
            let styled = css.match_indices(&format!(".{class}")).any(|(at, found)| {
                !css[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_')
            });
            assert!(styled || PLAIN.contains(&class), "{name}: no rule for `.{class}`");
        }
    }
}

/// Writes the gallery and its assets below the target directory, to be opened by a browser.
#[test]
fn the_gallery_can_be_looked_at() -> std::io::Result<()> {
    let exe = std::env::current_exe()?;
    let target = exe.ancestors().nth(3).map_or_else(|| PathBuf::from("target"), PathBuf::from);
    std::fs::create_dir_all(target.join("assets"))?;
    for name in ["archipel.css", "archipel.js", "theme.js", "htmx.min.js", "sse.min.js", "favicon.svg"] {
        let text = assets::text(name).unwrap_or_default().replace("/assets/", "");
        std::fs::write(target.join(assets::url(name).trim_start_matches('/')), text)?;
    }
    for name in ["inter-latin.woff2", "inter-latin-ext.woff2"] {
        let from = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/vendor").join(name);
        std::fs::copy(from, target.join(assets::url(name).trim_start_matches('/')))?;
    }
    for (name, _, html) in pages() {
        std::fs::write(target.join(format!("{name}.html")), html.replace("=\"/assets/", "=\"assets/"))?;
    }
    Ok(())
}
