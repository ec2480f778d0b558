//! A line between hosts over a NATS server, where the operator has one. Everyone on the server may listen, so that subjects carry
//! the installation's id, and notices say no more than they say in Postgres. The client connects by itself, again and again;
//! whatever may have been missed until then is asked for by a greeting, see [`super::relay`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, Subscriber};
use store::ids::InstallationId;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::config::{NatsProof, NatsUrl};

/// How often it is asked whether the server is still there: twice without an answer is a lost connection.
const PING: Duration = Duration::from_secs(10);
/// How long a notice may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Notices that wait to be sent; more are lost, which the next greeting makes good.
const WAITING: usize = 256;
/// Notices that wait to be read.
const UNREAD: usize = 4_096;

/// A line. Cheap to clone.
#[derive(Clone)]
pub struct Nats {
    client: Client,
    subject: String,
    greetings: watch::Receiver<u64>,
}

/// Why nothing goes over it.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// No client can be made.
    #[error("the NATS client cannot be made")]
    Client(#[from] async_nats::ConnectError),
    /// Nothing can be listened to.
    #[error("NATS cannot be listened to")]
    Listen(#[from] async_nats::SubscribeError),
    /// Nothing can be said.
    #[error("NATS does not take what is said")]
    Say(#[from] async_nats::PublishError),
    /// It is not taken in time.
    #[error("NATS does not take what is said in time")]
    Slow,
    /// The client has ended.
    #[error("the NATS client has ended")]
    Over,
}

impl Nats {
    /// A line of this installation, whether the server is there or not.
    pub async fn open(url: &NatsUrl, installation: InstallationId) -> Result<Nats, NatsError> {
        let (due, greetings) = watch::channel(0);
        let state = Arc::new(State {
            servers: url.hosts(),
            is_out: AtomicBool::new(false),
            due,
        });
        let options = match url.proof.clone() {
            Some(NatsProof::Password(user, password)) => {
                ConnectOptions::with_user_and_password(user, password)
            }
            Some(NatsProof::Token(token)) => ConnectOptions::with_token(token),
            None => ConnectOptions::new(),
        };
        let client = options
            .name("cloister")
            .retry_on_initial_connect()
            .ping_interval(PING)
            .client_capacity(WAITING)
            .subscription_capacity(UNREAD)
            .event_callback(move |event| {
                state.hear(&event);
                std::future::ready(())
            })
            .connect(url.servers.clone())
            .await?;
        Ok(Nats {
            client,
            subject: format!("cloister.{}.live", installation.uuid().simple()),
            greetings,
        })
    }

    /// What hosts say from now on, this one too.
    pub(super) async fn listen(&self) -> Result<Subscriber, NatsError> {
        Ok(self.client.subscribe(self.subject.clone()).await?)
    }

    /// Changes whenever a greeting is due, and is changed to begin with.
    pub(super) fn greetings(&self) -> watch::Receiver<u64> {
        let mut greetings = self.greetings.clone();
        greetings.mark_changed();
        greetings
    }

    /// Says something to every host, this one too. Without a connection it is left out: the greeting that follows says more.
    pub(super) async fn say(&self, notices: Vec<String>) -> Result<(), NatsError> {
        if self.client.connection_state() != async_nats::connection::State::Connected {
            return Ok(());
        }
        self.greet(notices).await
    }

    /// Says something at once, or once there is a connection.
    pub(super) async fn greet(&self, notices: Vec<String>) -> Result<(), NatsError> {
        for notice in notices {
            let said = self.client.publish(self.subject.clone(), notice.into());
            timeout(PATIENCE, said)
                .await
                .map_err(|_| NatsError::Slow)??;
        }
        Ok(())
    }
}

/// What is known of the connection.
struct State {
    servers: String,
    /// Whether it was told that there is none.
    is_out: AtomicBool,
    due: watch::Sender<u64>,
}

impl State {
    fn hear(&self, event: &Event) {
        match event {
            Event::Connected => {
                if self.is_out.swap(false, Ordering::Relaxed) {
                    tracing::info!(servers = self.servers, "NATS is there again");
                }
                self.due.send_modify(|count| *count += 1);
            }
            // This host was too slow for what others say.
            Event::SlowConsumer(_) => self.due.send_modify(|count| *count += 1),
            Event::Disconnected | Event::ServerError(_) | Event::ClientError(_) => {
                if !self.is_out.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        servers = self.servers,
                        cause = %event,
                        "NATS cannot be used at the moment; until it can, what happens on other hosts is seen late"
                    );
                }
            }
            Event::LameDuckMode | Event::Draining | Event::Closed => {}
        }
    }
}
