//! The journal of requests: what was answered to one that may have changed something is written down under the turn's lease before
//! the guest has it. A turn that is run again gets it from there where it makes the same request in the same place, and nothing
//! is sent.

use sandbox::{HttpRequest, HttpResponse, Unanswered};
use store::StoreError;
use store::http_answers::{self, Asked};
use store::ids::ProjectId;

use super::{Failed, failed};
use crate::capabilities::model::Lease;
use crate::capabilities::turn::Turn;
use crate::context::Context;
use crate::error::chain;
use crate::journal::{pack, unpack};

/// What a guest hears of a request.
pub(super) type Answer = Result<HttpResponse, Unanswered>;

/// The journal of a turn's requests.
pub(in crate::capabilities) struct Journal {
    cx: Context,
    project_id: ProjectId,
    lease: Lease,
}

impl Journal {
    pub(in crate::capabilities) fn new(cx: Context, project_id: ProjectId, lease: Lease) -> Self {
        Self {
            cx,
            project_id,
            lease,
        }
    }

    /// What was answered when the turn was run before: read only where there may be something. Where that cannot be known, nothing
    /// is sent.
    pub(super) async fn find(&self, turn: &Turn, asked: &Asked) -> Result<Option<Answer>, Failed> {
        if !self.lease.is_journaled {
            return Ok(None);
        }
        let (owner, turn) = (turn.organization_id, turn.turn_id);
        let kept = http_answers::find(&self.cx.store, owner, turn, asked).await;
        let Some(kept) = kept.map_err(no_database)? else {
            return Ok(None);
        };
        let answer = unpack(&kept).ok_or_else(|| {
            tracing::error!(%turn, "an answer to a request cannot be read again");
            other("the host cannot read again what was answered before")
        });
        answer.map(Some)
    }

    /// Writes an answer down, before anyone has it.
    pub(super) async fn keep(
        &self,
        turn: &Turn,
        asked: &Asked,
        heard: Result<&HttpResponse, &Unanswered>,
    ) -> Result<(), Failed> {
        let packed = pack(&heard).ok_or_else(|| {
            tracing::error!(turn = %turn.turn_id, "an answer to a request cannot be kept");
            other("the host cannot keep what was answered")
        })?;
        let leased = self.lease.of(&self.cx, turn, self.project_id);
        let kept = http_answers::record(&self.cx.store, &leased, asked, &packed).await;
        match kept.map_err(no_database)? {
            true => Ok(()),
            false => Err(other(
                "the turn was taken over by another host, or its conversation by people",
            )),
        }
    }
}

/// A request as the guest has written it, secrets being placeholders, in its place.
pub(super) fn asked(tool_call: Option<i32>, place: u32, request: &HttpRequest) -> Asked {
    Asked {
        tool_call,
        call: i32::try_from(place).unwrap_or(i32::MAX),
        request: digest(request),
    }
}

/// Whether a request may have been done, with this answer: then it is not sent again. It was not where it did not reach the
/// server, nor where the server says that it may come again as it is.
pub(super) fn may_be_done(heard: Result<&HttpResponse, &Unanswered>) -> bool {
    match heard {
        // Request Timeout, Too Early, Too Many Requests, Service Unavailable.
        Ok(HttpResponse { status, .. }) => !matches!(*status, 408 | 425 | 429 | 503),
        Err(why) => match why {
            Unanswered::TimedOut
            | Unanswered::Cut
            | Unanswered::ResponseTooLarge(_)
            | Unanswered::Encoded(_) => true,
            Unanswered::Denied
            | Unanswered::Prohibited
            | Unanswered::Invalid
            | Unanswered::TooMany
            | Unanswered::RequestTooLarge(_)
            | Unanswered::NoSuchHost
            | Unanswered::Unreachable
            | Unanswered::ConnectTimedOut
            | Unanswered::Other(_) => false,
        },
    }
}

fn digest(request: &HttpRequest) -> Vec<u8> {
    let HttpRequest {
        method,
        url,
        headers,
        body,
    } = request;
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        // Told apart by their lengths.
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        hasher.update(&length.to_le_bytes());
        hasher.update(bytes);
    };
    part(method.as_bytes());
    part(url.as_bytes());
    for (name, value) in headers {
        part(name.as_bytes());
        part(value);
    }
    part(body);
    hasher.finalize().as_bytes().to_vec()
}

fn other(told: &str) -> Failed {
    failed(Unanswered::Other(told.to_owned()), told)
}

/// What a guest is told of the store's failures: that it may try again, and no more.
fn no_database(error: StoreError) -> Failed {
    tracing::warn!(
        cause = chain(&error),
        "an answer to a request could not be kept or read again"
    );
    other("the host cannot reach its database; try again later")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> HttpRequest {
        HttpRequest {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn answered(status: u16) -> HttpResponse {
        HttpResponse {
            status,
            headers: vec![("x-a".to_owned(), b"1".to_vec())],
            body: b"done".to_vec(),
        }
    }

    #[test]
    fn another_request_has_another_digest() {
        let all = [
            request("POST", "http://a/", &[], ""),
            request("PUT", "http://a/", &[], ""),
            request("POST", "http://a/b", &[], ""),
            request("POST", "http://a/", &[], "b"),
            request("POST", "http://a/", &[("a", "b")], ""),
            request("POST", "http://a/", &[("ab", "")], ""),
            request("POST", "http://a/", &[("a", "b"), ("", "")], ""),
        ];
        for (place, one) in all.iter().enumerate() {
            for (other_place, other) in all.iter().enumerate() {
                let same = digest(one) == digest(other);
                assert_eq!(same, place == other_place, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn what_the_server_may_have_done_is_kept() {
        for status in [200, 201, 302, 400, 409, 500, 502, 504] {
            assert!(may_be_done(Ok(&answered(status))), "{status}");
        }
        for status in [408, 425, 429, 503] {
            assert!(!may_be_done(Ok(&answered(status))), "{status}");
        }
        for why in [Unanswered::TimedOut, Unanswered::Cut] {
            assert!(may_be_done(Err(&why)), "{why:?}");
        }
        for why in [
            Unanswered::Denied,
            Unanswered::Unreachable,
            Unanswered::ConnectTimedOut,
        ] {
            assert!(!may_be_done(Err(&why)), "{why:?}");
        }
    }

    #[test]
    fn an_answer_is_read_as_it_was_heard() {
        let answers: [Answer; 3] = [
            Ok(answered(201)),
            Err(Unanswered::TimedOut),
            Err(Unanswered::ResponseTooLarge(7)),
        ];
        for answer in answers {
            let kept = pack(&answer.as_ref()).unwrap();
            assert_eq!(unpack::<Answer>(&kept), Some(answer));
        }
    }
}
