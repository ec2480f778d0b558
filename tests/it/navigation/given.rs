//! An organization, people in it, and a context to ask the services with: all of a host but its ways in.

use std::sync::LazyLock;
use std::time::Duration;

use host::auth::{Budgets, Caller, Client, Entrance, Remembered, Way, Who};
use host::config::Config;
use host::context::{Context, Parts};
use host::external::External;
use host::gather::Gather;
use host::live::Live;
use host::live::sources::Feeds;
use host::metrics::Metrics;
use host::models::KnownUsage;
use host::outgoing::Outgoing;
use host::rates::SignIns;
use host::service::projects::{self, NewProject};
use host::supervisor::Supervisor;
use host::vault::{Keyring, Vault};
use sandbox::{Engine, EngineConfig};
use store::ids::{HostId, InstanceId, OrganizationId, ProjectId, UserId};
use store::organizations::{self, Founding, NewOrganization};
use store::testing::TestDatabase;
use store::users::{self, NewUser, OrganizationRole};
use tests::place;

/// One for all tests, so that the module is compiled once.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(EngineConfig {
        cache_dir: place::output("navigation"),
        cache_key: [7; 32],
        compiler: vec![place::cloister().into(), "compile-module".into()],
        code_cache_bytes: 64 << 20,
        max_instances: 16,
        compile_memory: 2 << 30,
        compile_time: Duration::from_secs(60),
    })
    .unwrap()
});

pub(super) fn engine() -> Engine {
    ENGINE.clone()
}

/// An organization with its owner, whose default project is `Home`.
pub(super) struct Home {
    pub(super) cx: Context,
    database: TestDatabase,
    organization: OrganizationId,
    owner: UserId,
}

impl Home {
    pub(super) async fn new() -> Home {
        let database = TestDatabase::new().await;
        let (organization, owner, project) =
            (OrganizationId::new(), UserId::new(), ProjectId::new());
        let founding = Founding {
            organization: NewOrganization {
                id: organization,
                name: "Home".to_owned(),
            },
            owner: new_user(organization, owner, "ada", project, OrganizationRole::Owner),
            project: store::projects::NewProject {
                organization_id: organization,
                id: project,
                slug: "home".to_owned(),
                name: "Home".to_owned(),
            },
        };
        organizations::found(database.store(), founding)
            .await
            .unwrap();
        Home {
            cx: context(&database),
            database,
            organization,
            owner,
        }
    }

    pub(super) fn owner(&self) -> Caller {
        self.caller(Who::User(self.owner))
    }

    /// Someone of the organization, who is in no project yet.
    pub(super) async fn person(&self, name: &str) -> Caller {
        let id = UserId::new();
        let project = ProjectId::nil();
        let new = new_user(
            self.organization,
            id,
            name,
            project,
            OrganizationRole::Member,
        );
        users::create(self.database.store(), new).await.unwrap();
        self.caller(Who::User(id))
    }

    pub(super) fn caller(&self, who: Who) -> Caller {
        Caller {
            organization_id: self.organization,
            who,
            way: Way::ExternalToken,
            token: None,
            client: Client {
                address: None,
                entrance: Entrance::Rest,
            },
        }
    }

    /// A project of the owner's.
    pub(super) async fn project(&self, name: &str) -> ProjectId {
        let new = NewProject {
            name: name.to_owned(),
            slug: None,
        };
        let made = projects::create(&self.cx, &self.owner(), new).await;
        made.unwrap().id
    }

    pub(super) async fn delete(&self, project: ProjectId) {
        projects::delete(&self.cx, &self.owner(), project)
            .await
            .unwrap();
    }

    /// The projects of the organization.
    pub(super) async fn slugs(&self) -> Vec<String> {
        let page = store::page::Page::first(100);
        let all = store::projects::list(self.database.store(), self.organization, page).await;
        all.unwrap()
            .into_iter()
            .map(|project| project.slug)
            .collect()
    }

    pub(super) fn lose_the_database(&self) {
        self.database.store().close();
    }
}

fn new_user(
    organization_id: OrganizationId,
    id: UserId,
    name: &str,
    default_project_id: ProjectId,
    organization_role: OrganizationRole,
) -> NewUser {
    NewUser {
        id,
        organization_id,
        email: Some(format!("{name}@example.org")),
        name: name.to_owned(),
        password_hash: None,
        default_project_id,
        organization_role,
    }
}

fn context(database: &TestDatabase) -> Context {
    let store = database.store().clone();
    let (inbox, _never_started) = host::turns::prepare(store.clone());
    Context::new(Parts {
        config: Config::from_flags::<_, &str>([]).unwrap(),
        engine: engine(),
        drivers: channels::Registry::standard(|_| None),
        vault: Vault::new(Keyring::generate().unwrap()),
        outgoing: Outgoing::new(&[]).unwrap(),
        live: Live::default(),
        feeds: Feeds::default(),
        inbox,
        remembered: Remembered::default(),
        budgets: Budgets::default(),
        reads: host::reads::Reads::default(),
        speakers: Gather::default(),
        usual: host::usual::Usual::default(),
        external: External::default(),
        sign_ins: SignIns::default(),
        model_usage: KnownUsage::default(),
        tools: host::tools::Known::default(),
        replays: tokio::sync::Semaphore::new(1),
        metrics: Metrics::default(),
        host_id: HostId::new(),
        instance: InstanceId::new(),
        public_address: "http://127.0.0.1".to_owned(),
        tasks: Supervisor::default(),
        store,
    })
}
