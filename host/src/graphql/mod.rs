//! GraphQL at `/graphql`: the control plane, one noun a file, over the same services as every other way in. `http` and
//! `socket` carry it, `limits` bounds it, `connection`, `loaders` and `node` are the conventions that every noun follows.

mod agents;
mod api_keys;
mod audit;
mod business_units;
mod channels;
mod chats;
mod connection;
mod contacts;
mod conversations;
mod deliveries;
mod documents;
mod drive;
mod failure;
mod files;
mod grants;
mod holding;
mod http;
mod invites;
mod limits;
mod live_links;
mod load;
mod loaders;
mod log;
mod members;
mod messages;
mod modules;
mod node;
mod organizations;
mod page;
mod participants;
mod persisted;
mod project_agents;
mod project_settings;
mod projects;
mod providers;
mod replays;
mod repositories;
mod resolve;
mod root;
mod scalars;
mod schedules;
mod secrets;
mod shares;
mod sign_in;
mod socket;
mod subscriptions;
mod teams;
mod tool_calls;
mod toolsets;
mod turns;
mod uploads;
mod users;
mod wallets;
mod wechat;
mod workflows;

use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use async_graphql::{ID, MergedObject, Request, Response, Schema};
use axum::routing::get;
use axum::{Extension, Router};

use self::documents::Documents;
use self::drive::Loads;
use self::loaders::Loaders;
use self::persisted::Persisted;
use self::resolve::Shapes;
use self::root::{Part, Root};
use self::subscriptions::Subscription;
use self::uploads::uploaded;
use crate::auth::{Caller, Client};
use crate::context::Context;

// Both are merged in three parts: the compiler counts how deep one stands in another, and so does a thread's stack.

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(Part<FirstQuery>, Part<SecondQuery>, Part<ThirdQuery>);

#[derive(Default, MergedObject)]
struct FirstQuery(
    Part<projects::ProjectsQuery>,
    Part<agents::AgentsQuery>,
    Part<modules::ModulesQuery>,
    Part<channels::ChannelsQuery>,
    Part<wechat::WechatQuery>,
    Part<conversations::ConversationsQuery>,
    Part<messages::MessagesQuery>,
    Part<turns::TurnsQuery>,
);

#[derive(Default, MergedObject)]
struct SecondQuery(
    Part<deliveries::DeliveriesQuery>,
    Part<workflows::WorkflowsQuery>,
    Part<providers::ProvidersQuery>,
    Part<organizations::OrganizationsQuery>,
    Part<users::UsersQuery>,
    Part<sign_in::SessionsQuery>,
    Part<members::MembersQuery>,
    Part<project_agents::ProjectAgentsQuery>,
    Part<project_settings::ProjectSettingsQuery>,
    Part<invites::InvitesQuery>,
);

#[derive(Default, MergedObject)]
struct ThirdQuery(
    Part<business_units::BusinessUnitsQuery>,
    Part<teams::TeamsQuery>,
    Part<api_keys::ApiKeysQuery>,
    Part<audit::AuditQuery>,
    Part<repositories::RepositoriesQuery>,
    Part<wallets::WalletsQuery>,
    Part<toolsets::ToolsetsQuery>,
    Part<tool_calls::ToolCallsQuery>,
    Part<node::NodeQuery>,
);

/// What can be changed. Each returns what it changed.
#[derive(Default, MergedObject)]
pub struct Mutation(
    Part<FirstMutation>,
    Part<SecondMutation>,
    Part<ThirdMutation>,
);

#[derive(Default, MergedObject)]
struct FirstMutation(
    Part<agents::AgentsMutation>,
    Part<agents::TrialsMutation>,
    Part<modules::ModulesMutation>,
    Part<grants::GrantsMutation>,
    Part<channels::ChannelsMutation>,
    Part<wechat::WechatMutation>,
    Part<deliveries::DeliveriesMutation>,
    Part<files::FilesMutation>,
    Part<schedules::SchedulesMutation>,
    Part<replays::ReplaysMutation>,
);

