//! External messages from end to end: a program with a token, its sessions, and the projects that they are about.

mod context;
mod declined;
mod files;
mod later;
mod navigation;
mod order;
mod token;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;
use tests::app::Builder;

const MESSAGE: &str = "/api/external/message";
const TOKEN: &str = "/api/external/token";

/// A host, and a program that may talk to its agents.
struct Outside {
    app: App,
    token: String,
}

/// What was answered.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    body: Value,
}

impl Answer {
    /// The reply to a message that was taken.
    fn reply(&self) -> &str {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        assert_eq!(self.body["success"], true, "{}", self.body);
        self.body["reply"].as_str().unwrap()
    }

    /// A text of the context.
    fn context(&self, name: &str) -> &str {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        let value = &self.body["context"][name];
        value
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {}", self.body))
    }

    fn project(&self) -> &str {
        self.context("activeProjectId")
    }

    fn chat(&self) -> &str {
        self.context("activeChatId")
    }

    /// The error of a message that was declined.
    fn declined(&self, status: StatusCode) -> &str {
        assert_eq!(self.status, status, "{}", self.body);
        self.body["error"].as_str().unwrap()
    }
}

impl Outside {
    async fn start() -> Outside {
        Outside::with(App::build()).await
    }

    /// The same on a host that differs. The owner's one project is `home`.
    async fn with(app: Builder) -> Outside {
        let app = app.start().await;
        let token = renewed(&app, json!({})).await;
        Outside { app, token }
    }

    /// Sends a body.
    async fn send(&self, body: &Value) -> Answer {
        self.try_send(body).await.expect("the host answers")
    }

    async fn try_send(&self, body: &Value) -> reqwest::Result<Answer> {
        let request = self.app.http().post(self.app.url(MESSAGE));
        let answer = request.bearer_auth(&self.token).json(body).send().await?;
        read(answer).await
    }

    /// Says something in a session.
    async fn say(&self, session: &str, message: &str) -> Answer {
        self.send(&json!({ "sessionId": session, "message": message }))
            .await
    }

    /// Makes a project with an agent of this module, which runs; its id and its agent's.
    async fn project(&self, name: &str, module: &str) -> (String, String) {
        project(&self.app, name, module).await
    }

    async fn count(&self, query: &str) -> i64 {
        self.app.database().count(query).await
    }
}

/// Makes a project with an agent of this module, which runs; its id and its agent's.
pub(crate) async fn project(app: &App, name: &str, module: &str) -> (String, String) {
    let owner = app.owner();
    // A module is known once it has been pushed: the agent for that is of no further use.
    owner.pushed("template", crate::guest(module)).await;
    let made = owner
        .graphql(
            "mutation($name: String!) { createProject(input: { name: $name }) { id } }",
            json!({ "name": name }),
        )
        .await;
    let project = text(&made, "/data/createProject/id");
    let agent = add_agent(app, &project, module).await;
    let gone = owner
        .graphql(
            "mutation($id: ID!) { deleteAgent(id: $id) { id } }",
            json!({ "id": id_of(app, "template").await }),
        )
        .await;
    assert!(gone["errors"].is_null(), "{gone}");
    (project, agent)
}

async fn id_of(app: &App, agent: &str) -> String {
    let query = "SELECT id::text FROM agents WHERE name = $1 AND deleted_at IS NULL";
    app.database().rows(query, &[&agent]).await[0].get(0)
}

/// Makes and starts an agent in a project, of the module that was pushed last.
async fn add_agent(app: &App, project: &str, name: &str) -> String {
    let query = "SELECT encode(module_digest, 'hex') FROM agents WHERE name = 'template' AND deleted_at IS NULL";
    let digest: String = app.database().rows(query, &[]).await[0].get(0);
    let made = app
        .owner()
        .graphql(
            "mutation($project: String!, $name: String!, $digest: ID!) {
                createAgent(input: { project: $project, name: $name, module: $digest }) { id }
            }",
            json!({ "project": project, "name": name, "digest": digest }),
        )
        .await;
    let agent = text(&made, "/data/createAgent/id");
    let started = app
        .owner()
        .graphql(
            "mutation($id: ID!) { startAgent(id: $id) { status } }",
            json!({ "id": agent }),
        )
        .await;
    assert!(started["errors"].is_null(), "{started}");
    agent
}

fn text(answer: &Value, place: &str) -> String {
    let value = answer.pointer(place).and_then(Value::as_str);
    value
        .unwrap_or_else(|| panic!("{place}: {answer}"))
        .to_owned()
}

async fn read(answer: reqwest::Response) -> reqwest::Result<Answer> {
    let status = answer.status();
    let text = answer.text().await?;
    Ok(Answer {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    })
}

/// A new token, made by the owner.
async fn renewed(app: &App, body: Value) -> String {
    let (status, made) = app.owner().send(Method::POST, TOKEN, Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    made["token"].as_str().unwrap().to_owned()
}
