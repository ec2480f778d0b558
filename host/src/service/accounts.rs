//! Accounts that channels make for those who talk there: what of them is free, the link by which someone comes to their own
//! in a browser, and how it becomes theirs for good: with an address and a password, or as part of an account that they have.

use std::time::Duration;

use serde_json::json;
use store::StoreError;
use store::accounts::{self as rows, Free, Used};
use store::ids::UserId;
use store::tokens::{self, TokenKind};
use store::users::{self, User};

use super::audit::{self, Change};
use super::sessions::SignedIn;
use super::sign_in;
use super::speakers::Speaker;
use super::users::{check_password, email as read_email, taken};
use crate::auth::{Caller, Client};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::vault::{Secret, hash_token};

/// A link from a chat is opened at once or not at all.
const LINK_LASTS: Duration = Duration::from_secs(15 * 60);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// A message to an agent of one's own, or to one that is shared.
    Prompt,
    /// A command that changes something.
    Call,
}

impl Cost {
    fn used(self) -> Used {
        match self {
            Cost::Prompt => Used {
                prompts: 1,
                calls: 0,
            },
            Cost::Call => Used {
                prompts: 0,
                calls: 1,
            },
        }
    }
}

/// Counts something of a speaker whose account is not set up. False: they have used what is free, and it was not counted.
pub async fn spend(cx: &Context, speaker: &Speaker, cost: Cost) -> Result<bool> {
    let free = &cx.config.onboarding;
    let free = Free {
        prompts: free.free_prompts.0,
        calls: free.free_calls.0,
    };
    let is_free = match cost {
        Cost::Prompt => free.prompts.is_none(),
        Cost::Call => free.calls.is_none(),
    };
    let (false, false, Some(user)) = (speaker.row.is_set_up, is_free, speaker.row.user_id) else {
        return Ok(true);
    };
    let owner = speaker.channel.organization_id;
    Ok(rows::spend(&cx.store, owner, user, cost.used(), free).await?)
}

/// Gives back what was counted and did not come to pass.
pub async fn give_back(cx: &Context, speaker: &Speaker, cost: Cost) -> Result<()> {
    if let (false, Some(user)) = (speaker.row.is_set_up, speaker.row.user_id) {
        let owner = speaker.channel.organization_id;
        rows::give_back(&cx.store, owner, user, cost.used()).await?;
    }
    Ok(())
}

/// The same for a user, wherever they say it.
pub async fn spend_of(cx: &Context, user: &User, cost: Cost) -> Result<bool> {
    let free = Free {
        prompts: cx.config.onboarding.free_prompts.0,
        calls: cx.config.onboarding.free_calls.0,
    };
    let is_free = match cost {
        Cost::Prompt => free.prompts.is_none(),
        Cost::Call => free.calls.is_none(),
    };
    if user.email.is_some() || is_free {
        return Ok(true);
    }
    Ok(rows::spend(&cx.store, user.organization_id, user.id, cost.used(), free).await?)
}

/// The same for a user, the other way.
pub async fn give_back_to(cx: &Context, user: &User, cost: Cost) -> Result<()> {
    if user.email.is_none() {
        rows::give_back(&cx.store, user.organization_id, user.id, cost.used()).await?;
    }
    Ok(())
}

/// Agents that a speaker may have; none for as many as they like.
pub fn most_agents(cx: &Context, speaker: &Speaker) -> Option<i64> {
    let most = cx.config.onboarding.free_agents.0;
    most.filter(|_| !speaker.row.is_set_up)
}

/// What an account has used.
pub async fn used(cx: &Context, caller: &Caller) -> Result<Used> {
    Ok(rows::used(&cx.store, caller.organization_id, caller.person()?).await?)
}

/// A link that signs the caller in in a browser, once and soon; the one before it ends.
pub async fn link(cx: &Context, caller: &Caller) -> Result<String> {
    let user = caller.person()?;
    let change = Change::at_large("createSignInLink", "user", user);
    let link = sign_in::new_link_for(cx, caller.organization_id, user, LINK_LASTS);
    audit::change(cx, caller, change, link).await
}

/// Whose account a sign-in link opens, where it still works and the account is not set up. The link is not used up.
pub async fn bare_account(cx: &Context, link: &str) -> Result<Option<User>> {
    let token = tokens::find(&cx.store, hash_token(link)).await?;
    let token = token.filter(|token| token.kind == TokenKind::SignIn);
    let Some(token) = token else {
        return Ok(None);
    };
    let user = users::find(&cx.store, token.subject_id.into()).await?;
    Ok(user.filter(|user| user.email.is_none()))
}

/// Gives the caller's account an address and a password: what it has is theirs, and nothing of it is counted any more.
pub async fn set_up(
    cx: &Context,
    caller: &Caller,
    email: &str,
    password: Secret<String>,
) -> Result<User> {
    let user = caller.person()?;
    let email = read_email("email", email)?;
    check_password("password", &password)?;
    let change = Change::at_large("setUpAccount", "user", user).with(json!({ "email": email }));
    audit::change(cx, caller, change, async {
        let hash = cx.vault.passwords.hash(password).await?;
        let set = rows::set_up(&cx.store, user, &email, &hash).await;
        set.map_err(|error| match error {
            StoreError::NotFound => {
                Error::conflict("your account", "has an e-mail address already")
            }
            error => taken(error),
        })
    })
    .await
}

/// Makes the caller's account, which a channel made, part of the one with this address and password; who proved both is
/// signed in there.
pub async fn join_with_password(
    cx: &Context,
    caller: &Caller,
    client: Client,
    email: &str,
    password: Secret<String>,
) -> Result<SignedIn> {
    let from = caller.person()?;
    let signed_in = sign_in::with_password(cx, client, email, password).await?;
    merge(cx, caller, from, &signed_in.user).await?;
    Ok(signed_in)
}

/// Makes the account of a sign-in link, which a channel made, part of the caller's. The link is used up.
pub async fn join_with_link(cx: &Context, caller: &Caller, link: &str) -> Result<User> {
    let gone = || Error::not_found("Sign-in link", "it was used already, or is too old");
    let into = users::find(&cx.store, caller.person()?).await?;
    let into = into.ok_or(Error::Unauthenticated)?;
    let from = bare_account(cx, link).await?.ok_or_else(gone)?;
    let taken = tokens::take(&cx.store, hash_token(link), TokenKind::SignIn).await?;
    taken.ok_or_else(gone)?;
    merge(cx, caller, from.id, &into).await?;
    Ok(into)
}

async fn merge(cx: &Context, caller: &Caller, from: UserId, into: &User) -> Result<()> {
    if into.organization_id != caller.organization_id {
        let why = "belongs to another organization than the channel";
        return Err(Error::conflict("that account", why));
    }
    let change = Change::at_large("linkAccount", "user", into.id).with(json!({ "from": from }));
    audit::change(cx, caller, change, async {
        let moved = rows::merge(&cx.store, into.organization_id, from, into.id).await?;
        let why = "is set up already, or is part of another one: it cannot be linked";
        moved.ok_or_else(|| Error::conflict("the account of this link", why))?;
        Ok(())
    })
    .await?;
    cx.live.changed(Topic::Rights(from));
    cx.live.changed(Topic::Rights(into.id));
    Ok(())
}
