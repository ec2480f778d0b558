//! A slash and a name make a command of a message.

/// A message that gives a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slash<'a> {
    /// What it is called.
    pub(super) name: &'a str,
    /// All that is said behind it.
    pub(super) rest: &'a str,
}

/// A message that begins by naming someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention<'a> {
    /// Who is named, without the `@`.
    pub(super) name: &'a str,
    /// All that is said behind it.
    pub(super) rest: &'a str,
}

/// The host's own name in a chat.
pub(super) const HOST: &str = "chatdev";

/// The command that a message gives. A path, as in `/usr/bin`, is none.
pub(super) fn slash(text: &str) -> Option<Slash<'_>> {
    let (word, rest) = first(text.trim().strip_prefix('/')?);
    // Some products put the bot's own name behind.
    let name = word.split_once('@').map_or(word, |(name, _)| name);
    is_name(name).then_some(Slash { name, rest })
}

/// Whom a message names first.
pub(super) fn mention(text: &str) -> Option<Mention<'_>> {
    let (word, rest) = first(text.trim().strip_prefix('@')?);
    let name = word.trim_end_matches([',', ':']);
    is_name(name).then_some(Mention { name, rest })
}

fn first(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

fn is_name(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_paths_and_fractions() {
        let name = |text| slash(text).map(|slash| (slash.name, slash.rest));
        assert_eq!(name("/create my-agent"), Some(("create", "my-agent")));
        assert_eq!(name(" /yolo-mode "), Some(("yolo-mode", "")));
        assert_eq!(name("/help@chatdev_bot now"), Some(("help", "now")));
        for text in ["/usr/bin/env", "/", "1/2", "//", "/ help", "create"] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn a_mention_stands_first() {
        let named = |text| mention(text).map(|mention| (mention.name, mention.rest));
        assert_eq!(named("@bot-1 hello\nyou"), Some(("bot-1", "hello\nyou")));
        assert_eq!(named("@bot: hello"), Some(("bot", "hello")));
        assert_eq!(named("@bot"), Some(("bot", "")));
        for text in ["hello @bot", "ada@example.org", "@", "@@x"] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
