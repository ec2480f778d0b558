//! One connection: frames come in and go out, beats are kept, and what is heard is stored while the next is heard already.

use std::pin::Pin;
use std::time::Duration;

use channels::{Cursor, Ending, Said, Talk, Update};
use chrono::{DateTime, Utc};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{Listener, Over};
use crate::outgoing::Socket;

/// How long the other side may take to greet.
const GREETING: Duration = Duration::from_secs(30);
/// How long it may take to read a frame.
const SEND: Duration = Duration::from_secs(10);
/// Updates that may wait to be stored; while there are more, nothing is read.
const WAITING: usize = 500;
/// What says that we come back: the session stays.
const COMING_BACK: u16 = 4_000;

/// See the module.
pub(super) struct Connection {
    socket: Socket,
    talk: Box<dyn Talk>,
    /// What the owner should know though it works.
    note: Option<String>,
    /// What is to be asked for before what waits is stored: since when, and where listening stands until then.
    missed: Option<(DateTime<Utc>, String)>,
    waiting: Vec<Update>,
    reached: Option<Cursor>,
    /// When the next beat is due, and how long between two.
    beat: (Instant, Duration),
    is_greeted: bool,
    /// What happened that the listener is to know.
    works: bool,
    ending: Option<Ending>,
}

type Storing<'a> = Pin<Box<dyn Future<Output = Result<Option<Cursor>, Over>> + Send + 'a>>;

impl Connection {
    pub(super) fn new(socket: Socket, talk: Box<dyn Talk>, note: Option<String>) -> Self {
        Self {
            socket,
            talk,
            note,
            missed: None,
            waiting: Vec::new(),
            reached: None,
            beat: (Instant::now() + GREETING, GREETING),
            is_greeted: false,
            works: false,
            ending: None,
        }
    }

    /// Talks until the connection is of no more use. Where listening stands then, and what comes next.
    pub(super) async fn run(
        mut self,
        listener: &mut Listener<'_>,
    ) -> Result<(Option<Cursor>, Ending), Over> {
        loop {
            let ending = self.talk(listener).await?;
            if std::mem::take(&mut self.works) {
                let note = self.note.clone();
                listener.works(note.as_deref()).await;
            }
            if let Some(ending) = ending {
                return Ok((self.reached, ending));
            }
        }
    }

    /// Talks until there is something for the listener to do.
    async fn talk(&mut self, listener: &Listener<'_>) -> Result<Option<Ending>, Over> {
        let mut storing: Option<Storing<'_>> = None;
        loop {
            if storing.is_none() {
                if let Some((since, cursor)) = self.missed.take() {
                    storing = Some(Box::pin(listener.catch_up(since, cursor)));
                } else if !self.waiting.is_empty() {
                    let waiting = std::mem::take(&mut self.waiting);
                    storing = Some(Box::pin(listener.store(waiting)));
                }
            }
            let is_idle = storing.is_none();
            if is_idle && (self.ending.is_some() || self.works) {
                return Ok(self.ending.take());
            }
            let listens = self.ending.is_none();
            tokio::select! {
                stored = stored(&mut storing), if !is_idle => {
                    storing = None;
                    self.reached = stored?.or(self.reached.take());
                }
                frame = self.socket.next(), if listens && self.waiting.len() < WAITING => {
                    self.hear(frame).await;
                }
                () = sleep_until(self.beat.0), if listens => self.beat().await,
            }
        }
    }

    async fn hear(
        &mut self,
        frame: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) {
        match frame {
            Some(Ok(Message::Text(text))) => {
                let said = self.talk.hear(&text);
                self.act(said).await;
            }
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map(|frame| u16::from(frame.code));
                self.ending = Some(self.talk.closed(code));
            }
            Some(Err(_)) | None => self.ending = Some(self.talk.closed(None)),
            Some(Ok(_)) => {}
        }
    }

    async fn beat(&mut self) {
        if !self.is_greeted {
            self.ending = Some(Ending::again("the platform does not greet"));
            return;
        }
        self.beat.0 = Instant::now() + self.beat.1;
        let said = self.talk.beat();
        self.act(said).await;
    }

    async fn act(&mut self, said: Vec<Said>) {
        for said in said {
            match said {
                Said::Send(text) => {
                    let sent = timeout(SEND, self.socket.send(Message::Text(text.into()))).await;
                    if !matches!(sent, Ok(Ok(()))) && self.ending.is_none() {
                        // What was said before it broke is still to be read: a close frame may say why.
                        self.ending = Some(self.last_words().await);
                    }
                }
                Said::Beat { first, every } => {
                    self.is_greeted = true;
                    self.beat = (Instant::now() + first, every);
                }
                Said::Update(update) => self.waiting.push(*update),
                Said::Missed { since, cursor } => self.missed = Some((since, cursor)),
                Said::Works => self.works = true,
                Said::Ends(ending) => {
                    let goodbye = CloseFrame {
                        code: CloseCode::from(COMING_BACK),
                        reason: "".into(),
                    };
                    let _ = timeout(SEND, self.socket.close(Some(goodbye))).await;
                    self.ending = Some(ending);
                }
            }
        }
    }

    async fn last_words(&mut self) -> Ending {
        let said = timeout(SEND, self.socket.next()).await;
        let code = match said {
            Ok(Some(Ok(Message::Close(Some(frame))))) => Some(u16::from(frame.code)),
            _ => None,
        };
        self.talk.closed(code)
    }
}

/// What came of storing, where something is stored.
async fn stored(storing: &mut Option<Storing<'_>>) -> Result<Option<Cursor>, Over> {
    match storing {
        Some(storing) => storing.as_mut().await,
        None => std::future::pending().await,
    }
}
