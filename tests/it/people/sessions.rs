//! Signing in and out over `/api/auth`, the pages and GraphQL.

use reqwest::header::{LOCATION, RETRY_AFTER, SET_COOKIE};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use store::tokens::TokenKind;
use tests::App;
use tests::owner::Owner;
use tests::people::Home;

use super::{EMAIL, PASSWORD, code, data, with_password};

async fn login(app: &App, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password });
    let request = app.http().post(app.url("/api/auth/login")).json(&body);
    request.send().await.unwrap()
}

/// A session's token, and its cookie as a browser sends it back.
async fn signed_in(app: &App) -> (String, String) {
    let answer = login(app, EMAIL, PASSWORD).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let cookie = cookie(&answer);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["user"]["email"], EMAIL, "{body}");
    assert_eq!(body["user"]["organization_role"], "owner", "{body}");
    (body["token"].as_str().unwrap().to_owned(), cookie)
}

fn cookie(answer: &Response) -> String {
    let line = answer.headers()[SET_COOKIE].to_str().unwrap();
    assert!(line.contains("HttpOnly; SameSite=Lax"), "{line}");
    line.split(';').next().unwrap().to_owned()
}

async fn status_of(app: &App, header: &str, value: &str) -> StatusCode {
    let request = app.http().get(app.url("/api/agents")).header(header, value);
    request.send().await.unwrap().status()
}

async fn is_good(app: &App, token: &str) -> bool {
    let status = status_of(app, "authorization", &format!("Bearer {token}")).await;
    assert!(status == StatusCode::OK || status == StatusCode::UNAUTHORIZED);
    status == StatusCode::OK
}

