//! The page in a real browser, at a desk and in a hand.

use tests::browser::{Browser, DESK, ENTER, PHONE, Screen, TAB};
use tests::{App, place};

use super::links::link;
use super::prompted;

/// What the terminal shows.
const TERMINAL: &str =
    "(document.querySelector('.xterm-rows')?.innerText ?? '').replaceAll('\\u00a0', ' ')";

async fn wait_for_text(browser: &Browser, text: &str) {
    let script = format!("return {TERMINAL}.includes({})", serde_json::json!(text));
    browser
        .wait_until(&format!("the terminal to show {text:?}"), &script)
        .await;
}

/// How often a text stands in the terminal.
async fn count(browser: &Browser, text: &str) -> u64 {
    let script = format!(
        "return {TERMINAL}.split({}).length - 1",
        serde_json::json!(text)
    );
    browser.run(&script).await.as_u64().unwrap()
}

#[tokio::test]
async fn a_link_leads_to_the_page_and_a_prompt_to_an_answer() {
    let mut app = App::start().await;
    let owner = app.owner();
    owner.pushed("oblige", crate::guest("oblige")).await;
    let browser = Browser::start(DESK).await;
    // One click: the page of the link goes on by itself.
    browser.open(&link(&app, "oblige").await).await;
    browser
        .wait_until(
            "the page",
            "return location.pathname.endsWith('/live') && !!document.querySelector('.xterm-rows')",
        )
        .await;

    // Tab leads to the line, where one types and presses Enter.
    for _ in 0..8 {
        if browser.run("return document.activeElement.id").await == "text" {
            break;
        }
        browser.press(TAB).await;
    }
    browser.press("Hello from the page").await;
    browser.press(ENTER).await;
    wait_for_text(&browser, "you Hello from the page").await;
    wait_for_text(&browser, "oblige Hello from the page").await;
    // What someone else does is seen as it happens: a message, and a line of the log.
    prompted(&owner, "oblige", "2", "log something is noted").await;
    wait_for_text(&browser, "info").await;
    // An answer that grows is shown above, and is said once.
    prompted(&owner, "oblige", "3", "draft the whole answer").await;
    let grows = "return document.getElementById('state').textContent.includes('Let me see')";
    browser.wait_until("the answer to grow", grows).await;
    wait_for_text(&browser, "oblige the whole answer").await;
    shoot(&browser, "live-desk").await;
    assert_eq!(browser.errors().await, [""; 0]);

    // The terminal is no trap for whoever has only keys.
    browser
        .run("document.querySelector('.xterm textarea').focus()")
        .await;
    browser.press(TAB).await;
    let left = "return !document.activeElement.closest('.xterm')";
    browser
        .wait_until("the focus to leave the terminal", left)
        .await;

    // A host that is gone for a while costs nothing.
    app.kill().await;
    let told = "return document.getElementById('state').textContent.startsWith('Reconnecting')";
    browser
        .wait_until("the page to say that it is cut off", told)
        .await;
    browser.run("document.getElementById('text').focus()").await;
    browser.press("kept while the host is away").await;
    browser.press(ENTER).await;
    let kept = "return document.getElementById('text').value === 'kept while the host is away' && \
        document.getElementById('wrong').textContent.startsWith('Not sent')";
    browser
        .wait_until("what was not sent to be kept", kept)
        .await;
    app.restart().await;
    prompted(&owner, "oblige", "4", "said while no one listened").await;
    wait_for_text(&browser, "you said while no one listened").await;
    browser.run("document.getElementById('text').focus()").await;
    browser.press(ENTER).await;
    wait_for_text(&browser, "oblige kept while the host is away").await;
    for once in [
        "you Hello from the page",
        "you said while no one listened",
        "you kept while the host is away",
    ] {
        assert_eq!(count(&browser, once).await, 1, "{once}");
    }
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
async fn the_page_fits_a_phone() {
    let app = App::start().await;
    let owner = app.owner();
    owner.pushed("oblige", crate::guest("oblige")).await;
    let browser = Browser::start(PHONE).await;
    browser.open(&link(&app, "oblige").await).await;
    browser
        .wait_until("the page", "return !!document.querySelector('.xterm-rows')")
        .await;
    browser.click("#text").await;
    browser.press("Can you read this on the train? It is a long sentence that has to be broken into lines.").await;
    browser.click("#send").await;
    wait_for_text(&browser, "oblige Can you read").await;
    prompted(&owner, "oblige", "2", "log something is noted").await;
    wait_for_text(&browser, "info").await;
    shoot(&browser, "live-phone").await;
    assert_fits(&browser, PHONE).await;
    assert_eq!(browser.errors().await, [""; 0]);
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_so() {
    let app = App::start().await;
    let browser = Browser::start(DESK).await;
    browser.open(&app.url("/agents/echo/live")).await;
    assert_eq!(browser.text("h1").await, "Sign in first");
    shoot(&browser, "live-sign-in").await;
    browser.close().await;
    app.finish().await;
}

/// Nothing is wider than the screen, and what is touched is large enough for a finger.
async fn assert_fits(browser: &Browser, screen: Screen) {
    let width = browser
        .run("return [innerWidth, document.documentElement.scrollWidth]")
        .await;
    assert_eq!(
        width,
        serde_json::json!([screen.width, screen.width]),
        "the page scrolls sideways"
    );
    for control in ["#text", "#send"] {
        let script = format!(
            "const box = document.querySelector('{control}').getBoundingClientRect(); \
            return box.height >= 36 && box.right <= innerWidth && box.bottom <= innerHeight"
        );
        browser
            .wait_until(&format!("{control} to be in reach"), &script)
            .await;
    }
    let inside = "const box = document.querySelector('.xterm-screen').getBoundingClientRect(); return box.right <= innerWidth";
    browser.wait_until("the terminal to fit", inside).await;
}

/// For people: what the page looks like.
async fn shoot(browser: &Browser, name: &str) {
    browser
        .screenshot(&place::output("screenshots").join(format!("{name}.png")))
        .await;
}
