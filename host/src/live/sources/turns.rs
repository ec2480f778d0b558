//! Turns of a conversation or of an agent: each when it is queued, when it is tried again and when it is over.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use store::ids::{AgentId, ConversationId, OrganizationId, TurnId};
use store::turns::{self, TurnTrace};
use store::{Store, StoreError};

use super::PAGE;
use super::recent::Recent;
use crate::live::Topic;
use crate::live::feed::Source;

/// Whose turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TurnsOf {
    /// A conversation's.
    Conversation(OrganizationId, ConversationId),
    /// An agent's, in whichever conversation.
    Agent(OrganizationId, AgentId),
}

/// How far the reader has come.
pub struct Place {
    from: From,
    /// Turns that are not over, with how often they had been tried when they were last seen.
    open: HashMap<TurnId, i16>,
}

enum From {
    /// Positions are given under the lock of the conversation's row.
    Position(i64),
    Time(Recent<DateTime<Utc>, TurnId>),
}

#[async_trait]
impl Source for TurnsOf {
    type Item = TurnTrace;
    type Place = Place;

    fn topic(&self) -> Topic {
        match *self {
            TurnsOf::Conversation(_, conversation) => Topic::Turns(conversation),
            TurnsOf::Agent(_, agent) => Topic::AgentTurns(agent),
        }
    }

    async fn start(&self, store: &Store) -> Result<Place, StoreError> {
        let (open, from) = match *self {
            TurnsOf::Conversation(owner, conversation) => {
                let (open, newest) =
                    turns::open_of_conversation(store, owner, conversation).await?;
                (open, From::Position(newest))
            }
            TurnsOf::Agent(owner, agent) => {
                let (open, newest) = turns::open_of_agent(store, owner, agent).await?;
                let from = Recent::from(newest.unwrap_or(DateTime::UNIX_EPOCH));
                (open, From::Time(from))
            }
        };
        let open = open.iter().map(|turn| (turn.id, turn.attempts)).collect();
        Ok(Place { from, open })
    }

    async fn read(
        &self,
        store: &Store,
        place: &mut Place,
    ) -> Result<(Vec<TurnTrace>, bool), StoreError> {
        let open: Vec<TurnId> = place.open.keys().copied().collect();
        // New ones wait while too many are followed.
        let room = turns::OPEN - i64::try_from(open.len()).unwrap_or(turns::OPEN);
        let limit = room.clamp(0, PAGE);
        let found = match (&mut place.from, *self) {
            (From::Position(after), TurnsOf::Conversation(owner, conversation)) => {
                turns::of_conversation(store, owner, conversation, *after, limit, &open).await?
            }
            (From::Time(recent), TurnsOf::Agent(owner, agent)) => {
                let (after, known) = (recent.floor(), recent.ids());
                turns::of_agent(store, owner, agent, after, limit, &known, &open).await?
            }
            // A place is made by the same source.
            _ => Vec::new(),
        };
        Ok(place.changed(found, limit))
    }
}

impl Place {
    /// Those that changed since they were last seen, and whether a whole page was new.
    fn changed(&mut self, found: Vec<TurnTrace>, limit: i64) -> (Vec<TurnTrace>, bool) {
        let (mut changed, mut fresh) = (Vec::new(), 0);
        for turn in found {
            let is_over = turn.status != "queued";
            let before = self.open.get(&turn.id).copied();
            if before.is_none() {
                fresh += 1;
                match &mut self.from {
                    From::Position(after) => *after = turn.position.max(*after),
                    From::Time(recent) => recent.saw(turn.queued_at, turn.id),
                }
            }
            if is_over {
                self.open.remove(&turn.id);
            } else {
                self.open.insert(turn.id, turn.attempts);
            }
            if is_over || before != Some(turn.attempts) {
                changed.push(turn);
            }
        }
        (changed, limit > 0 && fresh >= limit)
    }
}
