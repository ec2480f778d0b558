//! What a command answers.

use serde::{Deserialize, Serialize};
use store::agents::AgentStatus;

/// What is said of files that came with a command.
const FILES: &str = "The files that came along were given to no agent: send them again in a message without a command, or \
    with /prompt MESSAGE.";

/// What a command answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// For people, in order.
    pub replies: Vec<String>,
    /// What else a program is told that calls the command's route.
    #[serde(default)]
    pub shape: Shape,
    /// What is kept of it in the conversation's log, where it has a secret: a link that signs in.
    #[serde(skip)]
    pub kept: Option<String>,
}

/// What a program is told beside the replies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Nothing.
    #[default]
    Replies,
    /// A link to an agent's page.
    Link {
        /// The agent's name.
        agent: String,
        /// Whether it answers.
        status: AgentStatus,
        /// The link.
        url: String,
    },
    /// An agent's public key.
    Key {
        /// The agent's name.
        agent: String,
        /// Whether it answers.
        status: AgentStatus,
        /// The key, in base 58.
        public_key: String,
    },
}

impl Outcome {
    /// A sentence for people.
    pub fn say(text: impl Into<String>) -> Self {
        Self {
            replies: vec![text.into()],
            shape: Shape::Replies,
            kept: None,
        }
    }

    /// The same, of which the log keeps something else.
    pub fn keeping(mut self, kept: impl Into<String>) -> Self {
        self.kept = Some(kept.into());
        self
    }

    /// The same with something for programs.
    pub fn shaped(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    /// The same, saying which command it comes of.
    pub(super) fn done_by(mut self, given: &str) -> Self {
        let told = |text: String| format!("Ran {given}:\n{text}");
        self.kept = self.kept.map(told);
        if let Some(first) = self.replies.first_mut() {
            *first = told(std::mem::take(first));
        }
        self
    }

    /// The same, saying where the files are not that came along: a command is for no agent.
    pub(super) fn beside_files(mut self) -> Self {
        self.kept = self.kept.map(|kept| format!("{kept}\n\n{FILES}"));
        self.replies.push(FILES.to_owned());
        self
    }

    /// All that people are told, as one text.
    pub fn text(&self) -> String {
        self.replies.join("\n\n")
    }

    /// What the conversation's log keeps.
    pub(super) fn log(&self) -> String {
        self.kept.clone().unwrap_or_else(|| self.text())
    }
}
