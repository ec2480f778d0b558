//! Streaming: holds a connection on which a platform tells what is said, and stores it together with how far listening has
//! come. The driver's talk knows the frames; here are the socket, the clock and the database.

mod catching_up;
mod connection;

use std::time::Duration;

use async_trait::async_trait;
use channels::{BoundChannel, Cursor, Driver, Ending, Kind, PollError, Update};
use chrono::Utc;
use store::channels::{Channel, ChannelStatus};

use self::connection::Connection;
use super::Consumer;
use super::back_off::BackOff;
use super::held::Held;
use super::steps::{self, Lost};
use crate::context::Context;
use crate::error::Error;
use crate::fault;
use crate::service::binding;

/// Failures in a row after which the channel's owner should know.
const TELLING: u32 = 4;
/// How often it is tried again where only the owner can help, at the platform.
const STUCK: Duration = Duration::from_secs(600);
/// A wait that its owner should know of.
const LONG: Duration = Duration::from_secs(30);

/// Listens to channels whose driver holds a connection.
pub(super) struct Streaming;

#[async_trait]
impl Consumer for Streaming {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Discord]
    }

    fn wants(&self, cx: &Context, channel: &Channel) -> bool {
        driver_of(cx, channel).is_some_and(|driver| driver.is_streamed(&channel.configuration))
    }

    async fn run(&self, cx: &Context, held: &Held, channel: &Channel) {
        let Some(driver) = driver_of(cx, channel) else {
            return;
        };
        let bound = match binding::open(cx, channel) {
            Ok(bound) => bound,
            Err(error) => {
                error.report("streaming");
                let why = "its credential cannot be opened; set it again";
                out_of_order(cx, channel, ChannelStatus::Expired, why).await;
                return;
            }
        };
        let mut listener = Listener {
            cx,
            held,
            channel,
            driver,
            bound,
            back_off: BackOff::default(),
            told: None,
        };
        tracing::info!(
            channel = listener.bound.id,
            kind = channel.kind,
            "listening to a channel"
        );
        let Err(Over(why)) = listener.listen().await;
        tracing::info!(
            channel = listener.bound.id,
            why,
            "there is nothing more to hear"
        );
    }
}

fn driver_of<'a>(cx: &'a Context, channel: &Channel) -> Option<&'a dyn Driver> {
    cx.drivers.get(channel.kind.parse().ok()?)
}

/// There is nothing more to do for the channel as it is.
struct Over(&'static str);

struct Listener<'a> {
    cx: &'a Context,
    held: &'a Held,
    channel: &'a Channel,
    driver: &'a dyn Driver,
    bound: BoundChannel,
    back_off: BackOff,
    /// What its owner was told last where the channel works: nothing, or what it lacks all the same.
    told: Option<Option<String>>,
}

