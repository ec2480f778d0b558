//! Who may talk, as owners manage it over GraphQL: codes, and who is in.

use reqwest::Method;
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::owner::Owner;
use tests::people::Home;

use super::{ask, set_up, with_telegram};

const CREATE: &str = "mutation($input: CreateAccessCodeInput!) { createAccessCode(input: $input) {
    code accessCode { id status createdAt expiresAt createdBy { name } channel { kind } } } }";
const REVOKE: &str = "mutation($id: ID!) { revokeAccessCode(id: $id) { id status } }";
const CODES: &str = "query($id: ID!, $first: Int, $after: String) { channel(id: $id) { accessCodes(first: $first, after: $after) {
    nodes { id status usedBy usedAt } pageInfo { hasNextPage endCursor } } } }";
const LET_IN: &str = "mutation($input: LetContactInInput!) { letContactIn(input: $input) { id platformUserId allowedAt } }";
const PUT_OUT: &str =
    "mutation($id: ID!) { putContactOut(id: $id) { id platformUserId allowedAt } }";
const ALLOWED: &str = "query($id: ID!) { channel(id: $id) { allowedContacts { nodes { id platformUserId } } contacts { nodes { id } } } }";

/// What an answer has, which must be no error.
fn data(answer: Value) -> Value {
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].clone()
}

/// The code of an answer's error, and the field where it names one.
fn refused(answer: &Value) -> (&str, &Value) {
    let extensions = &answer["errors"][0]["extensions"];
    let code = extensions["code"].as_str();
    (
        code.unwrap_or_else(|| panic!("{answer}")),
        &extensions["field"],
    )
}

/// The bot's channel.
async fn channel(app: &App) -> String {
    let query = "{ project(slug: \"home\") { channels { nodes { id kind } } } }";
    let found = data(app.owner().graphql(query, json!({})).await);
    let nodes = found["project"]["channels"]["nodes"].as_array().unwrap();
    let mut bots = nodes.iter().filter(|node| node["kind"] == "telegram");
    let bot = bots.next().expect("the bot's channel");
    bot["id"].as_str().unwrap().to_owned()
}

async fn create(owner: &Owner, channel: &str, minutes: Value) -> Value {
    let input = json!({ "channelId": channel, "ttlMinutes": minutes });
    owner.graphql(CREATE, json!({ "input": input })).await
}

async fn let_in(owner: &Owner, channel: &str, person: &str) -> Value {
    let input = json!({ "channelId": channel, "platformUserId": person });
    owner.graphql(LET_IN, json!({ "input": input })).await
}

