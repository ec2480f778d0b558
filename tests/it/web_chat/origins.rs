//! Which sites may use a channel.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::App;
use tests::visitor::Widget;

use super::{configure, widget_of};

const SHOP: &str = "https://shop.example";

/// How a page of an origin is received at an endpoint.
async fn from(
    widget: &Widget,
    origin: &str,
    method: Method,
    path: &str,
) -> (StatusCode, HeaderMap) {
    let mut request = widget
        .request(method.clone(), path)
        .header("Origin", origin);
    if method == Method::POST {
        request = request.json(&json!({}));
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.headers().clone())
}

#[tokio::test]
async fn a_site_that_was_not_allowed_is_refused_everywhere() {
    let app = App::start().await;
    let widget = widget_of(&app).await;
    let visitor = widget.open(json!({})).await;
    configure(
        &app,
        json!({ "allowed_origins": [SHOP], "identified_only": false }),
    )
    .await;
    let events = format!("/events?token={}", visitor.token());
    for origin in [
        "https://evil.example",
        "null",
        "http://shop.example",
        "https://shop.example.evil.example",
    ] {
        for (method, path) in [
            (Method::OPTIONS, "/session"),
            (Method::POST, "/session"),
            (Method::OPTIONS, "/messages"),
            (Method::POST, "/messages"),
            (Method::GET, "/messages"),
            (Method::GET, &events),
        ] {
            let (status, headers) = from(&widget, origin, method.clone(), path).await;
            assert_eq!(
                status,
                StatusCode::FORBIDDEN,
                "{method} {path} from {origin}"
            );
            assert!(
                headers.get("access-control-allow-origin").is_none(),
                "{headers:?}"
            );
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn an_allowed_site_may_ask_and_read() {
    let app = App::start().await;
    let widget = widget_of(&app).await;
    configure(
        &app,
        json!({ "allowed_origins": [SHOP], "identified_only": false }),
    )
    .await;

    let (status, headers) = from(&widget, SHOP, Method::OPTIONS, "/messages").await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(headers["access-control-allow-origin"], SHOP);
    assert!(
        headers["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .contains("authorization")
    );
    assert!(
        headers["access-control-allow-methods"]
            .to_str()
            .unwrap()
            .contains("POST")
    );
    assert!(headers["vary"].to_str().unwrap().contains("origin"));

    let (status, headers) = from(&widget, SHOP, Method::POST, "/session").await;
    assert_eq!(
        (status, &headers["access-control-allow-origin"]),
        (StatusCode::OK, &SHOP.parse().unwrap())
    );
    // What goes wrong may be read too.
    let (status, headers) = from(&widget, SHOP, Method::POST, "/messages").await;
    assert_eq!(
        (status, &headers["access-control-allow-origin"]),
        (StatusCode::BAD_REQUEST, &SHOP.parse().unwrap())
    );
    // A page of this host's own, and what is no page.
    assert_eq!(
        from(&widget, &app.address(), Method::POST, "/session")
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(widget.session(json!({})).await.0, StatusCode::OK);
    app.finish().await;
}

#[tokio::test]
async fn only_allowed_sites_frame_the_page() {
    let app = App::start().await;
    configure(
        &app,
        json!({ "allowed_origins": [SHOP], "identified_only": false }),
    )
    .await;
    let id = app
        .database()
        .rows("SELECT id::text FROM channels WHERE kind = 'web'", &[])
        .await;
    let page = app
        .http()
        .get(app.url(&format!("/chat/{}", id[0].get::<_, &str>(0))))
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains(&format!("frame-ancestors 'self' {SHOP}")),
        "{policy}"
    );
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    app.finish().await;
}
