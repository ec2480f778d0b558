//! The files of a message on its way out: those of an agent's workspace go with their bytes, or as a link where the channel
//! carries none.

use channels::{AttachmentSource as Source, Driver, OutboundAttachment};
use sandbox::types::{Attachment, AttachmentSource};
use store::deliveries::TakenDelivery;

use crate::content;
use crate::context::Context;
use crate::error::Result;
use crate::service::workspaces;

/// Makes the files of a message ready for its driver.
pub(super) async fn outbound(
    cx: &Context,
    driver: &dyn Driver,
    delivery: &TakenDelivery,
    attachments: Vec<Attachment>,
) -> Result<Vec<OutboundAttachment>> {
    let mut files = Vec::with_capacity(attachments.len());
    for attachment in attachments {
        let content = content::sent(&attachment);
        let source = match attachment.source {
            AttachmentSource::Url(url) => Some(Source::Url(url)),
            AttachmentSource::Inline(bytes) => Some(Source::Bytes(bytes.into())),
            AttachmentSource::Workspace(path) => {
                let owner = delivery.organization_id.into();
                let found =
                    match content {
                        Some(content) if driver.links_files() => Some(Source::Url(
                            workspaces::link(cx, owner, content, &attachment.name),
                        )),
                        Some(content) => {
                            let sent = workspaces::sent(cx, owner, content).await?;
                            sent.map(|sent| Source::Bytes(sent.bytes))
                        }
                        None => None,
                    };
                if found.is_none() {
                    tracing::warn!(delivery = %delivery.id, path, "a file that was to be sent is kept no more");
                }
                found
            }
        };
        files.extend(source.map(|source| OutboundAttachment {
            name: attachment.name,
            content_type: attachment.content_type,
            source,
        }));
    }
    Ok(files)
}