#[derive(Default, MergedObject)]
struct SecondMutation(
    Part<holding::HoldingMutation>,
    Part<workflows::WorkflowsMutation>,
    Part<providers::ProvidersMutation>,
    Part<sign_in::SessionsMutation>,
    Part<organizations::OrganizationsMutation>,
    Part<users::UsersMutation>,
    Part<projects::ProjectsMutation>,
    Part<members::MembersMutation>,
    Part<project_agents::ProjectAgentsMutation>,
    Part<project_settings::ProjectSettingsMutation>,
);

#[derive(Default, MergedObject)]
struct ThirdMutation(
    Part<invites::InvitesMutation>,
    Part<business_units::BusinessUnitsMutation>,
    Part<teams::TeamsMutation>,
    Part<api_keys::ApiKeysMutation>,
    Part<repositories::RepositoriesMutation>,
    Part<secrets::SecretsMutation>,
    Part<live_links::LiveLinksMutation>,
    Part<toolsets::ToolsetsMutation>,
    Part<tool_calls::ToolCallsMutation>,
);

/// The schema, and what its carriers share.
#[derive(Clone, Default)]
struct House(Arc<Parts>);

#[derive(Default)]
struct Parts {
    /// One that tells itself to those who ask, and one that does not.
    schemas: [OnceLock<ControlPlane>; 2],
    persisted: Persisted,
    documents: Documents,
}

type ControlPlane = Schema<Root<Query>, Root<Mutation>, Subscription>;

/// What an id is, in the schema.
const ID_SAYS: &str =
    "Names something: what it is, and which. The same id is good everywhere, and for `node`.";

impl House {
    /// The schema as the operator wants it.
    fn schema(&self, cx: &Context) -> &ControlPlane {
        let [open, closed] = &self.0.schemas;
        match cx.config.graphql.introspection {
            true => open.get_or_init(|| schema(true)),
            false => closed.get_or_init(|| schema(false)),
        }
    }
}

/// The routes.
pub fn routes() -> Router<Context> {
    let served = get(http::serve).post(http::serve).fallback(http::serve);
    Router::new()
        .route("/graphql", served)
        .layer(Extension(House::default()))
}

/// The schema's text, as `schema.graphql` has it.
pub fn sdl() -> String {
    schema(true).sdl()
}

fn schema(introspection: bool) -> ControlPlane {
    let parts = (Root::default(), Root::default(), Subscription);
    let mut builder = limits::bound(Schema::build(parts.0, parts.1, parts.2));
    builder = builder.override_output_type_description::<ID>(ID_SAYS);
    if !introspection {
        builder = builder.disable_introspection().disable_suggestions();
    }
    builder.finish()
}

/// A request with what its resolvers need, and what drives it.
fn equip(
    request: Request,
    cx: &Context,
    client: Client,
    caller: Option<Caller>,
) -> (Request, Loads) {
    let request = request
        .data(cx.clone())
        .data(client)
        .data(Shapes::default());
    let Some(caller) = caller else {
        return (request, Loads::none());
    };
    let (loaders, loads) = loaders::loaders(cx, &caller);
    (request.data(loaders).data(caller), loads)
}

/// A response whose errors all have a code.
fn coded(mut response: Response) -> Response {
    failure::code_all(&mut response.errors);
    response
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

/// The loaders of a request, or the error of one without a caller.
fn loaders_of<'a>(context: &'a async_graphql::Context<'_>) -> async_graphql::Result<&'a Loaders> {
    let unauthenticated = || failure::told(crate::error::Error::Unauthenticated);
    context.data_opt::<Loaders>().ok_or_else(unauthenticated)
}

/// Where a request came from, whoever sent it.
fn client(context: &async_graphql::Context<'_>) -> async_graphql::Result<Client> {
    context.data::<Client>().copied()
}

/// An id in an argument.
fn read_id<Id: FromStr>(argument: &str, id: &ID) -> async_graphql::Result<Id> {
    let wrong = |_| {
        failure::told(crate::error::Error::invalid(
            argument,
            format!("`{}` is not an id of what it should name", id.as_str()),
        ))
    };
    id.parse().map_err(wrong)
}
