//! The Telegram kind: bots of the Bot API, reached by webhook or by long polling. Requests are teloxide's types, sent
//! through the host's client; what comes back is read leniently, since a field that Telegram adds must cost no one a message.

mod api;
mod callback;
mod chat;
mod file;
mod html;
mod part;
mod poll;
mod send;
mod settings;
mod sign;
mod update;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use teloxide_core::payloads::{
    AnswerCallbackQuery, DeleteWebhook, GetMe, GetWebhookInfo, SetWebhook, SetWebhookSetters,
};
use teloxide_core::types::{AllowedUpdate, CallbackQueryId};
use url::Url;

use self::api::{Bot, Ignored};
pub use self::settings::{Configuration, Mode, secret_digest};
use crate::callback::{Callback, CallbackError, Called};
use crate::driver::{BoundChannel, Driver, SendError, Settings, SettingsError};
use crate::http::Http;
use crate::kind::Kind;
use crate::message::{Outbound, Receipt, Sign, Target};
use crate::poll::{Cursor, PollError, Polled};
use crate::split::{TextLimit, TextUnit};

/// The header that carries the secret of a webhook.
pub const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// The longest text of one message, counted as cautiously as can be.
const TEXT: TextLimit = TextLimit::new(4_096, TextUnit::Utf16);
/// What is asked for: nothing else is understood.
const UPDATES: [AllowedUpdate; 3] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::CallbackQuery,
];

/// Speaks to the Bot API.
#[derive(Debug, Clone)]
pub struct Telegram {
    api: Url,
}

impl Telegram {
    /// The driver of a Bot API that is where it always is, or elsewhere.
    pub fn at(moved: Option<Url>) -> Self {
        #[expect(clippy::expect_used, reason = "a constant address")]
        let known = || Url::parse("https://api.telegram.org").expect("an address");
        Self {
            api: moved.unwrap_or_else(known),
        }
    }

    fn bot<'a>(&'a self, http: &'a dyn Http, channel: &BoundChannel) -> Result<Bot<'a>, SendError> {
        let credential = settings::credential(channel)?;
        Ok(Bot::new(http, &self.api, credential.bot_token))
    }
}

#[async_trait]
impl Driver for Telegram {
    fn kind(&self) -> Kind {
        Kind::Telegram
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
        callback::read(channel, callback)
    }

    async fn identify(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
    ) -> Result<Option<Value>, SendError> {
        let me: settings::Me = self.bot(http, channel)?.call(&GetMe::new()).await?;
        settings::with_identity(&channel.configuration, me).map(Some)
    }

    async fn listen(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        callback_url: Option<&Url>,
    ) -> Result<(), SendError> {
        let bot = self.bot(http, channel)?;
        let Some(url) = callback_url else {
            let _: Ignored = bot.call(&DeleteWebhook::new()).await?;
            return Ok(());
        };
        let secret = settings::credential(channel)?.webhook_secret;
        let request = SetWebhook::new(url.clone())
            .allowed_updates(UPDATES)
            .secret_token(secret);
        let _: Ignored = bot.call(&request).await?;
        Ok(())
    }

    fn is_polled(&self, configuration: &Value) -> bool {
        settings::mode(configuration) == Mode::Polling
    }

    fn is_called(&self, configuration: &Value) -> bool {
        settings::mode(configuration) == Mode::Webhook
    }

    async fn inspect(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
    ) -> Result<Option<Value>, SendError> {
        let info = self
            .bot(http, channel)?
            .call(&GetWebhookInfo::new())
            .await?;
        Ok(Some(info))
    }

    async fn poll(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        cursor: Option<&Cursor>,
    ) -> Result<Polled, PollError> {
        let bot = self
            .bot(http, channel)
            .map_err(|error| PollError::Expired {
                what: error.to_string(),
            })?;
        poll::poll(&bot, &settings::Account::of(channel), cursor).await
    }

    async fn acknowledge(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        what: &str,
    ) -> Result<(), SendError> {
        let request = AnswerCallbackQuery::new(CallbackQueryId(what.to_owned()));
        let _: Ignored = self.bot(http, channel)?.call(&request).await?;
        Ok(())
    }

    fn names_file(&self, address: &str) -> bool {
        address.starts_with(file::NAMED)
    }

    async fn fetch(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        address: &str,
        most: usize,
    ) -> Result<Bytes, SendError> {
        file::fetch(&self.bot(http, channel)?, address, most).await
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
