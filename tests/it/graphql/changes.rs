//! Mutations: each returns what it changed, and what it refuses names the field.

use serde_json::{Value, json};
use tests::{App, Callback};

use super::{ask, refused};

#[tokio::test]
async fn an_agent_lives_and_dies() {
    let app = App::start().await;
    let modules = ask(
        &app,
        "{ modules { nodes { id isHandler capabilities imports size } } }",
        json!({}),
    )
    .await;
    let modules = modules["modules"]["nodes"].as_array().unwrap();
    let module = modules
        .iter()
        .find(|module| module["isHandler"] == true)
        .unwrap();
    assert!(
        module["size"].as_i64().unwrap() > 0 && !module["imports"].as_array().unwrap().is_empty()
    );

    let create = "mutation($input: CreateAgentInput!) { createAgent(input: $input) {
        id name status configuration limits module { id } grants { capability } project { slug } } }";
    let input = json!({ "name": "Pip", "module": module["id"], "configuration": { "mood": "good" },
        "limits": { "guest_time_ms": 500 } });
    let made = ask(&app, create, json!({ "input": input })).await["createAgent"].clone();
    assert_eq!(
        (&made["status"], &made["module"]["id"]),
        (&json!("STOPPED"), &module["id"])
    );
    assert_eq!(
        (&made["configuration"], &made["project"]["slug"]),
        (&json!({ "mood": "good" }), &json!("home"))
    );
    assert_eq!(made["grants"].as_array().unwrap().len(), 8);

    assert_eq!(
        refused(&app, create, json!({ "input": input })).await.0,
        "conflict"
    );
    for (field, input) in [
        ("name", json!({ "name": "no spaces" })),
        (
            "limits",
            json!({ "name": "x", "limits": { "memory": 1_u64 << 40 } }),
        ),
        (
            "configuration",
            json!({ "name": "x", "configuration": [1] }),
        ),
        ("module", json!({ "name": "x", "module": "mod_1" })),
    ] {
        assert_eq!(
            refused(&app, create, json!({ "input": input })).await,
            ("invalid".to_owned(), json!(field))
        );
    }

    let id = json!({ "id": made["id"] });
    for (field, status) in [
        ("startAgent", "RUNNING"),
        ("restartAgent", "RUNNING"),
        ("stopAgent", "STOPPED"),
    ] {
        let query = format!("mutation($id: ID!) {{ {field}(id: $id) {{ status }} }}");
        assert_eq!(ask(&app, &query, id.clone()).await[field]["status"], status);
    }
    let update = "mutation($id: ID!, $input: UpdateAgentInput!) { updateAgent(id: $id, input: $input) { name configuration limits } }";
    let changed = json!({ "id": made["id"], "input": { "name": "Pop", "limits": {} } });
    let updated = ask(&app, update, changed).await;
    assert_eq!(
        updated["updateAgent"],
        json!({ "name": "Pop", "configuration": { "mood": "good" }, "limits": {} })
    );

    let deleted = ask(
        &app,
        "mutation($id: ID!) { deleteAgent(id: $id) { name } }",
        id.clone(),
    )
    .await;
    assert_eq!(deleted["deleteAgent"]["name"], "Pop");
    assert_eq!(
        refused(
            &app,
            "mutation($id: ID!) { startAgent(id: $id) { id } }",
            id
        )
        .await
        .0,
        "not_found"
    );
    app.finish().await;
}