impl Listener<'_> {
    async fn listen(&mut self) -> Result<std::convert::Infallible, Over> {
        let mut cursor = self.cursor().await;
        loop {
            let dialed = self
                .driver
                .dial(&self.cx.outgoing, &self.bound, cursor.as_ref())
                .await;
            let dial = match dialed {
                Ok(dial) => dial,
                Err(error) => {
                    self.undialed(error).await?;
                    continue;
                }
            };
            if dial.wait >= LONG {
                let seconds = dial.wait.as_secs();
                self.fails(&format!(
                    "the platform lets this bot connect again in {seconds} s: it has connected too often today"
                ))
                .await;
            }
            tokio::time::sleep(dial.wait).await;
            let socket = match self.cx.outgoing.socket(&dial.url).await {
                Ok(socket) => socket,
                Err(error) => {
                    self.failed(&error.to_string(), None).await;
                    continue;
                }
            };
            let connection = Connection::new(socket, dial.talk, dial.note);
            let (reached, ending) = connection.run(self).await?;
            cursor = reached.or(cursor);
            self.ended(&mut cursor, ending).await?;
        }
    }

    /// What becomes of the channel after a connection.
    async fn ended(&mut self, cursor: &mut Option<Cursor>, ending: Ending) -> Result<(), Over> {
        match ending {
            Ending::Again {
                why,
                cursor: other,
                after,
            } => {
                if let Some(text) = other {
                    let moved_at = Utc::now();
                    *cursor = Some(Cursor { text, moved_at });
                }
                tracing::info!(channel = self.bound.id, why, "a connection has ended");
                self.failed(&why, Some(after)).await;
                Ok(())
            }
            Ending::Expired { what } => {
                out_of_order(self.cx, self.channel, ChannelStatus::Expired, &what).await;
                Err(Over("the platform refuses its credential"))
            }
            Ending::Stuck { what } => {
                self.fails(&what).await;
                tokio::time::sleep(self.back_off.failed(Some(STUCK))).await;
                Ok(())
            }
        }
    }

    async fn undialed(&mut self, error: PollError) -> Result<(), Over> {
        match error {
            PollError::Unsupported => Err(Over("its driver holds no connection")),
            PollError::Expired { what } => {
                let why = format!("{what}; give the channel a credential that works");
                out_of_order(self.cx, self.channel, ChannelStatus::Expired, &why).await;
                Err(Over("the platform refuses its credential"))
            }
            PollError::Taken { what } => {
                self.failed(&what, None).await;
                Ok(())
            }
            PollError::Later { after, what } => {
                self.failed(&what, after).await;
                Ok(())
            }
        }
    }

    /// Where listening left off; asked for until the database tells.
    async fn cursor(&mut self) -> Option<Cursor> {
        let (owner, channel) = (self.channel.organization_id, self.channel.id);
        loop {
            match store::reading::cursor(&self.cx.store, owner, channel).await {
                Ok(cursor) => {
                    self.back_off.reset();
                    return cursor.map(|(text, moved_at)| Cursor { text, moved_at });
                }
                Err(error) => {
                    Error::from(error).report("streaming");
                    tokio::time::sleep(self.back_off.failed(None)).await;
                }
            }
        }
    }

    /// Stores what was heard. Where listening goes on.
    async fn store(&self, updates: Vec<Update>) -> Result<Option<Cursor>, Over> {
        // The platform waits for these some seconds, and what is stored may be answered at once.
        steps::acknowledge(self.cx, self.driver, &self.bound, &updates).await;
        fault::point("stream.heard");
        let mut back_off = BackOff::default();
        let mut reached = None;
        let mut rest = updates.as_slice();
        while !rest.is_empty() {
            match steps::take(self.cx, self.held, self.channel, rest).await {
                Ok(taken) => {
                    reached = rest.get(taken.wrapping_sub(1)).map(|update| Cursor {
                        text: update.cursor.clone(),
                        moved_at: Utc::now(),
                    });
                    rest = rest.get(taken..).unwrap_or_default();
                    back_off.reset();
                }
                Err(Lost::Lease) => {
                    return Err(Over(
                        "another host has taken it over, or it was switched off",
                    ));
                }
                Err(Lost::Channel) => return Err(Over("it was deleted")),
                // Nothing was stored: the same again.
                Err(Lost::Database(error)) => {
                    error.report("streaming");
                    tokio::time::sleep(back_off.failed(None)).await;
                }
            }
        }
        fault::point("stream.stored");
        Ok(reached)
    }

    /// Waits after a failure, longer each time; its owner hears of it when it goes on.
    async fn failed(&mut self, why: &str, asked: Option<Duration>) {
        if self.back_off.failures() >= TELLING {
            self.fails(why).await;
        }
        tracing::debug!(channel = self.bound.id, why, "a connection failed");
        tokio::time::sleep(self.back_off.failed(asked)).await;
    }

    async fn fails(&mut self, why: &str) {
        self.told = None;
        out_of_order(self.cx, self.channel, ChannelStatus::Error, why).await;
    }

    /// The platform has accepted us.
    async fn works(&mut self, note: Option<&str>) {
        self.back_off.reset();
        let note = note.map(str::to_owned);
        if self.told.as_ref() == Some(&note) {
            return;
        }
        let (owner, channel) = (self.channel.organization_id, self.channel.id);
        match binding::works(self.cx, owner, channel, note.as_deref()).await {
            Ok(()) => self.told = Some(note),
            Err(error) => error.report("streaming"),
        }
    }
}

async fn out_of_order(cx: &Context, channel: &Channel, status: ChannelStatus, why: &str) {
    let written = binding::out_of_order(cx, channel.organization_id, channel.id, status, why).await;
    if let Err(error) = written {
        error.report("streaming");
    }
}
