//! Agents: names, modules, grants, and a version that moves with each change.

use serde_json::json;
use store::agents::{self, AgentChanges, AgentStatus, ModuleDigest};
use store::error::StoreError;
use store::ids::{AgentId, OrganizationId};
use store::page::Page;
use store::{channels, modules};

use crate::given::Home;

#[tokio::test]
async fn a_new_agent_is_stopped_and_has_its_grants() {
    let home = Home::new().await;
    let before = home.store().statements().executed();
    let made = home.agent("Echo").await;
    assert_eq!(home.store().statements().executed() - before, 1);

    assert_eq!(
        (made.status, made.version, made.module_digest),
        (AgentStatus::Stopped, 1, None)
    );
    let granted = agents::grants(home.store(), home.organization, made.id)
        .await
        .unwrap();
    assert_eq!(
        granted
            .iter()
            .map(|grant| grant.capability.as_str())
            .collect::<Vec<_>>(),
        ["log", "state"]
    );
    let found = agents::find_by_name(home.store(), home.organization, home.project, "ECHO")
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, made.id);
    assert!(
        agents::find(home.store(), OrganizationId::new(), made.id)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case_until_its_agent_is_deleted() {
    let home = Home::new().await;
    let first = home.agent("echo").await;
    let taken = agents::create(home.store(), home.new_agent("Echo"))
        .await
        .unwrap_err();
    assert!(taken.is_conflict_of("agents_name_key"), "{taken:?}");
    let malformed = agents::create(home.store(), home.new_agent("no name"))
        .await
        .unwrap_err();
    assert!(
        matches!(malformed, StoreError::Refused { .. }),
        "{malformed:?}"
    );

    agents::delete(home.store(), home.organization, first.id)
        .await
        .unwrap();
    home.agent("Echo").await;
}

#[tokio::test]
async fn an_agent_points_at_a_module_and_remembers_those_before() {
    let home = Home::new().await;
    let agent = home.agent("echo").await;
    let (one, two) = (home.module(1).await, home.module(2).await);

    for module in [one, two, one] {
        agents::point_at(home.store(), home.organization, agent.id, module)
            .await
            .unwrap();
    }

    let found = agents::find(home.store(), home.organization, agent.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.module_digest, found.version), (Some(one), 4));
    let history = agents::history(home.store(), home.organization, agent.id, Page::first(2))
        .await
        .unwrap();
    assert_eq!(
        history
            .iter()
            .map(|line| line.module_digest)
            .collect::<Vec<_>>(),
        [one, two]
    );
    let rest = Page::after(history[1].sequence, 10);
    let rest = agents::history(home.store(), home.organization, agent.id, rest)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
}

#[tokio::test]
async fn a_module_is_tried_beside_the_one_that_an_agent_points_at() {
    let home = Home::new().await;
    let agent = home.agent("echo").await;
    let (one, two) = (home.module(1).await, home.module(2).await);
    let three = home.module(3).await;
    let attempt = async |module, share| {
        agents::begin_trial(home.store(), home.organization, agent.id, module, share).await
    };
    // Beside none there is nothing to try.
    assert!(matches!(attempt(one, 10).await, Err(StoreError::NotFound)));
    let point_at = async |module| {
        agents::point_at(home.store(), home.organization, agent.id, module)
            .await
            .unwrap()
    };
    point_at(one).await;
    assert!(matches!(attempt(one, 10).await, Err(StoreError::NotFound)));
    for share in [0, 100] {
        let refused = attempt(two, share).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    }
    let tried = attempt(two, 10).await.unwrap();
    assert_eq!(
        (tried.module_digest, tried.trial_digest, tried.trial_share),
        (Some(one), Some(two), Some(10))
    );
    let more = attempt(two, 50).await.unwrap();
    assert_eq!(
        (more.trial_share, more.trial_since, more.version),
        (Some(50), tried.trial_since, tried.version + 1)
    );
    // No conversation is let go, and there is one trial at a time.
    assert!(matches!(attempt(two, 49).await, Err(StoreError::NotFound)));
    let other = attempt(three, 60).await;
    assert!(matches!(other, Err(StoreError::NotFound)));
    let read = store::turns::runnable(home.store(), home.organization, agent.id);
    let read = read.await.unwrap();
    assert_eq!(
        (read.trial_digest, read.trial_share),
        (Some(vec![2; 32]), Some(50))
    );

    let over = agents::end_trial(home.store(), home.organization, agent.id);
    let over = over.await.unwrap();
    assert_eq!((over.module_digest, over.trial_digest), (Some(one), None));
    assert_eq!((over.trial_share, over.trial_since), (None, None));
    // Whatever it points at from now on, it is in all conversations.
    attempt(two, 10).await.unwrap();
    let pointed = point_at(three).await;
    assert_eq!((pointed.trial_digest, pointed.trial_share), (None, None));
    let history = agents::history(home.store(), home.organization, agent.id, Page::first(9));
    assert_eq!(history.await.unwrap().len(), 2);
}

