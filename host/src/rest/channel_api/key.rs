//! The channel's key, and where the request came from. Extracting it never fails; asking it for the channel does.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::auth::{Client, Entrance, address, presented};
use crate::context::Context;
use crate::error::Result;
use crate::service::inbound::{self, KeyedChannel};
use crate::vault::Secret;

/// See the module.
pub(super) struct Key {
    presented: Result<Option<Secret<String>>>,
    client: Client,
}

impl Key {
    /// The channel that is named, if the key is its own.
    pub(super) async fn channel(self, cx: &Context, id: &str) -> Result<KeyedChannel> {
        inbound::channel_of_key(cx, id, self.presented?, self.client).await
    }

    /// Where the request came from.
    pub(super) fn client(&self) -> Client {
        self.client
    }
}

impl FromRequestParts<Context> for Key {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Context) -> Result<Self, Infallible> {
        Ok(Self {
            presented: presented(&parts.headers),
            client: Client {
                address: address::client(parts),
                entrance: Entrance::Rest,
            },
        })
    }
}
