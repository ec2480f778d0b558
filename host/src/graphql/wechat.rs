//! The login of a WeChat channel. Whoever waits for it watches the project's channels, and asks again when one changes.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};

use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure};
use crate::graphql::channels::ChannelNode;
use crate::service::wechat_login::{self as service, Login, Phase};

/// Where a login is.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "WechatLoginPhase", remote = "Phase")]
enum PhaseShown {
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

/// The login of a WeChat channel's account.
#[derive(SimpleObject)]
#[graphql(name = "WechatLogin", crate = "library")]
struct LoginShown {
    /// Where it is.
    phase: PhaseShown,
    /// Names the code, while there is one.
    qr_id: Option<ID>,
    /// The text of the QR code, while it can be scanned.
    qr_payload: Option<String>,
    /// The QR code as SVG, while it can be scanned.
    qr_svg: Option<String>,
    /// Until when it can be scanned or confirmed.
    expires_at: Option<Time>,
    /// Whether WeChat shows digits on the phone that are to be typed here.
    needs_code: bool,
    /// Why it is over, or what is wrong with the digits that were typed.
    reason: Option<String>,
    /// The account that is connected.
    ilink_bot_id: Option<String>,
    /// Since when.
    bound_at: Option<Time>,
}

#[derive(Default)]
pub(super) struct WechatQuery;

#[Object]
impl WechatQuery {
    /// The login of a WeChat channel, for the owners of its project.
    async fn wechat_login(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
    ) -> Result<LoginShown> {
        let (cx, caller) = asked_by(context)?;
        shown(service::status(cx, caller, None, &channel_id).await)
    }
}

#[derive(Default)]
pub(super) struct WechatMutation;

#[Object]
impl WechatMutation {
    /// Makes a QR code to scan with WeChat; one that the channel had is worth nothing from then on.
    async fn start_wechat_login(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
    ) -> Result<LoginShown> {
        let (cx, caller) = asked_by(context)?;
        shown(service::start(cx, caller, None, &channel_id).await)
    }

    /// Takes the digits that WeChat shows on the phone, where the login says that they are needed.
    async fn type_wechat_code(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
        #[graphql(desc = "The digits.")] code: String,
    ) -> Result<LoginShown> {
        let (cx, caller) = asked_by(context)?;
        shown(service::type_digits(cx, caller, None, &channel_id, &code).await)
    }

    /// Disconnects a WeChat channel's account; the channel stays, switched off, and can be connected again.
    async fn disconnect_wechat(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The channel.")] channel_id: ID,
    ) -> Result<ChannelNode> {
        let (cx, caller) = asked_by(context)?;
        let channel = service::unbind(cx, caller, None, &channel_id).await;
        channel
            .map(|channel| ChannelNode(channel.into()))
            .map_err(failure::told)
    }
}

fn shown(login: crate::error::Result<Login>) -> Result<LoginShown> {
    login.and_then(LoginShown::of).map_err(failure::told)
}

impl LoginShown {
    fn of(login: Login) -> crate::error::Result<Self> {
        let qr_svg = login.svg()?;
        let code = login.code;
        Ok(Self {
            phase: login.phase.into(),
            qr_id: code.as_ref().map(|code| code.id.public().into()),
            expires_at: code.as_ref().map(|code| Time(code.expires_at)),
            qr_payload: code.map(|code| code.payload),
            qr_svg,
            needs_code: login.needs_digits,
            reason: login.reason,
            ilink_bot_id: login.account,
            bound_at: login.bound_at.map(Time),
        })
    }
}
