//! What the host left in its database, read past it: a test's own database on the server of the test process.

use std::time::Duration;

use store::testing::TestDatabase;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row};

use crate::wait::{LONG, Limit, wait_for};

/// A database and a connection to it.
pub struct Database {
    made: TestDatabase,
    client: Client,
}

/// One entry of a conversation's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The platform's id of the chat.
    pub chat: String,
    /// Whether a contact said it.
    pub inbound: bool,
    /// What was said.
    pub text: String,
    /// The turn that handles it or that said it.
    pub turn: Option<String>,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnRow {
    /// `queued`, `done`, `failed` or `skipped`.
    pub status: String,
    /// What stopped it.
    pub error_code: Option<String>,
    /// The same as the owner reads it.
    pub error: Option<String>,
}

impl Database {
    /// A new one, with the schema.
    pub async fn new() -> Database {
        let made = TestDatabase::new().await;
        let (client, connection) = tokio_postgres::connect(&made.url(), NoTls)
            .await
            .expect("it answers");
        tokio::spawn(connection);
        Database { made, client }
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.made.url()
    }

    /// Rows of a query.
    pub async fn rows(&self, query: &str, values: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        self.client
            .query(query, values)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error:?}"))
    }

    /// The one number that a query returns.
    pub async fn count(&self, query: &str) -> i64 {
        self.rows(query, &[]).await[0].get(0)
    }

    /// Waits until nothing is left to be done: no turn waits, no delivery is on its way, no timer will fire.
    pub async fn settled(&self) {
        let left = "SELECT (SELECT count(*) FROM turns WHERE status = 'queued') AS turns, \
            (SELECT count(*) FROM deliveries WHERE status = 'pending') AS deliveries, \
            (SELECT count(*) FROM schedules) AS schedules";
        let mut last = (0_i64, 0_i64, 0_i64);
        wait_for(
            Limit(Duration::from_secs(60)),
            "every turn, delivery and timer to be over",
            async || {
                let row = &self.rows(left, &[]).await[0];
                last = (
                    row.get("turns"),
                    row.get("deliveries"),
                    row.get("schedules"),
                );
                (last == (0, 0, 0)).then_some(())
            },
        )
        .await;
    }

    /// Waits until some host runs a turn.
    pub async fn wait_for_a_turn(&self) {
        let running = "SELECT count(*) FROM conversations WHERE lease_host IS NOT NULL";
        wait_for(LONG, "a turn to run", async || {
            (self.count(running).await > 0).then_some(())
        })
        .await;
    }

    /// The logs of all conversations, each in its order.
    pub async fn log(&self) -> Vec<Entry> {
        let query = "SELECT c.platform_chat_id, m.direction, m.text, m.turn_id::text FROM messages m \
            JOIN conversations c ON c.organization_id = m.organization_id AND c.id = m.conversation_id \
            ORDER BY c.platform_chat_id, m.sequence";
        let entry = |row: Row| Entry {
            chat: row.get(0),
            inbound: row.get::<_, &str>(1) == "inbound",
            text: row.get(2),
            turn: row.get(3),
        };
        self.rows(query, &[]).await.into_iter().map(entry).collect()
    }

    /// The turns of an agent, in the order in which they were queued.
    pub async fn turns(&self, agent: &str) -> Vec<TurnRow> {
        let query = "SELECT t.status, t.error_code, t.error FROM turns t \
            JOIN agents a ON a.organization_id = t.organization_id AND a.id = t.agent_id \
            WHERE a.name = $1 ORDER BY t.queued_at, t.position";
        let turn = |row: Row| TurnRow {
            status: row.get(0),
            error_code: row.get(1),
            error: row.get(2),
        };
        self.rows(query, &[&agent])
            .await
            .into_iter()
            .map(turn)
            .collect()
    }

    /// A value of an agent's own state, as text.
    pub async fn agent_state(&self, agent: &str, key: &str) -> Option<String> {
        let query = "SELECT s.value FROM state s \
            JOIN agents a ON a.organization_id = s.organization_id AND a.id = s.agent_id \
            WHERE a.name = $1 AND s.key = $2 AND s.conversation_id = '00000000-0000-0000-0000-000000000000'";
        let rows = self.rows(query, &[&agent, &key]).await;
        rows.first()
            .map(|row| String::from_utf8(row.get(0)).expect("text"))
    }

    /// Status and number of tries of every delivery, in the order in which they were made.
    pub async fn deliveries(&self) -> Vec<(String, i16)> {
        let query = "SELECT status, attempts FROM deliveries ORDER BY sequence";
        self.rows(query, &[])
            .await
            .into_iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect()
    }
}
