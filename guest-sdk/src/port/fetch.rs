//! Requests of a component: `wasi:http`, whole requests and whole answers.

use crate::bindings::capabilities::wasi::http::outgoing_handler;
use crate::bindings::capabilities::wasi::http::types::{
    ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions,
    Scheme,
};
use crate::bindings::capabilities::wasi::io::streams::StreamError;
use crate::http::{Cause, Problem, Request, Response};

/// Bytes of one write: what a blocking one takes.
const WRITE: usize = 4096;
/// Bytes of one read.
const READ: u64 = 64 * 1024;

pub(super) fn fetch(request: &Request) -> Result<Response, Problem> {
    let invalid = |what: &str| Problem::of(Cause::Invalid, format!("`{}` {what}", request.url));
    let (scheme, rest) = match request.url.split_once("://") {
        Some(("https", rest)) => (Scheme::Https, rest),
        Some(("http", rest)) => (Scheme::Http, rest),
        _ => return Err(invalid("is no address with https://")),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let place = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(place);
    let path = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/{path}"),
    };
    let headers = Fields::from_list(&request.headers);
    let headers = headers.map_err(|error| {
        Problem::of(
            Cause::Invalid,
            format!("a header cannot be sent: {error:?}"),
        )
    })?;
    let outgoing = OutgoingRequest::new(headers);
    outgoing
        .set_method(&method(&request.method))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&path)))
        .map_err(|()| invalid("cannot be asked so"))?;
    let options = request.timeout.map(|timeout| {
        let options = RequestOptions::new();
        let nanos = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        // Where a time cannot be set, the host's own holds.
        let _ = options.set_first_byte_timeout(Some(nanos));
        options
    });
    let body = match request.body.is_empty() {
        true => None,
        false => outgoing.body().ok(),
    };
    let answer = outgoing_handler::handle(outgoing, options).map_err(told)?;
    if let Some(body) = body {
        write(body, &request.body);
    }
    answer.subscribe().block();
    match answer.get() {
        Some(Ok(Ok(response))) => read(response),
        Some(Ok(Err(error))) => Err(told(error)),
        Some(Err(())) | None => Err(Problem::of(Cause::Other, "the host gave no answer")),
    }
}

/// Where it cannot be written to its end, the answer says why.
fn write(body: OutgoingBody, bytes: &[u8]) {
    if let Ok(stream) = body.write() {
        for chunk in bytes.chunks(WRITE) {
            if stream.blocking_write_and_flush(chunk).is_err() {
                break;
            }
        }
    }
    let _ = OutgoingBody::finish(body, None);
}

fn read(response: IncomingResponse) -> Result<Response, Problem> {
    let broken = || Problem::of(Cause::Cut, "the answer broke off");
    let (status, headers) = (response.status(), response.headers().entries());
    let body = response.consume().map_err(|()| broken())?;
    let stream = body.stream().map_err(|()| broken())?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(READ) {
            Ok(more) => bytes.extend(more),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return Err(broken()),
        }
    }
    Ok(Response {
        status,
        headers,
        body: bytes,
    })
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    }
}

fn told(error: ErrorCode) -> Problem {
    let (cause, message) = match error {
        ErrorCode::HttpRequestDenied => (
            Cause::Denied,
            "The owner has not allowed this request: they allow hosts in the terms of the grant `http`, and say of each secret which hosts it is for.",
        ),
        ErrorCode::DestinationIpProhibited => (
            Cause::Prohibited,
            "The host is in a private network, which is not reached.",
        ),
        ErrorCode::ConnectionLimitReached => (
            Cause::TooMany,
            "That are too many requests in one turn, or at once.",
        ),
        ErrorCode::HttpRequestUriInvalid | ErrorCode::HttpRequestMethodInvalid => {
            (Cause::Invalid, "It cannot be asked so.")
        }
        ErrorCode::HttpRequestBodySize(_) => (Cause::TooLarge, "The request is too large."),
        ErrorCode::HttpResponseBodySize(_) => (Cause::TooLarge, "The answer is too large."),
        ErrorCode::DnsError(_) | ErrorCode::DnsTimeout => {
            (Cause::NoSuchHost, "There is no such host.")
        }
        ErrorCode::ConnectionRefused | ErrorCode::DestinationUnavailable => {
            (Cause::Unreachable, "The server cannot be reached.")
        }
        ErrorCode::ConnectionTimeout | ErrorCode::HttpResponseTimeout => {
            (Cause::TimedOut, "The server did not answer in time.")
        }
        ErrorCode::HttpResponseIncomplete | ErrorCode::HttpProtocolError => {
            (Cause::Cut, "The answer broke off, or is none.")
        }
        ErrorCode::HttpResponseContentCoding(_) => (
            Cause::Other,
            "The answer is compressed, though that was not asked for.",
        ),
        ErrorCode::InternalError(Some(message)) => return Problem::of(Cause::Other, message),
        other => return Problem::of(Cause::Other, format!("{other:?}")),
    };
    Problem::of(cause, message)
}
