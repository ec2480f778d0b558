//! Contacts.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use store::contacts::Contact;

use super::channels::ChannelNode;
use super::loaders;
use super::projects::UserNode;
use super::resolve::library;
use super::scalars::Time;
use crate::service::placed::Placed;

/// A person as a channel sees them.
pub(super) struct ContactNode(pub(super) Arc<Placed<Contact>>);

/// A person as a channel sees them.
#[Object(name = "Contact", crate = "library")]
impl ContactNode {
    /// Names them everywhere: `ctc_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// The platform's id of the person.
    async fn platform_user_id(&self) -> &str {
        &self.0.platform_user_id
    }

    /// What the platform calls them.
    async fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// The channel.
    async fn channel(&self, context: &Context<'_>) -> Result<Option<ChannelNode>> {
        let channel = loaders::one(context, self.0.channel_id).await?;
        Ok(channel.map(ChannelNode))
    }

    /// The user that they are, where that is known.
    async fn user(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let user = loaders::maybe(context, self.0.user()).await?;
        Ok(user.map(UserNode))
    }

    /// Since when they may talk where not everyone may; none for those who were not let in.
    async fn allowed_at(&self) -> Option<Time> {
        self.0.allowed_at.map(Time)
    }

    /// Since when they are known.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}
