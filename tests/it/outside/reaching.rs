//! Reaching: what an owner allows is reached, and nothing else.

use serde_json::{Value, json};
use tests::App;

use super::{Outside, allow, grant};

#[tokio::test]
async fn an_agent_reaches_what_its_owner_allows() {
    let outside = Outside::of(App::build()).await;
    let denied = outside.get("/before").await;
    assert!(denied.starts_with("Denied: "), "{denied}");

    let hosts = json!({ "hosts": [outside.server.host()] });
    grant(&outside.app.owner(), hosts).await;
    let answer = outside.get("/weather?in=Bern").await;
    assert!(
        answer.starts_with("200 [nothing] GET /weather?in=Bern nothing "),
        "{answer}"
    );

    let url = outside.server.url("/say");
    let headers = "content-type=text/plain&x-one=1&user-agent=mine";
    let answer = outside
        .say(&format!("fetch PATCH {url} {headers} Grüezi mitenand"))
        .await;
    assert!(answer.ends_with(" Grüezi mitenand"), "{answer}");
    let asked = outside.server.last();
    assert_eq!(
        (asked.method.as_str(), asked.body.as_str()),
        ("PATCH", "Grüezi mitenand")
    );
    assert_eq!(asked.header("x-one"), Some("1"));
    assert_eq!(asked.header("user-agent"), Some("mine"));
    assert_eq!(asked.header("host"), Some(outside.server.host().as_str()));
    // What was denied before was not asked.
    assert_eq!(outside.server.asked().len(), 2);

    // Each is a call of the host in its turn's trace.
    let turns = outside
        .app
        .database()
        .rows("SELECT host_calls FROM turns ORDER BY queued_at", &[])
        .await;
    let calls: Vec<i32> = turns.iter().map(|row| row.get(0)).collect();
    assert_eq!(calls, [1, 1, 1]);
    outside.app.finish().await;
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let outside = Outside::start().await;
    assert_eq!(outside.get("/moved").await, "307 ");
    // Where it leads, the agent may not go by itself either.
    let denied = outside.say("fetch GET https://localhost:1/inside").await;
    assert!(denied.starts_with("Denied: "), "{denied}");
    let told = "A request to `localhost` has no answer: the owner has not allowed it";
    // Lines are written when there is time for it.
    let logged = async || Some(outside.log().await).filter(|log| log.contains(told));
    let log = tests::wait_for(tests::wait::LONG, told, logged).await;
    assert!(log.contains("they add `localhost:1`"), "{log}");
    outside.app.finish().await;
}

#[tokio::test]
async fn private_networks_are_not_reached_whoever_allows_them() {
    let mut outside = Outside::start().await;
    outside.app.terminate().await;
    outside.app.set("CLOISTER_ALLOW_PRIVATE_HOSTS", None);
    outside.app.restart().await;
    let port = outside.server.port();
    let hosts = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        "169.254.169.254".to_owned(),
        "*".to_owned(),
    ];
    grant(&outside.app.owner(), json!({ "hosts": hosts })).await;
    for (url, cause) in [
        (format!("https://127.0.0.1:{port}/"), "Prohibited"),
        // A name that resolves to such an address.
        (format!("https://localhost:{port}/"), "Prohibited"),
        (
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "Prohibited",
        ),
        ("https://[::ffff:127.0.0.1]/".to_owned(), "Prohibited"),
        ("https://2130706433/".to_owned(), "Prohibited"),
        (format!("http://127.0.0.1:{port}/"), "Invalid"),
        (format!("https://me:and@127.0.0.1:{port}/"), "Invalid"),
    ] {
        let answer = outside.say(&format!("fetch GET {url}")).await;
        assert!(answer.starts_with(cause), "{url}: {answer}");
    }
    assert!(outside.server.asked().is_empty());
    outside.app.finish().await;
}

#[tokio::test]
async fn any_host_is_none_that_the_operator_alone_lets_through() {
    let outside = Outside::of(App::build()).await;
    let port = outside.server.port();
    grant(
        &outside.app.owner(),
        json!({ "hosts": [format!("*:{port}")] }),
    )
    .await;
    let answer = outside.get("/").await;
    assert!(answer.starts_with("Invalid: "), "{answer}");
    let answer = outside
        .say(&format!("fetch GET https://127.0.0.1:{port}/"))
        .await;
    assert!(answer.starts_with("Prohibited: "), "{answer}");
    assert!(outside.server.asked().is_empty());
    outside.app.finish().await;
}

#[tokio::test]
async fn terms_that_cannot_be_say_what_could() {
    let outside = Outside::of(App::build()).await;
    let owner = outside.app.owner();
    for (terms, told) in [
        (Value::Null, "`hosts` has to name"),
        (json!({ "hosts": ["https://example.com/"] }), "is no host"),
        (json!({ "hosts": ["a.example"], "seconds": 600 }), "1 to 30"),
    ] {
        let answer = allow(&owner, "http", terms).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["field"], "terms", "{answer}");
        assert!(
            error["message"].as_str().unwrap().contains(told),
            "{answer}"
        );
    }
    let answer = allow(
        &owner,
        "http",
        json!({ "hosts": ["API.example.com", "api.example.com"] }),
    )
    .await;
    let grants = answer["data"]["allowCapability"]["grants"]
        .as_array()
        .unwrap();
    let http = grants
        .iter()
        .find(|grant| grant["capability"] == "http")
        .unwrap();
    assert_eq!(
        http["terms"],
        json!({ "hosts": ["api.example.com"] }),
        "{answer}"
    );
    outside.app.finish().await;
}

#[tokio::test]
async fn three_requests_cost_a_turn_one_statement_more_and_without_secrets_none() {
    let outside = Outside::start().await;
    let three = format!("fetches 3 {}", outside.server.url("/"));
    // The first ones read what is known afterwards.
    for text in ["hello", three.as_str()] {
        outside.say(text).await;
    }
    let fewest = async |text: &str| {
        let said = async || drop(outside.say(text).await);
        outside.app.fewest_statements(said).await
    };
    let (none, with) = (fewest("hello").await, fewest(&three).await);
    // The agent's secrets are read once a turn.
    assert!(with <= none + 1.0, "{none}, {with}");
    let withdraw = "mutation { withdrawCapability(input: { agent: \"oblige\", capability: \"secrets\" }) { id } }";
    outside.app.owner().graphql(withdraw, json!({})).await;
    outside.say(&three).await;
    let without = fewest(&three).await;
    assert!(without <= none, "{none}, {without}");
    outside.app.finish().await;
}
