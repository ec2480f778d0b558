//! Toolsets: the tools that a project's agents may use.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use store::toolsets::{Toolset, ToolsetKind};

use super::connection::{self, Nodes, Paging};
use super::modules::ModuleNode;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, loaders, read_id};
use crate::service::toolsets::{self, Changes, Header, NewServer, NewToolset};
use crate::vault::Secret;

/// Where a toolset's tools are.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "ToolsetKind", remote = "ToolsetKind")]
pub(super) enum ToolsetKindShown {
    /// In a module that someone has uploaded.
    Module,
    /// In a module of the host's own: `navigator`, which tells of the projects of whoever speaks.
    Builtin,
    /// At a server that speaks MCP.
    Server,
}

/// A set of tools that agents of its project may use, as far as they were granted `tools`.
pub(super) struct ToolsetNode(pub(super) Arc<Toolset>);

/// A set of tools that agents of its project may use, as far as they were granted `tools` (whose terms may name toolsets:
/// `{"toolsets": […], "callsPerTurn": …}`).
#[Object(name = "Toolset", crate = "library")]
impl ToolsetNode {
    /// Names it everywhere: `tls_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// Its name, unique in the project. Agents call its tools by it: `weather__today`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where its tools are.
    async fn kind(&self) -> ToolsetKindShown {
        self.0.kind.into()
    }

    /// The module that has them, if one was uploaded for it.
    async fn module(&self, context: &Context<'_>) -> Result<Option<ModuleNode>> {
        match self.0.module_digest {
            Some(digest) => Ok(loaders::one(context, digest).await?.map(ModuleNode)),
            None => Ok(None),
        }
    }

    /// The address of the server that has them.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// The name of the header that the server is asked with; its value is never shown.
    async fn header_name(&self) -> Option<&str> {
        self.0.header.as_deref()
    }

    /// What the module shares with the agent that calls it, as far as that one was granted it.
    async fn capabilities(&self) -> &[String] {
        &self.0.capabilities
    }

    /// Its tools before whose calls a person is asked, by their own names; `*` is all of them.
    async fn approvals(&self) -> &[String] {
        &self.0.approvals
    }

    /// Since when it is enabled.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// A tool, as its toolset tells of it.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct ToolsetTool {
    /// What agents call it.
    name: String,
    /// Its own name.
    own_name: String,
    /// What it does, in its toolset's words.
    description: String,
    /// JSON Schema of its arguments.
    input_schema: String,
    /// JSON Schema of its result, where one is promised.
    output_schema: Option<String>,
    /// Whether a person is asked before it is called.
    needs_approval: bool,
}

/// A tool that cannot be used.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct RefusedTool {
    /// What agents would call it.
    name: String,
    /// Why not.
    reason: String,
}

/// What a toolset tells of its tools.
#[derive(Default, SimpleObject)]
struct ToolsetTools {
    /// Those that agents may use.
    tools: Vec<ToolsetTool>,
    /// Those that there are and that cannot be used.
    refused: Vec<RefusedTool>,
    /// Why nothing can be told, where that is so.
    problem: Option<String>,
}

#[derive(Default)]
pub(super) struct ToolsetsQuery;

#[Object]
impl ToolsetsQuery {
    /// The toolsets of a project, oldest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn toolsets(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project, by slug or id; else the caller's default one.")]
        project: Option<String>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ToolsetNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = toolsets::stretch(cx, caller, project.as_deref(), &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |toolset| toolset.id, ToolsetNode))
    }

    /// A toolset.
    async fn toolset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<ToolsetNode> {
        let (cx, caller) = asked_by(context)?;
        let found = toolsets::find(cx, caller, read_id("id", &id)?).await;
        found.map(Arc::new).map(ToolsetNode).map_err(failure::told)
    }

    /// The tools of a toolset, for which it is asked, unless it was a moment ago.
    #[graphql(complexity = "500 + child_complexity")]
    async fn toolset_tools(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The id of the toolset.")] id: ID,
    ) -> Result<ToolsetTools> {
        let (cx, caller) = asked_by(context)?;
        let told = toolsets::tools(cx, caller, read_id("id", &id)?).await;
        let (toolset, listing) = told.map_err(failure::told)?;
        let listing = match listing {
            Ok(listing) => listing,
            Err(problem) => {
                return Ok(ToolsetTools {
                    problem: Some(problem.message),
                    ..ToolsetTools::default()
                });
            }
        };
        let tools = listing.tools.iter().map(|tool| ToolsetTool {
            name: tool.name.clone(),
            own_name: tool.described.name.clone(),
            description: tool.described.description.clone(),
            input_schema: tool.described.input_schema.clone(),
            output_schema: tool.described.output_schema.clone(),
            needs_approval: toolsets::needs_approval(&toolset, &tool.described.name),
        });
        let refused = listing.refused.iter().map(|(name, reason)| RefusedTool {
            name: name.clone(),
            reason: reason.clone(),
        });
        Ok(ToolsetTools {
            tools: tools.collect(),
            refused: refused.collect(),
            problem: None,
        })
    }
}

