//! The gateway: sessions that begin, go on and end, and what their ends mean.

use serde_json::json;
use tests::wait::{LONG, wait_for};

use super::{channel, connected, wait_for_cursor, wait_for_status};

#[tokio::test]
async fn a_message_is_answered_once_however_often_it_comes() {
    let (app, discord) = connected().await;
    let mut message = discord.direct(42, "Grüezi");
    message["id"] = "1111".into();
    discord.dispatch("MESSAGE_CREATE", &message);
    discord.dispatch("MESSAGE_CREATE", &message);
    discord.dispatch("TYPING_START", &json!({ "user_id": "42" }));
    discord.say(42, "and again");
    assert_eq!(discord.wait_for(2).await, ["Grüezi", "and again"]);
    let identify = &discord.greetings()[0];
    assert_eq!(
        (&identify["op"], &identify["d"]["intents"]),
        (&json!(2), &json!(37_377))
    );
    wait_for_cursor(&app, "\"sequence\":5").await;
    app.finish().await;
}

#[tokio::test]
async fn a_connection_that_breaks_goes_on_where_it_was() {
    let (app, discord) = connected().await;
    discord.say(42, "one");
    discord.wait_for(1).await;
    discord.cut();
    discord.say(42, "two");
    assert_eq!(discord.wait_for(2).await, ["one", "two"]);
    discord.frame("{\"op\":7,\"s\":null,\"t\":null,\"d\":null}");
    let greetings = discord.wait_for_greetings(3).await;
    discord.frame("this is no frame");
    discord.wait_for_greetings(4).await;
    discord.say(42, "three");
    assert_eq!(discord.wait_for(3).await, ["one", "two", "three"]);
    let ops: Vec<_> = greetings
        .iter()
        .map(|greeting| greeting["op"].clone())
        .collect();
    assert_eq!(ops, [json!(2), json!(6), json!(6)]);
    assert_eq!(channel(&app).await["status"], "ACTIVE");
    app.finish().await;
}

#[tokio::test]
async fn a_session_that_has_ended_is_followed_by_another() {
    let (app, discord) = connected().await;
    discord.forget_sessions();
    discord.cut();
    let greetings = discord.wait_for_greetings(3).await;
    assert_eq!(
        (&greetings[1]["op"], &greetings[2]["op"]),
        (&json!(6), &json!(2))
    );
    wait_for_status(&app, "ACTIVE").await;
    discord.say(42, "hello");
    assert_eq!(discord.wait_for(1).await, ["hello"]);
    app.finish().await;
}

#[tokio::test]
async fn what_was_said_between_two_sessions_is_heard_once() {
    let (app, discord) = connected().await;
    discord.say(42, "before");
    discord.wait_for(1).await;
    discord.message(discord.on_server(43, "here too"));
    discord.wait_for(2).await;
    discord.down(true);
    wait_for_status(&app, "ERROR").await;
    // No session hears of these: Discord has forgotten it.
    discord.forget_sessions();
    for number in 0..3 {
        discord.say(42, &format!("between {number}"));
    }
    discord.message(discord.on_server(43, "between as well"));
    discord.down(false);
    let mut shown = discord.wait_for(6).await;
    wait_for_status(&app, "ACTIVE").await;
    discord.say(42, "after");
    assert_eq!(discord.wait_for(7).await.pop().unwrap(), "after");
    // Two chats, which do not wait for each other.
    let direct = shown.extract_if(.., |text| !text.contains("well") && *text != "here too");
    let direct: Vec<String> = direct.collect();
    assert_eq!(direct, ["before", "between 0", "between 1", "between 2"]);
    assert_eq!(shown, ["here too", "between as well"]);
    let asked = discord.asked("GET /channels/");
    assert_eq!(asked.len(), 4, "two chats, each until there is no more");
    app.finish().await;
    assert_eq!(discord.shown().len(), 7, "nothing is answered twice");
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_is_left() {
    let (app, discord) = connected().await;
    discord.heartbeat(200);
    discord.cut();
    discord.wait_for_greetings(2).await;
    wait_for(LONG, "heartbeats", async || {
        (discord.heartbeats().len() >= 3).then_some(())
    })
    .await;
    discord.deafen(true);
    discord.wait_for_greetings(3).await;
    discord.deafen(false);
    discord.say(42, "are you there?");
    assert_eq!(discord.wait_for(1).await, ["are you there?"]);
    app.finish().await;
}

#[tokio::test]
async fn a_token_that_was_reset_is_told_of_and_another_one_goes_on() {
    let (app, discord) = connected().await;
    discord.revoke(true);
    discord.close(4004);
    let reason = wait_for_status(&app, "EXPIRED").await.unwrap();
    assert!(
        reason.contains("4004") && reason.contains("Developer Portal"),
        "{reason}"
    );
    let greetings = discord.greetings().len();
    discord.revoke(false);
    discord.say(42, "anyone?");
    let id = channel(&app).await["id"].clone();
    let query = "mutation($id: ID!, $credential: Json!) { setChannelCredential(id: $id, credential: $credential) { id } }";
    let credential = json!({ "bot_token": tests::fakes::discord::TOKEN });
    let answer = app
        .owner()
        .graphql(query, json!({ "id": id, "credential": credential }))
        .await;
    assert!(answer["errors"].is_null(), "{answer}");
    assert_eq!(discord.wait_for(1).await, ["anyone?"]);
    assert!(discord.greetings().len() > greetings);
    wait_for_status(&app, "ACTIVE").await;
    app.finish().await;
}

#[tokio::test]
async fn without_the_intent_it_says_what_to_switch_on_and_goes_on() {
    let (app, discord) = connected().await;
    // The application is marked, and the gateway refuses all the same.
    discord.content(true, false);
    discord.forget_sessions();
    discord.cut();
    let greetings = wait_for(LONG, "a greeting without the intent", async || {
        let greetings = discord.greetings();
        let last = greetings.last()?["d"]["intents"].as_u64()?;
        (last == 4_609).then_some(greetings)
    })
    .await;
    let before = &greetings[greetings.len() - 2];
    assert_eq!(before["d"]["intents"], 37_377);
    let reason = wait_for(LONG, "the reason", async || {
        let channel = channel(&app).await;
        let reason = channel["statusReason"].as_str()?.to_owned();
        (channel["status"] == "ACTIVE").then_some(reason)
    })
    .await;
    assert!(
        reason.contains("Message Content Intent") && reason.contains("Privileged Gateway Intents"),
        "{reason}"
    );

    let mut mention = discord.on_server(42, "<@900000000000000001> hi");
    mention["mentions"] = json!([{ "id": "900000000000000001" }]);
    discord.message(discord.on_server(42, ""));
    discord.message(mention);
    discord.say(42, "and here");
    // They are two chats, which do not wait for each other.
    let mut shown = discord.wait_for(2).await;
    shown.sort();
    assert_eq!(shown, ["and here", "hi"]);
    app.finish().await;
}

#[tokio::test]
async fn what_only_the_owner_can_mend_is_told() {
    let (app, discord) = connected().await;
    discord.close(4011);
    let reason = wait_for_status(&app, "ERROR").await.unwrap();
    assert!(
        reason.contains("4011") && reason.contains("servers"),
        "{reason}"
    );
    app.finish().await;
}