#[tokio::test]
async fn a_password_opens_a_session_until_it_is_refreshed_or_ended() {
    let app = with_password().start().await;
    let (token, cookie) = signed_in(&app).await;
    assert_eq!(token.split('.').count(), 3, "{token}");
    assert!(is_good(&app, &token).await);
    assert_eq!(status_of(&app, "cookie", &cookie).await, StatusCode::OK);
    let me = app.by(&token);
    let (_, status) = me.send(Method::GET, "/api/auth/status", None).await;
    assert_eq!(
        (&status["authenticated"], &status["user"]["email"]),
        (&json!(true), &json!(EMAIL))
    );

    let (status, refreshed) = me.send(Method::POST, "/api/auth/refresh", None).await;
    assert_eq!(status, StatusCode::OK, "{refreshed}");
    let fresh = refreshed["token"].as_str().unwrap().to_owned();
    assert!(!is_good(&app, &token).await && is_good(&app, &fresh).await);
    let (status, _) = me.send(Method::POST, "/api/auth/refresh", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    let out = app
        .by(&fresh)
        .send(Method::POST, "/api/auth/logout", None)
        .await;
    assert_eq!(out, (StatusCode::OK, json!({ "ok": true })));
    assert!(!is_good(&app, &fresh).await);
    let (_, status) = app
        .by(&fresh)
        .send(Method::GET, "/api/auth/status", None)
        .await;
    assert_eq!(status, json!({ "authenticated": false, "user": null }));
    app.finish().await;
}

#[tokio::test]
async fn all_sessions_end_at_once_on_every_host() {
    let app = with_password().start().await;
    let beside = App::build().beside(&app);
    let other = beside
        .set("CLOISTER_MASTER_KEY", master_key(&app))
        .start()
        .await;
    let (here, _) = signed_in(&app).await;
    let (there, _) = signed_in(&other).await;
    assert!(is_good(&other, &here).await && is_good(&app, &there).await);

    let ended = "mutation { endSessions(keepThis: true) }";
    let answer = data(app.by(&here).graphql(ended, json!({})).await);
    assert_eq!(answer["endSessions"], 1);
    assert!(is_good(&other, &here).await && !is_good(&other, &there).await);

    let sessions = "{ sessions { nodes { isCurrent } pageInfo { hasNextPage } } }";
    let left = data(app.by(&here).graphql(sessions, json!({})).await);
    let expected =
        json!({ "nodes": [{ "isCurrent": true }], "pageInfo": { "hasNextPage": false } });
    assert_eq!(left["sessions"], expected);

    let new = "another horse battery";
    let change = "mutation($old: String, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) { id } }";
    let me = app.by(&here);
    let wrong = me
        .graphql(change, json!({ "old": "not it at all", "new": new }))
        .await;
    assert_eq!(code(&wrong), Some("invalid"));
    data(
        me.graphql(change, json!({ "old": PASSWORD, "new": new }))
            .await,
    );
    assert_eq!(
        login(&app, EMAIL, PASSWORD).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(login(&app, EMAIL, new).await.status(), StatusCode::OK);
    other.finish().await;
    app.finish().await;
}

fn master_key(app: &App) -> String {
    let text = std::fs::read_to_string(app.data().join("master.key")).unwrap();
    text.trim().to_owned()
}

#[tokio::test]
async fn a_session_is_found_by_its_id_by_its_own_person_alone() {
    let app = with_password().start().await;
    let (here, _) = signed_in(&app).await;
    let me = app.by(&here);
    let sessions = "{ sessions { nodes { id isCurrent } } }";
    let sessions = data(me.graphql(sessions, json!({})).await);
    let sessions = sessions["sessions"]["nodes"].as_array().unwrap().clone();
    let current = sessions.iter().find(|one| one["isCurrent"] == true);
    let id = &current.unwrap()["id"];

    let node = "query($id: ID!) { node(id: $id) { __typename id ... on Session { isCurrent } } }";
    let node = async |by: &Owner| {
        let found = data(by.graphql(node, json!({ "id": id })).await);
        found["node"].clone()
    };
    let seen = |is_current| json!({ "__typename": "Session", "id": id, "isCurrent": is_current });
    assert_eq!(node(&me).await, seen(true));
    let (elsewhere, _) = signed_in(&app).await;
    assert_eq!(node(&app.by(&elsewhere)).await, seen(false));
    let home = Home::of(&app).await;
    let admin = home.member(&app, "alan", "admin").await;
    let admin = home.with_token(&app, TokenKind::Personal, &admin, None);
    let key = home.with_token(&app, TokenKind::Project, &home.project, Some("admin"));
    for other in [admin.await, key.await] {
        assert_eq!(node(&other).await, Value::Null);
    }
    app.finish().await;
}

#[tokio::test]
async fn a_link_that_is_not_good_leaves_a_row_and_is_slowed_down() {
    let app = with_password().start().await;
    let sign_in = "mutation { signInWithLink(token: \"no such link\") { token } }";
    let anonymous = async || {
        let body = json!({ "query": sign_in });
        let request = app.http().post(app.url("/graphql")).json(&body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        code(&answer).map(str::to_owned)
    };
    assert_eq!(anonymous().await.as_deref(), Some("not_found"));
    let mut tries = 1;
    while anonymous().await.as_deref() == Some("not_found") {
        tries += 1;
    }
    assert_eq!(anonymous().await.as_deref(), Some("rate_limited"));
    assert!((25..=35).contains(&tries), "{tries}");
    let log = "{ auditLog(filter: { action: \"signIn\" }, first: 200) { nodes { outcome way subjectId address } } }";
    let rows = data(app.owner().graphql(log, json!({})).await)["auditLog"]["nodes"].clone();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), tries);
    let row = json!({ "outcome": "REFUSED", "way": "sign_in", "subjectId": "no account", "address": "127.0.0.1" });
    assert!(rows.iter().all(|one| *one == row), "{rows:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_refused_sign_in_does_not_tell_why() {
    let app = with_password().start().await;
    for (email, password) in [
        (EMAIL, "wrong horse battery"),
        ("eve@example.org", PASSWORD),
    ] {
        let answer = login(&app, email, password).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert!(answer.headers().get(SET_COOKIE).is_none());
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            body,
            json!({ "error": "the e-mail address or the password is wrong" })
        );
    }
    let missing = app
        .http()
        .post(app.url("/api/auth/login"))
        .json(&json!({ "email": EMAIL }));
    let missing = missing.send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::BAD_REQUEST);
    let body: Value = missing.json().await.unwrap();
    assert_eq!(body, json!({ "error": "password: is required" }));
    // Without an invite no one registers.
    let body = json!({ "email": "eve@example.org", "password": PASSWORD });
    let register = app.http().post(app.url("/api/auth/register")).json(&body);
    assert_eq!(
        register.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    app.finish().await;
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let app = with_password().start().await;
    let mut last = None;
    for _ in 0..11 {
        last = Some(login(&app, EMAIL, "wrong horse battery").await);
    }
    let last = last.unwrap();
    assert_eq!(last.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = last.headers()[RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    // The right password waits, too: else the limit would tell it.
    assert_eq!(
        login(&app, EMAIL, PASSWORD).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    app.finish().await;
}

#[tokio::test]
async fn a_header_counts_more_than_a_cookie_and_other_sites_count_nothing() {
    let app = with_password().start().await;
    let (token, cookie) = signed_in(&app).await;
    let send = async |headers: &[(&str, &str)]| {
        let mut request = app.http().post(app.url("/graphql"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let query = json!({ "query": "mutation { updateOrganization(name: \"Ours\") { name } }" });
        let answer: Value = request
            .json(&query)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        code(&answer).map(str::to_owned)
    };
    let bearer = format!("Bearer {token}");
    let of_cookie = ("cookie", cookie.as_str());
    assert_eq!(send(&[of_cookie]).await, None);
    assert_eq!(
        send(&[of_cookie, ("sec-fetch-site", "same-origin")]).await,
        None
    );
    assert!(
        send(&[of_cookie, ("sec-fetch-site", "cross-site")])
            .await
            .is_some()
    );
    assert!(
        send(&[of_cookie, ("origin", "https://evil.example")])
            .await
            .is_some()
    );
    // A header is no browser's habit.
    assert_eq!(
        send(&[("authorization", &bearer), ("sec-fetch-site", "cross-site")]).await,
        None
    );
    for wrong in [
        ("authorization", "Bearer clt_wrong"),
        ("authorization", "Basic eA=="),
        ("x-api-key", ""),
    ] {
        assert!(send(&[of_cookie, wrong]).await.is_some(), "{wrong:?}");
    }
    let owner = app.owner();
    assert!(
        send(&[("authorization", &bearer), ("x-api-key", owner.token())])
            .await
            .is_some()
    );
    assert_eq!(
        send(&[("authorization", &bearer), ("x-access-token", &token)]).await,
        None
    );
    // A login that another site's page sends signs no one in.
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let forced = app.http().post(app.url("/api/auth/login")).json(&body);
    let forced = forced
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(forced.status(), StatusCode::FORBIDDEN);
    app.finish().await;
}

#[tokio::test]
async fn a_person_signs_in_on_a_page_and_out_again() {
    let app = with_password().start().await;
    let page = app.http().get(app.url("/sign-in")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let post = async |password: &str| {
        let form = format!(
            "email=ada%40example.org&password={}",
            password.replace(' ', "+")
        );
        let request = app.http().post(app.url("/sign-in")).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.send().await.unwrap()
    };
    let wrong = post("wrong horse battery").await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let text = wrong.text().await.unwrap();
    // What was typed stays, but for the password.
    assert!(
        text.contains("role=\"alert\"") && text.contains("value=\"ada@example.org\""),
        "{text}"
    );
    assert!(!text.contains("wrong horse"), "{text}");

    let right = post(PASSWORD).await;
    assert_eq!(
        (right.status(), &right.headers()[LOCATION]),
        (StatusCode::SEE_OTHER, &"/".parse().unwrap())
    );
    let cookie = cookie(&right);
    let front = async |cookie: &str| {
        let request = app.http().get(app.url("/")).header("cookie", cookie);
        request.send().await.unwrap().text().await.unwrap()
    };
    let signed_in = front(&cookie).await;
    assert!(signed_in.contains("Signed in as ada@example.org") && signed_in.contains("Sign out"));

    let out = app
        .http()
        .post(app.url("/sign-out"))
        .header("cookie", &cookie);
    let out = out.send().await.unwrap();
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    assert!(
        out.headers()[SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert!(!front(&cookie).await.contains("Signed in"));
    app.finish().await;
}

#[tokio::test]
async fn a_one_time_link_signs_in_once_over_graphql() {
    let mut app = App::start().await;
    let said = app.process().said();
    let token = said.split("/sign-in/").nth(1).unwrap();
    let token: String = token
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c))
        .collect();
    let query =
        "mutation($token: String!) { signInWithLink(token: $token) { token user { email } } }";
    let ask = async || {
        let body = json!({ "query": query, "variables": { "token": token } });
        let request = app.http().post(app.url("/graphql")).json(&body);
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let session = data(ask().await)["signInWithLink"]["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(code(&ask().await), Some("not_found"));

    // The account gets an address and a password, and is signed in with them.
    let me = app.by(&session);
    let update =
        "mutation { updateViewer(input: { email: \"ada@example.org\", name: \"Ada\" }) { email } }";
    data(me.graphql(update, json!({})).await);
    let change = "mutation($new: String!) { changePassword(newPassword: $new) { id } }";
    data(me.graphql(change, json!({ "new": PASSWORD })).await);
    let sign_in = "mutation($password: String!) { signIn(email: \"ADA@example.org\", password: $password) { user { name } } }";
    let body = json!({ "query": sign_in, "variables": { "password": PASSWORD } });
    let request = app.http().post(app.url("/graphql")).json(&body);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(data(answer)["signIn"]["user"]["name"], "Ada");
    app.finish().await;
}

#[tokio::test]
async fn a_refused_sign_in_is_in_the_audit_log_without_what_was_typed() {
    let app = with_password().start().await;
    for email in [EMAIL, "no.one@example.org"] {
        let refused = login(&app, email, "not the password").await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
    let log = "{ auditLog(filter: { action: \"signIn\" }, first: 2) {
        nodes { outcome errorCode userId subjectId way entrance address detail } } }";
    let log = data(app.owner().graphql(log, json!({})).await);
    let viewer = data(app.owner().graphql("{ viewer { id } }", json!({})).await);
    let rows = log["auditLog"]["nodes"].as_array().unwrap();
    let row = |subject: Value| {
        json!({ "outcome": "REFUSED", "errorCode": "unauthenticated", "userId": null, "subjectId": subject,
            "way": "sign_in", "entrance": "rest", "address": "127.0.0.1", "detail": {} })
    };
    assert_eq!(rows[0], row(json!("no account")));
    let of_account = rows[1]["subjectId"].as_str().unwrap();
    assert_eq!(rows[1], row(json!(of_account)));
    assert_eq!(super::public("usr", of_account), viewer["viewer"]["id"]);
    app.finish().await;
}

#[tokio::test]
async fn what_has_expired_and_old_rows_of_the_log_are_cleaned_away() {
    let mut app = App::start().await;
    let (owner, home) = (app.owner(), tests::people::Home::of(&app).await);
    for name in ["Ours", "Yours"] {
        let rename = format!("mutation {{ updateOrganization(name: \"{name}\") {{ name }} }}");
        data(owner.graphql(&rename, json!({})).await);
    }
    let key = "mutation($id: ID!) { createProjectKey(input: { projectId: $id, name: \"x\", expiresInDays: 1 }) { apiKey { id } } }";
    data(owner.graphql(key, json!({ "id": home.project })).await);
    let database = app.database();
    for statement in [
        "UPDATE audit SET at = now() - interval '8 days' WHERE detail ->> 'name' = 'Ours'",
        "UPDATE tokens SET expires_at = now() - interval '31 days' WHERE kind = 'project'",
    ] {
        database.rows(statement, &[]).await;
    }
    app.terminate().await;
    app.set("CLOISTER_AUDIT_DAYS", Some("7"));
    app.restart().await;

    let count = "SELECT (SELECT count(*) FROM tokens WHERE kind = 'project') + (SELECT count(*) FROM audit WHERE detail ->> 'name' = 'Ours')";
    tests::wait::wait_for(tests::wait::LONG, "cleaning", async || {
        let left: i64 = app.database().rows(count, &[]).await[0].get(0);
        (left == 0).then_some(())
    })
    .await;
    let log = "{ auditLog { nodes { action } } }";
    let log = data(app.owner().graphql(log, json!({})).await);
    let left = json!([{ "action": "createProjectKey" }, { "action": "updateOrganization" }]);
    assert_eq!(log["auditLog"]["nodes"], left);
    app.finish().await;
}
