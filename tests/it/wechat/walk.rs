//! The README's walk to a WeChat account.

use serde_json::Value;
use tests::fakes::wechat::{BOT, Wechat};
use tests::readme::{self, Shell};
use tests::wait::{LONG, wait_for};

use super::beside;

#[tokio::test]
async fn the_readmes_commands_lead_to_an_account_that_is_connected() {
    let wechat = Wechat::start().await;
    let app = beside(wechat.url(), &wechat).start().await;
    let blocks = readme::commands("A WeChat account");
    let [walk] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    let mut shell = Shell::beside(&app);
    let told = shell.run(walk, &[]).await;
    assert!(
        told.contains("\"qr_payload\":\"https://login.weixin.qq.com/l/")
            && told.contains("\"phase\":\"awaiting_scan\""),
        "{told}"
    );
    let picture = std::fs::read(shell.file("qr.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG\r\n"));
    wechat.confirm();
    let status = walk.lines().last().unwrap();
    let bound = wait_for(LONG, "the login to be bound", async || {
        let login: Value = serde_json::from_str(&shell.run(status, &[]).await).unwrap();
        (login["phase"] == "bound").then_some(login)
    })
    .await;
    assert_eq!(bound["ilink_bot_id"], BOT);
    wechat.wait_for_reader().await;
    let log = "curl $OURS/messages -H \"Authorization: Bearer $TOKEN\"";
    assert_eq!(shell.run(log, &[]).await, "{\"messages\":[]}");
    app.finish().await;
}
