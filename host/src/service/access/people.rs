//! Those who were let in, one by one.

use std::collections::HashMap;

use serde_json::json;
use store::access as rows;
use store::channels::Access;
use store::contacts::{self, Contact};
use store::ids::{ChannelId, ContactId};
use store::page::{Listed, Stretch};

use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::audit;
use crate::service::channels::{change_of, find_for, parse_id, public_id};
use crate::service::placed::{self, Placed, Within};

/// Characters that the platform's id of a person may have.
const PERSON: usize = 255;

/// A stretch of those who were let in on each channel, the newest first.
pub async fn allowed_of_channels(
    cx: &Context,
    reach: &Reach,
    channels: &[Within<ChannelId>],
    stretch: &Stretch<ContactId>,
) -> Result<HashMap<Within<ChannelId>, Listed<Placed<Contact>>>> {
    let parents = placed::allowed(reach, channels, Operation::ManageChannels);
    let ids = placed::ids(&parents);
    let owner = reach.organization_id();
    let read = contacts::allowed_of_channels(&cx.store, owner, &ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}

/// Lets someone in, by the platform's id, beside whoever was let in before.
pub async fn let_in(
    cx: &Context,
    caller: &Caller,
    channel: &str,
    person: &str,
) -> Result<Placed<Contact>> {
    let channel = find_for(cx, caller, parse_id(channel)?, Operation::ManageChannels).await?;
    let person = person.trim();
    let fits = (1..=PERSON).contains(&person.chars().count()) && !person.contains('\0');
    if !fits {
        let why = format!("must have 1 to {PERSON} characters: the platform's id of the person");
        return Err(Error::invalid("platformUserId", why));
    }
    if channel.access == Access::Paired {
        let why = "listens to the one account that claims it: pair it, or say who may talk first";
        let what = format!("Channel `{}`", public_id(channel.id));
        return Err(Error::conflict(what, why));
    }
    let change = change_of("letContactIn", &channel).with(json!({ "platform_user_id": person }));
    audit::change(cx, caller, change, async {
        let (owner, id) = (channel.organization_id, channel.id);
        rows::allow(&cx.store, owner, id, person).await?;
        let contact = contacts::find_on_channel(&cx.store, owner, id, person).await?;
        let contact = contact.ok_or_else(|| Error::not_found("Contact", person))?;
        Ok(Placed::new(contact, channel.project_id))
    })
    .await
}

/// Puts someone out who was let in, by a code or by name: what they say is not heard any more. On a channel that one account
/// has claimed, another may claim it then.
pub async fn put_out(cx: &Context, caller: &Caller, id: ContactId) -> Result<Placed<Contact>> {
    let unknown = || Error::not_found("Contact", id.public());
    let owner = caller.organization_id;
    let contact = contacts::find(&cx.store, owner, id)
        .await?
        .ok_or_else(unknown)?;
    let channel = find_for(cx, caller, contact.channel_id, Operation::ManageChannels).await?;
    let change = change_of("putContactOut", &channel)
        .with(json!({ "platform_user_id": contact.platform_user_id }));
    audit::change(cx, caller, change, async {
        if !rows::put_out(&cx.store, owner, id).await? {
            let why = "is not among those who were let in";
            return Err(Error::conflict(format!("Contact `{}`", id.public()), why));
        }
        let contact = contacts::find(&cx.store, owner, id).await?;
        Ok(Placed::new(
            contact.ok_or_else(unknown)?,
            channel.project_id,
        ))
    })
    .await
}
