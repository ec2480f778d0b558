//! Discord as far as bots use it: its HTTP API with rate limits, its gateway with sessions that are resumed, and the ways in
//! which both say no.

mod gateway;
mod rest;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::{any, get};
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::wait::{LONG, wait_for};

/// The token that the fake knows.
pub const TOKEN: &str = "OTAwMDAwMDAwMDAwMDAwMDAx.GfAkEd.fake-token-of-a-bot_0123456789abcdefgh";
/// The bot's id, its name, and the id of its application.
pub const BOT: &str = "900000000000000001";
pub const USERNAME: &str = "fakehelper";
pub const APPLICATION: &str = "800000000000000001";
/// Discord's time begins with 2015: its first millisecond.
const FIRST: u64 = 1_420_070_400_000;
/// What the application signs with is the seed 00..1f; this is what is public of it.
pub const PUBLIC_KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
/// `GATEWAY_MESSAGE_CONTENT_LIMITED`: what the owner of a small bot has switched on.
const CONTENT: u64 = 1 << 19;

/// One request to the API.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST /channels/…/messages`, behind the API's address.
    pub what: String,
    /// What stands behind its `?`.
    pub query: String,
    /// Its JSON, null where it has none; of a form, `payload_json` with the names and sizes of its files.
    pub body: Value,
    /// When it came.
    pub at: Instant,
}

/// What happens to connections.
#[derive(Clone, Debug)]
enum Order {
    /// An event of this session.
    Event(String, String),
    /// This frame, to every connection.
    Frame(String),
    /// A close frame with this code.
    Close(u16),
    /// The end, without a word.
    Cut,
}

struct Session {
    events: Vec<(u64, String)>,
}

struct Inner {
    asked: Vec<Asked>,
    last_id: u64,
    sessions: BTreeMap<String, Session>,
    greetings: Vec<Value>,
    heartbeats: Vec<Value>,
    /// What the next requests to a path are answered instead.
    next: Vec<(String, VecDeque<rest::Scripted>)>,
    /// Messages by their nonce, and texts by their id.
    nonces: HashMap<String, u64>,
    /// What people wrote.
    written: BTreeMap<u64, Value>,
    shown: BTreeMap<u64, Value>,
    is_revoked: bool,
    is_deaf: bool,
    refuses_content: bool,
    is_down: bool,
    flags: u64,
    remaining: u64,
    heartbeat: u64,
    /// Where bots are told that the gateway is.
    known_as: Option<String>,
    /// Requests whose answers come late.
    late: VecDeque<(String, Duration)>,
}

struct Shared {
    inner: Mutex<Inner>,
    orders: broadcast::Sender<Order>,
    address: SocketAddr,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }
}

impl Inner {
    /// Where the gateway is.
    fn gateway(&self, own: SocketAddr) -> String {
        self.known_as.clone().unwrap_or_else(|| own.to_string())
    }

    /// The next id: the time stands in it.
    fn id(&mut self) -> u64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = u64::try_from(now.expect("a time").as_millis()).expect("a time");
        self.last_id = ((millis - FIRST) << 22).max(self.last_id + 1);
        self.last_id
    }
}

