//! People and programs of all kinds, put into a host's database past it: whoever a test needs, with a token of their own.

use store::tokens::TokenKind;

use crate::App;
use crate::database::Database;
use crate::owner::Owner;

/// The first organization with its owner and the project that came with the owner's account.
#[derive(Clone, Debug)]
pub struct Home {
    /// Its id.
    pub organization: String,
    /// The owner.
    pub owner: String,
    /// The project.
    pub project: String,
}

impl Home {
    /// The host's own.
    pub async fn of(app: &App) -> Home {
        let query = "SELECT organization_id::text, id::text, default_project_id::text FROM users ORDER BY created_at LIMIT 1";
        let row = &app.database().rows(query, &[]).await[0];
        Home {
            organization: row.get(0),
            owner: row.get(1),
            project: row.get(2),
        }
    }

    /// Another organization with an owner and a project, of whom the first knows nothing.
    pub async fn elsewhere(app: &App) -> Home {
        let database = app.database();
        let id = || uuid::Uuid::now_v7().to_string();
        let home = Home {
            organization: id(),
            owner: id(),
            project: id(),
        };
        let Home {
            organization,
            owner,
            project,
        } = &home;
        for statement in [
            format!("INSERT INTO organizations (id, name) VALUES ('{organization}', 'Elsewhere')"),
            format!(
                "INSERT INTO users (id, organization_id, email, name, default_project_id, organization_role)
                 VALUES ('{owner}', '{organization}', 'eve@elsewhere.example', 'Eve', '{project}', 'owner')"
            ),
            format!(
                "INSERT INTO projects (organization_id, id, slug, name) VALUES ('{organization}', '{project}', 'home', 'Home')"
            ),
            format!(
                "INSERT INTO members (organization_id, project_id, user_id, role)
                 VALUES ('{organization}', '{project}', '{owner}', 'owner')"
            ),
        ] {
            database.rows(&statement, &[]).await;
        }
        home
    }

    /// Someone of this organization without a role in a project of it.
    pub async fn person(&self, app: &App, name: &str) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        let (organization, project) = (&self.organization, uuid::Uuid::now_v7());
        let statement = format!(
            "INSERT INTO users (id, organization_id, email, name, default_project_id)
             VALUES ('{id}', '{organization}', '{name}@example.org', '{name}', '{project}')"
        );
        app.database().rows(&statement, &[]).await;
        id
    }

    /// Someone with a role in the project.
    pub async fn member(&self, app: &App, name: &str, role: &str) -> String {
        let user = self.person(app, name).await;
        let statement = format!(
            "INSERT INTO members (organization_id, project_id, user_id, role)
             VALUES ('{}', '{}', '{user}', '{role}')",
            self.organization, self.project
        );
        app.database().rows(&statement, &[]).await;
        user
    }

    /// A token that speaks for a subject, and whoever shows it.
    pub async fn with_token(
        &self,
        app: &App,
        kind: TokenKind,
        subject: &str,
        role: Option<&str>,
    ) -> Owner {
        let prefix = match kind {
            TokenKind::Personal => "clt_",
            TokenKind::Project => "jg_p_",
            TokenKind::Agent => "jg_a_",
            TokenKind::Channel => "chk_",
            TokenKind::External => "eggent_ext_",
            TokenKind::Session | TokenKind::SignIn => panic!("a session is signed by its host"),
        };
        let text = format!("{prefix}{}", uuid::Uuid::new_v4().simple());
        let role = role.map_or("NULL".to_owned(), |role| format!("'{role}'"));
        let statement = format!(
            "INSERT INTO tokens (hash, kind, organization_id, subject_id, prefix, name, role, created_by)
             VALUES (sha256('{text}'), '{kind}', '{}', '{subject}', '{prefix}', 'of a test', {role}, '{}')",
            self.organization, self.owner
        );
        app.database().rows(&statement, &[]).await;
        app.by(&text)
    }
}

/// The id of the first agent of a host.
pub async fn first_agent(database: &Database) -> String {
    let query = "SELECT id::text FROM agents WHERE deleted_at IS NULL ORDER BY id LIMIT 1";
    database.rows(query, &[]).await[0].get(0)
}

/// The id of the first channel of a kind.
pub async fn first_channel(database: &Database, kind: &str) -> String {
    let query =
        "SELECT id::text FROM channels WHERE deleted_at IS NULL AND kind = $1 ORDER BY id LIMIT 1";
    database.rows(query, &[&kind]).await[0].get(0)
}
