//! The outer walls: which crate may know which.

use super::{checkout, none};

/// A manifest, and what it must not list.
const WALLS: [(&str, &[&str]); 5] = [
    (
        "host",
        &[
            "diesel",
            "diesel-async",
            "diesel_migrations",
            "tokio-postgres",
            "wasmtime",
            "wit-component",
            "teloxide",
        ],
    ),
    (
        "host/sandbox",
        &[
            "axum",
            "reqwest",
            "diesel",
            "diesel-async",
            "store",
            "channels",
            "host",
        ],
    ),
    (
        "host/store",
        &["axum", "reqwest", "wasmtime", "sandbox", "channels", "host"],
    ),
    (
        "host/channels",
        &[
            "axum",
            "diesel",
            "diesel-async",
            "tokio-postgres",
            "store",
            "sandbox",
            "host",
        ],
    ),
    (
        "guest-sdk",
        &["host", "sandbox", "store", "channels", "tokio"],
    ),
];

#[test]
fn no_manifest_lists_what_its_crate_must_not_know() {
    let mut complaints = Vec::new();
    for (package, forbidden) in WALLS {
        let path = checkout().join(package).join("Cargo.toml");
        let text = std::fs::read_to_string(&path).expect("a manifest");
        for dependency in dependencies(&text) {
            if forbidden.contains(&dependency.as_str()) {
                complaints.push(format!("{package} lists {dependency}"));
            }
        }
    }
    none(complaints);
}

/// The names in every table of dependencies, those for tests and for the build included.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(table) = line.strip_prefix('[') {
            inside = table.trim_end_matches(']').ends_with("dependencies");
        } else if inside && line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            names.extend(line.split(['.', ' ', '=']).next().map(str::to_owned));
        }
    }
    names
}

#[test]
fn dependencies_are_found_in_every_table() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\na.workspace = true\n# b\nc = \"1\"\n[lints]\nworkspace = true\n\
        [target.'cfg(unix)'.dependencies]\nd = { version = \"1\" }\n[dev-dependencies]\ne.workspace = true\n";
    assert_eq!(dependencies(manifest), ["a", "c", "d", "e"]);
}
