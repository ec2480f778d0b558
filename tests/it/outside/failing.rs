//! Servers that are slow, large, broken or not there: each is a typed failure that the agent can handle, and its owner sees.

use serde_json::json;

use super::{Outside, grant, set_limits};

#[tokio::test]
async fn each_failure_is_one_of_its_own() {
    let outside = Outside::start().await;
    let owner = outside.app.owner();
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody_at = nobody.local_addr().unwrap();
    drop(nobody);
    let hosts = [outside.server.host(), nobody_at.to_string()];
    for (url, seconds, cause, told) in [
        (
            outside.server.url("/large"),
            25,
            "TooLarge",
            "more than 8388608 bytes",
        ),
        (
            outside.server.url("/never"),
            2,
            "TimedOut",
            "did not come in time",
        ),
        (outside.server.url("/cut"), 25, "Cut", "broke off"),
        (
            format!("http://{nobody_at}/"),
            25,
            "Unreachable",
            "no connection came about",
        ),
    ] {
        grant(&owner, json!({ "hosts": hosts, "seconds": seconds })).await;
        let answer = outside.say(&format!("fetch GET {url}")).await;
        assert!(answer.starts_with(&format!("{cause}: ")), "{url}: {answer}");
        // Lines are written when there is time for it.
        let logged = async || Some(outside.log().await).filter(|log| log.contains(told));
        let log = tests::wait_for(tests::wait::LONG, told, logged).await;
        let last = log.lines().last().unwrap_or_default();
        // Addresses may have secrets in them.
        assert!(
            !last.contains("/large") && !last.contains("http://"),
            "{last}"
        );
    }
    for method in ["TRACE", "CONNECT", "G(T"] {
        let answer = outside
            .say(&format!("fetch {method} {}", outside.server.url("/")))
            .await;
        assert!(answer.starts_with("Invalid: "), "{method}: {answer}");
    }
    let url = outside.server.url("/");
    let answer = outside
        .say(&format!("fetch POST {url} - x*{}", (4 << 20) + 1))
        .await;
    assert!(answer.starts_with("TooLarge: "), "{answer}");
    assert!(outside.server.asked().is_empty());
    outside.app.finish().await;
}

#[tokio::test]
async fn an_owner_allows_less_at_a_time() {
    let outside = Outside::start().await;
    let terms =
        json!({ "hosts": [outside.server.host()], "requestsPerTurn": 5, "responseBytes": 100 });
    grant(&outside.app.owner(), terms).await;
    let url = outside.server.url("/");
    assert_eq!(
        outside.say(&format!("flood {url}")).await,
        "5, then TooMany"
    );
    let long = format!(
        "fetch POST {url} content-type=text/plain {}",
        "x".repeat(200)
    );
    let answer = outside.say(&long).await;
    assert!(answer.starts_with("TooLarge: "), "{answer}");
    outside.app.finish().await;
}

#[tokio::test]
async fn waiting_for_a_server_is_not_the_agents_own_time() {
    let outside = Outside::start().await;
    let owner = outside.app.owner();
    set_limits(&owner, json!({ "guest_time_ms": 500 })).await;
    assert_eq!(outside.get("/slow").await, "200 at last");
    // Nor is it without end: what is left of it can be used to handle the failure.
    set_limits(&owner, json!({ "host_time_ms": 1_000 })).await;
    let answer = outside
        .say(&format!("wait {}", outside.server.url("/never")))
        .await;
    assert_eq!(answer, "TimedOut, TimedOut");
    outside.app.finish().await;
}

#[tokio::test]
async fn asking_over_and_over_without_leave_comes_to_an_end() {
    let outside = Outside::start().await;
    let withdraw = "mutation { withdrawCapability(input: { agent: \"oblige\", capability: \"http\" }) { id } }";
    outside.app.owner().graphql(withdraw, json!({})).await;
    let flood = format!("flood {}", outside.server.url("/"));
    assert_eq!(outside.say(&flood).await, "0, then Denied");
    outside.app.finish().await;
}
