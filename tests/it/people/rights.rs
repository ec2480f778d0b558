//! Who may do what: every operation, by every role and every kind of caller, first as the host tells it, then as each
//! endpoint holds it.

mod given;

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::owner::Owner;
use tests::people::{Home, first_agent, first_channel};

use self::given::{finished_delivery, made_call, quiet_conversation};
use super::code;

/// Callers of every kind, by their names in the tables below.
async fn callers(app: &App, home: &Home) -> Vec<(&'static str, Owner)> {
    let mut callers = Vec::new();
    for role in ["viewer", "member", "admin", "owner"] {
        let user = home.member(app, role, role).await;
        let token = home.with_token(app, TokenKind::Personal, &user, None);
        callers.push((role, token.await));
    }
    callers.push(("first", app.owner()));
    for (name, role) in [("key-v", "viewer"), ("key-m", "member"), ("key-a", "admin")] {
        let key = home.with_token(app, TokenKind::Project, &home.project, Some(role));
        callers.push((name, key.await));
    }
    let (agent, channel) = (
        first_agent(app.database()).await,
        first_channel(app.database(), "web").await,
    );
    for (name, kind, subject) in [
        ("agent", TokenKind::Agent, &agent),
        ("channel", TokenKind::Channel, &channel),
        ("external", TokenKind::External, &home.organization),
    ] {
        callers.push((name, home.with_token(app, kind, subject, None).await));
    }
    // Those who are nothing here: of the organization without a role, with another project's key, of another organization.
    let stranger = home.person(app, "stranger").await;
    let stranger = home.with_token(app, TokenKind::Personal, &stranger, None);
    callers.push(("stranger", stranger.await));
    let elsewhere = uuid::Uuid::now_v7().to_string();
    let other_key = home.with_token(app, TokenKind::Project, &elsewhere, Some("admin"));
    callers.push(("other-key", other_key.await));
    let elsewhere = Home::elsewhere(app).await;
    let eve = elsewhere.with_token(app, TokenKind::Personal, &elsewhere.owner, None);
    callers.push(("eve", eve.await));
    let eves = elsewhere.with_token(app, TokenKind::Project, &elsewhere.project, Some("admin"));
    callers.push(("eves-key", eves.await));
    callers.push(("anonymous", app.by("clt_unknown")));
    callers
}

const OPERATIONS: [&str; 33] = [
    "READ_PROJECT",
    "MANAGE_PROJECT",
    "DELETE_PROJECT",
    "READ_MEMBERS",
    "MANAGE_MEMBERS",
    "MANAGE_OWNERS",
    "MANAGE_INVITES",
    "MANAGE_API_KEYS",
    "READ_AUDIT",
    "READ_CONVERSATIONS",
    "WRITE_CONVERSATIONS",
    "HOLD_CONVERSATIONS",
    "REPLAY_TURNS",
    "DECIDE_TOOL_CALLS",
    "MANAGE_DELIVERIES",
    "MANAGE_AGENTS",
    "MANAGE_FILES",
    "MANAGE_GRANTS",
    "MANAGE_CHANNELS",
    "CONNECT_ACCOUNTS",
    "MANAGE_CREDENTIALS",
    "MANAGE_PROVIDERS",
    "MANAGE_TOOLSETS",
    "MANAGE_WORKFLOWS",
    "SEND_INBOUND",
    "READ_ORGANIZATION",
    "MANAGE_ORGANIZATION",
    "CREATE_PROJECTS",
    "MANAGE_BUSINESS_UNITS",
    "MANAGE_TEAMS",
    "READ_ORGANIZATION_AUDIT",
    "MANAGE_EXTERNAL_TOKEN",
    "SEND_EXTERNAL",
];

/// What a caller may do, as the host tells them.
async fn permissions(caller: &Owner, project: &str) -> Vec<String> {
    let query = "query($id: ID) { permissions(projectId: $id) }";
    let mut all = Vec::new();
    for variables in [json!({ "id": project }), json!({})] {
        let answer = caller.graphql(query, variables).await;
        match answer["data"]["permissions"].as_array() {
            Some(list) => all.extend(list.iter().map(|name| name.as_str().unwrap().to_owned())),
            None => assert!(
                matches!(code(&answer), Some("not_found" | "unauthenticated")),
                "{answer}"
            ),
        }
    }
    all
}

