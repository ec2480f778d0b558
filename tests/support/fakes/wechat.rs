//! iLink as far as bots use it: codes to scan, messages by long poll, answers within their limits, and the store of files;
//! with the ways in which it says no.

mod answer;
mod store;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::wait::{LONG, wait_for};

/// The account that scans every code.
pub const BOT: &str = "fake0@im.bot";
/// Whoever scans it.
pub const OWNER: &str = "owner@im.wechat";
/// Messages that may follow one of a person's.
pub const SENDS: u32 = 10;
/// A file that is in the store to begin with: what stands in it is `hello ilink`.
pub const KNOWN_FILE: &str = "known/1=";
/// Its key, in Base64 of its hexadecimal digits.
pub const KNOWN_KEY: &str = "MDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlMGY=";

/// One request to the API.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The last part of its path.
    pub method: String,
    /// The token that came with it.
    pub token: Option<String>,
    /// Its body; its query where it has none.
    pub body: Value,
}

/// What a call is answered instead of what it should be.
#[derive(Clone, Debug)]
pub enum Instead {
    /// Another status, without a body.
    Status(u16),
    /// This text, with status 200.
    Text(String),
    /// What it should be, after this long.
    Late(Duration),
}

/// A code that was made.
#[derive(Clone, Debug)]
struct Code {
    status: Value,
    /// Digits that have to come along.
    digits: Option<String>,
    /// Asked after here alone.
    at: Option<String>,
}

#[derive(Default)]
struct Inner {
    asked: Vec<Asked>,
    codes: BTreeMap<String, Code>,
    /// Tokens that are good, and whose account each is.
    accounts: HashMap<String, String>,
    logins: u32,
    messages: Vec<Value>,
    last_message: u64,
    /// Answers to each context.
    contexts: HashMap<String, (String, u32)>,
    instead: HashMap<String, VecDeque<Instead>>,
    sent: Vec<Value>,
    files: HashMap<String, Vec<u8>>,
    waiting: u32,
    overlaps: u32,
    names_addresses: bool,
    known_as: Option<String>,
    takes_older: bool,
}

struct Shared {
    inner: Mutex<Inner>,
    changed: Notify,
    address: SocketAddr,
    hold: Duration,
}

/// The API, and the store.
pub struct Wechat {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Wechat {
    /// One that holds questions for as long as the real one.
    pub async fn start() -> Wechat {
        Wechat::holding(Duration::from_secs(35)).await
    }

