//! Git, as far as this host needs it: what is at the head of a repository, and the files there, over the "smart" protocol
//! (version 2) and our own guarded client. Nothing of a repository is ever run, written to a disk or followed: symbolic
//! links and submodules are left out. It knows no accounts and no agents.

mod delta;
mod pack;
mod packet;
mod remote;
mod tree;

use std::fmt;

pub use self::remote::{Head, head, snapshot};
pub use self::tree::File;

/// The id of an object: SHA-1 of its kind, size and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ObjectId([u8; 20]);

/// The files of one commit.
#[derive(Debug)]
pub struct Snapshot {
    /// The commit.
    pub commit: ObjectId,
    /// Its files, in the order of its trees.
    pub files: Vec<File>,
    /// Symbolic links, submodules and files whose paths this host does not take, which were left out.
    pub left_out: usize,
}

/// What may be fetched.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Bytes on the way.
    pub transferred: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// How many files.
    pub files: usize,
    /// Bytes of one file.
    pub file: u64,
}

/// Why a repository could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The guard does not let requests go there.
    #[error("its address is not reached: {0}")]
    Refused(String),
    /// The server wants another token, or knows of no such repository: many do not tell the two apart.
    #[error(
        "the server does not show it (status {status}): check the address, and the token if it is not public"
    )]
    Denied {
        /// The status.
        status: u16,
    },
    /// There is no answer, or one that says to try again.
    #[error("the server does not answer: {0}")]
    Unavailable(String),
    /// What answers does not speak as it should.
    #[error("what is at its address is no repository that this host can read: {0}")]
    Protocol(&'static str),
    /// The server said no, in its own words.
    #[error("the server refuses: {0}")]
    Told(String),
    /// It has no commit yet.
    #[error("it is empty: push a commit first")]
    Empty,
    /// More than may be fetched.
    #[error("it has more than {most} {what}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How much is taken.
        most: u64,
    },
}

impl ObjectId {
    /// Reads its 40 hexadecimal digits.
    fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text).ok()?;
        Self::of_bytes(&bytes)
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}
