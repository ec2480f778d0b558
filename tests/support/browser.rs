//! A browser: Chromium without a screen, driven by the WebDriver protocol as its own `chromedriver` speaks it.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::ports;
use crate::wait::{LONG, wait_for};

/// The key that ends a line, as WebDriver writes it.
pub const ENTER: &str = "\u{E007}";
/// The key that moves on to the next control.
pub const TAB: &str = "\u{E004}";

/// How large the page is shown.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
    /// Whether it is a phone's: touched, and with pages that fit themselves to it.
    pub is_phone: bool,
}

/// On a desk.
pub const DESK: Screen = Screen {
    width: 1_100,
    height: 800,
    is_phone: false,
};
/// In a hand.
pub const PHONE: Screen = Screen {
    width: 390,
    height: 844,
    is_phone: true,
};

/// A browser with one page.
pub struct Browser {
    driver: Child,
    session: String,
    http: reqwest::Client,
    _profile: TempDir,
}

impl Browser {
    /// Starts one with a profile of its own.
    pub async fn start(screen: Screen) -> Browser {
        let port = ports::free();
        let profile = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("setpriv");
        command.args([
            "--pdeathsig",
            "KILL",
            "--",
            "chromedriver",
            &format!("--port={port}"),
        ]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let driver = command.spawn().expect("setpriv of util-linux starts");
        let mut browser = Browser {
            driver,
            session: String::new(),
            http: client(),
            _profile: profile,
        };
        let address = format!("http://127.0.0.1:{port}");
        let made = wait_for(LONG, "chromedriver to start a browser", async || {
            let ended = browser.driver.try_wait().expect("a child");
            assert!(
                ended.is_none(),
                "chromedriver does not run: scripts/setup-tests installs it"
            );
            let body = capabilities(screen, browser._profile.path());
            let answer = browser
                .http
                .post(format!("{address}/session"))
                .json(&body)
                .send()
                .await
                .ok()?;
            answer.json::<Value>().await.ok()
        })
        .await;
        let id = made["value"]["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("no browser: {made}"));
        browser.session = format!("{address}/session/{id}");
        browser
    }

    /// Opens a page and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        self.command(Method::POST, "/url", json!({ "url": url }))
            .await;
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.command(Method::POST, "/refresh", json!({})).await;
    }

    /// Presses keys where the focus is, as a person at a keyboard does.
    pub async fn press(&self, keys: &str) {
        let key = |key: char| {
            [
                json!({ "type": "keyDown", "value": key }),
                json!({ "type": "keyUp", "value": key }),
            ]
        };
        let actions: Vec<Value> = keys.chars().flat_map(key).collect();
        let keyboard =
            json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.command(Method::POST, "/actions", keyboard).await;
    }

    /// Taps, or clicks, what a selector finds.
    pub async fn click(&self, selector: &str) {
        let found = self
            .command(
                Method::POST,
                "/element",
                json!({ "using": "css selector", "value": selector }),
            )
            .await;
        let id = found
            .as_object()
            .and_then(|found| found.values().next())
            .and_then(Value::as_str);
        let id = id.unwrap_or_else(|| panic!("nothing is {selector}: {found}"));
        self.command(Method::POST, &format!("/element/{id}/click"), json!({}))
            .await;
    }

    /// Runs a script in the page and returns what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.command(
            Method::POST,
            "/execute/sync",
            json!({ "script": script, "args": [] }),
        )
        .await
    }

    /// Waits until a script returns true.
    pub async fn wait_until(&self, what: &str, script: &str) {
        wait_for(LONG, what, async || {
            (self.run(script).await == json!(true)).then_some(())
        })
        .await;
    }

    /// The text that a person sees in what a selector finds.
    pub async fn text(&self, selector: &str) -> String {
        let script = format!(
            "return document.querySelector({}).innerText",
            json!(selector)
        );
        self.run(&script)
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Errors that the page has written to its console since the last look.
    pub async fn errors(&self) -> Vec<String> {
        let log = self
            .command(Method::POST, "/se/log", json!({ "type": "browser" }))
            .await;
        let entries = log.as_array().cloned().unwrap_or_default();
        let errors = entries
            .into_iter()
            .filter(|entry| entry["level"] == "SEVERE");
        errors.map(|entry| entry["message"].to_string()).collect()
    }

    /// Writes what is seen to a file.
    pub async fn screenshot(&self, file: &Path) {
        let picture = self.command(Method::GET, "/screenshot", Value::Null).await;
        let bytes = STANDARD
            .decode(picture.as_str().expect("a picture"))
            .expect("base64");
        std::fs::write(file, bytes).expect("the picture can be written");
    }

    /// Ends it.
    pub async fn close(self) {
        self.command(Method::DELETE, "", Value::Null).await;
    }

    async fn command(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.http.request(method, format!("{}{path}", self.session));
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("chromedriver answers");
        let answer: Value = answer.json().await.expect("JSON");
        assert!(
            answer["value"]["error"].is_null(),
            "{path} {body}: {answer}"
        );
        answer["value"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.driver.id().cast_signed()).expect("a process has a number");
        // The browser with it, unless it was closed.
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.driver.wait();
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(Duration::from_secs(60))
        .no_proxy()
        .build()
        .expect("a client")
}

fn capabilities(screen: Screen, profile: &Path) -> Value {
    let (width, height) = (screen.width, screen.height);
    let mut options = json!({
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--no-proxy-server", format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.display()),
        ]
    });
    if screen.is_phone {
        let metrics = json!({ "width": width, "height": height, "pixelRatio": 2.0, "touch": true, "mobile": true });
        options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
    }
    json!({
        "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" }
        } }
    })
}
