//! Secrets: put in at the boundary, for the hosts that they are for, and hidden in what comes back.

use serde_json::{Value, json};
use tests::owner::Owner;

use super::Outside;

pub(super) const VALUE: &str = "hunter2-and-more";

pub(super) async fn set(owner: &Owner, name: &str, value: &str, hosts: &[&str]) -> Value {
    let query = "mutation($name: String!, $value: String!, $hosts: [String!]!) {
        setSecret(input: { agent: \"oblige\", name: $name, value: $value, hosts: $hosts }) {
            name placeholder hosts createdAt updatedAt } }";
    let variables = json!({ "name": name, "value": value, "hosts": hosts });
    owner.graphql(query, variables).await
}

/// An agent with the secret `key` for the server.
pub(super) async fn with_secret() -> Outside {
    let outside = Outside::start().await;
    let host = outside.server.host();
    let made = set(&outside.app.owner(), "key", VALUE, &[&host]).await;
    assert_eq!(
        made["data"]["setSecret"]["placeholder"], "{{secret:key}}",
        "{made}"
    );
    outside
}

#[tokio::test]
async fn a_secret_reaches_the_server_and_never_the_agent() {
    let outside = with_secret().await;
    let url = outside.server.url("/v1?key={{secret:key}}");
    let headers = "authorization=Bearer+{{secret:key}}&content-type=application/json";
    let body = r#"{"key":"{{secret:key}}"}"#;
    let answer = outside
        .say(&format!("fetch POST {url} {headers} {body}"))
        .await;

    let asked = outside.server.last();
    assert_eq!(
        asked.header("authorization"),
        Some("Bearer hunter2-and-more")
    );
    assert_eq!(asked.uri, "/v1?key=hunter2-and-more");
    assert_eq!(asked.body, r#"{"key":"hunter2-and-more"}"#);
    assert_eq!(asked.header("accept-encoding"), Some("identity"));
    // The server has said all of it again, once in base64.
    assert!(!answer.contains("hunter2"), "{answer}");
    assert!(
        answer.starts_with(
            "200 [Bearer {{secret:key}}] POST /v1?key={{secret:key}} Bearer {{secret:key}} "
        ),
        "{answer}"
    );
    assert_eq!(answer.matches("{{secret:key}}").count(), 5, "{answer}");
    let listed = outside.say("secrets").await;
    assert_eq!(
        listed,
        format!("key {{{{secret:key}}}} {}", outside.server.host())
    );
    outside.app.finish().await;
}

#[tokio::test]
async fn what_was_put_in_before_is_hidden_as_well() {
    let outside = with_secret().await;
    // The agent asks for what an earlier request, or somebody else, has left there.
    let url = outside.server.url("/");
    let answer = outside
        .say(&format!(
            "fetch POST {url} content-type=text/plain so {VALUE} it is"
        ))
        .await;
    assert!(answer.ends_with(" so {{secret:key}} it is"), "{answer}");
    // Not in pieces, either.
    outside
        .say(&format!("fetch GET {url} range=bytes=0-5"))
        .await;
    assert_eq!(outside.server.last().header("range"), None);
    // Nor where nobody can look into it.
    let answer = outside.get("/packed").await;
    assert!(
        answer.starts_with("Other: The answer is compressed"),
        "{answer}"
    );
    outside.app.finish().await;
}

#[tokio::test]
async fn a_secret_goes_to_no_other_host() {
    let outside = Outside::start().await;
    let owner = outside.app.owner();
    set(&owner, "key", VALUE, &["api.example.com"]).await;
    let url = outside.server.url("/");
    for asked in [
        format!("fetch GET {url} authorization={{{{secret:key}}}}"),
        format!("fetch GET {url}?q={{{{secret:key}}}}"),
        format!("fetch GET {url} authorization={{{{secret:none}}}}"),
    ] {
        let answer = outside.say(&asked).await;
        assert!(answer.starts_with("Denied: "), "{asked}: {answer}");
    }
    // Lines are written when there is time for it.
    let told = "the agent has no secret `none`";
    let logged = async || Some(outside.log().await).filter(|log| log.contains(told));
    let log = tests::wait_for(tests::wait::LONG, told, logged).await;
    assert!(
        log.contains("the secret `key` is not for `127.0.0.1`"),
        "{log}"
    );
    assert!(outside.server.asked().is_empty());

    // Without the grant, the agent has none at all.
    set(&owner, "key", VALUE, &[&outside.server.host()]).await;
    let withdraw = "mutation { withdrawCapability(input: { agent: \"oblige\", capability: \"secrets\" }) { id } }";
    owner.graphql(withdraw, json!({})).await;
    let answer = outside
        .say(&format!("fetch GET {url} authorization={{{{secret:key}}}}"))
        .await;
    assert!(answer.starts_with("Denied: "), "{answer}");
    assert_eq!(outside.say("secrets").await, "");
    outside.app.finish().await;
}

#[tokio::test]
async fn nobody_is_shown_a_secret_again() {
    let outside = with_secret().await;
    let owner = outside.app.owner();
    let query = "{ agents(first: 5) { nodes { name secrets { name placeholder hosts } grants { capability } } }
        auditLog(first: 50) { nodes { action detail } } }";
    let answer = owner.graphql(query, json!({})).await.to_string();
    assert!(
        answer.contains("setSecret") && !answer.contains("hunter2"),
        "{answer}"
    );
    outside
        .say(&format!(
            "fetch GET {} authorization={{{{secret:key}}}}",
            outside.server.url("/")
        ))
        .await;
    for table in ["secrets", "agent_log", "turns", "messages", "audit"] {
        let found = format!(
            "SELECT count(*) FROM {table} t WHERE t::text LIKE '%hunter2%' OR t::text LIKE '%68756e746572%'"
        );
        assert_eq!(outside.app.database().count(&found).await, 0, "{table}");
    }

    // Another one of the same name takes its place; then it is gone.
    set(&owner, "key", "another-secret", &[&outside.server.host()]).await;
    let asking = format!(
        "fetch GET {} authorization={{{{secret:key}}}}",
        outside.server.url("/")
    );
    outside.say(&asking).await;
    assert_eq!(
        outside.server.last().header("authorization"),
        Some("another-secret")
    );
    let delete = "mutation { deleteSecret(input: { agent: \"oblige\", name: \"key\" }) { name } }";
    let deleted = owner.graphql(delete, json!({})).await;
    assert_eq!(deleted["data"]["deleteSecret"]["name"], "key", "{deleted}");
    assert!(outside.say(&asking).await.starts_with("Denied: "));
    let again = owner.graphql(delete, json!({})).await;
    assert_eq!(
        again["errors"][0]["extensions"]["code"], "not_found",
        "{again}"
    );
    outside.app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_a_secret_is_refused() {
    let outside = Outside::start().await;
    let owner = outside.app.owner();
    let host = outside.server.host();
    for (name, value, hosts, field) in [
        ("a b", VALUE, vec![host.as_str()], "name"),
        ("key", "short", vec![host.as_str()], "value"),
        ("key", "two\nlines-of-it", vec![host.as_str()], "value"),
        ("key", VALUE, vec![], "hosts"),
        ("key", VALUE, vec!["*"], "hosts"),
        ("key", VALUE, vec!["https://a.example"], "hosts"),
    ] {
        let answer = set(&owner, name, value, &hosts).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["field"], field,
            "{answer}"
        );
        assert!(!answer.to_string().contains(value), "{answer}");
    }
    outside.app.finish().await;
}

