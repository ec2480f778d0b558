//! Files are in a store of their own, sealed with AES-128 in ECB mode under a key that goes with the message ("Media
//! upload", "Media download").

use std::time::Duration;

use aes::Aes128;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use ecb::cipher::block_padding::Pkcs7;
use ecb::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::account::Account;
use super::api::{Fault, below};
use crate::callback::HeardAttachment;
use crate::driver::SendError;
use crate::http::{ANSWER, Headers, Method, Request};

/// What begins the address of a file in [`crate::HeardAttachment`].
pub(super) const NAMED: &str = "wechat:file/";

/// How long a file may take, in or out.
const TIMEOUT: Duration = Duration::from_secs(40);
/// Times that a file is sent to the store.
const TRIES: u32 = 3;
/// Bytes of a block, which is also the most that padding adds.
const BLOCK: usize = 16;

type Key = [u8; 16];

/// What a message says of a picture, a voice, a file or a video.
#[derive(Deserialize)]
pub(super) struct Item {
    #[serde(default)]
    media: Option<Media>,
    /// In hexadecimal; only of pictures.
    #[serde(default)]
    aeskey: Option<String>,
    #[serde(default)]
    file_name: Option<String>,
    #[serde(default)]
    len: Option<Value>,
    /// What was understood of a voice.
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Media {
    #[serde(default)]
    encrypt_query_param: Option<String>,
    #[serde(default)]
    aes_key: Option<String>,
    #[serde(default)]
    full_url: Option<String>,
}

/// A file by its name: where it is, and its key.
#[derive(Serialize, Deserialize)]
struct Named {
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(rename = "k")]
    key: String,
}

impl Item {
    pub(super) fn has_transcript(&self) -> bool {
        self.text
            .as_deref()
            .is_some_and(|text| !text.trim().is_empty())
    }

    pub(super) fn transcript(self) -> String {
        self.text.unwrap_or_default()
    }

    /// The file, where it can be had.
    pub(super) fn attachment(self, name: &str, content_type: &str) -> Option<HeardAttachment> {
        let media = self.media?;
        let key = match self.aeskey.filter(|key| !key.is_empty()) {
            Some(key) => key_of_hex(key.as_bytes())?,
            None => key_of_base64(media.aes_key.as_deref()?)?,
        };
        let named = Named {
            query: media.encrypt_query_param.filter(|query| !query.is_empty()),
            url: media.full_url.filter(|url| !url.is_empty()),
            key: hex::encode(key),
        };
        if named.query.is_none() && named.url.is_none() {
            return None;
        }
        // A name is what someone chose, and no path.
        let own = self.file_name.as_deref();
        let own = own.and_then(|own| own.rsplit(['/', '\\']).next());
        let size = self.len.and_then(|len| match len {
            Value::String(digits) => digits.parse().ok(),
            len => len.as_u64(),
        });
        Some(HeardAttachment {
            name: own.filter(|own| !own.is_empty()).unwrap_or(name).to_owned(),
            content_type: content_type.to_owned(),
            size,
            url: named.address(),
        })
    }
}

impl Named {
    fn address(&self) -> String {
        let json = json!(self).to_string();
        format!("{NAMED}{}", URL_SAFE_NO_PAD.encode(json))
    }

