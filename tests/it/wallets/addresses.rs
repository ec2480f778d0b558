//! Addresses: one for each user and agent, for good, for those who may see it.

use std::collections::HashSet;

use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::fakes::solana::{Solana, USDC};
use tests::node::Script;
use tests::people::Home;

use super::{address, wallet};

#[tokio::test]
async fn a_wallet_is_made_once_whoever_asks_first() {
    let app = App::start().await;
    let beside = App::build().beside(&app);
    // Hosts of one database share their master key.
    let key = std::fs::read_to_string(app.data().join("master.key")).unwrap();
    let beside = beside.set("CLOISTER_MASTER_KEY", key.trim()).start().await;
    let (here, there) = (app.owner(), beside.by(app.owner().token()));

    let both = (0..8).flat_map(|_| [&here, &there]);
    let asked =
        both.map(|who| async { (address(who, None).await, address(who, Some("echo")).await) });
    let told = futures_util::future::join_all(asked).await;

    let own: HashSet<_> = told.iter().map(|(own, _)| own).collect();
    let agents: HashSet<_> = told.iter().map(|(_, agent)| agent).collect();
    assert_eq!((own.len(), agents.len()), (1, 1), "{told:?}");
    assert!(own.is_disjoint(&agents));
    assert_eq!(
        app.database().count("SELECT count(*) FROM wallets").await,
        2
    );
    beside.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn addresses_are_taken_by_solanas_own_client() {
    let app = App::start().await;
    let solana = Solana::start().await;
    let owner = app.owner();
    let addresses = [
        address(&owner, None).await,
        address(&owner, Some("echo")).await,
    ];
    solana.hold(&addresses[0], 5, &[1_000_000, 20]);

    let (url, [own, agents]) = (solana.url(), &addresses);
    let arguments = [url.as_str(), USDC, own, agents, "no-address"];
    let lines = Script::start("solana.cjs", &arguments).rest().await;

    let read: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected = [
        json!({ "address": own, "isAddress": true, "lamports": "5", "tokens": ["1000000", "20"] }),
        json!({ "address": agents, "isAddress": true, "lamports": "0", "tokens": [] }),
        json!({ "address": "no-address", "isAddress": false }),
    ];
    assert_eq!(read, expected);
    app.finish().await;
}

#[tokio::test]
async fn a_list_of_agents_has_their_addresses_in_as_many_statements_as_one() {
    let app = App::start().await;
    let owner = app.owner();
    let query = "query($first: Int!) { agents(first: $first) { nodes { name walletAddress } } }";
    let make =
        "mutation($name: String!) { createAgent(input: { name: $name }) { id walletAddress } }";
    for name in ["one", "two", "three"] {
        let made = owner.graphql(make, json!({ "name": name })).await;
        let address = &made["data"]["createAgent"]["walletAddress"];
        assert!(address.is_string(), "{made}");
    }
    let read = async |first: i32| owner.graphql(query, json!({ "first": first })).await;
    let all = read(50).await;
    let nodes = all["data"]["agents"]["nodes"].as_array().unwrap().clone();
    let addresses: HashSet<_> = nodes
        .iter()
        .map(|node| node["walletAddress"].as_str().unwrap())
        .collect();
    assert!(nodes.len() >= 4 && addresses.len() == nodes.len(), "{all}");

    let of_one = app.fewest_statements(async || drop(read(1).await)).await;
    let of_all = app.fewest_statements(async || drop(read(50).await)).await;
    assert_eq!(of_one, of_all);
    app.finish().await;
}

#[tokio::test]
async fn an_address_is_told_to_those_who_may_see_whose_it_is() {
    let app = App::start().await;
    let home = Home::of(&app).await;
    let agent = tests::people::first_agent(app.database()).await;
    let viewer_id = home.member(&app, "viewer", "viewer").await;
    let viewer = home
        .with_token(&app, TokenKind::Personal, &viewer_id, None)
        .await;
    let stranger = home.person(&app, "stranger").await;
    let stranger = home
        .with_token(&app, TokenKind::Personal, &stranger, None)
        .await;
    let key = home
        .with_token(&app, TokenKind::Project, &home.project, Some("viewer"))
        .await;
    let agents_key = home.with_token(&app, TokenKind::Agent, &agent, None).await;
    let channel = tests::people::first_channel(app.database(), "web").await;
    let channels_key = home
        .with_token(&app, TokenKind::Channel, &channel, None)
        .await;
    let elsewhere = Home::elsewhere(&app).await;
    let eve = elsewhere
        .with_token(&app, TokenKind::Personal, &elsewhere.owner, None)
        .await;

    let code = |answer: &Value| match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => code.to_owned(),
        None => "fine".to_owned(),
    };
    for (who, of_agent, own) in [
        (&app.owner(), "fine", "fine"),
        (&viewer, "fine", "fine"),
        (&stranger, "not_found", "fine"),
        (&key, "fine", "forbidden"),
        (&agents_key, "fine", "forbidden"),
        (&channels_key, "forbidden", "forbidden"),
        (&eve, "not_found", "fine"),
        (&app.by("clt_unknown"), "unauthenticated", "unauthenticated"),
    ] {
        assert_eq!(code(&wallet(who, Some(&agent)).await), of_agent);
        assert_eq!(code(&wallet(who, None).await), own);
    }

    // Of people, one's own; all of them for an owner of the organization.
    let people = "{ users { nodes { id walletAddress } } }";
    let shown = async |answer: Value| {
        let nodes = answer["data"]["users"]["nodes"].as_array().unwrap().clone();
        nodes
            .into_iter()
            .filter(|node| node["walletAddress"].is_string())
            .count()
    };
    assert_eq!(shown(app.owner().graphql(people, json!({})).await).await, 3);
    assert_eq!(shown(viewer.graphql(people, json!({})).await).await, 1);
    app.finish().await;
}
