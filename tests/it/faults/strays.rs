//! A conversation that the table gives to a living host which does not have it: a connection that breaks while the host takes
//! one leaves it so.

#[tokio::test]
async fn a_turn_that_was_taken_and_lost_on_its_way_is_run_all_the_same() {
    let (app, callback, channel) = crate::serving("echo").await;
    assert_eq!(channel.say("alice", "one").await, ["one"]);
    let database = app.database();
    database
        .rows(
            "WITH turn AS (
                UPDATE turns SET status = 'queued', started_at = NULL, finished_at = NULL
                RETURNING organization_id, conversation_id
            )
            UPDATE conversations c
            SET completed = completed - 1, fence = fence + 1, lease_host = (SELECT id FROM hosts WHERE alive_until > now())
            FROM turn t
            WHERE c.organization_id = t.organization_id AND c.id = t.conversation_id",
            &[],
        )
        .await;
    let held = "SELECT count(*) FROM conversations WHERE lease_host IS NOT NULL";
    assert_eq!(database.count(held).await, 1);
    // Nobody waits for its answer any more.
    let received = callback.wait_for(1).await;
    assert_eq!(received[0].text(), "one");
    assert_eq!(database.count(held).await, 0);
    app.finish().await;
}
