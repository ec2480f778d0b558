//! Groups: whom each member talks to, and which agents are shared.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use tests::Channel;

use super::{bare, in_group};

async fn say(channel: &Channel, user: &str, text: &str) -> Vec<String> {
    channel
        .send(&in_group(user, json!({ "message": text })))
        .await
        .replies()
}

#[tokio::test]
async fn a_target_sticks_to_each_sender_until_they_name_another() {
    let (app, _callback, channel) = bare().await;
    for name in ["one", "two"] {
        channel.say("U1", &format!("/create {name}")).await;
        say(&channel, "U1", &format!("/share {name}")).await;
    }
    // People talk to each other, and no one answers.
    assert_eq!(say(&channel, "U2", "morning all").await, [""; 0]);
    assert_eq!(say(&channel, "U2", "@bob are you there?").await, [""; 0]);

    assert_eq!(say(&channel, "U2", "@one hello").await, ["hello"]);
    assert_eq!(say(&channel, "U3", "@two: hi").await, ["hi"]);
    assert_eq!(say(&channel, "U2", "and again").await, ["and again"]);
    assert_eq!(say(&channel, "U3", "me too").await, ["me too"]);
    assert_eq!(say(&channel, "U2", "@TWO switched").await, ["switched"]);
    assert_eq!(say(&channel, "U2", "still").await, ["still"]);
    // The host itself is a target like the others.
    let list =
        "Ran /list:\nAgents that are shared in this group:\none: running\ntwo: running (loaded)";
    assert_eq!(
        say(&channel, "U2", "@chatdev list the agents").await,
        [list]
    );
    let told = say(&channel, "U2", "what is the weather like?").await;
    assert!(told[0].starts_with("I did not understand"), "{told:?}");
    assert_eq!(say(&channel, "U2", "@one back").await, ["back"]);

    let asked = "SELECT a.name FROM turns t JOIN agents a ON a.id = t.agent_id JOIN messages m ON m.id = t.message_id
        ORDER BY m.sequence";
    let rows = app.database().rows(asked, &[]).await;
    let asked: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(asked, ["one", "two", "one", "two", "two", "two", "one"]);
    app.finish().await;
}

#[tokio::test]
async fn who_is_in_a_group_is_seen_by_its_owners() {
    let (app, _callback, channel) = bare().await;
    channel.say("U2", "/create scout").await;
    let told = json!({ "message": "morning all", "participants": ["U3", "U1", { "id": "ü4" }] });
    channel.send(&in_group("U1", told)).await.replies();
    say(&channel, "U2", "@scout hello").await;
    say(&channel, "U1", "@chatdev list the agents").await;
    let query =
        "query($id: ID!, $first: Int, $after: String) { channel(id: $id) { conversations(first: 5) { nodes {
        isGroup participants(first: $first, after: $after) {
            nodes { platformUserId isWithHost agent { name } contact { platformUserId } }
            pageInfo { hasNextPage endCursor } } } } } }";
    let look = async |paging: serde_json::Value| {
        let mut variables = paging;
        variables["id"] = json!(channel.id);
        let answer = app.owner().graphql(query, variables).await;
        assert!(answer["errors"].is_null(), "{answer}");
        let nodes = answer["data"]["channel"]["conversations"]["nodes"]
            .as_array()
            .unwrap()
            .clone();
        let (groups, direct): (Vec<_>, Vec<_>) =
            nodes.into_iter().partition(|node| node["isGroup"] == true);
        assert!(
            !direct.is_empty()
                && direct
                    .iter()
                    .all(|one| one["participants"]["nodes"] == json!([])),
            "{direct:?}"
        );
        groups[0]["participants"].clone()
    };
    let first = look(json!({ "first": 2 })).await;
    assert_eq!(
        first["nodes"],
        json!([
            { "platformUserId": "U1", "isWithHost": true, "agent": null, "contact": { "platformUserId": "U1" } },
            { "platformUserId": "U2", "isWithHost": false, "agent": { "name": "scout" }, "contact": { "platformUserId": "U2" } },
        ])
    );
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let rest = look(json!({ "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(
        rest["nodes"],
        json!([
            { "platformUserId": "U3", "isWithHost": false, "agent": null, "contact": null },
            { "platformUserId": "ü4", "isWithHost": false, "agent": null, "contact": null },
        ])
    );
    app.finish().await;
}

#[tokio::test]
async fn an_agent_answers_those_whom_its_owner_lets_talk_to_it() {
    let (app, _callback, channel) = bare().await;
    channel.say("U1", "/create mine").await;
    // Its owner needs no share.
    assert_eq!(say(&channel, "U1", "@mine hello").await, ["hello"]);
    assert_eq!(say(&channel, "U2", "@mine hello").await, [""; 0]);

    let other = in_group("U2", json!({ "name": "mine" }));
    for (command, status) in [
        ("share", StatusCode::NOT_FOUND),
        ("load", StatusCode::NOT_FOUND),
    ] {
        let answer = channel.command(command, &other).await;
        assert_eq!(answer.status, status, "{command}: {}", answer.body);
    }
    say(&channel, "U1", "/share mine").await;
    assert_eq!(say(&channel, "U2", "@mine hello").await, ["hello"]);
    for command in ["unshare-agent", "stop", "delete"] {
        let answer = channel.command(command, &other).await;
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{command}: {}",
            answer.body
        );
    }
    let answer = channel.command("load", &other).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(say(&channel, "U3", "anyone?").await, ["anyone?"]);

    say(&channel, "U1", "/unshare-agent mine").await;
    assert_eq!(say(&channel, "U3", "anyone?").await, [""; 0]);
    let told = say(&channel, "U2", "hello?").await;
    assert!(told[0].contains("is not shared here any more"), "{told:?}");
    app.finish().await;
}

