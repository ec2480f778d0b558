//! A session begins a visit, or goes on with one: it finds out who visits, opens their conversation and signs tokens.

use channels::web::{Credential, verify_identity};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::StoreError;
use store::contacts::{self, NewContact};
use store::conversations::{self, NewConversation};
use store::ids::{ContactId, ConversationId};
use uuid::Uuid;

use super::token::{self, RENEW, Use, VISIT, Visiting, Visitor};
use super::{Limits, Visit, require_identity};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::binding;

/// The longest user id, name and e-mail address.
const USER_ID: usize = 200;
const NAME: usize = 100;
const EMAIL: usize = 254;

/// What a page tells of its visitor.
#[derive(Clone, Debug, Default)]
pub struct Introduction {
    /// The owner's own id of them.
    pub user_id: Option<String>,
    /// The proof of that: hex HMAC-SHA256 of the id under the channel's identity secret.
    pub user_hash: Option<String>,
    /// What to call them.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// A token of the visit to go on with.
    pub token: Option<String>,
}

/// A visit that has begun.
#[derive(Clone, Debug)]
pub struct Session {
    /// Opens the chat until `expires_at`.
    pub token: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Opens a session again later, for the same visitor.
    pub renewal_token: String,
    /// Who visits.
    pub visitor: Visitor,
    /// What they say and are told.
    pub conversation_id: ConversationId,
}

/// Begins or goes on with a visit.
pub async fn open(
    cx: &Context,
    limits: &Limits,
    visit: &Visit,
    introduction: Introduction,
) -> Result<Session> {
    limits.session(visit.address)?;
    let visitor = visitor(cx, visit, introduction)?;
    require_identity(visit, &visitor)?;
    let conversation_id = conversation(cx, visit, &visitor).await?;
    let now = Utc::now();
    let sign = |purpose, seconds| {
        let until = now.timestamp() + seconds;
        let visiting = Visiting {
            visitor: visitor.clone(),
            conversation: conversation_id,
            until,
        };
        token::sign(cx, visit.channel.id, purpose, visiting)
    };
    Ok(Session {
        token: sign(Use::Visit, VISIT),
        expires_at: now + chrono::TimeDelta::seconds(VISIT),
        renewal_token: sign(Use::Renew, RENEW),
        conversation_id,
        visitor,
    })
}

/// Who visits: whom the site vouches for, else who held a token before, else someone new.
fn visitor(cx: &Context, visit: &Visit, introduction: Introduction) -> Result<Visitor> {
    let name = short("name", introduction.name, NAME)?;
    let email = short("email", introduction.email, EMAIL)?;
    if let Some(user_id) = introduction.user_id {
        let user_id = short("user_id", Some(user_id), USER_ID)?;
        let user_id = user_id.ok_or_else(|| Error::invalid("user_id", "must not be empty"))?;
        vouched(
            cx,
            visit,
            &user_id,
            &introduction.user_hash.unwrap_or_default(),
        )?;
        return Ok(Visitor {
            id: format!("web:u:{user_id}"),
            name,
            email,
        });
    }
    let Some(held) = introduction.token else {
        return Ok(Visitor {
            id: format!("web:{}", Uuid::new_v4()),
            name,
            email,
        });
    };
    let read = |purpose| token::read(cx, visit.channel.id, &held, purpose);
    let known = read(Use::Renew)
        .or_else(|| read(Use::Visit))
        .ok_or(Error::Unauthenticated)?
        .visitor;
    Ok(Visitor {
        name: name.or(known.name),
        email: email.or(known.email),
        id: known.id,
    })
}

fn vouched(cx: &Context, visit: &Visit, user_id: &str, hash: &str) -> Result<()> {
    let bound = binding::open(cx, &visit.channel)?;
    let credential = Credential::deserialize(bound.credential.expose()).map_err(Error::internal)?;
    if verify_identity(&credential.identity_secret, user_id, hash) {
        return Ok(());
    }
    Err(Error::Forbidden {
        what: "speak as this user: `user_hash` is not the right one".to_owned(),
    })
}

/// The visitor's conversation. It is opened before anything was said, so that the page can watch it from the start.
async fn conversation(cx: &Context, visit: &Visit, visitor: &Visitor) -> Result<ConversationId> {
    let (owner, channel) = (visit.channel.organization_id, visit.channel.id);
    let find = || conversations::find_by_chat(&cx.store, owner, channel, &visitor.id);
    if let Some(known) = find().await? {
        return Ok(known.id);
    }
    let new = NewConversation {
        organization_id: owner,
        id: ConversationId::new(),
        channel_id: channel,
        platform_chat_id: visitor.id.clone(),
        contact_id: Some(contact(cx, visit, visitor).await?),
        is_group: false,
        title: None,
    };
    match conversations::create(&cx.store, new).await {
        Ok(made) => Ok(made.id),
        // Another page of the same visitor came first.
        Err(StoreError::Conflict { .. }) => {
            let made = find().await?;
            Ok(made
                .ok_or_else(|| Error::internal("a conversation is in conflict with none"))?
                .id)
        }
        Err(error) => Err(error.into()),
    }
}

async fn contact(cx: &Context, visit: &Visit, visitor: &Visitor) -> Result<ContactId> {
    let (owner, channel) = (visit.channel.organization_id, visit.channel.id);
    let new = NewContact {
        organization_id: owner,
        channel_id: channel,
        platform_user_id: visitor.id.clone(),
        id: ContactId::new(),
        display_name: visitor.name.clone(),
    };
    match contacts::create(&cx.store, new).await {
        Ok(made) => Ok(made.id),
        Err(StoreError::Conflict { .. }) => {
            let known = contacts::find_on_channel(&cx.store, owner, channel, &visitor.id).await?;
            Ok(known
                .ok_or_else(|| Error::internal("a contact is in conflict with none"))?
                .id)
        }
        Err(error) => Err(error.into()),
    }
}

/// A text of one line, trimmed; an empty one counts as absent.
fn short(field: &'static str, text: Option<String>, most: usize) -> Result<Option<String>> {
    let Some(text) = text
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    if text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            format!("must be one line of at most {most} characters"),
        ));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_short_line() {
        let name = |text: &str| short("name", Some(text.to_owned()), 5);
        assert_eq!(name(" Ada ").unwrap().as_deref(), Some("Ada"));
        assert_eq!(name("  ").unwrap(), None);
        assert_eq!(name("Adaline").unwrap_err().code(), "invalid");
        assert_eq!(name("A\nB").unwrap_err().code(), "invalid");
        assert_eq!(short("name", None, 5).unwrap(), None);
    }
}
