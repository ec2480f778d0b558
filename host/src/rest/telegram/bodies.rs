//! What callers send, for the description: the fields are read by [`super::wire`].

use serde::Deserialize;
use utoipa::ToSchema;

/// A bot to set up.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = telegram::Setup)]
#[expect(
    dead_code,
    reason = "read field by field, so that what is wrong is told by its name"
)]
pub(super) struct Setup {
    /// The token that @BotFather gave; left out, or masked, the one that is stored.
    #[schema(example = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456")]
    bot_token: Option<String>,
    /// `webhook`, `polling` or `auto`, which is `webhook` where this host has a public https address.
    mode: Option<String>,
}

/// What to change of the settings; what is left out, or masked, stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = telegram::Changes)]
#[expect(
    dead_code,
    reason = "read field by field, so that what is wrong is told by its name"
)]
pub(super) struct Changes {
    /// Another token.
    bot_token: Option<String>,
    /// Another secret of the webhook: 16 to 256 letters, digits, hyphens and underscores.
    webhook_secret: Option<String>,
    /// `webhook` or `polling`.
    mode: Option<String>,
    /// `open`, `allow_list` or `paired`.
    access: Option<String>,
    /// Whether those who are let in may go to other projects of the account by talking.
    navigation: Option<bool>,
    /// The Telegram ids of those who are let in, and no one else.
    #[schema(example = json!(["42"]))]
    allowed_user_ids: Option<Vec<String>>,
}

/// A code to make.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = telegram::NewCode)]
#[expect(
    dead_code,
    reason = "read field by field, so that what is wrong is told by its name"
)]
pub(super) struct NewCode {
    /// How long it works: 1 to 1440 minutes, 30 where nothing is said.
    #[schema(example = 30)]
    ttl_minutes: Option<i64>,
}
