//! Wallets and links to live pages, as people and programs of a channel ask for them.

use reqwest::StatusCode;
use reqwest::header::{LOCATION, SET_COOKIE};
use serde_json::{Value, json};
use tests::fakes::solana::{Solana, USDC};
use tests::visitor::Stream;
use tests::{App, Channel};

use super::{bare, bare_with, from, in_group, with};

async fn say(channel: &Channel, user: &str, text: &str) -> String {
    channel.say(user, text).await.join("\n")
}

/// The last word of a text: an address.
fn last(text: &str) -> &str {
    text.split_whitespace().next_back().unwrap_or_default()
}

#[tokio::test]
async fn an_agents_address_is_told_by_route_by_message_and_by_alias() {
    let (app, _callback, channel) = bare().await;
    let none = channel.command("getwallet", &from("U1")).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST, "{}", none.body);
    say(&channel, "U1", "/create my-agent").await;
    let loaded = channel.command("getwallet", &from("U1")).await.body;
    let key = loaded["publicKey"]
        .as_str()
        .unwrap_or_else(|| panic!("{loaded}"));
    let expected = json!({
        "agent": { "name": "my-agent", "status": "running" }, "publicKey": key,
        "message": format!("my-agent wallet public key: {key}"),
    });
    assert_eq!(loaded, expected);
    for name in ["name", "agentName"] {
        let body = with("U1", json!({ name: "my-agent" }));
        assert_eq!(channel.command("getwallet", &body).await.body, expected);
        assert_eq!(
            channel.post("actions/get-wallet", &body).await.body,
            expected
        );
    }
    assert_eq!(
        say(&channel, "U1", "/getwallet my-agent").await,
        expected["message"]
    );
    let other = with("U2", json!({ "name": "my-agent" }));
    assert_eq!(
        channel.command("getwallet", &other).await.status,
        StatusCode::NOT_FOUND
    );

    // Of a group's shared agents first, then of one's own.
    say(&channel, "U2", "/create my-agent").await;
    let own = channel.command("getwallet", &other).await.body["publicKey"].clone();
    assert_ne!(own, json!(key));
    let share = in_group("U1", json!({ "name": "my-agent" }));
    assert_eq!(
        channel.command("share", &share).await.status,
        StatusCode::OK
    );
    let here = in_group("U2", json!({ "name": "my-agent" }));
    assert_eq!(
        channel.command("getwallet", &here).await.body["publicKey"],
        json!(key)
    );
    assert_eq!(
        channel.command("getwallet", &other).await.body["publicKey"],
        own
    );
    app.finish().await;
}

