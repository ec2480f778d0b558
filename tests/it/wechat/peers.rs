//! What others wrote: a client of iLink to which our own fake has to be one.

use std::process::Stdio;

use tests::fakes::wechat::{BOT, Wechat};
use tests::wait::{LONG, wait_for};
use tests::{place, python};
use tokio::process::Command;

/// Runs a script of `tests/python` to its end, and returns what it prints.
pub(super) async fn python(script: &str, arguments: &[&str]) -> String {
    let program = python::program("python");
    let running = Command::new(program)
        .arg(place::checkout().join("tests/python").join(script))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let ran = tokio::time::timeout(LONG.0, running).await;
    let ran = ran.expect("it ends in time").expect("it runs");
    let told = String::from_utf8_lossy(&ran.stdout).trim_end().to_owned();
    let complained = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}\n{complained}");
    told
}

#[tokio::test]
async fn a_client_that_we_did_not_write_gets_on_with_the_fake() {
    let wechat = Wechat::holding(std::time::Duration::from_secs(2)).await;
    let (url, store) = (wechat.url(), wechat.store_url());
    let arguments = [url.as_str(), store.as_str(), BOT];
    let client = python("wechat_client.py", &arguments);
    let phone = async {
        wait_for(LONG, "a code", async || (wechat.codes() > 0).then_some(())).await;
        wechat.scan();
        wait_for(LONG, "the code to be asked after", async || {
            (wechat.asked("get_qrcode_status").len() >= 2).then_some(())
        })
        .await;
        wechat.confirm();
        wechat.wait_for_reader().await;
        wechat.say(super::ADA, "Grüezi");
    };
    let (said, ()) = tokio::join!(client, phone);
    assert_eq!(said, "done");
    // Eleven were sent, of which ten are taken.
    assert_eq!(wechat.sent().len(), 9);
    assert_eq!(wechat.items().len(), 10);
}
