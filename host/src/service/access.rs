//! Access: who may talk on a channel. A channel is open to anyone, or to those who were let in: by a code that works once,
//! or by its owner. However it is asked, the inbox has the last word.

mod people;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use store::access::{self as rows, AccessCode as CodeRow};
use store::channels::{self as channel_rows, Access, Channel, ChannelChanges};
use store::ids::{AccessCodeId, ChannelId};
use store::page::{Listed, Page, Stretch};
use store::tokens::TokenHash;

pub use self::people::{allowed_of_channels, let_in, put_out};
pub use store::access::Redeemed;

use super::audit;
use super::channels::{self, change_of, find_for, parse_id};
use super::placed::{self, Within};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::{Secret, hash_token};

/// How long a code works where nothing else is said, and how short and long it may.
const MINUTES: i64 = 30;
const BOUNDS: std::ops::RangeInclusive<i64> = 1..=1_440;
/// Wrong codes that are looked at.
const ATTEMPTS: rows::Attempts = rows::Attempts {
    by_contact: 5,
    by_channel: 100,
    seconds: 900.0,
};
/// How often someone unknown is told how to get in.
const TELLING: Duration = Duration::from_secs(3_600);
/// People that an owner may let in by name, and that a list shows.
pub const PEOPLE: usize = 500;

/// A code as people pass it on: `EG-` and ten hexadecimal digits, in any case.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessCode(String);

impl AccessCode {
    /// The code that a word is, if it has the shape of one.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_uppercase();
        let digits = word.strip_prefix("EG-")?;
        let fits = digits.len() == 10 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        fits.then_some(Self(word))
    }

    fn generate() -> Result<Self> {
        let mut bytes = [0; 5];
        getrandom::fill(&mut bytes)
            .map_err(|_| Error::internal("the machine gives no random numbers"))?;
        Ok(Self(format!("EG-{}", hex::encode_upper(bytes))))
    }

    fn hash(&self) -> TokenHash {
        hash_token(&self.0)
    }
}

impl std::fmt::Debug for AccessCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessCode(…)")
    }
}

/// A code that was just made, to be shown once.
#[derive(Debug)]
pub struct NewCode {
    /// Its text.
    pub code: Secret<String>,
    /// Since when it works.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// What is kept of it.
    pub row: CodeRow,
}

/// Makes a code that lets one person in, within so many minutes.
pub async fn create_code(
    cx: &Context,
    caller: &Caller,
    channel: &str,
    minutes: Option<i64>,
) -> Result<NewCode> {
    let channel = find_for(cx, caller, parse_id(channel)?, Operation::ManageChannels).await?;
    let minutes = minutes.unwrap_or(MINUTES);
    if !BOUNDS.contains(&minutes) {
        let (least, most) = BOUNDS.into_inner();
        return Err(Error::invalid(
            "ttl_minutes",
            format!("must be a whole number from {least} to {most}"),
        ));
    }
    let code = AccessCode::generate()?;
    let created_at = Utc::now();
    let expires_at = created_at + TimeDelta::minutes(minutes);
    let row = rows::NewAccessCode {
        organization_id: channel.organization_id,
        channel_id: channel.id,
        id: AccessCodeId::new(),
        hash: code.hash(),
        created_by: caller.maker()?,
        created_at,
        expires_at,
    };
    let change = change_of("createAccessCode", &channel)
        .with(json!({ "minutes": minutes, "code": row.id.public() }));
    audit::change(cx, caller, change, async {
        Ok(NewCode {
            row: rows::create_code(&cx.store, row).await?,
            code: Secret::new(code.0),
            created_at,
            expires_at,
        })
    })
    .await
}

/// Takes a code back that nobody has used. It is returned as it was.
pub async fn revoke_code(cx: &Context, caller: &Caller, id: AccessCodeId) -> Result<CodeRow> {
    let unknown = || Error::not_found("Access code", id.public());
    let owner = caller.organization_id;
    let code = rows::find_code(&cx.store, owner, id)
        .await?
        .ok_or_else(unknown)?;
    let channel = find_for(cx, caller, code.channel_id, Operation::ManageChannels).await?;
    let used = || {
        let why = "has let someone in already: put them out instead";
        Error::conflict(format!("Access code `{}`", id.public()), why)
    };
    if code.used_at.is_some() {
        return Err(used());
    }
    let change = change_of("revokeAccessCode", &channel).with(json!({ "code": id.public() }));
    audit::change(cx, caller, change, async {
        match rows::revoke_code(&cx.store, owner, id).await {
            // Somebody was faster.
            Err(store::StoreError::NotFound) => Err(used()),
            revoked => Ok(revoked?),
        }
    })
    .await
}