    fn parse(address: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(address.strip_prefix(NAMED)?).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

/// The bytes of a file that came with a message.
pub(super) async fn fetch(
    account: &Account<'_>,
    address: &str,
    most: usize,
) -> Result<Bytes, SendError> {
    let named = Named::parse(address).ok_or_else(|| never("it is no file of WeChat's"))?;
    let key = key_of_hex(named.key.as_bytes()).ok_or_else(|| never("its key is no key"))?;
    let url = match (&named.url, &named.query) {
        (Some(url), _) => Url::parse(url).map_err(|_| never("it is at no address"))?,
        (None, Some(query)) => {
            let query = [("encrypted_query_param", query.as_str())];
            below(account.cdn, "download", &query)
        }
        (None, None) => return Err(never("it is at no address")),
    };
    if !account.is_trusted(&url) {
        return Err(never("it is not in WeChat's own store of files"));
    }
    let request = Request {
        method: Method::Get,
        url,
        headers: Headers::default(),
        body: Bytes::new(),
        timeout: TIMEOUT,
        most: most.saturating_add(2 * BLOCK),
    };
    let response = account.api.http.send(request).await;
    let response = response.map_err(SendError::when_idempotent)?;
    if !response.is_success() {
        return Err(Fault::Status(response.status).into());
    }
    if response.body.len() > most.saturating_add(BLOCK) {
        return Err(never(&format!("it has more than {most} bytes")));
    }
    let bytes = open(&key, &response.body)
        .ok_or_else(|| never("it does not open with the key that came with it"))?;
    match bytes.len() > most {
        true => Err(never(&format!("it has more than {most} bytes"))),
        false => Ok(bytes.into()),
    }
}

/// A file in the store, to be named in a message.
pub(super) struct Stored {
    /// As a message names it.
    pub media: Value,
    /// Bytes as they are in the store.
    pub sealed_size: usize,
}

#[derive(Deserialize)]
struct Place {
    #[serde(default)]
    upload_full_url: Option<String>,
    #[serde(default)]
    upload_param: Option<String>,
}

/// What kind of file the store takes it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    Image = 1,
    Video = 2,
    File = 3,
}

/// Puts a file into the store, for one person.
pub(super) async fn store(
    account: &Account<'_>,
    to: &str,
    media_type: MediaType,
    bytes: &[u8],
) -> Result<Stored, SendError> {
    let (key, file_key): (Key, Key) = (random()?, random()?);
    let file_key = hex::encode(file_key);
    let sealed = Bytes::from(seal(&key, bytes));
    let body = json!({
        "filekey": file_key,
        "media_type": media_type as u8,
        "to_user_id": to,
        "rawsize": bytes.len(),
        "rawfilemd5": hex::encode(Md5::digest(bytes)),
        "filesize": sealed.len(),
        "no_need_thumb": true,
        "aeskey": hex::encode(key),
    });
    let asked = account
        .api
        .call(account.token(), "ilink/bot/getuploadurl", body)
        .await;
    let place: Place = asked.map_err(Fault::of_repeatable)?;
    let full = place.upload_full_url.filter(|url| !url.is_empty());
    let url = match (full, place.upload_param) {
        (Some(url), _) => Url::parse(&url).map_err(|_| never("WeChat named no address for it"))?,
        (None, Some(param)) => {
            let query = [
                ("encrypted_query_param", param.as_str()),
                ("filekey", file_key.as_str()),
            ];
            below(account.cdn, "upload", &query)
        }
        (None, None) => return Err(never("WeChat named no address for it")),
    };
    if !account.is_trusted(&url) {
        return Err(never("WeChat named an address that is not its own"));
    }
    let param = put(account, url, &sealed).await?;
    Ok(Stored {
        media: json!({
            "encrypt_query_param": param,
            // Base64 of the hexadecimal text, as WeChat reads it.
            "aes_key": STANDARD.encode(hex::encode(key)),
            "encrypt_type": 1,
        }),
        sealed_size: sealed.len(),
    })
}

/// Sends the bytes; what the store calls them.
async fn put(account: &Account<'_>, url: Url, sealed: &Bytes) -> Result<String, SendError> {
    let mut last = None;
    for _ in 0..TRIES {
        let request = Request {
            method: Method::Post,
            url: url.clone(),
            headers: [("Content-Type", "application/octet-stream")]
                .into_iter()
                .collect(),
            body: sealed.clone(),
            timeout: TIMEOUT,
            most: ANSWER,
        };
        let response = account.api.http.send(request).await;
        let response = response.map_err(SendError::when_idempotent)?;
        if response.is_success() {
            let param = response.headers.get("x-encrypted-param");
            let param = param.filter(|param| !param.is_empty()).map(str::to_owned);
            return param.ok_or_else(|| never("WeChat's store of files did not name it"));
        }
        let error = SendError::from(Fault::Status(response.status));
        if response.status < 500 {
            return Err(error);
        }
        last = Some(error);
    }
    Err(last.unwrap_or_else(|| never("it was not sent")))
}

pub(super) fn seal(key: &Key, bytes: &[u8]) -> Vec<u8> {
    ecb::Encryptor::<Aes128>::new(&(*key).into()).encrypt_padded_vec::<Pkcs7>(bytes)
}

pub(super) fn open(key: &Key, sealed: &[u8]) -> Option<Vec<u8>> {
    let cipher = ecb::Decryptor::<Aes128>::new(&(*key).into());
    cipher.decrypt_padded_vec::<Pkcs7>(sealed).ok()
}

pub(super) fn key_of_hex(digits: &[u8]) -> Option<Key> {
    let mut key = Key::default();
    hex::decode_to_slice(digits, &mut key).ok()?;
    Some(key)
}

/// Base64 of the key itself, or of its hexadecimal digits; or these as they are.
pub(super) fn key_of_base64(text: &str) -> Option<Key> {
    if let Some(key) = key_of_hex(text.as_bytes()) {
        return Some(key);
    }
    let bytes = STANDARD.decode(text).ok()?;
    Key::try_from(bytes.as_slice())
        .ok()
        .or_else(|| key_of_hex(&bytes))
}

fn random() -> Result<Key, SendError> {
    let mut bytes = Key::default();
    getrandom::fill(&mut bytes).map_err(|_| SendError::Retry {
        after: None,
        status: None,
        what: "the machine gives no random numbers".to_owned(),
    })?;
    Ok(bytes)
}

fn never(what: &str) -> SendError {
    SendError::Permanent {
        status: None,
        what: what.to_owned(),
    }
}
