//! Nothing is lost, nothing is answered twice, and what goes wrong is told.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use rustix::process::Signal;
use serde_json::json;
use tests::fakes::line::Line;
use tests::fakes::wechat::{Instead, Wechat};
use tests::people::first_channel;
use tests::wait::{LONG, wait_for};

use tests::{App, Socket};

use super::{ADA, Account, BEN, beside, connected};

#[tokio::test]
async fn a_login_that_is_gone_is_told_of_and_ends_the_reading() {
    let (app, wechat, account) = connected().await;
    wechat.say(ADA, "one");
    wechat.wait_for(1).await;
    wechat.revoke();
    let channel = account.wait_for_status(&app, "expired").await;
    let reason = channel["status_reason"].as_str().unwrap();
    assert!(
        reason.contains("-14") && reason.contains("QR code"),
        "{reason}"
    );
    let login = account.login(&app).await;
    assert_eq!(login["phase"], "expired");
    wait_for(LONG, "the account to be left alone", async || {
        (wechat.waiting() == 0).then_some(())
    })
    .await;
    let polls = wechat.asked("getupdates").len();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(wechat.asked("getupdates").len(), polls);

    // A fresh code goes on where reading left off.
    wechat.say(ADA, "two");
    account.bind(&app, &wechat).await;
    assert_eq!(wechat.wait_for(2).await, ["one", "two"]);
    account.wait_for_status(&app, "active").await;
    app.finish().await;
}

/// A socket that is told what becomes of channels, from now on.
async fn watching(app: &App) -> Socket {
    let mut socket = Socket::open(app, app.owner().token()).await;
    let query =
        "subscription { channelStatusChanged(project: \"home\") { kind status statusReason } }";
    socket.subscribe(query, json!({})).await;
    // It begins at a moment of its own: another channel is switched until that is told.
    let other = first_channel(app.database(), "webhook").await;
    for field in ["disableChannel", "enableChannel"].iter().cycle().take(60) {
        let switch = format!("mutation {{ {field}(id: \"{other}\") {{ status }} }}");
        let switched = app.owner().graphql(&switch, json!({})).await;
        assert!(switched.get("errors").is_none(), "{switched}");
        let told = tokio::time::timeout(Duration::from_millis(500), socket.data());
        if told.await.is_ok() {
            return socket;
        }
    }
    panic!("nothing is told of channels");
}

