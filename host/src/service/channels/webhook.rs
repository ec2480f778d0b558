//! Webhook channels: a messaging product of a user's own, with a key for what it tells us and a secret that signs what we
//! tell it.

use channels::{Kind, Secret};
use serde_json::{Value, json};
use store::channels::{self as rows, Channel, ChannelChanges, ChannelStatus};
use store::ids::{ChannelId, OrganizationId, TokenId, UserId};
use store::page::Page;
use store::tokens::{self, NewToken, TokenKind};
use url::Url;

use super::create::{NewChannel, create, named_agent, settings};
use super::{MOST, change_of, find_for, parse_id, update};
use crate::auth::{Caller, Operation, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::{audit, binding, projects};
use crate::vault::FreshToken;

const NOWHERE: &str = "callback.invalid";

/// A webhook channel to make.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Its name for people.
    pub name: String,
    /// A label of the product, such as `slack`.
    pub platform: String,
    /// Where messages are posted to.
    pub callback_url: Url,
    /// Who answers, by name or id: else the project's newest agent.
    pub agent: Option<String>,
}

/// A webhook channel, for those who may see it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The channel.
    pub channel: Channel,
    /// A label of the product.
    pub platform: String,
    /// Where messages are posted to.
    pub callback_url: String,
    /// Whether its people need no browser: they are welcomed with the first thing that they say.
    pub is_text_only: bool,
}

/// A webhook channel that was just made, with what is shown once.
#[derive(Debug)]
pub struct CreatedWebhook {
    /// The channel.
    pub webhook: Webhook,
    /// The key of what it tells us.
    pub api_key: Secret<String>,
    /// The secret that signs what we tell it.
    pub webhook_secret: Secret<String>,
}

/// Makes a webhook channel in the caller's default project.
pub async fn create_webhook(
    cx: &Context,
    caller: &Caller,
    new: NewWebhook,
) -> Result<CreatedWebhook> {
    let new = NewChannel {
        kind: Kind::Webhook,
        name: new.name,
        configuration: json!({ "callback_url": new.callback_url, "platform": new.platform }),
        credential: None,
        agent: new.agent,
    };
    let channel = create(cx, caller, new).await?;
    let api_key = new_key(cx, channel.organization_id, channel.id, caller.maker()?).await?;
    Ok(CreatedWebhook {
        webhook_secret: secret_of(cx, &channel)?,
        webhook: Webhook::of(channel),
        api_key,
    })
}

/// The webhook channels that the caller made, oldest first.
pub async fn list_webhooks(cx: &Context, caller: &Caller) -> Result<Vec<Webhook>> {
    let kind = Some(Kind::Webhook.as_str());
    let (owner, page) = (caller.organization_id, Page::first(MOST));
    let list = match caller.who {
        Who::User(user) => rows::list_by_owner(&cx.store, owner, user, kind, page).await?,
        // A key is for one project, and sees what is there.
        _ => {
            let project = projects::default_for(cx, caller, Operation::ReadProject).await?;
            let mut all = rows::list(&cx.store, owner, project, page).await?;
            all.retain(|channel| Some(channel.kind.as_str()) == kind);
            all
        }
    };
    Ok(list.into_iter().map(Webhook::of).collect())
}

/// What to change of a webhook channel; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct WebhookChanges {
    /// Another name.
    pub name: Option<String>,
    /// Another address to post messages to. It also ends an error that the old one had caused.
    pub callback_url: Option<Url>,
    /// Another agent to answer, by name or id.
    pub agent: Option<String>,
}

