//! A kind is the platform that a channel is bound to: the one word of it that the database, the API and the drivers share.

use std::fmt;
use std::str::FromStr;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// A messaging platform.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $name,)+
        }

        impl Kind {
            /// Every kind that the product knows, whether or not this version has its driver.
            pub const ALL: &[Kind] = &[$(Kind::$name),+];

            /// The kind as the database and the API spell it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Kind::$name => $text,)+
                }
            }
        }
    };
}

kinds! {
    /// Telegram, through the Bot API.
    Telegram = "telegram",
    /// Discord.
    Discord = "discord",
    /// WeChat, a personal account.
    Wechat = "wechat",
    /// WhatsApp, through Meta's Cloud API.
    Whatsapp = "whatsapp",
    /// Facebook Messenger.
    Facebook = "facebook",
    /// Instagram direct messages.
    Instagram = "instagram",
    /// LINE.
    Line = "line",
    /// WeCom, WeChat for companies.
    Wecom = "wecom",
    /// E-mail.
    Email = "email",
    /// The chat page and widget that this host serves.
    Web = "web",
    /// An owner's own product, over signed webhooks.
    Webhook = "webhook",
}

impl Kind {
    /// What an id of the platform begins with where ids of several platforms stand side by side: `tg:88102`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Kind::Telegram => "tg",
            Kind::Discord => "dc",
            Kind::Wechat => "wx",
            Kind::Whatsapp => "wa",
            Kind::Facebook => "fb",
            Kind::Instagram => "ig",
            Kind::Line => "line",
            Kind::Wecom => "wc",
            Kind::Email => "email",
            Kind::Web => "web",
            Kind::Webhook => "wh",
        }
    }
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of channel")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Kind::ALL.iter().find(|kind| kind.as_str() == text);
        found.copied().ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_reads_back_from_its_text() {
        assert_eq!(Kind::ALL.len(), 11);
        let prefixes: std::collections::BTreeSet<_> =
            Kind::ALL.iter().map(|kind| kind.prefix()).collect();
        assert_eq!(prefixes.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(*kind));
        }
        assert_eq!("Web".parse::<Kind>(), Err(UnknownKind("Web".to_owned())));
    }
}