#[tokio::test]
async fn balance_and_funding_are_told_with_the_address() {
    let solana = Solana::start().await;
    let app = App::build().set("CLOISTER_SOLANA_RPC_URL", solana.url());
    let (app, _callback, channel) = bare_with(app).await;
    let told = say(&channel, "U1", "/balance").await;
    assert!(told.starts_with("Balance: 0 USDC, 0 SOL."), "{told}");
    let own = last(&told).to_owned();
    solana.hold(&own, 2_000_000_000, &[12_500_000]);
    let told = channel
        .command("balance", &from("U1"))
        .await
        .replies()
        .concat();
    assert!(told.starts_with("Balance: 12.5 USDC, 2 SOL."), "{told}");
    assert_eq!(last(&told), own);
    solana.answer(500, "");
    let told = say(&channel, "U1", "/balance").await;
    assert!(
        told.starts_with("Your balance cannot be read") && told.ends_with(&own),
        "{told}"
    );

    let told = channel
        .command("fund", &from("U1"))
        .await
        .replies()
        .concat();
    assert!(
        told.contains(&format!("solana:{own}?spl-token={USDC}&label=")),
        "{told}"
    );

    say(&channel, "U1", "/create my-agent").await;
    let key = say(&channel, "U1", "/getwallet").await;
    let link = format!(
        "solana:{}?amount=25&spl-token={USDC}&label=my-agent",
        last(&key)
    );
    for (route, names) in [
        ("fund-agent", ["agentName", "amountUsd"]),
        ("fund_agent", ["name", "amount"]),
    ] {
        let body = with("U1", json!({ names[0]: "my-agent", names[1]: 25 }));
        let told = channel.command(route, &body).await.replies().concat();
        assert!(told.ends_with(&link), "{told}");
    }
    let told = say(&channel, "U1", "/fund_agent my-agent 25").await;
    assert!(told.ends_with(&link) && told.contains("25 USDC"), "{told}");
    for (body, error) in [
        (
            json!({ "amountUsd": 25 }),
            "agentName: is required (also accepted as name)",
        ),
        (
            json!({ "name": "my-agent" }),
            "amountUsd: is required (also accepted as amount)",
        ),
        (
            json!({ "name": "my-agent", "amount": 0 }),
            "amountUsd: must be an amount of US dollars above 0",
        ),
        (
            json!({ "name": "my-agent", "amount": -3 }),
            "amountUsd: must be",
        ),
    ] {
        let answer = channel.command("fund-agent", &with("U1", body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        let told = answer.body["error"].as_str().unwrap();
        assert!(told.starts_with(error), "{told}");
    }
    app.finish().await;
}

#[tokio::test]
async fn without_an_endpoint_the_balance_says_so() {
    let (app, _callback, channel) = bare().await;
    let told = say(&channel, "U1", "/balance").await;
    assert!(told.contains("CLOISTER_SOLANA_RPC_URL"), "{told}");
    assert!(told.contains("Deposit address"), "{told}");
    app.finish().await;
}

/// Uses a link up as a person does: the session's cookie, and where it leads.
async fn enter(app: &App, url: &str) -> (String, String) {
    let answer = app.http().post(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let text = |name| answer.headers()[name].to_str().unwrap().to_owned();
    let cookie = text(SET_COOKIE).split(';').next().unwrap().to_owned();
    (cookie, text(LOCATION))
}

async fn watch(app: &App, cookie: &str, place: &str) -> Stream {
    let place = place
        .replace("/agents/", "/api/agents/")
        .replace("/live", "/live/events");
    let request = app.http().get(app.url(&place)).header("Cookie", cookie);
    Stream::of(request.send().await.unwrap())
}

/// The next message: who said it, and what.
async fn said(stream: &mut Stream) -> (String, String) {
    loop {
        let event = stream.next().await.expect("the stream goes on");
        if event.name == "said" {
            let text = |name: &str| event.data[name].as_str().unwrap().to_owned();
            return (text("from"), text("text"));
        }
    }
}

async fn prompt(app: &App, cookie: &str, place: &str, text: &str) -> StatusCode {
    let place = place
        .replace("/agents/", "/api/agents/")
        .replace("/live", "/live/prompts");
    let body = json!({ "messageId": text, "text": text });
    let request = app
        .http()
        .post(app.url(&place))
        .header("Cookie", cookie)
        .json(&body);
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_link_opens_the_chat_with_the_loaded_agent() {
    let (app, callback, channel) = bare().await;
    let none = channel.command("getlink", &from("U1")).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST, "{}", none.body);
    say(&channel, "U1", "/create my-agent").await;
    say(&channel, "U1", "said in the chat").await;
    let told = channel.command("getlink", &from("U1")).await.body;
    let url = told["url"]
        .as_str()
        .unwrap_or_else(|| panic!("{told}"))
        .to_owned();
    assert!(
        url.starts_with(&app.url("/api/auth/session-login?sid=")),
        "{url}"
    );
    assert_eq!(
        told["agent"],
        json!({ "name": "my-agent", "status": "running" })
    );
    assert_eq!(
        told["message"],
        json!(format!("Open \"my-agent\" in a browser: {url}"))
    );
    for answer in [
        channel.post("actions/get-link", &from("U1")).await.body["url"].clone(),
        json!(last(&say(&channel, "U1", "/getlink").await)),
    ] {
        assert!(
            answer.as_str().unwrap().contains("session-login?sid="),
            "{answer}"
        );
    }

    let (cookie, place) = enter(&app, &url).await;
    let mut stream = watch(&app, &cookie, &place).await;
    let stands = stream.next().await.unwrap();
    assert_eq!(
        (&stands.name[..], &stands.data["mayPrompt"]),
        ("console", &json!(true))
    );
    let mut seen = Vec::new();
    while !seen.contains(&("agent".to_owned(), "said in the chat".to_owned())) {
        seen.push(said(&mut stream).await);
    }
    // What a command answered is kept without the secret in it.
    assert!(
        !seen.iter().any(|(_, text)| text.contains("sid=")),
        "{seen:?}"
    );
    // From the page it is said in the same chat, and the answer goes out on the channel as well.
    assert_eq!(
        prompt(&app, &cookie, &place, "said from the page").await,
        StatusCode::ACCEPTED
    );
    loop {
        let (from, text) = said(&mut stream).await;
        assert!(!text.contains("sid="), "{text}");
        if (from.as_str(), text.as_str()) == ("agent", "said from the page") {
            break;
        }
    }
    let delivered = callback.wait_for(1).await[0].json();
    assert_eq!(delivered["message"], "said from the page");
    assert_eq!(delivered["externalUserId"], "U1");

    // Another person's link to one's own agent does not exist.
    let other = channel.command("getlink", &from("U2")).await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    say(&channel, "U2", "/create theirs").await;
    let told = channel.command("getlink", &from("U2")).await.body;
    let (theirs, _) = enter(&app, told["url"].as_str().unwrap()).await;
    let page = app.http().get(app.url(&place)).header("Cookie", theirs);
    assert_eq!(page.send().await.unwrap().status(), StatusCode::NOT_FOUND);
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn a_shared_agents_page_is_the_groups_conversation_alone() {
    let (app, _callback, channel) = bare().await;
    say(&channel, "U1", "/create team-agent").await;
    say(&channel, "U1", "said in private").await;
    for (user, text) in [
        ("U1", "/share team-agent"),
        ("U1", "@team-agent said in the group"),
        ("U2", "@team-agent me too"),
    ] {
        channel
            .send(&in_group(user, json!({ "message": text })))
            .await
            .replies();
    }
    let told = channel
        .command("getlink", &in_group("U2", json!({})))
        .await
        .body;
    let url = told["url"]
        .as_str()
        .unwrap_or_else(|| panic!("{told}"))
        .to_owned();
    let (cookie, place) = enter(&app, &url).await;
    let mut stream = watch(&app, &cookie, &place).await;
    let mut seen: Vec<(String, String)> = Vec::new();
    while !seen.contains(&("agent".to_owned(), "me too".to_owned())) {
        seen.push(said(&mut stream).await);
    }
    let pair = |from: &str, text: &str| (from.to_owned(), text.to_owned());
    assert!(
        seen.contains(&pair("other", "@team-agent said in the group"))
            || seen.contains(&pair("other", "said in the group")),
        "{seen:?}"
    );
    assert!(
        !seen.iter().any(|(_, text)| text.contains("private")),
        "{seen:?}"
    );
    assert_eq!(
        prompt(&app, &cookie, &place, "from the page").await,
        StatusCode::ACCEPTED
    );
    while said(&mut stream).await != pair("agent", "from the page") {}

    // The page without the group, or with someone's direct chat, is not theirs; the log is not either.
    let (bare_place, _) = place.split_once('?').unwrap();
    let page = async |place: &str| {
        let request = app.http().get(app.url(place)).header("Cookie", &cookie);
        request.send().await.unwrap().status()
    };
    assert_eq!(page(bare_place).await, StatusCode::NOT_FOUND);
    let direct = "SELECT id::text FROM conversations WHERE NOT is_group";
    let direct: String = app.database().rows(direct, &[]).await[0].get(0);
    assert_eq!(
        page(&format!("{bare_place}?conversation={direct}")).await,
        StatusCode::NOT_FOUND
    );
    // Once it is shared no more, the page is gone as well.
    channel
        .command(
            "unshare-agent",
            &in_group("U1", json!({ "name": "team-agent" })),
        )
        .await;
    assert_eq!(page(&place).await, StatusCode::NOT_FOUND);
    drop(stream);
    app.finish().await;
}

#[tokio::test]
async fn what_is_free_counts_from_the_page_too() {
    let app = App::build().set("CLOISTER_FREE_PROMPTS", "1");
    let (app, _callback, channel) = bare_with(app).await;
    say(&channel, "U1", "/create my-agent").await;
    let told = channel.command("getlink", &from("U1")).await.body;
    let (cookie, place) = enter(&app, told["url"].as_str().unwrap()).await;
    assert_eq!(
        prompt(&app, &cookie, &place, "one").await,
        StatusCode::ACCEPTED
    );
    // The same again is the same, and costs nothing.
    assert_eq!(
        prompt(&app, &cookie, &place, "one").await,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        prompt(&app, &cookie, &place, "two").await,
        StatusCode::CONFLICT
    );
    app.finish().await;
}

#[tokio::test]
async fn a_welcome_has_the_deposit_address() {
    let (app, _callback, channel) = bare().await;
    let text_only = "UPDATE channels SET configuration = configuration || '{\"text_only\": true}' WHERE kind = 'webhook'";
    app.database().rows(text_only, &[]).await;
    let replies = channel.say("U1", "hello").await;
    let structured = replies
        .iter()
        .find_map(|reply| reply.strip_prefix("__structured:"));
    let structured: Value =
        serde_json::from_str(structured.unwrap_or_else(|| panic!("{replies:?}"))).unwrap();
    let address = structured["solAddress"]
        .as_str()
        .unwrap_or_else(|| panic!("{structured}"));
    assert!(
        replies
            .iter()
            .any(|reply| reply.contains(&format!("deposit address, to fund agents: {address}")))
    );
    let told = say(&channel, "U1", "/balance").await;
    assert_eq!(last(&told), address);
    app.finish().await;
}
