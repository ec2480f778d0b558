//! Hiding: where a secret comes back, its placeholder takes its place, in whichever usual way the server has written it: as it
//! is, escaped for an address, a form, JSON or HTML, in base64 at any place of a longer text, or in hexadecimal digits.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::bytes::{Captures, Regex};

use super::fill::{RESERVED, json_inner};
use crate::service::secrets::{Opened, placeholder};

/// As JavaScript escapes a part of an address.
const COMPONENT: &AsciiSet = &RESERVED
    .remove(b'!')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// As forms do, where a space is a plus.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*');

/// What is looked for.
pub(super) struct Hidden {
    found: Regex,
    /// What stands for each way to write a secret.
    instead: BTreeMap<Vec<u8>, String>,
}

impl Hidden {
    pub(super) fn of(secrets: &[Opened]) -> Result<Self, regex::Error> {
        let mut instead = BTreeMap::new();
        for secret in secrets {
            for way in ways(secret.value.expose()) {
                instead.insert(way.into_bytes(), placeholder(&secret.name));
            }
        }
        // The longest first: one secret may begin as another one does.
        let mut ways: Vec<&[u8]> = instead.keys().map(Vec::as_slice).collect();
        ways.sort_by_key(|way| std::cmp::Reverse(way.len()));
        let escaped = ways
            .into_iter()
            .map(|way| regex::escape(&String::from_utf8_lossy(way)));
        let pattern = escaped.collect::<Vec<_>>().join("|");
        let found = regex::bytes::RegexBuilder::new(&pattern)
            .unicode(false)
            .size_limit(64 << 20)
            .build()?;
        Ok(Self { found, instead })
    }

    /// Whether there is a secret in it.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        !self.instead.is_empty() && self.found.is_match(bytes)
    }

    /// Puts placeholders in the place of secrets; whether there were any.
    pub(super) fn hide(&self, bytes: &mut Vec<u8>) -> bool {
        if self.instead.is_empty() {
            return false;
        }
        let hidden = self.found.replace_all(bytes, |found: &Captures<'_>| {
            let way = found.get(0).map_or(&b""[..], |found| found.as_bytes());
            self.instead
                .get(way)
                .cloned()
                .unwrap_or_default()
                .into_bytes()
        });
        let Cow::Owned(hidden) = hidden else {
            return false;
        };
        *bytes = hidden;
        true
    }
}

/// The ways in which a server may write a text.
fn ways(text: &str) -> BTreeSet<String> {
    let mut ways = BTreeSet::from([text.to_owned()]);
    for set in [RESERVED, COMPONENT, FORM] {
        let escaped = utf8_percent_encode(text, set).to_string();
        ways.insert(escaped.replace("%20", "+"));
        ways.insert(lower(&escaped).replace("%20", "+"));
        ways.insert(lower(&escaped));
        ways.insert(escaped);
    }
    let json = json_inner(text);
    ways.insert(json.replace('/', "\\/"));
    // As those do who mean to put JSON into a page.
    let careful = json.replace('<', "\\u003c").replace('>', "\\u003e");
    ways.insert(careful.replace('&', "\\u0026"));
    ways.insert(json);
    for (double, single) in [
        ("&quot;", "&#39;"),
        ("&#34;", "&#39;"),
        ("&quot;", "&#x27;"),
        ("\"", "'"),
    ] {
        let html = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        ways.insert(html.replace('"', double).replace('\'', single));
    }
    for alphabet in [&STANDARD, &URL_SAFE] {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        ways.extend((0..3).map(|before| within(&engine, text, before)));
    }
    let digits = hex::encode(text);
    ways.insert(digits.to_ascii_uppercase());
    ways.insert(digits);
    ways
}

/// The characters of base64 that a text makes, wherever it stands after so many bytes (modulo three): what its neighbours
/// have a part in is left out.
fn within(engine: &GeneralPurpose, text: &str, before: usize) -> String {
    let bytes = [&vec![0; before], text.as_bytes()].concat();
    let encoded = engine.encode(&bytes);
    let whole = bytes.len() * 8 / 6;
    let first = (before * 8).div_ceil(6);
    encoded.get(first..whole).unwrap_or_default().to_owned()
}

/// Escapes with small letters, and all the rest as it is.
fn lower(escaped: &str) -> String {
    let mut lowered = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((before, after)) = rest.split_once('%') {
        let (digits, behind) = after.split_at(after.len().min(2));
        lowered.push_str(before);
        lowered.push('%');
        lowered.push_str(&digits.to_ascii_lowercase());
        rest = behind;
    }
    lowered + rest
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose;
    use proptest::prelude::*;

    use super::*;
    use crate::vault::Secret;

    fn hidden(values: &[(&str, &str)]) -> Hidden {
        let secret = |(name, value): &(&str, &str)| Opened {
            name: (*name).to_owned(),
            value: Secret::new((*value).to_owned()),
            hosts: Vec::new(),
        };
        Hidden::of(&values.iter().map(secret).collect::<Vec<_>>()).unwrap()
    }

    fn shown(hidden: &Hidden, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        hidden.hide(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        let hidden = hidden(&[("key", "hunter2/ &\"<x>'")]);
        for way in [
            "hunter2/ &\"<x>'",
            "hunter2%2F%20%26%22%3Cx%3E%27",
            "hunter2%2f%20%26%22%3cx%3e%27",
            "hunter2%2F+%26%22%3Cx%3E%27",
            "hunter2%2F%20%26%22%3Cx%3E'",
            "hunter2/ &\\\"<x>'",
            "hunter2\\/ &\\\"<x>'",
            "hunter2/ \\u0026\\\"\\u003cx\\u003e'",
            "hunter2/ &amp;&quot;&lt;x&gt;&#39;",
            "68756e746572322f2026223c783e27",
        ] {
            assert_eq!(
                shown(&hidden, &format!("a {way} b")),
                "a {{secret:key}} b",
                "{way}"
            );
        }
        assert_eq!(shown(&hidden, "a hunter2 b"), "a hunter2 b");
    }

    #[test]
    fn the_longer_of_two_secrets_is_hidden_whole() {
        let hidden = hidden(&[
            ("short", "hunter2hunter2"),
            ("long", "hunter2hunter2-and-more"),
        ]);
        let text = "hunter2hunter2-and-more hunter2hunter2";
        assert_eq!(shown(&hidden, text), "{{secret:long}} {{secret:short}}");
        assert!(hidden.is_in(b"x-hunter2hunter2"));
        assert!(!Hidden::of(&[]).unwrap().is_in(b""));
    }

    proptest! {
        /// As `Authorization: Basic` has it, among others: in the midst of something that is encoded whole.
        #[test]
        fn base64_of_what_it_stands_in_does_not_give_it_away(before in "[ -~]{0,9}", secret in "[!-~]{8,40}", after in "[ -~]{0,9}") {
            let hidden = hidden(&[("key", &secret)]);
            for engine in [&general_purpose::STANDARD, &general_purpose::URL_SAFE] {
                let text = engine.encode(format!("{before}{secret}{after}"));
                let mut bytes = text.clone().into_bytes();
                prop_assert!(hidden.hide(&mut bytes), "{}", text);
            }
        }
    }
}
