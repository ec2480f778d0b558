//! Links: one click, one use, a quarter of an hour.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE};
use serde_json::json;
use store::tokens::TokenKind;
use tests::App;
use tests::people::Home;

/// A link to the page of an agent of the owner's.
pub(super) async fn link(app: &App, agent: &str) -> String {
    let query = "mutation($agent: String!) { createLiveLink(agent: $agent) { url expiresAt } }";
    let answer = app.owner().graphql(query, json!({ "agent": agent })).await;
    let url = answer["data"]["createLiveLink"]["url"].as_str();
    url.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn a_preview_uses_nothing_up_and_a_person_gets_in_once() {
    let app = App::start().await;
    let url = link(&app, "echo").await;
    assert!(
        url.starts_with(&app.url("/api/auth/session-login?sid=lnk_")),
        "{url}"
    );

    // What a chat does with an address in it.
    for _ in 0..3 {
        let answer = app.http().get(&url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().get(SET_COOKIE).is_none());
        let policy = answer.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("<form id=\"enter\" method=\"post\">"),
            "{page}"
        );
        assert!(!page.contains("lnk_"), "{page}");
    }
    assert_eq!(
        app.http().head(&url).send().await.unwrap().status(),
        StatusCode::OK
    );

    // Another site's page does not get anyone in.
    let foreign = app.http().post(&url).header("Sec-Fetch-Site", "cross-site");
    let foreign = foreign
        .header("Origin", "https://evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);

    // Of two clicks at once, one gets in.
    let (one, other) = tokio::join!(app.http().post(&url).send(), app.http().post(&url).send());
    let mut answers = [one.unwrap(), other.unwrap()];
    answers.sort_by_key(|answer| answer.status());
    assert_eq!(answers[0].status(), StatusCode::SEE_OTHER);
    assert_eq!(answers[1].status(), StatusCode::CONFLICT);
    let cookie = answers[0].headers()[SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let place = answers[0].headers()[LOCATION].to_str().unwrap().to_owned();
    let (session, _) = cookie.split_once(';').unwrap();
    let page = app
        .http()
        .get(app.url(&place))
        .header("Cookie", session)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.unwrap();
    assert!(html.contains("<h1 class=\"bar-title\">echo</h1>"), "{html}");
    assert!(!html.contains("<script>"), "{html}");
    app.finish().await;
}

#[tokio::test]
async fn a_link_that_is_too_old_or_made_up_lets_no_one_in() {
    let app = App::start().await;
    let url = link(&app, "echo").await;
    let age = "UPDATE live_links SET expires_at = now() - interval '1 second'";
    app.database().rows(age, &[]).await;
    for url in [
        url.as_str(),
        &app.url("/api/auth/session-login?sid=lnk_made-up"),
    ] {
        let answer = app.http().post(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        assert!(answer.headers().get(SET_COOKIE).is_none());
        assert!(answer.text().await.unwrap().contains("Ask for a new one"));
    }
    let answer = app
        .http()
        .post(app.url("/api/auth/session-login"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    app.finish().await;
}

#[tokio::test]
async fn a_link_is_made_by_those_who_may_open_the_page() {
    let app = App::start().await;
    let home = Home::of(&app).await;
    let stranger = home.person(&app, "stranger").await;
    let stranger = home
        .with_token(&app, TokenKind::Personal, &stranger, None)
        .await;
    let key = home
        .with_token(&app, TokenKind::Project, &home.project, Some("admin"))
        .await;
    let agent = tests::people::first_agent(app.database()).await;
    let query = "mutation($agent: String!) { createLiveLink(agent: $agent) { url } }";
    for (who, code) in [(&stranger, "not_found"), (&key, "forbidden")] {
        let answer = who.graphql(query, json!({ "agent": agent })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
    }
    let count = "SELECT count(*) FROM live_links";
    assert_eq!(app.database().count(count).await, 0);
    app.finish().await;
}