#[tokio::test]
async fn every_operation_by_every_role_and_kind() {
    let app = App::start().await;
    let home = Home::of(&app).await;
    let callers = callers(&app, &home).await;
    let mut told = Vec::new();
    for (_, caller) in &callers {
        told.push(permissions(caller, &home.project).await);
    }
    let row = |operation: &str| {
        let mark = |list: &Vec<String>| match list.iter().any(|name| name == operation) {
            true => 'x',
            false => '.',
        };
        let marks: String = told.iter().map(mark).collect();
        format!("{operation:<24}{marks}")
    };
    let drawn = OPERATIONS.map(row);
    // viewer member admin owner first, key-v key-m key-a, agent channel external, stranger other-key, eve eves-key,
    // anonymous. A person of another organization owns theirs: what is allowed there says nothing of here.
    assert_eq!(
        drawn,
        [
            "READ_PROJECT            xxxxxxxxx.......",
            "MANAGE_PROJECT          ..xxx..x........",
            "DELETE_PROJECT          ...xx...........",
            "READ_MEMBERS            xxxxxxxx........",
            "MANAGE_MEMBERS          ..xxx...........",
            "MANAGE_OWNERS           ...xx...........",
            "MANAGE_INVITES          ..xxx...........",
            "MANAGE_API_KEYS         ..xxx...........",
            "READ_AUDIT              ..xxx...........",
            "READ_CONVERSATIONS      xxxxxxxxx.......",
            "WRITE_CONVERSATIONS     .xxxx.xx........",
            "HOLD_CONVERSATIONS      .xxxx.xx........",
            "REPLAY_TURNS            .xxxx.xx........",
            "DECIDE_TOOL_CALLS       .xxxx.xx........",
            "MANAGE_DELIVERIES       .xxxx.xx........",
            "MANAGE_AGENTS           .xxxx.xx........",
            "MANAGE_FILES            .xxxx.xx........",
            "MANAGE_GRANTS           ..xxx..x........",
            "MANAGE_CHANNELS         ..xxx..x........",
            "CONNECT_ACCOUNTS        ...xx...........",
            "MANAGE_CREDENTIALS      ..xxx..x........",
            "MANAGE_PROVIDERS        ..xxx..x........",
            "MANAGE_TOOLSETS         ..xxx..x........",
            "MANAGE_WORKFLOWS        ..xxx..x........",
            "SEND_INBOUND            .........x......",
            "READ_ORGANIZATION       xxxxx......x.x..",
            "MANAGE_ORGANIZATION     ....x........x..",
            "CREATE_PROJECTS         ....x........x..",
            "MANAGE_BUSINESS_UNITS   ....x........x..",
            "MANAGE_TEAMS            ....x........x..",
            "READ_ORGANIZATION_AUDIT ....x........x..",
            "MANAGE_EXTERNAL_TOKEN   ....x........x..",
            "SEND_EXTERNAL           ..........x.....",
        ]
    );
    app.finish().await;
}

