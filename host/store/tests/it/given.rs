//! What a test starts from: an organization with its owner and default project, and rows below it.

use std::time::{Duration, Instant};

use serde_json::json;
use store::agents::{Agent, NewAgent};
use store::channels::{Access, Channel, ChannelStatus, NewChannel};
use store::ids::{AgentId, ChannelId, OrganizationId, ProjectId, UserId};
use store::members::{NewMember, Role};
use store::modules::{ModuleDigest, NewModule};
use store::organizations::{Founding, NewOrganization};
use store::projects::NewProject;
use store::testing::TestDatabase;
use store::users::{NewUser, OrganizationRole, User};
use store::{Store, agents, channels, members, modules, organizations, users};

/// A database with one organization.
pub(crate) struct Home {
    database: TestDatabase,
    pub(crate) organization: OrganizationId,
    pub(crate) owner: UserId,
    pub(crate) project: ProjectId,
}

pub(crate) fn founding(email: &str) -> Founding {
    let (organization, owner, project) = (OrganizationId::new(), UserId::new(), ProjectId::new());
    Founding {
        organization: NewOrganization {
            id: organization,
            name: "Home".into(),
        },
        owner: NewUser {
            id: owner,
            organization_id: organization,
            email: Some(email.into()),
            name: "Ada".into(),
            password_hash: None,
            default_project_id: project,
            organization_role: OrganizationRole::Owner,
        },
        project: NewProject {
            organization_id: organization,
            id: project,
            slug: "default".into(),
            name: "Default".into(),
        },
    }
}

impl Home {
    pub(crate) async fn new() -> Home {
        let database = TestDatabase::new().await;
        let founded = organizations::found(database.store(), founding("ada@example.org"))
            .await
            .unwrap();
        Home {
            database,
            organization: founded.organization.id,
            owner: founded.owner.id,
            project: founded.project.id,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        self.database.store()
    }

    /// Someone else of the organization.
    pub(crate) async fn user(&self, email: &str) -> User {
        let new = NewUser {
            id: UserId::new(),
            organization_id: self.organization,
            email: Some(email.into()),
            name: "Grace".into(),
            password_hash: None,
            default_project_id: self.project,
            organization_role: OrganizationRole::Member,
        };
        users::create(self.store(), new).await.unwrap()
    }

    /// The same with a role in the project.
    pub(crate) async fn member(&self, email: &str, role: Role) -> UserId {
        let user = self.user(email).await.id;
        let new = NewMember {
            organization_id: self.organization,
            project_id: self.project,
            user_id: user,
            role,
        };
        members::create(self.store(), new).await.unwrap();
        user
    }

    pub(crate) fn new_agent(&self, name: &str) -> NewAgent {
        NewAgent {
            organization_id: self.organization,
            id: AgentId::new(),
            project_id: self.project,
            name: name.into(),
            configuration: json!({}),
            limits: json!({}),
            capabilities: vec!["log".into(), "state".into()],
        }
    }

    pub(crate) async fn agent(&self, name: &str) -> Agent {
        agents::create(self.store(), self.new_agent(name))
            .await
            .unwrap()
    }

    pub(crate) async fn module(&self, seed: u8) -> ModuleDigest {
        let digest = ModuleDigest::from([seed; 32]);
        let new = NewModule {
            organization_id: self.organization,
            digest,
            component: vec![seed; 4],
            uploaded_size: 3,
            inspection: json!({"interface": "1.0.0"}),
        };
        modules::create(self.store(), new).await.unwrap();
        digest
    }

    pub(crate) fn new_channel(&self, kind: &str, agent: Option<AgentId>) -> NewChannel {
        NewChannel {
            organization_id: self.organization,
            id: ChannelId::new(),
            project_id: self.project,
            kind: kind.into(),
            name: "front door".into(),
            primary_agent_id: agent,
            access: Access::Open,
            status: ChannelStatus::Active,
            configuration: json!({"callbackUrl": "https://example.org"}),
            credential: Some(b"sealed".to_vec()),
            created_by: self.owner,
        }
    }

    pub(crate) async fn channel(&self, kind: &str, agent: Option<AgentId>) -> Channel {
        channels::create(self.store(), self.new_channel(kind, agent))
            .await
            .unwrap()
    }
}

/// Looks until it is there. The limit is what a test waits when something is broken.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    const SOON: Duration = Duration::from_secs(15);
    let end = Instant::now() + SOON;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not within {SOON:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
