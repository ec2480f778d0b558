//! Consumers: what listens to a platform for as long as a channel lives, because the platform does not call. Each channel is
//! consumed by one host at a time, under a lease; when that host dies or gives up, another goes on where it left off.
//!
//! A kind of consumer is one file and one line in [`ALL`]. It is given a channel that this host holds, and ends when it is
//! told to, or when there is nothing more to do until someone changes the channel.

mod back_off;
mod held;
mod polling;
mod scans;
mod steps;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use channels::Kind;
use store::channels::Channel;
use store::ids::ChannelId;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::held::Held;
use crate::context::Context;

/// How often the table is looked at: channels that were made, changed or given up are found by then.
const PAUSE: Duration = Duration::from_secs(1);
/// Channels of one statement.
const PAGE: u32 = 500;

/// Listens to the channels of some kinds.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// The kinds of channel that it may listen to.
    fn kinds(&self) -> &'static [Kind];

    /// Whether it listens to this one, as it is configured.
    fn wants(&self, cx: &Context, channel: &Channel) -> bool;

    /// Listens until there is nothing more to do for the channel as it is. It may be dropped at any moment.
    async fn run(&self, cx: &Context, held: &Held, channel: &Channel);

    /// What is left to be said to the platform once it is not listened to any more.
    async fn left(&self, _cx: &Context, _channel: &Channel) {}
}

/// Every consumer, a line each.
const ALL: [&dyn Consumer; 1] = [&polling::Polling];

/// Starts looking for channels to consume, and for codes that someone is to scan; ends with the context's supervisor.
pub fn start(cx: &Context) {
    scans::start(cx);
    let context = cx.clone();
    cx.tasks.spawn("consumers", async move {
        let mut running = HashMap::new();
        while !context.tasks.is_stopping() {
            if let Err(error) = look(&context, &mut running).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "channels to listen to could not be looked for");
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = context.tasks.stopping() => {}
            }
        }
    });
}

/// A channel that this host listens to, or tries to.
struct Running {
    /// What would make a difference to the consumer if it changed.
    made_of: MadeOf,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// What of a channel is told to its consumer once.
#[derive(PartialEq)]
struct MadeOf {
    configuration: serde_json::Value,
    credential: Option<Vec<u8>>,
}

async fn look(
    cx: &Context,
    running: &mut HashMap<ChannelId, Running>,
) -> Result<(), store::StoreError> {
    let kinds: Vec<&str> = ALL
        .iter()
        .flat_map(|consumer| consumer.kinds().iter().map(|kind| kind.as_str()))
        .collect();
    let mut wanted = HashMap::new();
    let mut after = ChannelId::nil();
    loop {
        let page = store::reading::readable(&cx.store, &kinds, after, PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        after = page.last().map_or(after, |channel| channel.id);
        for channel in page {
            if let Some(consumer) = consumer_of(cx, &channel) {
                wanted.insert(channel.id, (consumer, channel));
            }
        }
        if is_last {
            break;
        }
    }
    running.retain(|id, running| {
        let stays = wanted
            .get(id)
            .is_some_and(|(_, channel)| running.made_of == made_of(channel));
        if !stays {
            running.stop.cancel();
        }
        // One that is still ending is waited for, so that its lease is free.
        !running.task.is_finished()
    });
    for (id, (consumer, channel)) in wanted {
        running
            .entry(id)
            .or_insert_with(|| listen(cx, consumer, channel));
    }
    Ok(())
}

fn consumer_of(cx: &Context, channel: &Channel) -> Option<&'static dyn Consumer> {
    let kind: Kind = channel.kind.parse().ok()?;
    let mut fitting = ALL
        .into_iter()
        .filter(|consumer| consumer.kinds().contains(&kind));
    fitting.find(|consumer| consumer.wants(cx, channel))
}

fn made_of(channel: &Channel) -> MadeOf {
    MadeOf {
        configuration: channel.configuration.clone(),
        credential: channel.credential.clone(),
    }
}

fn listen(cx: &Context, consumer: &'static dyn Consumer, channel: Channel) -> Running {
    let stop = cx.tasks.token().child_token();
    let (context, stopped) = (cx.clone(), stop.clone());
    let made_of = made_of(&channel);
    let task = cx.tasks.spawn("consumer", async move {
        let held = match Held::take(&context, channel.id).await {
            Ok(Some(held)) => held,
            // Another host has it, or the database is away: the next look tries again.
            Ok(None) => return,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a channel could not be leased");
                return;
            }
        };
        let is_held = tokio::select! {
            () = consumer.run(&context, &held, &channel) => true,
            () = held.lost(&context) => {
                tracing::warn!(channel = %channel.id, "the lease of a channel is lost");
                false
            }
            () = stopped.cancelled() => true,
        };
        // Where another host has it, it is listened to.
        if is_held {
            consumer.left(&context, &channel).await;
        }
        held.give_back(&context).await;
        tracing::info!(channel = %channel.id, "a channel is let go");
    });
    Running {
        made_of,
        stop,
        task,
    }
}
