//! One connected account's way to iLink and to its store of files.

use url::Url;

use super::api::Api;
use super::settings::Credential;

/// One account.
pub(super) struct Account<'a> {
    /// The API, where this account's is.
    pub api: Api<'a>,
    /// The store of files.
    pub cdn: &'a Url,
    /// The API, where everyone's is.
    pub home: &'a Url,
    pub credential: Credential,
}

impl Account<'_> {
    pub(super) fn token(&self) -> Option<&str> {
        Some(&self.credential.bot_token)
    }

    /// Whether an address that came with a message may be gone to: what is said in a chat must not steer this host elsewhere.
    pub(super) fn is_trusted(&self, url: &Url) -> bool {
        let is_configured = |known: &Url| known.origin() == url.origin() && url.origin().is_tuple();
        if is_configured(self.cdn) || is_configured(self.home) {
            return true;
        }
        let host = url.host_str().unwrap_or_default();
        url.scheme() == "https" && (host == "weixin.qq.com" || host.ends_with(".weixin.qq.com"))
    }
}
