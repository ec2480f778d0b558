//! Files on a real server: pointers, quotas and what is left behind.

use diesel_async::SimpleAsyncConnection;
use uuid::Uuid;

use super::*;
use crate::Store;
use crate::page::Stretch;
use crate::testing::TestDatabase;

const QUOTA: Quota = Quota {
    bytes: 1_000_000,
    files: 3,
};

struct World {
    database: TestDatabase,
    workspace: Workspace,
}

impl World {
    async fn new() -> World {
        let world = World {
            database: TestDatabase::new().await,
            workspace: Workspace {
                organization_id: OrganizationId::new(),
                agent_id: AgentId::new(),
            },
        };
        let Workspace {
            organization_id,
            agent_id,
        } = world.workspace;
        let project = Uuid::now_v7();
        world
            .sql(&format!(
                "INSERT INTO organizations (id, name) VALUES ('{organization_id}', 'Home');
                 INSERT INTO projects (organization_id, id, slug, name)
                     VALUES ('{organization_id}', '{project}', 'home', 'Home');
                 INSERT INTO agents (organization_id, id, project_id, name)
                     VALUES ('{organization_id}', '{agent_id}', '{project}', 'echo')"
            ))
            .await;
        world
    }

    fn store(&self) -> &Store {
        self.database.store()
    }

    async fn sql(&self, sql: &str) {
        let mut connection = self.store().connection().await.unwrap();
        connection.batch_execute(sql).await.unwrap();
    }

    async fn stage(&self, bytes: &[u8]) -> ContentId {
        stage(self.store(), self.workspace, bytes).await.unwrap()
    }

    fn changes(&self, changes: Vec<FileChange>) -> FileChanges {
        FileChanges {
            workspace: self.workspace,
            quota: QUOTA,
            changes,
            seen: Vec::new(),
            sent: Vec::new(),
        }
    }

    async fn write(&self, text: &str, bytes: &[u8]) -> (ContentId, Changed) {
        let content = self.stage(bytes).await;
        let to = Some((content, "text/plain".to_owned()));
        let changes = self.changes(vec![FileChange {
            path: path(text),
            to,
        }]);
        let changed = change(self.store(), &changes, None).await.unwrap();
        (content, changed)
    }

    async fn delete(&self, text: &str) -> Changed {
        let gone = FileChange {
            path: path(text),
            to: None,
        };
        let changes = self.changes(vec![gone]);
        change(self.store(), &changes, None).await.unwrap()
    }

    async fn look(&self, text: &str) -> Look {
        look(self.store(), self.workspace, &path(text))
            .await
            .unwrap()
    }

    async fn is_there(&self, id: ContentId) -> bool {
        let found = content(self.store(), self.workspace.organization_id, id).await;
        found.unwrap().is_some()
    }

    async fn read(&self, id: ContentId, offset: i64, length: i64) -> Vec<u8> {
        let owner = self.workspace.organization_id;
        read(self.store(), owner, id, offset, length).await.unwrap()
    }
}

fn path(text: &str) -> FilePath {
    FilePath::parse(text).unwrap()
}

fn numbered(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place / 1_000) as u8).collect()
}

#[tokio::test]
async fn a_file_is_written_anew_and_what_it_came_to_is_counted() {
    let world = World::new().await;
    let (first, changed) = world.write("a.txt", b"one").await;
    assert_eq!(changed, Changed::Done(Usage { bytes: 3, files: 1 }));
    let written = world.look("a.txt").await.file.unwrap();
    assert_eq!((written.size, written.content_id), (3, first));
    let digest = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    assert_eq!(written.digest.unwrap().to_string(), digest);

    let (second, changed) = world.write("a.txt", b"seven").await;
    assert_eq!(changed, Changed::Done(Usage { bytes: 5, files: 1 }));
    let rewritten = world.look("a.txt").await.file.unwrap();
    assert_eq!((rewritten.id, rewritten.content_id), (written.id, second));
    assert!(!world.is_there(first).await, "what nothing points at goes");

    assert_eq!(world.delete("a.txt").await, Changed::Done(Usage::default()));
    assert!(world.look("a.txt").await.file.is_none());
    assert!(!world.is_there(second).await);
}

