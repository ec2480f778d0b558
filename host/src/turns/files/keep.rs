//! Keeping what came with a message among the agent's files, under `inbox/`: each file and the message that names its path
//! change in one transaction, so that a turn that is tried again finds what it has and fetches nothing twice.

use bytes::Bytes;
use sandbox::types::{Attachment, AttachmentSource};
use serde_json::Value;
use store::StoreError;
use store::files::{self, Changed, FileChange, FileChanges, FilePath, Rewrite, Workspace};
use store::ids::{ContentId, MessageId};

use super::{MOST_KEPT, Source, mark};
use crate::config::Limits;
use crate::content::Content;
use crate::service::workspaces::{self, ANY_TYPE};
use crate::turns::agents::Spec;

/// Where what came with messages is kept.
const FOLDER: &str = "inbox";
/// Names that are tried for a file beside its own before one is made up.
const NAMES: usize = 20;
/// How often a name is looked for that someone else takes meanwhile.
const LOOKS: usize = 5;

/// Keeps the files of a message that are not kept yet. An error is one that may pass.
pub(super) async fn keep(
    source: &mut Source<'_>,
    spec: &Spec,
    attachments: &mut [Attachment],
) -> Result<(), String> {
    if !attachments.iter().any(|file| is_wanted(source, spec, file)) {
        return Ok(());
    }
    let (cx, turn) = (source.cx, source.turn);
    let (Some(message_id), Some(agent_id)) = (turn.message_id, turn.agent_id) else {
        return Ok(());
    };
    // A try before this one may have kept some of them.
    let found = store::messages::find(
        &cx.store,
        turn.organization_id.into(),
        turn.conversation_id.into(),
        message_id.into(),
    );
    let found = found.await.map_err(|error| error.to_string())?;
    let Some(stored) = found.and_then(|message| message.content) else {
        return Ok(());
    };
    let mut letter = Letter {
        message_id: message_id.into(),
        workspace: Workspace {
            organization_id: turn.organization_id.into(),
            agent_id: agent_id.into(),
        },
        content: Content::read(Some(&stored)),
        stored,
    };
    let mut left = MOST_KEPT;
    for (number, file) in attachments.iter_mut().enumerate() {
        if let Some(kept) = letter.kept(number) {
            *file = kept.clone();
            continue;
        }
        if !is_wanted(source, spec, file) {
            continue;
        }
        let most = usize::try_from(spec.allowance.file)
            .unwrap_or(usize::MAX)
            .min(left);
        let fetched = match &mut file.source {
            AttachmentSource::Url(address) => source.fetch(address, most).await?,
            AttachmentSource::Inline(bytes) if bytes.len() > most => {
                Err(format!("it has more than {most} bytes"))
            }
            AttachmentSource::Inline(bytes) => Ok((Bytes::copy_from_slice(bytes), None)),
            AttachmentSource::Workspace(_) => continue,
        };
        let brought = match fetched {
            Ok((bytes, told)) => {
                acceptable(&cx.config.limits, file, told).map(|kind| (bytes, kind))
            }
            Err(why) => Err(why),
        };
        let kept = match brought {
            Ok((bytes, kind)) => {
                left = left.saturating_sub(bytes.len());
                let kept = letter
                    .put(source, spec, number, (file.name.as_str(), bytes, kind))
                    .await;
                kept.map_err(|error| error.to_string())?
            }
            Err(why) => Err(why),
        };
        match kept {
            Ok(kept) => *file = kept,
            Err(why) => mark(turn, file, why),
        }
    }
    Ok(())
}

/// Whether a file is to be kept that is not yet.
fn is_wanted(source: &Source<'_>, spec: &Spec, file: &Attachment) -> bool {
    match &file.source {
        AttachmentSource::Workspace(_) => false,
        AttachmentSource::Url(address) if !source.is_at_platform(address) => true,
        AttachmentSource::Url(_) | AttachmentSource::Inline(_) => spec.asks_for_files,
    }
}

/// The media type to keep a file under, if files of it are taken: the one that came with the message, unless that says
/// nothing, else what its address told, else what its name tells.
fn acceptable(limits: &Limits, file: &Attachment, told: Option<String>) -> Result<String, String> {
    let says_something = |kind: &String| {
        let plain = kind.split(';').next().unwrap_or_default().trim();
        plain != ANY_TYPE && workspaces::content_type("type", kind).is_ok()
    };
    let given = Some(file.content_type.clone()).filter(says_something);
    let kind = given.or(told.filter(says_something));
    let kind = kind.unwrap_or_else(|| workspaces::type_of_name(&file.name));
    let plain = kind.split(';').next().unwrap_or_default().trim();
    let plain = plain.to_ascii_lowercase();
    let family = plain.split('/').next().unwrap_or_default();
    let is_taken = |allowed: &String| match allowed.strip_suffix("/*") {
        Some(kinds) => kinds == family || kinds == "*",
        None => *allowed == plain,
    };
    match limits.file_types.iter().any(is_taken) {
        true => Ok(kind),
        false => Err(format!("files of type {plain} are not taken here")),
    }
}

