//! The README's walk to a Discord bot.

use serde_json::{Value, json};
use tests::fakes::discord::{Discord, TOKEN};
use tests::readme::{self, Shell};

use super::beside;

#[tokio::test]
async fn the_readmes_commands_lead_to_a_bot_that_listens_to_one() {
    let discord = Discord::start().await;
    let app = beside(&discord).start().await;
    let blocks = readme::commands("A Discord bot");
    let [create, pair] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    let mut shell = Shell::beside(&app);
    shell.run(create, &[("MTIz…", TOKEN)]).await;
    discord.wait_for_greetings(1).await;
    discord.say(42, "hello?");
    let told = discord.wait_for(1).await.remove(0);
    let code = told.lines().next().unwrap_or_default();
    let code = code.strip_prefix("Your pairing code is: ").unwrap();
    let paired = shell.run(pair, &[("AB12CD", code)]).await;
    let paired: Value = serde_json::from_str(&paired).unwrap();
    assert_eq!(
        (&paired["persona"]["name"], &paired["channel"]["name"]),
        (&json!("adam"), &json!("user42"))
    );
    discord.say(42, "it is me");
    assert_eq!(discord.wait_for(2).await[1], "it is me");
    app.finish().await;
}