#[tokio::test]
async fn a_code_is_made_listed_and_taken_back() {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    let (owner, channel) = (app.owner(), channel(&app).await);
    for wrong in [0, 1_441] {
        let answer = create(&owner, &channel, json!(wrong)).await;
        assert_eq!(refused(&answer), ("invalid", &json!("ttlMinutes")));
    }
    let mut made = Vec::new();
    for _ in 0..2 {
        let created = data(create(&owner, &channel, Value::Null).await);
        made.push(created["createAccessCode"].clone());
    }
    let row = &made[0]["accessCode"];
    assert_eq!(
        (
            &row["status"],
            &row["createdBy"]["name"],
            &row["channel"]["kind"]
        ),
        (&json!("OPEN"), &json!("Owner"), &json!("telegram"))
    );
    assert!(row["id"].as_str().unwrap().starts_with("acc_"), "{row}");
    let texts: Vec<&str> = made
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    assert!(
        texts.iter().all(|text| text.starts_with("EG-")),
        "{texts:?}"
    );

    // The newest first, page by page, and none by its text.
    let codes = async |variables: Value| {
        let mut all = variables;
        all["id"] = json!(channel);
        let found = data(owner.graphql(CODES, all).await);
        assert!(!texts.iter().any(|text| found.to_string().contains(text)));
        found["channel"]["accessCodes"].clone()
    };
    let first = codes(json!({ "first": 1 })).await;
    assert_eq!(first["nodes"][0]["id"], made[1]["accessCode"]["id"]);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = json!({ "first": 1, "after": first["pageInfo"]["endCursor"] });
    let second = codes(after).await;
    assert_eq!(second["nodes"][0]["id"], row["id"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);

    // One lets someone in, and is no more to be taken back; the other one is.
    telegram.say(42, texts[0]);
    assert!(telegram.wait_for(1).await[0].starts_with("Access granted"));
    let again = owner.graphql(REVOKE, json!({ "id": row["id"] })).await;
    assert_eq!(refused(&again).0, "conflict");
    let other = json!({ "id": made[1]["accessCode"]["id"] });
    let revoked = data(owner.graphql(REVOKE, other.clone()).await);
    assert_eq!(revoked["revokeAccessCode"]["status"], "OPEN");
    assert_eq!(refused(&owner.graphql(REVOKE, other).await).0, "not_found");
    telegram.say(43, texts[1]);
    assert!(telegram.wait_for(2).await[1].starts_with("This access code does not work"));
    let left = codes(json!({})).await;
    assert_eq!(left["nodes"].as_array().unwrap().len(), 1, "{left}");
    let used = &left["nodes"][0];
    assert_eq!(
        (&used["status"], &used["usedBy"]),
        (&json!("USED"), &json!("42"))
    );
    assert!(used["usedAt"].is_string());
    let node = "query($id: ID!) { node(id: $id) { ... on AccessCode { status } } }";
    let found = data(owner.graphql(node, json!({ "id": row["id"] })).await);
    assert_eq!(found["node"]["status"], "USED");
    app.finish().await;
}

#[tokio::test]
async fn someone_is_let_in_and_put_out() {
    let (app, telegram) = with_telegram().await;
    set_up(&app).await;
    let (owner, channel) = (app.owner(), channel(&app).await);
    for wrong in ["", "  ", "9".repeat(256).as_str()] {
        let answer = let_in(&owner, &channel, wrong).await;
        assert_eq!(refused(&answer), ("invalid", &json!("platformUserId")));
    }
    let known = data(let_in(&owner, &channel, "42").await)["letContactIn"].clone();
    assert_eq!(known["platformUserId"], "42");
    assert!(known["allowedAt"].is_string(), "{known}");
    // A second time changes nothing.
    assert_eq!(
        data(let_in(&owner, &channel, "42").await)["letContactIn"],
        known
    );
    telegram.say(42, "hello");
    assert_eq!(telegram.wait_for(1).await, ["hello"]);

    let lists = async || {
        let found = data(owner.graphql(ALLOWED, json!({ "id": channel })).await);
        let (_, settings) = ask(&app, Method::GET, "/config", None).await;
        let (allowed, all) = (
            &found["channel"]["allowedContacts"],
            &found["channel"]["contacts"],
        );
        let count = all["nodes"].as_array().unwrap().len();
        (
            allowed["nodes"].clone(),
            count,
            settings["allowedUserIds"].clone(),
        )
    };
    let one = json!([{ "id": known["id"], "platformUserId": "42" }]);
    assert_eq!(lists().await, (one, 1, json!(["42"])));

    let out = json!({ "id": known["id"] });
    let put = data(owner.graphql(PUT_OUT, out.clone()).await);
    assert_eq!(put["putContactOut"]["allowedAt"], Value::Null);
    assert_eq!(refused(&owner.graphql(PUT_OUT, out).await).0, "conflict");
    telegram.say(42, "and now?");
    assert!(telegram.wait_for(2).await[1].ends_with("Your user id: 42"));
    assert_eq!(lists().await, (json!([]), 1, json!([])));

    // What one account claims is not for its owner to fill.
    let update = "mutation($id: ID!, $input: UpdateChannelInput!) { updateChannel(id: $id, input: $input) { access } }";
    let paired = json!({ "id": channel, "input": { "access": "PAIRED" } });
    let updated = data(owner.graphql(update, paired).await);
    assert_eq!(updated["updateChannel"]["access"], "PAIRED");
    assert_eq!(refused(&let_in(&owner, &channel, "43").await).0, "conflict");
    app.finish().await;
}

#[tokio::test]
async fn who_may_say_who_talks_is_an_admin_and_written_down() {
    let (app, _telegram) = with_telegram().await;
    set_up(&app).await;
    let (owner, channel) = (app.owner(), channel(&app).await);
    let made = data(create(&owner, &channel, json!(5)).await)["createAccessCode"].clone();
    let known = data(let_in(&owner, &channel, "42").await)["letContactIn"].clone();

    let home = Home::of(&app).await;
    let member = home.member(&app, "member", "member").await;
    let member = home
        .with_token(&app, TokenKind::Personal, &member, None)
        .await;
    let stranger = home.person(&app, "stranger").await;
    let stranger = home
        .with_token(&app, TokenKind::Personal, &stranger, None)
        .await;
    let code = json!({ "id": made["accessCode"]["id"] });
    let contact = json!({ "id": known["id"] });
    let here = json!({ "id": channel });
    for (caller, error) in [(&member, "forbidden"), (&stranger, "not_found")] {
        let answers = [
            create(caller, &channel, Value::Null).await,
            caller.graphql(REVOKE, code.clone()).await,
            let_in(caller, &channel, "43").await,
            caller.graphql(PUT_OUT, contact.clone()).await,
        ];
        for answer in &answers {
            assert_eq!(refused(answer).0, error, "{answer}");
        }
        let node = "query($id: ID!) { node(id: $id) { id } }";
        let found = data(caller.graphql(node, code.clone()).await);
        assert_eq!(found["node"], Value::Null);
    }
    // A member sees the channel, and neither its codes nor who is let in.
    for list in [CODES, ALLOWED] {
        let answer = member.graphql(list, here.clone()).await;
        assert_eq!(refused(&answer).0, "forbidden", "{answer}");
    }

    data(owner.graphql(REVOKE, code).await);
    data(owner.graphql(PUT_OUT, contact).await);
    let log = "{ auditLog(first: 50) { nodes { action outcome detail } } }";
    let log = data(owner.graphql(log, json!({})).await);
    let rows = log["auditLog"]["nodes"].as_array().unwrap();
    for action in [
        "createAccessCode",
        "letContactIn",
        "revokeAccessCode",
        "putContactOut",
    ] {
        let done = |row: &&Value| row["action"] == action && row["outcome"] == "DONE";
        assert_eq!(rows.iter().filter(done).count(), 1, "{action}: {log}");
    }
    assert!(!log.to_string().contains(made["code"].as_str().unwrap()));
    app.finish().await;
}
