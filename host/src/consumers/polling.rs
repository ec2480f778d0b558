//! Polling: asks a platform again and again what was said, and stores it together with how far reading has come.

use std::time::Duration;

use async_trait::async_trait;
use channels::{BoundChannel, Cursor, Driver, Kind, PollError, Polled};
use chrono::Utc;
use store::channels::{Channel, ChannelStatus};
use tokio::time::Instant;

use super::Consumer;
use super::back_off::BackOff;
use super::held::Held;
use super::steps::{self, Lost};
use crate::context::Context;
use crate::error::Error;
use crate::fault;
use crate::service::binding;

/// Platforms that answer at once though there is nothing are not asked more often.
const PAUSE: Duration = Duration::from_millis(500);
/// Failures in a row after which the channel's owner should know.
const TELLING: u32 = 4;

/// Polls channels whose driver does.
pub(super) struct Polling;

#[async_trait]
impl Consumer for Polling {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Telegram, Kind::Wechat]
    }

    fn wants(&self, cx: &Context, channel: &Channel) -> bool {
        driver_of(cx, channel).is_some_and(|driver| driver.is_polled(&channel.configuration))
    }

    async fn run(&self, cx: &Context, held: &Held, channel: &Channel) {
        let Some(driver) = driver_of(cx, channel) else {
            return;
        };
        let bound = match binding::open(cx, channel) {
            Ok(bound) => bound,
            Err(error) => {
                error.report("polling");
                out_of_order(
                    cx,
                    channel,
                    // No one reads it until it is set again.
                    ChannelStatus::Expired,
                    "its credential cannot be opened; set it again",
                )
                .await;
                return;
            }
        };
        let mut poller = Poller {
            cx,
            held,
            channel,
            driver,
            bound,
            back_off: BackOff::default(),
            works: channel.status == ChannelStatus::Active,
        };
        tracing::info!(
            channel = poller.bound.id,
            kind = channel.kind,
            "reading a channel"
        );
        driver.attend(&cx.outgoing, &poller.bound, true).await;
        let Err(Over(why)) = poller.read().await;
        tracing::info!(
            channel = poller.bound.id,
            why,
            "there is nothing more to read"
        );
    }

    async fn left(&self, cx: &Context, channel: &Channel) {
        if let (Some(driver), Ok(bound)) = (driver_of(cx, channel), binding::open(cx, channel)) {
            driver.attend(&cx.outgoing, &bound, false).await;
        }
    }
}

fn driver_of<'a>(cx: &'a Context, channel: &Channel) -> Option<&'a dyn Driver> {
    cx.drivers.get(channel.kind.parse().ok()?)
}

/// There is nothing more to do for the channel as it is.
struct Over(&'static str);

struct Poller<'a> {
    cx: &'a Context,
    held: &'a Held,
    channel: &'a Channel,
    driver: &'a dyn Driver,
    bound: BoundChannel,
    back_off: BackOff,
    /// Whether the channel is marked as one that works.
    works: bool,
}

