//! Tools of modules: they run beside the agent, with no more than both were allowed.

use serde_json::json;

use super::{Using, allow, enable, update};

#[tokio::test]
async fn an_agent_sees_and_calls_the_tools_of_its_project() {
    let using = Using::start().await;
    assert_eq!(using.say("tools").await, "");
    using.handy(json!({})).await;
    let all = using.say("tools").await;
    assert!(all.starts_with("handy__say\nhandy__count\n"), "{all}");
    assert!(
        all.ends_with("no handy__endless: Malformed: It is left out: the schema of its arguments refers to itself without an end."),
        "{all}"
    );
    assert_eq!(
        using.say(r#"use handy__say {"text": "hello"}"#).await,
        r#"{"text":"hello"} (hello)"#
    );
    assert_eq!(
        using.say(r#"use handy__count {"text": "hello"}"#).await,
        "5"
    );
    let none = using.say("use handy__dance").await;
    assert_eq!(
        none,
        "NotFound: There is no tool `handy__dance` for this agent."
    );
    using.app.finish().await;
}

#[tokio::test]
async fn arguments_are_held_against_the_schema() {
    let using = Using::start().await;
    using.handy(json!({})).await;
    for (arguments, told) in [
        (r#"{"text": 3}"#, "/text: 3 is not of type \"string\""),
        (r#"{"text": "a", "more": 1}"#, "('more' was unexpected)"),
        ("{}", "\"text\" is a required property"),
        ("{\"text\"", "they are no JSON"),
        ("[]", "[] is not of type \"object\""),
    ] {
        let answer = using.say(&format!("use handy__say {arguments}")).await;
        assert!(
            answer.starts_with("Invalid: The arguments do not fit the schema of `handy__say`: "),
            "{answer}"
        );
        assert!(answer.contains(told), "{answer}");
    }
    let long = format!(r#"use handy__say {{"text": "{}"}}"#, "x".repeat(1_001));
    let answer = using.say(&long).await;
    assert!(
        answer.contains("is longer than 1000 characters"),
        "{answer}"
    );
    // The tool was never called.
    assert!(
        !using.log().await.contains("say {"),
        "{}",
        using.log().await
    );
    using.app.finish().await;
}

#[tokio::test]
async fn what_goes_wrong_in_a_tool_is_a_failure_of_its_own() {
    let using = Using::of(tests::App::build().set("CLOISTER_TOOL_SECONDS", "2")).await;
    using.handy(json!({ "capabilities": ["log"] })).await;
    for (tool, told) in [
        (
            "lie",
            "Malformed: `handy__lie` answered with something else than it promises: ",
        ),
        (
            "nonsense",
            "Malformed: `handy__nonsense` answered with something else than it promises: it is no JSON",
        ),
        ("fail", "NotFound: there is no such city"),
        ("trap", "Failed: The toolset `handy` broke (trap)."),
        (
            "spin",
            "TimedOut: The toolset `handy` did not answer within 2000 ms.",
        ),
        (
            "much",
            "Limit: `handy__much` answered with more than 262144 bytes.",
        ),
    ] {
        let answer = using.say(&format!("use handy__{tool}")).await;
        assert!(answer.starts_with(told), "{tool}: {answer}");
    }
    let log = using.log().await;
    assert!(
        log.contains("The tool `handy__trap` gave no result. The toolset `handy` broke (trap)."),
        "{log}"
    );
    // It says itself why it crashed, since it was allowed to.
    assert!(log.contains("as it was told"), "{log}");
    using.app.finish().await;
}

#[tokio::test]
async fn a_tool_has_what_both_it_and_the_agent_were_allowed() {
    let using = Using::start().await;
    let owner = using.app.owner();
    let toolset = using.handy(json!({ "capabilities": [] })).await;
    let address = using.app.url("/healthz");
    let fetch = format!(r#"use handy__fetch {{"text": "{address}"}}"#);
    assert!(using.say(&fetch).await.contains("Denied"));
    // The agent alone, and the toolset alone, are not enough.
    let host = address
        .strip_prefix("http://")
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    allow(&owner, "oblige", "http", json!({ "hosts": [host] })).await;
    assert!(using.say(&fetch).await.contains("Denied"));
    let change = json!({ "id": toolset["id"], "capabilities": ["http", "log"] });
    let changed = update(&owner, change).await;
    assert_eq!(
        changed["data"]["updateToolset"]["capabilities"],
        json!(["http", "log"]),
        "{changed}"
    );
    let answer = using.say(&fetch).await;
    assert!(answer.contains("200 "), "{answer}");
    // What belongs to the agent's turn is never a tool's.
    assert!(
        using
            .say(r#"use handy__remember {"text": "x"}"#)
            .await
            .contains("Denied")
    );
    let refused = json!({ "id": toolset["id"], "capabilities": ["state"] });
    let refused = update(&owner, refused).await;
    assert_eq!(
        refused["errors"][0]["extensions"]["field"], "capabilities",
        "{refused}"
    );
    using.app.finish().await;
}

#[tokio::test]
async fn the_terms_of_the_grant_say_which_and_how_often() {
    let using = Using::start().await;
    let owner = using.app.owner();
    using.handy(json!({})).await;
    enable(&owner, json!({ "name": "nav", "module": "navigator" })).await;
    allow(
        &owner,
        "oblige",
        "tools",
        json!({ "toolsets": ["nav"], "callsPerTurn": 2 }),
    )
    .await;
    let all = using.say("tools").await;
    assert_eq!(all, "nav__list_projects\nnav__get_current_project");
    assert!(
        using
            .say(r#"use handy__say {"text": "x"}"#)
            .await
            .starts_with("NotFound: ")
    );
    let answer = using.say("uses 3 nav__nothing").await;
    assert_eq!(answer.matches("NotFound").count(), 2, "{answer}");
    assert!(
        answer.ends_with("Limit: A turn may make 2 calls of tools."),
        "{answer}"
    );
    let withdraw = "mutation { withdrawCapability(input: { agent: \"oblige\", capability: \"tools\" }) { id } }";
    owner.graphql(withdraw, json!({})).await;
    assert!(using.say("tools").await.starts_with("Denied: "));
    assert!(
        using
            .say("use nav__list_projects")
            .await
            .starts_with("Denied: ")
    );
    using.app.finish().await;
}

#[tokio::test]
async fn the_navigator_tells_of_the_projects_of_whoever_speaks() {
    let using = Using::start().await;
    let owner = using.app.owner();
    enable(
        &owner,
        json!({ "name": "navigator", "module": "navigator" }),
    )
    .await;
    // Someone of a messaging product has no project of the owner's.
    let answer = using.say("use navigator__list_projects").await;
    assert!(answer.contains(r#""projects":[]"#), "{answer}");
    let move_on = r#"use navigator__switch_project {"project": "x"}"#;
    assert!(using.say(move_on).await.starts_with("NotFound: "));
    // As a member of one, they see it.
    let join = "INSERT INTO members (organization_id, project_id, user_id, role)
        SELECT a.organization_id, a.project_id, c.user_id, 'viewer' FROM agents a, contacts c
        WHERE a.name = 'oblige' AND c.platform_user_id = 'U1'";
    using.app.database().rows(join, &[]).await;
    let answer = using.say("use navigator__get_current_project").await;
    assert!(answer.starts_with(r#"{"project":{"id":"#), "{answer}");
    using.app.finish().await;
}