#[tokio::test]
async fn a_login_that_is_gone_is_seen_wherever_its_owner_looks() {
    let (app, wechat, account) = connected().await;
    let front = async || {
        let answer = app.owner().request(Method::GET, "/").send().await.unwrap();
        answer.text().await.unwrap()
    };
    assert!(!front().await.contains("Channels that do not work"));
    let mut socket = watching(&app).await;
    wechat.revoke();
    let reason = loop {
        let told = socket.data().await["channelStatusChanged"].clone();
        if told["kind"] == "wechat" && told["status"] == "EXPIRED" {
            break told["statusReason"].as_str().unwrap().to_owned();
        }
    };
    assert!(reason.contains("QR code"), "{reason}");
    let page = front().await;
    assert!(
        page.contains("Ours: expired. ") && page.contains("-14"),
        "{page}"
    );
    account.bind(&app, &wechat).await;
    account.wait_for_status(&app, "active").await;
    assert!(!front().await.contains("Channels that do not work"));
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_sent_for_want_of_a_login_goes_out_with_the_next() {
    let (app, wechat, account) = connected().await;
    let gone = json!({ "ret": -14, "errmsg": "session timeout" }).to_string();
    wechat.instead("sendmessage", [Instead::Text(gone)]);
    wechat.say(ADA, "hello?");
    account.wait_for_status(&app, "expired").await;
    let log = account.log(&app).await;
    assert!(log[0]["error"].as_str().unwrap().contains("-14"), "{log:?}");
    account.bind(&app, &wechat).await;
    assert_eq!(wechat.wait_for(1).await, ["hello?"]);
    app.finish().await;
}

#[tokio::test]
async fn errors_of_wechat_pass_and_are_seen_while_they_last() {
    let (app, wechat, account) = connected().await;
    let burst = [
        Instead::Status(502),
        Instead::Text("{\"ret\":0,\"msgs\":[{".to_owned()),
        Instead::Text("not json at all".to_owned()),
        Instead::Text(json!({ "ret": -1, "errmsg": "system busy" }).to_string()),
        Instead::Status(503),
    ];
    wechat.instead("getupdates", burst);
    wechat.instead("sendmessage", [Instead::Status(500), Instead::Status(502)]);
    let channel = account.wait_for_status(&app, "error").await;
    assert!(channel["status_reason"].is_string());
    wechat.say(ADA, "hello?");
    assert_eq!(wechat.wait_for(1).await, ["hello?"]);
    account.wait_for_status(&app, "active").await;
    app.finish().await;
}

#[tokio::test]
async fn a_network_that_is_cut_and_back_loses_nothing() {
    let wechat = Wechat::start().await;
    let line = Line::to(wechat.address()).await;
    wechat.known_as(line.url());
    let app = beside(line.url(), &wechat).start().await;
    app.owner().pushed("oblige", crate::guest("oblige")).await;
    let account = Account::make(&app).await;
    account.bind(&app, &wechat).await;
    wechat.say(ADA, "before");
    wechat.wait_for(1).await;
    line.cut(true);
    wechat.say(ADA, "meanwhile");
    wechat.say(BEN, "as well");
    account.wait_for_status(&app, "error").await;
    line.cut(false);
    let mut all = wechat.wait_for(3).await;
    all.sort();
    assert_eq!(all, ["as well", "before", "meanwhile"]);
    account.wait_for_status(&app, "active").await;
    app.finish().await;
}

#[tokio::test]
async fn slow_answers_are_waited_for_and_none_is_sent_twice() {
    let (app, wechat, account) = connected().await;
    wechat.instead("getupdates", [Instead::Late(Duration::from_secs(2))]);
    wechat.say(ADA, "one");
    wechat.instead("sendmessage", [Instead::Late(Duration::from_secs(2))]);
    assert_eq!(wechat.wait_for(1).await, ["one"]);
    // One that takes longer than anyone waits may have been taken or not: the log says so, and it is not sent again.
    wechat.instead("sendmessage", [Instead::Late(Duration::from_secs(30))]);
    wechat.say(ADA, "two");
    wait_for(LONG, "an unknown delivery", async || {
        let unknown = "SELECT count(*) FROM deliveries WHERE status = 'unknown'";
        (app.database().count(unknown).await == 1).then_some(())
    })
    .await;
    wechat.say(ADA, "three");
    assert_eq!(wechat.wait_for(2).await.last().unwrap(), "three");
    let sent = wechat.asked("sendmessage");
    assert_eq!(sent.len(), 3, "{sent:?}");
    let log = account.log(&app).await;
    let told = log.iter().find(|one| one["error"].is_string()).unwrap();
    assert_eq!(
        (&told["text"], &told["direction"]),
        (&json!("two"), &json!("outbound"))
    );
    account.wait_for_status(&app, "active").await;
    app.finish().await;
}

#[tokio::test]
async fn what_comes_twice_and_out_of_order_is_answered_once() {
    let (app, wechat, _) = connected().await;
    let text = |text: &str| json!({ "type": 1, "text_item": { "text": text } });
    let first = wechat.message(ADA, &[text("first")]);
    let second = wechat.message(ADA, &[text("second")]);
    for message in [&second, &first, &second, &first] {
        wechat.bring(message.clone());
    }
    wechat.wait_for(2).await;
    wechat.bring(first);
    wechat.say(ADA, "after");
    assert_eq!(wechat.wait_for(3).await, ["second", "first", "after"]);
    app.finish().await;
    assert_eq!(wechat.sent().len(), 3, "nothing is answered twice");
}

#[tokio::test]
async fn a_bad_message_is_set_aside_and_holds_up_no_other() {
    let (app, wechat, _) = connected().await;
    wechat.bring(
        json!({ "message_id": 5, "from_user_id": ADA, "message_type": 1, "item_list": "none" }),
    );
    wechat
        .bring(json!({ "message_id": 6, "from_user_id": "x", "message_type": 2, "item_list": [] }));
    wechat.bring(json!("no message at all"));
    wechat.say(ADA, "and now");
    assert_eq!(wechat.wait_for(1).await, ["and now"]);
    let aside = "SELECT count(*) FROM set_aside";
    assert_eq!(app.database().count(aside).await, 2);
    app.finish().await;
}

#[tokio::test]
async fn a_restart_resumes_every_account() {
    let (mut app, wechat, _) = connected().await;
    // As many as ten answers after the last of them can be.
    for number in 0..4 {
        wechat.say(ADA, &format!("before {number}"));
        wechat.say(BEN, &format!("ben {number}"));
    }
    wechat.wait_for(2).await;
    app.kill().await;
    wechat.say(ADA, "between");
    app.restart().await;
    wechat.say(ADA, "after");
    wait_for(LONG, "all to be heard", async || {
        let heard = "SELECT count(*) FROM messages WHERE direction = 'inbound'";
        (app.database().count(heard).await == 10).then_some(())
    })
    .await;
    let log = app.database().log().await;
    let heard: Vec<&str> = log
        .iter()
        .filter(|entry| entry.inbound && entry.chat == ADA)
        .map(|entry| entry.text.as_str())
        .collect();
    let before = (0..4).map(|number| format!("before {number}"));
    let all: Vec<String> = before
        .chain(["between".to_owned(), "after".to_owned()])
        .collect();
    assert_eq!(heard, all);
    app.database().settled().await;
    let said = app.database().log().await;
    let said = said.iter().filter(|entry| !entry.inbound).count();
    assert_eq!(said, 10);
    app.finish().await;
}

#[tokio::test]
async fn of_two_hosts_one_reads_and_the_other_takes_over() {
    let (mut app, wechat, account) = connected().await;
    let other = beside(wechat.url(), &wechat).beside(&app).start().await;
    wechat.say(ADA, "one");
    wechat.wait_for(1).await;
    wechat.say(ADA, "two");
    wechat.wait_for(2).await;
    assert_eq!(wechat.overlaps(), 0, "two hosts read at once");
    wait_for(LONG, "all that was sent is noted", async || {
        let pending = "SELECT count(*) FROM deliveries WHERE status <> 'delivered'";
        (app.database().count(pending).await == 0).then_some(())
    })
    .await;
    app.process().signal(Signal::KILL);
    wechat.say(ADA, "three");
    assert_eq!(wechat.wait_for(3).await, ["one", "two", "three"]);
    let (_, shown) = other
        .by(app.owner().token())
        .send(Method::GET, &account.path, None)
        .await;
    assert_eq!(shown["channel"]["status"], "active", "{shown}");
    other.finish().await;
}

#[tokio::test]
async fn a_login_goes_on_where_its_host_dies() {
    let wechat = Wechat::start().await;
    let mut app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    let code = account.start(&app).await;
    wechat.scan();
    account.wait_for_phase(&app, "scanning").await;
    let other = beside(wechat.url(), &wechat).beside(&app).start().await;
    app.process().signal(Signal::KILL);
    // Any host tells where it is.
    let path = format!("{}/wechat/status", account.path);
    let owner = other.by(app.owner().token());
    let (status, login) = owner.send(Method::GET, &path, None).await;
    assert_eq!((status, &login["qr_id"]), (StatusCode::OK, &code["qr_id"]));
    wechat.confirm();
    wait_for(LONG, "the login to be bound", async || {
        let (_, login) = owner.send(Method::GET, &path, None).await;
        (login["phase"] == "bound").then_some(())
    })
    .await;
    wechat.wait_for_reader().await;
    other.finish().await;
}