#[tokio::test]
async fn a_stretch_of_a_large_file_is_read_across_its_chunks() {
    let world = World::new().await;
    let bytes = numbered(3 * CHUNK + 17);
    let id = world.stage(&bytes).await;
    for (offset, length) in [
        (0, bytes.len()),
        (CHUNK - 5, 10),
        (CHUNK, CHUNK),
        (3 * CHUNK, 100),
        (bytes.len(), 1),
        (1, 2 * CHUNK),
    ] {
        let end = (offset + length).min(bytes.len());
        let found = world.read(id, offset as i64, length as i64).await;
        assert!(
            found == bytes[offset..end],
            "{offset} {length}: {}",
            found.len()
        );
    }
}

#[tokio::test]
async fn a_copy_is_added_to_and_its_original_stays() {
    let world = World::new().await;
    let owner = world.workspace.organization_id;
    let (original, _) = world.write("log", &numbered(CHUNK + 3)).await;
    // What a file points at is never added to.
    let at = CHUNK as i64 + 3;
    assert!(
        !extend(world.store(), owner, original, at, b"x")
            .await
            .unwrap()
    );

    let copied = copy(world.store(), world.workspace, original)
        .await
        .unwrap()
        .unwrap();
    assert!(
        extend(world.store(), owner, copied, at, b"end")
            .await
            .unwrap()
    );
    assert!(
        !extend(world.store(), owner, copied, at, b"end")
            .await
            .unwrap(),
        "at the wrong place"
    );
    assert_eq!(
        world.read(copied, at - 1, 10).await,
        [&[(CHUNK / 1_000) as u8][..], b"end"].concat()
    );
    assert_eq!(world.read(original, 0, at + 9).await, numbered(CHUNK + 3));
    assert_eq!(
        copy(world.store(), world.workspace, ContentId::new())
            .await
            .unwrap(),
        None
    );
    discard(world.store(), owner, &[copied, original])
        .await
        .unwrap();
    assert!(!world.is_there(copied).await);
    assert!(
        world.is_there(original).await,
        "only what is loose is discarded"
    );
}

#[tokio::test]
async fn many_writers_at_once_stay_within_the_quota() {
    let world = World::new().await;
    let writers = (0..12).map(|number| {
        let world = &world;
        async move {
            let (_, changed) = world.write(&format!("{number}"), &[0; 400_000]).await;
            changed
        }
    });
    let changed = futures_util::future::join_all(writers).await;
    let done = |changed: &&Changed| matches!(changed, Changed::Done(_));
    assert_eq!(changed.iter().filter(done).count(), 2, "{changed:?}");
    let usage = world.look("0").await.usage;
    assert_eq!(
        usage,
        Usage {
            bytes: 800_000,
            files: 2
        }
    );

    // By their number as well; and whoever has too much may still have less.
    assert!(matches!(
        world.write("small", b"x").await.1,
        Changed::Done(_)
    ));
    assert_eq!(world.write("small 2", b"x").await.1, Changed::Full);
    world
        .sql("UPDATE workspaces SET bytes = 5000000, files = 9")
        .await;
    assert!(matches!(
        world.write("small", b"").await.1,
        Changed::Done(_)
    ));
    assert!(matches!(world.delete("small").await, Changed::Done(_)));
}

#[tokio::test]
async fn nothing_changes_where_what_was_seen_is_not_so_any_more() {
    let world = World::new().await;
    let (content, _) = world.write("a", b"1").await;
    let other = world.stage(b"2").await;
    let write = |seen| FileChanges {
        seen: vec![seen],
        ..world.changes(vec![FileChange {
            path: path("b"),
            to: Some((other, "text/plain".to_owned())),
        }])
    };
    for seen in [
        (path("a"), None),
        (path("a"), Some(other)),
        (path("c"), Some(other)),
    ] {
        let changes = write(seen.clone());
        let changed = change(world.store(), &changes, None).await.unwrap();
        assert_eq!(changed, Changed::Moved, "{seen:?}");
        assert!(world.look("b").await.file.is_none());
    }
    let changes = write((path("a"), Some(content)));
    let changed = change(world.store(), &changes, None).await.unwrap();
    assert_eq!(changed, Changed::Done(Usage { bytes: 2, files: 2 }));
}

