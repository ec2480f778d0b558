//! Sides: where a module is tried, an agent's conversations have two. Which side one is on follows from its id alone, so that it
//! stays there, and on the trial's also when the trial's share grows. A turn that was begun before goes on with the module that it
//! was begun on, whatever has become of the trial since.

use std::sync::Arc;

use sandbox::Digest;
use store::ids::AgentId;
use store::turns::{LoadedTurn, RunnableAgent};
use uuid::Uuid;

use super::agents::Spec;

/// A module that is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    digest: Digest,
    /// In so many of a hundred conversations.
    share: i16,
    asks_for_files: bool,
}

/// What the turns of an agent run on.
#[derive(Debug)]
pub(super) struct Sides {
    present: Arc<Spec>,
    /// With its share.
    trial: Option<(Arc<Spec>, i16)>,
}

/// A digest as a row has it.
pub(super) fn digest(column: Option<&[u8]>) -> Option<Digest> {
    column.and_then(|bytes| Digest::try_from(bytes).ok())
}

impl Trial {
    /// The one of an agent.
    pub(super) fn of(row: &RunnableAgent) -> Option<Self> {
        Some(Self {
            digest: digest(row.trial_digest.as_deref())?,
            share: row.trial_share?,
            asks_for_files: row.trial_asks_for_files,
        })
    }
}

impl Sides {
    pub(super) fn of(present: Spec, trial: Option<Trial>) -> Self {
        let tried = |trial: Trial| {
            let spec = Spec {
                digest: Some(trial.digest),
                asks_for_files: trial.asks_for_files,
                ..present.clone()
            };
            (Arc::new(spec), trial.share)
        };
        Self {
            trial: trial.map(tried),
            present: Arc::new(present),
        }
    }

    /// Of the agent.
    pub(super) fn version(&self) -> i64 {
        self.present.version
    }

    /// Whether the agent's turns have been simple, on either module.
    pub(super) fn are_simple(&self) -> bool {
        self.present.is_simple.so_far()
    }

    /// What a turn runs on.
    pub(super) fn of_turn(&self, agent: AgentId, turn: &LoadedTurn) -> Arc<Spec> {
        let tried = self.trial.as_ref();
        if let Some(begun) = digest(turn.module_digest.as_deref()) {
            let all = [Some(&self.present), tried.map(|(spec, _)| spec)];
            let mut all = all.into_iter().flatten();
            let same = all.find(|spec| spec.digest == Some(begun));
            return same.cloned().unwrap_or_else(|| {
                Arc::new(Spec {
                    digest: Some(begun),
                    ..Spec::clone(&self.present)
                })
            });
        }
        match tried {
            Some((spec, share)) if is_among(*share, agent.uuid(), turn.conversation_id) => {
                spec.clone()
            }
            _ => self.present.clone(),
        }
    }
}

/// Whether a conversation is among so many of a hundred of its agent's.
fn is_among(share: i16, agent: Uuid, conversation: Uuid) -> bool {
    let mut hasher = blake3::Hasher::new();
    hasher.update(agent.as_bytes());
    hasher.update(conversation.as_bytes());
    let hash = hasher.finalize();
    let number = hash.as_bytes().first_chunk::<8>().copied();
    let place = number.map(u64::from_le_bytes).unwrap_or_default() % 100;
    u64::try_from(share).is_ok_and(|share| place < share)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_share_of_conversations_is_about_that_share_and_grows_by_others_alone() {
        let agent = Uuid::now_v7();
        let conversations: Vec<Uuid> = (0..10_000).map(|_| Uuid::now_v7()).collect();
        let mut before: HashSet<&Uuid> = HashSet::new();
        for share in [0, 1, 10, 50, 99, 100] {
            let among = conversations.iter();
            let among: HashSet<_> = among.filter(|id| is_among(share, agent, **id)).collect();
            let expected = usize::try_from(share).unwrap() * 100;
            let off = among.len().abs_diff(expected);
            assert!(off <= 250, "{share}: {}", among.len());
            assert!(before.is_subset(&among), "{share}");
            before = among;
        }
        // Another agent's are others.
        let other = Uuid::now_v7();
        let both = conversations
            .iter()
            .filter(|id| is_among(50, agent, **id) && is_among(50, other, **id));
        assert!(both.count().abs_diff(2_500) <= 250);
    }

    #[test]
    fn the_side_of_a_conversation_never_changes() {
        // By another hash, conversations would change sides in the middle of a trial.
        let (agent, conversation) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = (0..=100).find(|share| is_among(*share, agent, conversation));
        assert_eq!(first, Some(56));
    }
}
