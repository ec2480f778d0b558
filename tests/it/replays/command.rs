//! `cloister turn replay`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Output;

use tests::App;

use super::newest_turn;
use crate::{guest, serving};

fn cloister(app: &App, arguments: &[&str]) -> Output {
    let environment: BTreeMap<String, OsString> = BTreeMap::from([
        ("CLOISTER_URL".to_owned(), app.address().into()),
        ("CLOISTER_TOKEN".to_owned(), app.owner().token().into()),
    ]);
    tests::process::command(arguments, &environment)
        .current_dir(app.folder())
        .output()
        .unwrap()
}

/// With which code it ended, and what it said.
fn ended(output: &Output) -> (Option<i32>, String) {
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test]
async fn a_turn_is_run_again_from_the_command_line() {
    let (app, _callback, channel) = serving("counter").await;
    channel.say("U1", "a").await;
    let turn = newest_turn(&app).await;
    let (code, said) = ended(&cloister(&app, &["turn", "replay", &turn]));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with(&format!("{turn} same mod_")), "{said}");
    assert!(said.contains("\n  1 here, 1 in all.\n"), "{said}");

    // On another module what differs is what was asked for.
    let file = app.folder().join("new.wasm");
    std::fs::write(&file, guest("echo")).unwrap();
    let file = file.to_str().unwrap();
    let (code, said) = ended(&cloister(
        &app,
        &["turn", "replay", &turn, "--module", file],
    ));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("changed"), "{said}");
    assert!(said.contains("- 1 here, 1 in all.\n+ a\n"), "{said}");

    channel.say("U1", "b").await;
    let since = ["turn", "replay", "--since", "7d", "--agent", "counter"];
    let (code, said) = ended(&cloister(&app, &since));
    assert_eq!(
        (code, said.as_str()),
        (Some(0), "2 turns, of 2 the same came\n")
    );
    let with_module = [since.as_slice(), &["--module", file]].concat();
    let (code, said) = ended(&cloister(&app, &with_module));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.ends_with("2 turns, of 0 the same came\n"), "{said}");

    // On its own module it has to be the same: a script can tell.
    app.database().settled().await;
    app.database().rows("DELETE FROM recordings", &[]).await;
    let (code, said) = ended(&cloister(&app, &["turn", "replay", &turn]));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("missing") && said.contains("not kept any more"),
        "{said}"
    );

    for (wrong, code) in [
        (["turn", "replay"].as_slice(), 2),
        (&["turn", "replay", "--since", "7d"], 2),
        (
            &[
                "turn",
                "replay",
                "--since",
                "yesterday",
                "--agent",
                "counter",
            ],
            2,
        ),
        (&["turn", "replay", &turn, "--module", "nowhere.wasm"], 6),
    ] {
        let (ended, said) = ended(&cloister(&app, wrong));
        assert_eq!(ended, Some(code), "{wrong:?}: {said}");
    }
    app.finish().await;
}
