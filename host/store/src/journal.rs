//! The journal is what was paid for during a turn: answers of models, by the place of the call in the turn. A turn that is run
//! again finds them, and pays for nothing twice. It is written under the turn's lease; what was used is counted with it.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Binary, Bool, Date, Integer, Nullable, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;

use crate::digests::ModuleDigest;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{AgentId, ConversationId, HostId, OrganizationId, ProjectId, TurnId};
use crate::page::Time;
use crate::pool::Store;

/// One answer.
#[derive(Clone, Debug, QueryableByName)]
pub struct Entry {
    /// The place of the call in its turn, from 0.
    #[diesel(sql_type = Integer)]
    pub call: i32,
    /// The digest of what was asked.
    #[diesel(sql_type = Binary)]
    pub request: Vec<u8>,
    /// JSON.
    #[diesel(sql_type = Binary)]
    pub answer: Vec<u8>,
}

/// All that was answered during a turn so far.
pub async fn of_turn(
    store: &Store,
    owner: OrganizationId,
    turn: TurnId,
) -> Result<Vec<Entry>, StoreError> {
    let statement = hot::statement(
        "SELECT call, request, answer FROM journal WHERE organization_id = $1 AND turn_id = $2 ORDER BY call",
    );
    let statement = statement.bind::<SqlUuid, _>(owner).bind::<SqlUuid, _>(turn);
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// A turn, and the lease under which it runs.
#[derive(Clone, Copy, Debug)]
pub struct Leased {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The conversation that is leased.
    pub conversation_id: ConversationId,
    /// To whom.
    pub host: HostId,
    /// The lease's number.
    pub fence: i64,
    /// The turn.
    pub turn_id: TurnId,
    /// The agent that it runs.
    pub agent_id: AgentId,
    /// The agent's project.
    pub project_id: ProjectId,
    /// The module that it runs.
    pub module: Option<ModuleDigest>,
}

/// What an answer took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Tokens that were read.
    pub input: i64,
    /// Tokens that were written.
    pub output: i64,
}

/// What was used on a day, input and output together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName)]
pub struct Today {
    /// By the agent.
    #[diesel(sql_type = BigInt)]
    pub agent_tokens: i64,
    /// By all agents of the project.
    #[diesel(sql_type = BigInt)]
    pub project_tokens: i64,
}

#[derive(QueryableByName)]
struct Recorded {
    #[diesel(sql_type = Bool)]
    is_held: bool,
    #[diesel(sql_type = BigInt)]
    agent_tokens: i64,
    #[diesel(sql_type = BigInt)]
    project_tokens: i64,
}

// The conversation's row is shared, so that no claim comes between the look at the lease and the row of the journal: whoever
// takes the turn over after this finds it there. What was used counts also where the lease is lost: it was paid for. The sum
// over the project sees the table as it was before, hence what is added to it.
const RECORD: &str = "
    WITH held AS MATERIALIZED (
        SELECT c.id FROM conversations c
        WHERE c.organization_id = $1 AND c.id = $2 AND c.lease_host = $3 AND c.fence = $4
        FOR SHARE
    ), kept AS (
        INSERT INTO journal (organization_id, turn_id, call, request, answer)
        SELECT $1, $5, $6, $7, $8 FROM held
        ON CONFLICT (organization_id, turn_id, call) DO UPDATE SET request = excluded.request, answer = excluded.answer
    ), begun AS (
        -- Whoever runs the turn again does so on the same module, whose question it was.
        UPDATE turns t SET module_digest = $14
        FROM held
        WHERE t.organization_id = $1 AND t.id = $5 AND t.module_digest IS DISTINCT FROM $14
    ), counted AS (
        INSERT INTO model_usage AS u (organization_id, agent_id, day, project_id, calls, input_tokens, output_tokens)
        VALUES ($1, $9, $10, $11, 1, $12, $13)
        ON CONFLICT (organization_id, agent_id, day) DO UPDATE
        SET calls = u.calls + 1, input_tokens = u.input_tokens + excluded.input_tokens,
            output_tokens = u.output_tokens + excluded.output_tokens
        RETURNING u.input_tokens + u.output_tokens AS tokens
    )
    SELECT EXISTS (SELECT FROM held) AS is_held,
        counted.tokens AS agent_tokens,
        (SELECT COALESCE(sum(u.input_tokens + u.output_tokens), 0)::bigint FROM model_usage u
            WHERE u.organization_id = $1 AND u.project_id = $11 AND u.day = $10) + $12 + $13 AS project_tokens
    FROM counted";