#[tokio::test]
async fn of_two_agents_of_one_name_ones_own_comes_first() {
    let (app, _callback, channel) = bare().await;
    channel.say("U1", "/create scout").await;
    channel.say("U2", "/create scout").await;
    say(&channel, "U1", "/share scout").await;
    for user in ["U1", "U2", "U3"] {
        assert_eq!(say(&channel, user, "@scout hi").await, ["hi"]);
    }
    let asked = "SELECT k.platform_user_id || ' ' || o.platform_user_id FROM turns t
        JOIN agents a ON a.id = t.agent_id JOIN messages m ON m.id = t.message_id
        JOIN contacts k ON k.id = m.contact_id JOIN contacts o ON o.user_id = a.owner_id ORDER BY m.sequence";
    let rows = app.database().rows(asked, &[]).await;
    let asked: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(asked, ["U1 U1", "U2 U2", "U3 U1"]);
    app.finish().await;
}

#[tokio::test]
async fn many_senders_at_once_keep_their_own_order_and_targets() {
    let (app, _callback, channel) = bare().await;
    for name in ["one", "two"] {
        channel.say("owner", &format!("/create {name}")).await;
        say(&channel, "owner", &format!("/share {name}")).await;
    }
    let talk = async |number: usize| {
        let user = format!("U{number}");
        let name = if number.is_multiple_of(2) {
            "one"
        } else {
            "two"
        };
        let mut said = Vec::new();
        for step in 0..4 {
            let text = format!("{user} {step}");
            let message = if step == 0 {
                format!("@{name} {text}")
            } else {
                text.clone()
            };
            assert_eq!(
                say(&channel, &user, &message).await,
                std::slice::from_ref(&text)
            );
            said.push(text);
        }
    };
    join_all((0..24).map(talk)).await;
    let asked = "SELECT m.text, a.name FROM messages m JOIN turns t ON t.message_id = m.id JOIN agents a ON a.id = t.agent_id
        ORDER BY m.sequence";
    let rows = app.database().rows(asked, &[]).await;
    for number in 0..24_usize {
        let user = format!("U{number} ");
        let own: Vec<(String, String)> = rows
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .filter(|(text, _): &(String, String)| text.starts_with(&user))
            .collect();
        let name = if number.is_multiple_of(2) {
            "one"
        } else {
            "two"
        };
        let expected: Vec<_> = (0..4)
            .map(|step| (format!("{user}{step}"), name.to_owned()))
            .collect();
        assert_eq!(own, expected);
    }
    app.finish().await;
}
