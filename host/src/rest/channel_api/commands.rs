//! "Channel command endpoints" of the document: a route for each command of the table, and the two aliases below `actions`.

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::failure::Failure;
use super::key::Key;
use super::wire::{self, AgentShown, KeyShown, LinkShown, Replies};
use crate::commands::{self, Arguments, Command, Declined, Outcome, Shape, Told, near, table};
use crate::context::Context;
use crate::request::body::JsonObject;

/// Below a channel.
const CHANNEL: &str = "/api/channels/{id}";

/// The paths of a command, as the router has them.
pub(super) fn paths(command: &Command) -> impl Iterator<Item = String> {
    let routes = command
        .routes
        .iter()
        .map(|route| format!("commands/{route}"));
    let actions = command
        .actions
        .iter()
        .map(|route| format!("actions/{route}"));
    routes
        .chain(actions)
        .map(|path| format!("{CHANNEL}/{path}"))
}

/// A route for each command, and one for those that there are not.
pub(super) fn routes() -> Router<Context> {
    let mut router = Router::new().route(&format!("{CHANNEL}/commands/{{command}}"), post(unknown));
    for command in table() {
        for path in paths(command) {
            let handler = move |State(cx): State<Context>,
                                Path(id): Path<String>,
                                key: Key,
                                body: JsonObject| async move {
                run(&cx, command, &id, key, body).await
            };
            router = router.route(&path, post(handler));
        }
    }
    router
}

async fn run(
    cx: &Context,
    command: &'static Command,
    id: &str,
    key: Key,
    body: JsonObject,
) -> Result<Response, Failure> {
    let channel = key.channel(cx, id).await?;
    let fields = body.fields()?;
    let said = wire::called(&fields)?;
    let arguments = Arguments::of_body(command, &fields)?;
    let told = commands::invoke(cx, channel, command, said, arguments).await?;
    Ok(shown(told))
}

/// A command that there is not is told by those that there are.
async fn unknown(
    State(cx): State<Context>,
    Path((id, command)): Path<(String, String)>,
    key: Key,
) -> Result<Response, Failure> {
    key.channel(&cx, &id).await?;
    let routes = table().flat_map(|command| command.routes.iter().copied());
    Err(Failure::from(Declined::Unknown {
        what: "command",
        near: near(&command, routes),
        name: command,
        place: "here",
        also: "commands/help tells all",
    }))
}

fn shown(told: Told) -> Response {
    match told {
        Told::Answer(answer) => Json(Replies::of(answer)).into_response(),
        Told::Outcome(outcome) => of_outcome(outcome),
    }
}

fn of_outcome(outcome: Outcome) -> Response {
    let message = outcome.text();
    match outcome.shape {
        Shape::Replies => Json(Replies::texts(outcome.replies)).into_response(),
        Shape::Link { agent, status, url } => Json(LinkShown {
            agent: AgentShown::of(agent, status),
            url,
            message,
        })
        .into_response(),
        Shape::Key {
            agent,
            status,
            public_key,
        } => Json(KeyShown {
            agent: AgentShown::of(agent, status),
            public_key,
            message,
        })
        .into_response(),
    }
}
