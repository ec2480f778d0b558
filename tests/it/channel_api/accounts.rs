//! Accounts that are made with someone's first message: the welcome, what is free, getting in and out, and how an account
//! becomes one's own.

use futures_util::future::join_all;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tests::channel::{message, message_with_id};
use tests::{App, Channel};

use super::{bare, bare_with, from, in_group, with};

const ACCOUNTS: &str = "SELECT count(*) FROM users WHERE organization_role = 'guest'";

/// A text-only channel of a host that registers some.
async fn text_only(app: &App) -> Channel {
    let body = json!({
        "registrationKey": "a-key", "name": "My Telegram Bot", "callbackUrl": "http://127.0.0.1:9/hook"
    });
    let (status, made) = app
        .owner()
        .send(Method::POST, "/api/channels/register", Some(body))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    Channel::new(&app.address(), &made, app.http().clone())
}

#[tokio::test]
async fn the_first_message_makes_an_account_and_known_members_have_none() {
    let (app, _callback, channel) = bare().await;
    assert_eq!(app.database().count(ACCOUNTS).await, 0);
    let hello = in_group(
        "U1",
        json!({ "displayName": "Alice", "message": "hi", "participants": ["U1", { "id": "U2" }, 3] }),
    );
    channel.send(&hello).await.replies();
    assert_eq!(app.database().count(ACCOUNTS).await, 1);
    let members = "SELECT count(*) FROM group_members";
    assert_eq!(app.database().count(members).await, 3);

    // Who left is no member any more, and one account is one person's, wherever they speak.
    let hello = in_group(
        "U1",
        json!({ "message": "hi", "participants": ["U1", "U2"] }),
    );
    channel.send(&hello).await.replies();
    assert_eq!(app.database().count(members).await, 2);
    channel
        .send(&with(
            "U1",
            json!({ "displayName": "Alice L.", "message": "hi" }),
        ))
        .await
        .replies();
    assert_eq!(app.database().count(ACCOUNTS).await, 1);
    let names = app
        .database()
        .rows("SELECT display_name FROM contacts", &[])
        .await;
    assert_eq!(names[0].get::<_, String>(0), "Alice L.");
    app.finish().await;
}

#[tokio::test]
async fn of_64_first_messages_at_once_one_makes_the_account_and_is_welcomed() {
    let app = App::build()
        .set("CLOISTER_REGISTRATION_KEY", "a-key")
        .start()
        .await;
    let channel = text_only(&app).await;
    let before = app.database().count(ACCOUNTS).await;
    let bodies: Vec<Value> = (0..64)
        .map(|number| match number % 3 {
            0 => message("U1", "hello"),
            1 => message_with_id("U1", "/help", &format!("m-{number}")),
            _ => in_group("U1", json!({ "message": "hello" })),
        })
        .collect();
    let answers = join_all(bodies.iter().map(|body| channel.send(body))).await;
    let replies: Vec<Vec<String>> = answers.iter().map(|answer| answer.replies()).collect();
    let welcomes = replies
        .iter()
        .flatten()
        .filter(|reply| reply.starts_with("Welcome!"));
    assert_eq!(welcomes.count(), 1);
    assert_eq!(app.database().count(ACCOUNTS).await, before + 1);
    assert_eq!(
        app.database().count("SELECT count(*) FROM contacts").await,
        1
    );

    // Sent again, the one that was welcomed is welcomed again.
    let welcomed = replies
        .iter()
        .position(|replies| replies.iter().any(|reply| reply.starts_with("Welcome!")));
    let again = message_with_id("U2", "hi", "m-first");
    let first = channel.send(&again).await.replies();
    assert!(first[0].starts_with("Welcome!"), "{first:?}");
    assert_eq!(channel.send(&again).await.replies(), first);
    assert!(welcomed.is_some());
    app.finish().await;
}