/// Changes a webhook channel.
pub async fn change_webhook(
    cx: &Context,
    caller: &Caller,
    id: &str,
    wanted: WebhookChanges,
) -> Result<Webhook> {
    let channel = find_webhook(cx, caller, id).await?;
    let mut changes = ChannelChanges {
        name: wanted.name,
        ..ChannelChanges::default()
    };
    if let Some(name) = &wanted.agent {
        let agent = named_agent(cx, caller, channel.project_id, name).await?;
        changes.primary_agent_id = Some(Some(agent.id));
    }
    if let Some(url) = wanted.callback_url {
        let credential = binding::open(cx, &channel)?.credential;
        let platform = channel.configuration.get("platform");
        let text_only = channel.configuration.get("text_only");
        let configuration = json!({
            "callback_url": url,
            "platform": platform,
            "text_only": text_only.and_then(Value::as_bool).unwrap_or_default(),
        });
        let settings = settings(cx, &channel.kind, &configuration, Some(&credential)).await?;
        changes.configuration = Some(settings.configuration);
        changes.status = Some(ChannelStatus::Active);
        changes.status_reason = Some(None);
    }
    let change = change_of("updateChannel", &channel);
    let changed = audit::change(cx, caller, change, update(cx, &channel, changes)).await?;
    Ok(Webhook::of(changed))
}

/// Gives a webhook channel a new key; the old one ends at once.
pub async fn rotate_key(cx: &Context, caller: &Caller, id: &str) -> Result<Secret<String>> {
    let channel = find_webhook(cx, caller, id).await?;
    let change = change_of("rotateChannelKey", &channel);
    let new_key = new_key(cx, channel.organization_id, channel.id, caller.maker()?);
    audit::change(cx, caller, change, new_key).await
}

async fn find_webhook(cx: &Context, caller: &Caller, id: &str) -> Result<Channel> {
    let channel = find_for(cx, caller, parse_id(id)?, Operation::ManageChannels).await?;
    if channel.kind != Kind::Webhook.as_str() {
        let why = format!("is a {} channel, not a webhook one", channel.kind);
        return Err(Error::conflict(format!("Channel `{id}`"), why));
    }
    Ok(channel)
}

/// The callback address of a channel that no one listens behind yet: a name that is reserved never to resolve (RFC 2606).
/// Its people get what an agent answers at once, and what it says later waits to be delivered.
pub(in crate::service) fn nowhere() -> Value {
    json!({ "callback_url": format!("https://{NOWHERE}/"), "platform": "custom" })
}

/// Whether an address is the one of [`nowhere`].
pub(super) fn is_nowhere(url: &Url) -> bool {
    url.host_str() == Some(NOWHERE)
}

/// Makes a channel's key; the one before it ends.
pub(in crate::service) async fn new_key(
    cx: &Context,
    owner: OrganizationId,
    id: ChannelId,
    created_by: UserId,
) -> Result<Secret<String>> {
    let key = FreshToken::generate(TokenKind::Channel).map_err(Error::internal)?;
    let row = NewToken {
        hash: key.hash,
        kind: TokenKind::Channel,
        organization_id: owner,
        subject_id: id.uuid(),
        prefix: key.prefix,
        expires_at: None,
        id: TokenId::new(),
        name: "Channel key".to_owned(),
        role: None,
        created_by: Some(created_by),
    };
    tokens::replace(&cx.store, row, 0).await?;
    cx.remembered.clear();
    Ok(key.text)
}

impl Webhook {
    /// A webhook channel, of its row.
    pub fn of(channel: Channel) -> Self {
        let text = |name: &str| {
            let value = channel.configuration.get(name).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        Self {
            platform: text("platform"),
            callback_url: text("callback_url"),
            is_text_only: channel
                .configuration
                .get("text_only")
                .and_then(Value::as_bool)
                .unwrap_or_default(),
            channel,
        }
    }
}

/// The secret that signs what a webhook channel is told.
pub(in crate::service) fn secret_of(cx: &Context, channel: &Channel) -> Result<Secret<String>> {
    let bound = binding::open(cx, channel)?;
    let secret = bound.credential.expose().get("webhook_secret");
    let secret = secret.and_then(Value::as_str).unwrap_or_default();
    Ok(Secret::new(secret.to_owned()))
}
