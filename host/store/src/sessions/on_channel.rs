//! The session of a chat on a messaging platform's channel. Where it is about nothing else, it is about the project where the
//! channel lives.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::{Asked, Session, finding, of_project, who_answers};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, ChannelId, ProjectId};
use crate::pool::Store;

/// All that a message in a chat of a channel depends on.
#[derive(Clone, Debug, QueryableByName)]
pub struct OnChannel {
    /// Its session. The channel's own project counts there, whoever may see it.
    #[diesel(embed)]
    pub session: Session,
    /// The project where the channel lives.
    #[diesel(sql_type = SqlUuid)]
    pub home_id: ProjectId,
    /// Its name in addresses.
    #[diesel(sql_type = Text)]
    pub home_slug: String,
    /// Its name for people.
    #[diesel(sql_type = Text)]
    pub home_name: String,
    /// Who answers there by the project's choice, where neither the channel nor a workflow says who does.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub home_agent_id: Option<AgentId>,
}

const FIND: &str = finding!(
    ", h.id AS home_id, h.slug AS home_slug, h.name AS home_name, (
        SELECT a.id FROM agents a
        WHERE ch.primary_agent_id IS NULL AND ch.workflow_id IS NULL AND a.organization_id = h.organization_id
            AND a.id = h.primary_agent_id AND a.project_id = h.id AND a.deleted_at IS NULL
    ) AS home_agent_id",
    "m.user_id IS NOT NULL OR p.id = ch.project_id",
    "ch.id = $5"
);

/// Reads the session of a chat of a channel. None: the channel is gone.
pub async fn find_on_channel(
    store: &Store,
    channel: ChannelId,
    asked: Asked<'_>,
) -> Result<Option<OnChannel>, StoreError> {
    let statement = hot::statement(FIND)
        .bind::<SqlUuid, _>(asked.organization_id)
        .bind::<SqlUuid, _>(asked.user_id)
        .bind::<Text, _>(asked.session)
        .bind::<Nullable<Text>, _>(asked.platform_event_id)
        .bind::<SqlUuid, _>(channel);
    Ok(statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}
