//! How large an answer is: the bytes of all its text and data, as the reply limit counts them.

use crate::types::{Attachment, AttachmentSource, Choice, Outcome, Reply, Tool};

pub(super) trait Measured {
    /// Bytes of text and data, and a few for each entry of a list.
    fn bytes(&self) -> u64;
}

/// What an entry of a list counts beside its text, so that a list of empty ones is not free.
const ENTRY: u64 = 16;

impl<T: Measured> Measured for Vec<T> {
    fn bytes(&self) -> u64 {
        self.iter().map(|item| ENTRY + item.bytes()).sum()
    }
}

impl<T: Measured> Measured for Option<T> {
    fn bytes(&self) -> u64 {
        self.as_ref().map_or(0, Measured::bytes)
    }
}

impl Measured for String {
    fn bytes(&self) -> u64 {
        self.len() as u64
    }
}

impl Measured for (String, String) {
    fn bytes(&self) -> u64 {
        self.0.bytes() + self.1.bytes()
    }
}

impl Measured for Reply {
    fn bytes(&self) -> u64 {
        let Self {
            text,
            format: _,
            attachments,
            choices,
            reply_to,
            structured,
            metadata,
        } = self;
        text.bytes()
            + attachments.bytes()
            + choices.bytes()
            + reply_to.bytes()
            + structured.bytes()
            + metadata.bytes()
    }
}

impl Measured for Attachment {
    fn bytes(&self) -> u64 {
        let Self {
            name,
            content_type,
            size: _,
            source,
            metadata,
        } = self;
        let source = match source {
            AttachmentSource::Workspace(text) | AttachmentSource::Url(text) => text.bytes(),
            AttachmentSource::Inline(data) => data.len() as u64,
        };
        name.bytes() + content_type.bytes() + source + metadata.bytes()
    }
}

impl Measured for Choice {
    fn bytes(&self) -> u64 {
        let Self {
            label,
            value,
            metadata,
        } = self;
        label.bytes() + value.bytes() + metadata.bytes()
    }
}

impl Measured for Tool {
    fn bytes(&self) -> u64 {
        let Self {
            name,
            description,
            input_schema,
            output_schema,
            metadata,
        } = self;
        name.bytes()
            + description.bytes()
            + input_schema.bytes()
            + output_schema.bytes()
            + metadata.bytes()
    }
}

impl Measured for Outcome {
    fn bytes(&self) -> u64 {
        let Self {
            content,
            text,
            metadata,
        } = self;
        content.bytes() + text.bytes() + metadata.bytes()
    }
}
