//! What callers send, for the description: the fields are read by [`super::wire`].

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A message.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::Message)]
#[expect(
    dead_code,
    reason = "read field by field, so that what is wrong is told by its name"
)]
pub(super) struct Message {
    /// The session: 1 to 128 letters, digits, `.`, `_`, `:` and `-`.
    #[schema(example = "user-42")]
    session_id: String,
    /// What is said.
    #[schema(example = "hello")]
    message: String,
    /// The project that it is about, by its id or its name; it is the session's from now on. `none` is as good as nothing.
    #[schema(example = "home")]
    project_id: Option<String>,
    /// The same by its name.
    project_name: Option<String>,
    /// The chat that it is in: one of this session, in this project.
    chat_id: Option<String>,
    /// Where in the project it is, relative to it.
    #[schema(example = "src/main")]
    current_path: Option<String>,
    /// Names the message: sent again under the same name, it is not said again, and its first answer is the answer.
    #[schema(example = "m-1")]
    message_id: Option<String>,
    /// Whether strangers read along; the agent is told.
    public_mode: Option<bool>,
    /// For the agent, as it is.
    #[schema(value_type = Option<Object>)]
    runtime_data: Option<Map<String, Value>>,
    /// For the agent's tools, as it is.
    #[schema(value_type = Option<Object>)]
    tool_runtime_data: Option<Map<String, Value>>,
}

/// A message with a file, as the fields of a form.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::MediaMessage)]
#[expect(
    dead_code,
    reason = "read field by field, so that what is wrong is told by its name"
)]
pub(super) struct MediaMessage {
    /// The file, of at most 1 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What it is: `image`, `audio`, `voice`, `video`, `document` or `file`. Else its media type says it.
    kind: Option<String>,
    /// The session: 1 to 128 letters, digits, `.`, `_`, `:` and `-`.
    session_id: String,
    /// What is said with it.
    message: Option<String>,
    /// As in a message.
    project_id: Option<String>,
    /// As in a message.
    project_name: Option<String>,
    /// As in a message.
    chat_id: Option<String>,
    /// As in a message.
    current_path: Option<String>,
    /// As in a message.
    message_id: Option<String>,
    /// `true` or `false`, as in a message.
    public_mode: Option<String>,
    /// A JSON object, as in a message.
    runtime_data: Option<String>,
    /// A JSON object, as in a message.
    tool_runtime_data: Option<String>,
}

/// How a token is made anew.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = external::NewToken)]
#[expect(
    dead_code,
    reason = "read field by field, so that what is wrong is told by its name"
)]
pub(super) struct NewToken {
    /// Seconds for which the token before it is good as well: 0 to 604800, and 0 where nothing is said.
    #[schema(example = 60)]
    grace_seconds: Option<u32>,
}