#[tokio::test]
async fn modules_of_running_agents_are_told_once_each_the_newest_first() {
    let home = Home::new().await;
    let modules = [home.module(1).await, home.module(2).await];
    let mut made = Vec::new();
    for (name, module) in [("a", 0), ("b", 1), ("c", 0), ("d", 1)] {
        let agent = home.agent(name).await.id;
        let module = modules[module];
        agents::point_at(home.store(), home.organization, agent, module)
            .await
            .unwrap();
        made.push(agent);
    }
    let running = async || agents::modules_of_running(home.store(), 9).await.unwrap();
    let set = async |agent, status| {
        agents::set_status(home.store(), home.organization, agent, status, None)
            .await
            .unwrap()
    };
    assert_eq!(running().await, []);
    for agent in &made[..3] {
        set(*agent, AgentStatus::Running).await;
    }
    assert_eq!(running().await, modules);
    let one = agents::modules_of_running(home.store(), 1).await.unwrap();
    assert_eq!(one, modules[..1]);
    set(made[1], AgentStatus::Failed).await;
    assert_eq!(running().await, modules[..1]);
    for agent in [made[0], made[2]] {
        agents::delete(home.store(), home.organization, agent)
            .await
            .unwrap();
    }
    assert_eq!(running().await, []);
}

#[tokio::test]
async fn a_module_that_is_not_there_leaves_the_agent_as_it_was() {
    let home = Home::new().await;
    let agent = home.agent("echo").await;
    let unknown = ModuleDigest::from([7; 32]);
    let refused = agents::point_at(home.store(), home.organization, agent.id, unknown)
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    assert_eq!(
        agents::history(home.store(), home.organization, agent.id, Page::first(9))
            .await
            .unwrap()
            .len(),
        0
    );

    let module = home.module(1).await;
    let nobody = agents::point_at(home.store(), home.organization, AgentId::new(), module).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_module_is_kept_once() {
    let home = Home::new().await;
    let digest = home.module(1).await;
    home.module(1).await;
    let found = modules::find(home.store(), home.organization, digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.uploaded_size, found.inspection),
        (3, json!({"interface": "1.0.0"}))
    );
    let component = modules::component(home.store(), home.organization, digest)
        .await
        .unwrap();
    assert_eq!(component.as_deref(), Some(&[1, 1, 1, 1][..]));
    assert!(
        modules::component(home.store(), OrganizationId::new(), digest)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn every_change_moves_the_version() {
    let home = Home::new().await;
    let id = home.agent("echo").await.id;
    let (store, owner) = (home.store(), home.organization);
    let version = async || {
        agents::find(store, owner, id)
            .await
            .unwrap()
            .unwrap()
            .version
    };

    let changes = AgentChanges {
        configuration: Some(json!({"a": 1})),
        ..AgentChanges::default()
    };
    let changed = agents::update(store, owner, id, changes).await.unwrap();
    assert_eq!(
        (
            changed.configuration,
            changed.name.as_str(),
            changed.version
        ),
        (json!({"a": 1}), "echo", 2)
    );
    let failed = agents::set_status(store, owner, id, AgentStatus::Failed, Some("trap"))
        .await
        .unwrap();
    assert_eq!(
        (
            failed.status,
            failed.status_reason.as_deref(),
            failed.version
        ),
        (AgentStatus::Failed, Some("trap"), 3)
    );
    let running = agents::set_status(store, owner, id, AgentStatus::Running, None)
        .await
        .unwrap();
    assert_eq!((running.status_reason, running.version), (None, 4));

    agents::grant(store, owner, id, "http", json!({"hosts": ["a"]}))
        .await
        .unwrap();
    agents::grant(store, owner, id, "http", json!({"hosts": ["b"]}))
        .await
        .unwrap();
    assert_eq!(version().await, 6);
    let granted = agents::grants(store, owner, id).await.unwrap();
    assert_eq!(granted[0].terms, json!({"hosts": ["b"]}));
    agents::revoke(store, owner, id, "http").await.unwrap();
    assert_eq!(version().await, 7);
    assert!(matches!(
        agents::revoke(store, owner, id, "http").await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        agents::grant(store, owner, AgentId::new(), "log", json!({})).await,
        Err(StoreError::NotFound)
    ));
}

#[tokio::test]
async fn nothing_to_change_is_still_a_change_of_version() {
    let home = Home::new().await;
    let id = home.agent("echo").await.id;
    let same = agents::update(home.store(), home.organization, id, AgentChanges::default())
        .await
        .unwrap();
    assert_eq!(same.version, 2);
}

#[tokio::test]
async fn a_deleted_agent_answers_on_no_channel() {
    let home = Home::new().await;
    let (echo, other) = (home.agent("echo").await.id, home.agent("other").await.id);
    let (mine, not_mine) = (
        home.channel("web", Some(echo)).await.id,
        home.channel("web", Some(other)).await.id,
    );

    agents::delete(home.store(), home.organization, echo)
        .await
        .unwrap();

    assert!(
        agents::find(home.store(), home.organization, echo)
            .await
            .unwrap()
            .is_none()
    );
    let primary = async |id| {
        channels::find(home.store(), home.organization, id)
            .await
            .unwrap()
            .unwrap()
            .primary_agent_id
    };
    assert_eq!(
        (primary(mine).await, primary(not_mine).await),
        (None, Some(other))
    );
    let listed = agents::list(
        home.store(),
        home.organization,
        home.project,
        Page::first(10),
    )
    .await
    .unwrap();
    assert_eq!(
        listed.iter().map(|agent| agent.id).collect::<Vec<_>>(),
        [other]
    );
    let again = agents::delete(home.store(), home.organization, echo).await;
    assert!(matches!(again, Err(StoreError::NotFound)));
}
