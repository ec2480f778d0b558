//! Inbound: what a messaging product of a user's own tells about its people's messages, by the key of its channel.

use std::collections::HashMap;

use ::channels::webhook;
use sandbox::types::{Attachment, AttachmentSource};
use store::ids::{AgentId, ChannelId, OrganizationId, TokenId};
use store::inbox::Route;
use store::tokens::TokenKind;

use super::speakers::Speaker;
use super::{channels, workspaces};
use crate::auth::{self, Client};
use crate::content::Content;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::{Accepted, Answer, Directed, Entered, Inbound};
use crate::vault::Secret;
use crate::workflow::Canned;

/// What is noted with a message that is a command.
const COMMAND: &str = "command";

/// A message of someone on the product.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The product's id of the person.
    pub user: String,
    /// Their name to show.
    pub display_name: Option<String>,
    /// What they said; empty where only files were sent.
    pub text: String,
    /// The product's id of the message: the same twice is one message.
    pub message_id: Option<String>,
    /// The group that it was said in; none for a direct chat.
    pub group: Option<Group>,
    /// Files that came along.
    pub files: Vec<File>,
    /// Who is in the group, where the product tells.
    pub participants: Option<Vec<String>>,
}

/// A group of the product.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The product's id of it.
    pub id: String,
    /// Its name to show.
    pub name: Option<String>,
}

/// A file that came with a message.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Where it is.
    pub url: String,
    /// Its media type, if the product tells.
    pub content_type: Option<String>,
    /// Its name, if the product tells.
    pub name: Option<String>,
}

/// A channel whose key was shown.
#[derive(Clone, Copy, Debug)]
pub struct KeyedChannel {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The channel.
    pub id: ChannelId,
    /// The key.
    pub token: TokenId,
    /// Where the request came from.
    pub client: Client,
}

/// The channel that is named, if the key is its own.
pub async fn channel_of_key(
    cx: &Context,
    channel: &str,
    key: Option<Secret<String>>,
    client: Client,
) -> Result<KeyedChannel> {
    let key = key.ok_or(Error::Unauthenticated)?;
    let token = auth::known(cx, key.expose(), TokenKind::Channel).await?;
    let id = channels::parse_id(channel)?;
    if token.subject_id != id.uuid() {
        return Err(Error::Forbidden {
            what: "use another channel's key here".to_owned(),
        });
    }
    Ok(KeyedChannel {
        organization_id: token.organization_id,
        id,
        token: token.id,
        client,
    })
}