impl Poller<'_> {
    async fn read(&mut self) -> Result<std::convert::Infallible, Over> {
        let mut cursor = self.cursor().await;
        loop {
            let asked = Instant::now();
            let polled = self
                .driver
                .poll(&self.cx.outgoing, &self.bound, cursor.as_ref())
                .await;
            match polled {
                Ok(polled) => {
                    self.back_off.reset();
                    self.recovered().await;
                    if polled.updates.is_empty() {
                        tokio::time::sleep_until(asked + PAUSE).await;
                        continue;
                    }
                    fault::point("poll.read");
                    cursor = self.store(polled).await?.or(cursor);
                    fault::point("poll.stored");
                }
                Err(error) => self.failed(error).await?,
            }
        }
    }

    /// Where reading left off; asked for until the database tells.
    async fn cursor(&mut self) -> Option<Cursor> {
        let (owner, channel) = (self.channel.organization_id, self.channel.id);
        loop {
            match store::reading::cursor(&self.cx.store, owner, channel).await {
                Ok(cursor) => {
                    self.back_off.reset();
                    return cursor.map(|(text, moved_at)| Cursor { text, moved_at });
                }
                Err(error) => self.database_failed(&error.into()).await,
            }
        }
    }

    /// Stores what a poll brought. Where reading goes on.
    async fn store(&mut self, polled: Polled) -> Result<Option<Cursor>, Over> {
        let mut reached = None;
        let mut rest = polled.updates.as_slice();
        while !rest.is_empty() {
            match steps::take(self.cx, self.held, self.channel, rest).await {
                Ok(taken) => {
                    reached = rest.get(taken.wrapping_sub(1)).map(|update| Cursor {
                        text: update.cursor.clone(),
                        moved_at: Utc::now(),
                    });
                    rest = rest.get(taken..).unwrap_or_default();
                    self.back_off.reset();
                }
                Err(Lost::Lease) => {
                    return Err(Over(
                        "another host has taken it over, or it was switched off",
                    ));
                }
                Err(Lost::Channel) => return Err(Over("it was deleted")),
                // Nothing was stored and nothing confirmed: the same again.
                Err(Lost::Database(error)) => self.database_failed(&error).await,
            }
        }
        steps::acknowledge(self.cx, self.driver, &self.bound, &polled.updates).await;
        Ok(reached)
    }

    async fn failed(&mut self, error: PollError) -> Result<(), Over> {
        match error {
            PollError::Unsupported => Err(Over("its driver does not poll")),
            PollError::Expired { what } => {
                let advice = match self.driver.scan() {
                    Some(_) => "scan a fresh QR code",
                    None => "give the channel a credential that works",
                };
                let why = format!("{what}; {advice}");
                out_of_order(self.cx, self.channel, ChannelStatus::Expired, &why).await;
                Err(Over("the platform refuses its credential"))
            }
            PollError::Taken { what } => {
                match self.is_current().await {
                    Ok(true) => {}
                    Ok(false) => return Err(Over("its owner has changed it")),
                    Err(error) => {
                        self.database_failed(&error).await;
                        return Ok(());
                    }
                }
                // What is ours to clear away: a webhook that was set before.
                let cleared = self
                    .driver
                    .listen(&self.cx.outgoing, &self.bound, None)
                    .await;
                if cleared.is_err() || self.back_off.failures() > 0 {
                    self.fails(&format!("something else reads this channel: {what}"))
                        .await;
                }
                tokio::time::sleep(self.back_off.failed(None)).await;
                Ok(())
            }
            PollError::Later { after, what } => {
                if self.back_off.failures() >= TELLING {
                    self.fails(&what).await;
                }
                tracing::debug!(channel = self.bound.id, what, "a poll failed");
                tokio::time::sleep(self.back_off.failed(after)).await;
                Ok(())
            }
        }
    }

    /// Whether the channel is still polled as this poller does. Where its owner has just had the platform call, the poll
    /// ends with a conflict too, and the webhook that was set is not there to be cleared away.
    async fn is_current(&self) -> Result<bool, Error> {
        let (owner, channel) = (self.channel.organization_id, self.channel.id);
        let now = store::channels::find(&self.cx.store, owner, channel).await?;
        Ok(now.is_some_and(|now| {
            now.status != ChannelStatus::Disabled
                && now.configuration == self.channel.configuration
                && now.credential == self.channel.credential
        }))
    }

    async fn database_failed(&mut self, error: &Error) {
        error.report("polling");
        tokio::time::sleep(self.back_off.failed(None)).await;
    }

    async fn fails(&mut self, why: &str) {
        self.works = false;
        out_of_order(self.cx, self.channel, ChannelStatus::Error, why).await;
    }

    async fn recovered(&mut self) {
        if self.works {
            return;
        }
        let (owner, channel) = (self.channel.organization_id, self.channel.id);
        match binding::recovered(self.cx, owner, channel).await {
            Ok(()) => self.works = true,
            Err(error) => error.report("polling"),
        }
    }
}

async fn out_of_order(cx: &Context, channel: &Channel, status: ChannelStatus, why: &str) {
    let written = binding::out_of_order(cx, channel.organization_id, channel.id, status, why).await;
    if let Err(error) = written {
        error.report("polling");
    }
}
