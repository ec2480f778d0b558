//! What callers send, for the description: it is read field by field, see [`super::wire`], so that what is wrong is told by
//! its name.
#![expect(dead_code, reason = "these are described and never made")]

use serde_json::Value;
use utoipa::ToSchema;

/// A channel to make.
#[derive(ToSchema)]
#[schema(as = project_channels::NewChannel)]
pub(super) struct NewChannel {
    /// `telegram`, `wechat` or another kind that this host has a driver for.
    #[schema(example = "telegram")]
    channel_type: String,
    #[schema(min_length = 1, max_length = 200, example = "Support Bot")]
    display_name: String,
    /// The agent that answers, one of the project's; left out, its newest.
    #[schema(format = "uuid")]
    primary_agent_id: Option<String>,
    /// Its `type` is that of the channel; for Telegram it has a `bot_token`, for WeChat nothing else.
    #[schema(example = json!({ "type": "telegram", "bot_token": "1234567890:ABCdefGHIjklMNOpqrSTUvwxyz0123456789" }))]
    credential: Value,
    /// What the kind's driver needs to know and anyone may see.
    #[schema(example = json!({}))]
    config: Option<Value>,
}

/// What to change; what is left out stays.
#[derive(ToSchema)]
#[schema(as = project_channels::ChannelChanges)]
pub(super) struct ChannelChanges {
    #[schema(max_length = 200, example = "Support Bot v2")]
    display_name: Option<String>,
    /// Another agent of the project; null for none.
    #[schema(format = "uuid")]
    primary_agent_id: Option<String>,
    /// Another configuration, whole.
    #[schema(example = json!({}))]
    config: Option<Value>,
    /// `active` or `disabled`.
    #[schema(example = "active")]
    status: Option<String>,
}

/// Digits that WeChat shows on the phone.
#[derive(ToSchema)]
#[schema(as = project_channels::Digits)]
pub(super) struct Digits {
    #[schema(example = "4711", pattern = "^[0-9]{1,16}$")]
    code: String,
}
