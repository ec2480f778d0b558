//! The way of a message, statement by statement, on a real server.

mod following;
mod held;
mod holding;
mod meeting;
mod optimistic;
mod planned;
mod reaching;
mod receiving;
mod recording;
mod repeating;
mod routing;
mod speaking;
mod threads;
mod trying;

use std::time::Duration;

use chrono::Utc;
use diesel_async::SimpleAsyncConnection;

use super::*;
use crate::Store;
use crate::deliveries::{self, Attempt, Outcome};
use crate::ids::{
    AgentId, ChannelId, ContactId, ConversationId, DeliveryId, HostId, MessageId, OrganizationId,
    TurnId,
};
use crate::inbox::{self, Receive, Received, StoredMessage};
use crate::schedules;
use crate::state::{self, Owner};
use crate::testing::TestDatabase;

struct World {
    database: TestDatabase,
    organization: OrganizationId,
    agent: AgentId,
    channel: ChannelId,
    host: HostId,
}

impl World {
    async fn new() -> World {
        let world = World {
            database: TestDatabase::new().await,
            organization: OrganizationId::new(),
            agent: AgentId::new(),
            channel: ChannelId::new(),
            host: HostId::new(),
        };
        let (organization, agent, channel) = (world.organization, world.agent, world.channel);
        let (user, project) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
        world
            .sql(&format!(
                "INSERT INTO organizations (id, name) VALUES ('{organization}', 'Home');
                 INSERT INTO users (id, organization_id, email, name, default_project_id)
                     VALUES ('{user}', '{organization}', 'o@example.org', 'Owner', '{project}');
                 INSERT INTO projects (organization_id, id, slug, name)
                     VALUES ('{organization}', '{project}', 'home', 'Home');
                 INSERT INTO agents (organization_id, id, project_id, name, status)
                     VALUES ('{organization}', '{agent}', '{project}', 'echo', 'running');
                 INSERT INTO channels (organization_id, id, project_id, kind, name, primary_agent_id, status, created_by)
                     VALUES ('{organization}', '{channel}', '{project}', 'webhook', 'Hook', '{agent}', 'active', '{user}')"
            ))
            .await;
        world.alive(world.host, 60).await;
        world
    }

    fn store(&self) -> &Store {
        self.database.store()
    }

    async fn sql(&self, sql: &str) {
        self.store()
            .connection()
            .await
            .unwrap()
            .batch_execute(sql)
            .await
            .unwrap();
    }

    async fn alive(&self, host: HostId, seconds: i32) {
        self.sql(&format!(
            "INSERT INTO hosts (id, instance, alive_until)
             VALUES ('{host}', gen_random_uuid(), now() + interval '{seconds} seconds')
             ON CONFLICT (id) DO UPDATE SET alive_until = EXCLUDED.alive_until"
        ))
        .await;
    }

    fn message(&self, chat: &str, event: Option<&str>, text: &str) -> Receive {
        Receive {
            organization_id: self.organization,
            channel_id: self.channel,
            platform_event_id: event.map(str::to_owned),
            message_id: MessageId::new(),
            turn_id: TurnId::new(),
            platform_user_id: chat.to_owned(),
            display_name: Some("Alice".to_owned()),
            contact_id: ContactId::new(),
            platform_chat_id: chat.to_owned(),
            conversation_id: ConversationId::new(),
            is_group: false,
            title: None,
            text: text.to_owned(),
            content: None,
            chat_id: None,
            route: inbox::Route::default(),
            account: None,
            is_usual: false,
        }
    }

    async fn receive(&self, batch: &[Receive]) -> Vec<Received> {
        inbox::receive(self.store(), Some(self.host), inbox::Durability::Now, batch)
            .await
            .unwrap()
    }

    async fn receive_one(&self, chat: &str, text: &str) -> (Receive, StoredMessage) {
        let message = self.message(chat, None, text);
        let received = self.receive(std::slice::from_ref(&message)).await.remove(0);
        let Received::Stored(stored) = received else {
            panic!("{received:?}")
        };
        (message, stored)
    }

    fn ended(
        &self,
        turn: &Receive,
        conversation: ConversationId,
        position: i64,
        fence: i64,
    ) -> EndedTurn {
        EndedTurn {
            organization_id: self.organization,
            conversation_id: conversation,
            position,
            fence,
            turn_id: turn.turn_id,
            agent_id: Some(self.agent),
            status: EndStatus::Done,
            module_digest: None,
            started_at: Utc::now(),
            guest_micros: 1,
            host_calls: 2,
            memory_peak: 3,
            error_code: None,
            error: None,
            agent_state: None,
            chat_id: None,
            speech: vec![Speech {
                chat_id: None,
                conversation_id: conversation,
                message_id: MessageId::new(),
                text: format!("re: {}", turn.text),
                content: None,
                delivery_id: Some(DeliveryId::new()),
            }],
            state: vec![],
            schedules: vec![],
            files: None,
            recording: None,
        }
    }

    async fn commit(&self, turn: EndedTurn) -> Commit {
        commit(self.store(), self.host, &[turn])
            .await
            .unwrap()
            .remove(0)
    }
}
