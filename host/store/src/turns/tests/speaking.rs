//! People of messaging products: accounts, what they choose, and commands.

use futures_util::future::join_all;

use super::*;
use crate::accounts::{self, Free, Used};
use crate::commands::{self, Claim, Event};
use crate::groups::{self, Place, Target};
use crate::ids::{ProjectId, UserId};
use crate::inbox::NewAccount;
use crate::speakers::{self, Asked, Speaker};

fn account(is_welcomed: bool) -> NewAccount {
    NewAccount {
        user_id: UserId::new(),
        name: "Alice".to_owned(),
        project_id: ProjectId::new(),
        is_welcomed,
    }
}

impl World {
    fn first(&self, chat: &str) -> Receive {
        Receive {
            platform_user_id: "alice".to_owned(),
            account: Some(account(true)),
            ..self.message(chat, None, "hi")
        }
    }

    fn asked(&self, user: &str, chat: &str, is_group: bool) -> Asked {
        Asked {
            organization_id: self.organization,
            channel_id: self.channel,
            platform_user_id: user.to_owned(),
            platform_chat_id: chat.to_owned(),
            is_group,
            platform_event_id: None,
            mention: None,
        }
    }

    async fn speaker(&self, chat: &str, is_group: bool, mention: Option<&str>) -> Speaker {
        let asked = Asked {
            mention: mention.map(str::to_owned),
            ..self.asked("alice", chat, is_group)
        };
        let mut found = speakers::find(self.store(), &[asked]).await.unwrap();
        found.pop().unwrap().unwrap()
    }
}

#[tokio::test]
async fn of_first_messages_in_one_statement_and_in_many_one_makes_the_account() {
    let world = World::new().await;
    let (direct, group) = (world.first("u:alice"), world.first("g:1"));
    let batch = [direct, group];
    let received = world.receive(&batch).await;
    let again: Vec<Receive> = (0..8).map(|n| world.first(&format!("g:{n}"))).collect();
    let later = join_all(
        again
            .iter()
            .map(|one| world.receive(std::slice::from_ref(one))),
    )
    .await;

    let all = batch.iter().zip(received);
    let all = all.chain(again.iter().zip(later.into_iter().flatten()));
    let mut users = Vec::new();
    let mut welcomes = 0;
    for (receive, received) in all {
        let Received::Stored(stored) = received else {
            panic!("{received:?}");
        };
        users.push(stored.user_id.unwrap());
        welcomes += usize::from(
            receive
                .event(&stored)
                .is_some_and(|event| event["welcome"] == true),
        );
    }
    users.dedup();
    assert_eq!((users.len(), welcomes), (1, 1));
    let speaker = world.speaker("u:alice", false, None).await;
    assert_eq!(speaker.user_id, Some(users[0]));
    assert!(!speaker.is_set_up && !speaker.is_signed_out && speaker.has_primary);
    let written = status(world.store(), world.organization, batch[0].turn_id).await;
    assert_eq!(written.unwrap().unwrap().status, "queued");
}

#[tokio::test]
async fn many_are_read_at_once_and_each_is_who_was_asked_for() {
    let world = World::new().await;
    let bob = Receive {
        platform_user_id: "bob".to_owned(),
        ..world.first("u:bob")
    };
    world.receive(&[world.first("u:alice"), bob]).await;
    let nowhere = Asked {
        channel_id: ChannelId::new(),
        ..world.asked("alice", "u:alice", false)
    };
    let asked = [
        world.asked("bob", "g:1", true),
        world.asked("alice", "u:alice", false),
        nowhere,
        world.asked("carol", "u:carol", false),
        world.asked("alice", "g:1", true),
        world.asked("bob", "u:bob", false),
    ];
    let found = speakers::find(world.store(), &asked).await.unwrap();
    let places: Vec<_> = found
        .iter()
        .map(|found| found.as_ref().map(|speaker| speaker.contact_id))
        .collect();
    let [bob, alice] = [places[0], places[1]];
    assert!(bob.flatten().is_some() && alice.flatten().is_some() && bob != alice);
    assert_eq!(places, [bob, alice, None, Some(None), alice, bob]);
    let begun: Vec<_> = found
        .iter()
        .flatten()
        .map(|speaker| speaker.conversation_id.is_some())
        .collect();
    assert_eq!(begun, [false, true, false, false, true]);
}

