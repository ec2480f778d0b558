//! What callers of the Channel API send, for its description. It is read field by field, see [`super::wire`], so that
//! every spelling that its document knows is taken and what is wrong is told by its name.
#![expect(dead_code, reason = "these are described and never made")]

use utoipa::ToSchema;

/// A channel to be made.
#[derive(ToSchema)]
#[schema(as = channel_api::NewChannel, rename_all = "camelCase")]
pub(super) struct NewChannel {
    /// Shown in lists.
    #[schema(min_length = 1, max_length = 200, example = "My Slack Bot")]
    name: String,
    /// A short word: `slack`, `discord`, `telegram`, `custom`.
    #[schema(min_length = 1, max_length = 64, example = "slack")]
    platform: String,
    /// Where deliveries go: an address of a public host, over HTTPS.
    #[schema(
        format = "uri",
        max_length = 2048,
        example = "https://your-server.com/webhook"
    )]
    callback_url: String,
    /// Name of the agent that answers, in place of the project's newest; also taken as `agentId` and `agent`.
    #[schema(max_length = 200, example = "echo")]
    agent_name: Option<String>,
}

/// A text-only channel to be registered.
#[derive(ToSchema)]
#[schema(as = channel_api::Registration, rename_all = "camelCase")]
pub(super) struct Registration {
    /// The operator's `CLOISTER_REGISTRATION_KEY`.
    #[schema(min_length = 1, max_length = 1024)]
    registration_key: String,
    #[schema(min_length = 1, max_length = 200, example = "My Telegram Bot")]
    name: String,
    /// Where deliveries go: an address of a public host, over HTTPS.
    #[schema(
        format = "uri",
        max_length = 2048,
        example = "https://your-server.com/webhook"
    )]
    callback_url: String,
    /// `custom` without it.
    #[schema(max_length = 64, example = "telegram")]
    platform: Option<String>,
    /// Whose channel it is; without it, an account is made.
    #[schema(max_length = 254, example = "you@example.com")]
    owner_email: Option<String>,
}

/// What is to be changed; what is not there stays.
#[derive(ToSchema)]
#[schema(as = channel_api::ChannelChanges, rename_all = "camelCase")]
pub(super) struct ChannelChanges {
    #[schema(max_length = 200, example = "Support")]
    name: Option<String>,
    #[schema(
        format = "uri",
        max_length = 2048,
        example = "https://your-server.com/webhook"
    )]
    callback_url: Option<String>,
    /// Name or id of the agent that answers; also taken as `agentName` and `agentId`.
    #[schema(max_length = 200, example = "echo")]
    agent: Option<String>,
}

/// A message of one of the product's people.
#[derive(ToSchema)]
#[schema(as = channel_api::Inbound, rename_all = "camelCase")]
pub(super) struct Inbound {
    /// The product's id of the person; a number is taken as its digits.
    #[schema(min_length = 1, max_length = 256, example = "U12345")]
    external_user_id: String,
    /// Required unless there are attachments.
    #[schema(max_length = 65536, example = "Hello!")]
    message: Option<String>,
    #[schema(max_length = 200, example = "Alice")]
    display_name: Option<String>,
    /// The same id twice is one message, and gets the first one's answer.
    #[schema(max_length = 256, example = "msg_unique_id")]
    message_id: Option<String>,
    is_group: Option<bool>,
    /// Required where `isGroup` is true.
    #[schema(max_length = 256, example = "G67890")]
    group_external_id: Option<String>,
    #[schema(max_length = 200, example = "Engineering")]
    group_name: Option<String>,
    /// Ids of the group's members, or objects that describe them.
    #[schema(max_items = 10000)]
    participants: Option<Vec<serde_json::Value>>,
    #[schema(max_items = 20)]
    attachments: Option<Vec<Attachment>>,
}

/// A file that comes with a message.
#[derive(ToSchema)]
#[schema(as = channel_api::Attachment, rename_all = "camelCase")]
struct Attachment {
    /// Where it is; also taken as `fileUrl`, `mediaUrl` and `attachmentUrl`.
    #[schema(
        format = "uri",
        min_length = 1,
        max_length = 2048,
        example = "https://cdn.example.com/a.png"
    )]
    url: String,
    /// Also taken as `mimeType`.
    #[schema(max_length = 200, example = "image/png")]
    content_type: Option<String>,
    /// Also taken as `name`.
    #[schema(max_length = 200, example = "a.png")]
    filename: Option<String>,
}
