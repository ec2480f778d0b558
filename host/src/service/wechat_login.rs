//! The login of a WeChat channel: its owner is shown a code, scans it with the account's phone and confirms there. What has
//! become of the code is in the database, so that any host can tell; one host at a time asks the platform after it. The
//! channel's status goes with the phase.

mod machine;
mod picture;

use ::channels::{ScanError, Secret};
use chrono::{DateTime, TimeDelta, Utc};
use store::channels::{Channel, ChannelStatus};
use store::ids::{ChannelId, ScanId};
use store::scans::{self, NewScan, Scan, ScanPhase};

pub use self::machine::{Move, after};
pub use self::picture::{Picture, picture};
use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::service::audit::{self, Change};
use crate::service::binding::{self, public_id};
use crate::service::channels;
use crate::vault::Aad;

/// How long a code can be scanned.
const TO_SCAN: TimeDelta = TimeDelta::minutes(5);
/// How long the whole login may take, from the code's making to the last confirmation.
pub const TO_CONFIRM: TimeDelta = TimeDelta::minutes(8);
/// Digits that are typed.
const DIGITS: usize = 16;

/// Where a login is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// There is none.
    None,
    /// The code is shown, and nobody has scanned it.
    AwaitingScan,
    /// It is scanned, and to be confirmed on the phone.
    Scanning,
    /// The account is connected.
    Bound,
    /// A fresh code is needed.
    Expired,
}

impl Phase {
    /// As the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::None => "none",
            Phase::AwaitingScan => "awaiting_scan",
            Phase::Scanning => "scanning",
            Phase::Bound => "bound",
            Phase::Expired => "expired",
        }
    }
}

/// A login, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Where it is.
    pub phase: Phase,
    /// The code, while it can be scanned or confirmed.
    pub code: Option<ShownCode>,
    /// Whether digits are wanted that the phone shows.
    pub needs_digits: bool,
    /// Why it is over, or what is wrong with the digits that were typed.
    pub reason: Option<String>,
    /// The account that is connected.
    pub account: Option<String>,
    /// Since when.
    pub bound_at: Option<DateTime<Utc>>,
}

/// A code to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCode {
    /// Names it.
    pub id: ScanId,
    /// The text of the QR code.
    pub payload: String,
    /// Until when it can be scanned or confirmed.
    pub expires_at: DateTime<Utc>,
}

/// No code was made in time. It is the source of an [`Error::Unavailable`].
#[derive(Debug, thiserror::Error)]
#[error("no QR code was made in time")]
pub struct Late;

/// WeChat accounts cannot be connected here. It is the source of an [`Error::Unavailable`].
#[derive(Debug, thiserror::Error)]
#[error("the operator has switched WeChat off (CLOISTER_WECHAT)")]
pub struct SwitchedOff;

/// Where the handle of a channel's code is sealed.
pub fn handle_place(channel: &ChannelId) -> Aad<'static> {
    Aad {
        table: "scans",
        row: channel.uuid(),
        field: "handle",
    }
}

/// Makes a code for a channel; one that it had is worth nothing from then on.
pub async fn start(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    id: &str,
) -> Result<Login> {
    let channel = scanned(cx, caller, project, id).await?;
    let unavailable = |source| Error::Unavailable {
        what: "WeChat",
        source,
    };
    if !cx.config.platforms.wechat {
        return Err(unavailable(Box::new(SwitchedOff)));
    }
    if is_bound(&channel) {
        return Err(bound_already(channel.id));
    }
    let kind = channel.kind.parse().ok();
    let scan = kind.and_then(|kind| cx.drivers.get(kind)?.scan());
    let scan = scan.ok_or_else(|| unavailable("this version has no driver for it".into()))?;
    let known = match &channel.credential {
        Some(_) => Some(binding::open(cx, &channel)?.credential),
        None => None,
    };
    let change = change_of("startWechatLogin", &channel);
    audit::change(cx, caller, change, async {
        let code = scan.begin(&cx.outgoing, known.as_ref()).await;
        let code = code.map_err(|error| match error {
            ScanError::Late => unavailable(Box::new(Late)),
            error => unavailable(Box::new(error)),
        })?;
        let new = NewScan {
            organization_id: channel.organization_id,
            channel_id: channel.id,
            id: ScanId::new(),
            phase: ScanPhase::AwaitingScan,
            payload: code.payload,
            handle: Some(seal(cx, channel.id, &code.handle)?),
            expires_at: Utc::now() + TO_SCAN,
        };
        let begun = scans::begin(&cx.store, new).await?;
        let project = begun.ok_or_else(|| bound_already(channel.id))?;
        cx.live.changed(Topic::Channels(project));
        of_row(cx, &channel).await
    })
    .await
}

