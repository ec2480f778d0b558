//! Files that come with messages.

use serde_json::{Value, json};
use tests::App;

use super::{Site, hoarding, hoarding_with};
use crate::telegram::connected;

fn with_files(text: &str, urls: &[&str]) -> Value {
    let files: Vec<Value> = urls.iter().map(|url| json!({ "url": url })).collect();
    json!({ "externalUserId": "ada", "message": text, "attachments": files })
}

#[tokio::test]
async fn a_file_at_an_address_is_kept_once_and_named_by_its_path() {
    let (app, _callback, channel) = hoarding().await;
    let site = Site::start().await;
    let plan = site.put("a/plan.txt", 200, "text/plain", b"dig");
    let other = site.put("b/plan.txt", 200, "text/markdown", b"fill");
    let told = channel
        .send(&with_files("look", &[&plan, &other]))
        .await
        .replies();
    assert_eq!(
        told,
        ["inbox/plan.txt (text/plain): dig\ninbox/2-plan.txt (text/markdown): fill"]
    );
    // The same name again is another file.
    let told = channel.send(&with_files("look", &[&plan])).await.replies();
    assert_eq!(told, ["inbox/plan-2.txt (text/plain): dig"]);
    assert_eq!((site.asked("a/plan.txt"), site.asked("b/plan.txt")), (2, 1));
    // The message tells where it is from now on.
    let names = "SELECT count(*) FROM messages WHERE content->'attachments'->0->'source'->>'Workspace' = 'inbox/plan.txt'";
    assert_eq!(app.database().count(names).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn a_turn_that_is_tried_again_fetches_nothing_twice() {
    let (app, _callback, channel) = hoarding().await;
    let site = Site::start().await;
    let good = site.put("good.txt", 200, "text/plain", b"good");
    // The second file makes the first tries of the turn come to nothing.
    let bad = site.put("bad.txt", 503, "text/plain", b"");
    let told = channel
        .send(&with_files("look", &[&good, &bad]))
        .await
        .replies()
        .remove(0);
    assert!(
        told.starts_with("inbox/good.txt (text/plain): good\nbad.txt is not here"),
        "{told}"
    );
    assert!(told.contains("503"), "{told}");
    assert_eq!(site.asked("good.txt"), 1);
    assert!(site.asked("bad.txt") > 1);
    let files = "SELECT count(*) FROM files";
    assert_eq!(app.database().count(files).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_marked_and_its_message_arrives() {
    let limits = App::build()
        .set("CLOISTER_FILE_SIZE", "1KiB")
        .set("CLOISTER_WORKSPACE_FILES", "1")
        .set("CLOISTER_FILE_TYPES", "text/*");
    let (app, _callback, channel) = hoarding_with(limits).await;
    let site = Site::start().await;
    let fits = site.put("fits.txt", 200, "text/plain", &[b'x'; 1_024]);
    for (url, why) in [
        (site.put("gone.txt", 404, "text/plain", b""), "status 404"),
        (
            site.put("moved.txt", 302, "text/plain", b""),
            "redirects are not followed",
        ),
        (
            site.put("large.txt", 200, "text/plain", &[b'x'; 1_025]),
            "more than 1024 bytes",
        ),
        (
            site.put("page.txt", 200, "image/png", b"x"),
            "image/png are not taken",
        ),
        ("http://10.1.2.3/private.txt".to_owned(), "only https"),
        ("https://10.1.2.3/private.txt".to_owned(), "not reached"),
        ("https://[::1]/private.txt".to_owned(), "not reached"),
    ] {
        let told = channel
            .send(&with_files("look", &[&url]))
            .await
            .replies()
            .remove(0);
        assert!(
            told.contains("is not here") && told.contains(why),
            "{url}: {told}"
        );
    }
    let told = channel
        .send(&with_files("look", &[&fits, &fits]))
        .await
        .replies()
        .remove(0);
    assert!(told.starts_with("inbox/fits.txt"), "{told}");
    assert!(told.contains("1 files; delete some"), "{told}");
    assert_eq!(app.database().count("SELECT count(*) FROM files").await, 1);
    assert_eq!(
        app.database()
            .count("SELECT count(*) FROM file_contents")
            .await,
        1
    );
    app.finish().await;
}

#[tokio::test]
async fn an_agent_without_files_gets_messages_as_before() {
    let (app, _callback, channel) = hoarding().await;
    let site = Site::start().await;
    let url = site.put("a.txt", 200, "text/plain", b"x");
    let withdraw = "mutation { withdrawCapability(input: { agent: \"hoard\", capability: \"workspace\" }) { id } }";
    app.owner().graphql(withdraw, json!({})).await;
    let told = channel.send(&with_files("look", &[&url])).await.replies();
    assert_eq!(told, ["a.txt is not here: []"]);
    assert_eq!(site.asked("a.txt"), 0);
    assert_eq!(
        app.database()
            .count("SELECT count(*) FROM file_contents")
            .await,
        0
    );
    app.finish().await;
}

#[tokio::test]
async fn a_module_that_reads_no_files_gets_the_bytes_of_what_was_kept() {
    let (app, _callback, channel) = crate::serving("oblige").await;
    let site = Site::start().await;
    let url = site.put("a.txt", 200, "text/plain", b"what stands in it");
    let told = channel.send(&with_files("read", &[&url])).await.replies();
    assert_eq!(told, ["what stands in it"]);
    assert_eq!(site.asked("a.txt"), 1);
    // Its owner has it as well, and all of what is too much for a guest's memory.
    let large = vec![b'x'; (8 << 20) + 1];
    let url = site.put("large.txt", 200, "text/plain", &large);
    let told = channel.send(&with_files("read", &[&url])).await.replies();
    let told = told.concat();
    assert!(
        told.starts_with("large.txt is not here") && told.contains("more than 8388608 bytes"),
        "{told}"
    );
    assert_eq!(app.database().count("SELECT count(*) FROM files").await, 2);
    app.finish().await;
}

#[tokio::test]
async fn a_message_without_files_costs_nothing_more() {
    let app = App::start().await;
    let callback = tests::Callback::start().await;
    let mut cost = Vec::new();
    for name in ["hoard", "oblige"] {
        app.owner().pushed(name, crate::guest(name)).await;
        let channel = app.owner().channel(name, &callback.url()).await;
        channel.say("ada", "hello").await;
        let statements = app
            .fewest_statements(async || drop(channel.say("ada", "hello").await))
            .await;
        cost.push(statements);
    }
    assert_eq!(cost[0], cost[1], "an agent with files, and one without");
    app.finish().await;
}

#[tokio::test]
async fn what_is_sent_on_telegram_is_kept() {
    let (app, telegram) = connected(42).await;
    app.owner().pushed("hoard", crate::guest("hoard")).await;
    let point = "UPDATE channels SET version = version + 1,
        primary_agent_id = (SELECT id FROM agents WHERE name = 'hoard') WHERE kind = 'telegram'";
    app.database().rows(point, &[]).await;
    let send = |id: &str| {
        let mut message = telegram.message(42, "");
        message["text"] = json!(null);
        message["caption"] = json!("look");
        message["document"] =
            json!({ "file_id": id, "file_name": "../plan.txt", "mime_type": "text/plain" });
        telegram.update(json!({ "message": message }));
    };
    send("F1");
    let wanted = "inbox/plan.txt (text/plain): contents of F1";
    assert_eq!(telegram.wait_for(1).await, [wanted]);
    send("F2");
    let wanted = "inbox/plan-2.txt (text/plain): contents of F2";
    assert_eq!(telegram.wait_for(2).await[1], wanted);
    // And back: the file goes with its bytes.
    telegram.say(42, "send inbox/plan.txt");
    let sent = tests::wait::wait_for(tests::wait::LONG, "a document", async || {
        telegram.asked("sendDocument").first().cloned()
    })
    .await;
    assert_eq!(
        sent.body["document"],
        json!({ "file": "plan.txt", "bytes": 14 })
    );
    app.finish().await;
}
