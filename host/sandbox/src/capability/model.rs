//! `model`: asking a language model. Models take longer than the rest of the host, so these calls have a time of their own,
//! which whoever answers is told: an answer that would come too late is a typed problem, rather than the end of the turn.

use std::time::Duration;

use async_trait::async_trait;
use wasmtime::component::Resource;

use super::denied;
use crate::bindings::imports;
use crate::bindings::imports::model::{Cause, Completion, Piece, Problem, Request};
use crate::guest::{Guest, halt};

/// Streams that one call of a guest may have open at once.
const STREAMS: usize = 16;

/// A language model.
#[async_trait]
pub trait Model: Send + Sync {
    /// Asks, and gives the whole answer within this time.
    async fn complete(&self, request: Request, within: Duration) -> Result<Completion, Problem>;
    /// Asks, and gives what there is of the answer within this time.
    async fn open_stream(
        &self,
        request: Request,
        within: Duration,
    ) -> Result<Box<dyn CompletionStream>, Problem>;
}

/// An answer that is still on its way. Whoever drops it reads no further.
#[async_trait]
pub trait CompletionStream: Send {
    /// What has come since the last call, once there is something, within this time; none after the end.
    async fn next(&mut self, within: Duration) -> Result<Option<Piece>, Problem>;
}

/// A stream as the guest's table holds it.
pub struct OpenStream(Box<dyn CompletionStream>);

/// What the host says of a model to a guest.
type Said<T> = wasmtime::Result<Result<T, Problem>>;

impl imports::model::Host for Guest {
    async fn complete(&mut self, request: Request) -> Said<Completion> {
        let asked = self.asked("model.complete", &(&request,));
        if let Some(answer) = self.replayed(asked)? {
            return Ok(answer);
        }
        let answer = match self.capabilities.model.clone() {
            Some(model) => {
                let answer = self.meter.ask(asked.name, |within| async move {
                    model.complete(request, within).await
                });
                answer.await.map_err(halt)?
            }
            None => self.without_model(asked.name).await?,
        };
        self.tape.keep(asked, &answer);
        Ok(answer)
    }

    async fn open_stream(&mut self, request: Request) -> Said<Resource<OpenStream>> {
        let asked = self.asked("model.open-stream", &(&request,));
        let played: Option<Result<(), Problem>> = self.replayed(asked)?;
        let opened = match played {
            Some(played) => played.map(|()| Box::new(Played) as Box<dyn CompletionStream>),
            None => {
                let opened = self.open(asked.name, request).await?;
                self.tape.keep(asked, &opened.as_ref().map(|_| ()));
                opened
            }
        };
        match opened {
            Ok(stream) => {
                let stream = self.table.push(OpenStream(stream))?;
                self.open_streams += 1;
                Ok(Ok(stream))
            }
            Err(problem) => Ok(Err(problem)),
        }
    }
}

impl Guest {
    async fn open(
        &mut self,
        name: &'static str,
        request: Request,
    ) -> Said<Box<dyn CompletionStream>> {
        let Some(model) = self.capabilities.model.clone() else {
            return self.without_model(name).await;
        };
        if self.open_streams >= STREAMS {
            return Ok(Err(problem(
                Cause::Invalid,
                format!("At most {STREAMS} answers may be on their way at once."),
            )));
        }
        let opened = self.meter.ask(name, |within| async move {
            model.open_stream(request, within).await
        });
        opened.await.map_err(halt)
    }
}

/// A stream whose pieces are a recording's.
struct Played;

#[async_trait]
impl CompletionStream for Played {
    async fn next(&mut self, _: Duration) -> Result<Option<Piece>, Problem> {
        Ok(None)
    }
}

impl imports::model::HostCompletionStream for Guest {
    async fn next(&mut self, stream: Resource<OpenStream>) -> Said<Option<Piece>> {
        let asked = self.asked("completion-stream.next", &(stream.rep(),));
        if let Some(piece) = self.replayed(asked)? {
            return Ok(piece);
        }
        let Guest {
            table, meter, tape, ..
        } = self;
        let OpenStream(stream) = table.get_mut(&stream)?;
        let next = meter.ask(asked.name, move |within| stream.next(within));
        let piece = next.await.map_err(halt)?;
        tape.keep(asked, &piece);
        Ok(piece)
    }

    async fn drop(&mut self, stream: Resource<OpenStream>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        self.open_streams -= 1;
        Ok(())
    }
}

impl Guest {
    /// What a guest hears that was not granted a model. It counts as a call, so that asking over and over comes to an end.
    async fn without_model<T>(&mut self, name: &'static str) -> Said<T> {
        let refusal = problem(Cause::Denied, denied("model").message);
        let counted = self.meter.call(name, async { refusal });
        counted.await.map(Err).map_err(halt)
    }
}

fn problem(cause: Cause, message: String) -> Problem {
    Problem {
        cause,
        message,
        status: None,
        retry_after: None,
    }
}
