//! The login: what its owner sees while a code is scanned, in the channel's status as well.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::fakes::line::Line;
use tests::fakes::wechat::{BOT, Instead, OWNER, Wechat};
use tests::wait::{LONG, wait_for};

use super::{Account, beside, connected};

#[tokio::test]
async fn a_code_is_scanned_confirmed_and_bound() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    assert_eq!(account.login(&app).await, json!({ "phase": "none" }));

    let code = account.start(&app).await;
    let id = code["qr_id"].as_str().unwrap();
    assert!(id.starts_with("qr_"), "{code}");
    assert!(code["expires_at"].as_str().unwrap().ends_with('Z'));
    let payload = code["qr_payload"].as_str().unwrap();
    assert!(payload.starts_with("https://login.weixin.qq.com/l/"));
    // Whoever has the platform's own name of the code gets the account.
    assert!(!id.contains("code-"));
    let waiting = account.wait_for_phase(&app, "awaiting_scan").await;
    assert_eq!(waiting["qr_payload"], payload);
    account.wait_for_status(&app, "awaiting_scan").await;

    wechat.scan();
    let scanning = account.wait_for_phase(&app, "scanning").await;
    assert_eq!(scanning["qr_id"], id);
    account.wait_for_status(&app, "awaiting_scan").await;
    wechat.confirm();
    let bound = account.wait_for_phase(&app, "bound").await;
    assert_eq!(bound["ilink_bot_id"], BOT);
    assert!(bound["bound_at"].is_string() && bound.get("qr_payload").is_none());
    let channel = account.wait_for_status(&app, "active").await;
    assert_eq!(channel["config"]["user_id"], OWNER);

    let (status, again) = account.ask(&app, Method::POST, "/wechat/qr", None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(again["error"].as_str().unwrap().contains("disconnect"));
    app.finish().await;
}

#[tokio::test]
async fn digits_are_typed_until_they_are_right() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    account.start(&app).await;
    let code = |digits: &str| Some(json!({ "code": digits }));
    let early = account
        .ask(&app, Method::POST, "/wechat/code", code("1"))
        .await;
    assert_eq!(early.0, StatusCode::CONFLICT, "{early:?}");

    wechat.ask_for("4711");
    let asked = wait_for(LONG, "digits to be wanted", async || {
        let login = account.login(&app).await;
        (login["needs_code"] == true).then_some(login)
    })
    .await;
    assert_eq!(asked["phase"], "scanning");
    let words = account
        .ask(&app, Method::POST, "/wechat/code", code("four"))
        .await;
    assert_eq!(words.0, StatusCode::BAD_REQUEST, "{words:?}");
    account
        .ask(&app, Method::POST, "/wechat/code", code("0000"))
        .await;
    wait_for(LONG, "the digits to be called wrong", async || {
        let login = account.login(&app).await;
        login["error"]
            .as_str()
            .map(|error| assert!(error.contains("wrong"), "{error}"))
    })
    .await;
    let (status, _) = account
        .ask(&app, Method::POST, "/wechat/code", code("4711"))
        .await;
    assert_eq!(status, StatusCode::OK);
    wait_for(LONG, "the digits to be right", async || {
        let login = account.login(&app).await;
        (login["phase"] == "scanning" && login.get("needs_code").is_none()).then_some(())
    })
    .await;
    wechat.confirm();
    account.wait_for_phase(&app, "bound").await;
    app.finish().await;
}

#[tokio::test]
async fn a_code_is_asked_after_where_the_platform_says() {
    let wechat = Wechat::start().await;
    let line = Line::to(wechat.address()).await;
    let app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    account.start(&app).await;
    wechat.redirect(line.url().trim_start_matches("http://"));
    account.wait_for_phase(&app, "scanning").await;
    // The code answers there alone.
    wechat.confirm();
    account.wait_for_phase(&app, "bound").await;
    app.finish().await;
}

#[tokio::test]
async fn a_code_that_is_over_leaves_the_channel_expired_until_a_fresh_one() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    for (word, reason) in [
        ("expired", "in time"),
        ("verify_code_blocked", "wrong too often"),
        ("binded_redirect", "connected elsewhere"),
    ] {
        account.start(&app).await;
        account.wait_for_status(&app, "awaiting_scan").await;
        wechat.end(word);
        let over = account.wait_for_phase(&app, "expired").await;
        assert!(over["error"].as_str().unwrap().contains(reason), "{over}");
        assert!(over.get("qr_payload").is_none());
        account.wait_for_status(&app, "expired").await;
    }
    account.bind(&app, &wechat).await;
    account.wait_for_status(&app, "active").await;
    app.finish().await;
}

#[tokio::test]
async fn a_platform_that_makes_no_code_is_told_apart() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    wechat.instead("get_bot_qrcode", [Instead::Status(502)]);
    let (status, answer) = account.ask(&app, Method::POST, "/wechat/qr", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    wechat.instead(
        "get_bot_qrcode",
        [Instead::Late(std::time::Duration::from_secs(12))],
    );
    let (status, answer) = account.ask(&app, Method::POST, "/wechat/qr", None).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert!(
        answer["error"].as_str().unwrap().contains("try again"),
        "{answer}"
    );
    assert_eq!(account.login(&app).await["phase"], "none");
    account.wait_for_status(&app, "disabled").await;
    app.finish().await;
}

#[tokio::test]
async fn an_operator_can_do_without_it() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat)
        .set("CLOISTER_WECHAT", "off")
        .start()
        .await;
    let account = Account::make(&app).await;
    let (status, answer) = account.ask(&app, Method::POST, "/wechat/qr", None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        answer,
        json!({ "error": "WeChat integration is disabled on this server" })
    );
    assert_eq!(wechat.codes(), 0);
    app.finish().await;
}

