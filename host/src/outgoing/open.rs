//! Opening: an answer that is read as it comes.

use bytes::Bytes;
use channels::{Headers, HttpError, Request};

use super::Outgoing;
use super::send::{headers, method, names, no_answer};

/// Who chose the address of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Someone whom the guard is there for.
    BySomeone,
    /// The operator, in the configuration of this process: it may be in a private network.
    ByOperator,
}

/// An answer whose body is still on its way.
#[derive(Debug)]
pub struct Incoming {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    response: reqwest::Response,
    left: usize,
}

impl Outgoing {
    /// Sends a request, and gives its answer as soon as its head is there. The request's time is that of the whole answer,
    /// and its bound that of the whole body.
    pub async fn open(&self, request: Request, chosen: Chosen) -> Result<Incoming, HttpError> {
        let client = match (chosen, &self.allowed) {
            (Chosen::ByOperator, Some(client)) => client,
            _ => self
                .client(&request.url)
                .map_err(|refused| HttpError::Refused(refused.to_string()))?,
        };
        let sent = client
            .request(method(request.method), request.url)
            .headers(headers(&request.headers)?)
            .timeout(request.timeout)
            .body(request.body)
            .send()
            .await;
        let response = sent.map_err(no_answer)?;
        Ok(Incoming {
            status: response.status().as_u16(),
            headers: names(response.headers()),
            response,
            left: request.most,
        })
    }
}

impl Incoming {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// More of the body; none at its end. What is longer than was asked for is an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let chunk = self.response.chunk().await.map_err(no_answer)?;
        if let Some(chunk) = &chunk {
            let left = self.left.checked_sub(chunk.len());
            self.left = left.ok_or_else(|| HttpError::Other("it is too long".to_owned()))?;
        }
        Ok(chunk)
    }

    /// All of the body that is left.
    pub async fn rest(&mut self) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}
