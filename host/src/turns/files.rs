//! Files that came with a message are brought to where the agent can reach them, before it runs. For one that was granted
//! files of its own they are kept among those, once, and the message names the path from then on: all of them where its module
//! asks for files, else those at addresses of anyone's, which would be nowhere by tomorrow, for its owner. A module that does not
//! ask for files gets the bytes: of what is still at its platform, and of what was kept. A file that cannot be had keeps its
//! name, with the reason beside it: the agent sees that there was one. A message without files costs nothing here.

mod attach;
mod keep;

use std::time::Duration;

use bytes::Bytes;
use channels::{BoundChannel, Driver, Headers, Http, Method, Request, SendError};
use sandbox::types::{Attachment, AttachmentSource, Event, EventBody};
use store::StoreError;
use store::files::{self, FilePath, Workspace};
use store::turns::LoadedTurn;
use tokio::time::Instant;
use url::Url;

pub(super) use self::attach::attach;
use super::agents::Spec;
use crate::context::Context;
use crate::service::binding;

/// Bytes of all files of a message together, for an agent that gets them in its memory: it has 64 MiB for everything.
const MOST: usize = 8 << 20;
/// The same, for one that has them kept.
const MOST_KEPT: usize = 64 << 20;
/// How long all of them may take.
const LIMIT: Duration = Duration::from_secs(25);
/// What tells the agent why a file is not there.
const WHY: &str = "not_fetched";
/// How often a turn is tried again for a file at an address of someone's: less often than for one at the platform, which is
/// down for everyone when it is down.
const TRIES: i16 = 2;

/// Brings the files of a turn's event. An error is one that may pass: the turn is to be tried again.
pub(super) async fn bring(
    cx: &Context,
    turn: &LoadedTurn,
    spec: &Spec,
    event: &mut Event,
) -> Result<(), String> {
    let EventBody::Message(message) = &mut event.body else {
        return Ok(());
    };
    if message.attachments.is_empty() {
        return Ok(());
    }
    let mut source = Source::of(cx, turn);
    if spec.has_files() {
        keep::keep(&mut source, spec, &mut message.attachments).await?;
        if spec.asks_for_files {
            return Ok(());
        }
    }
    let mut left = MOST;
    for file in &mut message.attachments {
        let brought = match &file.source {
            AttachmentSource::Url(address) if source.is_at_platform(address) => {
                let fetched = source.fetch(address, left).await?;
                fetched.map(|(bytes, _)| bytes)
            }
            AttachmentSource::Workspace(path) => source.kept(path, left).await?,
            AttachmentSource::Url(_) | AttachmentSource::Inline(_) => continue,
        };
        match brought {
            Ok(bytes) => {
                left = left.saturating_sub(bytes.len());
                file.size = u64::try_from(bytes.len()).ok();
                file.source = AttachmentSource::Inline(bytes.into());
            }
            Err(why) => mark(turn, file, why),
        }
    }
    Ok(())
}

/// Notes on a file why it is not there.
fn mark(turn: &LoadedTurn, file: &mut Attachment, why: String) {
    tracing::info!(turn = %turn.turn_id, why, "a file is left where it is");
    file.metadata.retain(|(name, _)| name != WHY);
    file.metadata.push((WHY.to_owned(), why));
}

/// Where the files of a message are fetched.
struct Source<'a> {
    cx: &'a Context,
    turn: &'a LoadedTurn,
    driver: Option<&'a dyn Driver>,
    /// The channel, once a file of its platform was asked for.
    bound: Option<BoundChannel>,
    until: Instant,
}

impl<'a> Source<'a> {
    fn of(cx: &'a Context, turn: &'a LoadedTurn) -> Self {
        let kind = turn.channel_kind.parse().ok();
        Self {
            cx,
            turn,
            driver: kind.and_then(|kind| cx.drivers.get(kind)),
            bound: None,
            until: Instant::now() + LIMIT,
        }
    }

    /// Whether an address is the platform's own name of a file.
    fn is_at_platform(&self, address: &str) -> bool {
        self.driver.is_some_and(|driver| driver.names_file(address))
    }

