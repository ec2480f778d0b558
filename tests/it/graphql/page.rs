//! GraphiQL in a real browser, signed in.

use tests::browser::{Browser, DESK};
use tests::{App, place};

#[tokio::test]
async fn a_person_asks_from_a_page_of_this_host() {
    let mut app = App::start().await;
    let said = app.process().said();
    let start = said
        .find(&format!("{}/sign-in/", app.address()))
        .expect("a link is printed");
    let link = said[start..].split_whitespace().next().unwrap().to_owned();

    let browser = Browser::start(DESK).await;
    browser.open(&link).await;
    browser.click("button").await;
    browser
        .wait_until(
            "to be signed in",
            "return document.body.innerText.includes('Signed in as')",
        )
        .await;
    browser.open(&app.url("/graphql")).await;
    browser
        .wait_until(
            "the editor",
            "return !!document.querySelector('.graphiql-query-editor .CodeMirror')",
        )
        .await;
    browser.click("button.graphiql-execute-button").await;
    browser
        .wait_until(
            "the answer",
            "return document.querySelector('.result-window')?.innerText.includes('\"RUNNING\"')",
        )
        .await;
    let answer = browser.text(".result-window").await;
    assert!(
        answer.contains("\"viewer\"") && !answer.contains("errors"),
        "{answer}"
    );
    // The schema came with it: the documentation has the words of the schema.
    browser
        .click("button[aria-label='Show Documentation Explorer']")
        .await;
    browser
        .wait_until("the documentation", "return document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Mutation')")
        .await;
    browser
        .screenshot(&place::output("screenshots").join("graphiql.png"))
        .await;
    // The policy kept nothing from loading, and nothing was loaded from elsewhere.
    assert_eq!(browser.errors().await, [""; 0]);
    let foreign = "return performance.getEntriesByType('resource').every(one => one.name.startsWith(location.origin) || one.name.startsWith('data:'))";
    browser
        .wait_until("this host's own files alone", foreign)
        .await;
    browser.close().await;
    app.finish().await;
}
