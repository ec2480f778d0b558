//! GraphQL over HTTP, as the GraphQL Foundation's specification has it: queries by GET and POST, mutations by POST, answers
//! as `application/graphql-response+json` with fitting statuses or as `application/json` with 200. A browser that opens the
//! address gets a page to ask from.

use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request as Query, Response as Answer, ServerError, Value};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{House, coded, equip, failure, limits, root, socket, uploads};
use crate::auth::Proof;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::body::{JSON_LIMIT, read};
use crate::web::graphiql;

/// Bytes of an address that a query may have.
const ADDRESS: usize = 16 << 10;

/// The media type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `application/graphql-response+json`: the status tells.
    Response,
    /// `application/json`: the status of a request that was understood is 200.
    Json,
}

/// Answers at `/graphql`.
pub(super) async fn serve(
    State(cx): State<Context>,
    Extension(house): Extension<House>,
    proof: Proof,
    request: Request,
) -> Response {
    let is_get = request.method() == Method::GET;
    if is_get && socket::is_asked(request.headers()) {
        return socket::open(cx, house, proof, request).await;
    }
    if is_get && prefers_html(request.headers()) {
        return graphiql::page();
    }
    let Some(shape) = shape(request.headers()) else {
        let message = "answers are application/graphql-response+json or application/json";
        return bare(StatusCode::NOT_ACCEPTABLE, "not_acceptable", message);
    };
    let mut response = match *request.method() {
        Method::GET => {
            let query = from_address(request.uri().query().unwrap_or_default());
            run(&cx, &house, proof, query, shape, true).await
        }
        Method::POST => posted(&cx, &house, proof, request, shape).await,
        _ => {
            let message = "queries are sent by GET or POST, mutations by POST";
            let mut response = bare(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                message,
            );
            let allowed = HeaderValue::from_static("GET, POST");
            response.headers_mut().insert(ALLOW, allowed);
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(
        VARY,
        HeaderValue::from_static("accept, cookie, authorization"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn posted(
    cx: &Context,
    house: &House,
    proof: Proof,
    request: Request,
    shape: Shape,
) -> Response {
    let content_type = request.headers().get(CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let query = match essence.as_str() {
        "application/json" => from_body(request).await,
        "multipart/form-data" => match proof.has_caller() {
            // A file is taken from those alone who have shown who they are.
            true => uploads::receive(cx, &content_type, request.into_body()).await,
            false => Err(Error::Unauthenticated),
        },
        _ => {
            let message = "send application/json, or multipart/form-data with files";
            return bare(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                message,
            );
        }
    };
    run(cx, house, proof, query, shape, false).await
}

async fn run(
    cx: &Context,
    house: &House,
    proof: Proof,
    query: Result<Query>,
    shape: Shape,
    by_get: bool,
) -> Response {
    let mut query = match query {
        Ok(query) => query,
        Err(error) => {
            let status = status(&error);
            let errors = vec![failure::about_all(error)];
            return shown(&Answer::from_errors(errors), shape, status);
        }
    };
    let operation = match prepare(house, &mut query) {
        Ok(operation) => operation,
        Err(error) => return refuse(error, shape),
    };
    match operation {
        OperationType::Mutation if by_get => {
            let message = "a mutation is sent by POST";
            let mut response = bare(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                message,
            );
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        OperationType::Subscription => {
            let message =
                "a subscription is made over a WebSocket that speaks graphql-transport-ws";
            return refuse(failure::refused("validation_failed", message), shape);
        }
        OperationType::Query | OperationType::Mutation => {}
    }
    let limit = time(cx, operation);
    let (query, loads) = equip(query, cx, proof.client(), proof.caller().ok());
    let running = root::run(house.schema(cx), query, loads);
    let (answer, is_late) = match tokio::time::timeout(limit, running).await {
        Ok(answer) => (coded(answer), false),
        Err(_) => {
            let message = format!("this took longer than {} s", limit.as_secs_f64());
            let errors = vec![failure::refused("timeout", message)];
            (Answer::from_errors(errors), true)
        }
    };
    let status = match shape {
        Shape::Response if is_late => StatusCode::GATEWAY_TIMEOUT,
        Shape::Response if is_refused(&answer) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    shown(&answer, shape, status)
}

/// What every request goes through before it runs, also one over a socket.
pub(super) fn prepare(house: &House, query: &mut Query) -> Result<OperationType, ServerError> {
    house.0.persisted.resolve(query)?;
    limits::check(&house.0.documents, query)
}

/// How long an operation may take. One that brings a module waits for the compiler.
pub(super) fn time(cx: &Context, operation: OperationType) -> Duration {
    let limit = cx.config.graphql.time;
    match operation {
        OperationType::Mutation => limit + cx.config.limits.compile_time,
        _ => limit,
    }
}

/// A request that was understood as HTTP and not as GraphQL.
fn refuse(error: ServerError, shape: Shape) -> Response {
    let status = match shape {
        Shape::Response => StatusCode::BAD_REQUEST,
        Shape::Json => StatusCode::OK,
    };
    shown(&Answer::from_errors(vec![error]), shape, status)
}

/// A request that was not understood as HTTP.
fn bare(status: StatusCode, code: &str, message: &str) -> Response {
    let errors = vec![failure::refused(code, message)];
    shown(&Answer::from_errors(errors), Shape::Json, status)
}

fn shown(answer: &Answer, shape: Shape, status: StatusCode) -> Response {
    let body = if is_refused(answer) {
        serde_json::to_string(&Refusal {
            errors: &answer.errors,
        })
    } else {
        serde_json::to_string(answer)
    };
    // Answers are made of what serialises.
    let body = body.unwrap_or_default();
    let content_type = match shape {
        Shape::Response => "application/graphql-response+json; charset=utf-8",
        Shape::Json => "application/json; charset=utf-8",
    };
    (status, [(CONTENT_TYPE, content_type)], body).into_response()
}

/// An answer to what did not run: it has no data, not even none.
#[derive(Serialize)]
struct Refusal<'a> {
    errors: &'a [ServerError],
}

/// Whether a request did not run.
fn is_refused(answer: &Answer) -> bool {
    let about_all = answer.errors.iter().all(|error| error.path.is_empty());
    answer.is_err() && answer.data == Value::Null && about_all
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

async fn from_body(request: Request) -> Result<Query> {
    let bytes = read(request, JSON_LIMIT).await?;
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(object)) => parse(object),
        Ok(Json::Array(_)) => Err(Error::invalid(
            "body",
            "is a batch: send each request by itself",
        )),
        Ok(_) => Err(Error::invalid("body", "must be a JSON object")),
        Err(error) => Err(Error::invalid("body", format!("is not JSON: {error}"))),
    }
}

fn from_address(text: &str) -> Result<Query> {
    if text.len() > ADDRESS {
        return Err(Error::TooLarge {
            what: "the address",
            limit: ADDRESS as u64,
        });
    }
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let value = match &*name {
            "query" | "operationName" => Json::String(value.into_owned()),
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|error| Error::invalid(&*name, format!("is not JSON: {error}")))?,
            _ => continue,
        };
        object.insert(name.into_owned(), value);
    }
    parse(object)
}

fn parse(object: Map<String, Json>) -> Result<Query> {
    for (name, value) in &object {
        let fits = match name.as_str() {
            "query" => value.is_string() || value.is_null(),
            "operationName" => value.is_string() || value.is_null(),
            "variables" | "extensions" => value.is_object() || value.is_null(),
            _ => true,
        };
        if !fits {
            return Err(Error::invalid(
                name,
                "is not of the type that GraphQL over HTTP gives it",
            ));
        }
    }
    let is_given = |name: &str| object.get(name).is_some_and(|value| !value.is_null());
    let is_persisted = object
        .get("extensions")
        .is_some_and(|extensions| extensions.get("persistedQuery").is_some());
    if !is_given("query") && !is_persisted {
        return Err(Error::invalid("query", "is required"));
    }
    let present = object.into_iter().filter(|(_, value)| !value.is_null());
    serde_json::from_value(present.collect::<Map<_, _>>().into())
        .map_err(|error| Error::invalid("body", format!("is no GraphQL request: {error}")))
}

/// The media type that a request accepts best; of equals the one named first, and without a word JSON.
fn shape(headers: &HeaderMap) -> Option<Shape> {
    let mut best: Option<(f32, Shape)> = None;
    let mut is_silent = true;
    for (media, weight) in accepted(headers) {
        is_silent = false;
        let shape = match media.as_str() {
            "application/graphql-response+json" => Shape::Response,
            "application/json" | "application/*" | "*/*" => Shape::Json,
            _ => continue,
        };
        if weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
            best = Some((weight, shape));
        }
    }
    if is_silent {
        return Some(Shape::Json);
    }
    best.map(|(_, shape)| shape)
}

/// Whether a browser asks for a page.
fn prefers_html(headers: &HeaderMap) -> bool {
    let weight = |wanted: &str| {
        let found = accepted(headers).find(|(media, _)| media == wanted);
        found.map_or(0.0, |(_, weight)| weight)
    };
    let html = weight("text/html");
    html > 0.0
        && html >= weight("application/json")
        && html >= weight("application/graphql-response+json")
}

/// The media types of `Accept`, each with its weight.
fn accepted(headers: &HeaderMap) -> impl Iterator<Item = (String, f32)> {
    let lines = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let ranges = lines.flat_map(|line| line.split(','));
    ranges
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
            (media, weight.unwrap_or(1.0))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(accept: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))])
    }

    #[test]
    fn the_answer_has_the_form_that_is_accepted_best() {
        let of = |accept| shape(&accepting(accept));
        assert_eq!(shape(&HeaderMap::new()), Some(Shape::Json));
        assert_eq!(of("*/*"), Some(Shape::Json));
        assert_eq!(
            of("application/graphql-response+json"),
            Some(Shape::Response)
        );
        assert_eq!(
            of("application/graphql-response+json, application/json;q=0.9"),
            Some(Shape::Response)
        );
        assert_eq!(
            of("application/json, application/graphql-response+json; q=0.5"),
            Some(Shape::Json)
        );
        assert_eq!(
            of("application/graphql-response+json; charset=utf-8"),
            Some(Shape::Response)
        );
        assert_eq!(of("text/plain"), None);
        assert_eq!(of("application/json;q=0"), None);
    }

    #[test]
    fn a_browser_gets_a_page() {
        assert!(prefers_html(&accepting(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        )));
        assert!(!prefers_html(&accepting(
            "application/json, text/html;q=0.5"
        )));
        assert!(!prefers_html(&accepting("*/*")));
    }

    #[test]
    fn an_address_asks_as_a_body_does() {
        let query =
            from_address("query=%7Bviewer%7Bid%7D%7D&variables=%7B%22a%22%3A1%7D&operationName=x")
                .unwrap();
        assert_eq!(query.query, "{viewer{id}}");
        assert_eq!(query.operation_name.as_deref(), Some("x"));
        assert_eq!(from_address("variables=%7B").unwrap_err().code(), "invalid");
        assert_eq!(
            from_address("").unwrap_err().to_string(),
            "query: is required"
        );
    }
}
