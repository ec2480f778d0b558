//! The Discord kind: bots of the HTTP API and the gateway, version 10, and slash commands that Discord brings by HTTP. The
//! few shapes that are sent are our own, and what comes back is read leniently, since a field that Discord adds must cost
//! no one a message. Section names are those of Discord's documentation.

mod api;
mod form;
mod gateway;
mod interaction;
mod limits;
mod message;
mod send;
mod settings;
mod sign;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use self::api::{Bot, Route};
use self::limits::Limits;
pub use self::settings::{Configuration, Hears};
use crate::callback::{Callback, CallbackError, Called, Event};
use crate::driver::{BoundChannel, Driver, SendError, Settings, SettingsError};
use crate::http::Http;
use crate::kind::Kind;
use crate::message::{Outbound, Receipt, Sign, Target};
use crate::poll::{Cursor, PollError};
use crate::split::{TextLimit, TextUnit};
use crate::stream::Dial;

/// The longest text of one message.
const TEXT: TextLimit = TextLimit::new(2_000, TextUnit::Chars);
/// Identifying again before is an error of ours ("Identifying").
const IDENTIFY: Duration = Duration::from_secs(5);

/// Speaks to Discord. What Discord says of its rate limits is all that it remembers.
#[derive(Debug)]
pub struct Discord {
    api: Url,
    limits: Limits,
}

impl Discord {
    /// The driver of the API that is where it always is, or elsewhere.
    pub fn at(moved: Option<Url>) -> Self {
        #[expect(clippy::expect_used, reason = "a constant address")]
        let known = || Url::parse("https://discord.com/api/v10").expect("an address");
        Self {
            api: moved.unwrap_or_else(known),
            limits: Limits::default(),
        }
    }

    fn bot<'a>(&'a self, http: &'a dyn Http, channel: &BoundChannel) -> Result<Bot<'a>, SendError> {
        let token = settings::credential(channel)?.bot_token;
        Ok(Bot::new(http, &self.api, &self.limits, token))
    }
}

#[async_trait]
impl Driver for Discord {
    fn kind(&self) -> Kind {
        Kind::Discord
    }

    fn text_limit(&self) -> TextLimit {
        TEXT
    }

    fn parse_settings(
        &self,
        configuration: &Value,
        credential: Option<&Value>,
    ) -> Result<Settings, SettingsError> {
        settings::parse(configuration, credential)
    }

    async fn deliver(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        target: &Target,
        outbound: &Outbound,
    ) -> Result<Receipt, SendError> {
        send::deliver(&self.bot(http, channel)?, target, outbound).await
    }

    fn callback(
        &self,
        channel: &BoundChannel,
        callback: &Callback,
    ) -> Result<Called, CallbackError> {
        interaction::called(channel, callback)
    }

    async fn identify(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
    ) -> Result<Option<Value>, SendError> {
        let bot = self.bot(http, channel)?;
        let me: settings::Me = bot.get(&Route::Me).await?;
        let application: settings::Application = bot.get(&Route::Application).await?;
        settings::with_identity(&channel.configuration, me, application).map(Some)
    }

    fn is_streamed(&self, _configuration: &Value) -> bool {
        true
    }

    async fn dial(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        cursor: Option<&Cursor>,
    ) -> Result<Dial, PollError> {
        let bot = self
            .bot(http, channel)
            .map_err(|error| PollError::Expired {
                what: error.to_string(),
            })?;
        gateway::dial(&bot, channel, cursor).await
    }

    async fn missed(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        chat: &Target,
        since: DateTime<Utc>,
    ) -> Result<Vec<Event>, SendError> {
        gateway::missed(&self.bot(http, channel)?, channel, chat, since).await
    }

    async fn acknowledge(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        what: &str,
    ) -> Result<(), SendError> {
        interaction::acknowledge(&self.bot(http, channel)?, what).await
    }

    fn names_file(&self, address: &str) -> bool {
        address.starts_with(message::NAMED)
    }

    async fn fetch(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        address: &str,
        most: usize,
    ) -> Result<Bytes, SendError> {
        message::fetch(&self.bot(http, channel)?, address, most).await
    }

    fn shows_signs(&self) -> bool {
        true
    }

    async fn show(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        target: &Target,
        sign: &Sign,
    ) -> Result<Option<String>, SendError> {
        sign::show(&self.bot(http, channel)?, target, sign).await
    }
}

#[cfg(test)]
mod tests;