#[tokio::test]
async fn what_a_message_was_sent_with_outlives_its_file_for_a_while() {
    let world = World::new().await;
    let (content, _) = world.write("report", &[1; 600_000]).await;
    let sent = FileChanges {
        sent: vec![content],
        ..world.changes(Vec::new())
    };
    assert!(matches!(
        change(world.store(), &sent, None).await.unwrap(),
        Changed::Done(_)
    ));
    let (second, _) = world.write("report", &[2; 600_000]).await;
    assert_eq!(world.read(content, 0, 2).await, [1, 1]);
    let lost = FileChanges {
        sent: vec![ContentId::new()],
        ..world.changes(Vec::new())
    };
    assert_eq!(
        change(world.store(), &lost, None).await.unwrap(),
        Changed::Moved
    );

    // Those that outlive their files have a quota of their own: the oldest goes.
    let sent = FileChanges {
        sent: vec![second],
        ..sent
    };
    change(world.store(), &sent, None).await.unwrap();
    world.delete("report").await;
    assert!(world.is_there(second).await && !world.is_there(content).await);

    let staged = world.stage(b"loose").await;
    assert_eq!(clean(world.store(), 3_600.0, 9_000.0, 10).await.unwrap(), 0);
    world
        .sql("UPDATE file_contents SET loose_since = now() - interval '2 hours'")
        .await;
    assert_eq!(clean(world.store(), 3_600.0, 9_000.0, 10).await.unwrap(), 1);
    assert!(world.is_there(second).await && !world.is_there(staged).await);
    assert_eq!(clean(world.store(), 3_600.0, 7_000.0, 10).await.unwrap(), 1);
}

#[tokio::test]
async fn what_a_deleted_agent_had_goes_a_while_later() {
    let world = World::new().await;
    let (content, _) = world.write("a", b"1").await;
    world.write("b", b"2").await;
    let clear = async || clear_deleted(world.store(), 3_600.0, 10).await.unwrap();
    assert_eq!(clear().await, 0);
    world.sql("UPDATE agents SET deleted_at = now()").await;
    assert_eq!(clear().await, 0, "a turn of it may still be ending");
    world
        .sql("UPDATE agents SET deleted_at = now() - interval '2 hours'")
        .await;
    assert_eq!(clear().await, 1);
    let look = world.look("a").await;
    assert_eq!((look.usage, look.file.is_none()), (Usage::default(), true));
    assert!(world.is_there(content).await, "it is loose");
    world
        .sql("UPDATE file_contents SET loose_since = now() - interval '2 hours'")
        .await;
    assert_eq!(clean(world.store(), 3_600.0, 9_000.0, 10).await.unwrap(), 2);
    assert_eq!(clear().await, 0);
}

#[tokio::test]
async fn files_are_listed_by_path_and_prefix() {
    let world = World::new().await;
    for text in ["b", "a/2", "a/1"] {
        world.write(text, b"x").await;
    }
    let (owner, agent) = (world.workspace.organization_id, world.workspace.agent_id);
    let list = async |prefix: &str, after: Option<&str>, limit| {
        let stretch = Stretch {
            after: after.map(path),
            ..Stretch::first(limit)
        };
        let mut lists = of_agents(world.store(), owner, &[agent], prefix, &stretch)
            .await
            .unwrap();
        let listed = lists.remove(&agent).unwrap_or_default();
        let paths: Vec<String> = listed
            .rows
            .iter()
            .map(|file| file.path.to_string())
            .collect();
        (paths.join(" "), listed.has_next)
    };
    assert_eq!(list("", None, 10).await, ("a/1 a/2 b".to_owned(), false));
    assert_eq!(list("a/", None, 1).await, ("a/1".to_owned(), true));
    assert_eq!(list("a/", Some("a/1"), 1).await, ("a/2".to_owned(), false));
    assert_eq!(list("c", None, 1).await, (String::new(), false));
    let taken = taken(world.store(), world.workspace, &[path("b"), path("c")]).await;
    assert_eq!(taken.unwrap(), [path("b")]);
}
