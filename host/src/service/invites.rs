//! Invites: an invite is a single-use offer of a role in a project, bound to an e-mail address. Its link is shown once, and
//! whoever opens it accepts as a new person, or signed in as that address.

use std::collections::HashMap;
use std::time::Duration;

use chrono::Utc;
use serde_json::json;
use store::StoreError;
use store::ids::{InviteId, ProjectId, UserId};
use store::invites::{self, Invite, NewInvite, Newcomer};
use store::members::{self, Member};
use store::page::{Listed, Stretch};
use store::projects::{self, Project};
use store::users;

use super::audit::{self, Change};
use super::sessions::{self, SignedIn};
use super::users::{check_password, email as read_email, taken};
use super::{names, projects as project_service};
use crate::auth::{Caller, Client, Operation, Reach, Role, Way, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::{FreshToken, Secret, hash_token};

const PREFIX: &str = "inv_";
/// Hours that an invite is good for, if it is not said.
pub const HOURS: u32 = 7 * 24;
const MOST_HOURS: u32 = 30 * 24;

/// An invite to make.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For whom.
    pub email: String,
    /// As what.
    pub role: Role,
    /// For how many hours.
    pub hours: u32,
}

/// An invite that was just made, with what is shown once.
#[derive(Debug)]
pub struct Created {
    /// The invite.
    pub invite: Invite,
    /// The secret part of the link, for programs.
    pub token: Secret<String>,
    /// The link.
    pub link: Secret<String>,
}

/// What whoever opens a link is offered.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The invite.
    pub invite: Invite,
    /// Where to.
    pub project: Project,
    /// Whether the caller is the one who is invited.
    pub is_for_caller: bool,
    /// Whether the address has an account, with which to accept.
    pub has_account: bool,
}

/// Someone who accepts without an account.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Their address, to be compared with the invite's, where they were asked for it.
    pub email: Option<String>,
    /// What they are called; else the first part of their address.
    pub name: Option<String>,
    /// The password that they choose.
    pub password: Secret<String>,
}

/// Offers a role in a project.
pub async fn create(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    wanted: Wanted,
) -> Result<Created> {
    authorise(cx, caller, project, wanted.role).await?;
    let email = read_email("email", &wanted.email)?;
    if !(1..=MOST_HOURS).contains(&wanted.hours) {
        let why = format!("must be 1 to {MOST_HOURS}");
        return Err(Error::invalid("expiresInHours", why));
    }
    check_invitee(cx, caller, project, &email).await?;
    let id = InviteId::new();
    let change = Change::of("createInvite", project, "invite", id)
        .with(json!({ "email": email, "role": wanted.role }));
    let token = FreshToken::link(PREFIX).map_err(Error::internal)?;
    let new = NewInvite {
        organization_id: caller.organization_id,
        id,
        project_id: project,
        email,
        role: wanted.role,
        hash: token.hash,
        invited_by: Some(caller.maker()?),
        expires_at: Utc::now() + Duration::from_secs(u64::from(wanted.hours) * 60 * 60),
    };
    let invite = audit::change(cx, caller, change, async {
        Ok(invites::create(&cx.store, new).await?)
    })
    .await?;
    let link = format!("{}/invite/{}", cx.public_address, token.text.expose());
    Ok(Created {
        invite,
        link: Secret::new(link),
        token: token.text,
    })
}

