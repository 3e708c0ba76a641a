//! The files that pages load, embedded in the program: style sheet, scripts, font, icon. Each is served under a name
//! that contains the beginning of its checksum, so that browsers may keep it for ever and a changed file is a new one.

use aws_lc_rs::digest::{SHA256, digest};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt::Write as _;
use std::sync::LazyLock;

const CSS: &[&str] = &[
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/layout.css"),
    include_str!("../assets/css/controls.css"),
    include_str!("../assets/css/data.css"),
    include_str!("../assets/css/feedback.css"),
    include_str!("../assets/css/pages.css"),
    include_str!("../assets/css/console.css"),
    include_str!("../assets/css/shop.css"),
    include_str!("../assets/css/till.css"),
    include_str!("../assets/css/narrow.css"),
];

const SCRIPT: &[&str] = &[
    include_str!("../assets/js/keys.js"),
    include_str!("../assets/js/forms.js"),
    include_str!("../assets/js/live.js"),
    include_str!("../assets/js/page.js"),
];

/// One file as it is served.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: Vec<u8>,
    /// The name with the checksum in it: `archipel.1a2b3c4d.css`.
    path: String,
    etag: String,
}

impl Asset {
    fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        let checksum = hex(digest(&SHA256, &bytes).as_ref());
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let path = format!("{stem}.{}.{extension}", &checksum[..8]);
        let etag = format!("\"{}\"", &checksum[..16]);
        Self { name, content_type: content_type(extension), bytes, path, etag }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn content_type(extension: &str) -> &'static str {
    match extension {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut files = vec![
        Asset::new("inter-latin.woff2", include_bytes!("../assets/vendor/inter-latin.woff2").to_vec()),
        Asset::new(
            "inter-latin-ext.woff2",
            include_bytes!("../assets/vendor/inter-latin-ext.woff2").to_vec(),
        ),
        Asset::new("htmx.min.js", include_bytes!("../assets/vendor/htmx.min.js").to_vec()),
        Asset::new("sse.min.js", include_bytes!("../assets/vendor/sse.min.js").to_vec()),
        Asset::new("theme.js", include_bytes!("../assets/js/theme.js").to_vec()),
        Asset::new("archipel.js", SCRIPT.concat().into_bytes()),
        Asset::new("till.js", include_bytes!("../assets/js/till.js").to_vec()),
        Asset::new("favicon.svg", include_bytes!("../assets/favicon.svg").to_vec()),
    ];
    // The style sheet names its fonts as `asset:NAME`, because their addresses carry checksums too.
    let css = files.iter().fold(CSS.concat(), |css, file| {
        css.replace(&format!("asset:{}", file.name), &format!("/assets/{}", file.path))
    });
    files.push(Asset::new("archipel.css", css.into_bytes()));
    files
});

/// The address of a file, with its checksum in it. An unknown name gives an address that answers 404, so that a
/// mistake is seen in the first test that loads the page.
#[must_use]
pub fn url(name: &str) -> String {
    let path = ASSETS.iter().find(|asset| asset.name == name).map_or(name, |asset| asset.path.as_str());
    format!("/assets/{path}")
}

/// A file's text, for whoever must inline it.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    ASSETS.iter().find(|asset| asset.name == name).and_then(|asset| std::str::from_utf8(&asset.bytes).ok())
}

/// The route that serves the files.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{file}", get(serve))
}

async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.path == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let caching = [
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::ETAG, HeaderValue::from_str(&asset.etag).unwrap_or(HeaderValue::from_static("\"\""))),
    ];
    if has_it(&headers, &asset.etag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let kind = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (caching, kind, asset.bytes.as_slice()).into_response()
}

/// Whether the browser already has this version.
fn has_it(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().trim_start_matches("W/") == etag || one.trim() == "*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn answer(path: &str, etag: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let request = request.body(Body::empty()).unwrap_or_default();
        routes::<()>().oneshot(request).await.unwrap_or_default()
    }

    #[tokio::test]
    async fn files_are_kept_for_ever_under_their_checksum() {
        let found = answer(&url("archipel.css"), None).await;
        assert_eq!(found.status(), StatusCode::OK);
        assert_eq!(found.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(found.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let etag = found.headers()[header::ETAG].to_str().unwrap_or_default().to_owned();
        let body = found.into_body().collect().await.map(|b| b.to_bytes()).unwrap_or_default();
        assert_eq!(Some(body.as_ref()), text("archipel.css").map(str::as_bytes));
        let again = answer(&url("archipel.css"), Some(&format!("W/{etag}, \"x\""))).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn another_checksum_or_name_is_not_found() {
        for path in ["/assets/archipel.00000000.css", "/assets/archipel.css", "/assets/..%2fCargo.toml"] {
            assert_eq!(answer(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(url("nothing.js"), "/assets/nothing.js");
    }

    #[test]
    fn the_style_sheet_names_its_fonts_by_their_addresses() {
        let css = text("archipel.css").unwrap_or_default();
        assert!(!css.contains("asset:"), "an `asset:` name is not a file");
        assert!(css.contains(&url("inter-latin.woff2")) && css.contains(&url("inter-latin-ext.woff2")));
        assert_eq!(css.matches('{').count(), css.matches('}').count(), "a brace is missing");
        assert!(!css.contains("http"), "nothing is loaded from elsewhere");
    }

    /// The values of one key in `vendored.toml`, in order.
    fn listed(key: &str) -> Vec<&'static str> {
        let start = format!("{key} = \"");
        let lines = include_str!("../assets/vendored.toml").lines();
        lines.filter_map(|line| line.strip_prefix(start.as_str())?.strip_suffix('"')).collect()
    }

    #[test]
    fn vendored_files_are_the_ones_that_were_published() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let (paths, sums) = (listed("path"), listed("sha256"));
        assert!(paths.len() >= 8 && paths.len() == sums.len());
        assert!(
            [listed("package"), listed("version"), listed("licence")].iter().all(|l| l.len() == paths.len())
        );
        for (path, sum) in paths.iter().zip(sums) {
            let bytes = std::fs::read(root.join(path)).unwrap_or_default();
            assert_eq!(hex(digest(&SHA256, &bytes).as_ref()), sum, "{path}");
        }
        let folder = std::fs::read_dir(root.join("assets/vendor")).into_iter().flatten().flatten();
        for file in folder {
            let name = format!("assets/vendor/{}", file.file_name().to_string_lossy());
            assert!(paths.contains(&name.as_str()), "{name} is not listed in vendored.toml");
        }
    }
}
