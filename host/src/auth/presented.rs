//! The token that a request's headers present: `Authorization: Bearer …`, `x-api-key` or `x-access-token`.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::error::{Error, Result};
use crate::vault::Secret;

const OTHERS: [&str; 2] = ["x-api-key", "x-access-token"];

/// The token that the headers present; none where they present nothing. Two that differ are an error: which one counts
/// would be a guess.
pub fn presented(headers: &HeaderMap) -> Result<Option<Secret<String>>> {
    let mut found: Option<String> = None;
    let texts = headers
        .get_all(AUTHORIZATION)
        .iter()
        .map(|value| value.to_str().ok().and_then(bearer));
    let others = OTHERS.iter().flat_map(|name| headers.get_all(*name));
    let others = others.map(|value| value.to_str().ok().map(str::trim));
    for token in texts.chain(others) {
        // A header that is there and says nothing is a mistake, not an absence.
        let token = token
            .filter(|token| !token.is_empty())
            .ok_or(Error::Unauthenticated)?;
        match &found {
            Some(first) if first != token => {
                return Err(Error::invalid(
                    "authorization",
                    "two headers present two different tokens; send one",
                ));
            }
            _ => found = Some(token.to_owned()),
        }
    }
    Ok(found.map(Secret::new))
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn token(headers: &[(&'static str, &'static str)]) -> Result<Option<String>> {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        let headers: HeaderMap = headers.collect();
        Ok(presented(&headers)?.map(Secret::into_inner))
    }

    #[test]
    fn a_token_is_read_from_each_header() {
        for header in [
            ("authorization", "Bearer clt_x"),
            ("authorization", "bearer  clt_x "),
            ("x-api-key", "clt_x"),
            ("x-access-token", " clt_x"),
        ] {
            assert_eq!(
                token(&[header]).unwrap().as_deref(),
                Some("clt_x"),
                "{header:?}"
            );
        }
        assert_eq!(token(&[]).unwrap(), None);
    }

    #[test]
    fn a_header_that_is_there_and_wrong_is_an_error() {
        for header in [
            ("authorization", "Basic clt_x"),
            ("authorization", "Bearer"),
            ("authorization", "Bearer "),
            ("x-api-key", ""),
        ] {
            let code = token(&[header]).unwrap_err().code();
            assert_eq!(code, "unauthenticated", "{header:?}");
        }
    }

    #[test]
    fn two_headers_must_agree() {
        let bearer = ("authorization", "Bearer clt_x");
        assert!(token(&[bearer, ("x-api-key", "clt_x")]).is_ok());
        let code = token(&[bearer, ("x-api-key", "clt_y")]).unwrap_err().code();
        assert_eq!(code, "invalid");
    }
}