#[tokio::test]
async fn someone_in_a_group_talks_to_whom_they_have_named() {
    let world = World::new().await;
    world.receive(&[world.first("g:1")]).await;
    let place = Place {
        organization_id: world.organization,
        channel_id: world.channel,
        platform_chat_id: "g:1".to_owned(),
    };
    let store = world.store();
    let shared = groups::share(store, &place, world.agent, UserId::new()).await;
    assert!(shared.unwrap());
    let speaker = world.speaker("g:1", true, Some("ECHO")).await;
    assert_eq!(speaker.agent.id, Some(world.agent));
    assert!(speaker.agent.is_mentioned);
    assert_eq!(world.speaker("g:1", true, None).await.agent.id, None);

    let target = Target::Agent(world.agent);
    groups::aim(store, &place, "alice", target).await.unwrap();
    let speaker = world.speaker("g:1", true, None).await;
    assert_eq!(speaker.agent.id, Some(world.agent));
    assert!(!speaker.agent.is_mentioned);
    groups::aim(store, &place, "alice", Target::Host)
        .await
        .unwrap();
    let speaker = world.speaker("g:1", true, None).await;
    assert_eq!((speaker.agent.id, speaker.is_with_host), (None, true));

    groups::load(store, &place, Some(world.agent))
        .await
        .unwrap();
    groups::set_members(store, &place, &["bob".to_owned()], b"1")
        .await
        .unwrap();
    let speaker = world.speaker("g:1", true, None).await;
    assert_eq!(speaker.agent.id, Some(world.agent));
    assert!(groups::unshare(store, &place, world.agent).await.unwrap());
    assert_eq!(world.speaker("g:1", true, None).await.agent.id, None);
}