/// How an operation is tried: it may fail for whatever reason but the caller's rights, and changes nothing that matters.
enum Try {
    Graphql(&'static str, Value),
    Rest(Method, String),
}

/// An endpoint for each operation.
fn tries(
    home: &Home,
    agent: &str,
    channel: &str,
    delivery: &str,
    viewer: &str,
    conversation: &str,
    (keyed, call): (&str, &str),
) -> Vec<(&'static str, Try)> {
    let id = || json!({ "id": home.project });
    let graphql = Try::Graphql;
    let channel = format!("ch_{}", channel.replace('-', ""));
    vec![
        (
            "READ_PROJECT",
            graphql("query($id: String!) { project(slug: $id) { id } }", id()),
        ),
        (
            "MANAGE_PROJECT",
            graphql(
                "mutation($id: ID!) { updateProject(input: { id: $id, name: \"Home\" }) { id } }",
                id(),
            ),
        ),
        (
            "DELETE_PROJECT",
            graphql("mutation($id: ID!) { deleteProject(id: $id) }", id()),
        ),
        (
            "READ_MEMBERS",
            graphql(
                "query($id: ID!) { members(projectId: $id) { nodes { role user { id } } } }",
                id(),
            ),
        ),
        (
            "MANAGE_MEMBERS",
            graphql(
                "mutation($id: ID!, $user: ID!) { setMemberRole(projectId: $id, userId: $user, role: VIEWER) { role } }",
                json!({ "id": home.project, "user": viewer }),
            ),
        ),
        (
            "MANAGE_OWNERS",
            graphql(
                "mutation($id: ID!, $user: ID!) { setMemberRole(projectId: $id, userId: $user, role: OWNER) { role } }",
                json!({ "id": home.project, "user": home.owner }),
            ),
        ),
        (
            "MANAGE_INVITES",
            graphql(
                "query($id: ID!) { invites(projectId: $id) { nodes { id } } }",
                id(),
            ),
        ),
        (
            "MANAGE_API_KEYS",
            graphql(
                "query($id: ID!) { apiKeys(projectId: $id) { nodes { id } } }",
                id(),
            ),
        ),
        (
            "READ_AUDIT",
            graphql(
                "query($id: ID!) { auditLog(filter: { projectId: $id }) { nodes { id } } }",
                id(),
            ),
        ),
        (
            "WRITE_CONVERSATIONS",
            graphql(
                "mutation($id: ID!) { sendMessage(conversationId: $id, text: \"hi\") { id } }",
                json!({ "id": conversation }),
            ),
        ),
        (
            "HOLD_CONVERSATIONS",
            graphql(
                "mutation($id: ID!) { handBackConversation(id: $id) { id } }",
                json!({ "id": conversation }),
            ),
        ),
        (
            "SEND_INBOUND",
            Try::Rest(Method::POST, format!("/api/channels/{keyed}/inbound")),
        ),
        (
            "READ_CONVERSATIONS",
            Try::Rest(Method::GET, format!("/api/agents/{agent}/log")),
        ),
        (
            "REPLAY_TURNS",
            graphql(
                "mutation($id: ID!) { replayTurns(input: { agent: $id, since: \"2026-01-01T00:00:00Z\" }) { turns } }",
                json!({ "id": agent }),
            ),
        ),
        (
            "DECIDE_TOOL_CALLS",
            graphql(
                "mutation($id: ID!) { declineToolCall(id: $id) { id } }",
                json!({ "id": call }),
            ),
        ),
        (
            "MANAGE_DELIVERIES",
            graphql(
                "mutation($id: ID!) { discardDelivery(id: $id) { id } }",
                json!({ "id": delivery }),
            ),
        ),
        (
            "MANAGE_AGENTS",
            Try::Rest(Method::POST, format!("/api/agents/{agent}/start")),
        ),
        (
            "MANAGE_AGENTS",
            graphql(
                "mutation($id: ID!, $module: ID!) { tryAgentModule(input: { agent: $id, module: $module, share: 0 }) { id } }",
                json!({ "id": agent, "module": "0".repeat(64) }),
            ),
        ),
        (
            "MANAGE_AGENTS",
            graphql(
                "mutation($id: ID!) { adoptAgentModule(id: $id) { id } }",
                json!({ "id": agent }),
            ),
        ),
        (
            "MANAGE_FILES",
            Try::Rest(Method::PUT, format!("/api/agents/{agent}/files/a.json")),
        ),
        (
            "MANAGE_GRANTS",
            graphql(
                "mutation($id: ID!) { allowCapability(input: { agent: $id, capability: \"\" }) { id } }",
                json!({ "id": agent }),
            ),
        ),
        (
            "MANAGE_CHANNELS",
            Try::Rest(Method::PATCH, format!("/api/channels/{channel}")),
        ),
        (
            "CONNECT_ACCOUNTS",
            Try::Rest(
                Method::GET,
                format!("/api/projects/{}/channels", home.project),
            ),
        ),
        (
            "MANAGE_CREDENTIALS",
            graphql(
                "mutation($id: ID!) { rotateChannelSecret(id: $id) { secret } }",
                json!({ "id": channel }),
            ),
        ),
        (
            "MANAGE_PROVIDERS",
            graphql(
                "mutation($id: String) { createProvider(input: { project: $id, name: \"\", kind: OPENAI, model: \"m\" }) { id } }",
                id(),
            ),
        ),
        (
            "MANAGE_TOOLSETS",
            graphql(
                "mutation($id: String) { enableToolset(input: { project: $id, name: \"\", module: \"\" }) { id } }",
                id(),
            ),
        ),
        (
            "MANAGE_WORKFLOWS",
            graphql(
                "mutation($id: String) { createWorkflow(project: $id, name: \"\", rules: []) { id } }",
                id(),
            ),
        ),
        (
            "READ_ORGANIZATION",
            graphql(
                "{ teams { nodes { id } } businessUnits { nodes { id } } users { nodes { id } } organization { id } }",
                json!({}),
            ),
        ),
        (
            "MANAGE_ORGANIZATION",
            graphql(
                "mutation { updateOrganization(name: \"\") { id } }",
                json!({}),
            ),
        ),
        (
            "CREATE_PROJECTS",
            graphql(
                "mutation { createProject(input: { name: \"\" }) { id } }",
                json!({}),
            ),
        ),
        (
            "MANAGE_BUSINESS_UNITS",
            graphql(
                "mutation { createBusinessUnit(name: \"\") { id } }",
                json!({}),
            ),
        ),
        (
            "MANAGE_TEAMS",
            graphql("mutation { createTeam(name: \"\") { id } }", json!({})),
        ),
        (
            "READ_ORGANIZATION_AUDIT",
            graphql("{ auditLog { nodes { id } } }", json!({})),
        ),
        (
            "SEND_EXTERNAL",
            Try::Rest(Method::POST, "/api/external/message".to_owned()),
        ),
        // Last: what is made anew ends the external caller's token.
        (
            "MANAGE_EXTERNAL_TOKEN",
            graphql("mutation { renewExternalToken { secret } }", json!({})),
        ),
    ]
}

/// Whether the caller's rights let them through, wherever they came out.
async fn passes(caller: &Owner, attempt: &Try) -> bool {
    let (code, answer) = match attempt {
        Try::Graphql(query, variables) => {
            let answer = caller.graphql(query, variables.clone()).await;
            let code = code(&answer).unwrap_or("fine").to_owned();
            assert!(
                answer["errors"][0]["extensions"]["code"].is_string() || answer["errors"].is_null(),
                "{answer}"
            );
            (code, answer)
        }
        Try::Rest(method, path) => {
            let (status, answer) = caller.send(method.clone(), path, Some(json!({}))).await;
            let code = match status.as_u16() {
                401 => "unauthenticated",
                403 => "forbidden",
                404 => "not_found",
                _ => "fine",
            };
            (code.to_owned(), answer)
        }
    };
    assert_ne!(code, "internal", "{answer}");
    !matches!(code.as_str(), "unauthenticated" | "forbidden" | "not_found")
}

#[tokio::test]
async fn every_endpoint_asks_for_its_right() {
    let app = App::start().await;
    let home = Home::of(&app).await;
    let callers = callers(&app, &home).await;
    let database = app.database();
    let (agent, channel) = (
        first_agent(database).await,
        first_channel(database, "webhook").await,
    );
    let delivery = finished_delivery(&app, &home, &channel).await;
    let viewer = database
        .rows(
            "SELECT id::text FROM users WHERE email = 'viewer@example.org'",
            &[],
        )
        .await;
    let viewer: String = viewer[0].get(0);
    let conversation = quiet_conversation(&app, &home, &channel).await;
    let keyed = first_channel(database, "web").await;
    let keyed = format!("ch_{}", keyed.replace('-', ""));
    let tries = tries(
        &home,
        &agent,
        &channel,
        &delivery,
        &viewer,
        &conversation,
        (&keyed, &made_call(&app, &home).await),
    );
    let tried: HashSet<_> = tries.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(tried, OPERATIONS.into_iter().collect());
    let mut complaints = Vec::new();
    for (operation, attempt) in tries {
        for (name, caller) in &callers {
            let may = permissions(caller, &home.project).await;
            let may = may.iter().any(|allowed| allowed == operation);
            // An owner of another organization reads its log, in which nothing is of this project.
            let may = may || (operation == "READ_AUDIT" && *name == "eve");
            if passes(caller, &attempt).await != may {
                complaints.push(format!(
                    "{operation} by {name}: told {may}, and held otherwise"
                ));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    app.finish().await;
}
