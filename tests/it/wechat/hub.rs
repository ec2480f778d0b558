//! A server of iLink that we did not write, `ilink-hub`: it is logged in at our fake as a client, and our driver is a client
//! of it. It speaks to the platform above in its own words: contexts are renamed on the way.

use std::process::Stdio;

use reqwest::{Method, StatusCode, header};
use serde_json::json;
use tests::fakes::wechat::Wechat;
use tests::installed::installed;
use tests::people::Home;
use tests::wait::{LONG, wait_for};
use tests::{App, ports};
use tokio::process::{Child, Command};

use super::{ADA, Account, beside};

/// The hub, beside the fake that it is a client of.
struct Hub {
    url: String,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl Hub {
    async fn start(wechat: &Wechat) -> Hub {
        let program = installed("ilink-hub/bin/ilink-hub");
        wechat.take_older_clients();
        let folder = tempfile::tempdir().unwrap();
        let address = format!("127.0.0.1:{}", ports::free());
        let url = format!("http://{address}");
        let process = Command::new(program)
            .args(["serve", "--addr", &address])
            .env("HOME", folder.path())
            .env("ILINK_BASE_URL", wechat.url())
            .env("ILINK_HUB_MASTER_KEY", "ab".repeat(32))
            .env("ILINK_ADMIN_INSECURE_NO_AUTH", "true")
            .env("ILINKHUB_RELAY", "0")
            .env("HUB_PAIR_URL", &url)
            .env("HUB_CLIENT_URL", &url)
            // Below where it runs: it takes no other path for one from the root.
            .current_dir(folder.path())
            .env("DATABASE_URL", "sqlite://hub.db?mode=rwc")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        wait_for(LONG, "the hub to ask for a code", async || {
            (wechat.codes() > 0).then_some(())
        })
        .await;
        wechat.confirm();
        wechat.wait_for_reader().await;
        Hub {
            url,
            _process: process,
            _folder: folder,
        }
    }

    /// What whoever scans the code does: they open its page and agree.
    async fn scan(&self, app: &App, payload: &str) {
        assert!(payload.starts_with(&self.url), "{payload}");
        let page = app.http().get(payload).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let page = page.text().await.unwrap();
        let (_, rest) = page.split_once("const csrf = \"").unwrap();
        let (secret, _) = rest.split_once('"').unwrap();
        let agree = app
            .http()
            .post(format!("{payload}/confirm"))
            .header(header::ORIGIN, &self.url)
            .header("x-pair-csrf", secret)
            .json(&json!({ "name": "cloister" }));
        let agreed = agree.send().await.unwrap();
        let status = agreed.status();
        let told = agreed.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{told}");
    }
}

#[tokio::test]
async fn the_driver_gets_on_with_a_server_that_we_did_not_write() {
    // The hub reads it; the driver is at the hub.
    let wechat = Wechat::start().await;
    let hub = Hub::start(&wechat).await;
    let app = beside(hub.url.clone(), &wechat).start().await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let account = Account::make(&app).await;
    let code = account.start(&app).await;
    account.wait_for_phase(&app, "awaiting_scan").await;
    hub.scan(&app, code["qr_payload"].as_str().unwrap()).await;
    let bound = account.wait_for_phase(&app, "bound").await;
    assert_eq!(bound["ilink_bot_id"], "ilink-hub@hub.local");
    account.wait_for_status(&app, "active").await;

    let said = wechat.say(ADA, "Grüezi");
    let answers = wechat.wait_for(1).await;
    assert!(answers[0].starts_with("Grüezi"), "{answers:?}");
    let sent = wechat.asked("sendmessage");
    assert_eq!(
        sent[0].body["msg"]["context_token"], said["context_token"],
        "the context came back by its name at the hub"
    );
    wechat.say(ADA, "each one two three");
    let answers = wechat.wait_for(4).await;
    let words = ["one", "two", "three"];
    for (answer, word) in answers[1..].iter().zip(words) {
        assert!(answer.starts_with(word), "{answers:?}");
    }
    app.database().settled().await;
    let log = account.log(&app).await;
    assert_eq!(log.len(), 6, "{log:?}");
    assert!(log.iter().all(|one| one["error"].is_null()), "{log:?}");

    // The hub tells of a client that it does not know any more as the platform does of a login.
    let gone = app
        .http()
        .delete(format!("{}/hub/clients/cloister?force=true", hub.url))
        .send()
        .await
        .unwrap();
    assert!(gone.status().is_success(), "{}", gone.status());
    let channel = account.wait_for_status(&app, "expired").await;
    let reason = channel["status_reason"].as_str().unwrap();
    assert!(reason.contains("QR code"), "{reason}");
    let home = Home::of(&app).await;
    let path = format!("/api/projects/{}/channels", home.project);
    let (_, list) = app.owner().send(Method::GET, &path, None).await;
    assert!(list.to_string().contains("expired"), "{list}");
    app.finish().await;
}
