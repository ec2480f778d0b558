//! What an agent does with its files.

use futures_util::future::join_all;
use serde_json::json;
use tests::App;

use super::{hoarding, hoarding_with};

#[tokio::test]
async fn files_last_over_turns_and_are_shared_by_conversations() {
    let (app, _callback, ada) = hoarding().await;
    assert_eq!(
        ada.say("ada", "write notes/a.txt hello").await,
        ["Written."]
    );
    assert_eq!(ada.say("bob", "read notes/a.txt").await, ["hello"]);
    assert_eq!(ada.say("bob", "append notes/a.txt !").await, ["hello!"]);
    assert_eq!(ada.say("ada", "append notes/b.csv 1,2").await, ["1,2"]);
    assert_eq!(
        ada.say("ada", "stat notes/b.csv").await,
        ["notes/b.csv 3 text/csv"]
    );
    assert_eq!(
        ada.say("ada", "list notes/").await,
        ["notes/a.txt notes/b.csv"]
    );
    assert_eq!(ada.say("ada", "delete notes/a.txt").await, ["true"]);
    assert_eq!(ada.say("ada", "delete notes/a.txt").await, ["false"]);
    assert_eq!(ada.say("ada", "list ").await, ["notes/b.csv"]);
    // Composed and decomposed letters look alike, and are.
    ada.say("ada", "write caf\u{e9}.txt au lait").await;
    assert_eq!(ada.say("ada", "read cafe\u{301}.txt").await, ["au lait"]);
    assert_eq!(ada.say("ada", "large big.bin").await, ["3000003 true"]);
    let loose = "SELECT count(*) FROM file_contents WHERE loose_since IS NOT NULL";
    assert_eq!(
        app.database().count(loose).await,
        0,
        "nothing is left behind"
    );
    app.finish().await;
}

#[tokio::test]
async fn a_turn_that_fails_changes_no_file() {
    let (app, _callback, channel) = hoarding().await;
    channel.say("ada", "write a.txt before").await;
    assert_ne!(channel.say("ada", "fail a.txt after").await, ["Written."]);
    assert_eq!(channel.say("ada", "read a.txt").await, ["before"]);
    let contents = "SELECT count(*) FROM file_contents";
    assert_eq!(
        app.database().count(contents).await,
        1,
        "what was stored ahead is gone"
    );
    app.finish().await;
}

#[tokio::test]
async fn what_one_turn_read_is_not_overwritten_by_another() {
    let (app, _callback, channel) = hoarding().await;
    let counted = (0..12).map(|number| {
        let channel = channel.clone();
        async move {
            channel
                .say(&format!("user-{number}"), "count n.txt")
                .await
                .remove(0)
        }
    });
    let mut counted: Vec<u32> = join_all(counted)
        .await
        .iter()
        .map(|count| count.parse().unwrap())
        .collect();
    counted.sort();
    assert_eq!(counted, (1..=12).collect::<Vec<_>>());
    assert_eq!(channel.say("ada", "read n.txt").await, ["12"]);
    app.finish().await;
}

#[tokio::test]
async fn whatever_is_no_path_of_its_own_or_too_much_is_refused() {
    let small = App::build().set("CLOISTER_WORKSPACE_SIZE", "5632KiB");
    let (app, _callback, channel) = hoarding_with(small).await;
    let told = channel.say("ada", "misuse").await.remove(0);
    for line in told.lines() {
        let wanted = match line.split(':').next().unwrap() {
            "a file that is not there" => "NotFound",
            "more than the quota" => "Limit",
            "still little" => "allowed",
            _ => "Invalid",
        };
        assert!(line.ends_with(wanted), "{line}");
    }
    assert_eq!(told.lines().count(), 33, "{told}");
    let used = "SELECT count(*) FROM workspaces WHERE files = 6 AND bytes = 5 * 1048576 + 1";
    assert_eq!(app.database().count(used).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn an_agent_that_was_not_granted_files_has_none() {
    let (app, _callback, channel) = hoarding().await;
    channel.say("ada", "write a.txt x").await;
    let withdraw = "mutation { withdrawCapability(input: { agent: \"hoard\", capability: \"workspace\" }) { id } }";
    let answer = app.owner().graphql(withdraw, json!({})).await;
    assert!(answer["errors"].is_null(), "{answer}");
    assert_ne!(channel.say("ada", "read a.txt").await, ["x"]);
    let error = "SELECT error FROM turns WHERE status = 'failed'";
    let told: String = app.database().rows(error, &[]).await[0].get(0);
    assert!(
        told.contains("has not granted this agent `workspace`"),
        "{told}"
    );
    app.finish().await;
}
