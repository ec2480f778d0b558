//! The control plane's walk: from an empty database to a running house, and nothing but `/graphql` on the way.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tests::{App, Callback, Socket};

const PASSWORD: &str = "correct horse battery staple";

/// Someone at `/graphql`, with a token or without.
struct Asker<'a> {
    app: &'a App,
    token: Option<String>,
}

impl Asker<'_> {
    fn request(&self) -> RequestBuilder {
        let request = self.app.http().post(self.app.url("/graphql"));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks what must be answered.
    async fn ask(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        good(query, self.request().json(&body)).await
    }

    /// Asks with a file as the variable `file`, by the multipart request specification.
    async fn upload(&self, query: &str, mut variables: Value, file: &[u8]) -> Value {
        variables["file"] = Value::Null;
        let operations = json!({ "query": query, "variables": variables }).to_string();
        let part =
            |name: &str| format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"");
        let mut body = format!("{}\r\n\r\n{operations}\r\n", part("operations"));
        body += &format!("{}\r\n\r\n{{\"0\": [\"variables.file\"]}}\r\n", part("map"));
        body += &format!(
            "{}; filename=\"agent.wasm\"\r\nContent-Type: application/wasm\r\n\r\n",
            part("0")
        );
        let mut body = body.into_bytes();
        body.extend(file);
        body.extend(b"\r\n--edge--\r\n");
        let request = self
            .request()
            .header("content-type", "multipart/form-data; boundary=edge");
        good(query, request.body(body)).await
    }
}

async fn good(query: &str, request: RequestBuilder) -> Value {
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["errors"], Value::Null, "{query}: {answer}");
    answer["data"].clone()
}

/// The token of the link that a new host prints.
fn printed_link(app: &mut App) -> String {
    let said = app.process().said();
    let link = said.split("/sign-in/").nth(1).unwrap();
    let is_part = |c: &char| c.is_ascii_alphanumeric() || "_-".contains(*c);
    link.chars().take_while(is_part).collect()
}

