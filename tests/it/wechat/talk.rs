//! What is said and answered, within what WeChat allows.

use serde_json::{Value, json};
use tests::wait::{LONG, wait_for};

use super::{ADA, Account, BEN, connected};
use tests::App;

#[tokio::test]
async fn a_message_is_answered_once_and_in_its_context() {
    let (app, wechat, account) = connected().await;
    let said = wechat.say(ADA, "Grüezi");
    wechat.bring(said.clone());
    wechat.say(BEN, "Salü");
    let mut answers = wechat.wait_for(2).await;
    answers.sort();
    assert_eq!(answers, ["Grüezi", "Salü"]);
    app.database().settled().await;
    let sent = wechat.asked("sendmessage");
    assert_eq!(sent.len(), 2);
    let to_ada = sent
        .iter()
        .find(|one| one.body["msg"]["to_user_id"] == ADA)
        .unwrap();
    assert_eq!(to_ada.body["msg"]["context_token"], said["context_token"]);

    let log = account.log(&app).await;
    assert_eq!(log.len(), 4, "{log:?}");
    let heard = log
        .iter()
        .find(|one| one["text"] == "Grüezi" && one["direction"] == "inbound");
    let heard = heard.unwrap();
    let id = format!("wx:{ADA}");
    assert_eq!(
        (&heard["platform_user_id"], &heard["platform_chat_id"]),
        (&json!(id), &json!(id))
    );
    assert!(heard["agent_id"].is_null() && heard["error"].is_null());
    let answered = log
        .iter()
        .find(|one| one["text"] == "Grüezi" && one["direction"] == "outbound");
    assert!(answered.unwrap()["agent_id"].is_string());
    // What WeChat wants back with an answer is kept sealed.
    let context = said["context_token"].as_str().unwrap();
    let open =
        "SELECT count(*) FROM reply_windows WHERE position(convert_to($1, 'UTF8') IN token) > 0";
    let rows = app.database().rows(open, &[&context]).await;
    assert_eq!(rows[0].get::<_, i64>(0), 0);
    let all = "SELECT count(*) FROM reply_windows";
    assert_eq!(app.database().count(all).await, 2);
    app.finish().await;
}

/// What is on its way and waits, with the reason that the log shows.
async fn wait_for_a_waiting_one(app: &App, account: &Account) -> Value {
    wait_for(LONG, "a message to wait", async || {
        let log = account.log(app).await;
        let waits = log.into_iter().find(|one| one["error"].is_string());
        let row = "SELECT count(*) FROM deliveries WHERE waits AND status = 'pending'";
        let is_held = app.database().count(row).await > 0;
        waits.filter(|_| is_held)
    })
    .await
}

#[tokio::test]
async fn the_eleventh_answer_waits_until_the_person_writes_again() {
    let (app, wechat, account) = connected().await;
    let words: Vec<String> = (1..=12).map(|number| format!("w{number}")).collect();
    wechat.say(ADA, &format!("each {}", words.join(" ")));
    assert_eq!(wechat.wait_for(10).await, words[..10]);
    let waiting = wait_for_a_waiting_one(&app, &account).await;
    assert_eq!(waiting["text"], "w11");
    let error = waiting["error"].as_str().unwrap();
    assert!(
        error.contains("ten messages") && error.contains("write again"),
        "{error}"
    );
    // It was counted here: WeChat was not asked for more than it allows.
    assert_eq!(wechat.asked("sendmessage").len(), 10);

    // Others are answered meanwhile.
    wechat.say(BEN, "hello");
    assert_eq!(wechat.wait_for(11).await[10], "hello");
    wechat.say(ADA, "go on");
    assert_eq!(wechat.wait_for(14).await[11..], ["w11", "w12", "go on"]);
    app.database().settled().await;
    assert!(
        account
            .log(&app)
            .await
            .iter()
            .all(|one| one["error"].is_null())
    );
    app.finish().await;
}

#[tokio::test]
async fn what_wechat_refuses_for_now_is_shown_and_goes_out_later() {
    let (app, wechat, account) = connected().await;
    wechat.say(ADA, "one");
    wechat.wait_for(1).await;
    // WeChat forgot the context that was given last.
    wechat.forget_contexts();
    let agent = "mutation($id: ID!) { sendMessage(conversationId: $id, text: \"by hand\") { id } }";
    let row = "SELECT id::text FROM conversations WHERE platform_chat_id = $1";
    let rows = app.database().rows(row, &[&ADA]).await;
    let sent = app
        .owner()
        .graphql(agent, json!({ "id": rows[0].get::<_, &str>(0) }))
        .await;
    assert!(sent.get("errors").is_none(), "{sent}");
    let waiting = wait_for_a_waiting_one(&app, &account).await;
    assert_eq!(waiting["text"], "by hand");
    assert!(
        waiting["error"].as_str().unwrap().contains("ret -2"),
        "{waiting}"
    );
    let asked = wechat.asked("sendmessage").len();
    // It is not tried again and again.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(wechat.asked("sendmessage").len(), asked);
    wechat.say(ADA, "two");
    assert_eq!(wechat.wait_for(3).await, ["one", "by hand", "two"]);
    app.finish().await;
}

#[tokio::test]
async fn someone_is_seen_typing_while_the_agent_works() {
    let (app, wechat, _) = connected().await;
    wechat.say(ADA, "compute 2500");
    wechat.wait_for(1).await;
    let typing = wechat.asked("sendtyping");
    assert!(!typing.is_empty());
    assert_eq!(
        (&typing[0].body["ilink_user_id"], &typing[0].body["status"]),
        (&json!(ADA), &json!(1))
    );
    assert_eq!(wechat.asked("getconfig").len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_long_answer_is_cut_into_few() {
    let (app, wechat, _) = connected().await;
    let long = "word ".repeat(1_500);
    wechat.say(ADA, &long);
    let texts = wechat.wait_for(2).await;
    assert!(texts.iter().all(|text| text.chars().count() <= 4_000));
    assert_eq!(texts.join(" ").split_whitespace().count(), 1_500);
    app.finish().await;
}
