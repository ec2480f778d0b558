//! Who may talk on a channel that is not open: codes that let people in, and those who are in. What a channel's policy is,
//! `updateChannel` says.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use store::access::AccessCode;

use super::channels::ChannelNode;
use super::contacts::ContactNode;
use super::projects::UserNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, loaders, read_id};
use crate::service::access;

/// What became of an access code.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub(super) enum AccessCodeStatus {
    /// It works.
    Open,
    /// It has let someone in.
    Used,
    /// Its time is over.
    Expired,
}

/// A code that lets one person in on a channel. Its text is shown once, when it is made.
pub(super) struct AccessCodeNode(pub(super) Arc<AccessCode>);

/// A code that lets one person in on a channel. Its text is shown once, when it is made.
#[Object(name = "AccessCode", crate = "library")]
impl AccessCodeNode {
    /// Names it everywhere: `acc_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// The channel.
    async fn channel(&self, context: &Context<'_>) -> Result<Option<ChannelNode>> {
        let channel = loaders::one(context, self.0.channel_id).await?;
        Ok(channel.map(ChannelNode))
    }

    /// What became of it.
    async fn status(&self) -> AccessCodeStatus {
        if self.0.used_at.is_some() {
            AccessCodeStatus::Used
        } else if self.0.expires_at <= chrono::Utc::now() {
            AccessCodeStatus::Expired
        } else {
            AccessCodeStatus::Open
        }
    }

    /// The id of who made it.
    async fn created_by_id(&self) -> ID {
        self.0.created_by.public().into()
    }

    /// Who made it.
    async fn created_by(&self, context: &Context<'_>) -> Result<Option<UserNode>> {
        let user = loaders::one(context, self.0.created_by).await?;
        Ok(user.map(UserNode))
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// Until when it works.
    async fn expires_at(&self) -> Time {
        Time(self.0.expires_at)
    }

    /// When it let someone in.
    async fn used_at(&self) -> Option<Time> {
        self.0.used_at.map(Time)
    }

    /// The platform's id of the person whom it let in.
    async fn used_by(&self) -> Option<&str> {
        self.0.used_by.as_deref()
    }
}

/// An access code to make.
#[derive(InputObject)]
struct CreateAccessCodeInput {
    /// The channel.
    channel_id: ID,
    /// For how many minutes it works: 30, if it is not said, and a day at most.
    ttl_minutes: Option<i32>,
}

/// An access code that was just made.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct CreateAccessCodePayload {
    /// What is kept of it.
    access_code: AccessCodeNode,
    /// Its text, which the person sends to the channel, in any case. It is shown now and never again.
    code: String,
}

/// Someone to let in.
#[derive(InputObject)]
struct LetContactInInput {
    /// The channel.
    channel_id: ID,
    /// The platform's id of the person: the channel tells it to those whom it does not know.
    platform_user_id: String,
}

#[derive(Default)]
pub(super) struct AccessMutation;

#[Object]
impl AccessMutation {
    /// Makes a code that lets one person in on a channel, once.
    async fn create_access_code(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.")] input: CreateAccessCodeInput,
    ) -> Result<CreateAccessCodePayload> {
        let (cx, caller) = asked_by(context)?;
        let minutes = input.ttl_minutes.map(i64::from);
        let made = access::create_code(cx, caller, &input.channel_id, minutes).await;
        let made = made.map_err(failure::told_of_input)?;
        Ok(CreateAccessCodePayload {
            access_code: AccessCodeNode(Arc::new(made.row)),
            code: made.code.into_inner(),
        })
    }

    /// Takes a code back that nobody has used; one that was sent to somebody is worth nothing from then on.
    async fn revoke_access_code(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The code.")] id: ID,
    ) -> Result<AccessCodeNode> {
        let (cx, caller) = asked_by(context)?;
        let revoked = access::revoke_code(cx, caller, read_id("id", &id)?).await;
        let revoked = revoked.map(Arc::new).map(AccessCodeNode);
        revoked.map_err(failure::told)
    }

    /// Lets someone in on a channel, beside whoever was let in before. It counts while not everyone may talk there.
    async fn let_contact_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom, and where.")] input: LetContactInInput,
    ) -> Result<ContactNode> {
        let (cx, caller) = asked_by(context)?;
        let person = &input.platform_user_id;
        let contact = access::let_in(cx, caller, &input.channel_id, person).await;
        contact
            .map(Arc::new)
            .map(ContactNode)
            .map_err(failure::told)
    }

    /// Puts someone out who was let in: what they say is not heard any more, while not everyone may talk there. A channel whose
    /// access is `PAIRED` can be claimed by another account then.
    async fn put_contact_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The contact.")] id: ID,
    ) -> Result<ContactNode> {
        let (cx, caller) = asked_by(context)?;
        let contact = access::put_out(cx, caller, read_id("id", &id)?).await;
        contact
            .map(Arc::new)
            .map(ContactNode)
            .map_err(failure::told)
    }
}