#[tokio::test]
async fn an_empty_database_becomes_a_running_house() {
    let mut app = App::start().await;
    let callback = Callback::start().await;
    let link = printed_link(&mut app);
    let stranger = Asker {
        app: &app,
        token: None,
    };

    // The organization's owner: by the printed link, from now on with a password.
    let query = "mutation($token: String!) { signInWithLink(token: $token) { token } }";
    let signed = stranger.ask(query, json!({ "token": link })).await;
    let token = signed["signInWithLink"]["token"].as_str().unwrap();
    let owner = Asker {
        app: &app,
        token: Some(token.to_owned()),
    };
    let query = "mutation($new: String!) { changePassword(newPassword: $new) { email } }";
    let email =
        owner.ask(query, json!({ "new": PASSWORD })).await["changePassword"]["email"].clone();
    let query = "mutation($email: String!, $password: String!) {
        signIn(email: $email, password: $password) { token user { email } } }";
    let signed = stranger
        .ask(query, json!({ "email": email, "password": PASSWORD }))
        .await;
    let owner = Asker {
        app: &app,
        token: signed["signIn"]["token"].as_str().map(str::to_owned),
    };
    owner
        .ask(
            "mutation { updateOrganization(name: \"Acme\") { name } }",
            json!({}),
        )
        .await;

    // A project.
    let query = "mutation { createProject(input: { name: \"Help desk\" }) { id slug } }";
    let project = owner.ask(query, json!({})).await["createProject"].clone();
    assert_eq!(project["slug"], "help-desk");

    // An agent of an uploaded component.
    let query = "mutation($file: Upload!) { uploadModule(file: $file) { id capabilities } }";
    let echo = owner.upload(query, json!({}), &crate::guest("echo")).await["uploadModule"].clone();
    let query = "mutation($input: CreateAgentInput!) { createAgent(input: $input) { id status module { id } } }";
    let input = json!({ "project": project["slug"], "name": "helper", "module": echo["id"] });
    let agent = owner.ask(query, json!({ "input": input })).await["createAgent"].clone();
    assert_eq!(agent["module"]["id"], echo["id"]);
    let query = "mutation($id: ID!) { startAgent(id: $id) { status } }";
    let started = owner.ask(query, json!({ "id": agent["id"] })).await;
    assert_eq!(started["startAgent"]["status"], "RUNNING");

    // A webhook channel that it answers on.
    let query = "mutation($input: CreateChannelInput!) { createChannel(input: $input) { channel { id status } apiKey } }";
    let input = json!({
        "project": project["slug"], "kind": "webhook", "name": "Front desk", "agent": agent["id"],
        "configuration": { "platform": "custom", "callback_url": callback.url() },
    });
    let made = owner.ask(query, json!({ "input": input })).await["createChannel"].clone();
    assert!(
        made["apiKey"].as_str().unwrap().starts_with("chk_"),
        "{made}"
    );
    let channel = &made["channel"]["id"];

    // A member, by invite.
    let query = "mutation($input: CreateInviteInput!) { createInvite(input: $input) { token } }";
    let input =
        json!({ "projectId": project["id"], "email": "grace@example.org", "role": "MEMBER" });
    let invite = owner.ask(query, json!({ "input": input })).await["createInvite"].clone();
    let query = "mutation($token: String!, $person: NewPersonInput) {
        acceptInvite(token: $token, newPerson: $person) { session { token } } }";
    let person = json!({ "name": "Grace", "password": PASSWORD });
    let accepted = stranger
        .ask(query, json!({ "token": invite["token"], "person": person }))
        .await;
    let grace = Asker {
        app: &app,
        token: accepted["acceptInvite"]["session"]["token"]
            .as_str()
            .map(str::to_owned),
    };

    // The member writes first, and the owner sees it arrive.
    let query = "mutation($channel: ID!) {
        openConversation(channelId: $channel, platformUserId: \"customer-7\", displayName: \"Ann\") { id } }";
    let open = grace.ask(query, json!({ "channel": channel })).await["openConversation"].clone();
    let again = grace.ask(query, json!({ "channel": channel })).await["openConversation"].clone();
    assert_eq!(open, again);
    let mut socket = Socket::open(&app, owner.token.as_deref().unwrap()).await;
    let watch =
        "subscription($id: ID!) { messageAdded(conversationId: $id) { text user { name } } }";
    socket.subscribe(watch, json!({ "id": open["id"] })).await;
    let send = "mutation($id: ID!, $text: String!) { sendMessage(conversationId: $id, text: $text) { id } }";
    // What was said before the subscription stands is not shown again: it is said until it is seen.
    let seen = loop {
        grace
            .ask(
                send,
                json!({ "id": open["id"], "text": "How can we help?" }),
            )
            .await;
        let coming = tokio::time::timeout(std::time::Duration::from_secs(1), socket.data());
        if let Ok(data) = coming.await {
            break data["messageAdded"].clone();
        }
    };
    assert_eq!(
        seen,
        json!({ "text": "How can we help?", "user": { "name": "Grace" } })
    );

    assert_eq!(callback.wait_for(1).await[0].text(), "How can we help?");

    // A newer module, and back to the one before.
    let query = "mutation($file: Upload!) { uploadModule(file: $file) { id } }";
    let counter = owner
        .upload(query, json!({}), &crate::guest("counter"))
        .await["uploadModule"]
        .clone();
    let query = "mutation($id: ID!, $module: ID!) { updateAgent(id: $id, input: { module: $module }) { module { id } } }";
    let variables = json!({ "id": agent["id"], "module": counter["id"] });
    let updated = owner.ask(query, variables).await["updateAgent"].clone();
    assert_eq!(updated["module"]["id"], counter["id"]);
    let query = "mutation($id: ID!) { rollBackAgent(id: $id) { module { id } } }";
    let back = owner.ask(query, json!({ "id": agent["id"] })).await["rollBackAgent"].clone();
    assert_eq!(back["module"]["id"], echo["id"]);

    // The audit log has it all, in order, each by whom.
    let query = "{ auditLog(first: 100) { nodes { action outcome user { name } } } }";
    let log = owner.ask(query, json!({})).await["auditLog"]["nodes"].clone();
    let mut done: Vec<String> = Vec::new();
    for entry in log.as_array().unwrap().iter().rev() {
        assert_eq!(entry["outcome"], "DONE", "{entry}");
        let who = entry["user"]["name"].as_str().unwrap();
        let line = format!("{who}: {}", entry["action"].as_str().unwrap());
        if done.last() != Some(&line) {
            done.push(line);
        }
    }
    insta::assert_snapshot!(done.join("\n"));
    app.finish().await;
}
