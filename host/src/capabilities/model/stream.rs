//! Answers that are read as they come. Their end is written down before the guest has it, as is an answer that comes whole; of
//! one that breaks off, or that the guest does not read to its end, nothing is kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sandbox::CompletionStream;
use sandbox::types::model::{Cause, Completion, Part, Piece, Problem, Request};
use tokio::time::Instant;
use tracing::Span;

use super::asks::Call;
use super::{asks_of, told, used};
use crate::capabilities::turn::Turn;
use crate::models::{self, Reader, problem};
use crate::outgoing::Incoming;
use crate::spans;

/// How often the guest is told of more at most: what comes meanwhile comes with it.
const PAUSE: Duration = Duration::from_millis(200);

/// An answer that was given before: its text at once, and its end.
pub(super) struct Kept(VecDeque<Piece>);

impl Kept {
    pub(super) fn of(completion: Completion) -> Self {
        let texts = completion.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(Piece::Text(text.clone())),
            _ => None,
        });
        let mut pieces: VecDeque<Piece> = texts.collect();
        pieces.push_back(Piece::End(completion));
        Self(pieces)
    }
}

#[async_trait]
impl CompletionStream for Kept {
    async fn next(&mut self, _: Duration) -> Result<Option<Piece>, Problem> {
        Ok(self.0.pop_front())
    }
}

/// An answer that comes from its provider.
pub(super) struct Streaming {
    pub(super) turn: Arc<Turn>,
    /// It lasts until the answer is read, or no one reads it any more.
    pub(super) span: Span,
    pub(super) call: Call,
    pub(super) request: Request,
    pub(super) incoming: Incoming,
    /// None when it is over, one way or the other.
    pub(super) reader: Option<Reader>,
    pub(super) began: Instant,
    /// When the guest was last told of something.
    pub(super) told_at: Option<Instant>,
    /// The end, where the last of the text was given before it.
    pub(super) end: Option<Completion>,
}

#[async_trait]
impl CompletionStream for Streaming {
    async fn next(&mut self, within: Duration) -> Result<Option<Piece>, Problem> {
        if let Some(completion) = self.end.take() {
            return Ok(Some(Piece::End(completion)));
        }
        if self.reader.is_none() {
            return Ok(None);
        }
        match tokio::time::timeout(within, self.read()).await {
            Ok(Ok(piece)) => Ok(Some(piece)),
            Ok(Err(problem)) => self.fail(problem),
            Err(_) => {
                let host = self.call.provider.host();
                let message = format!("{host} did not answer in time.");
                self.fail(problem(Cause::TimedOut, message))
            }
        }
    }
}

impl Streaming {
    /// Reads until there is something to tell.
    async fn read(&mut self) -> Result<Piece, Problem> {
        let provider = &self.call.provider;
        let tell_at = self.told_at.map(|told_at| told_at + PAUSE);
        loop {
            let Some(reader) = &mut self.reader else {
                return Err(problem(Cause::Other, "The answer is over."));
            };
            let is_time = tell_at.is_none_or(|time| Instant::now() >= time);
            if is_time && let Some(text) = reader.take_text() {
                self.told_at = Some(Instant::now());
                return Ok(Piece::Text(text));
            }
            if reader.is_over() {
                return self.finish().await;
            }
            // A chunk that is not there yet stays where it is.
            let chunk = self.incoming.chunk();
            let chunk = match tell_at.filter(|_| !is_time) {
                Some(time) => match tokio::time::timeout_at(time, chunk).await {
                    Ok(chunk) => chunk,
                    Err(_) => continue,
                },
                None => chunk.await,
            };
            match chunk.map_err(|error| models::broken(provider, error))? {
                Some(bytes) => reader
                    .read(&bytes)
                    .map_err(|unread| unread.told(provider))?,
                None => return self.finish().await,
            }
        }
    }

    /// Writes the end down, and tells the rest of the text before it.
    async fn finish(&mut self) -> Result<Piece, Problem> {
        let Some(mut reader) = self.reader.take() else {
            return Err(problem(Cause::Other, "The answer is over."));
        };
        let rest = reader.take_text();
        let completion = reader.close(&self.call.provider, &self.request)?;
        asks_of(&self.turn)?
            .keep(&self.turn, &self.call, &completion)
            .await?;
        used(&self.span, &completion);
        spans::came_of(&self.span, "answered");
        if let Some(asks) = &self.turn.asks {
            asks.count("answered", self.began.elapsed());
        }
        Ok(match rest {
            Some(text) => {
                self.end = Some(completion);
                Piece::Text(text)
            }
            None => Piece::End(completion),
        })
    }

    fn fail(&mut self, problem: Problem) -> Result<Option<Piece>, Problem> {
        self.reader = None;
        told(&self.turn, &self.span, self.began, Err(problem))
    }
}
