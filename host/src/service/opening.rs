//! Opening: a person starts a conversation with someone who has not written yet, so that they can be written to first.

use ::channels::{Kind, webhook};
use serde_json::json;
use store::channels::Channel;
use store::contacts::{self, Contact, NewContact};
use store::conversations::{self, Conversation, NewConversation};
use store::ids::{ChannelId, ContactId, ConversationId};

use super::audit::{self, Change};
use super::channels;
use super::placed::Placed;
use crate::auth::{Caller, Operation};
use crate::content::without_nul;
use crate::context::Context;
use crate::error::{Error, Result};

/// Characters of a platform's id at most, as of an inbound message's.
const ID: usize = 200;

/// Opens the direct conversation with a contact, who is made where they are not known yet; or gives the one that is open.
pub async fn open(
    cx: &Context,
    caller: &Caller,
    channel: ChannelId,
    platform_user_id: &str,
    display_name: Option<&str>,
) -> Result<Placed<Conversation>> {
    let channel = channels::find_for(cx, caller, channel, Operation::WriteConversations).await?;
    let user = without_nul(platform_user_id.trim());
    if user.is_empty() || user.chars().count() > ID {
        let why = format!("must be the platform's id of the person, 1 to {ID} characters");
        return Err(Error::invalid("platformUserId", why));
    }
    if display_name.is_some_and(|name| name.chars().count() > ID) {
        let why = format!("must have at most {ID} characters");
        return Err(Error::invalid("displayName", why));
    }
    let chat = chat_of(&channel, &user);
    let owner = channel.organization_id;
    if let Some(open) = conversations::find_by_chat(&cx.store, owner, channel.id, &chat).await? {
        return Ok(Placed::new(open, channel.project_id));
    }
    let change = Change::of(
        "openConversation",
        channel.project_id,
        "channel",
        channel.id,
    )
    .with(json!({ "platformUserId": user }));
    let open = audit::change(cx, caller, change, async {
        let contact = contact_of(cx, &channel, &user, display_name).await?;
        let new = NewConversation {
            organization_id: owner,
            id: ConversationId::new(),
            channel_id: channel.id,
            platform_chat_id: chat.clone(),
            contact_id: Some(contact.id),
            is_group: false,
            title: None,
        };
        match conversations::create(&cx.store, new).await {
            Ok(conversation) => Ok(conversation),
            // They wrote in the meantime, or someone else opened it.
            Err(error) if error.is_conflict_of("conversations_chat_key") => {
                conversations::find_by_chat(&cx.store, owner, channel.id, &chat)
                    .await?
                    .ok_or_else(|| Error::internal(error))
            }
            Err(error) => Err(error.into()),
        }
    })
    .await?;
    Ok(Placed::new(open, channel.project_id))
}

/// The platform's id of a direct chat. Most platforms have one id for a person and for the chat with them.
fn chat_of(channel: &Channel, user: &str) -> String {
    if channel.kind == Kind::Webhook.as_str() {
        webhook::chat_id(user, None)
    } else {
        user.to_owned()
    }
}

async fn contact_of(
    cx: &Context,
    channel: &Channel,
    user: &str,
    display_name: Option<&str>,
) -> Result<Contact> {
    let new = NewContact {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        platform_user_id: user.to_owned(),
        id: ContactId::new(),
        display_name: display_name.map(without_nul),
    };
    match contacts::create(&cx.store, new).await {
        Ok(contact) => Ok(contact),
        Err(error) if error.is_conflict_of("contacts_pkey") => {
            contacts::find_on_channel(&cx.store, channel.organization_id, channel.id, user)
                .await?
                .ok_or_else(|| Error::internal(error))
        }
        Err(error) => Err(error.into()),
    }
}
