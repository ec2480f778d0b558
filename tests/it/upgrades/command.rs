//! `cloister agent try`, `adopt`, `roll-back` and `versions`.

use std::collections::BTreeMap;
use std::ffi::OsString;

use tests::App;

use crate::{guest, serving};

/// With which code it ended, and what it said.
fn cloister(app: &App, arguments: &[&str]) -> (Option<i32>, String) {
    let environment: BTreeMap<String, OsString> = BTreeMap::from([
        ("CLOISTER_URL".to_owned(), app.address().into()),
        ("CLOISTER_TOKEN".to_owned(), app.owner().token().into()),
    ]);
    let output = tests::process::command(arguments, &environment)
        .current_dir(app.folder())
        .output()
        .unwrap();
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test]
async fn an_agent_is_upgraded_from_the_command_line() {
    let (app, _callback, channel) = serving("echo").await;
    assert_eq!(channel.say("U1", "hi").await, ["hi"]);
    let file = app.folder().join("new.wasm");
    std::fs::write(&file, guest("oblige")).unwrap();
    let file = file.to_str().unwrap();
    let done = |arguments: &[&str]| {
        let (code, said) = cloister(&app, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        said
    };
    let said = done(&["agent", "try", "echo", file, "--share", "10"]);
    assert!(
        said.starts_with("Agent `echo` tries module ") && said.contains("10 of 100"),
        "{said}"
    );
    let said = done(&["agent", "versions", "echo"]);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(
        lines[1].contains(" 90%") && lines[2].contains(" 10%"),
        "{said}"
    );

    done(&["agent", "adopt", "echo"]);
    assert_eq!(channel.say("U1", "each one two").await, ["one", "two"]);
    done(&["agent", "roll-back", "echo"]);
    assert_eq!(channel.say("U1", "each one two").await, ["each one two"]);

    for (wrong, expected) in [
        (["agent", "try", "echo", file].as_slice(), 2),
        (&["agent", "try", "echo", "--share", "10"], 2),
        (&["agent", "try", "echo", file, "--share", "100"], 2),
        (&["agent", "versions", "nobody"], 5),
    ] {
        let (code, said) = cloister(&app, wrong);
        assert_eq!(code, Some(expected), "{wrong:?}: {said}");
    }
    let (code, said) = cloister(&app, &["agent", "adopt", "echo"]);
    assert_ne!(code, Some(0), "{said}");
    assert!(said.contains("tries no module"), "{said}");
    app.finish().await;
}
