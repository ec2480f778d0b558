//! Commands whose reader has read enough: `cloister agent list | head -1`.

use std::process::Stdio;

use tests::App;

#[tokio::test]
async fn a_command_whose_reader_is_gone_ends_quietly() {
    let app = App::start().await;
    app.owner().pushed("echo", crate::guest("echo")).await;
    let mut environment = app.environment().clone();
    environment.insert("CLOISTER_URL".to_owned(), app.address().into());
    for words in [
        &["agent", "list"][..],
        &["agent", "log", "echo"],
        &["doctor"],
        &["schema"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = tests::process::command(words, &environment);
        let ended = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), &*told), (Some(0), ""), "{words:?}");
    }
    app.finish().await;
}