/// The codes that the caller may see among these.
pub async fn find_codes(
    cx: &Context,
    reach: &Reach,
    ids: &[AccessCodeId],
) -> Result<HashMap<AccessCodeId, CodeRow>> {
    let owner = reach.organization_id();
    let found = rows::find_codes(&cx.store, owner, ids).await?;
    let channels: Vec<ChannelId> = found.iter().map(|code| code.channel_id).collect();
    let projects = channel_rows::projects_of(&cx.store, owner, &channels).await?;
    let seen = |code: &CodeRow| {
        let project = projects.get(&code.channel_id);
        project.is_some_and(|&project| reach.may(project, Operation::ManageChannels))
    };
    let seen = found.into_iter().filter(seen);
    Ok(seen.map(|code| (code.id, code)).collect())
}

/// A stretch of the codes that are kept of each channel, whether they work or not, the newest first.
pub async fn codes_of_channels(
    cx: &Context,
    reach: &Reach,
    channels: &[Within<ChannelId>],
    stretch: &Stretch<AccessCodeId>,
) -> Result<HashMap<Within<ChannelId>, Listed<CodeRow>>> {
    let parents = placed::allowed(reach, channels, Operation::ManageChannels);
    let ids = placed::ids(&parents);
    let owner = reach.organization_id();
    let read = rows::codes_of_channels(&cx.store, owner, &ids, stretch).await?;
    Ok(placed::lists(parents, read, |code, _| code))
}

/// Who is let in, and how many codes are out.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The platform's ids of those who are let in.
    pub people: Vec<String>,
    /// Codes that work.
    pub codes: i64,
}

/// Who may talk on a channel that is not open.
pub async fn admission(cx: &Context, caller: &Caller, channel: &str) -> Result<Admission> {
    let channel = find_for(cx, caller, parse_id(channel)?, Operation::ManageChannels).await?;
    let (owner, id) = (channel.organization_id, channel.id);
    let page = Page::first(u32::try_from(PEOPLE).unwrap_or(u32::MAX));
    Ok(Admission {
        people: rows::allowed(&cx.store, owner, id, page).await?,
        codes: rows::count_codes(&cx.store, owner, id).await?,
    })
}

/// Lets these people in, by the platform's ids, and no one else.
pub async fn allow_only(
    cx: &Context,
    caller: &Caller,
    channel: &str,
    mut people: Vec<String>,
) -> Result<()> {
    let channel = find_for(cx, caller, parse_id(channel)?, Operation::ManageChannels).await?;
    people.sort();
    people.dedup();
    if people.len() > PEOPLE {
        let why = format!("has more than {PEOPLE} entries");
        return Err(Error::invalid("allowed_user_ids", why));
    }
    let change = change_of("allowContacts", &channel).with(json!({ "people": people.len() }));
    audit::change(cx, caller, change, async {
        let (owner, id) = (channel.organization_id, channel.id);
        Ok(rows::allow_only(&cx.store, owner, id, &people).await?)
    })
    .await
}

/// Says who may talk on a channel.
pub async fn set_policy(
    cx: &Context,
    caller: &Caller,
    channel: &str,
    access: Access,
) -> Result<Channel> {
    let channel = find_for(cx, caller, parse_id(channel)?, Operation::ManageChannels).await?;
    let changes = ChannelChanges {
        access: Some(access),
        ..ChannelChanges::default()
    };
    let change = change_of("setChannelAccess", &channel).with(json!({ "access": access }));
    audit::change(cx, caller, change, channels::update(cx, &channel, changes)).await
}

/// Whether a person was let in.
pub(super) async fn is_allowed(cx: &Context, channel: &Channel, person: &str) -> Result<bool> {
    let (owner, id) = (channel.organization_id, channel.id);
    Ok(rows::is_allowed(&cx.store, owner, id, person).await?)
}

/// Tries a code for a person.
pub(super) async fn redeem(
    cx: &Context,
    channel: &Channel,
    person: &str,
    code: &AccessCode,
) -> Result<Redeemed> {
    let (owner, id) = (channel.organization_id, channel.id);
    Ok(rows::redeem(&cx.store, owner, id, code.hash(), person, ATTEMPTS).await?)
}

/// Whether it is time to tell a person how to get in; it counts as told.
pub(super) async fn may_be_told(cx: &Context, channel: &Channel, person: &str) -> Result<bool> {
    let (owner, id) = (channel.organization_id, channel.id);
    let seconds = TELLING.as_secs_f64();
    Ok(rows::may_be_told(&cx.store, owner, id, person, seconds).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_case_and_made_in_one() {
        let code = AccessCode::generate().unwrap();
        assert_eq!(code.0.len(), 13);
        assert_eq!(
            AccessCode::parse(&code.0.to_lowercase()),
            Some(code.clone())
        );
        assert_eq!(format!("{code:?}"), "AccessCode(…)");
        for wrong in [
            "EG-",
            "EG-012345678",
            "EG-01234567890",
            "EG-012345678G",
            "0123456789",
            "EG_0123456789",
        ] {
            assert_eq!(AccessCode::parse(wrong), None, "{wrong}");
        }
    }
}
