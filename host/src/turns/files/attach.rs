//! A reply that names a file of the workspace goes with what is in it now: the attachment is bound to the content, so that
//! nobody is sent what another turn has put there by the time the message goes out.

use sandbox::types::{Attachment, AttachmentSource, Reply};
use store::StoreError;
use store::files::{self, FilePath};
use store::ids::ContentId;

use crate::capabilities::{Buffer, Line, Turn};
use crate::content;
use crate::turns::agents::Spec;

/// Binds the files of all that a turn says. The contents that it is sent with.
pub(in crate::turns) async fn attach(
    turn: &Turn,
    spec: &Spec,
    replies: &mut [Reply],
    buffer: &mut Buffer,
) -> Result<Vec<ContentId>, StoreError> {
    let mut sent = Vec::new();
    let mut spoken = std::mem::take(&mut buffer.spoken);
    let said = spoken.iter_mut().map(|spoken| &mut spoken.reply);
    for reply in said.chain(replies) {
        let mut attachments = std::mem::take(&mut reply.attachments);
        for mut attachment in attachments.drain(..) {
            content::unbind(&mut attachment);
            let AttachmentSource::Workspace(path) = &attachment.source else {
                reply.attachments.push(attachment);
                continue;
            };
            let path = path.clone();
            match find(turn, spec, buffer, &path).await? {
                Ok((content, size, kind)) => {
                    bind(&mut attachment, content, size, kind);
                    sent.push(content);
                    reply.attachments.push(attachment);
                }
                // The words are worth more than the file.
                Err(why) => buffer.log.push(Line {
                    level: "warn",
                    message: format!("A reply goes without its file `{path}`: {why}"),
                    fields: Vec::new(),
                }),
            }
        }
    }
    buffer.spoken = spoken;
    Ok(sent)
}

async fn find(
    turn: &Turn,
    spec: &Spec,
    buffer: &Buffer,
    path: &str,
) -> Result<Result<(ContentId, i64, String), String>, StoreError> {
    if !spec.has_files() {
        return Ok(Err("the agent was not granted `workspace`".to_owned()));
    }
    let path = match FilePath::parse(path) {
        Ok(path) => path,
        Err(bad) => return Ok(Err(bad.to_string())),
    };
    let missing = || "there is no such file".to_owned();
    if let Some(draft) = buffer.files.draft(&path) {
        let draft = draft.map(|draft| (draft.content, draft.size, draft.content_type.clone()));
        return Ok(draft.ok_or_else(missing));
    }
    let look = files::look(&turn.store, turn.workspace(), &path).await?;
    let file = look.file;
    let found = file.map(|file| (file.content_id, file.size, file.content_type));
    Ok(found.ok_or_else(missing))
}

fn bind(attachment: &mut Attachment, content: ContentId, size: i64, kind: String) {
    attachment.size = u64::try_from(size).ok();
    if attachment.content_type.is_empty() {
        attachment.content_type = kind;
    }
    content::bind(attachment, content);
}
