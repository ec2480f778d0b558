//! Files, both ways, by the store's own addresses and by whole ones.

use serde_json::{Value, json};
use tests::fakes::wechat::{KNOWN_FILE, KNOWN_KEY};
use tests::wait::{LONG, wait_for};

use super::{ADA, connected};

fn document(media: Value) -> Value {
    let mut media = media;
    media["aes_key"] = json!(KNOWN_KEY);
    json!({ "type": 4, "file_item": { "file_name": "hello.txt", "len": "11", "media": media } })
}

#[tokio::test]
async fn files_go_both_ways() {
    let (app, wechat, account) = connected().await;
    let ask = json!({ "type": 1, "text_item": { "text": "read" } });
    let file = document(json!({ "encrypt_query_param": KNOWN_FILE }));
    wechat.bring(wechat.message(ADA, &[ask.clone(), file]));
    assert_eq!(wechat.wait_for(1).await, ["hello ilink"]);
    let log = account.log(&app).await;
    assert_eq!(
        (&log[1]["media_type"], &log[1]["media_path"]),
        (&json!("application/octet-stream"), &json!("hello.txt"))
    );

    // Where the message says is not where files are.
    let foreign = document(json!({ "full_url": "http://127.0.0.1:9/f" }));
    wechat.bring(wechat.message(ADA, &[ask, foreign]));
    let told = wechat.wait_for(2).await.remove(1);
    assert!(
        told.contains("is not here") && told.contains("own store"),
        "{told}"
    );

    wechat.say(ADA, "file of mine");
    let sent = sent_file(&wechat).await;
    assert_eq!(
        (&sent["file_name"], &sent["len"]),
        (&json!("note.txt"), &json!("7"))
    );
    let name = sent["media"]["encrypt_query_param"].as_str().unwrap();
    assert_eq!(wechat.file(name).unwrap().len(), 16);
    app.finish().await;
}

/// What WeChat was sent as a file, once it was.
async fn sent_file(wechat: &tests::fakes::wechat::Wechat) -> Value {
    wait_for(LONG, "a file", async || {
        let items = wechat.items();
        let file = items.iter().find(|item| item["type"] == 4);
        file.map(|item| item["file_item"].clone())
    })
    .await
}

#[tokio::test]
async fn what_was_sent_opens_elsewhere() {
    let (app, wechat, _) = connected().await;
    wechat.name_addresses();
    wechat.say(ADA, "file contents of a note");
    let sent = sent_file(&wechat).await;
    let media = &sent["media"];
    let (name, key) = (&media["encrypt_query_param"], &media["aes_key"]);
    let url = format!(
        "{}/download?encrypted_query_param={}",
        wechat.store_url(),
        name.as_str().unwrap()
    );
    let opened = super::peers::python("wechat_open.py", &[&url, key.as_str().unwrap()]).await;
    assert_eq!(opened, "contents of a note");
    app.finish().await;
}