/// Discord.
pub struct Discord {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Discord {
    /// One with a bot that no one has written to.
    pub async fn start() -> Discord {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let inner = Inner {
            asked: Vec::new(),
            last_id: 0,
            sessions: BTreeMap::new(),
            greetings: Vec::new(),
            heartbeats: Vec::new(),
            next: Vec::new(),
            nonces: HashMap::new(),
            written: BTreeMap::new(),
            shown: BTreeMap::new(),
            is_revoked: false,
            is_deaf: false,
            refuses_content: false,
            is_down: false,
            flags: CONTENT,
            remaining: 1_000,
            heartbeat: 41_250,
            known_as: None,
            late: VecDeque::new(),
        };
        let shared = Arc::new(Shared {
            inner: Mutex::new(inner),
            orders: broadcast::channel(10_000).0,
            address: listener.local_addr().expect("its address"),
        });
        let app = Router::new()
            .route("/gateway/", get(gateway::open))
            .route("/resume/", get(gateway::open))
            .route("/cdn/{name}", get(rest::file))
            .route("/api/v10/{*path}", any(rest::called))
            .with_state(shared.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Discord { shared, server }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Bots are told that the gateway is at this address.
    pub fn known_as(&self, address: &str) {
        self.shared.lock().known_as = Some(address.to_owned());
    }

    /// The answer to the next request whose method and path begin so comes late; what it asks for is done at once.
    pub fn late(&self, what: &str, pause: Duration) {
        let mut inner = self.shared.lock();
        inner.late.push_back((what.to_owned(), pause));
    }

    /// Where its API is.
    pub fn url(&self) -> String {
        format!("http://{}/api/v10", self.shared.address)
    }

    /// Someone writes to the bot directly. The message's id.
    pub fn say(&self, user: u64, text: &str) -> String {
        self.message(self.direct(user, text))
    }

    /// A direct message.
    pub fn direct(&self, user: u64, text: &str) -> Value {
        json!({
            "channel_id": chat_of(user), "type": 0, "content": text, "timestamp": "2026-01-01T00:00:00+00:00",
            "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [],
            "attachments": [], "embeds": [], "pinned": false,
            "author": { "id": user.to_string(), "username": format!("user{user}"), "global_name": "Ada",
                "discriminator": "0", "avatar": null },
        })
    }

    /// A message on a server.
    pub fn on_server(&self, user: u64, text: &str) -> Value {
        let mut message = self.direct(user, text);
        message["guild_id"] = "500".into();
        message["channel_id"] = "501".into();
        message
    }

    /// The gateway tells of a message, which is given an id. That id.
    pub fn message(&self, mut message: Value) -> String {
        let id = {
            let mut inner = self.shared.lock();
            let id = inner.id();
            message["id"] = id.to_string().into();
            // Asked for, a message does not say whose server it is of.
            let mut written = message.clone();
            if let Some(fields) = written.as_object_mut() {
                fields.remove("guild_id");
            }
            inner.written.insert(id, written);
            id
        };
        self.dispatch("MESSAGE_CREATE", &message);
        id.to_string()
    }

    /// The gateway tells of something.
    pub fn dispatch(&self, kind: &str, data: &Value) {
        let mut inner = self.shared.lock();
        for (name, session) in &mut inner.sessions {
            let sequence = session.events.last().map_or(1, |(last, _)| last + 1);
            let frame = json!({ "op": 0, "s": sequence, "t": kind, "d": data }).to_string();
            session.events.push((sequence, frame.clone()));
            let _ = self.shared.orders.send(Order::Event(name.clone(), frame));
        }
    }

    /// The gateway sends a frame as it is.
    pub fn frame(&self, frame: &str) {
        let _ = self.shared.orders.send(Order::Frame(frame.to_owned()));
    }

    /// The gateway closes every connection with a code.
    pub fn close(&self, code: u16) {
        let _ = self.shared.orders.send(Order::Close(code));
    }

    /// Every connection ends without a word.
    pub fn cut(&self) {
        let _ = self.shared.orders.send(Order::Cut);
    }

    /// Forgets every session: none can be resumed.
    pub fn forget_sessions(&self) {
        self.shared.lock().sessions.clear();
    }

    /// Makes the token worthless, or good again.
    pub fn revoke(&self, is_revoked: bool) {
        self.shared.lock().is_revoked = is_revoked;
    }

    /// Answers no heartbeat, or answers again.
    pub fn deafen(&self, is_deaf: bool) {
        self.shared.lock().is_deaf = is_deaf;
    }

    /// Takes no connection and answers nothing but 503, or does again.
    pub fn down(&self, is_down: bool) {
        self.shared.lock().is_down = is_down;
        if is_down {
            self.cut();
        }
    }

    /// Whether the application is marked as one that is given the texts of messages, and whether that is true.
    pub fn content(&self, is_marked: bool, is_given: bool) {
        let mut inner = self.shared.lock();
        inner.flags = if is_marked { CONTENT } else { 0 };
        inner.refuses_content = !is_given;
    }

    /// How often it wants to hear that one is there, in milliseconds.
    pub fn heartbeat(&self, millis: u64) {
        self.shared.lock().heartbeat = millis;
    }

    /// What the next requests whose method and path begin so are answered, in order.
    pub fn next(
        &self,
        what: &str,
        answers: impl IntoIterator<Item = (u16, Vec<(&'static str, &'static str)>, Value)>,
    ) {
        let answers = answers.into_iter().collect();
        self.shared.lock().next.push((what.to_owned(), answers));
    }

    /// Shows that an interaction will be answered, as Discord does once its call was answered so.
    pub fn defer(&self, token: &str) {
        self.shared.lock().defer(token);
    }

    /// Every request whose method and path begin so.
    pub fn asked(&self, what: &str) -> Vec<Asked> {
        let inner = self.shared.lock();
        let fits = |asked: &&Asked| asked.what.starts_with(what);
        inner.asked.iter().filter(fits).cloned().collect()
    }

    /// What connections began with: op 2 or op 6, with what came along.
    pub fn greetings(&self) -> Vec<Value> {
        self.shared.lock().greetings.clone()
    }

    /// The heartbeats' sequences.
    pub fn heartbeats(&self) -> Vec<Value> {
        self.shared.lock().heartbeats.clone()
    }

    /// Connections to the gateway that are open.
    pub fn connections(&self) -> usize {
        self.shared.orders.receiver_count()
    }

    /// The messages that people see, in the order of their making.
    pub fn shown(&self) -> Vec<String> {
        let inner = self.shared.lock();
        let text = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
        inner.shown.values().map(text).collect()
    }

    /// Waits until people see so many messages, and returns their texts.
    pub async fn wait_for(&self, count: usize) -> Vec<String> {
        let what = format!("{count} messages of the bot, not {:?}", self.shown());
        wait_for(LONG, &what, async || {
            let shown = self.shown();
            (shown.len() >= count).then_some(shown)
        })
        .await
    }

    /// Waits until so many connections have greeted.
    pub async fn wait_for_greetings(&self, count: usize) -> Vec<Value> {
        wait_for(LONG, &format!("{count} greetings"), async || {
            let greetings = self.greetings();
            (greetings.len() >= count).then_some(greetings)
        })
        .await
    }
}

impl Drop for Discord {
    fn drop(&mut self) {
        self.cut();
        self.server.abort();
    }
}

/// The channel of someone's direct messages.
pub fn chat_of(user: u64) -> String {
    (700_000 + user).to_string()
}