/// A message whose files are being kept.
struct Letter {
    message_id: MessageId,
    workspace: Workspace,
    content: Content,
    /// The content as its row has it.
    stored: Value,
}

impl Letter {
    /// The file of this number, if it is kept already.
    fn kept(&self, number: usize) -> Option<&Attachment> {
        let file = self.content.attachments.get(number)?;
        Some(file).filter(|file| matches!(file.source, AttachmentSource::Workspace(_)))
    }

    /// Keeps a file, and says in the message where it is; or tells why it cannot be kept.
    async fn put(
        &mut self,
        source: &Source<'_>,
        spec: &Spec,
        number: usize,
        (name, bytes, kind): (&str, Bytes, String),
    ) -> Result<Result<Attachment, String>, StoreError> {
        let store = &source.cx.store;
        let owner = self.workspace.organization_id;
        let staged = files::stage(store, self.workspace, &bytes).await?;
        for _ in 0..LOOKS {
            let path = free(store, self.workspace, name, staged).await?;
            let path = match path {
                Ok(path) => path,
                Err(why) => {
                    files::discard(store, owner, &[staged]).await?;
                    return Ok(Err(why));
                }
            };
            let mut content = self.content.clone();
            let Some(file) = content.attachments.get_mut(number) else {
                break;
            };
            file.content_type = kind.clone();
            file.size = u64::try_from(bytes.len()).ok();
            file.source = AttachmentSource::Workspace(path.to_string());
            let kept = file.clone();
            let Some(column) = content.column() else {
                break;
            };
            let changes = FileChanges {
                workspace: self.workspace,
                quota: spec.allowance.quota,
                changes: vec![FileChange {
                    path: path.clone(),
                    to: Some((staged, kind.clone())),
                }],
                seen: vec![(path, None)],
                sent: Vec::new(),
            };
            let rewrite = Rewrite {
                message_id: self.message_id,
                from: &self.stored,
                to: &column,
            };
            match files::change(store, &changes, Some(rewrite)).await? {
                Changed::Done(_) => {
                    self.content = content;
                    self.stored = column;
                    return Ok(Ok(kept));
                }
                Changed::Full => {
                    files::discard(store, owner, &[staged]).await?;
                    return Ok(Err(workspaces::full(&spec.allowance)));
                }
                // Someone else took the name.
                Changed::Moved => {}
            }
        }
        files::discard(store, owner, &[staged]).await?;
        // Another host has the message by now, or the name is taken over and over: the next try sees which.
        Err(StoreError::Unavailable(
            "the message has changed meanwhile".into(),
        ))
    }
}

/// A path for a file of this name at which there is none yet.
async fn free(
    store: &store::Store,
    workspace: Workspace,
    name: &str,
    content: ContentId,
) -> Result<Result<FilePath, String>, StoreError> {
    let marks = (2..=NAMES).map(|number| format!("-{number}"));
    let marks = std::iter::once(String::new()).chain(marks);
    // The last one is made up, and no other file's.
    let marks = marks.chain([format!("-{}", content.uuid().simple())]);
    let paths: Result<Vec<FilePath>, _> = marks
        .map(|mark| FilePath::of_name(FOLDER, name, &mark))
        .collect();
    let paths = match paths {
        Ok(paths) => paths,
        Err(bad) => return Ok(Err(bad.to_string())),
    };
    let taken = files::taken(store, workspace, &paths).await?;
    let mut free = paths.into_iter().filter(|path| !taken.contains(path));
    Ok(free
        .next()
        .ok_or_else(|| "it has no name that is free".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_file_is_kept_under_the_type_that_says_most() {
        let limits = Config::from_flags(["--file-types", "image/*,text/csv,application/pdf"]);
        let limits = limits.unwrap().limits;
        let kind = |given: &str, told: Option<&str>, name: &str| {
            let file = Attachment {
                name: name.to_owned(),
                content_type: given.to_owned(),
                size: None,
                source: AttachmentSource::Url("https://x.example/".to_owned()),
                metadata: Vec::new(),
            };
            acceptable(&limits, &file, told.map(str::to_owned))
        };
        assert_eq!(
            kind("image/png", Some("text/html"), "a").unwrap(),
            "image/png"
        );
        assert_eq!(
            kind(ANY_TYPE, Some("text/csv; x=y"), "a").unwrap(),
            "text/csv; x=y"
        );
        assert_eq!(kind("", None, "a.pdf").unwrap(), "application/pdf");
        assert_eq!(
            kind("not a type", Some("\u{1}"), "a.jpg").unwrap(),
            "image/jpeg"
        );
        assert!(
            kind("text/html", None, "a.png")
                .unwrap_err()
                .contains("text/html")
        );
        assert!(kind(ANY_TYPE, None, "a").unwrap_err().contains(ANY_TYPE));
    }
}
