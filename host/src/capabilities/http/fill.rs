//! Filling: the placeholders in a request become secrets, each written as its place takes it. A secret goes nowhere but to the
//! hosts that it is for.

use std::borrow::Cow;
use std::sync::LazyLock;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::bytes::{Captures, Regex};
use sandbox::{HttpRequest, Unanswered};
use url::Url;

use super::{Failed, failed};
use crate::service::secrets::Opened;

/// All that is not unreserved (RFC 3986, 2.3).
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// As it is written, and as an address or a form has it.
#[expect(clippy::unwrap_used, reason = "a constant, which every test reads")]
static PLAIN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{secret:([A-Za-z0-9_.\-]{1,64})\}\}").unwrap());
#[expect(clippy::unwrap_used, reason = "a constant, which every test reads")]
static ENCODED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\{|%7[Bb]){2}secret(?::|%3[Aa])([A-Za-z0-9_.\-]{1,64})(?:\}|%7[Dd]){2}")
        .unwrap()
});

/// How a place takes a secret.
#[derive(Clone, Copy)]
enum Written {
    AsItIs,
    Percent,
    Json,
}

/// Fills in a request to an address; the address as it is sent.
pub(super) fn fill(request: &mut HttpRequest, url: Url, secrets: &[Opened]) -> Result<Url, Failed> {
    let filling = Filling { url: &url, secrets };
    for (_, value) in &mut request.headers {
        filling.fill(value, &PLAIN, Written::AsItIs)?;
    }
    let kind = request
        .headers
        .iter()
        .find(|(name, _)| name == "content-type");
    let kind = kind.map(|(_, kind)| String::from_utf8_lossy(kind).to_ascii_lowercase());
    match kind.as_deref().map(body_of) {
        Some(Body::Json) => filling.fill(&mut request.body, &PLAIN, Written::Json)?,
        Some(Body::Form) => filling.fill(&mut request.body, &ENCODED, Written::Percent)?,
        None | Some(Body::Text) => filling.fill(&mut request.body, &PLAIN, Written::AsItIs)?,
        // Nobody has to look for placeholders in a picture.
        Some(Body::Other) => {}
    }
    let mut filled = url.clone();
    let mut path = url.path().as_bytes().to_vec();
    filling.fill(&mut path, &ENCODED, Written::Percent)?;
    if path != url.path().as_bytes() {
        filled.set_path(&String::from_utf8_lossy(&path));
    }
    if let Some(query) = url.query() {
        let mut query = query.as_bytes().to_vec();
        filling.fill(&mut query, &ENCODED, Written::Percent)?;
        filled.set_query(Some(&String::from_utf8_lossy(&query)));
    }
    Ok(filled)
}

enum Body {
    Json,
    Form,
    Text,
    Other,
}

fn body_of(content_type: &str) -> Body {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    match kind {
        "application/json" => Body::Json,
        kind if kind.ends_with("+json") => Body::Json,
        "application/x-www-form-urlencoded" => Body::Form,
        kind if kind.starts_with("text/") => Body::Text,
        _ => Body::Other,
    }
}

struct Filling<'a> {
    url: &'a Url,
    secrets: &'a [Opened],
}

impl Filling<'_> {
    fn fill(&self, text: &mut Vec<u8>, placeholder: &Regex, how: Written) -> Result<(), Failed> {
        let mut wrong = None;
        let filled = placeholder.replace_all(text, |found: &Captures<'_>| {
            let name = found.get(1).map_or(&b""[..], |name| name.as_bytes());
            let name = String::from_utf8_lossy(name);
            self.value(&name, how).unwrap_or_else(|why| {
                wrong.get_or_insert(why);
                Vec::new()
            })
        });
        if let Cow::Owned(filled) = filled {
            *text = filled;
        }
        wrong.map_or(Ok(()), Err)
    }

    fn value(&self, name: &str, how: Written) -> Result<Vec<u8>, Failed> {
        let Some(secret) = self.secrets.iter().find(|secret| secret.name == name) else {
            let told = format!(
                "the agent has no secret `{name}`, or was not granted `secrets`: its owner stores one with `setSecret`"
            );
            return Err(failed(Unanswered::Denied, told));
        };
        if !secret.is_for(self.url) {
            let host = self.url.host_str().unwrap_or_default();
            let told = format!("the secret `{name}` is not for `{host}`");
            return Err(failed(Unanswered::Denied, told));
        }
        let value = secret.value.expose();
        Ok(match how {
            Written::AsItIs => value.clone().into_bytes(),
            Written::Percent => utf8_percent_encode(value, RESERVED)
                .to_string()
                .into_bytes(),
            Written::Json => json_inner(value).into_bytes(),
        })
    }
}

