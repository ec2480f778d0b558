//! A turn that waits until a person has allowed a call goes on with the module that asked.

use serde_json::{Value, json};
use tests::fakes::mcp::Mcp;

use super::{ASKED, all, allow_tools, house, newest, on_side, try_out};
use crate::replays::{newest_turn, replay};

const CALL: &str = r#"use far__say {"text": "hello"}"#;

#[tokio::test]
async fn a_turn_that_waits_for_a_person_goes_on_with_the_module_that_asked() {
    let (app, callback, channel, oblige) = house().await;
    let server = Mcp::start().await;
    let input = json!({ "name": "far", "url": server.url(), "approvals": ["*"] });
    allow_tools(&app, input).await;
    try_out(&app, &oblige, 99).await;
    let person = on_side(&channel, true).await;
    let asked = channel.say(&person, CALL).await.concat();
    assert!(asked.starts_with("May I use far__say"), "{asked}");
    let back = all(&app, "rollBackAgent").await;
    assert_eq!(back["trial"], Value::Null);
    channel.say(&person, "yes").await;
    assert_eq!(callback.wait_for(1).await[0].text(), "\"hello\" (hello)");
    assert_eq!(server.times("tools/call"), 1);
    app.database().settled().await;
    let ran = "SELECT count(*) FROM turns t JOIN tool_calls k ON k.turn_id = t.id
        WHERE t.status = 'done' AND t.module_digest = decode($1, 'hex')";
    let ran: i64 = app.database().rows(ran, &[&oblige]).await[0].get(0);
    assert_eq!(ran, 1);
    assert_eq!(channel.say(&person, ASKED).await, [ASKED]);
    app.finish().await;
}

#[tokio::test]
async fn a_turn_of_a_trial_is_replayed_on_the_module_that_ran_it() {
    let (app, _callback, channel, oblige) = house().await;
    try_out(&app, &oblige, 99).await;
    let person = on_side(&channel, true).await;
    channel.say(&person, "log Good day").await;
    all(&app, "rollBackAgent").await;
    let turn = newest_turn(&app).await;
    assert_eq!(newest(&app).await.1, oblige);
    let same = replay(&app, &turn, None).await;
    assert_eq!(same["verdict"], "SAME", "{same}");
    assert_eq!(same["log"], json!(["info Good day"]));
    assert_eq!(same["moduleId"], format!("mod_{oblige}"));
    app.finish().await;
}
