//! What an owner decides: the agent's configuration.

use serde::Deserialize;

/// The configuration. All of it may be left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// What the assistant is and does, in the owner's words.
    pub system_prompt: String,
    /// How much of the conversation the model sees as it was said, in tokens; what came before is in a summary.
    pub history_tokens: usize,
    /// Where an answer is cut, in tokens.
    pub reply_tokens: Option<u32>,
    /// How much chance there is in an answer, in hundredths: 0 to 200.
    pub temperature: Option<u32>,
    /// Whether it notes down what it is to remember.
    pub memory: bool,
    /// Whether the model is shown images.
    pub images: bool,
    /// Whether the model may use the project's tools, where they were granted.
    pub tools: bool,
    /// How often one message may have the model asked, the tools that it calls in between: 1 to 20.
    pub rounds: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            system_prompt: "You are a helpful assistant in a chat.".to_owned(),
            history_tokens: 4_000,
            reply_tokens: None,
            temperature: None,
            memory: true,
            images: true,
            tools: true,
            rounds: 8,
        }
    }
}
