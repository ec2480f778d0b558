//! What a run needs of its agent, in one read.

use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;

use crate::ids::{AgentId, OrganizationId, ProjectId, ProviderId};
use crate::providers::ProviderKind;
use crate::{Store, StoreError, hot};

/// An agent as its runs see it. The same for every read of one `version`.
#[derive(Debug, Clone, QueryableByName)]
pub struct RunnableAgent {
    #[diesel(sql_type = BigInt)]
    pub version: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = Nullable<Binary>)]
    pub module_digest: Option<Vec<u8>>,
    #[diesel(sql_type = Jsonb)]
    pub configuration: serde_json::Value,
    #[diesel(sql_type = Jsonb)]
    pub limits: serde_json::Value,
    /// The names of the capabilities that it was granted.
    #[diesel(sql_type = Array<Text>)]
    pub grants: Vec<String>,
    /// Whether its module asks for a workspace.
    #[diesel(sql_type = Bool)]
    pub asks_for_files: bool,
    /// The module that is tried in a share of its conversations, where one is.
    #[diesel(sql_type = Nullable<Binary>)]
    pub trial_digest: Option<Vec<u8>>,
    /// In so many of a hundred.
    #[diesel(sql_type = Nullable<SmallInt>)]
    pub trial_share: Option<i16>,
    /// Whether that one asks for a workspace.
    #[diesel(sql_type = Bool)]
    pub trial_asks_for_files: bool,
    /// Where it lives.
    #[diesel(sql_type = SqlUuid)]
    pub project_id: ProjectId,
    /// The terms on which it was granted `model`.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub model_terms: Option<serde_json::Value>,
    /// The terms on which it was granted `http`.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub http_terms: Option<serde_json::Value>,
    /// The terms on which it was granted `tools`.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub tool_terms: Option<serde_json::Value>,
    /// The provider that the terms of `model` name, or else its project's default, if there is one.
    #[diesel(embed)]
    pub provider: AskedProvider,
}

/// The provider that an agent asks. All is there, or nothing but perhaps the key.
#[derive(Debug, Clone, QueryableByName)]
pub struct AskedProvider {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub provider_id: Option<ProviderId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub kind: Option<ProviderKind>,
    #[diesel(sql_type = Nullable<Text>)]
    pub url: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub model: Option<String>,
    /// Sealed.
    #[diesel(sql_type = Nullable<Binary>)]
    pub key: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub agent_tokens: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub project_tokens: Option<i64>,
}

/// Reads an agent for its runs; `NotFound` where it was deleted.
pub async fn runnable(
    store: &Store,
    organization: OrganizationId,
    agent: AgentId,
) -> Result<RunnableAgent, StoreError> {
    let mut connection = store.connection().await?;
    Ok(hot::statement(
        "SELECT a.version, a.name, a.status, a.module_digest, a.configuration, a.limits,
             ARRAY(
                 SELECT g.capability FROM grants g
                 WHERE g.organization_id = a.organization_id AND g.agent_id = a.id
             ) AS grants,
             EXISTS (
                 SELECT FROM modules m
                 WHERE m.organization_id = a.organization_id AND m.digest = a.module_digest
                     AND m.inspection->'capabilities' ? 'workspace'
             ) AS asks_for_files,
             a.trial_digest, a.trial_share,
             EXISTS (
                 SELECT FROM modules m
                 WHERE m.organization_id = a.organization_id AND m.digest = a.trial_digest
                     AND m.inspection->'capabilities' ? 'workspace'
             ) AS trial_asks_for_files,
             a.project_id, m.terms AS model_terms, h.terms AS http_terms, o.terms AS tool_terms,
             p.id AS provider_id, p.kind, p.url, p.model, p.key, p.agent_tokens, p.project_tokens
         FROM agents a
         LEFT JOIN grants m ON m.organization_id = a.organization_id AND m.agent_id = a.id AND m.capability = 'model'
         LEFT JOIN grants h ON h.organization_id = a.organization_id AND h.agent_id = a.id AND h.capability = 'http'
         LEFT JOIN grants o ON o.organization_id = a.organization_id AND o.agent_id = a.id AND o.capability = 'tools'
         LEFT JOIN providers p ON p.organization_id = m.organization_id AND p.project_id = a.project_id
             AND CASE WHEN m.terms ->> 'provider' IS NULL THEN p.is_default ELSE p.id::text = m.terms ->> 'provider' END
         WHERE a.organization_id = $1 AND a.id = $2 AND a.deleted_at IS NULL",
    )
    .bind::<SqlUuid, _>(organization.uuid())
    .bind::<SqlUuid, _>(agent.uuid())
    .get_result(&mut connection)
    .await?)
}

#[derive(QueryableByName)]
struct Component {
    #[diesel(sql_type = Binary)]
    component: Vec<u8>,
}

/// Reads a module's component.
pub async fn component(
    store: &Store,
    organization: OrganizationId,
    digest: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let mut connection = store.connection().await?;
    let row: Component =
        hot::statement("SELECT component FROM modules WHERE organization_id = $1 AND digest = $2")
            .bind::<SqlUuid, _>(organization.uuid())
            .bind::<Binary, _>(digest)
            .get_result(&mut connection)
            .await?;
    Ok(row.component)
}
