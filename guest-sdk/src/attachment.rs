//! An attachment: a file that came with a message, or that goes with a reply.

use crate::{Attachment, AttachmentSource};

impl Attachment {
    /// A small file, its bytes carried along.
    pub fn inline(
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Attachment {
        let bytes = bytes.into();
        Attachment {
            size: Some(bytes.len() as u64),
            ..Attachment::of(name, content_type, AttachmentSource::Inline(bytes))
        }
    }

    /// A file on the web, which the host fetches.
    pub fn url(
        name: impl Into<String>,
        content_type: impl Into<String>,
        url: impl Into<String>,
    ) -> Attachment {
        Attachment::of(name, content_type, AttachmentSource::Url(url.into()))
    }

    /// A file of the agent's workspace, by its path there.
    pub fn workspace(
        name: impl Into<String>,
        content_type: impl Into<String>,
        path: impl Into<String>,
    ) -> Attachment {
        Attachment::of(name, content_type, AttachmentSource::Workspace(path.into()))
    }

    fn of(
        name: impl Into<String>,
        content_type: impl Into<String>,
        source: AttachmentSource,
    ) -> Attachment {
        Attachment {
            name: name.into(),
            content_type: content_type.into(),
            size: None,
            source,
            metadata: Vec::new(),
        }
    }
}