#[tokio::test]
async fn a_welcome_has_the_terms_as_text_and_for_programs() {
    let app = App::build()
        .set("CLOISTER_REGISTRATION_KEY", "a-key")
        .set("CLOISTER_TERMS_URL", "https://example.com/terms")
        .start()
        .await;
    let channel = text_only(&app).await;
    let replies = channel.say("U1", "/create my-agent").await;
    assert_eq!(replies.len(), 3, "{replies:?}");
    let consent = "By continuing to communicate with this channel you agree to these terms.";
    assert!(replies[0].contains(consent) && replies[0].contains("/create NAME"));
    assert!(replies[0].contains("https://example.com/terms"));
    let structured: Value =
        serde_json::from_str(replies[1].strip_prefix("__structured:").unwrap()).unwrap();
    assert_eq!(structured["type"], "welcome");
    let address = structured["solAddress"].as_str().unwrap();
    assert!((32..=44).contains(&address.len()), "{address}");
    assert!(replies[0].ends_with(address));
    assert_eq!(structured["tosUrl"], "https://example.com/terms");
    assert_eq!(structured["privacyUrl"], app.url("/privacy"));
    assert_eq!(replies[2], "Agent 'my-agent' created and starting...");
    assert_eq!(channel.say("U1", "hello").await, ["hello"]);
    for page in ["/terms", "/privacy"] {
        let answer = app.http().get(app.url(page)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    app.finish().await;
}

#[tokio::test]
async fn whoever_has_logged_out_is_told_how_to_log_in_again() {
    let (app, _callback, channel) = bare().await;
    channel.say("U1", "/create my-agent").await;
    channel.say("U1", "/logout").await;
    for text in ["hello", "/list", "/create other"] {
        let told = channel.say("U1", text).await;
        assert_eq!(told, ["You are logged out here; /login lets you in again."]);
    }
    let answer = channel.command("list", &from("U1")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    // Another is not concerned.
    assert_eq!(channel.say("U2", "/list").await.len(), 1);

    let told = channel.say("U1", "/login").await;
    assert!(
        told[0].starts_with("You are logged in here again."),
        "{told:?}"
    );
    let told = channel.say("U1", "/list").await;
    assert_eq!(told, ["Your agents:\nmy-agent: running"]);
    app.finish().await;
}

/// The path of a link in a reply.
fn link(app: &App, reply: &str) -> String {
    let (_, link) = reply.split_once(&app.address()).expect("a link");
    link.split_whitespace().next().unwrap().to_owned()
}

/// Opens a page with a session's cookie, or sends its form.
async fn page(
    app: &App,
    path: &str,
    session: Option<&str>,
    form: Option<&[(&str, &str)]>,
) -> reqwest::Response {
    let mut request = match form {
        Some(form) => {
            let field =
                |(name, value): &(&str, &str)| format!("{name}={}", value.replace(' ', "+"));
            let fields: Vec<String> = form.iter().map(field).collect();
            app.http()
                .post(app.url(path))
                .header("Origin", app.address())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(fields.join("&"))
        }
        None => app.http().get(app.url(path)),
    };
    if let Some(session) = session {
        request = request.header(header::COOKIE, session);
    }
    request.send().await.unwrap()
}

fn session(answer: &reqwest::Response) -> String {
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn location(answer: &reqwest::Response) -> &str {
    answer.headers()[header::LOCATION].to_str().unwrap()
}

#[tokio::test]
async fn a_link_signs_in_once_and_the_account_is_set_up_with_it() {
    let (app, _callback, channel) = bare_with(App::build().set("CLOISTER_FREE_AGENTS", "1")).await;
    channel.say("U1", "/create my-agent").await;
    let told = channel.say("U1", "/create other").await;
    assert!(told[0].contains("has used its free agents"), "{told:?}");
    let path = link(&app, &told[0]);

    assert_eq!(page(&app, &path, None, None).await.status(), StatusCode::OK);
    let signed_in = page(&app, &path, None, Some(&[])).await;
    assert_eq!(location(&signed_in), "/account");
    let cookie = session(&signed_in);
    let again = page(&app, &path, None, Some(&[])).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);

    // A guest sees nothing of the organization.
    let people = app
        .http()
        .post(app.url("/graphql"))
        .header(header::COOKIE, &cookie)
        .header("Origin", app.address())
        .json(&json!({ "query": "{ users { nodes { email } } }" }));
    let people: Value = people.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        people["errors"][0]["extensions"]["code"], "forbidden",
        "{people}"
    );

    let form = [
        ("email", "alice@example.org"),
        ("password", "correct horse battery"),
    ];
    let set_up = page(&app, "/account", Some(&cookie), Some(&form)).await;
    assert_eq!(location(&set_up), "/");
    let told = channel.say("U1", "/create other").await;
    assert_eq!(told, ["Agent 'other' created and starting..."]);
    app.finish().await;
}

#[tokio::test]
async fn an_account_is_linked_to_one_that_someone_has() {
    let app = App::build()
        .set("CLOISTER_ADMIN_EMAIL", "ada@example.org")
        .set("CLOISTER_ADMIN_PASSWORD", "correct horse battery");
    let (app, _callback, channel) = bare_with(app).await;
    channel.say("U1", "/create scout").await;
    channel.say("U2", "/create scout").await;
    let form = [
        ("email", "ada@example.org"),
        ("password", "correct horse battery"),
    ];

    // By address and password.
    let path = link(&app, &channel.say("U1", "/login").await[0]);
    let cookie = session(&page(&app, &path, None, Some(&[])).await);
    let wrong = [
        ("email", "ada@example.org"),
        ("password", "wrong horse battery"),
    ];
    let refused = page(&app, "/account/join", Some(&cookie), Some(&wrong)).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let joined = page(&app, "/account/join", Some(&cookie), Some(&form)).await;
    assert_eq!(location(&joined), "/");
    let ada = session(&joined);

    // By a link that whoever is signed in opens.
    let path = link(&app, &channel.say("U2", "/login").await[0]);
    let offered = page(&app, &path, Some(&ada), None)
        .await
        .text()
        .await
        .unwrap();
    assert!(offered.contains("to ada@example.org"), "{offered}");
    let joined = page(&app, &format!("{path}/join"), Some(&ada), Some(&[])).await;
    assert_eq!(location(&joined), "/");

    // Both are one person now, whose agents have names of their own.
    let list = ["Your agents:\nscout: running (loaded)\nscout-2: running"];
    assert_eq!(channel.say("U1", "/list").await, list);
    let list = ["Your agents:\nscout: running\nscout-2: running (loaded)"];
    assert_eq!(channel.say("U2", "/list").await, list);
    let left =
        "SELECT count(*) FROM users WHERE organization_role = 'guest' AND removed_at IS NULL";
    assert_eq!(app.database().count(left).await, 0);
    let linked = "SELECT count(*) FROM audit WHERE action = 'linkAccount' AND outcome = 'done'";
    assert_eq!(app.database().count(linked).await, 2);
    app.finish().await;
}

#[tokio::test]
async fn what_is_free_is_counted_once_and_then_a_link_leads_on() {
    let app = App::build()
        .set("CLOISTER_FREE_PROMPTS", "8")
        .set("CLOISTER_FREE_CALLS", "4")
        .set("CLOISTER_FREE_AGENTS", "unlimited");
    let (app, _callback, channel) = bare_with(app).await;
    channel.say("U1", "/create my-agent").await;
    // Each of six is sent four times at once, and counts once.
    let bodies: Vec<Value> = (0..24)
        .map(|number| message_with_id("U1", "hello", &format!("m-{}", number % 6)))
        .collect();
    join_all(bodies.iter().map(|body| channel.send(body))).await;
    for number in 0..20 {
        let more = message_with_id("U1", "hello", &format!("more-{number}"));
        if channel.send(&more).await.replies() != ["hello"] {
            break;
        }
    }
    let turns = "SELECT count(*) FROM turns WHERE status = 'done'";
    assert_eq!(app.database().count(turns).await, 8);
    let counted = "SELECT prompts FROM allowances";
    assert_eq!(app.database().count(counted).await, 8);
    let told = channel.say("U1", "hello").await;
    assert!(
        told[0].contains("has used its free messages to agents"),
        "{told:?}"
    );
    let shown = "SELECT count(*) FROM messages WHERE text LIKE '%/sign-in/%'";
    assert_eq!(app.database().count(shown).await, 0);
    assert!(
        told[0].ends_with("Your message was not passed on."),
        "{told:?}"
    );

    let prompt = with("U1", json!({ "prompt": "hello" }));
    let answer = channel.command("prompt", &prompt).await;
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        answer.body
    );
    assert_eq!(answer.body["retry-after"], "3600");
    assert!(answer.body["error"].as_str().unwrap().contains("/sign-in/"));

    for _ in 0..3 {
        let answer = channel.command("stop", &from("U1")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    let answer = channel.command("start", &from("U1")).await;
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        answer.body
    );
    // What tells how things stand goes on.
    assert_eq!(
        channel.command("status", &from("U1")).await.status,
        StatusCode::OK
    );
    app.finish().await;
}

#[tokio::test]
async fn the_owner_sees_whose_agents_there_are_and_where_they_are_shared() {
    let (app, _callback, channel) = bare().await;
    channel
        .send(&with(
            "U1",
            json!({ "displayName": "Alice", "message": "/create my-agent" }),
        ))
        .await;
    channel
        .send(&in_group("U1", json!({ "message": "/share my-agent" })))
        .await;
    let query = "query ($id: ID!) { node(id: $id) { ... on Channel {
        contacts { nodes { platformUserId user { name email } } }
        project { agents { nodes { name owner { name } shares { groupExternalId channel { id } } } } }
    } } }";
    let answer = app
        .owner()
        .graphql(query, json!({ "id": channel.id }))
        .await;
    let shown = &answer["data"]["node"];
    assert_eq!(
        shown["contacts"]["nodes"],
        json!([{ "platformUserId": "U1", "user": { "name": "Alice", "email": null } }]),
        "{answer}"
    );
    let agents = shown["project"]["agents"]["nodes"].as_array().unwrap();
    let own = agents.iter().find(|agent| agent["name"] == "my-agent");
    assert_eq!(
        own.unwrap(),
        &json!({
            "name": "my-agent", "owner": { "name": "Alice" },
            "shares": [{ "groupExternalId": "G67890", "channel": { "id": channel.id } }]
        })
    );
    let log = "SELECT action FROM audit WHERE way = 'channel_key' ORDER BY id";
    let actions = app.database().rows(log, &[]).await;
    let actions: Vec<String> = actions.iter().map(|row| row.get(0)).collect();
    assert_eq!(actions, ["createAgent", "shareAgent"]);
    app.finish().await;
}