    /// What is at an address, at most so many bytes, with its media type where it is told; or why it cannot be had. The
    /// outer error is one that may pass.
    async fn fetch(
        &mut self,
        address: &str,
        most: usize,
    ) -> Result<Result<(Bytes, Option<String>), String>, String> {
        let tries = match self.is_at_platform(address) {
            true => super::run::TRIES,
            false => TRIES,
        };
        let until = self.until;
        let asked = self.ask(address, most);
        let late = |_| SendError::Unknown {
            what: format!("not here within {} s", LIMIT.as_secs()),
        };
        let fetched = tokio::time::timeout_at(until, Box::pin(asked)).await;
        match fetched.map_err(late).and_then(|fetched| fetched) {
            Ok(file) => Ok(Ok(file)),
            Err(SendError::Retry { what, .. } | SendError::Unknown { what })
                if self.turn.attempts < tries =>
            {
                Err(format!("a file could not be fetched: {what}"))
            }
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    async fn ask(
        &mut self,
        address: &str,
        most: usize,
    ) -> Result<(Bytes, Option<String>), SendError> {
        match self.driver.filter(|driver| driver.names_file(address)) {
            Some(driver) => {
                let cx = self.cx;
                let bound = self.bound().await?;
                let bytes = driver.fetch(&cx.outgoing, bound, address, most).await?;
                Ok((bytes, None))
            }
            None => get(&self.cx.outgoing, address, most).await,
        }
    }

    /// What is in a file that was kept, where that is at most so many bytes; or why it cannot be had. The outer error is one that
    /// may pass.
    async fn kept(&self, path: &str, most: usize) -> Result<Result<Bytes, String>, String> {
        let gone = || "it is not among the agent's files any more".to_owned();
        let (Some(agent_id), Ok(path)) = (self.turn.agent_id, FilePath::parse(path)) else {
            return Ok(Err(gone()));
        };
        let (store, owner) = (&self.cx.store, self.turn.organization_id.into());
        let workspace = Workspace {
            organization_id: owner,
            agent_id: agent_id.into(),
        };
        let passes = |error: StoreError| format!("a file could not be read: {error}");
        let look = files::look(store, workspace, &path).await.map_err(passes)?;
        let Some(file) = look.file else {
            return Ok(Err(gone()));
        };
        let fits = usize::try_from(file.size).is_ok_and(|size| size <= most);
        if !fits {
            return Ok(Err(format!("it has more than {most} bytes")));
        }
        let bytes = files::read(store, owner, file.content_id, 0, file.size).await;
        let bytes = bytes.map_err(passes)?;
        match i64::try_from(bytes.len()) == Ok(file.size) {
            true => Ok(Ok(bytes.into())),
            false => Ok(Err(gone())),
        }
    }

    async fn bound(&mut self) -> Result<&BoundChannel, SendError> {
        let (owner, channel) = (
            self.turn.organization_id.into(),
            self.turn.channel_id.into(),
        );
        if self.bound.is_none() {
            let bound = binding::bound(self.cx, owner, channel).await;
            let passes = |error: crate::error::Error| SendError::Retry {
                after: None,
                status: None,
                what: error.to_string(),
            };
            self.bound = Some(bound.map_err(passes)?);
        }
        self.bound.as_ref().ok_or_else(|| SendError::Unknown {
            what: "the channel is not there".to_owned(),
        })
    }
}

/// A file at an address on the web, through the guard.
async fn get(
    http: &dyn Http,
    address: &str,
    most: usize,
) -> Result<(Bytes, Option<String>), SendError> {
    let never = |status, what: String| SendError::Permanent { status, what };
    let url: Url = address
        .parse()
        .map_err(|_| never(None, "its address cannot be read".to_owned()))?;
    let request = Request {
        method: Method::Get,
        url,
        headers: Headers::default(),
        body: Bytes::new(),
        timeout: LIMIT,
        // One byte more tells that there are more.
        most: most.saturating_add(1),
    };
    let answer = http.send(request).await;
    let answer = answer.map_err(SendError::when_idempotent)?;
    let status = Some(answer.status);
    let what = format!("its address answered with status {}", answer.status);
    match answer.status {
        200..300 if answer.body.len() > most => {
            Err(never(status, format!("it has more than {most} bytes")))
        }
        200..300 => {
            let told = answer.headers.get("content-type").map(str::to_owned);
            Ok((answer.body, told))
        }
        300..400 => Err(never(status, format!("{what}: redirects are not followed"))),
        408 | 425 | 429 | 500.. => Err(SendError::Retry {
            after: None,
            status,
            what,
        }),
        _ => Err(never(status, what)),
    }
}
