//! What people say, a table a language. The patterns are those of [`crate::pattern`], over words in lower case.

mod chinese;
mod english;
mod russian;

use crate::request::Language;

type Table = &'static [&'static str];

/// The table of one language.
pub struct Phrases {
    /// What leads up to a request: greetings, "could you".
    pub beginnings: Table,
    /// "May I".
    pub leave: Table,
    /// What follows a request: "please", "now".
    pub endings: Table,
    /// What may be said anywhere and changes nothing.
    pub fillers: Table,
    /// Which projects there are.
    pub lists: Table,
    /// Which one the conversation goes on in.
    pub asks_current: Table,
    /// To go on in another one, without a name.
    pub switches_somewhere: Table,
    /// To go on in another one.
    pub switches: Table,
    /// What is said of work in a project as well.
    pub works_in: Table,
    /// What is said of going anywhere, or of opening anything.
    pub goes_to: Table,
    /// To make one, without a name.
    pub creates_something: Table,
    /// To make one, with a word that says that a name follows.
    pub creates: Table,
    /// To make one, with a name that only its looks tell.
    pub creates_bare: Table,
    /// To make one, with a name that only quotes tell.
    pub creates_quoted: Table,
    /// What is no name by itself.
    pub no_names: Table,
    /// What no name begins with.
    pub no_first_words: Table,
    /// What makes a name doubtful: with these a sentence goes on.
    pub sentence_words: Table,
    /// What projects have, so that "a project plan" is no project.
    pub things: Table,
}

/// The table of a language.
pub fn of(language: Language) -> &'static Phrases {
    match language {
        Language::English => &english::PHRASES,
        Language::Chinese => &chinese::PHRASES,
        Language::Russian => &russian::PHRASES,
    }
}
