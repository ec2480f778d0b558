//! What a turn has done to its agent's files so far.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use store::files::{FileChange, FileChanges, FilePath, Quota, Usage, Workspace};
use store::ids::ContentId;

/// Changes of files until the turn commits.
#[derive(Debug, Default)]
pub struct Files {
    /// What paths point at from then on; `None` for nothing.
    drafts: BTreeMap<FilePath, Option<Draft>>,
    /// What was committed at paths when they were read.
    seen: BTreeMap<FilePath, Option<ContentId>>,
    /// Bytes of what was committed at paths when they were last looked at.
    sizes: BTreeMap<FilePath, Option<i64>>,
    /// What all files amounted to at the last look.
    usage: Usage,
    /// Every content that the turn has stored ahead.
    pub staged: Vec<ContentId>,
}

/// A content that the turn has stored ahead.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The content.
    pub content: ContentId,
    /// Its bytes.
    pub size: i64,
    /// Its media type.
    pub content_type: String,
    /// When it was last written.
    pub written_at: DateTime<Utc>,
}

impl Files {
    /// The turn's own change of a path, if there is one.
    pub fn draft(&self, path: &FilePath) -> Option<Option<&Draft>> {
        self.drafts.get(path).map(Option::as_ref)
    }

    /// Notes what was looked at.
    pub fn looked(&mut self, path: &FilePath, size: Option<i64>, usage: Usage) {
        self.sizes.insert(path.clone(), size);
        self.usage = usage;
    }

    /// Notes what was read at a path. Whether it is the same as before.
    pub fn saw(&mut self, path: &FilePath, content: Option<ContentId>) -> bool {
        *self.seen.entry(path.clone()).or_insert(content) == content
    }

    /// Points a path at a draft.
    pub fn put(&mut self, path: FilePath, draft: Draft) {
        self.drafts.insert(path, Some(draft));
    }

    /// Points a path at nothing.
    pub fn delete(&mut self, path: FilePath) {
        match self.sizes.get(&path) {
            // There was nothing before the turn either.
            Some(None) => drop(self.drafts.remove(&path)),
            _ => drop(self.drafts.insert(path, None)),
        }
    }

    /// What files amount to now, and what they would with so many bytes at a path, as far as the turn knows.
    pub fn usage_with(&self, path: &FilePath, size: i64) -> (Usage, Usage) {
        let sizes = self.drafts.iter();
        let drafts = sizes.map(|(path, draft)| (path, draft.as_ref().map(|draft| draft.size)));
        let mut after: BTreeMap<&FilePath, Option<i64>> = drafts.collect();
        let before = self.with(&after);
        after.insert(path, Some(size));
        (before, self.with(&after))
    }

    fn with(&self, changed: &BTreeMap<&FilePath, Option<i64>>) -> Usage {
        let mut usage = self.usage;
        for (path, size) in changed {
            let stored = self.sizes.get(*path).copied().flatten();
            usage.bytes += size.unwrap_or(0) - stored.unwrap_or(0);
            usage.files += i64::from(size.is_some()) - i64::from(stored.is_some());
        }
        usage
    }

    /// The turn's own changes of paths that begin so and come after: the paths, and the drafts at them.
    pub fn between(
        &self,
        prefix: &str,
        after: Option<&FilePath>,
    ) -> (BTreeSet<FilePath>, Vec<(FilePath, Draft)>) {
        let mut changed = BTreeSet::new();
        let mut drafts = Vec::new();
        for (path, draft) in &self.drafts {
            if path.as_str().starts_with(prefix) && after.is_none_or(|after| path > after) {
                changed.insert(path.clone());
                drafts.extend(draft.clone().map(|draft| (path.clone(), draft)));
            }
        }
        (changed, drafts)
    }

    /// What is to be committed, with the contents that messages are sent with; `None` where that is nothing.
    pub fn changes(
        self,
        workspace: Workspace,
        quota: Quota,
        mut sent: Vec<ContentId>,
    ) -> Option<Box<FileChanges>> {
        if self.drafts.is_empty() && sent.is_empty() {
            return None;
        }
        sent.sort();
        sent.dedup();
        let change = |(path, draft): (FilePath, Option<Draft>)| FileChange {
            path,
            to: draft.map(|draft| (draft.content, draft.content_type)),
        };
        Some(Box::new(FileChanges {
            workspace,
            quota,
            changes: self.drafts.into_iter().map(change).collect(),
            seen: self.seen.into_iter().collect(),
            sent,
        }))
    }
}
