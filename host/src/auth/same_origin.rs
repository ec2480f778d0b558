//! A browser sends the session cookie with what any page tells it to send. A change that only a cookie vouches for is
//! therefore accepted from pages of this host alone: browsers say where a request comes from, and programs without a
//! browser's habits, which say nothing, cannot be tricked.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method, Uri};

/// Whether a request may change something on the word of a cookie, or of an address that a page could have been given.
pub(crate) fn is_trusted(
    method: &Method,
    headers: &HeaderMap,
    public_url: Option<&url::Url>,
) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => true,
        // A proxy that changes the host may make a browser's own page look foreign; its Origin still tells.
        Some(_) => text(ORIGIN.as_str()).is_some_and(|origin| is_public(origin, public_url)),
        None => match text(ORIGIN.as_str()) {
            None => true,
            Some(origin) => is_public(origin, public_url) || is_host(origin, text(HOST.as_str())),
        },
    }
}

fn is_public(origin: &str, public_url: Option<&url::Url>) -> bool {
    public_url.is_some_and(|url| url.origin().ascii_serialization() == origin)
}

fn is_host(origin: &str, host: Option<&str>) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else {
        return false;
    };
    match (uri.authority(), host) {
        (Some(authority), Some(host)) => authority.as_str().eq_ignore_ascii_case(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let public = "https://agents.example/".parse().unwrap();
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        is_trusted(&method, &headers, Some(&public))
    }

    #[test]
    fn own_pages_and_programs_are_trusted() {
        assert!(trusted(Method::POST, &[]));
        assert!(trusted(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(trusted(
            Method::POST,
            &[
                ("origin", "http://127.0.0.1:8080"),
                ("host", "127.0.0.1:8080")
            ]
        ));
        assert!(trusted(
            Method::POST,
            &[("origin", "https://agents.example"), ("host", "inner:1")]
        ));
        assert!(trusted(Method::GET, &[("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn other_pages_are_not() {
        for site in ["cross-site", "same-site", "new-word"] {
            assert!(
                !trusted(Method::POST, &[("sec-fetch-site", site)]),
                "{site}"
            );
        }
        assert!(!trusted(
            Method::DELETE,
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
                ("host", "evil.example")
            ]
        ));
        assert!(!trusted(
            Method::POST,
            &[
                ("origin", "https://evil.example"),
                ("host", "127.0.0.1:8080")
            ]
        ));
        assert!(!trusted(
            Method::POST,
            &[("origin", "null"), ("host", "127.0.0.1:8080")]
        ));
    }
}
