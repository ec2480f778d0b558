//! What came of a replay, and how it compares with what came of the turn.

use sandbox::types::Reply;
use sandbox::{Digest, Stop};
use serde_json::Value;
use store::ids::TurnId;

use crate::content::{Content, unbind, without_nul};

/// A turn that was run again.
#[derive(Debug)]
pub struct Replay {
    /// Which.
    pub turn: TurnId,
    /// The module that it was run on; none where it was not run.
    pub module: Option<Digest>,
    /// How it compares.
    pub verdict: Verdict,
    /// Where it went another way, or why it cannot be told, as a sentence.
    pub why: Option<String>,
    /// What came of the turn.
    pub before: Ending,
    /// What came of it now; none where it was not run.
    pub after: Option<Ending>,
    /// What was answered by another than the journal, a sentence each.
    pub notes: Vec<String>,
    /// What it logged.
    pub log: Vec<String>,
}

/// How a replay compares with its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same came of it.
    Same,
    /// Something else came of it.
    Changed,
    /// On its own module, it asked the host for something else.
    Diverged,
    /// On another module, it asked for what no one here can tell.
    Unanswered,
    /// It cannot be run: its journal is not there.
    Missing,
}

/// What comes of a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// What it says.
    Replied(Vec<Said>),
    /// Nothing, for this reason.
    Failed {
        /// A stable name.
        code: String,
        /// For the owner; none where only the name was kept.
        why: Option<String>,
    },
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Its text.
    pub text: String,
    /// What it has beside its text, as the `content` of a message.
    pub content: Option<Value>,
}

impl Said {
    pub(super) fn new(text: &str, content: Option<&Value>) -> Self {
        Self::of(text, Content::read(content))
    }

    fn of(text: &str, mut content: Content) -> Self {
        // To which bytes a file was bound is not the agent's to say.
        content.attachments.iter_mut().for_each(unbind);
        Self {
            text: without_nul(text),
            content: content.column(),
        }
    }
}

impl Ending {
    /// What a guest gave.
    pub(super) fn of(outcome: &Result<Vec<Reply>, Stop>) -> Self {
        match outcome {
            Ok(replies) => Self::replied(replies),
            Err(stop) => Self::Failed {
                code: stop.code().to_owned(),
                why: Some(stop.to_string()),
            },
        }
    }

    /// Replies that say nothing are none.
    pub(super) fn replied(replies: &[Reply]) -> Self {
        let said = replies.iter().map(|reply| {
            let content = Content::of_reply(reply);
            Said::of(&reply.text, content)
        });
        let says = |said: &Said| !said.text.is_empty() || said.content.is_some();
        Self::Replied(said.filter(says).collect())
    }

    /// Whether the same came of both. Of failures the names count.
    pub(super) fn is_as(&self, other: &Ending) -> bool {
        match (self, other) {
            (Self::Replied(one), Self::Replied(two)) => one == two,
            (Self::Failed { code: one, .. }, Self::Failed { code: two, .. }) => one == two,
            _ => false,
        }
    }

    /// All of it as lines.
    fn lines(&self) -> Vec<String> {
        match self {
            Self::Replied(said) => said.iter().flat_map(Said::lines).collect(),
            Self::Failed { code, why } => vec![match why {
                Some(why) => format!("[{code}: {why}]"),
                None => format!("[{code}]"),
            }],
        }
    }
}

impl Said {
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        lines.extend(self.content.as_ref().map(|content| format!("[{content}]")));
        lines
    }
}

impl Replay {
    /// About how many bytes there are to tell.
    pub(super) fn size(&self) -> usize {
        let of = |ending: &Ending| ending.lines().iter().map(String::len).sum::<usize>();
        let log: usize = self.log.iter().chain(&self.notes).map(String::len).sum();
        of(&self.before) + self.after.as_ref().map_or(0, of) + log
    }

    /// What was said before and now, a line each: `- ` before those that went, `+ ` before those that came, and two spaces
    /// before those that stayed.
    pub fn diff(&self) -> Vec<String> {
        let before = self.before.lines();
        let after = self.after.as_ref().map(Ending::lines).unwrap_or_default();
        let same = |(one, two): &(&String, &String)| one == two;
        let head = before.iter().zip(&after).take_while(same).count();
        let most = before.len().min(after.len()) - head;
        let tails = before.iter().rev().zip(after.iter().rev());
        let tail = tails.take(most).take_while(same).count();
        let marked = |mark: &str, lines: &[String], skip: usize, take: usize| {
            let lines = lines.iter().skip(skip).take(take);
            lines
                .map(|line| format!("{mark} {line}"))
                .collect::<Vec<_>>()
        };
        let (went, came) = (before.len() - head - tail, after.len() - head - tail);
        [
            marked(" ", &before, 0, head),
            marked("-", &before, head, went),
            marked("+", &after, head, came),
            marked(" ", &before, head + went, tail),
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(before: &[&str], after: &[&str]) -> Replay {
        let replied = |texts: &[&str]| {
            Ending::Replied(texts.iter().map(|text| Said::new(text, None)).collect())
        };
        Replay {
            turn: TurnId::new(),
            module: None,
            verdict: Verdict::Changed,
            why: None,
            before: replied(before),
            after: Some(replied(after)),
            notes: Vec::new(),
            log: Vec::new(),
        }
    }

    #[test]
    fn what_stayed_frames_what_went_and_what_came() {
        let diff = replay(&["Hello\none", "end"], &["Hello\ntwo\nthree", "end"]).diff();
        assert_eq!(diff, ["  Hello", "- one", "+ two", "+ three", "  end"]);
        assert_eq!(replay(&["a"], &["a"]).diff(), ["  a"]);
        assert_eq!(replay(&["a", "a"], &["a"]).diff(), ["  a", "- a"]);
        assert_eq!(replay(&[], &["b"]).diff(), ["+ b"]);
    }

    #[test]
    fn failures_are_the_same_by_their_names() {
        let failed = |why: Option<&str>| Ending::Failed {
            code: "trap".to_owned(),
            why: why.map(str::to_owned),
        };
        assert!(failed(None).is_as(&failed(Some("here"))));
        assert!(!failed(None).is_as(&Ending::Replied(Vec::new())));
    }
}
