//! A tree names files and further trees (gitformat-tree). What is no plain file is left out, and what no file may be called
//! is as well.

use super::pack::{Kind, Objects};
use super::{GitError, Most, ObjectId, Snapshot};

/// Trees in trees.
const DEPTH: usize = 64;

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path from the root of the repository, with `/` between parts that are none of `.`, `..` and `.git`.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Reads the files of a commit.
pub(super) fn files(
    objects: &Objects,
    commit: ObjectId,
    most: &Most,
) -> Result<Snapshot, GitError> {
    let missing = || GitError::Protocol("an object is missing in its pack");
    let root = objects.get(&commit, Kind::Commit).ok_or_else(missing)?;
    let root = root.strip_prefix(b"tree ").and_then(|rest| rest.get(..40));
    let root = root.and_then(|digits| std::str::from_utf8(digits).ok());
    let root = root.and_then(ObjectId::parse);
    let root = root.ok_or(GitError::Protocol("its commit names no tree"))?;
    let mut snapshot = Snapshot {
        commit,
        files: Vec::new(),
        left_out: 0,
    };
    let too_many = GitError::TooLarge {
        what: "files",
        most: most.files as u64,
    };
    // A few small trees that name each other many times over would be walked for ever.
    let mut steps = most.files.saturating_mul(4).saturating_add(10_000);
    let mut left = most.bytes;
    let mut walk = vec![(String::new(), root, 0)];
    while let Some((folder, id, depth)) = walk.pop() {
        let mut rest = objects.get(&id, Kind::Tree).ok_or_else(missing)?;
        while !rest.is_empty() {
            steps = steps.checked_sub(1).ok_or(too_many.clone())?;
            let entry = Entry::read(&mut rest);
            let entry = entry.ok_or(GitError::Protocol("a tree of its pack is broken"))?;
            let Some(name) = entry.name() else {
                snapshot.left_out += 1;
                continue;
            };
            let path = format!("{folder}{name}");
            match entry.mode {
                b"40000" | b"040000" if depth < DEPTH => {
                    walk.push((format!("{path}/"), entry.id, depth + 1));
                }
                b"100644" | b"100755" | b"100664" => {
                    let bytes = objects.get(&entry.id, Kind::Blob).ok_or_else(missing)?;
                    let length = bytes.len() as u64;
                    if length > most.file {
                        let what = "bytes in one file";
                        let most = most.file;
                        return Err(GitError::TooLarge { what, most });
                    }
                    left = left.checked_sub(length).ok_or(GitError::TooLarge {
                        what: "bytes",
                        most: most.bytes,
                    })?;
                    if snapshot.files.len() == most.files {
                        return Err(too_many);
                    }
                    let bytes = bytes.to_vec();
                    snapshot.files.push(File { path, bytes });
                }
                // A symbolic link, a submodule, or a tree too deep.
                _ => snapshot.left_out += 1,
            }
        }
    }
    Ok(snapshot)
}

struct Entry<'a> {
    mode: &'a [u8],
    name: &'a [u8],
    id: ObjectId,
}

impl<'a> Entry<'a> {
    /// `100644 name`, a NUL, and the 20 bytes of an id.
    fn read(rest: &mut &'a [u8]) -> Option<Self> {
        let tree = *rest;
        let space = tree.iter().position(|byte| *byte == b' ')?;
        let (mode, named) = (tree.get(..space)?, tree.get(space + 1..)?);
        let end = named.iter().position(|byte| *byte == 0)?;
        let (name, after) = (named.get(..end)?, named.get(end + 1..)?);
        let (id, after) = after.split_at_checked(20)?;
        *rest = after;
        Some(Self {
            mode,
            name,
            id: ObjectId::of_bytes(id)?,
        })
    }

    /// Its name, where a file may be called so.
    fn name(&self) -> Option<&'a str> {
        let name = std::str::from_utf8(self.name).ok()?;
        let bad = matches!(name, "" | "." | "..")
            || name.eq_ignore_ascii_case(".git")
            || name.contains(['/', '\\']);
        (!bad).then_some(name)
    }
}
