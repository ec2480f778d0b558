//! A speaker is someone who talks on a Channel API channel, as they are when a message of theirs comes. Each has an account
//! from their first message on, which is made together with it: no one can sign in to it but by a link from their chat.

use store::agents::AgentStatus;
use store::groups::Place;
use store::ids::{AgentId, ContactId, ProjectId, UserId};
use store::inbox::NewAccount;
use store::speakers::{self as rows, Asked};

use super::audit::{self, Change};
use super::binding::public_id;
use super::inbound::{KeyedChannel, Said, chat_of};
use crate::auth::{Caller, Way, Who};
use crate::content::without_nul;
use crate::context::Context;
use crate::error::{Error, Result};

/// Characters of an account's name.
const NAME: usize = 200;

/// See the module.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// The channel that they talk on.
    pub channel: KeyedChannel,
    /// What is known of them.
    pub row: rows::Speaker,
    /// The product's id of them.
    pub platform_user_id: String,
    /// The chat that they talk in.
    pub chat: String,
    /// Whether it is a group's.
    pub is_group: bool,
    /// The account that they get with their message, where they have none.
    account: NewAccount,
}

/// The agent that answers someone.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its id.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// Whether it answers.
    pub status: AgentStatus,
    /// Whose it is.
    pub owner_id: Option<UserId>,
}

/// Reads who says something. `mention` is the name after an `@` that it begins with.
pub async fn meet(
    cx: &Context,
    channel: KeyedChannel,
    said: &Said,
    mention: Option<&str>,
) -> Result<Speaker> {
    let chat = without_nul(&chat_of(said));
    let asked = Asked {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        platform_user_id: said.user.clone(),
        platform_chat_id: chat.clone(),
        is_group: said.group.is_some(),
        platform_event_id: said.message_id.clone(),
        mention: mention.map(str::to_owned),
    };
    let read = |asked: Vec<Asked>| async move {
        let found = rows::find(&cx.store, &asked).await;
        found.map_err(Error::from)
    };
    let row = cx.speakers.ask(asked, read).await?;
    let row = row.ok_or_else(|| Error::not_found("Channel", public_id(channel.id)))?;
    let name = said.display_name.as_ref().unwrap_or(&said.user);
    Ok(Speaker {
        channel,
        account: NewAccount {
            user_id: UserId::new(),
            name: name.chars().take(NAME).collect(),
            project_id: ProjectId::new(),
            is_welcomed: row.is_text_only,
        },
        row,
        platform_user_id: said.user.clone(),
        chat,
        is_group: said.group.is_some(),
    })
}

impl Speaker {
    /// The account that they get with their message.
    pub fn new_account(&self) -> Option<NewAccount> {
        self.row.user_id.is_none().then(|| self.account.clone())
    }

    /// Whether they talk, in a chat of their own, to whoever answers everyone here: see [`store::inbox::Receive::is_usual`], where
    /// each of these is a condition.
    pub fn talks_as_usual(&self) -> bool {
        let row = &self.row;
        let is_known = row.contact_id.is_some() && row.user_id.is_some();
        let is_open = row.is_plain && row.has_primary && !self.is_group;
        is_known && is_open && !row.is_signed_out && !row.is_yolo && row.loaded_id.is_none()
    }

    /// Their account, once they have one.
    pub fn user(&self) -> Result<UserId> {
        let unknown = || Error::internal("someone has spoken and has no account");
        self.row.user_id.ok_or_else(unknown)
    }

    /// Who they are, to services.
    pub fn caller(&self) -> Result<Caller> {
        Ok(Caller {
            organization_id: self.channel.organization_id,
            who: Who::User(self.user()?),
            way: Way::ChannelKey,
            token: Some(self.channel.token),
            client: self.channel.client,
        })
    }

    /// The group that they talk in.
    pub fn group(&self) -> Option<Place> {
        self.is_group.then(|| Place {
            organization_id: self.channel.organization_id,
            channel_id: self.channel.id,
            platform_chat_id: self.chat.clone(),
        })
    }

    /// Who answers them here: whom they have named or loaded; not whoever answers everyone on the channel.
    pub fn loaded(&self) -> Option<Loaded> {
        let agent = &self.row.agent;
        Some(Loaded {
            id: agent.id?,
            name: agent.name.clone()?,
            status: agent.status?,
            owner_id: agent.owner_id,
        })
    }
}

/// Lets someone in again who had logged out of their chats. Whether they had.
pub async fn log_in(cx: &Context, speaker: &Speaker) -> Result<bool> {
    if !speaker.row.is_signed_out {
        return Ok(false);
    }
    set_signed_out(cx, speaker, "logInContact", false).await
}

/// Logs someone out of their chats on the channel: no agent hears them before they log in again.
pub async fn log_out(cx: &Context, speaker: &Speaker) -> Result<bool> {
    set_signed_out(cx, speaker, "logOutContact", true).await
}

async fn set_signed_out(
    cx: &Context,
    speaker: &Speaker,
    action: &'static str,
    is_signed_out: bool,
) -> Result<bool> {
    let owner = speaker.channel.organization_id;
    let contact = contact(speaker)?;
    let change = Change::of(action, speaker.row.project_id, "contact", contact);
    audit::change(cx, &speaker.caller()?, change, async {
        Ok(rows::set_signed_out(&cx.store, owner, contact, is_signed_out).await?)
    })
    .await
}

/// Says whether what someone says in direct chats is taken for commands where it can be.
pub async fn set_yolo(cx: &Context, speaker: &Speaker, is_yolo: bool) -> Result<()> {
    let owner = speaker.channel.organization_id;
    rows::set_yolo(&cx.store, owner, contact(speaker)?, is_yolo).await?;
    Ok(())
}

fn contact(speaker: &Speaker) -> Result<ContactId> {
    let unknown = || Error::internal("someone has spoken and is no contact");
    speaker.row.contact_id.ok_or_else(unknown)
}
