//! The journal of a turn: the event that its agent was given, all that the agent heard of the host, and how it ended. It is kept
//! with the turn's outcome, compressed, where there is more to know than the tables of messages tell anyway.

use sandbox::Recording;
use sandbox::types::{Event, EventBody, Reply};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What stands first in what is kept: another shape gets another number.
const PACKED: u8 = 1;
const PLAIN: u8 = 2;
/// Bytes from which on a part is compressed: tables for it take longer to make than fewer bytes take to write.
const SMALL: usize = 1024;
/// How much is compressed at what cost: turns wait for it.
const LEVEL: u8 = 1;
/// Bytes that one may have, unpacked: several times what is taken down of one.
const UNPACKED: usize = 256 << 20;

/// A journal as it is read.
#[derive(Debug, Deserialize)]
pub struct Journal {
    /// What the agent was given.
    pub event: Event,
    /// What it heard.
    pub recording: Recording,
    /// What it said, or the code of why it said nothing.
    pub outcome: Result<Vec<Reply>, String>,
}

/// The same, as it is written.
#[derive(Serialize)]
struct Entry<'a> {
    event: &'a Event,
    recording: &'a Recording,
    outcome: Result<&'a [Reply], &'a str>,
}

/// What is kept of a turn; nothing where the event can be told from its message, and that is all, and nothing where it is more
/// than `most` bytes.
pub fn write(
    event: &Event,
    recording: &Recording,
    outcome: Result<&[Reply], &str>,
    most: usize,
) -> Option<Vec<u8>> {
    if recording.is_empty() && !has_files(event) {
        return None;
    }
    let entry = Entry {
        event,
        recording,
        outcome,
    };
    pack(&entry).filter(|kept| kept.len() <= most)
}

/// Reads what was kept; none where another version of this host has kept it, in a shape of its own.
pub fn read(kept: &[u8]) -> Option<Journal> {
    unpack(kept)
}

/// A part of a journal, as it is kept.
pub fn pack<T: Serialize>(part: &T) -> Option<Vec<u8>> {
    let bytes = postcard::to_allocvec(part).ok()?;
    let mut kept = Vec::with_capacity(SMALL);
    if bytes.len() < SMALL {
        kept.push(PLAIN);
        kept.extend(bytes);
    } else {
        kept.push(PACKED);
        kept.extend(miniz_oxide::deflate::compress_to_vec(&bytes, LEVEL));
    }
    Some(kept)
}

/// Reads a part that was kept; none where it has another shape.
pub fn unpack<T: DeserializeOwned>(kept: &[u8]) -> Option<T> {
    match kept.split_first()? {
        (&PLAIN, bytes) => postcard::from_bytes(bytes).ok(),
        (&PACKED, packed) => {
            let bytes =
                miniz_oxide::inflate::decompress_to_vec_with_limit(packed, UNPACKED).ok()?;
            postcard::from_bytes(&bytes).ok()
        }
        _ => None,
    }
}

/// Whether it came with files: what the agent got of them is not kept elsewhere.
fn has_files(event: &Event) -> bool {
    matches!(&event.body, EventBody::Message(message) if !message.attachments.is_empty())
}

#[cfg(test)]
mod tests {
    use sandbox::types::{Attachment, AttachmentSource, Contact, Conversation, Message};

    use super::*;

    fn event(attachments: Vec<Attachment>) -> Event {
        let from = Contact {
            id: "p1".to_owned(),
            platform_user_id: "U1".to_owned(),
            display_name: None,
            user_id: None,
            metadata: Vec::new(),
        };
        Event {
            id: "t1".to_owned(),
            received_at: 1,
            conversation: Conversation {
                id: "c1".to_owned(),
                channel_id: "ch1".to_owned(),
                channel_kind: "web".to_owned(),
                is_group: false,
                title: None,
                metadata: Vec::new(),
            },
            body: EventBody::Message(Message {
                id: "m1".to_owned(),
                from,
                text: "Hello".to_owned(),
                attachments,
                reply_to: None,
                sent_at: 1,
                metadata: Vec::new(),
            }),
            configuration: "{}".to_owned(),
            metadata: Vec::new(),
        }
    }

    #[test]
    fn what_was_kept_is_read_as_it_was() {
        let heard = Recording::default();
        assert!(write(&event(Vec::new()), &heard, Err("trap"), 1 << 20).is_none());
        let event = event(vec![Attachment {
            name: "a.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            size: Some(3),
            source: AttachmentSource::Inline(b"abc".to_vec()),
            metadata: Vec::new(),
        }]);
        let kept = write(&event, &heard, Err("trap"), 1 << 20).unwrap();
        let journal = read(&kept).unwrap();
        assert_eq!(journal.outcome.unwrap_err(), "trap");
        assert_eq!(format!("{:?}", journal.event), format!("{event:?}"));
    }

    #[test]
    fn it_is_compressed_where_it_is_not_small() {
        for (text, shape) in [("a".to_owned(), PLAIN), ("ab".repeat(SMALL), PACKED)] {
            let kept = pack(&text).unwrap();
            assert_eq!(kept[0], shape);
            assert!(kept.len() < SMALL);
            assert_eq!(unpack::<String>(&kept), Some(text));
        }
    }

    #[test]
    fn what_is_too_much_or_of_another_shape_is_none() {
        let file = Attachment {
            name: "a.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            size: None,
            source: AttachmentSource::Inline(b"abc".to_vec()),
            metadata: Vec::new(),
        };
        let event = event(vec![file]);
        let heard = Recording::default();
        assert!(write(&event, &heard, Ok(&[]), 10).is_none());
        let mut kept = write(&event, &heard, Ok(&[]), 1 << 20).unwrap();
        assert!(read(&kept).is_some());
        kept[0] = PLAIN + 1;
        assert!(read(&kept).is_none());
        assert!(read(&[]).is_none());
    }
}
