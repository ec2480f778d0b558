//! A message that changes its session: both are stored, or neither, and only where the session is still as it was seen.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use crate::error::StoreError;
use crate::ids::{ChatId, ConversationId, HostId, OrganizationId, ProjectId, UserId};
use crate::inbox::{self, Durability, Receive, Received};
use crate::pool::Store;
use crate::projects::{self, NewProject};
use crate::schema::{chats, sessions};

/// What becomes of a session with a message.
#[derive(Clone, Debug)]
pub struct Change {
    /// The version of its state that was seen; none where it had none.
    pub seen: Option<i64>,
    /// The active project from now on.
    pub project_id: Option<ProjectId>,
    /// The active chat from now on; none where the next message begins one.
    pub chat_id: Option<ChatId>,
    /// Where in the project it is from now on.
    pub current_path: String,
    /// A chat that begins.
    pub new_chat: Option<NewChat>,
    /// A project that is made, with its owner.
    pub new_project: Option<(NewProject, UserId)>,
}

/// A chat to begin.
#[derive(Clone, Debug)]
pub struct NewChat {
    /// Its id.
    pub id: ChatId,
    /// The project that it is about.
    pub project_id: ProjectId,
    /// How it begins.
    pub title: String,
}

/// What came of a message with a change.
#[derive(Clone, Debug)]
pub enum Changed {
    /// What came of the message; the session was changed where it was stored, and else not.
    Received(Received),
    /// Nothing was stored: the session is another one by now, or people hold it who should hear this.
    Moved,
}

/// Why nothing is written.
enum Undone {
    Store(StoreError),
    Instead(Changed),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Undone::Store(error)
    }
}

impl From<diesel::result::Error> for Undone {
    fn from(error: diesel::result::Error) -> Self {
        Undone::Store(error.into())
    }
}

/// Stores a message with what it changes of its session, whose conversation is taken for `host` if it was idle. A new project
/// whose slug is taken is a conflict of `projects_slug_key`, and nothing is stored.
pub async fn receive(
    store: &Store,
    host: Option<HostId>,
    receive: &Receive,
    change: &Change,
) -> Result<Changed, StoreError> {
    let mut connection = store.connection().await?;
    let done = connection
        .transaction(async |connection| write(connection, host, receive, change).await)
        .await;
    match done {
        Ok(received) => Ok(Changed::Received(received)),
        Err(Undone::Instead(instead)) => Ok(instead),
        Err(Undone::Store(error)) => Err(error),
    }
}

/// The conversation's row is locked with the message, and the state behind it: in this order everywhere.
async fn write(
    connection: &mut AsyncPgConnection,
    host: Option<HostId>,
    receive: &Receive,
    change: &Change,
) -> Result<Received, Undone> {
    let one = std::slice::from_ref(receive);
    let received = inbox::receive_on(connection, host, Durability::Now, one).await?;
    let received = received.into_iter().next().unwrap_or(Received::NoChannel);
    match follow_on(connection, receive, &received, change).await? {
        true => Ok(received),
        false => Err(Undone::Instead(Changed::Moved)),
    }
}

/// What follows for a session from a message, once that is stored; where it was not, nothing does. False: the session is
/// another one by now, and nothing of all that may stay.
pub(crate) async fn follow_on(
    connection: &mut AsyncPgConnection,
    receive: &Receive,
    received: &Received,
    change: &Change,
) -> Result<bool, StoreError> {
    let Received::Stored(stored) = received else {
        return Ok(true);
    };
    // What the host would answer is not answered while people hold the session. What a workflow would say is its own affair.
    let route = &receive.route;
    if stored.turn.is_none() && route.is_decided && route.canned.is_some() {
        return Ok(false);
    }
    change_on(
        connection,
        receive.organization_id,
        stored.conversation_id,
        change,
    )
    .await
}

/// Changes a session. False: it is another one by now.
pub(crate) async fn change_on(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    conversation: ConversationId,
    change: &Change,
) -> Result<bool, StoreError> {
    if let Some((project, founder)) = &change.new_project {
        projects::found_on(connection, project.clone(), *founder, false).await?;
    }
    if !set(connection, owner, conversation, change).await? {
        return Ok(false);
    }
    if let Some(chat) = &change.new_chat {
        let values = (
            chats::organization_id.eq(owner),
            chats::id.eq(chat.id),
            chats::conversation_id.eq(conversation),
            chats::project_id.eq(chat.project_id),
            chats::title.eq(&chat.title),
        );
        diesel::insert_into(chats::table)
            .values(values)
            .execute(connection)
            .await?;
    }
    Ok(true)
}

/// Whether the state was still the one that was seen.
async fn set(
    connection: &mut AsyncPgConnection,
    owner: OrganizationId,
    conversation: ConversationId,
    change: &Change,
) -> Result<bool, StoreError> {
    let state = (
        sessions::active_project_id.eq(change.project_id),
        sessions::active_chat_id.eq(change.chat_id),
        sessions::current_path.eq(&change.current_path),
    );
    let written = match change.seen {
        Some(seen) => {
            let same = sessions::table
                .find((owner, conversation))
                .filter(sessions::version.eq(seen));
            let moved = (
                sessions::version.eq(seen + 1),
                sessions::updated_at.eq(diesel::dsl::now),
            );
            let update = diesel::update(same).set((state, moved));
            update.execute(connection).await?
        }
        None => {
            let key = (
                sessions::organization_id.eq(owner),
                sessions::conversation_id.eq(conversation),
            );
            let insert = diesel::insert_into(sessions::table).values((key, state));
            insert.on_conflict_do_nothing().execute(connection).await?
        }
    };
    Ok(written == 1)
}
