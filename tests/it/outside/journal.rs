//! The journal: what a request that may change something has come to is heard again by a turn that is run again, and sent once.

use reqwest::Method;
use sandbox::{HttpResponse, Unanswered};
use serde_json::json;
use tests::process::Ended;
use tests::wait::{LONG, wait_for};

use super::secrets::{VALUE, set, with_secret};
use super::{Outside, POINTS, grant};

const ROWS: &str = "SELECT count(*) FROM http_answers";

/// The host dies where it has the how manieth answer and the agent does not have it yet.
async fn kill(outside: &mut Outside, times: u32, text: &str) {
    assert_eq!(outside.app.terminate().await, Ended::Code(0));
    let fault = format!("{}:{times}", POINTS[0]);
    outside.app.set("CLOISTER_FAULT", Some(&fault));
    outside.app.restart().await;
    let body = tests::channel::message("U1", text);
    let channel = outside.channel.clone();
    let (sent, died) = tokio::join!(channel.try_send(&body), outside.app.died());
    assert!(sent.is_err(), "{sent:?}");
    assert_eq!(died, Ended::Signal(9));
    outside.app.set("CLOISTER_FAULT", None);
}

/// It goes on: what the agent says then.
async fn go_on(outside: &mut Outside) -> String {
    outside.app.restart().await;
    let delivery = outside.callback.wait_for(1).await[0].json();
    delivery["message"].as_str().unwrap().to_owned()
}

async fn killed(outside: &mut Outside, times: u32, text: &str) -> String {
    kill(outside, times, text).await;
    go_on(outside).await
}

#[tokio::test]
async fn a_host_that_dies_with_an_answer_does_not_send_again() {
    let mut outside = Outside::start().await;
    let order = format!("fetch POST {} - a chair", outside.server.url("/orders"));
    let told = killed(&mut outside, 1, &order).await;
    assert!(told.starts_with("200 "), "{told}");
    assert!(told.ends_with(" a chair"), "{told}");
    assert_eq!(outside.server.asked().len(), 1);
    outside.app.finish().await;
}

#[tokio::test]
async fn each_answer_is_found_in_its_place() {
    let mut outside = Outside::start().await;
    let orders = format!("orders 3 {}", outside.server.url("/"));
    // After the second of three.
    let told = killed(&mut outside, 2, &orders).await;
    let asked = outside.server.asked();
    let bodies: Vec<&str> = asked.iter().map(|one| one.body.as_str()).collect();
    assert_eq!(bodies, ["0", "1", "2"]);
    let last: Vec<&str> = told
        .split(", ")
        .filter_map(|one| one.split(' ').next_back())
        .collect();
    assert_eq!(last, ["0", "1", "2"], "{told}");
    outside.app.finish().await;
}

#[tokio::test]
async fn one_that_dies_before_the_answer_is_there_sends_once_more() {
    let mut outside = Outside::start().await;
    let order = format!("fetch POST {} - a chair", outside.server.url("/lost"));
    let body = tests::channel::message("U1", &order);
    let Outside {
        server,
        app,
        channel,
        ..
    } = &mut outside;
    let killed = async {
        let asked = async || (server.asked().len() == 1).then_some(());
        wait_for(LONG, "the server to be asked", asked).await;
        app.kill().await;
    };
    let (sent, ()) = tokio::join!(channel.try_send(&body), killed);
    assert!(sent.is_err(), "{sent:?}");
    let told = go_on(&mut outside).await;
    assert!(told.starts_with("200 "), "{told}");
    // Nobody can know whether it was done.
    assert_eq!(outside.server.asked().len(), 2);
    outside.app.finish().await;
}

#[tokio::test]
async fn that_there_was_no_answer_in_time_is_heard_again() {
    let mut outside = Outside::start().await;
    let terms = json!({ "hosts": [outside.server.host()], "seconds": 1 });
    grant(&outside.app.owner(), terms).await;
    let order = format!("fetch POST {} - a chair", outside.server.url("/lost"));
    // The server would answer if it were asked again.
    let told = killed(&mut outside, 1, &order).await;
    assert!(told.starts_with("TimedOut: "), "{told}");
    assert_eq!(outside.server.asked().len(), 1);
    outside.app.finish().await;
}

#[tokio::test]
async fn what_changes_nothing_is_asked_again() {
    let mut outside = Outside::start().await;
    let order = format!("order {}", outside.server.url("/"));
    killed(&mut outside, 1, &order).await;
    let asked = outside.server.asked();
    let methods: Vec<&Method> = asked.iter().map(|one| &one.method).collect();
    assert_eq!(methods, [Method::GET, Method::POST, Method::GET]);
    outside.app.finish().await;
}

