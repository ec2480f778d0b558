//! Web chat: the API that the chat page and the widget use.

mod identity;
mod origins;
mod stream;
mod talk;
mod tokens;

use serde_json::Value;
use tests::App;
use tests::visitor::Widget;

/// The web channel that every host has from its first start, whose agent is the echo.
pub(crate) async fn widget_of(app: &App) -> Widget {
    let rows = app
        .database()
        .rows("SELECT id::text FROM channels WHERE kind = 'web'", &[])
        .await;
    assert_eq!(rows.len(), 1, "a fresh host has one web channel");
    let id = format!("ch_{}", rows[0].get::<_, &str>(0).replace('-', ""));
    Widget::new(&app.address(), &id, app.http().clone())
}

/// Changes what the web channel is configured with. No way in does so yet.
async fn configure(app: &App, configuration: Value) {
    let update = "UPDATE channels SET configuration = $1::text::jsonb, version = version + 1 WHERE kind = 'web'";
    app.database()
        .rows(update, &[&configuration.to_string()])
        .await;
}