/// A text as it stands between the quotes of JSON.
pub(super) fn json_inner(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.get(1..quoted.len().saturating_sub(1));
    inner.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Secret;

    fn secrets() -> Vec<Opened> {
        let secret = |name: &str, value: &str| Opened {
            name: name.to_owned(),
            value: Secret::new(value.to_owned()),
            hosts: vec!["api.example.com".to_owned()],
        };
        vec![secret("key", "hunter2 &\"x"), secret("token", "abcdefgh")]
    }

    fn filled(
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<(String, HttpRequest), String> {
        let mut request = HttpRequest {
            method: "POST".to_owned(),
            url: url.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: body.as_bytes().to_vec(),
        };
        let url = fill(&mut request, url.parse().unwrap(), &secrets());
        let url = url.map_err(|failed| failed.told)?;
        Ok((url.to_string(), request))
    }

    const HOST: &str = "https://api.example.com/";

    #[test]
    fn each_place_has_a_secret_as_it_takes_it() {
        let (_, request) =
            filled(HOST, &[("authorization", "Bearer {{secret:token}}!")], "").unwrap();
        assert_eq!(request.headers[0].1, b"Bearer abcdefgh!");
        let json = [("content-type", "application/json; charset=utf-8")];
        let (_, request) = filled(HOST, &json, r#"{"key":"{{secret:key}}"}"#).unwrap();
        assert_eq!(request.body, br#"{"key":"hunter2 &\"x"}"#);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        for body in ["key=%7B%7Bsecret%3Akey%7D%7D&x", "key={{secret:key}}&x"] {
            let (_, request) = filled(HOST, &form, body).unwrap();
            assert_eq!(request.body, b"key=hunter2%20%26%22x&x");
        }
        let (_, request) =
            filled(HOST, &[("content-type", "image/png")], "{{secret:key}}").unwrap();
        assert_eq!(request.body, b"{{secret:key}}");
        let (url, _) = filled(
            "https://api.example.com/v1/{{secret:token}}/x?a={{secret:key}}&b=%20",
            &[],
            "",
        )
        .unwrap();
        assert_eq!(
            url,
            "https://api.example.com/v1/abcdefgh/x?a=hunter2%20%26%22x&b=%20"
        );
        let (url, _) = filled("https://api.example.com/a%2Fb?c=d+e", &[], "").unwrap();
        assert_eq!(url, "https://api.example.com/a%2Fb?c=d+e");
    }

    #[test]
    fn a_secret_goes_nowhere_else() {
        for (url, value, told) in [
            (
                "https://evil.example/",
                "{{secret:token}}",
                "is not for `evil.example`",
            ),
            (
                "https://api.example.com.evil.example/",
                "{{secret:token}}",
                "is not for",
            ),
            (
                "https://api.example.com:8443/",
                "{{secret:token}}",
                "is not for",
            ),
            ("https://evil.example/?x={{secret:token}}", "", "is not for"),
            (
                "https://evil.example/%7b%7Bsecret:token%7D}",
                "",
                "is not for",
            ),
            (HOST, "{{secret:other}}", "has no secret `other`"),
        ] {
            let refused = filled(url, &[("x", value)], "").unwrap_err();
            assert!(refused.contains(told), "{url}: {refused}");
        }
    }
}
