//! `state`: what an agent remembers. A read sees the turn's own writes first, then the last committed turn's.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use sandbox::State;
use sandbox::types::{Error, ErrorCode, Scope};
use store::ids::ConversationId;
use store::state::Owner;

use super::turn::Turn;
use super::{refusal, unavailable};

const KEY_BYTES: usize = 256;
const VALUE_BYTES: usize = 256 * 1024;
/// What one turn may change: its commit is one statement, and others wait for it.
const CHANGED_BYTES: usize = 4 * 1024 * 1024;
const KEYS: u32 = 1_000;

pub(super) struct TurnState(pub(super) Arc<Turn>);

impl TurnState {
    fn owner(&self, scope: Scope) -> Owner {
        Owner {
            organization_id: self.0.organization_id,
            agent_id: self.0.agent_id,
            conversation_id: self.conversation(scope),
        }
    }

    fn conversation(&self, scope: Scope) -> Option<ConversationId> {
        match scope {
            Scope::Agent => None,
            // A chat that begins anew remembers nothing of the one before.
            Scope::Conversation => Some(match self.0.chat_id {
                Some(chat) => ConversationId::from(chat),
                None => self.0.conversation_id,
            }),
        }
    }

    fn saw(&self, scope: Scope, version: i64) {
        if matches!(scope, Scope::Agent) {
            self.0.buffer().saw_agent_state(version);
        }
    }

    /// A change of the agent's own state is checked at the commit against the version that was read; a turn that
    /// changes without having read takes the version as of now.
    async fn change(&self, scope: Scope, key: String, value: Option<Vec<u8>>) -> Result<(), Error> {
        if matches!(scope, Scope::Agent) && self.0.buffer().agent_state.is_none() {
            let now = store::state::get(&self.0.store, self.owner(scope), &key)
                .await
                .map_err(unavailable)?;
            self.saw(scope, now.version);
        }
        let mut buffer = self.0.buffer();
        let added = key.len() + value.as_ref().map_or(0, Vec::len);
        let changed: usize = buffer
            .state
            .iter()
            .map(|((_, key), value)| key.len() + value.as_ref().map_or(0, Vec::len))
            .sum();
        if changed + added > CHANGED_BYTES {
            return Err(refusal(
                ErrorCode::Limit,
                format!("A turn may change {CHANGED_BYTES} bytes of state."),
            ));
        }
        if matches!(scope, Scope::Agent)
            && let Some(seen) = buffer.agent_state.as_mut()
        {
            seen.written = true;
        }
        buffer.state.insert((self.conversation(scope), key), value);
        Ok(())
    }
}

#[async_trait]
impl State for TurnState {
    async fn get(&self, scope: Scope, key: String) -> Result<Option<Vec<u8>>, Error> {
        check_key(&key)?;
        let place = (self.conversation(scope), key);
        let own = self.0.buffer().state.get(&place).cloned();
        if let Some(value) = own {
            return Ok(value);
        }
        let read = store::state::get(&self.0.store, self.owner(scope), &place.1)
            .await
            .map_err(unavailable)?;
        self.saw(scope, read.version);
        Ok(read.value)
    }

    async fn set(&self, scope: Scope, key: String, value: Vec<u8>) -> Result<(), Error> {
        check_key(&key)?;
        if value.len() > VALUE_BYTES {
            let size = value.len();
            return Err(refusal(
                ErrorCode::Limit,
                format!("A value may have {VALUE_BYTES} bytes; this one has {size}."),
            ));
        }
        self.change(scope, key, Some(value)).await
    }

    async fn delete(&self, scope: Scope, key: String) -> Result<bool, Error> {
        let was = self.get(scope, key.clone()).await?.is_some();
        if was {
            self.change(scope, key, None).await?;
        }
        Ok(was)
    }

    async fn keys(
        &self,
        scope: Scope,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        if !(1..=KEYS).contains(&limit) {
            return Err(refusal(
                ErrorCode::Invalid,
                format!("`limit` is 1 to {KEYS}; this is {limit}."),
            ));
        }
        let mine = self.conversation(scope);
        // Each of the turn's own deletions may hide one stored key.
        let (changed, deleted) = {
            let buffer = self.0.buffer();
            let mut changed = Vec::new();
            let mut deleted = BTreeSet::new();
            for ((conversation, key), value) in &buffer.state {
                if *conversation == mine
                    && key.starts_with(&prefix)
                    && after.as_ref().is_none_or(|after| key > after)
                {
                    match value {
                        Some(_) => changed.push(key.clone()),
                        None => drop(deleted.insert(key.clone())),
                    }
                }
            }
            (changed, deleted)
        };
        let wanted =
            i64::from(limit).saturating_add(i64::try_from(deleted.len()).unwrap_or(i64::MAX));
        let (version, stored) = store::state::keys(
            &self.0.store,
            self.owner(scope),
            &prefix,
            after.as_deref(),
            wanted,
        )
        .await
        .map_err(unavailable)?;
        self.saw(scope, version);
        let keys: BTreeSet<String> = stored
            .into_iter()
            .chain(changed)
            .filter(|key| !deleted.contains(key))
            .collect();
        Ok(keys
            .into_iter()
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .collect())
    }
}

fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > KEY_BYTES || key.contains('\0') {
        return Err(refusal(
            ErrorCode::Invalid,
            format!(
                "A key is 1 to {KEY_BYTES} bytes of text without NUL; this one has {}.",
                key.len()
            ),
        ));
    }
    Ok(())
}
