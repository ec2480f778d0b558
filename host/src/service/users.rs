//! Users: a user is a person with a login, of one organization.

use std::collections::HashMap;

use serde_json::json;
use store::StoreError;
use store::ids::UserId;
use store::members::LAST_OWNER;
use store::page::{Listed, Stretch};
use store::tokens::{self, TokenKind};
use store::users::{self, OrganizationRole, User, UserChanges};

use super::audit::{self, Change};
use super::placed::{self, Within};
use super::{names, projects};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::vault::Secret;

/// Characters that an address may have.
pub const EMAIL: usize = 254;
/// Characters that a password may have.
pub const PASSWORD: usize = 1_024;
/// Characters that a name may have.
pub const NAME: usize = names::NAME;
/// Characters that a password must have.
const PASSWORD_LEAST: usize = 12;
const EMAIL_KEY: &str = "users_email_key";

/// What to change of one's own account; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// What one is called.
    pub name: Option<String>,
    /// One's address. Changing it takes the password, where there is one.
    pub email: Option<String>,
    /// The password, as it is now.
    pub current_password: Option<Secret<String>>,
}

/// An address as it is kept.
pub fn email(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let is_good = match text.split_once('@') {
        Some((name, host)) => {
            !name.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && text.chars().count() <= EMAIL
                && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        }
        None => false,
    };
    if is_good {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid(field, "is not an e-mail address"))
    }
}

/// Makes sure that a password can be one.
pub fn check_password(field: &str, password: &Secret<String>) -> Result<()> {
    let length = password.expose().chars().count();
    if length < PASSWORD_LEAST {
        let why = format!("must have at least {PASSWORD_LEAST} characters");
        return Err(Error::invalid(field, why));
    }
    if length > PASSWORD {
        let why = format!("has more than {PASSWORD} characters");
        return Err(Error::invalid(field, why));
    }
    Ok(())
}

/// The users behind what was said and done in projects that the caller may read.
pub async fn within(
    cx: &Context,
    reach: &Reach,
    places: &[Within<UserId>],
) -> Result<HashMap<Within<UserId>, User>> {
    let places = placed::allowed(reach, places, Operation::ReadConversations);
    let ids = placed::ids(&places);
    let found = users::find_all(&cx.store, reach.organization_id(), &ids).await?;
    let by_id: HashMap<UserId, User> = found.into_iter().map(|user| (user.id, user)).collect();
    let user = |place: Within<UserId>| Some((place, by_id.get(&place.id())?.clone()));
    Ok(places.into_iter().filter_map(user).collect())
}

/// A stretch of the people of the caller's organization, in the order of their accounts.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    stretch: &Stretch<UserId>,
) -> Result<Listed<User>> {
    caller
        .require_organization(cx, Operation::ReadOrganization)
        .await?;
    Ok(users::list(&cx.store, caller.organization_id, stretch).await?)
}

/// The people that the caller may see among these: those of their organization.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[UserId],
) -> Result<HashMap<UserId, User>> {
    let mut seen = ids.to_vec();
    let sees_all = reach.may_at_large(Operation::ReadOrganization);
    seen.retain(|id| sees_all || reach.is_person(*id));
    let found = users::find_all(&cx.store, reach.organization_id(), &seen).await?;
    Ok(found.into_iter().map(|user| (user.id, user)).collect())
}

/// A person of the caller's organization.
pub async fn find(cx: &Context, caller: &Caller, id: UserId) -> Result<User> {
    caller
        .require_organization(cx, Operation::ReadOrganization)
        .await?;
    of_organization(cx, caller, id).await
}

/// The same, for a caller who has been authorised.
pub(super) async fn of_organization(cx: &Context, caller: &Caller, id: UserId) -> Result<User> {
    users::find(&cx.store, id)
        .await?
        .filter(|user| user.organization_id == caller.organization_id)
        .ok_or_else(|| Error::not_found("User", id))
}

/// Changes the caller's own account.
pub async fn update(cx: &Context, caller: &Caller, wanted: Changes) -> Result<User> {
    let viewer = projects::viewer(cx, caller).await?;
    let changes = UserChanges {
        name: wanted
            .name
            .map(|text| names::name("name", &text))
            .transpose()?,
        email: wanted
            .email
            .map(|text| email("email", &text))
            .transpose()?
            .filter(|email| viewer.email.as_ref() != Some(email)),
    };
    if changes.email.is_some() {
        confirm(cx, caller, &viewer, wanted.current_password).await?;
    }
    if changes.name.is_none() && changes.email.is_none() {
        return Ok(viewer);
    }
    let change = Change::at_large("updateViewer", "user", viewer.id)
        .with(json!({ "name": changes.name, "email": changes.email }));
    audit::change(cx, caller, change, async {
        users::update(&cx.store, viewer.id, changes)
            .await
            .map_err(taken)
    })
    .await
}

