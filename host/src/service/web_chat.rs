//! Web chat: what a visitor of a web channel does, on the chat page or through the widget's API. A visit is one request of
//! a visitor's browser to one channel; a visitor is known by a token that this host signed, or by a hash with which the
//! owner's own site vouches for its user.

mod limits;
mod log;
mod session;
mod token;
mod watch;

use std::net::IpAddr;

use channels::Kind;
use channels::web::{Configuration, TEXT_LIMIT};
use serde::Deserialize;
use store::channels::{Channel, ChannelStatus};
use store::ids::{ConversationId, MessageId};

pub use self::limits::Limits;
pub use self::log::{Author, File, Log, Shown, file, history};
pub use self::session::{Introduction, Session, open};
pub use self::token::Visitor;
use self::token::{Use, Visiting};
pub use self::watch::{Seen, watch};
use super::channels::parse_id;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::Inbound;

/// The longest id that a visitor's page may give a message.
const MESSAGE_ID: usize = 100;
/// The longest value of a button.
const CHOICE: usize = 1_000;

/// The page that a request comes from, as the browser tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A page of this host, or no browser's page at all.
    Own,
    /// A page of another site.
    Site(String),
}

/// One request of a visitor's browser to an open channel.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The channel.
    pub channel: Channel,
    /// Its settings.
    pub configuration: Configuration,
    /// Where the request comes from, where that is known.
    pub address: Option<IpAddr>,
}

/// Lets a request in: the channel is an open web channel, and its owner lets the site use it.
pub async fn enter(
    cx: &Context,
    channel: &str,
    origin: &Origin,
    address: Option<IpAddr>,
) -> Result<Visit> {
    let found = store::channels::find_anywhere(&cx.store, parse_id(channel)?).await?;
    let found = found.filter(|found| found.kind == Kind::Web.as_str());
    let found = found.ok_or_else(|| Error::not_found("Channel", channel))?;
    if found.status != ChannelStatus::Active {
        return Err(Error::conflict("this chat", "it is closed at the moment"));
    }
    let configuration =
        Configuration::deserialize(&found.configuration).map_err(Error::internal)?;
    match origin {
        Origin::Site(site) if !configuration.allowed_origins.contains(site) => {
            Err(Error::Forbidden {
                what: format!("use this chat from {site}: its owner has not allowed that site"),
            })
        }
        _ => Ok(Visit {
            channel: found,
            configuration,
            address,
        }),
    }
}

/// What a visitor says.
#[derive(Clone, Debug)]
pub struct Said {
    /// Made by the page: the same twice is one message.
    pub message_id: String,
    /// The text.
    pub text: String,
    /// The value of the button that said it, if one did.
    pub choice: Option<String>,
}

/// Where what was said went.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// The stored message: of the first one where this repeats it.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Whether it had been said before.
    pub duplicate: bool,
}

/// Hands what a visitor says to the channel's agent.
pub async fn say(
    cx: &Context,
    limits: &Limits,
    visit: &Visit,
    token: &str,
    said: Said,
) -> Result<Taken> {
    let visiting = admit(cx, visit, token)?;
    limits.message(&visiting.visitor.id, visit.address)?;
    check(&said)?;
    let accepted = cx
        .inbox
        .receive(inbound(visit, visiting.visitor, said))
        .await?;
    Ok(Taken {
        id: accepted.message_id,
        conversation_id: accepted.conversation_id,
        duplicate: accepted.duplicate,
    })
}

fn check(said: &Said) -> Result<()> {
    let length = |text: &str| text.chars().count();
    if !(1..=MESSAGE_ID).contains(&length(&said.message_id)) {
        return Err(Error::invalid(
            "message_id",
            format!("must have 1 to {MESSAGE_ID} characters"),
        ));
    }
    if said.text.trim().is_empty() || length(&said.text) > TEXT_LIMIT {
        return Err(Error::invalid(
            "text",
            format!("must have 1 to {TEXT_LIMIT} characters that show"),
        ));
    }
    if said
        .choice
        .as_deref()
        .is_some_and(|choice| length(choice) > CHOICE)
    {
        return Err(Error::invalid(
            "choice",
            format!("must have at most {CHOICE} characters"),
        ));
    }
    Ok(())
}

fn inbound(visit: &Visit, visitor: Visitor, said: Said) -> Inbound {
    let mut metadata = vec![
        (log::CLIENT_ID.to_owned(), said.message_id.clone()),
        ("identified".to_owned(), visitor.is_identified().to_string()),
    ];
    metadata.extend(visitor.email.map(|email| ("email".to_owned(), email)));
    metadata.extend(said.choice.map(|choice| ("choice".to_owned(), choice)));
    Inbound {
        organization_id: visit.channel.organization_id,
        channel_id: visit.channel.id,
        // Ids are made by pages: another visitor's must not count as a repetition.
        platform_event_id: Some(format!("{}/{}", visitor.id, said.message_id)),
        platform_chat_id: visitor.id.clone(),
        platform_user_id: visitor.id,
        display_name: visitor.name,
        is_group: false,
        title: None,
        text: said.text,
        attachments: Vec::new(),
        metadata,
        shown_in: None,
    }
}

/// Who holds a token, if they may use the channel as it is set now.
fn admit(cx: &Context, visit: &Visit, token: &str) -> Result<Visiting> {
    let visiting =
        token::read(cx, visit.channel.id, token, Use::Visit).ok_or(Error::Unauthenticated)?;
    require_identity(visit, &visiting.visitor)?;
    Ok(visiting)
}

/// Refuses those whom nobody vouches for where the owner wants that, whatever they try to do.
fn require_identity(visit: &Visit, visitor: &Visitor) -> Result<()> {
    if visit.configuration.identified_only && !visitor.is_identified() {
        return Err(Error::Forbidden {
            what: "use this chat without being signed in on its site".to_owned(),
        });
    }
    Ok(())
}