#[tokio::test]
async fn what_is_free_is_spent_to_the_last_and_no_further() {
    let world = World::new().await;
    let user = UserId::new();
    let free = Free {
        prompts: Some(5),
        calls: None,
    };
    let prompt = Used {
        prompts: 1,
        calls: 0,
    };
    let (store, owner) = (world.store(), world.organization);
    let spend = (0..12).map(|_| accounts::spend(store, owner, user, prompt, free));
    let spent = join_all(spend).await;
    let passed = spent.iter().filter(|spent| *spent.as_ref().unwrap());
    assert_eq!(passed.count(), 5);
    let call = Used {
        prompts: 0,
        calls: 1,
    };
    assert!(
        accounts::spend(store, owner, user, call, free)
            .await
            .unwrap()
    );
    accounts::give_back(store, owner, user, prompt)
        .await
        .unwrap();
    let used = accounts::used(store, owner, user).await.unwrap();
    assert_eq!((used.prompts, used.calls), (4, 1));
    let none = Free {
        prompts: Some(0),
        calls: None,
    };
    let other = UserId::new();
    assert!(
        !accounts::spend(store, owner, other, prompt, none)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_command_is_one_hosts_until_that_dies() {
    let world = World::new().await;
    let event = Event {
        organization_id: world.organization,
        channel_id: world.channel,
        platform_event_id: "m-1".to_owned(),
    };
    let (store, other) = (world.store(), HostId::new());
    let claim = async |host| commands::claim(store, &event, host).await.unwrap();
    assert_eq!(claim(world.host).await, Claim::Mine);
    assert_eq!(claim(world.host).await, Claim::Running);
    assert_eq!(claim(other).await, Claim::Running);
    world.alive(world.host, -1).await;
    assert_eq!(claim(world.host).await, Claim::Running);
    assert_eq!(claim(other).await, Claim::Mine);
    // Whoever lost it has nothing to say any more.
    commands::answer(store, &event, world.host, b"old")
        .await
        .unwrap();
    commands::answer(store, &event, other, b"new")
        .await
        .unwrap();
    assert_eq!(claim(world.host).await, Claim::Answered(b"new".to_vec()));
    assert_eq!(commands::delete_old(store, 10).await.unwrap(), 0);
}

impl World {
    fn as_usual(&self, event: Option<&str>) -> Receive {
        Receive {
            platform_user_id: "alice".to_owned(),
            is_usual: true,
            ..self.message("u:alice", event, "hello again")
        }
    }

    async fn messages(&self) -> i64 {
        use diesel_async::RunQueryDsl;
        let mut connection = self.store().connection().await.unwrap();
        let all = diesel::QueryDsl::count(crate::schema::messages::table);
        all.get_result(&mut connection).await.unwrap()
    }

    async fn is_stored(&self, receive: Receive) -> bool {
        let before = self.messages().await;
        let received = self.receive(&[receive]).await.remove(0);
        let is_stored = matches!(received, Received::Stored(_));
        assert!(is_stored || received == Received::Unusual, "{received:?}");
        let added = self.messages().await - before;
        assert_eq!(added, i64::from(is_stored));
        is_stored
    }
}

#[tokio::test]
async fn who_talks_as_usual_is_stored_at_once_and_nobody_else() {
    let world = World::new().await;
    assert!(!world.is_stored(world.as_usual(None)).await);
    world.receive(&[world.first("u:alice")]).await;
    assert!(world.is_stored(world.as_usual(None)).await);
    assert!(world.is_stored(world.as_usual(Some("m-1"))).await);
    let again = world.receive(&[world.as_usual(Some("m-1"))]).await;
    assert_eq!(again, [Received::Duplicate]);

    let channel = world.channel;
    let others = [
        (
            "UPDATE contacts SET signed_out_at = now()",
            "UPDATE contacts SET signed_out_at = NULL",
        ),
        (
            "UPDATE contacts SET is_yolo = true",
            "UPDATE contacts SET is_yolo = false",
        ),
        (
            "UPDATE contacts SET display_name = 'Bob'",
            "UPDATE contacts SET display_name = 'Alice'",
        ),
        (
            "UPDATE users SET removed_at = now()",
            "UPDATE users SET removed_at = NULL",
        ),
        (
            "UPDATE channels SET access = 'allow_list'",
            "UPDATE channels SET access = 'open'",
        ),
        (
            "UPDATE channels SET status = 'disabled'",
            "UPDATE channels SET status = 'active'",
        ),
        (
            "UPDATE conversations SET agent_id = gen_random_uuid()",
            "UPDATE conversations SET agent_id = NULL",
        ),
        (
            "INSERT INTO workflows (organization_id, id, project_id, name, rules)
                SELECT organization_id, gen_random_uuid(), project_id, 'any', '[]' FROM channels;
            UPDATE channels SET workflow_id = (SELECT id FROM workflows)",
            "UPDATE channels SET workflow_id = NULL",
        ),
        (
            "CREATE TABLE kept AS SELECT primary_agent_id FROM channels; UPDATE channels SET primary_agent_id = NULL",
            "UPDATE channels SET primary_agent_id = (SELECT primary_agent_id FROM kept)",
        ),
    ];
    for (unusual, usual) in others {
        world.sql(unusual).await;
        assert!(!world.is_stored(world.as_usual(None)).await, "{unusual}");
        assert!(
            !world.is_stored(world.as_usual(Some("m-2"))).await,
            "{unusual}"
        );
        world.sql(usual).await;
        assert!(world.is_stored(world.as_usual(None)).await, "{usual}");
    }
    // An event that was a command is not said once more.
    let event = Event {
        organization_id: world.organization,
        channel_id: channel,
        platform_event_id: "m-3".to_owned(),
    };
    let claimed = commands::claim(world.store(), &event, world.host).await;
    assert_eq!(claimed.unwrap(), Claim::Mine);
    assert!(!world.is_stored(world.as_usual(Some("m-3"))).await);
    assert!(world.is_stored(world.as_usual(Some("m-4"))).await);
}

#[tokio::test]
async fn usual_and_other_messages_of_one_batch_keep_their_places() {
    let world = World::new().await;
    world.receive(&[world.first("u:alice")]).await;
    let stranger = Receive {
        platform_user_id: "bob".to_owned(),
        platform_chat_id: "u:bob".to_owned(),
        ..world.as_usual(None)
    };
    let batch = [
        world.message("u:carol", None, "hi"),
        stranger,
        world.as_usual(None),
        world.first("u:dave"),
    ];
    let received = world.receive(&batch).await;
    let stored: Vec<_> = received
        .iter()
        .map(|received| matches!(received, Received::Stored(_)))
        .collect();
    assert_eq!(stored, [true, false, true, true]);
    assert_eq!(received[1], Received::Unusual);
    for (receive, received) in batch.iter().zip(&received) {
        let Received::Stored(stored) = received else {
            continue;
        };
        let turn = status(world.store(), world.organization, receive.turn_id).await;
        assert_eq!(turn.unwrap().unwrap().status, "queued");
        assert!(stored.turn.is_some());
    }
}