/// Gives the caller another password, or a first one; all of their other sessions end.
pub async fn change_password(
    cx: &Context,
    caller: &Caller,
    current: Option<Secret<String>>,
    new: Secret<String>,
) -> Result<User> {
    let viewer = projects::viewer(cx, caller).await?;
    check_password("newPassword", &new)?;
    if viewer.email.is_none() {
        let why = "has no e-mail address yet: set it up at /account";
        return Err(Error::conflict("your account", why));
    }
    confirm(cx, caller, &viewer, current).await?;
    let change = Change::at_large("changePassword", "user", viewer.id);
    audit::change(cx, caller, change, async {
        let hash = cx.vault.passwords.hash(new).await?;
        users::set_password(&cx.store, viewer.id, &hash).await?;
        let user = viewer.id.uuid();
        tokens::revoke_all(&cx.store, user, TokenKind::Session, caller.token).await?;
        tokens::revoke_all(&cx.store, user, TokenKind::SignIn, None).await?;
        cx.live.changed(Topic::Rights(viewer.id));
        Ok(viewer)
    })
    .await
}

/// Makes sure that it is really the person who changes what one signs in with, and not whoever found the page open.
async fn confirm(
    cx: &Context,
    caller: &Caller,
    viewer: &User,
    current: Option<Secret<String>>,
) -> Result<()> {
    let Some(email) = &viewer.email else {
        return Ok(());
    };
    let login = users::login(&cx.store, email).await?;
    let Some(hash) = login.and_then(|login| login.password_hash) else {
        return Ok(());
    };
    let current = current
        .ok_or_else(|| Error::invalid("currentPassword", "is required: the account has one"))?;
    let address = caller.client.address;
    cx.sign_ins.attempt(email, address)?;
    if !cx.vault.passwords.is_right(current, Some(hash)).await? {
        return Err(Error::invalid("currentPassword", "is not the password"));
    }
    cx.sign_ins.succeeded(email, address);
    Ok(())
}

/// Gives a person another role in the organization. There is always an owner.
pub async fn set_organization_role(
    cx: &Context,
    caller: &Caller,
    id: UserId,
    role: OrganizationRole,
) -> Result<User> {
    caller
        .require_organization(cx, Operation::ManageOrganization)
        .await?;
    let user = of_organization(cx, caller, id).await?;
    let change = Change::at_large("setOrganizationRole", "user", id)
        .with(json!({ "from": user.organization_role, "to": role }));
    audit::change(cx, caller, change, async {
        users::set_organization_role(&cx.store, caller.organization_id, id, role)
            .await
            .map_err(|error| match error {
                error if error.is_refusal_of(LAST_OWNER) => Error::conflict(
                    format!("User `{id}`"),
                    "is the last owner of the organization; make another one first",
                ),
                StoreError::NotFound => Error::not_found("User", id),
                error => error.into(),
            })
    })
    .await
}

/// Removes a person from the organization: their sessions, personal tokens and memberships end, with every key that they made,
/// and what they alone owned is the caller's. What they have said and done stays theirs by name, and their address is free for
/// an invite.
pub async fn remove(cx: &Context, caller: &Caller, id: UserId) -> Result<User> {
    caller
        .require_organization(cx, Operation::ManageOrganization)
        .await?;
    let heir = caller.person()?;
    let user = of_organization(cx, caller, id).await?;
    if user.id == heir {
        let why = "is you; another owner of the organization can remove you";
        return Err(Error::conflict(format!("User `{id}`"), why));
    }
    let change =
        Change::at_large("removeUser", "user", id).with(json!({ "was": user.organization_role }));
    let removed = audit::change(cx, caller, change, async {
        users::remove(&cx.store, caller.organization_id, id, heir)
            .await
            .map_err(|error| match error {
                error if error.is_refusal_of(LAST_OWNER) => Error::conflict(
                    format!("User `{id}`"),
                    "cannot be removed: you are no owner of the organization any more",
                ),
                StoreError::NotFound => Error::not_found("User", id),
                error => error.into(),
            })
    })
    .await?;
    // The token for external messages may have been theirs.
    cx.remembered.clear();
    cx.external.forget();
    cx.live.changed(Topic::Rights(id));
    cx.live.changed(Topic::Rights(heir));
    Ok(removed)
}

/// What an address that has an account already is to whoever wants it.
pub(super) fn taken(error: StoreError) -> Error {
    if error.is_conflict_of(EMAIL_KEY) {
        return Error::conflict("email", "there is an account with this address already");
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_sides() {
        assert_eq!(
            email("email", " ada@example.org ").unwrap(),
            "ada@example.org"
        );
        for bad in [
            "",
            "ada",
            "@x",
            "ada@",
            "a@b@c",
            "a b@c",
            "a\0@c",
            &format!("{}@x", "a".repeat(260)),
        ] {
            assert!(email("email", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_password_is_neither_short_nor_endless() {
        let check = |text: String| check_password("password", &Secret::new(text));
        assert!(check("correct horse".to_owned()).is_ok());
        assert!(check("short".to_owned()).is_err());
        assert!(check("x".repeat(PASSWORD + 1)).is_err());
    }
}
