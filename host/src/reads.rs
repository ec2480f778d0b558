//! Reads are what many requests ask of the database at the same moment, and often of the same rows: who holds a token, what they
//! may, the conversations, messages, contacts and turns of a page. Whoever asks while others do is asked for together with
//! them, in one statement that begins after they have asked: nobody hears of what was before.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;

use store::Store;
use store::StoreError;
use store::contacts::{self, Contact};
use store::conversations::{self, Conversation};
use store::ids::{ContactId, ConversationId, OrganizationId, ProjectId, TurnId, UserId};
use store::members::{self, Standings};
use store::messages::{self, Message};
use store::page::{Listed, Stretch};
use store::tokens::{self, Token, TokenHash};
use store::turns::{self, TurnTrace};

use crate::error::{Error, Result};
use crate::gather::Gather;

/// See the module.
#[derive(Default)]
pub struct Reads {
    tokens: Gather<TokenHash, Option<Token>>,
    standings: Gather<(OrganizationId, UserId), Option<Standings>>,
    conversations: ByIds<ConversationId, (Arc<Conversation>, ProjectId)>,
    contacts: ByIds<ContactId, Contact>,
    turns: ByIds<TurnId, TurnTrace>,
    messages: Gather<Wanted, Lists>,
}

/// Rows that are found by their ids, within an organization.
type ByIds<Id, Row> = Gather<(OrganizationId, Vec<Id>), Arc<Sorted<Id, Row>>>;

/// Rows in the order of their ids: they are found in a few steps, and nothing has to be hashed.
type Sorted<Id, Row> = Vec<(Id, Arc<Row>)>;

/// The same stretch of some conversations' messages.
#[derive(Clone)]
struct Wanted {
    owner: OrganizationId,
    stretch: Stretch<i64>,
    conversations: Vec<ConversationId>,
}

type Lists = HashMap<ConversationId, Listed<Arc<Message>>>;

impl Reads {
    /// See [`tokens::find`].
    pub async fn token(&self, store: &Store, hash: TokenHash) -> Result<Option<Token>> {
        let read = |asked: Vec<TokenHash>| async move {
            let found = tokens::find_all(store, &asked).await?;
            let found: HashMap<TokenHash, Token> =
                found.into_iter().map(|token| (token.hash, token)).collect();
            let each = asked.iter().map(|hash| found.get(hash).cloned());
            Ok::<_, Error>(each.collect())
        };
        self.tokens.ask(hash, read).await
    }

    /// See [`members::standings`].
    pub async fn standings(
        &self,
        store: &Store,
        owner: OrganizationId,
        user: UserId,
    ) -> Result<Option<Standings>> {
        let read = |asked: Vec<_>| async move {
            let found = members::standings_of(store, &asked).await;
            found.map_err(Error::from)
        };
        self.standings.ask((owner, user), read).await
    }

    /// See [`conversations::find_many`].
    pub async fn conversations(
        &self,
        store: &Store,
        owner: OrganizationId,
        ids: &[ConversationId],
    ) -> Result<Vec<Arc<(Arc<Conversation>, ProjectId)>>> {
        let read = |owner, ids: Vec<ConversationId>| async move {
            let found = conversations::find_many(store, owner, &ids).await?;
            let shared = found
                .into_iter()
                .map(|(row, project)| (Arc::new(row), project));
            Ok(shared.collect())
        };
        by_ids(&self.conversations, owner, ids, |row| row.0.id, read).await
    }

    /// See [`contacts::find_many`].
    pub async fn contacts(
        &self,
        store: &Store,
        owner: OrganizationId,
        ids: &[ContactId],
    ) -> Result<Vec<Arc<Contact>>> {
        let read = |owner, ids: Vec<ContactId>| async move {
            contacts::find_many(store, owner, &ids).await
        };
        by_ids(&self.contacts, owner, ids, |row| row.id, read).await
    }

    /// See [`turns::find_many`].
    pub async fn turns(
        &self,
        store: &Store,
        owner: OrganizationId,
        ids: &[TurnId],
    ) -> Result<Vec<Arc<TurnTrace>>> {
        let read =
            |owner, ids: Vec<TurnId>| async move { turns::find_many(store, owner, &ids).await };
        by_ids(&self.turns, owner, ids, |row| row.id, read).await
    }

    /// See [`messages::of_conversations`].
    pub async fn messages(
        &self,
        store: &Store,
        owner: OrganizationId,
        conversations: Vec<ConversationId>,
        stretch: &Stretch<i64>,
    ) -> Result<Lists> {
        let wanted = Wanted {
            owner,
            stretch: stretch.clone(),
            conversations,
        };
        self.messages.ask(wanted, |asked| lists(store, asked)).await
    }
}

async fn lists(store: &Store, asked: Vec<Wanted>) -> Result<Vec<Lists>> {
    let mut same: HashMap<(OrganizationId, &Stretch<i64>), HashSet<ConversationId>> =
        HashMap::new();
    for wanted in &asked {
        let ids = same.entry((wanted.owner, &wanted.stretch)).or_default();
        ids.extend(wanted.conversations.iter().copied());
    }
    let mut found: HashMap<_, Lists> = HashMap::new();
    for ((owner, stretch), ids) in same {
        let ids: Vec<_> = ids.into_iter().collect();
        let lists = messages::of_conversations(store, owner, &ids, stretch).await?;
        let shared = lists
            .into_iter()
            .map(|(id, listed)| (id, listed.map(Arc::new)));
        found.insert((owner, stretch), shared.collect());
    }
    let own = |wanted: &Wanted| {
        let lists = found.get(&(wanted.owner, &wanted.stretch));
        let own = wanted.conversations.iter().filter_map(|id| {
            let listed = lists?.get(id)?;
            Some((*id, listed.clone()))
        });
        own.collect()
    };
    Ok(asked.iter().map(own).collect())
}

/// Those of these that there are, in their order.
async fn by_ids<Id, Row, F>(
    gather: &ByIds<Id, Row>,
    owner: OrganizationId,
    ids: &[Id],
    id: impl Fn(&Row) -> Id,
    read: impl Fn(OrganizationId, Vec<Id>) -> F,
) -> Result<Vec<Arc<Row>>>
where
    Id: Copy + Ord,
    F: Future<Output = Result<Vec<Row>, StoreError>>,
{
    let (id, read) = (&id, &read);
    let all = |asked: Vec<(OrganizationId, Vec<Id>)>| async move {
        let mut wanted: HashMap<OrganizationId, Vec<Id>> = HashMap::new();
        for (owner, ids) in &asked {
            wanted.entry(*owner).or_default().extend(ids);
        }
        let mut found: HashMap<OrganizationId, Arc<Sorted<Id, Row>>> = HashMap::new();
        for (owner, mut ids) in wanted {
            ids.sort_unstable();
            ids.dedup();
            let rows = read(owner, ids).await?.into_iter();
            let mut rows: Sorted<Id, Row> = rows.map(|row| (id(&row), Arc::new(row))).collect();
            rows.sort_unstable_by_key(|(id, _)| *id);
            found.insert(owner, Arc::new(rows));
        }
        let each = asked
            .iter()
            .map(|(owner, _)| found.get(owner).cloned().unwrap_or_default());
        Ok::<_, Error>(each.collect())
    };
    let found = gather.ask((owner, ids.to_vec()), all).await?;
    let row = |id: &Id| {
        let place = found.binary_search_by_key(id, |(known, _)| *known).ok()?;
        found.get(place).map(|(_, row)| row.clone())
    };
    Ok(ids.iter().filter_map(row).collect())
}
