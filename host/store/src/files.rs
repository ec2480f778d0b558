//! Files of agents. A file is a path of a workspace that points at a content; a content is bytes, in chunks, that change no
//! more once a file points at them. What is not pointed at is loose, and goes after a while.

mod change;
mod content;
mod find;
mod path;
#[cfg(test)]
mod tests;

use crate::ids::{AgentId, ContentId, OrganizationId};

pub use change::{Changed, FileChange, FileChanges, Rewrite, change};
pub(crate) use change::{Undone, make};
pub use content::{
    CHUNK, Content, clean, clear_deleted, content, copy, discard, extend, read, stage, stage_all,
};
pub use find::{File, Look, find_many, look, of_agents, taken, usages};
pub use path::{BadPath, FilePath};

/// Whose files they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Workspace {
    /// Whose the agent is.
    pub organization_id: OrganizationId,
    /// The agent.
    pub agent_id: AgentId,
}

/// What files amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of all of them.
    pub bytes: i64,
    /// How many.
    pub files: i64,
}

/// What they may amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of all of them.
    pub bytes: i64,
    /// How many.
    pub files: i64,
}

impl Quota {
    /// Whether a change that leads from one use to another is within it: one that makes nothing more always is.
    pub fn allows(&self, before: Usage, after: Usage) -> bool {
        (after.bytes <= self.bytes || after.bytes <= before.bytes)
            && (after.files <= self.files || after.files <= before.files)
    }
}

/// No content.
const NONE: ContentId = ContentId::nil();
