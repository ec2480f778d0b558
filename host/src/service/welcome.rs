//! The welcome: what someone is told with the first thing that they say on a text-only channel, once.

use serde_json::json;
use store::ids::{OrganizationId, UserId};

use super::wallets;
use crate::context::Context;
use crate::error::Result;

/// What is said by it.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// For people.
    pub text: String,
    /// For their product.
    pub structured: String,
}

/// Where the terms of service are.
pub fn terms_url(cx: &Context) -> String {
    page(cx, cx.config.onboarding.terms_url.as_ref(), "terms")
}

/// Where the privacy policy is.
pub fn privacy_url(cx: &Context) -> String {
    page(cx, cx.config.onboarding.privacy_url.as_ref(), "privacy")
}

/// The welcome of someone who has an account since a moment ago.
pub async fn of(cx: &Context, owner: OrganizationId, user: UserId) -> Result<Welcome> {
    let (terms, privacy) = (terms_url(cx), privacy_url(cx));
    let address = wallets::of_user(cx, owner, user).await?.to_string();
    let text = format!(
        "Welcome! This chat is connected to a host for AI agents: make one, and it answers you here.\n\n\
         /create NAME – make an agent and talk to it\n/list – your agents\n/load NAME – talk to another one\n\
         /status – who answers you now\n/login – a link to your account in a browser\n/help – all commands\n\n\
         Terms of Service: {terms}\nPrivacy Policy: {privacy}\n\
         By continuing to communicate with this channel you agree to these terms.\n\n\
         Your SOL deposit address, to fund agents: {address}"
    );
    let structured = json!({
        "type": "welcome",
        "solAddress": address,
        "tosUrl": terms,
        "privacyUrl": privacy,
    });
    Ok(Welcome {
        text,
        structured: structured.to_string(),
    })
}

fn page(cx: &Context, given: Option<&url::Url>, path: &str) -> String {
    given.map_or_else(
        || format!("{}/{path}", cx.public_address),
        ToString::to_string,
    )
}