/// Only an owner makes owners.
async fn authorise(cx: &Context, caller: &Caller, project: ProjectId, role: Role) -> Result<()> {
    caller
        .require(cx, project, Operation::ManageInvites)
        .await?;
    match role {
        Role::Owner => {
            caller.require(cx, project, Operation::ManageOwners).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A person has one organization, and is in a project once.
async fn check_invitee(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    email: &str,
) -> Result<()> {
    let Some(user) = users::find_by_email(&cx.store, email).await? else {
        return Ok(());
    };
    if user.organization_id != caller.organization_id {
        return Err(elsewhere(email));
    }
    let role = members::role(&cx.store, user.organization_id, project, user.id).await?;
    match role {
        Some(role) => Err(Error::conflict(
            format!("`{email}`"),
            format!("is in this project already, as {role}"),
        )),
        None => Ok(()),
    }
}

fn elsewhere(email: &str) -> Error {
    let why = "belongs to another organization of this host; invite them by another address";
    Error::conflict(format!("`{email}`"), why)
}

/// A stretch of the invites to a project, open or not, oldest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    stretch: &Stretch<InviteId>,
) -> Result<Listed<Invite>> {
    caller
        .require(cx, project, Operation::ManageInvites)
        .await?;
    let owner = caller.organization_id;
    let mut lists = invites::of_projects(&cx.store, owner, &[project], stretch).await?;
    Ok(lists.remove(&project).unwrap_or_default())
}

/// The invites that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[InviteId],
) -> Result<HashMap<InviteId, Invite>> {
    let found = invites::find_many(&cx.store, reach.organization_id(), ids).await?;
    let seen = |invite: &Invite| reach.may(invite.project_id, Operation::ManageInvites);
    Ok(found
        .into_iter()
        .filter(seen)
        .map(|invite| (invite.id, invite))
        .collect())
}

/// An invite, for those who make them.
pub async fn find(cx: &Context, caller: &Caller, id: InviteId) -> Result<Invite> {
    let invite = invites::find(&cx.store, caller.organization_id, id).await?;
    let invite = invite.ok_or_else(|| Error::not_found("Invite", id))?;
    caller
        .require(cx, invite.project_id, Operation::ManageInvites)
        .await?;
    Ok(invite)
}

/// Withdraws an open invite.
pub async fn revoke(cx: &Context, caller: &Caller, id: InviteId) -> Result<Invite> {
    let invite = find(cx, caller, id).await?;
    let change = Change::of("revokeInvite", invite.project_id, "invite", id);
    audit::change(cx, caller, change, async {
        let revoked = invites::revoke(&cx.store, caller.organization_id, id).await;
        revoked.map_err(|error| match error {
            StoreError::NotFound => Error::conflict(
                format!("Invite `{id}`"),
                "was accepted, was withdrawn or has expired",
            ),
            error => error.into(),
        })
    })
    .await
}

/// What a link offers to whoever opens it.
pub async fn look(cx: &Context, caller: Option<&Caller>, token: &str) -> Result<Offer> {
    let invite = open(cx, token).await?;
    let owner = invite.organization_id;
    let project = projects::find(&cx.store, owner, invite.project_id).await?;
    let account = users::find_by_email(&cx.store, &invite.email).await?;
    let asks = caller.and_then(|caller| caller.person().ok());
    Ok(Offer {
        project: project.ok_or_else(gone)?,
        is_for_caller: asks.is_some() && account.as_ref().map(|user| user.id) == asks,
        has_account: account.is_some(),
        invite,
    })
}

/// Accepts an invite as the person who is signed in.
pub async fn accept(cx: &Context, caller: &Caller, token: &str) -> Result<(Invite, Member)> {
    let viewer = project_service::viewer(cx, caller).await?;
    let invite = open(cx, token).await?;
    let email = viewer.email.as_deref().unwrap_or_default();
    if !email.eq_ignore_ascii_case(&invite.email) {
        return Err(Error::Forbidden {
            what: format!(
                "accept an invite for `{}`: you are signed in as `{}`",
                invite.email,
                viewer.email.as_ref().unwrap_or(&viewer.name)
            ),
        });
    }
    if viewer.organization_id != invite.organization_id {
        return Err(elsewhere(email));
    }
    let change = Change::of("acceptInvite", invite.project_id, "invite", invite.id);
    audit::change(cx, caller, change, async {
        let accepted = invites::accept_as(&cx.store, hash_token(token), viewer.id).await?;
        accepted.ok_or_else(gone)
    })
    .await
}

/// Accepts an invite with a new account, and signs it in.
pub async fn accept_new(
    cx: &Context,
    client: Client,
    token: &str,
    person: NewPerson,
) -> Result<SignedIn> {
    // Whoever guesses links is slowed down as one who guesses passwords.
    cx.sign_ins.attempt("", client.address)?;
    let invite = open(cx, token).await?;
    cx.sign_ins.succeeded("", client.address);
    if let Some(email) = &person.email
        && !email.trim().eq_ignore_ascii_case(&invite.email)
    {
        return Err(Error::invalid("email", "the invite is for another address"));
    }
    check_password("password", &person.password)?;
    let own_name = invite.email.split('@').next().unwrap_or_default();
    let name = names::name("name", person.name.as_deref().unwrap_or(own_name))?;
    let user = UserId::new();
    let newcomer = Newcomer {
        id: user,
        project_slug: names::slug_of(&name, "home"),
        project_name: name.clone(),
        name,
        password_hash: cx.vault.passwords.hash(person.password).await?,
        project_id: ProjectId::new(),
    };
    let caller = Caller {
        organization_id: invite.organization_id,
        who: Who::User(user),
        way: Way::SignIn,
        token: None,
        client,
    };
    let change = Change::of("acceptInvite", invite.project_id, "invite", invite.id)
        .with(json!({ "account": "new" }));
    audit::change(cx, &caller, change, async {
        let accepted = invites::accept_new(&cx.store, hash_token(token), newcomer).await;
        accepted.map_err(taken)?.ok_or_else(gone)
    })
    .await?;
    sessions::start(cx, user, client).await
}

async fn open(cx: &Context, token: &str) -> Result<Invite> {
    // What cannot be one is not looked up.
    if !token.starts_with(PREFIX) {
        return Err(gone());
    }
    invites::find_open(&cx.store, hash_token(token))
        .await?
        .ok_or_else(gone)
}

fn gone() -> Error {
    Error::not_found(
        "Invite",
        "it was used or withdrawn, or has expired: ask for a new one",
    )
}
