//! What no agent may do with its files: each line says how the host took it.

use cloister_guest::{Context, Error};

/// A path for each rule that there is for one.
const PATHS: [&str; 12] = [
    "",
    "/etc/passwd",
    "../other-agent/secret",
    "a/../../b",
    "a//b",
    "a/",
    "./a",
    "a\\b",
    "a\0b",
    "a\nb",
    "a\u{202e}gpj.exe",
    " a",
];

/// Tries all of it.
pub(crate) fn all(cx: &Context) -> String {
    let files = cx.workspace();
    let mut told = Vec::new();
    let mut tell = |what: &str, outcome: Result<(), Error>| {
        told.push(match outcome {
            Ok(()) => format!("{what}: allowed"),
            Err(error) => format!("{what}: {:?}", error.code),
        });
    };
    for (number, path) in PATHS.iter().enumerate() {
        tell(&format!("path {number} written"), files.write(path, "x"));
        tell(&format!("path {number} read"), files.read(path).map(drop));
    }
    tell("a long path", files.write(&"abcdefg/".repeat(80), "x"));
    tell("a deep path", files.write(&["x"; 40].join("/"), "x"));
    tell("a file that is not there", files.read("nowhere").map(drop));
    tell("a page of none", files.entries_after("", None, 0).map(drop));
    tell(
        "a page of all",
        files.entries_after("", None, 1_001).map(drop),
    );
    tell(
        "a stretch of none",
        files.read_range("nowhere", 0, 0).map(drop),
    );
    tell("a type with lines", files.write_as("t", "a/b\r\nX: y", "x"));
    tell("more than the quota", fill(cx));
    tell("still little", files.write("little", "x"));
    told.join("\n")
}

/// Writes until it is told to stop.
fn fill(cx: &Context) -> Result<(), Error> {
    let piece = vec![0; 1 << 20];
    for number in 0..100 {
        cx.workspace().write(&format!("fill/{number}"), &piece)?;
    }
    Ok(())
}