#[tokio::test]
async fn a_secret_outlives_the_rotation_of_keys() {
    let mut outside = with_secret().await;
    let sealed = async |app: &tests::App| -> Vec<u8> {
        app.database().rows("SELECT value FROM secrets", &[]).await[0].get(0)
    };
    let before = sealed(&outside.app).await;
    outside.app.terminate().await;
    let mut environment = outside.app.environment().clone();
    let places = ["CLOISTER_DATA_DIR", "CLOISTER_DATABASE_URL"];
    environment.retain(|name, _| places.contains(&name.as_str()));
    let rotate = ["keys", "rotate", "--forget-older"];
    let rotated = tests::process::command(&rotate, &environment)
        .output()
        .unwrap();
    assert!(rotated.status.success(), "{rotated:?}");
    // The key's id stands behind the layout.
    assert_ne!(sealed(&outside.app).await[1..9], before[1..9]);

    outside.app.restart().await;
    let url = outside.server.url("/");
    let answer = outside
        .say(&format!("fetch GET {url} authorization={{{{secret:key}}}}"))
        .await;
    assert_eq!(outside.server.last().header("authorization"), Some(VALUE));
    assert!(!answer.contains("hunter2"), "{answer}");

    // A host with another key is told so.
    outside.app.terminate().await;
    outside
        .app
        .database()
        .rows("UPDATE channels SET credential = NULL", &[])
        .await;
    let mut other = outside.app.environment().clone();
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    other.insert("CLOISTER_MASTER_KEY".to_owned(), key.into());
    let log = outside.app.folder().join("other.log");
    let mut process = tests::process::Process::start(&["serve"], &other, &log);
    process.ended(tests::wait::LONG.0).await;
    let said = process.said();
    assert!(said.contains("put back its master.key"), "{said}");
}
