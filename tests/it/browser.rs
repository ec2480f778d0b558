//! The chat page in a real browser, at a desk and in a hand.

use tests::browser::{Browser, DESK, ENTER, PHONE, Screen, TAB};
use tests::{App, place};

/// What the page shows, as who said what.
const LOG: &str = "return [...document.querySelectorAll('#log .bubble')].map(bubble => bubble.lastElementChild.innerText)";

/// The page that a fresh host prints the address of.
fn chat_page(app: &mut App) -> String {
    let said = app.process().said();
    let start = said
        .find(&format!("{}/chat/", app.address()))
        .expect("a chat's address is printed");
    said[start..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn the_chat_is_used_with_a_keyboard() {
    let mut app = App::start().await;
    let browser = Browser::start(DESK).await;
    browser.open(&chat_page(&mut app)).await;
    shoot(&browser, "chat-desk-empty").await;

    // Tab leads to the message box, where one types and presses Enter.
    for _ in 0..8 {
        if browser.run("return document.activeElement.id").await == "text" {
            break;
        }
        browser.press(TAB).await;
    }
    browser.press("Hello from the keyboard").await;
    browser.press(ENTER).await;
    wait_for_log(
        &browser,
        &["Hello from the keyboard", "Hello from the keyboard"],
    )
    .await;
    browser.press("And once more").await;
    browser.press(ENTER).await;
    let all = [
        "Hello from the keyboard",
        "Hello from the keyboard",
        "And once more",
        "And once more",
    ];
    wait_for_log(&browser, &all).await;
    shoot(&browser, "chat-desk").await;

    browser.reload().await;
    wait_for_log(&browser, &all).await;

    // Every control is reached with Tab, and shows that it has the focus.
    browser.press(TAB).await;
    let outlined = "const at = document.activeElement; return at !== document.body && \
        (getComputedStyle(at).outlineStyle !== 'none' || getComputedStyle(at).boxShadow !== 'none')";
    browser.wait_until("the focus to be seen", outlined).await;
    assert_eq!(browser.errors().await, [""; 0]);
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
async fn the_chat_fits_a_phone() {
    let mut app = App::start().await;
    let browser = Browser::start(PHONE).await;
    browser.open(&chat_page(&mut app)).await;

    browser.click("#text").await;
    browser.press("Can you read this on the train? It is a long sentence that has to be broken into lines.").await;
    browser.click("#send").await;
    browser
        .wait_until(
            "the reply",
            &format!("return (() => {{ {LOG} }})().length === 2"),
        )
        .await;
    browser.press("https://example.com/a-very-long-address-without-any-space-in-it-at-all-that-has-no-place-to-break").await;
    browser.click("#send").await;
    browser
        .wait_until(
            "the second reply",
            &format!("return (() => {{ {LOG} }})().length === 4"),
        )
        .await;
    shoot(&browser, "chat-phone").await;

    assert_fits(&browser, PHONE).await;
    assert_eq!(browser.errors().await, [""; 0]);
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
}

async fn wait_for_log(browser: &Browser, texts: &[&str]) {
    let script = format!(
        "return JSON.stringify((() => {{ {LOG} }})()) === {}",
        serde_json::json!(serde_json::json!(texts).to_string())
    );
    browser
        .wait_until("the log to show what was said", &script)
        .await;
}

/// For people: what the page looks like.
async fn shoot(browser: &Browser, name: &str) {
    browser
        .screenshot(&place::output("screenshots").join(format!("{name}.png")))
        .await;
}
