//! Scans: asks the platform after each code that someone is to scan, in a task of its own, on one host at a time. A host
//! that dies leaves it to another, which goes on with the same code.

use std::collections::HashMap;
use std::time::Duration;

use channels::{Looked, Scan as Scans, Secret};
use chrono::Utc;
use serde_json::Value;
use store::channels::Channel;
use store::ids::{ChannelId, ScanId};
use store::scans::{self, Account, Asking, Progress, Scan, ScanPhase};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::PAUSE;
use super::back_off::BackOff;
use super::held::Held;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::live::Topic;
use crate::service::wechat_login::{self, Move, TO_CONFIRM, handle_place};
use crate::service::{binding, channels as channel_service};

/// Codes of one statement.
const PAGE: u32 = 500;
/// How often it is looked whether someone has typed the digits.
const TYPING: Duration = Duration::from_millis(300);
const LATE: &str = "the QR code was not scanned and confirmed in time";

struct Running {
    id: ScanId,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Starts looking for codes; ends with the context's supervisor.
pub(super) fn start(cx: &Context) {
    let context = cx.clone();
    cx.tasks.spawn("scans", async move {
        let mut running = HashMap::new();
        while !context.tasks.is_stopping() {
            if let Err(error) = look(&context, &mut running).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "codes to be scanned could not be looked for");
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = context.tasks.stopping() => {}
            }
        }
    });
}

async fn look(
    cx: &Context,
    running: &mut HashMap<ChannelId, Running>,
) -> Result<(), store::StoreError> {
    let mut open = HashMap::new();
    let mut after = ChannelId::nil();
    loop {
        let page = scans::open(&cx.store, after, PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        after = page.last().map_or(after, |scan| scan.channel_id);
        open.extend(page.into_iter().map(|scan| (scan.channel_id, scan)));
        if is_last {
            break;
        }
    }
    running.retain(|channel, running| {
        if open.get(channel).is_none_or(|scan| scan.id != running.id) {
            running.stop.cancel();
        }
        !running.task.is_finished()
    });
    for (channel, scan) in open {
        running.entry(channel).or_insert_with(|| follow(cx, scan));
    }
    Ok(())
}

fn follow(cx: &Context, scan: Scan) -> Running {
    let stop = cx.tasks.token().child_token();
    let (context, stopped, id) = (cx.clone(), stop.clone(), scan.id);
    let task = cx.tasks.spawn("scan", async move {
        let held = match Held::named(&context, format!("scan/{}", scan.channel_id)).await {
            Ok(Some(held)) => held,
            // Another host has it, or the database is away: the next look tries again.
            Ok(None) => return,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a code could not be leased");
                return;
            }
        };
        let follower = Follower {
            cx: &context,
            held: &held,
            scan,
        };
        tokio::select! {
            () = follower.follow() => {}
            () = held.lost(&context) => {}
            () = stopped.cancelled() => {}
        }
        held.give_back(&context).await;
    });
    Running { id, stop, task }
}

struct Follower<'a> {
    cx: &'a Context,
    held: &'a Held,
    scan: Scan,
}

