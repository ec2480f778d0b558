//! `cloister keys rotate`: every column of the database that holds something sealed is sealed anew, and a column that is added
//! has to say which it is.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::channel::message_with_id;
use tests::fakes::mcp::Mcp;
use tests::fakes::openai::Openai;
use tests::fakes::wechat::Wechat;
use tests::git::GitServer;
use tests::owner::Owner;
use tests::people::Home;
use tests::process::Ended;
use tests::{App, Callback};

use crate::wechat::Account;

/// Columns whose values are sealed. One that is added here is one that `store::sealed` and `service::keys` have to know, and
/// that `fill` has to fill.
const SEALED: [&str; 10] = [
    "channels.credential",
    "commands.answer",
    "project_settings.webhook_secret",
    "providers.key",
    "reply_windows.token",
    "repositories.token",
    "scans.handle",
    "secrets.value",
    "toolsets.header_value",
    "wallets.secret",
];

/// Columns of bytes that are not: digests, hashes, what agents keep and hear, modules and files.
const PLAIN: [&str; 25] = [
    "access_codes.hash",
    "agent_modules.module_digest",
    "agents.module_digest",
    "agents.trial_digest",
    "file_chunks.bytes",
    "file_contents.digest",
    "groups.members_digest",
    "http_answers.answer",
    "http_answers.request",
    "invites.hash",
    "journal.answer",
    "journal.request",
    "live_links.hash",
    "modules.component",
    "modules.digest",
    "pairing_codes.hash",
    "recordings.bytes",
    "schedules.payload",
    "state.value",
    "tokens.hash",
    "tool_calls.answer",
    "tool_calls.request",
    "toolsets.module_digest",
    "turns.module_digest",
    "wallets.public_key",
];

#[tokio::test]
async fn whatever_is_sealed_is_sealed_anew() {
    let wechat = Wechat::start().await;
    let (openai, mcp, git) = (
        Openai::start().await,
        Mcp::start().await,
        GitServer::start().await,
    );
    let callback = Callback::start().await;
    let mut app = App::build()
        .set("CLOISTER_WECHAT_API_URL", wechat.url())
        .set("CLOISTER_WECHAT_CDN_URL", wechat.store_url())
        .start()
        .await;
    let owner = app.owner();
    owner.pushed("oblige", crate::guest("oblige")).await;
    git.repository("ada/engine")
        .write("README.md", "# Engine")
        .commit("first");
    fill(&owner, &[&openai.url(), &mcp.url(), &git.url("ada/engine")]).await;

    let home = Home::of(&app).await;
    let settings = format!("/api/projects/{}/settings", home.project);
    let hook = json!({ "webhook_url": callback.url() });
    worked(owner.send(Method::PATCH, &settings, Some(hook)).await);
    let secret = format!("{settings}/webhook/rotate-secret");
    worked(owner.send(Method::POST, &secret, None).await);

    // An account that has been spoken to, and another one whose code nobody has scanned yet.
    Account::make(&app).await.bind(&app, &wechat).await;
    wechat.wait_for_reader().await;
    wechat.say("ada@im.wechat", "Grüezi");
    wechat.wait_for(1).await;
    let channels = format!("/api/projects/{}/channels", home.project);
    let another = json!({ "channel_type": "wechat", "display_name": "Another", "credential": { "type": "wechat" } });
    let made = worked(owner.send(Method::POST, &channels, Some(another)).await);
    let id = made["channel"]["id"].as_str().unwrap();
    let another = Account {
        path: format!("{channels}/{id}"),
    };
    another.start(&app).await;

    let channel = owner.channel("oblige", &callback.url()).await;
    let login = message_with_id("U1", "/login", "m-1");
    let link = channel.send(&login).await.replies();
    app.database().settled().await;
    assert_eq!(app.terminate().await, Ended::Code(0));

    let columns = columns(&app).await;
    let known: BTreeSet<String> = SEALED
        .iter()
        .chain(&PLAIN)
        .map(|&name| name.to_owned())
        .collect();
    assert_eq!(
        columns, known,
        "a column of bytes is either sealed or plain: say so here"
    );
    let mut old = BTreeSet::new();
    for name in SEALED {
        let keys = keys_of(&app, name).await;
        assert_eq!(
            keys.len(),
            1,
            "{name} holds something that one key has sealed: {keys:?}"
        );
        old.extend(keys.into_keys());
    }
    assert_eq!(old.len(), 1, "{old:?}");
    let old = old.pop_first().unwrap();
    for name in PLAIN {
        let keys = keys_of(&app, name).await;
        assert!(!keys.contains_key(&old), "{name} holds something sealed");
    }

    let mut environment = app.environment().clone();
    let places = ["CLOISTER_DATA_DIR", "CLOISTER_DATABASE_URL"];
    environment.retain(|name, _| places.contains(&name.as_str()));
    let rotate = ["keys", "rotate", "--forget-older"];
    let rotated = tests::process::command(&rotate, &environment)
        .output()
        .unwrap();
    assert!(rotated.status.success(), "{rotated:?}");
    let mut new = BTreeSet::new();
    for name in SEALED {
        let keys = keys_of(&app, name).await;
        assert!(!keys.contains_key(&old), "{name} was left as it was");
        new.extend(keys.into_keys());
    }
    assert_eq!(new.len(), 1, "{new:?}");

    // Nothing but the new key is left, and all of it opens: the same command has the same answer.
    app.restart().await;
    assert_eq!(channel.send(&login).await.replies(), link);
    wechat.wait_for_reader().await;
    wechat.say("ada@im.wechat", "Salü");
    wechat.wait_for(2).await;
    app.finish().await;
}

