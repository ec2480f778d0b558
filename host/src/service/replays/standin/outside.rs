//! What is outside of the host: models, tools, servers and secrets. No one is asked here, so that only the turn's own questions have an
//! answer.

use std::time::Duration;

use async_trait::async_trait;
use sandbox::types::model::{Cause, Completion, Piece, Problem, Request};
use sandbox::types::toolbox;
use sandbox::types::{Error, Secret};
use sandbox::{
    Called, CompletionStream, Deck, Http, HttpRequest, HttpResponse, Model, Secrets, Tools,
    Unanswered,
};

use super::Standin;

/// Bytes of the body of a request: what does not fit into memory is no request.
const REQUEST: usize = 64 << 20;

#[async_trait]
impl Model for Standin {
    async fn complete(&self, request: Request, _: Duration) -> Result<Completion, Problem> {
        let known = self.known("model.complete", &(&request,));
        known.unwrap_or_else(|| Err(self.unasked()))
    }

    async fn open_stream(
        &self,
        request: Request,
        _: Duration,
    ) -> Result<Box<dyn CompletionStream>, Problem> {
        let known: Option<Result<(), Problem>> = self.known("model.open-stream", &(&request,));
        known.unwrap_or_else(|| Err(self.unasked()))?;
        Ok(Box::new(Pieces(self.deck.clone())))
    }
}

/// A stream of the turn's.
struct Pieces(Deck);

#[async_trait]
impl CompletionStream for Pieces {
    async fn next(&mut self, _: Duration) -> Result<Option<Piece>, Problem> {
        let next = self.0.next("completion-stream.next");
        next.unwrap_or_else(|| {
            Err(Problem {
                cause: Cause::Cut,
                message: "The turn did not read this answer to its end.".to_owned(),
                status: None,
                retry_after: None,
            })
        })
    }
}

impl Standin {
    fn unasked(&self) -> Problem {
        Problem {
            cause: Cause::Unavailable,
            message: self.unknown("asks the model for something".to_owned()),
            status: None,
            retry_after: None,
        }
    }
}

#[async_trait]
impl Http for Standin {
    fn request_bytes(&self) -> usize {
        REQUEST
    }

    async fn send(
        &self,
        request: HttpRequest,
        _: Option<u32>,
        _: Duration,
    ) -> Result<HttpResponse, Unanswered> {
        let known = self.known("http.send", &(&request,));
        known.unwrap_or_else(|| {
            let HttpRequest { method, url, .. } = &request;
            let why = self.unknown(format!("requests {method} {url}"));
            Err(Unanswered::Other(why))
        })
    }
}

#[async_trait]
impl Tools for Standin {
    async fn tools(&self, _: Duration) -> Result<toolbox::Catalogue, toolbox::Problem> {
        let known = self.known("toolbox.tools", &());
        known.unwrap_or_else(|| Err(self.uncalled("asks for its tools".to_owned())))
    }

    async fn call(&self, name: String, arguments: String, _: Duration) -> Called {
        let known = self.known("toolbox.call", &(&name, &arguments));
        let answer =
            known.unwrap_or_else(|| Err(self.uncalled(format!("calls the tool `{name}`"))));
        Called::Answered(answer)
    }
}

impl Standin {
    fn uncalled(&self, what: String) -> toolbox::Problem {
        toolbox::Problem {
            cause: toolbox::Cause::Unavailable,
            message: self.unknown(what),
        }
    }
}

#[async_trait]
impl Secrets for Standin {
    async fn entries(&self) -> Result<Vec<Secret>, Error> {
        let known = self.known("secrets.entries", &());
        known.unwrap_or_else(|| self.unavailable("asks for its secrets".to_owned()))
    }
}
