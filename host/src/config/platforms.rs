//! What the host talks to: messaging platforms, and hosts that the outgoing guard lets through.

use std::collections::BTreeMap;

use clap::Args;
use url::Url;

use super::addresses::{HostPattern, web_url};

/// What the host talks to.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What it talks to")]
pub struct Platforms {
    /// Private hosts that outgoing requests may reach, also over http: `host` or `host:port`, separated by commas
    #[arg(
        long,
        env = "CLOISTER_ALLOW_PRIVATE_HOSTS",
        value_name = "HOSTS",
        value_delimiter = ','
    )]
    pub allow_private_hosts: Vec<HostPattern>,
    /// Where the Telegram Bot API is
    #[arg(long, env = "CLOISTER_TELEGRAM_API_URL", value_name = "URL", value_parser = web_url)]
    telegram_api_url: Option<Url>,
    /// Where the Discord API is
    #[arg(long, env = "CLOISTER_DISCORD_API_URL", value_name = "URL", value_parser = web_url)]
    discord_api_url: Option<Url>,
    /// Where the WeChat (iLink) API is
    #[arg(long, env = "CLOISTER_WECHAT_API_URL", value_name = "URL", value_parser = web_url)]
    wechat_api_url: Option<Url>,
    /// Where WeChat's store of files is
    #[arg(long, env = "CLOISTER_WECHAT_CDN_URL", value_name = "URL", value_parser = web_url)]
    pub wechat_cdn_url: Option<Url>,
    /// Whether WeChat accounts may be connected: on or off
    #[arg(long, env = "CLOISTER_WECHAT", value_name = "ON|OFF", default_value = "on", value_parser = super::on_or_off, action = clap::ArgAction::Set)]
    pub wechat: bool,
    /// Where the WhatsApp Cloud API is
    #[arg(long, env = "CLOISTER_WHATSAPP_API_URL", value_name = "URL", value_parser = web_url)]
    whatsapp_api_url: Option<Url>,
    /// Where the Messenger API is
    #[arg(long, env = "CLOISTER_FACEBOOK_API_URL", value_name = "URL", value_parser = web_url)]
    facebook_api_url: Option<Url>,
    /// Where the Instagram API is
    #[arg(long, env = "CLOISTER_INSTAGRAM_API_URL", value_name = "URL", value_parser = web_url)]
    instagram_api_url: Option<Url>,
    /// Where the LINE Messaging API is
    #[arg(long, env = "CLOISTER_LINE_API_URL", value_name = "URL", value_parser = web_url)]
    line_api_url: Option<Url>,
    /// Where the WeCom API is
    #[arg(long, env = "CLOISTER_WECOM_API_URL", value_name = "URL", value_parser = web_url)]
    wecom_api_url: Option<Url>,
}

impl Platforms {
    /// The platforms whose address was moved, by the kind of channel.
    pub fn api_urls(&self) -> BTreeMap<&'static str, &Url> {
        [
            ("telegram", &self.telegram_api_url),
            ("discord", &self.discord_api_url),
            ("wechat", &self.wechat_api_url),
            ("whatsapp", &self.whatsapp_api_url),
            ("facebook", &self.facebook_api_url),
            ("instagram", &self.instagram_api_url),
            ("line", &self.line_api_url),
            ("wecom", &self.wecom_api_url),
        ]
        .into_iter()
        .filter_map(|(kind, url)| Some((kind, url.as_ref()?)))
        .collect()
    }
}
