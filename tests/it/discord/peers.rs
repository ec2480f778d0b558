//! What others wrote: a client to which our own fake has to be a Discord.

use serde_json::json;
use tests::fakes::discord::{BOT, Discord, TOKEN};
use tests::node::Script;

#[tokio::test]
async fn a_client_that_we_did_not_write_gets_on_with_the_fake() {
    let discord = Discord::start().await;
    let slow =
        json!({ "message": "You are being rate limited.", "retry_after": 1.0, "global": false });
    let limits = vec![
        ("retry-after", "1"),
        ("x-ratelimit-scope", "user"),
        ("x-ratelimit-bucket", "b1"),
        ("x-ratelimit-limit", "1"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset-after", "1.0"),
    ];
    discord.next("POST /channels/56/messages", [(429, limits, slow)]);
    let url = discord.url();
    let mut client = Script::start("discord_bot.cjs", &[&url, TOKEN, BOT]);
    assert_eq!(client.line().await, "ready");
    discord.say(42, "one");
    assert_eq!(client.line().await, "cut");
    discord.cut();
    discord.say(42, "two");
    assert_eq!(client.rest().await, ["done"]);
    let greetings = discord.greetings();
    assert_eq!(
        (&greetings[0]["op"], &greetings[1]["op"]),
        (&json!(2), &json!(6))
    );
    let files = discord.asked("POST /channels/55/messages");
    assert_eq!(
        files.last().unwrap().body["files"],
        json!([{ "file": "note.txt", "bytes": 8 }])
    );
}
