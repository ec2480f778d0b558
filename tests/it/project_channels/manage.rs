//! Making, reading, changing and deleting channels.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::fakes::telegram::{TOKEN, USERNAME};
use tests::people::{Home, first_agent};

use super::{ask, error, with_telegram};

fn bot(agent: Option<&str>) -> Value {
    json!({
        "channel_type": "telegram", "display_name": "Support Bot", "primary_agent_id": agent,
        "credential": { "type": "telegram", "bot_token": TOKEN }, "config": {},
    })
}

#[tokio::test]
async fn a_telegram_bot_is_made_read_changed_and_deleted() {
    let (app, telegram, all) = with_telegram().await;
    let home = Home::of(&app).await;
    let agent = first_agent(app.database()).await;
    let (status, made) = ask(&app, Method::POST, &all, Some(bot(Some(&agent)))).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let channel = &made["channel"];
    let id = channel["id"].as_str().unwrap();
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().to_string(), id);
    for (field, value) in [
        ("project_id", json!(home.project)),
        ("channel_type", json!("telegram")),
        ("display_name", json!("Support Bot")),
        ("primary_agent_id", json!(agent)),
        ("status", json!("active")),
    ] {
        assert_eq!(channel[field], value, "{field}");
    }
    assert_eq!(channel["config"]["bot_username"], USERNAME);
    assert!(channel["created_at"].as_str().unwrap().ends_with('Z'));
    // Nothing of what is secret comes back.
    assert!(
        !made.to_string().contains("AAfake") && channel["config"].get("secret_digest").is_none()
    );

    let one = format!("{all}/{id}");
    let (status, shown) = ask(&app, Method::GET, &one, None).await;
    assert_eq!((status, &shown["channel"]), (StatusCode::OK, channel));
    let (_, list) = ask(&app, Method::GET, &all, None).await;
    let listed = list["channels"].as_array().unwrap();
    assert!(listed.contains(channel), "{list}");

    let changes = json!({ "display_name": "Support Bot v2", "primary_agent_id": null, "config": channel["config"], "status": "disabled" });
    let (status, changed) = ask(&app, Method::PATCH, &one, Some(changes)).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    let changed = &changed["channel"];
    assert_eq!(
        (&changed["display_name"], &changed["status"]),
        (&json!("Support Bot v2"), &json!("disabled"))
    );
    assert!(changed["primary_agent_id"].is_null());
    let again = json!({ "primary_agent_id": agent, "status": "active" });
    let (_, changed) = ask(&app, Method::PATCH, &one, Some(again)).await;
    assert_eq!(
        (
            &changed["channel"]["primary_agent_id"],
            &changed["channel"]["status"]
        ),
        (&json!(agent), &json!("active"))
    );

    let before = telegram.asked("deleteWebhook").len();
    let (status, nothing) = ask(&app, Method::DELETE, &one, None).await;
    assert_eq!((status, nothing), (StatusCode::NO_CONTENT, json!("")));
    assert!(telegram.asked("deleteWebhook").len() > before);
    error(
        &ask(&app, Method::GET, &one, None).await,
        StatusCode::NOT_FOUND,
    );
    error(
        &ask(&app, Method::DELETE, &one, None).await,
        StatusCode::NOT_FOUND,
    );
    app.finish().await;
}