/// Writes an answer down and counts what it took, in one statement. None: the turn is another host's by now, and the answer
/// was only counted.
pub async fn record(
    store: &Store,
    turn: &Leased,
    entry: &Entry,
    day: NaiveDate,
    used: Used,
) -> Result<Option<Today>, StoreError> {
    let statement = hot::statement(RECORD)
        .bind::<SqlUuid, _>(turn.organization_id)
        .bind::<SqlUuid, _>(turn.conversation_id)
        .bind::<SqlUuid, _>(turn.host)
        .bind::<BigInt, _>(turn.fence)
        .bind::<SqlUuid, _>(turn.turn_id)
        .bind::<Integer, _>(entry.call)
        .bind::<Binary, _>(&entry.request)
        .bind::<Binary, _>(&entry.answer)
        .bind::<SqlUuid, _>(turn.agent_id)
        .bind::<Date, _>(day)
        .bind::<SqlUuid, _>(turn.project_id)
        .bind::<BigInt, _>(used.input)
        .bind::<BigInt, _>(used.output)
        .bind::<Nullable<Binary>, _>(turn.module);
    let recorded: Recorded = statement.get_result(&mut store.connection().await?).await?;
    Ok(recorded.is_held.then_some(Today {
        agent_tokens: recorded.agent_tokens,
        project_tokens: recorded.project_tokens,
    }))
}

/// What an agent and its project have used on a day.
pub async fn used(
    store: &Store,
    (owner, project, agent): (OrganizationId, ProjectId, AgentId),
    day: NaiveDate,
) -> Result<Today, StoreError> {
    let statement = hot::statement(
        "SELECT
             COALESCE(sum(input_tokens + output_tokens) FILTER (WHERE agent_id = $3), 0)::bigint AS agent_tokens,
             COALESCE(sum(input_tokens + output_tokens), 0)::bigint AS project_tokens
         FROM model_usage WHERE organization_id = $1 AND project_id = $2 AND day = $4",
    );
    let statement = statement
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(project)
        .bind::<SqlUuid, _>(agent)
        .bind::<Date, _>(day);
    Ok(statement.get_result(&mut store.connection().await?).await?)
}

/// What one agent has used on one day.
#[derive(Clone, Debug, QueryableByName)]
pub struct DayOfAgent {
    /// The agent.
    #[diesel(sql_type = SqlUuid)]
    pub agent_id: AgentId,
    /// The day, in UTC.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// Answers.
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
    /// Tokens that were read.
    #[diesel(sql_type = BigInt)]
    pub input_tokens: i64,
    /// Tokens that were written.
    #[diesel(sql_type = BigInt)]
    pub output_tokens: i64,
}

/// What the agents of a project have used since a day, the newest day first, and on one day those who used most.
pub async fn usage(
    store: &Store,
    owner: OrganizationId,
    project: ProjectId,
    since: NaiveDate,
    most: i64,
) -> Result<Vec<DayOfAgent>, StoreError> {
    let statement = hot::statement(
        "SELECT agent_id, day, calls, input_tokens, output_tokens FROM model_usage
         WHERE organization_id = $1 AND project_id = $2 AND day >= $3
         ORDER BY day DESC, input_tokens + output_tokens DESC, agent_id
         LIMIT $4",
    );
    let statement = statement
        .bind::<SqlUuid, _>(owner)
        .bind::<SqlUuid, _>(project)
        .bind::<Date, _>(since)
        .bind::<BigInt, _>(most);
    Ok(statement.load(&mut store.connection().await?).await?)
}

/// Removes answers from before a time, at most so many. How many there were.
pub async fn delete_before(store: &Store, time: Time, limit: u32) -> Result<usize, StoreError> {
    let statement = hot::statement(
        "DELETE FROM journal WHERE (organization_id, turn_id, call) IN (
             SELECT organization_id, turn_id, call FROM journal WHERE created_at < $1 LIMIT $2
         )",
    );
    let statement = statement
        .bind::<Timestamptz, _>(time)
        .bind::<BigInt, _>(i64::from(limit));
    Ok(statement.execute(&mut store.connection().await?).await?)
}
