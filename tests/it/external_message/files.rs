//! Messages with a file.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::App;
use tests::fakes::openai::{Act, Openai};

use super::{Answer, Outside, read};

const MEDIA: &str = "/api/external/media-message";

/// A form, as a browser writes it.
#[derive(Default)]
struct Form(Vec<u8>);

impl Form {
    fn text(self, name: &str, text: &str) -> Form {
        self.part(&format!("name=\"{name}\""), text.as_bytes())
    }

    fn file(self, bytes: &[u8], name: &str, content_type: &str) -> Form {
        let head = format!("name=\"file\"; filename=\"{name}\"\r\ncontent-type: {content_type}");
        self.part(&head, bytes)
    }

    fn part(mut self, head: &str, bytes: &[u8]) -> Form {
        let head = format!("--edge\r\ncontent-disposition: form-data; {head}\r\n\r\n");
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(bytes);
        self.0.extend_from_slice(b"\r\n");
        self
    }
}

fn form(outside: &Outside, form: Form) -> reqwest::RequestBuilder {
    let mut body = form.0;
    body.extend_from_slice(b"--edge--\r\n");
    let request = outside.app.http().post(outside.app.url(MEDIA));
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    request.body(body)
}

async fn send(outside: &Outside, body: Form) -> Answer {
    let request = form(outside, body).bearer_auth(&outside.token);
    read(request.send().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_file_comes_with_its_message_and_is_kept_with_it() {
    let outside = Outside::start().await;
    let bytes: Vec<u8> = (0..3_u32 << 20)
        .map(|number| number.to_le_bytes()[0])
        .collect();
    let form = Form::default()
        .text("sessionId", "user-42")
        .file(&bytes, "../photos/cat.png", "image/png")
        .text("message", "look")
        .text("currentPath", "photos")
        .text("publicMode", "true")
        .text("runtimeData", "{\"a\":1}");
    let answer = send(&outside, form).await;
    assert_eq!(answer.reply(), "look\n📎 cat.png (image/png)");
    assert_eq!(
        (answer.project(), answer.context("currentPath")),
        ("home", "photos")
    );

    let query = "SELECT content::text FROM messages WHERE direction = 'inbound'";
    let content: String = outside.app.database().rows(query, &[]).await[0].get(0);
    let content: Value = serde_json::from_str(&content).unwrap();
    assert_eq!(content["attachments"][0]["size"], bytes.len());
    let kept = &content["attachments"][0]["source"]["Inline"];
    assert!(kept.as_str().unwrap().len() < bytes.len() * 3 / 2);
    let metadata = content["metadata"].as_array().unwrap();
    for noted in [json!(["kind", "image"]), json!(["public_mode", "true"])] {
        assert!(metadata.contains(&noted), "{noted}: {metadata:?}");
    }
    // The session is the same, with and without files; a text is not needed.
    let form = Form::default()
        .file(b"%PDF", "a.pdf", "application/pdf")
        .text("kind", "document")
        .text("sessionId", "user-42");
    let second = send(&outside, form).await;
    assert_eq!(second.reply(), "📎 a.pdf (application/pdf)");
    assert_eq!(second.chat(), answer.chat());
    assert_eq!(outside.say("user-42", "hello").await.chat(), answer.chat());
    outside.app.finish().await;
}

#[tokio::test]
async fn what_is_no_message_with_a_file_is_declined() {
    let small = App::build().set("CLOISTER_MEDIA_SIZE", "1MiB");
    let outside = Outside::with(small).await;
    let session = || Form::default().text("sessionId", "s");
    let with_file = || session().file(b"x", "x.txt", "text/plain");
    let too_much = vec![0; (1 << 20) + 1];
    let bad = StatusCode::BAD_REQUEST;
    let large = StatusCode::PAYLOAD_TOO_LARGE;
    for (form, status, told) in [
        (session(), bad, "file is required"),
        (
            Form::default().file(b"x", "x", "a/b"),
            bad,
            "sessionId is required",
        ),
        (session().file(b"", "x", "a/b"), bad, "file: is empty"),
        (
            with_file().file(b"x", "x", "a/b"),
            bad,
            "file: is there twice",
        ),
        (
            with_file().text("kind", "hologram"),
            bad,
            "kind: must be one of",
        ),
        (
            with_file().text("runtimeData", "{"),
            bad,
            "runtimeData: is not JSON",
        ),
        (
            with_file().text("runtimeData", "[]"),
            bad,
            "runtimeData: must be",
        ),
        (
            with_file().text("currentPath", "../x"),
            bad,
            "currentPath: must not",
        ),
        (
            session().file(&too_much, "x", "a/b"),
            large,
            "the file is larger than 1048576 bytes",
        ),
        (
            session().text("message", &"x".repeat(300 << 10)),
            large,
            "a field is larger than",
        ),
        (
            with_file().text("projectId", "nowhere"),
            StatusCode::NOT_FOUND,
            "Project \"nowhere\" not found",
        ),
    ] {
        let answer = send(&outside, form).await;
        let error = answer.declined(status);
        assert!(error.starts_with(told), "{told}: {error}");
    }
    let request = outside.app.http().post(outside.app.url(MEDIA));
    let request = request
        .bearer_auth(&outside.token)
        .json(&json!({ "sessionId": "s" }));
    let answer = read(request.send().await.unwrap()).await.unwrap();
    assert!(answer.declined(bad).starts_with("body: is no form"));
    let strange = form(&outside, with_file()).send().await.unwrap();
    assert_eq!(strange.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(outside.count("SELECT count(*) FROM messages").await, 0);
    outside.app.finish().await;
}

#[tokio::test]
async fn an_image_is_shown_to_the_assistants_model() {
    let openai = Openai::start().await;
    openai.next([Act::Say("A cat.".to_owned())]);
    let outside = Outside::with(crate::models::with_model(App::build(), &openai)).await;
    let form = Form::default()
        .text("sessionId", "user-42")
        .file(b"\x89PNG", "cat.png", "image/png")
        .text("message", "What is this?");
    assert_eq!(send(&outside, form).await.reply(), "A cat.");
    let asked = openai.asked().remove(0).body;
    let content = &asked["messages"].as_array().unwrap().last().unwrap()["content"];
    assert!(
        content[0]["text"]
            .as_str()
            .unwrap()
            .contains("What is this?"),
        "{content}"
    );
    let image =
        json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBORw==" } });
    assert_eq!(content[1], image);
    outside.app.finish().await;
}
