//! Providers of a project's own: set up by its admins, with keys that nobody sees, and chosen by agents.

use serde_json::{Value, json};
use tests::App;
use tests::fakes::openai::{Act, Openai};
use tests::owner::Owner;
use tests::process::Ended;

use super::{allow, grant};

const ALL: &str = "{ providers { nodes { id name kind url model hasKey isDefault agentTokensPerDay projectTokensPerDay } } }";

/// Sets a provider up that differs in these fields.
pub(super) async fn create(owner: &Owner, fields: &Value) -> Value {
    let mut input = json!({ "name": "Mine", "kind": "OPENAI", "model": "m1", "key": "sk-secret" });
    for (name, value) in fields.as_object().unwrap() {
        input[name] = value.clone();
    }
    let query = "mutation($input: CreateProviderInput!) { createProvider(input: $input) { id isDefault hasKey } }";
    owner.graphql(query, json!({ "input": input })).await
}

async fn created(owner: &Owner, fields: &Value) -> String {
    let answer = create(owner, fields).await;
    let id = answer["data"]["createProvider"]["id"].as_str();
    id.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn update(owner: &Owner, input: &Value) -> Value {
    let query = "mutation($input: UpdateProviderInput!) { updateProvider(input: $input) { id model hasKey agentTokensPerDay } }";
    owner.graphql(query, json!({ "input": input })).await
}

fn field(answer: &Value) -> &str {
    let field = &answer["errors"][0]["extensions"]["field"];
    field.as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn an_agent_asks_its_projects_default_or_the_one_that_its_grant_names() {
    let (first, second) = (Openai::start().await, Openai::start().await);
    let (app, _callback, channel) = crate::serving("oblige").await;
    let owner = app.owner();
    let say = async |text: &str| channel.say("U1", text).await.concat();
    created(&owner, &json!({ "url": first.url() })).await;
    grant(&owner, "oblige", json!({})).await;
    assert_eq!(say("ask hello").await, "hello");
    let asked = first.asked().remove(0);
    assert_eq!(asked.authorization.as_deref(), Some("Bearer sk-secret"));
    assert_eq!(asked.body["model"], "m1");

    let other = json!({ "name": "Other", "url": second.url(), "key": null, "isDefault": false });
    let other = created(&owner, &other).await;
    assert_eq!(say("ask hello").await, "hello");
    assert_eq!((first.times(), second.times()), (2, 0));
    grant(
        &owner,
        "oblige",
        json!({ "provider": "other", "model": "m2" }),
    )
    .await;
    assert_eq!(say("ask hello").await, "hello");
    let asked = second.asked().remove(0);
    assert_eq!(
        (asked.authorization, &asked.body["model"]),
        (None, &json!("m2"))
    );

    // What is changed counts from then on.
    grant(&owner, "oblige", json!({ "provider": other })).await;
    let changed = update(&owner, &json!({ "id": other, "model": "m3" })).await;
    assert_eq!(
        changed["data"]["updateProvider"]["model"], "m3",
        "{changed}"
    );
    say("ask hello").await;
    assert_eq!(second.asked()[1].body["model"], "m3");
    let delete = "mutation($id: ID!) { deleteProvider(id: $id) { name } }";
    let gone = owner.graphql(delete, json!({ "id": other })).await;
    assert_eq!(gone["data"]["deleteProvider"]["name"], "Other", "{gone}");
    let told = say("ask hello").await;
    assert!(
        told.starts_with("NotConfigured 0: The provider that this agent was to ask is no more"),
        "{told}"
    );

    // Another default takes the place of the one before.
    let third = json!({ "name": "Third", "url": second.url() });
    created(&owner, &third).await;
    let all = owner.graphql(ALL, json!({})).await;
    let nodes = all["data"]["providers"]["nodes"].as_array().unwrap().iter();
    let defaults: Vec<_> = nodes
        .map(|node| (&node["name"], &node["isDefault"]))
        .collect();
    assert_eq!(
        defaults,
        [
            (&json!("Mine"), &json!(false)),
            (&json!("Third"), &json!(true))
        ]
    );
    app.finish().await;
}

#[tokio::test]
async fn a_key_is_sealed_and_never_told() {
    let openai = Openai::start().await;
    let mut app = App::start().await;
    let owner = app.owner();
    let id = created(
        &owner,
        &json!({ "url": openai.url(), "agentTokensPerDay": 5 }),
    )
    .await;
    let all = owner.graphql(ALL, json!({})).await;
    assert_eq!(
        all["data"]["providers"]["nodes"][0]["hasKey"], true,
        "{all}"
    );
    let node = "query($id: ID!) { node(id: $id) { id ... on Provider { url } } }";
    let node = owner.graphql(node, json!({ "id": id })).await;
    assert_eq!(node["data"]["node"]["url"], json!(openai.url()), "{node}");
    let log = owner
        .graphql("{ auditLog { nodes { action detail } } }", json!({}))
        .await;
    let log = log.to_string();
    assert!(log.contains("createProvider"), "{log}");
    assert!(
        !log.contains("sk-secret") && !all.to_string().contains("sk-secret"),
        "{log}"
    );
    let sealed = app.database().rows("SELECT key FROM providers", &[]).await;
    let sealed: &[u8] = sealed[0].get(0);
    assert!(!sealed.windows(9).any(|part| part == b"sk-secret"));

    // Another address has it sent elsewhere: whoever changes that has to know the key.
    let elsewhere = format!("{}/elsewhere", openai.url());
    let answer = update(&owner, &json!({ "id": id, "url": elsewhere })).await;
    assert_eq!(field(&answer), "key");
    let answer = update(&owner, &json!({ "id": id, "url": elsewhere, "key": null })).await;
    assert_eq!(
        answer["data"]["updateProvider"]["hasKey"], false,
        "{answer}"
    );
    let answer = update(
        &owner,
        &json!({ "id": id, "key": "sk-new", "agentTokensPerDay": null }),
    )
    .await;
    let updated = &answer["data"]["updateProvider"];
    assert_eq!(
        (&updated["hasKey"], &updated["agentTokensPerDay"]),
        (&json!(true), &Value::Null)
    );

    // It is sealed anew with a new master key.
    assert_eq!(app.terminate().await, Ended::Code(0));
    let rotated = tests::process::command(&["keys", "rotate"], app.environment())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&rotated.stdout).into_owned();
    assert!(rotated.status.success(), "{said}");
    app.restart().await;
    let after = app.database().rows("SELECT key FROM providers", &[]).await;
    assert_ne!(after[0].get::<_, &[u8]>(0), sealed);
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_a_provider_is_told_by_its_field() {
    let openai = Openai::start().await;
    let app = App::start().await;
    let owner = app.owner();
    let url = openai.url();
    for (wrong, at) in [
        (json!({ "name": " " }), "name"),
        (json!({ "model": "" }), "model"),
        (json!({ "key": "two words" }), "key"),
        (json!({ "url": "ftp://example.com" }), "url"),
        (json!({ "url": "http://10.0.0.1/v1" }), "url"),
        (json!({ "url": "https://169.254.169.254/v1" }), "url"),
        (json!({ "url": "https://me:pass@example.com/v1" }), "url"),
        (json!({ "url": format!("{url}?key=1") }), "url"),
        (json!({ "agentTokensPerDay": -1 }), "agentTokensPerDay"),
    ] {
        let mut fields = json!({ "url": url });
        for (name, value) in wrong.as_object().unwrap() {
            fields[name] = value.clone();
        }
        assert_eq!(field(&create(&owner, &fields).await), at, "{wrong}");
    }
    created(&owner, &json!({ "url": url })).await;
    let again = create(&owner, &json!({ "name": "MINE", "url": url })).await;
    assert_eq!(
        again["errors"][0]["extensions"]["code"], "conflict",
        "{again}"
    );
    for terms in [
        json!({ "provider": "Nobody's" }),
        json!({ "tokensPerDay": -1 }),
        json!({ "tokens": 1 }),
        json!({ "model": " " }),
    ] {
        assert_eq!(
            field(&allow(&owner, "echo", terms.clone()).await),
            "terms",
            "{terms}"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn a_provider_of_each_kind_is_asked_in_its_own_way() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    let openai = Openai::start().await;
    let owner = app.owner();
    grant(&owner, "oblige", json!({})).await;
    // The stub answers 404 to what it does not speak: the path shows in what the owner is told.
    for kind in ["ANTHROPIC", "GOOGLE"] {
        created(
            &owner,
            &json!({ "name": kind, "kind": kind, "url": openai.url() }),
        )
        .await;
        let told = channel.say("U1", "ask hello").await.concat();
        assert!(
            told.starts_with("Failed 404: 127.0.0.1 refused with status 404"),
            "{told}"
        );
    }
    openai.next([Act::Say("never".to_owned())]);
    assert_eq!(openai.times(), 0);
    app.finish().await;
}
