//! The origin of a request: the site whose page made a browser send it (Fetch, "Origin header"). Browsers always tell it
//! where a page of one site talks to another.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};
use url::Url;

use crate::service::web_chat::Origin;

/// The origin of a request to this host, known to the outside under `public_address`.
pub(super) fn of(headers: &HeaderMap, public_address: &str) -> Origin {
    let Some(origin) = headers.get(ORIGIN) else {
        return Origin::Own;
    };
    let origin = origin.to_str().unwrap_or("null");
    let public = Url::parse(public_address).map(|url| url.origin().ascii_serialization());
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    if public.is_ok_and(|public| public == origin) || is_host(origin, host) {
        Origin::Own
    } else {
        Origin::Site(origin.to_owned())
    }
}

fn is_host(origin: &str, host: Option<&str>) -> bool {
    let origin = origin.parse::<Uri>().ok();
    let authority = origin.as_ref().and_then(Uri::authority);
    authority
        .zip(host)
        .is_some_and(|(authority, host)| authority.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(headers: &[(&'static str, &'static str)]) -> Origin {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        of(&headers.collect(), "https://agents.example")
    }

    #[test]
    fn a_page_of_this_host_is_known_under_both_of_its_names() {
        assert_eq!(origin(&[]), Origin::Own);
        assert_eq!(
            origin(&[("origin", "https://agents.example"), ("host", "inner:1")]),
            Origin::Own
        );
        assert_eq!(
            origin(&[
                ("origin", "http://127.0.0.1:8080"),
                ("host", "127.0.0.1:8080")
            ]),
            Origin::Own
        );
    }

    #[test]
    fn any_other_page_is_a_sites() {
        let site = |text: &str| Origin::Site(text.to_owned());
        assert_eq!(
            origin(&[("origin", "null"), ("host", "127.0.0.1:8080")]),
            site("null")
        );
        assert_eq!(
            origin(&[("origin", "https://shop.example"), ("host", "x")]),
            site("https://shop.example")
        );
        assert_eq!(
            origin(&[("origin", "https://agents.example.evil.example")]),
            site("https://agents.example.evil.example")
        );
    }
}
