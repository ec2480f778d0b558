//! The address of a repository, and what it is called by.

use url::Url;

use crate::error::{Error, Result};

/// Characters of an address.
const URL: usize = 500;
/// Characters of a name.
const NAME: usize = 200;
/// Characters of a token.
const TOKEN: usize = 1_000;

/// An address as it is kept: without what is no part of one, and without a slash at its end. Where it may lead, the guard
/// decides.
pub(super) fn url(text: &str) -> Result<Url> {
    let wrong = |why: &str| Error::invalid("url", why);
    let text = text.trim();
    if text.len() > URL {
        return Err(wrong("has more than 500 characters"));
    }
    let mut url: Url = text.parse().map_err(|_| {
        wrong("must be the https address of a git repository: `https://github.com/owner/repo`")
    })?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(wrong(
            "must begin with https://; other ways to a repository are not taken",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "must have no name or password in it: give a token as `token`",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("must end with the repository, without `?` and `#`"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if path.is_empty() {
        return Err(wrong("names a server and no repository"));
    }
    url.set_path(&path);
    Ok(url)
}

/// What a repository is called by: how its address ends, `owner/repo`.
pub(super) fn full_name(url: &Url) -> Result<String> {
    let path = percent_encoding::percent_decode_str(url.path());
    let path = path.decode_utf8_lossy();
    let path = path.strip_suffix(".git").unwrap_or(&path);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let last = parts
        .get(parts.len().saturating_sub(2)..)
        .unwrap_or_default();
    let name = last.join("/");
    match name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        true => Err(Error::invalid(
            "url",
            "does not end in a name such as `owner/repo`",
        )),
        false => Ok(name),
    }
}

/// A token as it is sent: one word.
pub(super) fn token(text: &str) -> Result<String> {
    let text = text.trim();
    match text.is_empty() || text.len() > TOKEN || !text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        true => Err(Error::invalid(
            "token",
            "must be one word of at most 1000 characters",
        )),
        false => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_what_it_is_called_by() {
        for (text, kept, name) in [
            (
                "https://github.com/ada/engine",
                "https://github.com/ada/engine",
                "ada/engine",
            ),
            (
                " https://github.com/ada/engine.git/ ",
                "https://github.com/ada/engine.git",
                "ada/engine",
            ),
            (
                "https://git.example/a/b/c.git",
                "https://git.example/a/b/c.git",
                "b/c",
            ),
            (
                "http://127.0.0.1:3000/solo",
                "http://127.0.0.1:3000/solo",
                "solo",
            ),
        ] {
            let url = url(text).unwrap();
            assert_eq!(
                (url.as_str(), full_name(&url).unwrap().as_str()),
                (kept, name)
            );
        }
    }

    #[test]
    fn what_is_no_address_of_a_repository_is_told() {
        for (text, why) in [
            ("engine", "https address"),
            ("git@github.com:ada/engine.git", "https"),
            ("ssh://git@github.com/ada/engine", "https://"),
            ("file:///etc", "https://"),
            ("https://ada:pw@github.com/ada/engine", "token"),
            ("https://github.com", "no repository"),
            ("https://github.com/ada/engine?x=1", "without `?`"),
            ("https://github.com/.git", "owner/repo"),
        ] {
            let told = url(text)
                .and_then(|url| full_name(&url))
                .unwrap_err()
                .to_string();
            assert!(
                told.starts_with("url: ") && told.contains(why),
                "{text}: {told}"
            );
        }
        for bad in ["", "a b", "é", &"x".repeat(1_001)] {
            assert!(token(bad).is_err());
        }
        assert_eq!(token(" ghp_1 ").unwrap(), "ghp_1");
    }
}
