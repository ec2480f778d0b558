//! The workspace: the agent's files, shared by all its conversations. They are kept with the turn's outcome or not at all.
//!
//! ```
//! use cloister_guest::testing::Host;
//! use cloister_guest::{Agent, Context, Event, Failure, Replies};
//!
//! struct Diary;
//!
//! impl Agent for Diary {
//!     fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
//!         cx.workspace().append("diary.txt", format!("{}\n", event.text()))?;
//!         Ok(cx.workspace().text("diary.txt")?.into())
//!     }
//! }
//!
//! let mut host = Host::<Diary>::new();
//! host.say("It rained.")?;
//! assert_eq!(host.say("It rained again.")?.texts(), ["It rained.\nIt rained again.\n"]);
//! assert_eq!(host.file("diary.txt").as_deref(), Some(&b"It rained.\nIt rained again.\n"[..]));
//! # Ok::<(), Failure>(())
//! ```

use crate::port::{Calls, Port};
use crate::{Attachment, AttachmentSource, Error, ErrorCode};

pub use crate::bindings::capabilities::cloister::agent::workspace::Entry;

/// How many files one call of the host returns at most.
const PAGE: u32 = 1_000;
/// Bytes that one call of the host takes or gives at most.
const PIECE: usize = 1024 * 1024;

/// Files by their paths: `reports/may.csv`, relative and without `.` and `..`.
pub struct Workspace<'a> {
    port: &'a Port,
}

impl<'a> Workspace<'a> {
    pub(crate) fn new(port: &'a Port) -> Workspace<'a> {
        Workspace { port }
    }

    /// All that is in a file: a call of the host for every MiB.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        loop {
            let piece = self.read_range(path, whole.len() as u64, PIECE as u32)?;
            let is_last = piece.len() < PIECE;
            whole.extend_from_slice(&piece);
            if is_last {
                return Ok(whole);
            }
        }
    }

    /// A file that is text.
    pub fn text(&self, path: &str) -> Result<String, Error> {
        String::from_utf8(self.read(path)?).map_err(|_| Error {
            code: ErrorCode::Invalid,
            message: format!("the file `{path}` is not text in UTF-8"),
        })
    }

    /// At most `length` (1 to 1,048,576) bytes of a file from `offset` on.
    pub fn read_range(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        self.port.read_file(path, offset, length)
    }

    /// What is known of a file without reading it.
    pub fn stat(&self, path: &str) -> Result<Entry, Error> {
        self.port.stat_file(path)
    }

    /// Whether there is such a file.
    pub fn exists(&self, path: &str) -> Result<bool, Error> {
        match self.stat(path) {
            Ok(_) => Ok(true),
            Err(error) if error.code == ErrorCode::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a file, or replaces what is in one: a call of the host for every MiB. Its media type is the one that it has, or
    /// follows from the ending of its name.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        self.write_all(path, bytes.as_ref(), None)
    }

    /// The same with a media type, such as `text/csv`.
    pub fn write_as(
        &self,
        path: &str,
        content_type: &str,
        bytes: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        self.write_all(path, bytes.as_ref(), Some(content_type))
    }

    fn write_all(&self, path: &str, bytes: &[u8], content_type: Option<&str>) -> Result<(), Error> {
        let (first, rest) = bytes.split_at(bytes.len().min(PIECE));
        self.port.write_file(path, first, content_type)?;
        self.append_all(path, rest)
    }

    /// Adds to the end of a file, which is made where there is none.
    pub fn append(&self, path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        match bytes.as_ref() {
            [] => self.port.append_file(path, &[]),
            bytes => self.append_all(path, bytes),
        }
    }

    fn append_all(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        bytes
            .chunks(PIECE)
            .try_for_each(|piece| self.port.append_file(path, piece))
    }

    /// Deletes a file. Returns whether there was one.
    pub fn delete(&self, path: &str) -> Result<bool, Error> {
        self.port.delete_file(path)
    }

    /// All files whose paths begin with `prefix`, in the order of their paths' bytes: a call of the host for every thousand.
    pub fn entries(&self, prefix: &str) -> Result<Vec<Entry>, Error> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let after = entries.last().map(|entry| entry.path.as_str());
            let page = self.entries_after(prefix, after, PAGE)?;
            let is_last = page.len() < PAGE as usize;
            entries.extend(page);
            if is_last {
                return Ok(entries);
            }
        }
    }

    /// At most `limit` (1 to 1,000) of them that come after the path `after`.
    pub fn entries_after(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Entry>, Error> {
        self.port.files(prefix, after, limit)
    }

    /// The bytes of a file that came with a message, wherever they are; not those of an address on the web, which the host
    /// could not fetch: the attachment's metadata tells why, under `not_fetched`.
    pub fn attached(&self, attachment: &Attachment) -> Result<Vec<u8>, Error> {
        match &attachment.source {
            AttachmentSource::Inline(bytes) => Ok(bytes.clone()),
            AttachmentSource::Workspace(path) => self.read(path),
            AttachmentSource::Url(_) => {
                let mut told = attachment.metadata.iter();
                let why = told.find(|(name, _)| name == "not_fetched");
                let why = why.map_or("it was not fetched", |(_, why)| why);
                Err(Error {
                    code: ErrorCode::NotFound,
                    message: format!("`{}` is not here: {why}", attachment.name),
                })
            }
        }
    }
}