#[tokio::test]
async fn what_an_agent_may_is_given_and_taken() {
    let (app, _callback, channel) = crate::serving("counter").await;
    let allow = "mutation($input: AllowCapabilityInput!) { allowCapability(input: $input) { grants { capability terms } } }";
    let withdraw = "mutation($input: WithdrawCapabilityInput!) { withdrawCapability(input: $input) { grants { capability } } }";
    let state = json!({ "input": { "agent": "counter", "capability": "state" } });

    let left = ask(&app, withdraw, state.clone()).await;
    assert_eq!(
        left["withdrawCapability"]["grants"]
            .as_array()
            .unwrap()
            .len(),
        7
    );
    assert_eq!(refused(&app, withdraw, state.clone()).await.0, "conflict");
    // Without it the agent cannot count.
    assert_ne!(channel.say("U1", "count").await, ["1"]);

    let with_terms = json!({ "input": { "agent": "counter", "capability": "state", "terms": { "note": "again" } } });
    let grants = ask(&app, allow, with_terms).await;
    let grants = grants["allowCapability"]["grants"].as_array().unwrap();
    assert!(grants.contains(&json!({ "capability": "state", "terms": { "note": "again" } })));
    // The second is for the host's own navigator alone.
    for capability in ["teleport", "projects"] {
        let unknown = json!({ "input": { "agent": "counter", "capability": capability } });
        assert_eq!(
            refused(&app, allow, unknown).await,
            ("invalid".to_owned(), json!("capability"))
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn a_channel_is_made_changed_switched_and_deleted() {
    let app = App::start().await;
    let callback = Callback::start().await;
    let create = "mutation($input: CreateChannelInput!) { createChannel(input: $input) {
        channel { id kind name status configuration hasCredential primaryAgent { name } } apiKey secret } }";
    let webhook = json!({ "kind": "webhook", "name": "Desk", "agent": "echo",
        "configuration": { "callback_url": callback.url(), "platform": "custom" } });
    let made = ask(&app, create, json!({ "input": webhook })).await["createChannel"].clone();
    let key = made["apiKey"].as_str().unwrap();
    assert!(key.starts_with("chk_"), "{made}");
    assert!(made["secret"].as_str().unwrap().len() >= 32, "{made}");
    assert_eq!(made["channel"]["primaryAgent"]["name"], "echo");
    let channel = tests::Channel::new(
        &app.address(),
        &json!({ "id": made["channel"]["id"], "apiKey": key, "webhookSecret": made["secret"] }),
        app.http().clone(),
    );
    assert_eq!(channel.say("U1", "hello").await, ["hello"]);

    // A secret is never shown again, whatever is asked for.
    let id = json!({ "id": made["channel"]["id"] });
    let shown = ask(
        &app,
        "query($id: ID!) { channel(id: $id) { configuration hasCredential } }",
        id.clone(),
    )
    .await;
    assert!(!shown.to_string().contains(made["secret"].as_str().unwrap()));

    let rotate = "mutation($id: ID!) { rotateChannelKey(id: $id) { secret } rotateChannelSecret(id: $id) { secret channel { id } } }";
    let rotated = ask(&app, rotate, id.clone()).await;
    assert_ne!(rotated["rotateChannelKey"]["secret"], made["apiKey"]);
    assert_ne!(rotated["rotateChannelSecret"]["secret"], made["secret"]);

    let off = "mutation($id: ID!) { disableChannel(id: $id) { status } }";
    assert_eq!(
        ask(&app, off, id.clone()).await["disableChannel"]["status"],
        "DISABLED"
    );
    let on = "mutation($id: ID!) { enableChannel(id: $id) { status } }";
    assert_eq!(
        ask(&app, on, id.clone()).await["enableChannel"]["status"],
        "ACTIVE"
    );

    let update = "mutation($id: ID!, $input: UpdateChannelInput!) { updateChannel(id: $id, input: $input) { name access primaryAgent { id } configuration } }";
    let input = json!({ "name": "Front desk", "access": "ALLOW_LIST", "agent": null });
    let updated =
        ask(&app, update, json!({ "id": id["id"], "input": input })).await["updateChannel"].clone();
    assert_eq!(
        (
            &updated["name"],
            &updated["access"],
            &updated["primaryAgent"]
        ),
        (&json!("Front desk"), &json!("ALLOW_LIST"), &Value::Null)
    );
    let wrong = json!({ "id": id["id"], "input": { "configuration": { "callback_url": "ftp://x", "platform": "custom" } } });
    assert_eq!(refused(&app, update, wrong).await.0, "invalid");

    let web = json!({ "kind": "web", "name": "Shop", "configuration": { "allowed_origins": ["https://shop.example"] } });
    let web = ask(&app, create, json!({ "input": web })).await["createChannel"].clone();
    assert!(web["secret"].as_str().unwrap().starts_with("wis_"));
    assert_eq!(
        (
            &web["apiKey"],
            &web["channel"]["configuration"]["allowed_origins"]
        ),
        (&Value::Null, &json!(["https://shop.example"]))
    );
    let credential = "mutation($id: ID!, $credential: Json!) { setChannelCredential(id: $id, credential: $credential) { hasCredential } }";
    let short = json!({ "id": web["channel"]["id"], "credential": { "identity_secret": "short" } });
    assert_eq!(
        refused(&app, credential, short).await,
        ("invalid".to_owned(), json!("identity_secret"))
    );
    let own = json!({ "id": web["channel"]["id"], "credential": { "identity_secret": "0123456789abcdef0123456789abcdef" } });
    assert_eq!(
        ask(&app, credential, own).await["setChannelCredential"]["hasCredential"],
        true
    );

    let unknown = json!({ "input": { "kind": "pigeon", "name": "x" } });
    assert_eq!(
        refused(&app, create, unknown).await,
        ("invalid".to_owned(), json!("kind"))
    );
    let delete = "mutation($id: ID!) { deleteChannel(id: $id) { name } }";
    assert_eq!(
        ask(&app, delete, id.clone()).await["deleteChannel"]["name"],
        "Front desk"
    );
    assert_eq!(refused(&app, delete, id).await.0, "not_found");
    app.finish().await;
}
