//! What operations are tried on.

use tests::App;
use tests::people::Home;

/// A conversation that nobody holds.
pub(super) async fn quiet_conversation(app: &App, home: &Home, channel: &str) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let statement = format!(
        "INSERT INTO conversations (organization_id, id, channel_id, platform_chat_id)
         VALUES ('{}', '{id}', '{channel}', 'u:quiet')",
        home.organization
    );
    app.database().rows(&statement, &[]).await;
    id
}

/// A call of a tool that was made: whoever may decide about it is told so.
pub(super) async fn made_call(app: &App, home: &Home) -> String {
    let id = uuid::Uuid::now_v7();
    let statement = format!(
        "INSERT INTO tool_calls
             (organization_id, turn_id, call, id, conversation_id, project_id, agent_id, name, request, status, answer)
         SELECT '{}', '{id}', 0, '{id}', '{id}', id, '{id}', 'a__b', '', 'answered', '' FROM projects
         WHERE organization_id = '{}' AND (slug = '{}' OR id::text = '{}')",
        home.organization, home.organization, home.project, home.project
    );
    app.database().rows(&statement, &[]).await;
    format!("tcl_{}", id.simple())
}

/// A delivery that is over: whoever may change it is told so.
pub(super) async fn finished_delivery(app: &App, home: &Home, channel: &str) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let other = uuid::Uuid::now_v7();
    let statement = format!(
        "INSERT INTO deliveries (organization_id, id, conversation_id, channel_id, message_id, status)
         VALUES ('{}', '{id}', '{other}', '{channel}', '{other}', 'delivered')",
        home.organization
    );
    app.database().rows(&statement, &[]).await;
    id
}