#[tokio::test]
async fn the_code_is_a_picture_for_as_long_as_it_can_be_scanned() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    let picture = async |name: &str| {
        let path = format!("{}/wechat/{name}", account.path);
        let answer = app
            .owner()
            .request(Method::GET, &path)
            .send()
            .await
            .unwrap();
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (answer.status(), kind, answer.bytes().await.unwrap())
    };
    assert_eq!(picture("qr.svg").await.0, StatusCode::NOT_FOUND);
    account.start(&app).await;
    let (status, kind, svg) = picture("qr.svg").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/svg+xml"));
    assert!(svg.starts_with(b"<?xml"));
    let (status, kind, png) = picture("qr.png").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/png"));
    assert!(png.starts_with(b"\x89PNG\r\n"));
    wechat.confirm();
    account.wait_for_phase(&app, "bound").await;
    assert_eq!(picture("qr.png").await.0, StatusCode::NOT_FOUND);
    app.finish().await;
}

#[tokio::test]
async fn an_account_is_unbound_and_bound_again() {
    let (app, wechat, account) = connected().await;
    let (status, _) = account.ask(&app, Method::DELETE, "/wechat", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    account.wait_for_status(&app, "disabled").await;
    assert_eq!(account.login(&app).await, json!({ "phase": "none" }));
    wait_for(LONG, "the account to be left alone", async || {
        (wechat.waiting() == 0).then_some(())
    })
    .await;
    assert!(!wechat.asked("notifystart").is_empty());
    wait_for(LONG, "WeChat to be told", async || {
        (!wechat.asked("notifystop").is_empty()).then_some(())
    })
    .await;
    // Of what cannot be done as a whole nothing is done.
    let changes = json!({ "status": "active", "display_name": "Another name" });
    let (status, _) = account.ask(&app, Method::PATCH, "", Some(changes)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (_, shown) = account.ask(&app, Method::GET, "", None).await;
    assert_eq!(shown["channel"]["display_name"], "Ours");
    account.bind(&app, &wechat).await;
    wechat.say(super::ADA, "again");
    assert_eq!(wechat.wait_for(1).await, ["again"]);
    app.finish().await;
}

#[tokio::test]
async fn a_login_is_started_over_and_only_the_newest_code_counts() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    let first = account.start(&app).await;
    account.wait_for_phase(&app, "awaiting_scan").await;
    let second = account.start(&app).await;
    assert_ne!(first["qr_id"], second["qr_id"]);
    assert_ne!(first["qr_payload"], second["qr_payload"]);
    let waiting = account.wait_for_phase(&app, "awaiting_scan").await;
    assert_eq!(
        (&waiting["qr_id"], &waiting["qr_payload"]),
        (&second["qr_id"], &second["qr_payload"])
    );
    wechat.confirm();
    account.wait_for_phase(&app, "bound").await;
    app.finish().await;
}

#[tokio::test]
async fn a_channel_that_is_deleted_is_disconnected_first() {
    let (app, wechat, account) = connected().await;
    let (status, nothing) = account.ask(&app, Method::DELETE, "", None).await;
    assert_eq!((status, nothing), (StatusCode::NO_CONTENT, json!("")));
    let (status, _) = account.ask(&app, Method::GET, "", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    wait_for(LONG, "WeChat to be told, and left alone", async || {
        let is_told = !wechat.asked("notifystop").is_empty();
        (is_told && wechat.waiting() == 0).then_some(())
    })
    .await;
    // No one hears what is said from now on, and nothing of the login is left.
    wechat.say(super::ADA, "anyone?");
    let kept = "SELECT count(*) FROM channels WHERE kind = 'wechat' AND credential IS NOT NULL";
    assert_eq!(app.database().count(kept).await, 0);
    assert_eq!(wechat.waiting(), 0);
    app.finish().await;
    assert!(wechat.sent().is_empty());
}

#[tokio::test]
async fn an_account_has_one_channel() {
    let (app, wechat, account) = connected().await;
    let other = Account::make(&app).await;
    other.start(&app).await;
    wechat.confirm();
    let over = other.wait_for_phase(&app, "expired").await;
    let reason = over["error"].as_str().unwrap();
    assert!(reason.contains("another channel"), "{reason}");
    let (status, _) = account.ask(&app, Method::DELETE, "", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    other.bind(&app, &wechat).await;
    app.finish().await;
}

#[tokio::test]
async fn owners_log_in_over_graphql_as_well() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    let account = Account::make(&app).await;
    let id = account.path.rsplit('/').next().unwrap().to_owned();
    let owner = app.owner();
    let ask = async |query: &str| {
        let answer = owner.graphql(query, json!({ "id": id })).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["login"].clone()
    };
    let fields = "{ phase qrId qrPayload qrSvg expiresAt needsCode reason ilinkBotId boundAt }";
    let started = ask(&format!(
        "mutation($id: ID!) {{ login: startWechatLogin(channelId: $id) {fields} }}"
    ))
    .await;
    assert_eq!(started["phase"], "AWAITING_SCAN");
    assert!(started["qrSvg"].as_str().unwrap().contains("<svg"));
    wechat.confirm();
    account.wait_for_phase(&app, "bound").await;
    let bound = ask(&format!(
        "query($id: ID!) {{ login: wechatLogin(channelId: $id) {fields} }}"
    ))
    .await;
    assert_eq!(
        (&bound["phase"], &bound["ilinkBotId"]),
        (&json!("BOUND"), &json!(BOT))
    );
    let gone = ask(
        "mutation($id: ID!) { login: disconnectWechat(channelId: $id) { status hasCredential } }",
    );
    assert_eq!(
        gone.await,
        json!({ "status": "DISABLED", "hasCredential": false })
    );
    app.finish().await;
}
