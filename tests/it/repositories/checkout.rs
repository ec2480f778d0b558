//! The files of a repository in an agent's workspace.

use serde_json::json;
use tests::App;
use tests::app::Builder;
use tests::git::GitServer;

use super::{check_out, complaint, connect};

/// A host with the agent `hoard`, and a connected repository `ada/engine`.
async fn connected(app: Builder) -> (App, tests::Channel, GitServer) {
    let (app, _callback, channel) = crate::serving_with(app, "hoard").await;
    let git = GitServer::start().await;
    git.repository("ada/engine")
        .write("README.md", "# Engine")
        .commit("first");
    let answer = connect(&app, &git.url("ada/engine"), None).await;
    assert!(answer["errors"].is_null(), "{answer}");
    (app, channel, git)
}

#[tokio::test]
async fn an_agent_reads_the_files_of_a_checkout_and_of_the_next_one() {
    let (app, channel, git) = connected(App::build()).await;
    let engine = git.repository("ada/engine");
    // Enough versions of a file that the pack has deltas, and a history that is not asked for.
    let lines: String = (0..5_000).map(|line| format!("line {line}\n")).collect();
    for version in 0..5 {
        engine.write("src/main.rs", format!("{lines}version {version}"));
        engine.write(
            &format!("data/copy{version}.txt"),
            format!("{lines}copy {version}"),
        );
        engine.commit("another");
    }
    engine.git(&["repack", "-a", "-d", "-f", "--quiet"]);
    engine
        .write("empty", "")
        .write("bin/blob", [0, 159, 146, 150]);
    let commit = engine.commit("last");
    channel.say("ada", "write own.txt mine").await;

    let answer = check_out(&app, "ada/engine", "hoard").await;
    let done = &answer["data"]["checkOutRepository"];
    assert_eq!(
        (&done["commit"], &done["files"]),
        (&json!(commit), &json!(9)),
        "{answer}"
    );
    assert_eq!(done["module"], json!(null));
    let said = channel.say("ada", "list repository/data/").await;
    assert_eq!(said[0].split(' ').count(), 5, "{said:?}");
    let stat = channel.say("ada", "stat repository/data/copy3.txt").await;
    let size = lines.len() + "copy 3".len();
    assert_eq!(
        stat,
        [format!("repository/data/copy3.txt {size} text/plain")]
    );
    assert!(channel.say("ada", "read repository/src/main.rs").await[0].ends_with("version 4"));

    engine.git(&["rm", "-r", "--quiet", "data", "empty"]);
    engine.write("README.md", "# Engine 2").commit("fewer");
    let answer = check_out(&app, "ada/engine", "hoard").await;
    assert_eq!(answer["data"]["checkOutRepository"]["files"], 3, "{answer}");
    let said = channel.say("ada", "list ").await;
    assert_eq!(
        said,
        ["own.txt repository/README.md repository/bin/blob repository/src/main.rs"]
    );
    assert_eq!(
        channel.say("ada", "read repository/README.md").await,
        ["# Engine 2"]
    );
    let loose = "SELECT count(*) FROM file_contents WHERE loose_since IS NOT NULL";
    assert_eq!(app.database().count(loose).await, 0);
    app.finish().await;
}

#[tokio::test]
async fn links_submodules_and_names_that_lead_elsewhere_are_left_out() {
    let (app, channel, git) = connected(App::build()).await;
    let engine = git.repository("ada/engine");
    std::os::unix::fs::symlink("/etc/passwd", engine.folder().join("passwd")).unwrap();
    std::os::unix::fs::symlink("..", engine.folder().join("up")).unwrap();
    engine
        .write("tab\there", "x")
        .write("ok.txt", "x")
        .commit("links");
    let head = engine.git(&["rev-parse", "HEAD"]);
    engine.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{head},module"),
    ]);
    // Git itself makes no such tree: it is written by hand.
    let blob = engine.git(&["rev-parse", "HEAD:ok.txt"]);
    let raw = engine.folder().join("raw");
    let mut tree = Vec::new();
    for (mode, name) in [
        ("100644", ".."),
        ("100644", ".GIT"),
        ("100644", "a/b"),
        ("100644", "fine"),
    ] {
        tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        tree.extend(
            (0..40)
                .step_by(2)
                .map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap()),
        );
    }
    std::fs::write(&raw, tree).unwrap();
    let bad = engine.git(&["hash-object", "-t", "tree", "--literally", "-w", "raw"]);
    std::fs::remove_file(&raw).unwrap();
    let tree = engine.git(&["write-tree"]);
    let listed = engine.git(&["ls-tree", &tree]);
    let listing = engine.folder().join("listing");
    std::fs::write(&listing, format!("{listed}\n040000 tree {bad}\tbad\n")).unwrap();
    let made = std::process::Command::new("git")
        .current_dir(engine.folder())
        .arg("mktree")
        .stdin(std::fs::File::open(&listing).unwrap())
        .output()
        .unwrap();
    let root = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    std::fs::remove_file(&listing).unwrap();
    let commit = engine.git(&["commit-tree", &root, "-m", "bad"]);
    engine.git(&["update-ref", "refs/heads/main", &commit]);

    let answer = check_out(&app, "ada/engine", "hoard").await;
    let done = &answer["data"]["checkOutRepository"];
    // Two links, a submodule, a tab in a name, and three names that are none.
    assert_eq!(
        (&done["files"], &done["leftOut"]),
        (&json!(3), &json!(7)),
        "{answer}"
    );
    let said = channel.say("ada", "list ").await;
    assert_eq!(
        said,
        ["repository/README.md repository/bad/fine repository/ok.txt"]
    );
    app.finish().await;
}