    /// One that holds questions for so long.
    pub async fn holding(hold: Duration) -> Wechat {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("its address");
        let mut inner = Inner::default();
        let sealed = "e3d61645581d55f92e98ce24b41665aa";
        let sealed = hex::decode(sealed).expect("digits");
        inner.files.insert(KNOWN_FILE.to_owned(), sealed);
        let shared = Arc::new(Shared {
            inner: Mutex::new(inner),
            changed: Notify::new(),
            address,
            hold,
        });
        let app = Router::new()
            .route("/ilink/bot/{method}", any(answer::called))
            .route("/ilink/bot/msg/{method}", post(answer::called))
            .route("/c2c/upload", post(store::upload))
            .route("/c2c/download", get(store::download))
            .with_state(shared.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Wechat { shared, server }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// The address of the API.
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// The address of the store.
    pub fn store_url(&self) -> String {
        format!("{}/c2c", self.url())
    }

    /// Accounts are told that the API is at this address.
    pub fn known_as(&self, url: String) {
        self.shared.inner.lock().unwrap().known_as = Some(url);
    }

    /// Someone scans the newest code, and has not confirmed.
    pub fn scan(&self) {
        self.newest(|code| code.status = json!({ "status": "scaned" }));
    }

    /// Someone has scanned the newest code, which is asked after elsewhere from now on.
    pub fn redirect(&self, host: &str) {
        let status = json!({ "status": "scaned_but_redirect", "redirect_host": host });
        self.newest(|code| {
            code.status = status;
            code.at = Some(host.to_owned());
        });
    }

    /// Someone has scanned the newest code, and their phone shows these digits.
    pub fn ask_for(&self, digits: &str) {
        self.newest(|code| {
            code.status = json!({ "status": "need_verifycode" });
            code.digits = Some(digits.to_owned());
        });
    }

    /// The newest code ends with this status: `expired`, `verify_code_blocked`, `binded_redirect`.
    pub fn end(&self, status: &str) {
        self.newest(|code| code.status = json!({ "status": status }));
    }

    /// Whoever scanned the newest code confirms: an account with a token of its own, which is returned.
    pub fn confirm(&self) -> String {
        self.confirm_as(BOT)
    }

    /// The same as another account.
    pub fn confirm_as(&self, bot: &str) -> String {
        let (token, url) = {
            let mut inner = self.shared.inner.lock().unwrap();
            inner.logins += 1;
            // An account has one login: the one before is gone.
            inner.accounts.retain(|_, other| other != bot);
            let token = format!("fake-token-{}-0123456789", inner.logins);
            inner.accounts.insert(token.clone(), bot.to_owned());
            (token, inner.known_as.clone().unwrap_or_else(|| self.url()))
        };
        let status = json!({ "status": "confirmed", "bot_token": token, "ilink_bot_id": bot,
            "baseurl": url, "ilink_user_id": OWNER });
        self.newest(|code| code.status = status);
        token
    }

    fn newest(&self, change: impl FnOnce(&mut Code)) {
        let mut inner = self.shared.inner.lock().unwrap();
        let (_, code) = inner.codes.iter_mut().next_back().expect("a code was made");
        change(code);
        drop(inner);
        self.shared.changed.notify_waiters();
    }

    /// Codes that were made.
    pub fn codes(&self) -> usize {
        self.shared.inner.lock().unwrap().codes.len()
    }

    /// Someone writes to the account.
    pub fn say(&self, person: &str, text: &str) -> Value {
        let item = json!({ "type": 1, "text_item": { "text": text } });
        self.bring(self.message(person, &[item]))
    }

    /// A message of someone, with a context of its own.
    pub fn message(&self, person: &str, items: &[Value]) -> Value {
        let mut inner = self.shared.inner.lock().unwrap();
        inner.last_message += 1;
        // Ids of 64 bits, which no float keeps; older clients read them with a sign.
        let most = match inner.takes_older {
            true => u64::MAX >> 1,
            false => u64::MAX,
        };
        let id = most - 1_000_000 + inner.last_message;
        let context = format!("ctx-{person}-{}", inner.last_message);
        inner
            .contexts
            .insert(context.clone(), (person.to_owned(), 0));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = u64::try_from(now.expect("a clock").as_millis()).expect("a time");
        json!({
            "seq": inner.last_message, "message_id": id, "from_user_id": person, "to_user_id": BOT,
            "create_time_ms": now, "message_type": 1, "message_state": 2, "session_id": "", "item_list": items,
            "context_token": context,
        })
    }

    /// Brings a message, perhaps one that was brought before.
    pub fn bring(&self, message: Value) -> Value {
        let mut inner = self.shared.inner.lock().unwrap();
        inner.messages.push(message.clone());
        drop(inner);
        self.shared.changed.notify_waiters();
        message
    }

    /// Takes clients of an older version of the protocol, which do not say what they are, and say how long they wait.
    pub fn take_older_clients(&self) {
        self.shared.inner.lock().unwrap().takes_older = true;
    }

    /// Makes every token worthless.
    pub fn revoke(&self) {
        self.shared.inner.lock().unwrap().accounts.clear();
        self.shared.changed.notify_waiters();
    }

    /// No answer may be sent with a context that was given so far.
    pub fn forget_contexts(&self) {
        self.shared.inner.lock().unwrap().contexts.clear();
    }

    /// What the next calls of a method are answered instead, in order.
    pub fn instead(&self, method: &str, answers: impl IntoIterator<Item = Instead>) {
        let mut inner = self.shared.inner.lock().unwrap();
        let queue = inner.instead.entry(method.to_owned()).or_default();
        queue.extend(answers);
        drop(inner);
        // A question that is held is answered, so that the next one meets this.
        self.shared.changed.notify_waiters();
    }

    /// Whether files are at whole addresses, rather than below the store's.
    pub fn name_addresses(&self) {
        self.shared.inner.lock().unwrap().names_addresses = true;
    }

    /// Everything that was asked by one method.
    pub fn asked(&self, method: &str) -> Vec<Asked> {
        let inner = self.shared.inner.lock().unwrap();
        let fits = |asked: &&Asked| asked.method == method;
        inner.asked.iter().filter(fits).cloned().collect()
    }

    /// Questions that came while another one was held.
    pub fn overlaps(&self) -> u32 {
        self.shared.inner.lock().unwrap().overlaps
    }

    /// Questions that are held at this moment.
    pub fn waiting(&self) -> u32 {
        self.shared.inner.lock().unwrap().waiting
    }

    /// The one item of each message that was taken.
    pub fn items(&self) -> Vec<Value> {
        let inner = self.shared.inner.lock().unwrap();
        let item = |sent: &Value| sent["item_list"][0].clone();
        inner.sent.iter().map(item).collect()
    }

    /// The texts that were taken.
    pub fn sent(&self) -> Vec<String> {
        let text = |item: &Value| item["text_item"]["text"].as_str().map(str::to_owned);
        self.items().iter().filter_map(text).collect()
    }

    /// What stands in the store under a name, sealed.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.shared.inner.lock().unwrap().files.get(name).cloned()
    }

    /// Waits until so many texts were taken, and returns them.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        let what = format!("{count} messages of the account");
        wait_for(LONG, &what, async || {
            let sent = self.sent();
            (sent.len() >= count).then_some(sent)
        })
        .await
    }

    /// Waits until a question is held.
    pub async fn wait_for_reader(&self) {
        wait_for(LONG, "the account to be read", async || {
            (self.waiting() > 0).then_some(())
        })
        .await;
    }
}

impl Drop for Wechat {
    fn drop(&mut self) {
        self.server.abort();
    }
}
