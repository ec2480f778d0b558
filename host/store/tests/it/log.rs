//! An agent's log.

use serde_json::json;
use store::agent_log::{self, NewLogLine};
use store::ids::{AgentId, TurnId};
use store::page::Page;

use crate::given::Home;

#[tokio::test]
async fn lines_are_written_at_once_and_read_newest_first() {
    let home = Home::new().await;
    let (store, owner, agent, turn) = (
        home.store(),
        home.organization,
        AgentId::new(),
        TurnId::new(),
    );
    let line = |number: usize| NewLogLine {
        turn_id: number.is_multiple_of(2).then_some(turn),
        level: "info".into(),
        message: number.to_string(),
        fields: (number == 1).then(|| json!({"a": "b"})),
    };
    let before = store.statements().executed();
    agent_log::write(store, owner, agent, (0..100).map(line).collect())
        .await
        .unwrap();
    assert_eq!(store.statements().executed() - before, 1);

    let first = agent_log::list(store, owner, agent, Page::first(98))
        .await
        .unwrap();
    assert_eq!(
        (first[0].message.as_str(), first[97].message.as_str()),
        ("99", "2")
    );
    let rest = agent_log::list(store, owner, agent, Page::after(first[97].id, 98))
        .await
        .unwrap();
    assert_eq!(rest.len(), 2);
    assert_eq!(
        (rest[0].fields.clone(), rest[0].turn_id),
        (Some(json!({"a": "b"})), None)
    );
    assert_eq!(
        (rest[1].fields.clone(), rest[1].turn_id),
        (None, Some(turn))
    );

    let mut nul = line(0);
    nul.message = "a\0b".into();
    nul.fields = Some(json!({"\0": "\0"}));
    agent_log::write(store, owner, agent, vec![nul])
        .await
        .unwrap();
    let last = agent_log::list(store, owner, agent, Page::first(1))
        .await
        .unwrap();
    assert_eq!(last[0].message, "a\u{FFFD}b");

    agent_log::write(store, owner, agent, vec![]).await.unwrap();
    assert_eq!(
        agent_log::list(store, owner, AgentId::new(), Page::first(1))
            .await
            .unwrap()
            .len(),
        0
    );
}
