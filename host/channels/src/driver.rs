//! A driver speaks one platform's language for any number of channels: it holds no state of its own but what a platform
//! says of its limits, so everything it needs to know of a channel comes with the call.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use crate::callback::{Callback, CallbackError, Called, Event};
use crate::http::{Http, HttpError};
use crate::kind::Kind;
use crate::message::{Outbound, Receipt, Sign, Target};
use crate::poll::{Cursor, PollError, Polled};
use crate::scan::Scan;
use crate::secret::Secret;
use crate::split::TextLimit;
use crate::stream::Dial;

/// One platform.
#[async_trait]
pub trait Driver: Send + Sync {
    /// Which one.
    fn kind(&self) -> Kind;

    /// The longest text of one message.
    fn text_limit(&self) -> TextLimit;

    /// Whether this driver has to bring replies to the platform. `false` where people read them from this host.
    fn carries(&self) -> bool {
        true
    }

    /// Whether files that this host has go as addresses, where it is asked for them, rather than as bytes.
    fn links_files(&self) -> bool {
        false
    }

    /// Checks and normalises what a user configured, and makes the secrets that a new channel needs and was not given.
    /// What is secret comes back apart. Reading its own result again changes nothing.
    fn parse_settings(
        &self,
        configuration: &Value,
        credential: Option<&Value>,
    ) -> Result<Settings, SettingsError>;

    /// Brings one message to a chat. Called again with the same `delivery_id` when it failed.
    async fn deliver(
        &self,
        http: &dyn Http,
        channel: &BoundChannel,
        target: &Target,
        outbound: &Outbound,
    ) -> Result<Receipt, SendError>;

    /// Verifies and reads a request of the platform to this host.
    fn callback(
        &self,
        _channel: &BoundChannel,
        _callback: &Callback,
    ) -> Result<Called, CallbackError> {
        Err(CallbackError::Unsupported)
    }

    /// Asks the platform whose credential this is. The configuration comes back with what it said, for the channel to keep;
    /// `None` where there is no one to ask.
    async fn identify(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
    ) -> Result<Option<Value>, SendError> {
        Ok(None)
    }

    /// Tells the platform how it is listened to from now on: it calls `callback_url`, or with none is polled or silent.
    async fn listen(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
        _callback_url: Option<&Url>,
    ) -> Result<(), SendError> {
        Ok(())
    }

    /// Whether a channel of this configuration is asked for what was said, by [`Driver::poll`].
    fn is_polled(&self, _configuration: &Value) -> bool {
        false
    }

    /// Whether a channel of this configuration is called by its platform, for which it needs a public address.
    fn is_called(&self, _configuration: &Value) -> bool {
        false
    }

    /// What the platform says of the calls that it makes; `None` where it says nothing.
    async fn inspect(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
    ) -> Result<Option<Value>, SendError> {
        Ok(None)
    }

    /// Waits for what was said after the cursor, for as long as the platform lets one wait.
    async fn poll(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
        _cursor: Option<&Cursor>,
    ) -> Result<Polled, PollError> {
        Err(PollError::Unsupported)
    }

    /// Whether a channel of this configuration is listened to over a connection that stays open, by [`Driver::dial`].
    fn is_streamed(&self, _configuration: &Value) -> bool {
        false
    }

    /// Where to connect to hear what is said after the cursor, and how to talk there.
    async fn dial(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
        _cursor: Option<&Cursor>,
    ) -> Result<Dial, PollError> {
        Err(PollError::Unsupported)
    }

    /// What was said in a chat since a moment, oldest first, on a platform whose connection forgets what no one was there to
    /// hear. Of what had been heard by then, some may come again.
    async fn missed(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
        _chat: &Target,
        _since: DateTime<Utc>,
    ) -> Result<Vec<Event>, SendError> {
        Ok(Vec::new())
    }

    /// Tells the platform that a channel is being read from now on, or not any more. What it says of that is of no use.
    async fn attend(&self, _http: &dyn Http, _channel: &BoundChannel, _is_read: bool) {}

    /// How an account is connected by scanning a code, where it is: a channel without a credential waits for that.
    fn scan(&self) -> Option<&dyn Scan> {
        None
    }

    /// Whether a chat is answered only for a while after someone spoke in it, and only so often: then
    /// [`Outbound::window`] says how far.
    fn answers_in_windows(&self) -> bool {
        false
    }

    /// Tells the platform that what a [`crate::Heard`] asked to have acknowledged has arrived.
    async fn acknowledge(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
        _what: &str,
    ) -> Result<(), SendError> {
        Ok(())
    }

    /// Whether an address in a [`crate::HeardAttachment`] is the platform's own name of a file, for [`Driver::fetch`].
    fn names_file(&self, _address: &str) -> bool {
        false
    }

    /// The bytes of a file that came with a message, at most so many.
    async fn fetch(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
        _address: &str,
        _most: usize,
    ) -> Result<Bytes, SendError> {
        Err(SendError::Permanent {
            status: None,
            what: "this kind of channel names no files".to_owned(),
        })
    }

