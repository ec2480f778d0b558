//! GraphiQL at `/graphql` for a browser: a page to ask from, all of it out of this binary. What it asks is asked with the
//! browser's session.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};

const PAGE: &str = include_str!("assets/graphiql/page.html");
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
/// Nothing but this host's own files, and requests to it alone. The editor sizes its parts with style attributes, and one of
/// its parts brings a style element.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files, as `VERSION` beside them tells where they come from.
const FILES: [(&str, &str, &str); 5] = [
    (
        "react.js",
        SCRIPT,
        include_str!("assets/graphiql/react.production.min.js"),
    ),
    (
        "react-dom.js",
        SCRIPT,
        include_str!("assets/graphiql/react-dom.production.min.js"),
    ),
    (
        "graphiql.js",
        SCRIPT,
        include_str!("assets/graphiql/graphiql.min.js"),
    ),
    (
        "graphiql.css",
        STYLE,
        include_str!("assets/graphiql/graphiql.min.css"),
    ),
    ("start.js", SCRIPT, include_str!("assets/graphiql/start.js")),
];

/// The page.
pub(crate) fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, PAGE).into_response()
}

/// `GET /graphiql/{file}`
pub(super) async fn file(Path(name): Path<String>) -> Response {
    let found = FILES.iter().find(|(known, ..)| *known == name);
    let Some((_, content_type, content)) = found else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let headers = [
        (CONTENT_TYPE, *content_type),
        // Their names stay over versions.
        (CACHE_CONTROL, "public, max-age=300"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, *content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_file_of_the_page_is_served_by_this_host() {
        let addresses: Vec<&str> = PAGE
            .split('"')
            .filter(|text| text.contains('/') && !text.contains('>'))
            .collect();
        assert_eq!(addresses.len(), FILES.len(), "{addresses:?}");
        for address in addresses {
            let name = address.strip_prefix("/graphiql/").unwrap().to_owned();
            assert_eq!(file(Path(name)).await.status(), StatusCode::OK, "{address}");
        }
    }
}
