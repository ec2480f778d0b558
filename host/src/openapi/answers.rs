//! Answers that tell an error: the same statuses mean the same in every family, the bodies are each family's own.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
};

/// How most families tell an error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The kind of error, for programs: it does not change.
    #[schema(example = "not_found")]
    code: &'static str,
    /// What is the matter and what to do, for people.
    #[schema(example = "Agent `hello` not found")]
    error: String,
}

impl Problem {
    /// The body for an error.
    pub(crate) fn of(error: &crate::error::Error) -> Self {
        Self {
            code: error.code(),
            error: error.to_string(),
        }
    }
}

/// One of a stream of server-sent events.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described and never made")]
pub(crate) struct ServerSentEvent {
    /// What it is.
    #[schema(nullable = false)]
    event: Option<String>,
    /// Where the stream goes on after it.
    #[schema(nullable = false)]
    id: Option<String>,
    /// What it tells, as JSON.
    #[schema(nullable = false)]
    data: Option<String>,
    /// Milliseconds after which whoever lost the stream asks again.
    #[schema(nullable = false)]
    retry: Option<u64>,
}

/// Answers with these statuses whose body is a `Body`, which the description has to list among its schemas.
pub(crate) fn failures<Body: ToSchema>(statuses: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    let body = Ref::from_schema_name(Body::name());
    let answer = |status: &u16| {
        let content = ContentBuilder::new().schema(Some(body.clone())).build();
        let mut answer = ResponseBuilder::new()
            .description(meaning(*status))
            .content("application/json", content);
        if *status == 429 {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer);
            let header = HeaderBuilder::new()
                .schema(Some(seconds.build()))
                .description(Some("Seconds until it may be tried again."));
            answer = answer.header("retry-after", header.build());
        }
        (status.to_string(), RefOr::T(answer.build()))
    };
    statuses.iter().map(answer).collect()
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "Something about the request is wrong: the error names it.",
        401 => "No proof of who calls, or one that is not good (any more).",
        403 => "The caller may not do this.",
        404 => "What the address names does not exist, or the caller may not know that it does.",
        409 => "It does not fit with what exists.",
        413 => "The body is too large.",
        422 => "The module is not one that this host runs.",
        429 => "Too many requests: later again.",
        503 => "Something that is needed is not there at the moment: later again.",
        504 => "What is needed did not answer in time: try again.",
        _ => "A defect of the host: the log knows it by the id in the error.",
    }
}