/// A module whose tools agents are to have.
#[derive(InputObject)]
struct EnableToolsetInput {
    /// The project, by slug or id; else the caller's default one.
    project: Option<String>,
    /// Its name: small letters and digits, with single underscores between them.
    name: String,
    /// The digest of a module that was uploaded and has tools, or `navigator`.
    module: String,
    /// What it shares with the agent that calls it, as far as that one was granted it: of `log`, `history`, `http` and
    /// `secrets`.
    #[graphql(default)]
    capabilities: Vec<String>,
    /// Its tools before whose calls a person is asked, by their own names; `*` is all of them.
    #[graphql(default)]
    approvals: Vec<String>,
}

/// A header with what is secret in it.
#[derive(InputObject)]
struct ToolServerHeaderInput {
    /// Its name.
    #[graphql(default = "Authorization")]
    name: String,
    /// Its value, such as `Bearer …`. It is sealed, never shown, and hidden where the server says it again.
    value: String,
}

/// A server whose tools agents are to have.
#[derive(InputObject)]
struct ConnectToolServerInput {
    /// The project, by slug or id; else the caller's default one.
    project: Option<String>,
    /// Its name: small letters and digits, with single underscores between them.
    name: String,
    /// Its address, where it speaks MCP over streamable HTTP. One in a private network has to be allowed by the operator.
    url: String,
    /// The header that it is asked with.
    header: Option<ToolServerHeaderInput>,
    /// Its tools before whose calls a person is asked, by their own names; `*` is all of them.
    #[graphql(default)]
    approvals: Vec<String>,
}

/// What to change of a toolset; what is left out stays.
#[derive(InputObject)]
struct UpdateToolsetInput {
    /// The toolset.
    id: ID,
    /// Another module, by its digest.
    module: Option<String>,
    /// Another address: the header has to be given with it.
    url: Option<String>,
    /// Another header; null takes it away.
    header: MaybeUndefined<ToolServerHeaderInput>,
    /// What its module shares with the agent that calls it.
    capabilities: Option<Vec<String>>,
    /// Its tools before whose calls a person is asked, by their own names; `*` is all of them.
    approvals: Option<Vec<String>>,
}

#[derive(Default)]
pub(super) struct ToolsetsMutation;

#[Object]
impl ToolsetsMutation {
    /// Lets the agents of a project that were granted `tools` use those of a module.
    async fn enable_toolset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The toolset.")] input: EnableToolsetInput,
    ) -> Result<ToolsetNode> {
        let (cx, caller) = asked_by(context)?;
        let new = NewToolset {
            project: input.project,
            name: input.name,
            module: input.module,
            capabilities: input.capabilities,
            approvals: input.approvals,
        };
        let made = toolsets::enable(cx, caller, new).await;
        made.map(Arc::new).map(ToolsetNode).map_err(failure::told)
    }

    /// Lets the agents of a project that were granted `tools` use those of a server that speaks MCP.
    async fn connect_tool_server(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The server.")] input: ConnectToolServerInput,
    ) -> Result<ToolsetNode> {
        let (cx, caller) = asked_by(context)?;
        let new = NewServer {
            project: input.project,
            name: input.name,
            url: input.url,
            header: input.header.map(header),
            approvals: input.approvals,
        };
        let made = toolsets::connect(cx, caller, new).await;
        made.map(Arc::new).map(ToolsetNode).map_err(failure::told)
    }

    /// Changes a toolset. What agents ask from then on is asked as it is then.
    async fn update_toolset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateToolsetInput,
    ) -> Result<ToolsetNode> {
        let (cx, caller) = asked_by(context)?;
        let changes = Changes {
            module: input.module,
            url: input.url,
            header: match input.header {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(value) => Some(Some(header(value))),
            },
            capabilities: input.capabilities,
            approvals: input.approvals,
        };
        let id = read_id("id", &input.id)?;
        let changed = toolsets::update(cx, caller, id, changes).await;
        changed
            .map(Arc::new)
            .map(ToolsetNode)
            .map_err(failure::told)
    }

    /// Takes a toolset away from the agents of its project, with what its server is asked with. It is returned as it was.
    async fn remove_toolset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<ToolsetNode> {
        let (cx, caller) = asked_by(context)?;
        let removed = toolsets::remove(cx, caller, read_id("id", &id)?).await;
        removed
            .map(Arc::new)
            .map(ToolsetNode)
            .map_err(failure::told)
    }
}

fn header(input: ToolServerHeaderInput) -> Header {
    Header {
        name: input.name,
        value: Secret::new(input.value),
    }
}
