//! GraphQL at `/graphql`: the control plane, one noun a file, over the same services as every other way in.

mod agents;
mod api_keys;
mod audit;
mod business_units;
mod channels;
mod conversations;
mod deliveries;
mod failure;
mod holding;
mod invites;
mod log_lines;
mod members;
mod organizations;
mod projects;
mod scalars;
mod sign_in;
mod subscriptions;
mod teams;
mod turns;
mod users;
mod workflows;

use std::str::FromStr;

use async_graphql::{ID, MergedObject, Pos, Request, Response, Schema};
use async_graphql_axum::GraphQLResponse;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use store::page::Page;

use self::subscriptions::Subscription;
use crate::auth::{Caller, Client, Proof};
use crate::context::Context;
use crate::error::Result;
use crate::request::body::JsonObject;

const DEPTH: usize = 12;
const COMPLEXITY: usize = 2_000;

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    projects::ProjectsQuery,
    agents::AgentsQuery,
    channels::ChannelsQuery,
    conversations::ConversationsQuery,
    turns::TurnsQuery,
    deliveries::DeliveriesQuery,
    workflows::WorkflowsQuery,
    organizations::OrganizationsQuery,
    users::UsersQuery,
    sign_in::SessionsQuery,
    members::MembersQuery,
    invites::InvitesQuery,
    business_units::BusinessUnitsQuery,
    teams::TeamsQuery,
    api_keys::ApiKeysQuery,
    audit::AuditQuery,
);

/// What can be changed.
#[derive(Default, MergedObject)]
pub struct Mutation(
    deliveries::DeliveriesMutation,
    holding::HoldingMutation,
    workflows::WorkflowsMutation,
    sign_in::SessionsMutation,
    organizations::OrganizationsMutation,
    users::UsersMutation,
    projects::ProjectsMutation,
    members::MembersMutation,
    invites::InvitesMutation,
    business_units::BusinessUnitsMutation,
    teams::TeamsMutation,
    api_keys::ApiKeysMutation,
);

type House = Schema<Query, Mutation, Subscription>;

/// The routes.
pub fn routes() -> Router<Context> {
    let schema = schema();
    Router::new().route(
        "/graphql",
        post(
            async move |state: State<Context>, proof: Proof, body: JsonObject| {
                answer(schema, state, proof, body).await
            },
        ),
    )
}

/// The schema's text, as `schema.graphql` has it.
pub fn sdl() -> String {
    schema().sdl()
}

fn schema() -> House {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .limit_depth(DEPTH)
        .limit_complexity(COMPLEXITY)
        .finish()
}

async fn answer(
    schema: House,
    State(cx): State<Context>,
    proof: Proof,
    body: JsonObject,
) -> (StatusCode, GraphQLResponse) {
    let mut request = match read(body) {
        Ok(request) => request.data(cx),
        Err(error) => {
            let mut error = failure::told(error).into_server_error(Pos::default());
            // It is about the whole of it.
            error.locations.clear();
            return (
                StatusCode::BAD_REQUEST,
                Response::from_errors(vec![error]).into(),
            );
        }
    };
    request = request.data(proof.client());
    if let Ok(caller) = proof.caller() {
        request = request.data(caller);
    }
    (StatusCode::OK, schema.execute(request).await.into())
}

fn read(body: JsonObject) -> Result<Request> {
    serde_json::from_value(body.object()?.into()).map_err(|error| {
        crate::error::Error::invalid("body", format!("is no GraphQL request: {error}"))
    })
}

/// The context and the caller of a request, or the error of one without a caller.
fn asked_by<'a>(
    context: &'a async_graphql::Context<'_>,
) -> async_graphql::Result<(&'a Context, &'a Caller)> {
    let cx = context.data::<Context>()?;
    match context.data_opt::<Caller>() {
        Some(caller) => Ok((cx, caller)),
        None => Err(failure::told(crate::error::Error::Unauthenticated)),
    }
}

/// Where a request came from, whoever sent it.
fn client(context: &async_graphql::Context<'_>) -> async_graphql::Result<Client> {
    context.data::<Client>().copied()
}

/// A page of a list: so many rows after the one with this id.
fn page<Id: FromStr>(first: u32, after: Option<&ID>) -> async_graphql::Result<Page<Id>> {
    Ok(Page {
        after: after.map(|id| read_id("after", id)).transpose()?,
        limit: first,
    })
}

/// An id in an argument.
fn read_id<Id: FromStr>(argument: &str, id: &ID) -> async_graphql::Result<Id> {
    let wrong = |_| {
        failure::told(crate::error::Error::invalid(
            argument,
            format!("`{}` is not an id", id.as_str()),
        ))
    };
    id.parse().map_err(wrong)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_exported_schema_is_the_one_of_the_code() {
        let exported = include_str!("../../../schema.graphql");
        assert!(
            super::sdl() == exported,
            "schema.graphql is not the code's any more: run `make schema` and read what changed"
        );
    }
}
