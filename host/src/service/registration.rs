//! Registration: a text-only channel for a messaging product that has no browser to sign in with, by the operator's key.

use channels::Kind;
use serde_json::json;
use store::ids::{ChannelId, ProjectId, UserId};
use store::organizations::{self, Organization};
use store::users::{self, NewUser, OrganizationRole, User};
use url::Url;

use super::audit::{self, Change};
use super::channels::{
    CreatedWebhook, NewChannel, Place, Webhook, agent_for, install, new_key, secret_of,
};
use super::users::email as read_email;
use super::{binding, names};
use crate::auth::{Caller, Client, Way, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::{Secret, hash_token};

/// Under what tries with a wrong key are counted.
const TRIES: &str = "the registration of channels";

/// A channel to register.
#[derive(Debug)]
pub struct Registration {
    /// The operator's key.
    pub key: Secret<String>,
    /// The channel's name for people.
    pub name: String,
    /// A label of the product.
    pub platform: String,
    /// Where messages are posted to.
    pub callback_url: Url,
    /// Whose channel it is; else someone new's.
    pub owner_email: Option<String>,
}

/// Registers a text-only channel, in the default project of its owner, who is made where they have no account.
pub async fn register(
    cx: &Context,
    client: Client,
    registration: Registration,
) -> Result<CreatedWebhook> {
    check(cx, client, &registration.key)?;
    // Before anyone is made for it.
    let allowed = cx.outgoing.check(&registration.callback_url).await;
    allowed.map_err(|error| Error::invalid("callbackUrl", error.to_string()))?;
    let first = organizations::first(&cx.store).await?;
    let organization = first.ok_or_else(|| Error::internal("there is no organization"))?;
    let email = registration.owner_email.as_deref();
    let email = email
        .map(|text| read_email("ownerEmail", text))
        .transpose()?;
    let owner = owner(cx, &organization, email, &registration.name).await?;
    let caller = Caller {
        organization_id: owner.organization_id,
        who: Who::User(owner.id),
        way: Way::RegistrationKey,
        token: None,
        client,
    };
    let project = owner.default_project_id;
    let agent = agent_for(cx, &caller, project, None).await?;
    let place = Place {
        organization_id: owner.organization_id,
        project_id: project,
        created_by: owner.id,
        access: store::channels::Access::Open,
    };
    let new = NewChannel {
        kind: Kind::Webhook,
        name: registration.name,
        configuration: json!({
            "callback_url": registration.callback_url,
            "platform": registration.platform,
            "text_only": true,
        }),
        credential: None,
        agent: None,
    };
    let id = ChannelId::new();
    let change = Change::of(
        "registerChannel",
        project,
        "channel",
        binding::public_id(id),
    )
    .with(json!({ "name": new.name, "owner": owner.id }));
    audit::change(cx, &caller, change, async {
        let (channel, _) = install(cx, place, id, new, agent).await?;
        let api_key = new_key(cx, channel.organization_id, channel.id, owner.id).await?;
        Ok(CreatedWebhook {
            webhook_secret: secret_of(cx, &channel)?,
            webhook: Webhook::of(channel),
            api_key,
        })
    })
    .await
}

/// Makes sure of the key. What is compared are digests: how far a guess is right is not to be measured.
fn check(cx: &Context, client: Client, key: &Secret<String>) -> Result<()> {
    let Some(known) = &cx.config.identity.registration_key else {
        return Err(Error::Forbidden {
            what: "register channels here: the operator has set no CLOISTER_REGISTRATION_KEY"
                .to_owned(),
        });
    };
    cx.sign_ins.attempt(TRIES, client.address)?;
    if hash_token(known.expose()) != hash_token(key.expose()) {
        return Err(Error::Forbidden {
            what: "register channels with this registrationKey".to_owned(),
        });
    }
    cx.sign_ins.succeeded(TRIES, client.address);
    Ok(())
}

/// Whose channel it will be: a person of the first organization.
async fn owner(
    cx: &Context,
    organization: &Organization,
    email: Option<String>,
    name: &str,
) -> Result<User> {
    if let Some(email) = &email
        && let Some(user) = users::find_by_email(&cx.store, email).await?
    {
        return of(organization, user);
    }
    let new = NewUser {
        id: UserId::new(),
        organization_id: organization.id,
        name: email.clone().unwrap_or_else(|| name.to_owned()),
        email: email.clone(),
        password_hash: None,
        default_project_id: ProjectId::new(),
        organization_role: OrganizationRole::Guest,
    };
    let slug = names::slug_of(name, "channel");
    match store::accounts::create(&cx.store, new, &slug).await {
        Ok(user) => Ok(user),
        // Another registration made it in between.
        Err(error) if error.is_conflict_of("users_email_key") => {
            let user = users::find_by_email(&cx.store, &email.unwrap_or_default()).await?;
            of(organization, user.ok_or_else(|| Error::internal(error))?)
        }
        Err(error) => Err(error.into()),
    }
}

fn of(organization: &Organization, user: User) -> Result<User> {
    if user.organization_id == organization.id {
        return Ok(user);
    }
    let why = "is the address of someone in another organization";
    Err(Error::conflict("ownerEmail", why))
}