#[tokio::test]
async fn another_request_in_the_same_place_is_sent() {
    let mut outside = Outside::start().await;
    let order = format!("fetch POST {} - a chair", outside.server.url("/"));
    kill(&mut outside, 1, &order).await;
    // As if the agent had become another one in between.
    let change = "UPDATE messages SET text = replace(text, 'a chair', 'a table')";
    outside.app.database().rows(change, &[]).await;
    let told = go_on(&mut outside).await;
    assert!(told.ends_with(" a table"), "{told}");
    let asked = outside.server.asked();
    let bodies: Vec<&str> = asked.iter().map(|one| one.body.as_str()).collect();
    assert_eq!(bodies, ["a chair", "a table"]);
    assert_eq!(outside.app.database().count(ROWS).await, 1);
    outside.app.finish().await;
}

#[tokio::test]
async fn what_was_not_done_for_certain_is_not_written_down() {
    let mut outside = Outside::start().await;
    let url = outside.server.url("/");
    for (request, told) in [
        (format!("GET {url}"), "200 "),
        (format!("HEAD {url}"), "200 "),
        (format!("OPTIONS {url}"), "200 "),
        (format!("POST {}", outside.server.url("/busy")), "503 "),
        ("POST https://elsewhere.example/".to_owned(), "Denied: "),
    ] {
        let said = outside.say(&format!("fetch {request}")).await;
        assert!(said.starts_with(told), "{request}: {said}");
        let rows = outside.app.database().count(ROWS).await;
        assert_eq!(rows, 0, "{request}");
    }
    for (rows, method) in (1..).zip(["POST", "PUT", "PATCH", "DELETE", "MAKE"]) {
        let said = outside.say(&format!("fetch {method} {url}")).await;
        assert!(said.starts_with("200 "), "{said}");
        assert_eq!(outside.app.database().count(ROWS).await, rows, "{method}");
    }

    // What was, has its time.
    outside.app.database().settled().await;
    let age = "UPDATE http_answers SET created_at = now() - interval '8 days'";
    outside.app.database().rows(age, &[]).await;
    // It is cleaned when a host starts.
    assert_eq!(outside.app.terminate().await, Ended::Code(0));
    outside.app.restart().await;
    let gone = async || (outside.app.database().count(ROWS).await == 0).then_some(());
    wait_for(LONG, "the journal to be empty", gone).await;
    outside.app.finish().await;
}

#[tokio::test]
async fn no_secret_is_written_down() {
    let outside = with_secret().await;
    let url = outside.server.url("/v1?key={{secret:key}}");
    let headers = "authorization=Bearer+{{secret:key}}&content-type=text/plain";
    let order = format!("fetch POST {url} {headers} {{{{secret:key}}}}");
    outside.say(&order).await;
    assert_eq!(outside.server.last().body, VALUE);
    let kept = "SELECT answer FROM http_answers";
    let kept: Vec<u8> = outside.app.database().rows(kept, &[]).await[0].get(0);
    let kept: Result<HttpResponse, Unanswered> = host::journal::unpack(&kept).unwrap();
    let HttpResponse { headers, body, .. } = kept.unwrap();
    let told = headers.iter().find(|(name, _)| name == "x-told").unwrap();
    assert_eq!(told.1, b"Bearer {{secret:key}}");
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("{{secret:key}}"), "{body}");
    for bytes in headers
        .iter()
        .map(|(_, value)| &value[..])
        .chain([body.as_bytes()])
    {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(VALUE), "{text}");
    }

    // Nor can it be told from the digest: that is of what the agent wrote.
    let host = outside.server.host();
    set(&outside.app.owner(), "key", "another-secret", &[&host]).await;
    outside.say(&order).await;
    assert_eq!(outside.server.last().body, "another-secret");
    let digests = "SELECT count(DISTINCT request) FROM http_answers";
    let database = outside.app.database();
    assert_eq!(
        (database.count(ROWS).await, database.count(digests).await),
        (2, 1)
    );
    outside.app.finish().await;
}

#[tokio::test]
async fn three_orders_cost_a_turn_three_statements_more_and_three_looks_none() {
    let outside = Outside::start().await;
    let withdraw = "mutation { withdrawCapability(input: { agent: \"oblige\", capability: \"secrets\" }) { id } }";
    outside.app.owner().graphql(withdraw, json!({})).await;
    let url = outside.server.url("/");
    let (looks, orders) = (format!("fetches 3 {url}"), format!("orders 3 {url}"));
    // The first ones read what is known afterwards.
    for text in ["hello", looks.as_str(), orders.as_str()] {
        outside.say(text).await;
    }
    let fewest = async |text: &str| {
        let said = async || drop(outside.say(text).await);
        outside.app.fewest_statements(said).await
    };
    let none = fewest("hello").await;
    let (looked, ordered) = (fewest(&looks).await, fewest(&orders).await);
    assert!(looked <= none, "{none}, {looked}");
    assert!(ordered <= none + 3.0, "{none}, {ordered}");
    assert!(ordered > none, "{none}, {ordered}");
    outside.app.finish().await;
}
