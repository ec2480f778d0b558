//! Modules.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, Upload};
use serde_json::Value;
use store::agents::PointedAt;
use store::modules::{Module, ModuleDigest, Place};

use super::connection::{self, Nodes, Paging};
use super::loaders;
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, uploaded};
use crate::error::Error;
use crate::service::modules::{self, Candidate};

const PREFIX: &str = "mod_";

/// One immutable uploaded component.
pub(super) struct ModuleNode(pub(super) Arc<Module>);

/// One immutable uploaded component, named by the SHA-256 of its bytes.
#[Object(name = "Module", crate = "library")]
impl ModuleNode {
    /// Names it everywhere: `mod_` and its digest.
    pub(super) async fn id(&self) -> ID {
        public(self.0.digest)
    }

    /// SHA-256 of the bytes as they were uploaded, in hexadecimal digits.
    async fn digest(&self) -> String {
        self.0.digest.to_string()
    }

    /// How many bytes were uploaded.
    async fn size(&self) -> i64 {
        self.0.uploaded_size
    }

    /// The version of `cloister:agent` that it was built against.
    async fn interface_version(&self) -> Option<&str> {
        self.found("/interface_version").and_then(Value::as_str)
    }

    /// Whether it can be an agent's: it exports `cloister:agent/handler`.
    async fn is_handler(&self) -> bool {
        self.found("/exports/handler") == Some(&Value::Bool(true))
    }

    /// Whether it is a set of tools: it exports `cloister:agent/toolset`.
    async fn is_toolset(&self) -> bool {
        self.found("/exports/toolset") == Some(&Value::Bool(true))
    }

    /// All that it imports, by full name.
    async fn imports(&self) -> Vec<&str> {
        self.words("/imports")
    }

    /// The capabilities that it asks for, by short name.
    async fn capabilities(&self) -> Vec<&str> {
        self.words("/capabilities")
    }

    /// Since when it is here.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

impl ModuleNode {
    fn found(&self, pointer: &str) -> Option<&Value> {
        self.0.inspection.pointer(pointer)
    }

    fn words(&self, pointer: &str) -> Vec<&str> {
        let words = self.found(pointer).and_then(Value::as_array);
        words
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }
}

/// One entry of an agent's history.
pub(super) struct AgentModuleNode(pub(super) Arc<PointedAt>);

/// A module that an agent pointed at from some time on.
#[Object(name = "AgentModule", crate = "library")]
impl AgentModuleNode {
    /// The module.
    async fn module(&self, context: &Context<'_>) -> Result<Option<ModuleNode>> {
        let module = loaders::one(context, self.0.module_digest).await?;
        Ok(module.map(ModuleNode))
    }

    /// Since when.
    async fn since(&self) -> Time {
        Time(self.0.created_at)
    }
}

#[derive(Default)]
pub(super) struct ModulesQuery;

#[Object]
impl ModulesQuery {
    /// The modules of the caller's organization, the newest first.
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn modules(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<ModuleNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = modules::list(cx, caller, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        let place = |module: &Arc<Module>| Place {
            created_at: module.created_at,
            digest: module.digest,
        };
        Ok(connection::nodes(listed, place, ModuleNode))
    }

    /// A module.
    async fn module(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id or its digest.")] id: ID,
    ) -> Result<ModuleNode> {
        let (cx, caller) = asked_by(context)?;
        let module = modules::find(cx, caller, read_digest("id", &id)?).await;
        module.map(Arc::new).map(ModuleNode).map_err(failure::told)
    }
}

#[derive(Default)]
pub(super) struct ModulesMutation;

#[Object]
impl ModulesMutation {
    /// Accepts a module for agents to point at: inspected and compiled before it is kept, and kept once.
    async fn upload_module(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The component, as the multipart request specification sends it.")]
        file: Upload,
    ) -> Result<ModuleNode> {
        let (cx, caller) = asked_by(context)?;
        modules::may_upload(cx, caller)
            .await
            .map_err(failure::told)?;
        let module = uploaded(context, file).await?;
        let module = modules::upload(cx, caller, module).await;
        module.map(Arc::new).map(ModuleNode).map_err(failure::told)
    }
}

/// The id of a module.
pub(super) fn public(digest: ModuleDigest) -> ID {
    format!("{PREFIX}{digest}").into()
}

/// A module in an argument: its id, or its digest alone.
pub(super) fn read_digest(argument: &str, id: &str) -> Result<ModuleDigest> {
    let digits = id.strip_prefix(PREFIX).unwrap_or(id);
    let wrong = |_| Error::invalid(argument, format!("`{id}` is not a module's id or digest"));
    digits.parse().map_err(|error| failure::told(wrong(error)))
}

/// A module that is given by its id or as a file, where one is.
pub(super) async fn candidate(
    context: &Context<'_>,
    module: Option<ID>,
    file: Option<Upload>,
) -> Result<Option<Candidate>> {
    Ok(match (module, file) {
        (None, None) => None,
        (Some(id), None) => Some(Candidate::Kept(read_digest("input.module", &id)?)),
        (None, Some(file)) => {
            let (cx, caller) = asked_by(context)?;
            let may = modules::may_upload(cx, caller).await;
            may.map_err(failure::told)?;
            Some(Candidate::Upload(uploaded(context, file).await?))
        }
        (Some(_), Some(_)) => {
            let why = "is one too many: `input.file` names a module as well";
            return Err(failure::told(Error::invalid("input.module", why)));
        }
    })
}