/// Has each service that seals something do so.
async fn fill(owner: &Owner, [model, tools, repository]: &[&str; 3]) {
    let provider = json!({ "name": "Mine", "kind": "OPENAI", "url": model, "model": "m1", "key": "sk-hunter2" });
    let server =
        json!({ "name": "far", "url": tools, "header": { "value": "Bearer hunter2-and-more" } });
    let secret = json!({ "agent": "oblige", "name": "key", "value": "hunter2-and-more", "hosts": ["api.example.com"] });
    let repository = json!({ "url": repository, "token": "ghp_0123456789" });
    for (query, input) in [
        (
            "mutation($input: CreateProviderInput!) { createProvider(input: $input) { id } }",
            provider,
        ),
        (
            "mutation($input: ConnectToolServerInput!) { connectToolServer(input: $input) { id } }",
            server,
        ),
        (
            "mutation($input: SetSecretInput!) { setSecret(input: $input) { name } }",
            secret,
        ),
        (
            "mutation($input: ConnectRepositoryInput!) { connectRepository(input: $input) { id } }",
            repository,
        ),
        ("{ wallet { address } }", Value::Null),
    ] {
        let answer = owner.graphql(query, json!({ "input": input })).await;
        assert_eq!(answer["errors"], Value::Null, "{query}: {answer}");
    }
}

fn worked((status, answer): (StatusCode, Value)) -> Value {
    assert!(status.is_success(), "{status} {answer}");
    answer
}

/// All columns of bytes, as `table.column`.
async fn columns(app: &App) -> BTreeSet<String> {
    let query = "SELECT c.table_name || '.' || c.column_name FROM information_schema.columns c
        WHERE c.table_schema = 'public' AND c.data_type = 'bytea'";
    let rows = app.database().rows(query, &[]).await;
    rows.iter().map(|row| row.get(0)).collect()
}

/// By which keys the values of a column were sealed, and how many by each: the key's id stands behind the layout.
async fn keys_of(app: &App, name: &str) -> BTreeMap<Vec<u8>, i64> {
    let (table, column) = name.split_once('.').unwrap();
    let query = format!(
        "SELECT substring({column} FROM 2 FOR 8), count(*) FROM {table}
         WHERE {column} IS NOT NULL AND octet_length({column}) > 9 GROUP BY 1"
    );
    let rows = app.database().rows(&query, &[]).await;
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
