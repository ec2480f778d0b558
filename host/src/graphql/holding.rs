//! People in conversations: what they say, and that they answer in the agent's place.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use store::conversations::{Conversation, HeldKind};

use super::conversations::ConversationNode;
use super::messages::MessageNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::{channels, holding, opening};

/// Who answers in an agent's place.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "HolderKind", remote = "HeldKind")]
pub(super) enum HolderKindShown {
    /// One person.
    User,
    /// A team: each of its members.
    Team,
}

/// The person or the team that answers in the agent's place.
pub(super) struct Holder {
    kind: HolderKindShown,
    id: ID,
    since: DateTime<Utc>,
}

impl Holder {
    /// The holder of a conversation, if people hold it.
    pub(super) fn of(conversation: &Conversation) -> Option<Holder> {
        let holder = conversation.holder()?;
        Some(Holder {
            kind: holder.kind().into(),
            id: match holder {
                store::conversations::Holder::User(user) => user.public().into(),
                store::conversations::Holder::Team(team) => {
                    store::ids::TeamId::from(team).public().into()
                }
            },
            since: conversation.held_since?,
        })
    }
}

/// The person or the team that answers in the agent's place.
#[Object(name = "ConversationHolder", crate = "library")]
impl Holder {
    /// Whether it is one person or a team.
    async fn kind(&self) -> HolderKindShown {
        self.kind
    }

    /// The user's or the team's id.
    async fn id(&self) -> &ID {
        &self.id
    }

    /// Since when.
    async fn since(&self) -> Time {
        Time(self.since)
    }
}

#[derive(Default)]
pub(super) struct HoldingMutation;

#[Object]
impl HoldingMutation {
    /// Opens the conversation with someone who has not written yet, so that they can be written to first; or gives the one
    /// that is open.
    async fn open_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
        #[graphql(desc = "The platform's id of the person.")] platform_user_id: String,
        #[graphql(desc = "What they are called, if they are new here.")] display_name: Option<
            String,
        >,
    ) -> Result<ConversationNode> {
        let (cx, caller) = asked_by(context)?;
        let channel = channels::parse_id(&channel_id).map_err(failure::told)?;
        let name = display_name.as_deref();
        let open = opening::open(cx, caller, channel, &platform_user_id, name).await;
        open.map(Arc::new)
            .map(ConversationNode)
            .map_err(failure::told)
    }

    /// Says something in a conversation as the caller. It is brought to the platform after all that was said before it.
    async fn send_message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation.")] conversation_id: ID,
        #[graphql(desc = "What to say, at most 20,000 characters.")] text: String,
    ) -> Result<MessageNode> {
        let (cx, caller) = asked_by(context)?;
        let id = read_id("conversationId", &conversation_id)?;
        let said = holding::send_message(cx, caller, id, &text).await;
        said.map(Arc::new).map(MessageNode).map_err(failure::told)
    }

    /// Takes a conversation over from its agent, which answers no more until it is handed back: what it is doing counts for
    /// nothing, and messages that wait for it are left to people.
    async fn take_over_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation.")] id: ID,
        #[graphql(desc = "The team that holds it; else the caller does.")] team_id: Option<ID>,
    ) -> Result<ConversationNode> {
        let (cx, caller) = asked_by(context)?;
        let team = team_id.map(|id| read_id("teamId", &id)).transpose()?;
        let taken = holding::take_over(cx, caller, read_id("id", &id)?, team).await;
        taken
            .map(Arc::new)
            .map(ConversationNode)
            .map_err(failure::told)
    }

    /// Hands a conversation back to its agent, which answers the next message.
    async fn hand_back_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation.")] id: ID,
    ) -> Result<ConversationNode> {
        let (cx, caller) = asked_by(context)?;
        let handed = holding::hand_back(cx, caller, read_id("id", &id)?).await;
        handed
            .map(Arc::new)
            .map(ConversationNode)
            .map_err(failure::told)
    }
}
