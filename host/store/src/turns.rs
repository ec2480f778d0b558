//! Turns: taking them, loading what a run needs, and ending them. A conversation's row is the head of its queue of
//! turns; the statements are in `sql/`, each with what it promises.

mod agent;
mod claim;
mod commit;
mod follow;
mod optimistic;
mod past;
mod read;
mod replay;
#[cfg(test)]
mod tests;
mod trace;

pub use agent::{AskedProvider, RunnableAgent, component, runnable};
pub use claim::{Hold, LoadedTurn, claim, holds, load, put_back, release, release_all, wake_agent};
pub(crate) use commit::plan;
pub use commit::{
    AgentState, Commit, EndStatus, EndedTurn, ScheduleChange, Speech, StateChange, commit,
};
pub use follow::{OPEN, of_agent, of_conversation, open_of_agent, open_of_conversation};
pub(crate) use optimistic::plan as plan_whole;
pub use optimistic::{Whole, commit_whole};
pub use past::{PastMessage, Reachable, past, reachable};
pub use read::{TurnReply, TurnStatus, replies, status};
pub use replay::{PastTurn, Since, past_turns, since};
pub use trace::{Moment, TurnTrace, find_many, of_agents, of_conversations, trace, traces};
