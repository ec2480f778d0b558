//! Pairing: a channel whose access is `paired` listens to one account. Until someone has claimed it, whoever writes to it is
//! shown a code; typed in by whoever owns its agent, the code binds the channel to the account that was shown it.

use std::collections::HashMap;

use channels::Heard;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use store::agents::Agent;
use store::channels::Channel;
use store::ids::{ChannelId, OrganizationId};
use store::pairing::{self as rows, Attempts, Claimed, NewPairingCode, Typed};
use store::tokens::TokenHash;

use super::agents;
use super::audit::{self, Change};
use crate::auth::{Caller, Operation};
use crate::content::without_nul;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;

/// How long a code works.
const MINUTES: i64 = 10;
/// Codes of a channel that work at the same time: more would be easier to guess.
const CODES: i64 = 50;
/// Wrong codes that are looked at.
const ATTEMPTS: Attempts = Attempts {
    by_caller: 5,
    by_channel: 20,
    seconds: 900.0,
};
/// Characters of a channel's name.
const NAME: usize = 200;
const PURPOSE: &str = "cloister 2026-11-28 hashing of pairing codes";

/// A code: six hexadecimal digits, in any case.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode(String);

impl PairingCode {
    /// The code that a text is, if it has the shape of one.
    pub fn parse(text: &str) -> Option<Self> {
        let code = text.trim().to_ascii_uppercase();
        let fits = code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_hexdigit());
        fits.then_some(Self(code))
    }

    fn generate() -> Result<Self> {
        let mut bytes = [0; 3];
        getrandom::fill(&mut bytes)
            .map_err(|_| Error::internal("the machine gives no random numbers"))?;
        Ok(Self(hex::encode_upper(bytes)))
    }

    /// Keyed, since a code is short: the database alone does not tell which it was.
    fn hash(&self, cx: &Context, owner: OrganizationId) -> Result<TokenHash> {
        let key = cx.vault.derive(PURPOSE);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(Error::internal)?;
        mac.update(owner.uuid().as_bytes());
        mac.update(self.0.as_bytes());
        Ok(TokenHash::from(<[u8; 32]>::from(
            mac.finalize().into_bytes(),
        )))
    }
}

impl std::fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PairingCode(…)")
    }
}

/// A code for whoever wrote to a channel that no one has claimed, and what to tell them. None in a group, where others
/// would read it, and none while the chat has one that works.
pub(super) async fn show(
    cx: &Context,
    channel: &Channel,
    heard: &Heard,
) -> Result<Option<(NewPairingCode, String)>> {
    if heard.is_group {
        return Ok(None);
    }
    let chat = without_nul(&heard.platform_chat_id);
    let owner = channel.organization_id;
    let standing = rows::standing(&cx.store, owner, channel.id, &chat).await?;
    if standing.is_claimed || standing.has_code || standing.codes >= CODES {
        return Ok(None);
    }
    let code = PairingCode::generate()?;
    let new = NewPairingCode {
        hash: code.hash(cx, owner)?,
        account: account(heard),
        agent_id: channel.primary_agent_id,
        expires_at: Utc::now() + TimeDelta::minutes(MINUTES),
    };
    let text = format!(
        "Your pairing code is: {}\n\nEnter this code in the Cloister web UI to verify this channel.\n\
         This code expires in {MINUTES} minutes.",
        code.0
    );
    Ok(Some((new, text)))
}

/// What an account is called: by its handle, else by its name, else by its id.
fn account(heard: &Heard) -> String {
    let handle = heard.metadata.iter().find(|(name, _)| name == "username");
    let handle = handle.map(|(_, handle)| handle.as_str());
    let name = handle.or(heard.display_name.as_deref());
    let name = name.filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or(&heard.platform_user_id);
    without_nul(name).chars().take(NAME).collect()
}

/// Claims the channel that showed a code, of those on which an agent answers, by name or id.
pub async fn pair(cx: &Context, caller: &Caller, agent: &str, code: &str) -> Result<Channel> {
    let agent = agents::find(cx, caller, agent).await?;
    let (channel, _) = claim(cx, caller, &agent, code).await?;
    Ok(channel)
}

/// Claims the channel that showed a code, of those on which an agent answers.
pub async fn claim(
    cx: &Context,
    caller: &Caller,
    agent: &Agent,
    code: &str,
) -> Result<(Channel, DateTime<Utc>)> {
    caller
        .require(cx, agent.project_id, Operation::ManageChannels)
        .await?;
    let owner = agent.organization_id;
    let code = PairingCode::parse(code).ok_or_else(wrong)?;
    let typed = Typed {
        organization_id: owner,
        agent_id: agent.id,
        user_id: caller.maker()?,
        hash: code.hash(cx, owner)?,
    };
    let change = Change::of("pairChannel", agent.project_id, "agent", agent.id).with(json!({}));
    audit::change(cx, caller, change, async {
        match rows::claim(&cx.store, typed, ATTEMPTS).await? {
            Claimed::Paired(id, at) => {
                let found = store::channels::find(&cx.store, owner, id).await?;
                let channel = found.ok_or_else(lost)?;
                cx.live.changed(Topic::Channels(channel.project_id));
                Ok((channel, at))
            }
            Claimed::Wrong => Err(wrong()),
            Claimed::NoChannel => Err(lost()),
            Claimed::Already => Err(Error::invalid("code", "This channel is already verified.")),
            Claimed::Limited(retry_after) => Err(Error::RateLimited { retry_after }),
        }
    })
    .await
}

fn wrong() -> Error {
    Error::invalid("code", "Pairing code is invalid or has expired.")
}

fn lost() -> Error {
    let why = "The channel associated with this pairing code could not be found.";
    Error::invalid("code", why)
}

/// Since when each channel listens to someone whom it was told of; those that do not are left out. The caller may see them.
pub(super) async fn verified(
    cx: &Context,
    owner: OrganizationId,
    channels: &[ChannelId],
) -> Result<HashMap<ChannelId, DateTime<Utc>>> {
    Ok(rows::verified(&cx.store, owner, channels).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_case_and_made_in_one() {
        let code = PairingCode::generate().unwrap();
        assert_eq!(
            PairingCode::parse(&code.0.to_lowercase()),
            Some(code.clone())
        );
        assert_eq!(
            PairingCode::parse(&format!(" {} ", code.0)),
            Some(code.clone())
        );
        assert_eq!(format!("{code:?}"), "PairingCode(…)");
        for wrong in ["", "AB12C", "AB12CD0", "GB12CD", "ÄB12C"] {
            assert_eq!(PairingCode::parse(wrong), None, "{wrong}");
        }
    }
}