#[tokio::test]
async fn what_is_too_large_changes_nothing() {
    let small = App::build()
        .set("CLOISTER_REPOSITORY_SIZE", "64KiB")
        .set("CLOISTER_WORKSPACE_FILES", "5");
    let (app, channel, git) = connected(small).await;
    let engine = git.repository("ada/engine");
    check_out(&app, "ada/engine", "hoard").await;
    let noise: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    engine.write("noise", &noise).commit("noise");
    let told = complaint(&check_out(&app, "ada/engine", "hoard").await);
    assert!(
        told.starts_with("conflict") && told.contains("more than 65536 bytes"),
        "{told}"
    );
    // It is small on the way, and not when it is unpacked.
    engine.write("noise", vec![0; 10_000_000]).commit("zeros");
    let told = complaint(&check_out(&app, "ada/engine", "hoard").await);
    assert!(
        told.starts_with("conflict") && told.contains("bytes"),
        "{told}"
    );
    engine.git(&["rm", "--quiet", "noise"]);
    for number in 0..5 {
        engine.write(&format!("{number}"), "x");
    }
    engine.commit("many");
    let told = complaint(&check_out(&app, "ada/engine", "hoard").await);
    assert!(told.contains("more than 5 files"), "{told}");
    assert_eq!(channel.say("ada", "list ").await, ["repository/README.md"]);
    app.finish().await;
}

#[tokio::test]
async fn a_module_that_the_manifest_names_becomes_the_agents() {
    let (app, channel, git) = connected(App::build()).await;
    let engine = git.repository("ada/engine");
    let manifest = "name = \"engine\"\nmodule = \"out/agent.wasm\"\ncapabilities = [\"log\", \"state\"]\n[configuration]\nword = \"hi\"";
    for (manifest, why) in [
        ("module = \"out/agent.wasm\"", "not in the repository"),
        ("module = \"out/agent.exe\"", "no `.wasm` file"),
        ("capabilities = [\"moon\"]", "no capability"),
        ("capabilities = 3", "cloister.toml"),
    ] {
        engine.write("cloister.toml", manifest).commit("wrong");
        let told = complaint(&check_out(&app, "ada/engine", "hoard").await);
        assert!(
            told.starts_with("invalid cloister.toml") && told.contains(why),
            "{told}"
        );
    }
    engine
        .write("cloister.toml", manifest)
        .write("out/agent.wasm", "#!/bin/sh")
        .commit("no module");
    let told = complaint(&check_out(&app, "ada/engine", "hoard").await);
    assert!(told.contains("WebAssembly"), "{told}");
    let files = "SELECT count(*) FROM files";
    assert_eq!(app.database().count(files).await, 0, "nothing has changed");

    engine
        .write("out/agent.wasm", crate::guest("oblige"))
        .commit("an agent");
    let withdraw = "mutation { withdrawCapability(input: { agent: \"hoard\", capability: \"state\" }) { id } }";
    app.owner().graphql(withdraw, json!({})).await;
    let answer = check_out(&app, "ada/engine", "hoard").await;
    let done = &answer["data"]["checkOutRepository"];
    assert!(
        done["module"]["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("mod_")),
        "{answer}"
    );
    assert_eq!(done["wanted"], json!(["state"]));
    // The agent is the other one now.
    assert_eq!(channel.say("ada", "bold move").await, ["**move**"]);
    let query = "{ agents { nodes { name configuration } } }";
    let agents = app.owner().graphql(query, json!({})).await;
    let agents = agents["data"]["agents"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    let hoard = agents
        .iter()
        .find(|agent| agent["name"] == "hoard")
        .unwrap();
    assert_eq!(hoard["configuration"], json!({ "word": "hi" }));
    app.finish().await;
}