/// Where a channel's login is.
pub async fn status(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    id: &str,
) -> Result<Login> {
    let channel = scanned(cx, caller, project, id).await?;
    of_row(cx, &channel).await
}

/// Takes the digits that the phone shows, where they are wanted.
pub async fn type_digits(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    id: &str,
    digits: &str,
) -> Result<Login> {
    let channel = scanned(cx, caller, project, id).await?;
    let digits = digits.trim();
    let are_digits =
        (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits {
        return Err(Error::invalid(
            "code",
            "must be the digits that WeChat shows on the phone",
        ));
    }
    let change = change_of("typeWechatDigits", &channel);
    audit::change(cx, caller, change, async {
        let (owner, id) = (channel.organization_id, channel.id);
        if !scans::type_digits(&cx.store, owner, id, digits).await? {
            let why = "asks for no digits at the moment";
            return Err(Error::conflict(format!("Channel `{}`", public_id(id)), why));
        }
        of_row(cx, &channel).await
    })
    .await
}

/// Disconnects a channel's account; the channel stays, switched off, and can be connected again.
pub async fn unbind(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    id: &str,
) -> Result<Channel> {
    let channel = scanned(cx, caller, project, id).await?;
    // A code that someone may be scanning at this moment is over first.
    scans::forget(&cx.store, channel.organization_id, channel.id).await?;
    let (channel, _) = channels::disconnect(cx, caller, id).await?;
    Ok(channel)
}

/// A channel whose account is connected by scanning a code.
async fn scanned(
    cx: &Context,
    caller: &Caller,
    project: Option<&str>,
    id: &str,
) -> Result<Channel> {
    let channel = channels::find_owned(cx, caller, project, id).await?;
    if channel.kind == ::channels::Kind::Wechat.as_str() {
        return Ok(channel);
    }
    let why = format!("is a {} channel, not a WeChat one", channel.kind);
    Err(Error::invalid("channel", format!("`{id}` {why}")))
}

/// Whether an account is connected, for all that is known.
fn is_bound(channel: &Channel) -> bool {
    let is_gone = matches!(
        channel.status,
        ChannelStatus::Expired | ChannelStatus::AwaitingScan
    );
    channel.credential.is_some() && !is_gone
}

fn bound_already(id: ChannelId) -> Error {
    Error::conflict(
        format!("Channel `{}`", public_id(id)),
        "is bound already; disconnect its account first",
    )
}

async fn of_row(cx: &Context, channel: &Channel) -> Result<Login> {
    let owner = channel.organization_id;
    let scan = scans::find(&cx.store, owner, channel.id).await?;
    // The channel may have changed since.
    let channel = store::channels::find(&cx.store, owner, channel.id).await?;
    let channel = channel.ok_or_else(|| Error::not_found("Channel", ""))?;
    Ok(Login::of(&channel, scan))
}

impl Login {
    /// What a channel and its newest code tell together: an account that was connected may be gone since.
    fn of(channel: &Channel, scan: Option<Scan>) -> Self {
        let phase = match (&scan, channel.status) {
            (Some(scan), _) if scan.phase == ScanPhase::AwaitingScan => Phase::AwaitingScan,
            (Some(scan), _) if scan.phase == ScanPhase::Scanning => Phase::Scanning,
            (_, ChannelStatus::Expired) => Phase::Expired,
            _ if channel.credential.is_some() => Phase::Bound,
            (Some(_), _) => Phase::Expired,
            (None, _) => Phase::None,
        };
        let text = |name: &str| channel.configuration.get(name)?.as_str();
        let is_bound = phase == Phase::Bound;
        let bound_at = text("bound_at").and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let is_open = matches!(phase, Phase::AwaitingScan | Phase::Scanning);
        let told = scan.as_ref().and_then(|scan| scan.reason.clone());
        let code = scan.as_ref().filter(|_| is_open).map(|scan| ShownCode {
            id: scan.id,
            payload: scan.payload.clone(),
            expires_at: scan.expires_at,
        });
        Self {
            phase,
            code,
            needs_digits: is_open && scan.as_ref().is_some_and(|scan| scan.needs_digits),
            reason: match phase {
                Phase::Expired => channel.status_reason.clone().or(told),
                Phase::Scanning => told,
                _ => None,
            },
            account: text("bot_id").filter(|_| is_bound).map(str::to_owned),
            bound_at: bound_at.filter(|_| is_bound),
        }
    }
}

/// Seals the handle of a channel's code.
pub fn seal(cx: &Context, channel: ChannelId, handle: &Secret<String>) -> Result<Vec<u8>> {
    let sealed = cx
        .vault
        .seal(handle.expose().as_bytes(), &handle_place(&channel));
    sealed.map_err(Error::internal)
}

fn change_of(action: &'static str, channel: &Channel) -> Change {
    Change::of(action, channel.project_id, "channel", public_id(channel.id))
}