impl Follower<'_> {
    /// Asks until the code is over, or is not the channel's any more.
    async fn follow(mut self) {
        let mut back_off = BackOff::default();
        loop {
            let (went, pause) = match self.step().await {
                Ok(true) => (true, PAUSE),
                Ok(false) => return,
                Err(error) => {
                    error.report("scans");
                    tracing::debug!(channel = %self.scan.channel_id, %error, "a code could not be asked after");
                    (false, back_off.failed(None).min(5 * PAUSE))
                }
            };
            if went {
                back_off.reset();
            }
            let pause = if self.waits_for_digits() {
                TYPING
            } else {
                pause
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// One question and what comes of it. Whether there is another one to ask.
    async fn step(&mut self) -> Result<bool> {
        let (owner, id) = (self.scan.organization_id, self.scan.channel_id);
        let scan = scans::find(&self.cx.store, owner, id).await?;
        let is_open = |scan: &Scan| {
            scan.id == self.scan.id
                && matches!(scan.phase, ScanPhase::AwaitingScan | ScanPhase::Scanning)
        };
        let Some(scan) = scan.filter(is_open) else {
            return Ok(false);
        };
        self.scan = scan;
        let left = (self.scan.expires_at - Utc::now()).to_std();
        let Ok(left) = left else {
            return self.end(LATE).await;
        };
        if self.waits_for_digits() {
            return Ok(true);
        }
        let channel = store::channels::find(&self.cx.store, owner, id).await?;
        let Some(channel) = channel else {
            return Ok(false);
        };
        let kind = channel.kind.parse().ok();
        let driver = kind.and_then(|kind| self.cx.drivers.get(kind)?.scan());
        let Some(driver) = driver else {
            return self
                .end("this version cannot connect such an account")
                .await;
        };
        match tokio::time::timeout(left, self.ask(driver)).await {
            Err(_) => self.end(LATE).await,
            Ok(looked) => self.act(&channel, looked?).await,
        }
    }

    fn waits_for_digits(&self) -> bool {
        self.scan.needs_digits && self.scan.digits.is_none()
    }

    async fn ask(&self, driver: &dyn Scans) -> Result<Looked> {
        let sealed = self.scan.handle.as_deref().unwrap_or_default();
        let place = handle_place(&self.scan.channel_id);
        let handle = self
            .cx
            .vault
            .open(sealed, &place)
            .map_err(Error::internal)?;
        let handle = String::from_utf8(handle.into_inner()).map_err(Error::internal)?;
        let digits = self.scan.digits.as_deref();
        let handle = Secret::new(handle);
        let looked = driver.look(&self.cx.outgoing, &handle, digits);
        looked.await.map_err(|error| Error::Unavailable {
            what: "WeChat",
            source: Box::new(error),
        })
    }

    async fn act(&self, channel: &Channel, looked: Looked) -> Result<bool> {
        let (needed, typed) = (self.scan.needs_digits, self.scan.digits.is_some());
        match wechat_login::after(self.scan.phase, needed, typed, looked) {
            Move::Stay => Ok(true),
            Move::On {
                phase,
                handle,
                needs_digits,
                reason,
            } => {
                let id = self.scan.channel_id;
                let handle = handle.map(|handle| wechat_login::seal(self.cx, id, &handle));
                let progress = Progress {
                    phase,
                    handle: handle.transpose()?,
                    needs_digits,
                    reason: Some(reason.map(str::to_owned)),
                    expires_at: Some(self.scan.started_at + TO_CONFIRM),
                };
                let goes_on = scans::advance(&self.cx.store, &self.asking(), progress).await?;
                self.cx.live.changed(Topic::Channels(channel.project_id));
                Ok(goes_on)
            }
            Move::End(why) => self.end(why).await,
            Move::Keep if channel.credential.is_some() => {
                let name = channel.configuration.get("bot_id").and_then(Value::as_str);
                let account = Account {
                    name: name.unwrap_or_default().to_owned(),
                    settings: None,
                };
                self.bind(account).await
            }
            Move::Keep => {
                self.end("this account is connected elsewhere already; disconnect it there first")
                    .await
            }
            Move::Bind(scanned) => {
                let account = channel_service::scanned(self.cx, channel, &scanned).await;
                match account {
                    Ok(account) => self.bind(account).await,
                    Err(error @ Error::Invalid { .. }) => {
                        tracing::warn!(channel = %channel.id, %error, "an account cannot be used");
                        self.end("WeChat gave a login that cannot be used; scan a fresh QR code")
                            .await
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }

    async fn bind(&self, account: Account) -> Result<bool> {
        match scans::bind(&self.cx.store, &self.asking(), account).await {
            Ok(Some(project)) => {
                let channel = binding::public_id(self.scan.channel_id);
                tracing::info!(channel, "an account is connected");
                self.cx.live.changed(Topic::Channels(project));
                // What has waited for it goes out.
                self.cx.live.changed(Topic::Outbox);
                Ok(false)
            }
            Ok(None) => Ok(false),
            Err(error) if error.is_conflict_of("channels_bot_key") => {
                self.end("this account is connected to another channel; disconnect that one first")
                    .await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn end(&self, why: &str) -> Result<bool> {
        if let Some(project) = scans::end(&self.cx.store, &self.asking(), why).await? {
            self.cx.live.changed(Topic::Channels(project));
        }
        let channel = binding::public_id(self.scan.channel_id);
        tracing::info!(channel, why, "a code is over");
        Ok(false)
    }

    fn asking(&self) -> Asking<'_> {
        let (name, fence) = self.held.lease();
        Asking {
            organization_id: self.scan.organization_id,
            channel_id: self.scan.channel_id,
            id: self.scan.id,
            lease: (name, self.cx.host_id, fence),
        }
    }
}
