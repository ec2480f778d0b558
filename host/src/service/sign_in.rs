//! Sign-in: by e-mail and password, or by a one-time link. Opening a link shows a button, and pressing that makes a session.
//! (Programs that preview links open them, and must not use them up.)

use std::time::Duration;

use chrono::Utc;
use store::ids::{OrganizationId, TokenId, UserId};
use store::organizations;
use store::tokens::{self, NewToken, TokenKind};
use store::users::{self, Login};

use super::audit::{self, Change};
use super::sessions::{self, SignedIn};
use crate::auth::Client;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::{FreshToken, Secret, hash_token};

const LINK_LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// What a way in tells of a refused sign-in, and no more: not which of the two is wrong, nor whether there is an account.
pub const WRONG: &str = "the e-mail address or the password is wrong";

/// Signs someone in by e-mail and password; `Unauthenticated` is to be told as [`WRONG`].
pub async fn with_password(
    cx: &Context,
    client: Client,
    email: &str,
    password: Secret<String>,
) -> Result<SignedIn> {
    cx.sign_ins.attempt(email, client.address)?;
    let login = users::login(&cx.store, email).await?;
    let hash = login.as_ref().and_then(|login| login.password_hash.clone());
    // Without an account, or without a password, it takes as long.
    let is_right = cx.vault.passwords.is_right(password, hash).await?;
    let Some(login) = login.as_ref().filter(|_| is_right) else {
        refuse(cx, client, login.as_ref()).await?;
        return Err(Error::Unauthenticated);
    };
    cx.sign_ins.succeeded(email, client.address);
    sessions::start(cx, login.id, client).await
}

/// Notes a refused sign-in in the log of the organization whose account it was for; of the first one, where there is no such
/// account. What was typed is not kept: people type a password where their address belongs.
async fn refuse(cx: &Context, client: Client, login: Option<&Login>) -> Result<()> {
    tracing::info!(address = ?client.address, "a sign-in was refused");
    let first = organizations::first(&cx.store).await?;
    let (organization, subject) = match login {
        Some(login) => (Some(login.organization_id), login.id.to_string()),
        None => (first.map(|first| first.id), "no account".to_owned()),
    };
    if let Some(organization) = organization {
        let change = Change::at_large("signIn", "user", subject);
        audit::refused(cx, organization, client, change).await;
    }
    Ok(())
}

/// Makes a link that signs a user in; the one before it ends. For the host itself, which prints it.
pub async fn new_link(cx: &Context, owner: OrganizationId, user: UserId) -> Result<String> {
    new_link_for(cx, owner, user, LINK_LASTS).await
}

/// The same for as long as is said.
pub(super) async fn new_link_for(
    cx: &Context,
    owner: OrganizationId,
    user: UserId,
    lasts: Duration,
) -> Result<String> {
    let token = issue(cx, TokenKind::SignIn, owner, user, Some(lasts)).await?;
    Ok(format!("{}/sign-in/{}", cx.public_address, token.expose()))
}

/// Uses a link up, and makes a session of it.
pub async fn use_link(cx: &Context, client: Client, token: &str) -> Result<SignedIn> {
    // Whoever guesses links is slowed down as one who guesses passwords, and fills no log.
    cx.sign_ins.attempt("", client.address)?;
    let link = tokens::take(&cx.store, hash_token(token), TokenKind::SignIn).await?;
    let Some(link) = link else {
        refuse(cx, client, None).await?;
        let why = "it was used already, or is too old";
        return Err(Error::not_found("Sign-in link", why));
    };
    cx.sign_ins.succeeded("", client.address);
    sessions::start(cx, link.subject_id.into(), client).await
}

/// Makes a personal token, which does not expire.
pub(super) async fn new_personal_token(
    cx: &Context,
    owner: OrganizationId,
    user: UserId,
) -> Result<Secret<String>> {
    issue(cx, TokenKind::Personal, owner, user, None).await
}

async fn issue(
    cx: &Context,
    kind: TokenKind,
    organization_id: OrganizationId,
    user: UserId,
    lasts: Option<Duration>,
) -> Result<Secret<String>> {
    let token = FreshToken::generate(kind).map_err(Error::internal)?;
    let row = NewToken {
        hash: token.hash,
        kind,
        organization_id,
        subject_id: user.uuid(),
        prefix: token.prefix,
        expires_at: lasts.map(|lasts| Utc::now() + lasts),
        id: TokenId::new(),
        name: "Made by the host".to_owned(),
        role: None,
        created_by: Some(user),
    };
    match kind {
        TokenKind::SignIn => tokens::replace(&cx.store, row, 0).await?,
        _ => tokens::create(&cx.store, row).await?,
    };
    Ok(token.text)
}
