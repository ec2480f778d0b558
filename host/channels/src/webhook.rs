//! The webhook kind: an owner's own product, which posts what its people say and is posted what agents answer, signed
//! twice: as the Channel API documents, and as Standard Webhooks does.

mod send;
mod settings;

use async_trait::async_trait;
use serde_json::Value;

pub use self::settings::{Configuration, Credential};
use crate::driver::{BoundChannel, Driver, SendError, Settings, SettingsError};
use crate::http::Http;
use crate::kind::Kind;
use crate::message::{Outbound, Receipt, Target};
use crate::split::TextLimit;

/// What a reply begins with that is meant for a program.
pub const STRUCTURED: &str = "__structured:";

/// Sends what agents say to the callback address of the channel.
#[derive(Debug, Clone, Copy)]
pub struct Webhook;

#[async_trait]
impl Driver for Webhook {
    fn kind(&self) -> Kind {
        Kind::Webhook
    }

    fn text_limit(&self) -> TextLimit {
        TextLimit::none()
    }

    fn links_files(&self) -> bool {
        true
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
        send::deliver(http, channel, target, outbound).await
    }
}

/// What the receiver gets to show or to read, in order: what people see, then what is for its program. The replies of
/// an inbound call are these same texts.
pub fn messages(outbound: &Outbound) -> Vec<String> {
    let shown = Some(outbound.as_text()).filter(|text| !text.is_empty());
    let structured = outbound
        .structured
        .as_ref()
        .map(|json| format!("{STRUCTURED}{json}"));
    shown.into_iter().chain(structured).collect()
}

/// The chat of a webhook channel as this host stores it. Users and groups of the product are numbered apart, so one id
/// may name both.
pub fn chat_id(external_user_id: &str, group_external_id: Option<&str>) -> String {
    match group_external_id {
        Some(group) => format!("g:{group}"),
        None => format!("u:{external_user_id}"),
    }
}

#[cfg(test)]
mod tests;
