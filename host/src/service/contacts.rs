//! Contacts: a contact is a person as a channel sees them.

use std::collections::HashMap;

use store::channels;
use store::contacts::{self, Contact};
use store::ids::{ChannelId, ContactId};
use store::page::{Listed, Stretch};

use super::placed::{self, Placed, Within};
use crate::auth::{Operation, Reach};
use crate::context::Context;
use crate::error::Result;

/// The contacts that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[ContactId],
) -> Result<HashMap<ContactId, Placed<Contact>>> {
    let owner = reach.organization_id();
    let found = contacts::find_many(&cx.store, owner, ids).await?;
    let channels: Vec<ChannelId> = found.iter().map(|contact| contact.channel_id).collect();
    let projects = channels::projects_of(&cx.store, owner, &channels).await?;
    let place = |contact: Contact| {
        let project = *projects.get(&contact.channel_id)?;
        let seen = reach.may(project, Operation::ReadConversations);
        seen.then(|| (contact.id, Placed::new(contact, project)))
    };
    Ok(found.into_iter().filter_map(place).collect())
}

/// The contacts that something in a project names.
pub async fn within(
    cx: &Context,
    reach: &Reach,
    places: &[Within<ContactId>],
) -> Result<HashMap<Within<ContactId>, Placed<Contact>>> {
    let places = placed::allowed(reach, places, Operation::ReadConversations);
    let ids = placed::ids(&places);
    let found = cx
        .reads
        .contacts(&cx.store, reach.organization_id(), &ids)
        .await?;
    Ok(placed::place_all(&places, found, |contact: &Contact| {
        contact.id
    }))
}

/// A stretch of the contacts of each channel, the newest first.
pub async fn of_channels(
    cx: &Context,
    reach: &Reach,
    channels: &[Within<ChannelId>],
    stretch: &Stretch<ContactId>,
) -> Result<HashMap<Within<ChannelId>, Listed<Placed<Contact>>>> {
    let parents = placed::allowed(reach, channels, Operation::ReadConversations);
    let ids = placed::ids(&parents);
    let read = contacts::of_channels(&cx.store, reach.organization_id(), &ids, stretch).await?;
    Ok(placed::lists(parents, read, Placed::new))
}