/// Who is to handle a message.
#[derive(Clone, Debug, PartialEq)]
pub enum To {
    /// Whoever answers on the channel, or in the chat.
    Channel,
    /// This agent.
    Agent(AgentId),
    /// The host itself, which says this.
    Host(String),
    /// No one: it is kept.
    Nobody,
    /// The host, which does it: it is this command, and kept.
    Command(&'static str),
}

/// Stores a message and hands it on. Of one that was said before, the first one counts.
pub async fn enter(cx: &Context, speaker: &Speaker, said: Said, to: To) -> Result<Entered> {
    let mut inbound = inbound(speaker.channel, said);
    let route = match to {
        To::Channel => None,
        To::Agent(agent) => Some(Route {
            agent_id: Some(agent),
            ..Route::default()
        }),
        To::Host(text) => Some(Route {
            is_answered: false,
            canned: Canned::column(vec![text]),
            ..Route::default()
        }),
        To::Nobody => Some(Route {
            is_answered: false,
            ..Route::default()
        }),
        To::Command(command) => {
            inbound
                .metadata
                .push((COMMAND.to_owned(), command.to_owned()));
            Some(Route {
                is_answered: false,
                ..Route::default()
            })
        }
    };
    let directed = Directed {
        route,
        account: speaker.new_account(),
        ..Directed::default()
    };
    let entered = cx
        .inbox
        .enter(inbound, directed, cx.config.work.turn_wait)
        .await?;
    entered.ok_or_else(|| Error::internal("a message without a session was planned anew"))
}

/// Stores a message of someone who is taken to talk as usual (see [`Directed::is_usual`]), without reading who speaks first. `None`:
/// they do not, or it was said before; nothing was stored.
pub async fn enter_usual(
    cx: &Context,
    channel: KeyedChannel,
    said: &Said,
) -> Result<Option<Entered>> {
    let directed = Directed {
        is_usual: true,
        ..Directed::default()
    };
    let wait = cx.config.work.turn_wait;
    cx.inbox
        .enter(inbound(channel, said.clone()), directed, wait)
        .await
}

/// Waits for what is said to a message, for as long as the operator allows.
pub async fn answer(cx: &Context, entered: Entered) -> Result<Answer> {
    tokio::select! {
        answered = entered.answer => answered.map(|answer| workspaces::with_links(cx, answer)),
        // A host that stops does not cut its callers off: who still waits near the end hears that it comes later.
        () = stopping_soon(cx) => {
            store::inbox::flush(&cx.store).await?;
            Ok(Answer::Later)
        }
    }
}

/// Whether a stored message was a command.
pub async fn is_command(cx: &Context, owner: OrganizationId, accepted: &Accepted) -> Result<bool> {
    let (conversation, id) = (accepted.conversation_id, accepted.message_id);
    let message = store::messages::find(&cx.store, owner, conversation, id).await?;
    let content = message.and_then(|message| message.content);
    let metadata = Content::read(content.as_ref()).metadata;
    Ok(metadata.iter().any(|(name, _)| name == COMMAND))
}

/// Resolves when most of the time is over that a stopping host has.
pub(super) async fn stopping_soon(cx: &Context) {
    cx.tasks.stopping().await;
    tokio::time::sleep(cx.config.work.stop.mul_f32(0.8)).await;
}

/// The chat that something is said in, as it is stored.
pub(super) fn chat_of(said: &Said) -> String {
    let group = said.group.as_ref().map(|group| group.id.as_str());
    webhook::chat_id(&said.user, group)
}

fn inbound(channel: KeyedChannel, said: Said) -> Inbound {
    let platform_chat_id = chat_of(&said);
    let is_group = said.group.is_some();
    Inbound {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        platform_event_id: said.message_id,
        platform_user_id: said.user,
        display_name: said.display_name,
        platform_chat_id,
        is_group,
        title: said.group.and_then(|group| group.name),
        text: said.text,
        attachments: attachments(said.files),
        metadata: Vec::new(),
        shown_in: None,
    }
}

fn attachments(files: Vec<File>) -> Vec<Attachment> {
    let mut taken: HashMap<String, u32> = HashMap::new();
    let mut unique = |name: String| match taken.get_mut(&name) {
        // Two files of one name are told apart by a number.
        Some(count) => {
            *count += 1;
            format!("{count}-{name}")
        }
        None => {
            taken.insert(name.clone(), 1);
            name
        }
    };
    files
        .into_iter()
        .map(|file| Attachment {
            name: unique(file.name.unwrap_or_else(|| name_in(&file.url))),
            content_type: file
                .content_type
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
            size: None,
            source: AttachmentSource::Url(file.url),
            metadata: Vec::new(),
        })
        .collect()
}

/// The last part of an address's path.
fn name_in(url: &str) -> String {
    url::Url::parse(url)
        .ok()
        .and_then(|url| url.path_segments()?.next_back().map(str::to_owned))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "file".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(group: Option<&str>) -> Inbound {
        let channel = KeyedChannel {
            organization_id: OrganizationId::new(),
            id: ChannelId::new(),
            token: TokenId::new(),
            client: Client {
                address: None,
                entrance: auth::Entrance::Rest,
            },
        };
        let group = group.map(|id| Group {
            id: id.to_owned(),
            name: Some("Engineering".to_owned()),
        });
        let user = "7".to_owned();
        inbound(
            channel,
            Said {
                user,
                group,
                ..Said::default()
            },
        )
    }

    #[test]
    fn a_person_and_a_group_of_one_id_are_two_chats() {
        let (direct, group) = (said(None), said(Some("7")));
        assert_eq!(
            (direct.platform_chat_id.as_str(), direct.is_group),
            ("u:7", false)
        );
        assert_eq!(
            (group.platform_chat_id.as_str(), group.is_group),
            ("g:7", true)
        );
        assert_eq!(group.title.as_deref(), Some("Engineering"));
        assert_eq!(direct.platform_user_id, group.platform_user_id);
    }

    #[test]
    fn a_file_without_a_name_has_its_addresses() {
        let file = |url: &str| File {
            url: url.to_owned(),
            content_type: None,
            name: None,
        };
        let files = vec![
            file("https://cdn.example/a/shot.png?x=1"),
            file("https://cdn.example/b/shot.png"),
            file("https://cdn.example/"),
        ];
        let names: Vec<_> = attachments(files)
            .into_iter()
            .map(|attachment| attachment.name)
            .collect();
        assert_eq!(names, ["shot.png", "2-shot.png", "file"]);
    }
}
