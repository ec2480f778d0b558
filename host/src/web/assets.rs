//! Assets: styles and scripts, part of the binary. Their names carry a hash of their content, so that a browser keeps
//! them until they change; the script that other sites embed has a lasting name and is asked for anew.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLES: &str = "text/css; charset=utf-8";

/// One file.
struct Asset {
    /// With the hash in it.
    name: String,
    content_type: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, content_type: &'static str, content: &'static str) -> Self {
        Self {
            name: format!("{stem}-{}.{ending}", hash(content)),
            content_type,
            content,
        }
    }

    /// The address of the file.
    fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("chat", "css", STYLES, include_str!("assets/chat.css")));
static CHAT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("chat", "js", SCRIPT, include_str!("assets/chat.js")));
static MARKDOWN: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("markdown", "js", SCRIPT, include_str!("assets/markdown.js")));
static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "icon",
        "svg",
        "image/svg+xml",
        include_str!("assets/icon.svg"),
    )
});
static LIVE_STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("live", "css", STYLES, include_str!("assets/live.css")));
static LIVE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("live", "js", SCRIPT, include_str!("assets/live.js")));
static ENTER: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("enter", "js", SCRIPT, include_str!("assets/enter.js")));
// As `assets/xterm/VERSION` tells where they come from.
static TERMINAL: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "xterm",
        "mjs",
        SCRIPT,
        include_str!("assets/xterm/xterm.mjs"),
    )
});
static TERMINAL_STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "xterm",
        "css",
        STYLES,
        include_str!("assets/xterm/xterm.css"),
    )
});
static FIT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "addon-fit",
        "mjs",
        SCRIPT,
        include_str!("assets/xterm/addon-fit.mjs"),
    )
});
const WIDGET: &str = include_str!("assets/widget.js");

/// All that have a hash in their names.
static ALL: [&LazyLock<Asset>; 10] = [
    &STYLE,
    &CHAT,
    &MARKDOWN,
    &ICON,
    &LIVE_STYLE,
    &LIVE,
    &ENTER,
    &TERMINAL,
    &TERMINAL_STYLE,
    &FIT,
];

/// Addresses of the chat's files, for templates.
pub(super) struct Paths {
    pub(super) style: String,
    pub(super) scripts: [String; 2],
    pub(super) icon: String,
}

/// Addresses of the files of a live page, for templates.
pub(super) struct LivePaths {
    pub(super) style: String,
    pub(super) script: String,
    pub(super) entry: String,
    pub(super) terminal: String,
    pub(super) terminal_style: String,
    pub(super) fit: String,
    pub(super) icon: String,
}

/// The addresses as they are in this version.
pub(super) fn paths() -> Paths {
    Paths {
        style: STYLE.path(),
        scripts: [MARKDOWN.path(), CHAT.path()],
        icon: ICON.path(),
    }
}

/// The same of a live page.
pub(super) fn live_paths() -> LivePaths {
    LivePaths {
        style: LIVE_STYLE.path(),
        script: LIVE.path(),
        entry: ENTER.path(),
        terminal: TERMINAL.path(),
        terminal_style: TERMINAL_STYLE.path(),
        fit: FIT.path(),
        icon: ICON.path(),
    }
}

/// `GET /assets/{file}`
pub(super) async fn asset(Path(file): Path<String>) -> Response {
    let Some(asset) = ALL.iter().find(|asset| asset.name == file) else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.content).into_response()
}

/// `GET /widget.js`: what other sites embed, so every site may load it.
pub(super) async fn widget(request: HeaderMap) -> Response {
    let tag = format!("\"{}\"", hash(WIDGET));
    let is_known = request
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        (CONTENT_TYPE, SCRIPT.to_owned()),
        (CACHE_CONTROL, "public, max-age=300".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (ETAG, tag),
    ];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, WIDGET).into_response(),
    }
}

fn hash(content: &str) -> String {
    blake3::hash(content.as_bytes())
        .to_hex()
        .chars()
        .take(16)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_address_in_a_page_is_served() {
        let paths = paths();
        let [first, second] = paths.scripts;
        let live = live_paths();
        let of_live = [
            live.style,
            live.script,
            live.entry,
            live.terminal,
            live.terminal_style,
            live.fit,
            live.icon,
        ];
        let of_chat = [paths.style, first, second, paths.icon];
        for path in of_chat.into_iter().chain(of_live) {
            let file = path.strip_prefix("/assets/").unwrap().to_owned();
            assert_eq!(asset(Path(file)).await.status(), StatusCode::OK, "{path}");
        }
        assert_eq!(
            asset(Path("chat.js".to_owned())).await.status(),
            StatusCode::NOT_FOUND
        );
    }

    #[tokio::test]
    async fn a_known_script_is_not_sent_again() {
        let first = widget(HeaderMap::new()).await;
        let tag = first.headers()[ETAG].clone();
        let again = widget([(IF_NONE_MATCH, tag)].into_iter().collect()).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}
