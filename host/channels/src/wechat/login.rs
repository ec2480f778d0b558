//! Connecting an account: a code is asked for and then asked after, for 35 seconds at a time ("QR login").

use std::time::Duration;

use async_trait::async_trait;
use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::Wechat;
use super::api::{Api, Fault};
use super::settings::Credential;
use crate::http::{ANSWER, Http, HttpError};
use crate::scan::{Code, Looked, Scan, ScanError, Scanned};
use crate::secret::Secret;

/// How long a code may take to be made.
const MAKING: Duration = Duration::from_secs(10);
/// How long a question after a code is held, and as long again as an answer may take.
const HELD: Duration = Duration::from_secs(40);
/// The kind of bot that personal accounts have.
const BOT_TYPE: &str = "3";

/// What one asks after a code with.
#[derive(Serialize, Deserialize)]
struct Handle {
    qrcode: String,
    /// Where, if not where everyone does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Url>,
}

#[derive(Deserialize)]
struct Made {
    qrcode: String,
    qrcode_img_content: String,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    status: String,
    redirect_host: Option<String>,
    bot_token: Option<String>,
    ilink_bot_id: Option<String>,
    ilink_user_id: Option<String>,
    baseurl: Option<String>,
}

#[async_trait]
impl Scan for Wechat {
    async fn begin(
        &self,
        http: &dyn Http,
        known: Option<&Secret<Value>>,
    ) -> Result<Code, ScanError> {
        let known = known.and_then(|known| Credential::deserialize(known.expose()).ok());
        let tokens: Vec<String> = known.map(|known| known.bot_token).into_iter().collect();
        let path = "ilink/bot/get_bot_qrcode";
        let query = [("bot_type", BOT_TYPE)];
        let body = json!({ "local_token_list": tokens });
        let api = Api::new(http, self.api.clone());
        let made: Result<Made, Fault> = api.post(None, (path, &query), &body, MAKING, ANSWER).await;
        let made = made.map_err(failed)?;
        Ok(Code {
            payload: made.qrcode_img_content,
            handle: handle(made.qrcode, None)?,
        })
    }

    async fn look(
        &self,
        http: &dyn Http,
        handle: &Secret<String>,
        digits: Option<&str>,
    ) -> Result<Looked, ScanError> {
        let handle: Handle = serde_json::from_str(handle.expose())
            .map_err(|_| ScanError::Away("the code is not one of this version".to_owned()))?;
        let api = Api::new(http, handle.at.clone().unwrap_or_else(|| self.api.clone()));
        let mut query = vec![("qrcode", handle.qrcode.as_str())];
        query.extend(digits.map(|digits| ("verify_code", digits)));
        let answer: Result<Status, Fault> =
            api.get("ilink/bot/get_qrcode_status", &query, HELD).await;
        let status = match answer {
            Ok(status) => status,
            // Held for as long as it may be, and nothing happened.
            Err(Fault::Http(HttpError::Timeout { .. })) => return Ok(Looked::Waiting),
            Err(fault) => return Err(failed(fault)),
        };
        match status.status.as_str() {
            "wait" => Ok(Looked::Waiting),
            // As the protocol spells it.
            "scaned" => Ok(Looked::Scanned),
            "scaned_but_redirect" => {
                let at = self.redirected(status.redirect_host.as_deref())?;
                Ok(Looked::Elsewhere(self::handle(handle.qrcode, Some(at))?))
            }
            "need_verifycode" => Ok(Looked::NeedsDigits),
            "verify_code_blocked" => Ok(Looked::Over(
                "the digits were wrong too often; scan a fresh QR code",
            )),
            "expired" => Ok(Looked::Over("nobody scanned the QR code in time")),
            "binded_redirect" => Ok(Looked::Known),
            "confirmed" => self.confirmed(status),
            other => Err(ScanError::Away(format!(
                "WeChat answered with the status `{}`, which is not known",
                other.chars().take(40).collect::<String>()
            ))),
        }
    }
}

impl Wechat {
    /// The API on another host, reached as this one is.
    fn redirected(&self, host: Option<&str>) -> Result<Url, ScanError> {
        let scheme = self.api.scheme();
        let url = host.and_then(|host| Url::parse(&format!("{scheme}://{host}")).ok());
        let url = url.filter(|url| url.path() == "/" && url.username().is_empty());
        url.ok_or_else(|| ScanError::Away("WeChat redirects to no host".to_owned()))
    }

    fn confirmed(&self, status: Status) -> Result<Looked, ScanError> {
        let (Some(bot_token), Some(bot_id)) = (status.bot_token, status.ilink_bot_id) else {
            return Err(ScanError::Away(
                "WeChat confirmed the login without a token".to_owned(),
            ));
        };
        let base_url = status.baseurl.as_deref().filter(|text| !text.is_empty());
        let base_url = base_url.map(Url::parse).transpose();
        let base_url = base_url.map_err(|_| {
            ScanError::Away("WeChat confirmed the login with no address".to_owned())
        })?;
        let credential = Credential {
            bot_token,
            bot_id,
            user_id: status.ilink_user_id,
            base_url: base_url.filter(|url| *url != self.api),
            bound_at: Some(Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)),
        };
        Ok(Looked::Confirmed(Scanned {
            credential: Secret::new(json!(credential)),
        }))
    }
}

fn handle(qrcode: String, at: Option<Url>) -> Result<Secret<String>, ScanError> {
    let text = serde_json::to_string(&Handle { qrcode, at });
    text.map(Secret::new)
        .map_err(|error| ScanError::Away(error.to_string()))
}

fn failed(fault: Fault) -> ScanError {
    match fault {
        Fault::Http(HttpError::Timeout { .. }) => ScanError::Late,
        fault => ScanError::Away(fault.what()),
    }
}
