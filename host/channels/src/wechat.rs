//! The WeChat kind: a personal account, as its bot speaks for it over Tencent's iLink API. The account is connected by
//! scanning a code; what was said is asked for; and a person is answered only within a day of having spoken, ten times.

mod account;
mod api;
mod login;
mod media;
mod poll;
mod send;
mod settings;
mod sign;
mod update;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use url::Url;

use self::account::Account;
use self::api::Api;
use self::sign::Tickets;
use crate::driver::{BoundChannel, Driver, SendError, Settings, SettingsError};
use crate::http::Http;
use crate::kind::Kind;
use crate::message::{Outbound, Receipt, Sign, Target};
use crate::poll::{Cursor, PollError, Polled};
use crate::scan::Scan;
use crate::split::{TextLimit, TextUnit};

/// The longest text of one message; at four bytes a character it stays below the 16,384 bytes that are a wall.
const TEXT: TextLimit = TextLimit::new(4_000, TextUnit::Chars);
const API: &str = "https://ilinkai.weixin.qq.com";
const CDN: &str = "https://novac2c.cdn.weixin.qq.com/c2c";

/// Speaks iLink.
#[derive(Debug)]
pub struct Wechat {
    api: Url,
    cdn: Url,
    tickets: Tickets,
}

impl Wechat {
    /// The driver of an API and a store of files that are where they always are, or elsewhere.
    pub fn at(api: Option<Url>, cdn: Option<Url>) -> Self {
        #[expect(clippy::expect_used, reason = "constant addresses")]
        let known = |address: &str| Url::parse(address).expect("an address");
        Self {
            api: api.unwrap_or_else(|| known(API)),
            cdn: cdn.unwrap_or_else(|| known(CDN)),
            tickets: Tickets::default(),
        }
    }

    fn account<'a>(
        &'a self,
        http: &'a dyn Http,
        channel: &BoundChannel,
    ) -> Result<Account<'a>, SendError> {
        let credential = settings::credential(channel)?;
        let base = credential.base_url.clone();
        Ok(Account {
            api: Api::new(http, base.unwrap_or_else(|| self.api.clone())),
            cdn: &self.cdn,
            home: &self.api,
            credential,
        })
    }
}

#[async_trait]
impl Driver for Wechat {
    fn kind(&self) -> Kind {
        Kind::Wechat
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
        send::deliver(&self.account(http, channel)?, target, outbound).await
    }

    fn is_polled(&self, configuration: &Value) -> bool {
        settings::is_bound(configuration)
    }

    async fn poll(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        cursor: Option<&Cursor>,
    ) -> Result<Polled, PollError> {
        let account = self
            .account(http, channel)
            .map_err(|error| PollError::Expired {
                what: error.to_string(),
            })?;
        poll::poll(&account, cursor).await
    }

    async fn attend(&self, http: &dyn Http, channel: &BoundChannel, is_read: bool) {
        if let Ok(account) = self.account(http, channel) {
            poll::attend(&account, is_read).await;
        }
    }

    fn scan(&self) -> Option<&dyn Scan> {
        Some(self)
    }

    fn answers_in_windows(&self) -> bool {
        true
    }

    fn names_file(&self, address: &str) -> bool {
        address.starts_with(media::NAMED)
    }

    async fn fetch(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        address: &str,
        most: usize,
    ) -> Result<Bytes, SendError> {
        media::fetch(&self.account(http, channel)?, address, most).await
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
        let account = self.account(http, channel)?;
        sign::show(&account, &self.tickets, target, sign).await?;
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
