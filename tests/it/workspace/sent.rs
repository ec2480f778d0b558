//! Files that go with replies.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;

use super::{hoarding, hoarding_with};

/// The address in what a callback was told.
fn link(text: &str) -> String {
    let at = text
        .find("http://")
        .unwrap_or_else(|| panic!("no link in {text}"));
    text[at..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_webhook_gets_a_link_to_what_was_sent() {
    let (app, callback, channel) = hoarding().await;
    let answer = channel.say("ada", "send out/report.txt first").await;
    let first = link(&answer[0]);
    assert!(first.ends_with("/report%2Etxt"), "{first}");
    // Written anew, the one that was sent stays what it was.
    let second = link(&channel.say("bob", "send out/report.txt second").await[0]);
    let read = async |url: &str| {
        let answer = app.http().get(url).send().await.unwrap();
        let status = answer.status();
        let disposition = answer.headers().get("content-disposition").cloned();
        (status, disposition, answer.text().await.unwrap())
    };
    let (status, disposition, text) = read(&first).await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "first"));
    assert_eq!(
        disposition.unwrap(),
        "attachment; filename*=UTF-8''report.txt"
    );
    assert_eq!(read(&second).await.2, "second");
    // No one makes a link of another one.
    let (front, name) = first.rsplit_once('/').unwrap();
    let (front, token) = front.rsplit_once('/').unwrap();
    for bad in [
        &token[1..],
        &token[..token.len() - 4],
        "x",
        &token.replace('A', "B"),
    ] {
        let (status, _, _) = read(&format!("{front}/{bad}/{name}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{bad}");
    }
    assert_eq!(callback.received().len(), 0);
    app.finish().await;
}

#[tokio::test]
async fn a_delivery_has_the_link_as_well() {
    let hasty = App::build().set("CLOISTER_TURN_WAIT", "0.001");
    let (app, callback, channel) = hoarding_with(hasty).await;
    // Whoever still listens when the turn ends is answered then and there, however little time they were given.
    let mut answered = vec![String::new()];
    for _ in 0..50 {
        answered = channel.say("ada", "send out/report.txt later").await;
        if answered.is_empty() {
            break;
        }
    }
    assert!(answered.is_empty(), "{answered:?}");
    let text = callback.wait_for(1).await[0].text();
    assert!(
        text.starts_with("Here it is.\n\nreport.txt: http://"),
        "{text}"
    );
    let read = app.http().get(link(&text)).send().await.unwrap();
    assert_eq!(read.text().await.unwrap(), "later");
    app.finish().await;
}

#[tokio::test]
async fn a_reply_that_names_no_file_goes_without_it() {
    let (app, _callback, channel) = hoarding().await;
    for path in ["nowhere.txt", "../../etc/passwd"] {
        assert_eq!(
            channel.say("ada", &format!("send {path}")).await,
            ["Here it is."]
        );
        let told = tests::wait::wait_for(tests::wait::LONG, "a line of the log", async || {
            let (_, log) = app
                .owner()
                .send(Method::GET, "/api/agents/hoard/log", None)
                .await;
            let first = log["lines"][0]["message"].as_str()?.to_owned();
            first.contains(path).then_some(first)
        });
        assert!(told.await.starts_with("A reply goes without its file"));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_visitor_of_the_chat_page_downloads_it() {
    let app = App::start().await;
    let owner = app.owner();
    owner.pushed("hoard", crate::guest("hoard")).await;
    let point = "UPDATE channels SET version = version + 1,
        primary_agent_id = (SELECT id FROM agents WHERE name = 'hoard') WHERE kind = 'web'";
    app.database().rows(point, &[]).await;
    let visitor = crate::web_chat::widget_of(&app).await.open(json!({})).await;
    let mut stream = visitor.watch(None).await;
    visitor.say("m-1", "send chart.csv 1,2,3").await;
    let said = stream.messages(2).await[1].data.clone();
    let file: &Value = &said["files"][0];
    assert_eq!(file["name"], "chart.csv", "{said}");
    visitor.say("m-2", "write chart.csv other").await;
    stream.messages(2).await;
    let token = visitor.session["token"].as_str().unwrap();
    let url = format!("{}?token={token}", file["url"].as_str().unwrap());
    let read = app.http().get(app.url(&url)).send().await.unwrap();
    assert_eq!(read.status(), StatusCode::OK);
    assert_eq!(read.text().await.unwrap(), "1,2,3");
    drop(stream);
    app.finish().await;
}
