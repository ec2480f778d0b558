//! The integration tests: the built binary over real sockets, one module for each side that it shows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "whatever goes wrong here is a test that fails, best where it went wrong"
)]

mod adversarial;
mod browser;
mod channel_api;
mod control_plane;
mod conversations;
mod deliveries;
mod discord;
mod docs;
mod external_message;
mod faults;
mod graphql;
mod languages;
mod live;
mod models;
mod navigation;
mod openapi;
mod outside;
mod people;
mod persona_channels;
mod project_channels;
mod projects;
mod replays;
mod repositories;
mod running;
mod telegram;
mod tidy;
mod tools;
mod turns;
mod upgrades;
mod walk;
mod wallets;
mod web_chat;
mod wechat;
mod workspace;

use std::collections::BTreeMap;
use std::sync::Mutex;

use tests::app::Builder;
use tests::{App, Callback, Channel};

/// A guest of this checkout, built.
fn guest(name: &str) -> Vec<u8> {
    static BUILT: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap();
    let module = built.entry(name.to_owned()).or_insert_with(|| {
        corpus::built(name)
            .expect("`scripts/build-guest --setup` installs what building guests takes")
    });
    module.clone()
}

/// A host with one agent behind a webhook channel.
async fn serving(agent: &str) -> (App, Callback, Channel) {
    serving_with(App::build(), agent).await
}

/// The same with a host that differs.
async fn serving_with(app: Builder, agent: &str) -> (App, Callback, Channel) {
    let app = app.start().await;
    let callback = Callback::start().await;
    app.owner().pushed(agent, guest(agent)).await;
    let channel = app.owner().channel(agent, &callback.url()).await;
    (app, callback, channel)
}