#[tokio::test]
async fn a_credential_is_sealed_before_the_database_sees_it() {
    let (app, _telegram, all) = with_telegram().await;
    let (status, made) = ask(&app, Method::POST, &all, Some(bot(None))).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let database = app.database();
    let columns = "SELECT table_name::text, column_name::text FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'json', 'bytea', 'ARRAY')";
    let columns = database.rows(columns, &[]).await;
    assert!(columns.len() > 100, "{} columns", columns.len());
    let has = async |table: &str, column: &str, text: &str| {
        let query = format!(
            "SELECT count(*) FROM \"{table}\" WHERE position($1 IN \"{column}\"::text) > 0
                OR position(encode(convert_to($1, 'UTF8'), 'hex') IN \"{column}\"::text) > 0"
        );
        database.rows(&query, &[&text]).await[0].get::<_, i64>(0) > 0
    };
    // What is no secret is found this way.
    assert!(has("channels", "configuration", USERNAME).await);
    for row in columns {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        assert!(
            !has(&table, &column, TOKEN).await,
            "{table}.{column} has the token"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_new_channel_is_told_by_its_name() {
    let (app, telegram, all) = with_telegram().await;
    let unknown = uuid::Uuid::now_v7().to_string();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = bot(None);
        change(&mut body);
        body
    };
    let wrong = [
        (
            with(&|body| body["channel_type"] = json!("carrier pigeon")),
            "channel_type",
        ),
        (
            with(&|body| body["channel_type"] = json!("wechat")),
            "credential.type",
        ),
        (
            with(&|body| body["credential"]["type"] = json!("wechat")),
            "credential.type",
        ),
        (
            with(&|body| body["credential"] = json!({ "bot_token": TOKEN })),
            "credential.type",
        ),
        (with(&|body| body["credential"] = json!(null)), "credential"),
        (
            with(&|body| body["credential"] = json!("token")),
            "credential",
        ),
        (
            with(&|body| body["credential"] = json!({ "type": "telegram" })),
            "credential.bot_token",
        ),
        (
            with(&|body| body["credential"]["bot_token"] = json!("nonsense")),
            "credential.bot_token",
        ),
        (
            with(&|body| body["display_name"] = json!("")),
            "display_name",
        ),
        (
            with(&|body| body["display_name"] = json!(7.5)),
            "display_name",
        ),
        (with(&|body| body["config"] = json!([])), "config"),
        (
            with(&|body| body["config"] = json!({ "no_such_field": 1 })),
            "config",
        ),
        (
            with(&|body| body["primary_agent_id"] = json!(unknown)),
            "primary_agent_id",
        ),
        (
            json!({ "channel_type": "wechat", "display_name": "W", "credential": { "type": "wechat", "bot_token": "x" } }),
            "credential",
        ),
    ];
    for (body, field) in wrong {
        let answer = ask(&app, Method::POST, &all, Some(body.clone())).await;
        let told = error(&answer, StatusCode::BAD_REQUEST);
        assert!(told.starts_with(field), "{body}: {told}");
        assert!(
            !told.contains("nonsense") && !told.contains("AAfake"),
            "{told}"
        );
    }
    assert!(
        telegram.asked("getMe").is_empty(),
        "a wrong channel was tried"
    );

    // The provider is asked before anything is kept.
    telegram.revoke(true);
    let told = error(
        &ask(&app, Method::POST, &all, Some(bot(None))).await,
        StatusCode::BAD_REQUEST,
    );
    assert!(told.contains("401"), "{told}");
    telegram.revoke(false);
    telegram.next("getMe", [(500, json!({}))]);
    error(
        &ask(&app, Method::POST, &all, Some(bot(None))).await,
        StatusCode::SERVICE_UNAVAILABLE,
    );
    let kept = "SELECT count(*) FROM channels WHERE kind = 'telegram'";
    assert_eq!(app.database().count(kept).await, 0);

    // A bot has one channel.
    let (status, _) = ask(&app, Method::POST, &all, Some(bot(None))).await;
    assert_eq!(status, StatusCode::CREATED);
    error(
        &ask(&app, Method::POST, &all, Some(bot(None))).await,
        StatusCode::CONFLICT,
    );
    app.finish().await;
}

#[tokio::test]
async fn a_status_that_comes_about_by_itself_is_not_set() {
    let (app, _telegram, all) = with_telegram().await;
    let (_, made) = ask(&app, Method::POST, &all, Some(bot(None))).await;
    let one = format!("{all}/{}", made["channel"]["id"].as_str().unwrap());
    for status in ["expired", "awaiting_scan", "error", "gone"] {
        let answer = ask(&app, Method::PATCH, &one, Some(json!({ "status": status }))).await;
        assert!(error(&answer, StatusCode::BAD_REQUEST).starts_with("status"));
    }
    let other = json!({ "credential": { "type": "telegram", "bot_token": "1:x" } });
    error(
        &ask(&app, Method::PATCH, &one, Some(other)).await,
        StatusCode::BAD_REQUEST,
    );
    // What is not for a bot.
    let qr = ask(&app, Method::POST, &format!("{one}/wechat/qr"), None).await;
    assert!(error(&qr, StatusCode::BAD_REQUEST).contains("not a WeChat one"));
    for (method, path) in [
        (Method::GET, "/wechat/status"),
        (Method::GET, "/wechat/qr.png"),
        (Method::DELETE, "/wechat"),
    ] {
        error(
            &ask(&app, method, &format!("{one}{path}"), None).await,
            StatusCode::BAD_REQUEST,
        );
    }
    app.finish().await;
}
