//! WeChat from end to end: an account that is connected by scanning a code, and people who write to it.

mod faults;
mod files;
mod hub;
mod login;
mod peers;
mod talk;
mod walk;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::app::Builder;
use tests::fakes::wechat::Wechat;
use tests::people::Home;
use tests::wait::{LONG, wait_for};

/// Base64 of 32 bytes; hosts that share a database share the key.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ADA: &str = "ada@im.wechat";
const BEN: &str = "ben@im.wechat";

/// A host that knows where this WeChat is, with the key of every other one.
pub(crate) fn beside(url: String, wechat: &Wechat) -> Builder {
    App::build()
        .set("CLOISTER_MASTER_KEY", KEY)
        .set("CLOISTER_WECHAT_API_URL", url)
        .set("CLOISTER_WECHAT_CDN_URL", wechat.store_url())
}

/// One channel of a host.
pub(crate) struct Account {
    /// Below which its endpoints are.
    pub(crate) path: String,
}

impl Account {
    /// A WeChat channel, fresh.
    pub(crate) async fn make(app: &App) -> Account {
        let home = Home::of(app).await;
        let all = format!("/api/projects/{}/channels", home.project);
        let body = json!({ "channel_type": "wechat", "display_name": "Ours", "credential": { "type": "wechat" } });
        let (status, made) = app.owner().send(Method::POST, &all, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(made["channel"]["status"], "disabled");
        let id = made["channel"]["id"].as_str().unwrap();
        Account {
            path: format!("{all}/{id}"),
        }
    }

    pub(crate) async fn ask(
        &self,
        app: &App,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let path = format!("{}{path}", self.path);
        app.owner().send(method, &path, body).await
    }

    /// Makes a code, which has to work.
    pub(crate) async fn start(&self, app: &App) -> Value {
        let (status, code) = self.ask(app, Method::POST, "/wechat/qr", None).await;
        assert_eq!(status, StatusCode::OK, "{code}");
        code
    }

    pub(crate) async fn login(&self, app: &App) -> Value {
        let (status, login) = self.ask(app, Method::GET, "/wechat/status", None).await;
        assert_eq!(status, StatusCode::OK, "{login}");
        login
    }

    /// Waits until the login is there.
    pub(crate) async fn wait_for_phase(&self, app: &App, phase: &str) -> Value {
        let what = format!("the login to be {phase}");
        wait_for(LONG, &what, async || {
            let login = self.login(app).await;
            (login["phase"] == phase).then_some(login)
        })
        .await
    }

    /// Waits until the channel is in this status.
    pub(crate) async fn wait_for_status(&self, app: &App, status: &str) -> Value {
        let what = format!("the channel to be {status}");
        wait_for(LONG, &what, async || {
            let (_, shown) = self.ask(app, Method::GET, "", None).await;
            (shown["channel"]["status"] == status).then(|| shown["channel"].clone())
        })
        .await
    }

    /// Has the account scan a code and confirm.
    pub(crate) async fn bind(&self, app: &App, wechat: &Wechat) -> String {
        self.start(app).await;
        let token = wechat.confirm();
        self.wait_for_phase(app, "bound").await;
        token
    }

    /// The log, the newest message first.
    pub(crate) async fn log(&self, app: &App) -> Vec<Value> {
        let (status, log) = self.ask(app, Method::GET, "/messages", None).await;
        assert_eq!(status, StatusCode::OK, "{log}");
        log["messages"].as_array().unwrap().clone()
    }
}

/// A host whose agent does what it is asked for, with an account that is connected and read.
pub(crate) async fn connected() -> (App, Wechat, Account) {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let account = Account::make(&app).await;
    account.bind(&app, &wechat).await;
    wechat.wait_for_reader().await;
    (app, wechat, account)
}
