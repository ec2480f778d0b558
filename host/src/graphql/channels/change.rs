//! Making and changing channels.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use channels::{Kind, Secret};
use serde_json::json;
use store::channels::Channel;

use super::ChannelNode;
use super::node::AccessShown;
use crate::error::Error;
use crate::graphql::resolve::library;
use crate::graphql::scalars::Json;
use crate::graphql::{asked_by, failure};
use crate::service::channels::{self as service, Changes, NewChannel};
use crate::service::pairing;

/// A channel to make.
#[derive(InputObject)]
struct CreateChannelInput {
    /// The project, by slug or id; else the caller's default one.
    project: Option<String>,
    /// The platform: `webhook`, `web`, `telegram` and so on.
    kind: String,
    /// Its name for people.
    name: String,
    /// What the platform's driver needs to know and anyone may see: a JSON object. For a webhook `callback_url` and
    /// `platform`; for a web channel `allowed_origins` and `identified_only`; for Discord `hears`: `everything` or `mentions`.
    configuration: Option<Json>,
    /// What the driver needs and no one may see: a JSON object, such as `bot_token`. It is sealed and never shown. What is ours to make is made
    /// where it is left out.
    credential: Option<Json>,
    /// Who answers, by name or id: else the project's newest agent.
    agent: Option<ID>,
}

/// What to change of a channel; what is left out stays.
#[derive(InputObject)]
struct UpdateChannelInput {
    /// Another name.
    name: Option<String>,
    /// Who answers, by name or id; null for no one.
    agent: MaybeUndefined<ID>,
    /// Who may talk.
    access: Option<AccessShown>,
    /// Whether those who were let in may go to other projects of whoever made it, by talking.
    navigates: Option<bool>,
    /// Another configuration, whole: a JSON object.
    configuration: Option<Json>,
}

/// A channel that was just made, with what is shown once.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct CreateChannelPayload {
    /// The channel.
    channel: ChannelNode,
    /// The key of what a program tells us on a webhook channel. Shown once.
    api_key: Option<String>,
    /// The secret that was made for it: what signs a webhook's deliveries, what a site vouches for its visitors with. Shown
    /// once.
    secret: Option<String>,
}

/// A channel with what was made anew for it.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct RotateChannelPayload {
    /// The channel.
    channel: ChannelNode,
    /// The new key or secret. Shown once; the old one has ended.
    secret: String,
}

#[derive(Default)]
pub(in crate::graphql) struct ChannelsMutation;

#[Object]
impl ChannelsMutation {
    /// Makes a channel of any kind whose driver this host has.
    async fn create_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateChannelInput,
    ) -> Result<CreateChannelPayload> {
        let (cx, caller) = asked_by(context)?;
        let project = input.project.clone();
        let new = input.read().map_err(failure::told)?;
        let made = service::make(cx, caller, project.as_deref(), new).await;
        let made = made.map_err(failure::told)?;
        Ok(CreateChannelPayload {
            channel: ChannelNode(Arc::new(made.channel)),
            api_key: made.api_key.map(|key| key.into_inner()),
            secret: made.secret.map(Secret::into_inner),
        })
    }

    /// Changes a channel. Another configuration also ends an error that the old one had caused.
    async fn update_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] id: ID,
        #[graphql(desc = "What to change.")] input: UpdateChannelInput,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        let changes = Changes {
            name: input.name,
            agent: input.agent.map_value(|agent| agent.0).into(),
            access: input.access.map(Into::into),
            navigates: input.navigates,
            configuration: input.configuration.map(|json| json.0),
        };
        shown(service::change(cx, caller, &id, changes).await)
    }

    /// Deletes a channel: its key ends at once, what was said on it stays to be read. It is returned as it was.
    async fn delete_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] id: ID,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        shown(service::delete(cx, caller, &id).await)
    }

    /// Claims a code that a channel has shown to someone who wrote to it: from then on it listens to that account alone, and is
    /// called by its name. For channels whose access is `PAIRED`; a code is good for ten minutes.
    async fn pair_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent that answers on the channel, by name or id.")] agent: ID,
        #[graphql(desc = "The code, in any case.")] code: String,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        shown(pairing::pair(cx, caller, &agent, &code).await)
    }

    /// Gives a channel another credential, which is sealed and never shown.
    async fn set_channel_credential(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] id: ID,
        #[graphql(desc = "What its driver needs: a JSON object.")] credential: Json,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        shown(service::set_credential(cx, caller, &id, Secret::new(credential.0)).await)
    }

    /// Gives a webhook channel a new key for what a program tells us; the old one ends at once.
    async fn rotate_channel_key(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] id: ID,
    ) -> Result<RotateChannelPayload> {
        let (cx, caller) = asked_by(context)?;
        let key = service::rotate_key(cx, caller, &id)
            .await
            .map_err(failure::told)?;
        Ok(RotateChannelPayload {
            channel: shown(service::find(cx, caller, &id).await)?,
            secret: key.into_inner(),
        })
    }

    /// Makes a channel's secret anew: what signs a webhook's deliveries, what a site vouches for its visitors with.
    async fn rotate_channel_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] id: ID,
    ) -> Result<RotateChannelPayload> {
        let (cx, caller) = asked_by(context)?;
        let rotated = service::rotate_secret(cx, caller, &id).await;
        let (channel, secret) = rotated.map_err(failure::told)?;
        Ok(RotateChannelPayload {
            channel: ChannelNode(Arc::new(channel)),
            secret: secret.into_inner(),
        })
    }

    /// Switches a channel on.
    async fn enable_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] id: ID,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        shown(service::switch(cx, caller, &id, true).await)
    }

    /// Switches a channel off: it takes nothing in and sends nothing out.
    async fn disable_channel(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] id: ID,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        shown(service::switch(cx, caller, &id, false).await)
    }
}

impl CreateChannelInput {
    fn read(self) -> crate::error::Result<NewChannel> {
        let kind: Kind = self.kind.parse().map_err(|_| {
            let all = Kind::ALL.iter().map(|kind| kind.as_str());
            let all = all.collect::<Vec<_>>().join(", ");
            Error::invalid("kind", format!("`{}` is none of {all}", self.kind))
        })?;
        Ok(NewChannel {
            kind,
            name: self.name,
            configuration: self.configuration.map_or_else(|| json!({}), |json| json.0),
            credential: self.credential.map(|json| Secret::new(json.0)),
            agent: self.agent.map(|agent| agent.0),
        })
    }
}

fn shown(channel: crate::error::Result<Channel>) -> Result<ChannelNode> {
    channel
        .map(Arc::new)
        .map(ChannelNode)
        .map_err(failure::told)
}
