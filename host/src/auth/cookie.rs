//! The session cookie of a browser: out of reach of scripts, not sent along by other sites, over TLS alone where the
//! host is reached over TLS.

use std::time::Duration;

use axum::http::header::{COOKIE, InvalidHeaderValue};
use axum::http::{HeaderMap, HeaderValue};

use crate::vault::Secret;

/// Its name.
pub(crate) const NAME: &str = "cloister_session";

/// A session's cookie.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    /// The session's token.
    pub token: Secret<String>,
    /// How long the browser keeps it.
    pub lasts: Duration,
    /// Whether it goes over TLS alone.
    pub secure: bool,
}

impl SessionCookie {
    /// The value of `Set-Cookie`.
    pub fn header(&self) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut text = format!(
            "{NAME}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}",
            self.token.expose(),
            self.lasts.as_secs()
        );
        if self.secure {
            text.push_str("; Secure");
        }
        let mut value = HeaderValue::from_str(&text)?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The session's token that a request carries.
    pub fn read(headers: &HeaderMap) -> Option<Secret<String>> {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == NAME)
            .map(|(_, value)| Secret::new(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(secure: bool) -> String {
        let cookie = SessionCookie {
            token: Secret::new("cls_x".to_owned()),
            lasts: Duration::from_secs(60),
            secure,
        };
        cookie.header().unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn a_cookie_is_kept_from_scripts_and_other_sites() {
        assert_eq!(
            cookie(true),
            "cloister_session=cls_x; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure"
        );
        assert!(!cookie(false).contains("Secure"));
    }

    #[test]
    fn it_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert!(SessionCookie::read(&headers).is_none());
        headers.append(COOKIE, HeaderValue::from_static("a=b"));
        headers.append(
            COOKIE,
            HeaderValue::from_static("c=d; cloister_session=cls_x; e=f"),
        );
        assert_eq!(SessionCookie::read(&headers).unwrap().expose(), "cls_x");
    }
}