    /// Whether [`Driver::show`] shows anything.
    fn shows_signs(&self) -> bool {
        false
    }

    /// Shows a sign of life in a chat. The platform's id of the message that shows it, where it is one.
    async fn show(
        &self,
        _http: &dyn Http,
        _channel: &BoundChannel,
        _target: &Target,
        _sign: &Sign,
    ) -> Result<Option<String>, SendError> {
        Ok(None)
    }
}

/// A channel as its driver sees it: with its settings, and its credential opened.
#[derive(Debug, Clone)]
pub struct BoundChannel {
    /// The public id, `ch_…`.
    pub id: String,
    /// What [`Driver::parse_settings`] returned.
    pub configuration: Value,
    /// The same of the secret part; null where the kind has none.
    pub credential: Secret<Value>,
}

/// Settings that a driver accepted.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What anyone who may see the channel may see.
    pub configuration: Value,
    /// What no one may see, to be sealed.
    pub credential: Option<Secret<Value>>,
    /// Addresses from the settings that the driver will send to: the host's guard has its say before they are saved.
    pub addresses: Vec<Url>,
}

/// Why settings were not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct SettingsError {
    /// The field.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

impl SettingsError {
    /// A field that is not acceptable.
    pub fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            why: why.into(),
        }
    }
}

/// Reads a settings object into its driver's type; the error names the field where serde does.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    what: &'static str,
    value: &Value,
) -> Result<T, SettingsError> {
    // Serde would read a struct from an array as well.
    if !value.is_object() {
        return Err(SettingsError::new(what, "it must be an object"));
    }
    T::deserialize(value).map_err(|error| SettingsError::new(what, error.to_string()))
}

/// Why a message was not delivered, by what is to be done. No text of these holds a secret or a platform's answer at length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Try again later.
    #[error("{what}")]
    Retry {
        /// Not before this long, where the platform says so.
        after: Option<Duration>,
        /// The HTTP status, if there was an answer.
        status: Option<u16>,
        /// What happened.
        what: String,
    },
    /// This message will never be taken.
    #[error("{what}")]
    Permanent {
        /// The HTTP status, if there was an answer.
        status: Option<u16>,
        /// What happened.
        what: String,
    },
    /// No message of this channel will be taken until its owner acts, and this one not even then: the endpoint is gone.
    #[error("{what}")]
    ChannelBroken {
        /// The HTTP status, if there was an answer.
        status: Option<u16>,
        /// What happened.
        what: String,
    },
    /// The platform does not take the credential: this message and those behind it wait until there is another one.
    #[error("{what}")]
    Expired {
        /// The HTTP status, if there was an answer.
        status: Option<u16>,
        /// What happened.
        what: String,
    },
    /// The platform takes nothing more for this chat: this message and those behind it wait until someone speaks there.
    #[error("{what}")]
    Waits {
        /// What happened.
        what: String,
    },
    /// It may have been taken or not, and sending it again could show it twice.
    #[error("{what}")]
    Unknown {
        /// What happened.
        what: String,
    },
    /// The platform took some parts of it, and then this happened: the next attempt begins after them.
    #[error("{error}, after {parts} of its parts")]
    Interrupted {
        /// Parts that it has, counted from the first of the message.
        parts: u32,
        /// Why the next one was not taken.
        #[source]
        error: Box<SendError>,
    },
}

impl SendError {
    /// What no answer means for a platform that recognises a repeated message, so that trying again is safe.
    pub fn when_idempotent(error: HttpError) -> Self {
        let what = error.to_string();
        match error {
            HttpError::Refused(_) => SendError::Permanent { status: None, what },
            HttpError::Connect(_) | HttpError::Timeout { .. } | HttpError::Other(_) => {
                SendError::Retry {
                    after: None,
                    status: None,
                    what,
                }
            }
        }
    }

    /// What no answer means for a platform that would show a repeated message twice.
    pub fn when_not_idempotent(error: HttpError) -> Self {
        let what = error.to_string();
        match error {
            HttpError::Timeout { sent: true } | HttpError::Other(_) => SendError::Unknown { what },
            error => SendError::when_idempotent(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_is_unknown_only_where_a_repeat_would_show() {
        let timeout = || HttpError::Timeout { sent: true };
        assert!(matches!(
            SendError::when_idempotent(timeout()),
            SendError::Retry { .. }
        ));
        assert!(matches!(
            SendError::when_not_idempotent(timeout()),
            SendError::Unknown { .. }
        ));

        let unsent = SendError::when_not_idempotent(HttpError::Timeout { sent: false });
        assert!(matches!(unsent, SendError::Retry { .. }));
        let refused =
            SendError::when_not_idempotent(HttpError::Refused("127.0.0.1 is private".to_owned()));
        assert!(matches!(refused, SendError::Permanent { .. }));
    }
}
