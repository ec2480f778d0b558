//! Uploads, by the multipart request specification.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::App;

use super::ask;

const PUSH: &str =
    "mutation($name: String!, $file: Upload!) { pushAgentModule(name: $name, file: $file) {
    isNew isChanged agent { id name status } module { id size capabilities interfaceVersion } } }";

/// A body of the parts, each with its name.
fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let is_file = name.chars().all(|c| c.is_ascii_digit());
        let file = if is_file {
            "; filename=\"agent.wasm\"\r\nContent-Type: application/wasm"
        } else {
            ""
        };
        body.extend(
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                .bytes(),
        );
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    body
}

async fn send(app: &App, parts: &[(&str, &[u8])]) -> (StatusCode, Value) {
    let request = app.owner().request(Method::POST, "/graphql");
    let request = request
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body(parts));
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn push(app: &App, name: &str, module: &[u8]) -> Value {
    let operations =
        json!({ "query": PUSH, "variables": { "name": name, "file": null } }).to_string();
    let parts: [(&str, &[u8]); 3] = [
        ("operations", operations.as_bytes()),
        ("map", br#"{"0": ["variables.file"]}"#),
        ("0", module),
    ];
    let (status, answer) = send(app, &parts).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn a_module_is_pushed_and_rolled_back() {
    let app = App::start().await;
    let first = push(&app, "mine", &crate::guest("echo")).await["data"]["pushAgentModule"].clone();
    assert_eq!(
        (
            &first["isNew"],
            &first["isChanged"],
            &first["agent"]["status"]
        ),
        (&json!(true), &json!(true), &json!("RUNNING"))
    );
    assert!(first["module"]["size"].as_i64().unwrap() > 1000, "{first}");
    let second =
        push(&app, "mine", &crate::guest("counter")).await["data"]["pushAgentModule"].clone();
    assert_eq!(
        (&second["isNew"], &second["isChanged"]),
        (&json!(false), &json!(true))
    );

    let back = "mutation($id: ID!, $module: ID) { rollBackAgent(id: $id, module: $module) {
        module { id } modules { nodes { module { id } since } } } }";
    let agent = &first["agent"]["id"];
    let rolled = ask(&app, back, json!({ "id": agent })).await["rollBackAgent"].clone();
    assert_eq!(rolled["module"]["id"], first["module"]["id"]);
    let history: Vec<&Value> = rolled["modules"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["module"]["id"])
        .collect();
    assert_eq!(
        history,
        [
            &first["module"]["id"],
            &second["module"]["id"],
            &first["module"]["id"]
        ]
    );
    let named = json!({ "id": agent, "module": second["module"]["id"] });
    assert_eq!(
        ask(&app, back, named.clone()).await["rollBackAgent"]["module"]["id"],
        second["module"]["id"]
    );
    assert_eq!(super::refused(&app, back, named).await.0, "conflict");
    app.finish().await;
}

#[tokio::test]
async fn what_is_no_module_is_refused_and_not_kept() {
    let app = App::build()
        .set("CLOISTER_MODULE_SIZE", "256KiB")
        .set("CLOISTER_FILE_SIZE", "256KiB")
        .start()
        .await;
    let refused = push(&app, "bad", b"this is no wasm").await;
    assert!(
        refused["errors"][0]["extensions"]["code"].is_string(),
        "{refused}"
    );

    let operations =
        json!({ "query": PUSH, "variables": { "name": "big", "file": null } }).to_string();
    let parts: [(&str, &[u8]); 3] = [
        ("operations", operations.as_bytes()),
        ("map", br#"{"0": ["variables.file"]}"#),
        ("0", &vec![0; 300 << 10]),
    ];
    let (status, answer) = send(&app, &parts).await;
    assert_eq!(
        (status, &answer["errors"][0]["extensions"]["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large"))
    );

    let swapped: [(&str, &[u8]); 2] = [
        ("map", br#"{"0": ["variables.file"]}"#),
        ("operations", operations.as_bytes()),
    ];
    assert_eq!(send(&app, &swapped).await.0, StatusCode::BAD_REQUEST);
    let elsewhere: [(&str, &[u8]); 3] = [
        ("operations", operations.as_bytes()),
        ("map", br#"{"0": ["variables.shoe"]}"#),
        ("0", b"x"),
    ];
    assert_eq!(send(&app, &elsewhere).await.0, StatusCode::BAD_REQUEST);

    // A stranger's file is not read.
    let request = app
        .http()
        .post(app.url("/graphql"))
        .header("content-type", "multipart/form-data; boundary=edge");
    let stranger = request.body(body(&parts)).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        app.database()
            .count("SELECT count(*) FROM agents WHERE name IN ('bad', 'big')")
            .await,
        0
    );
    app.finish().await;
}
