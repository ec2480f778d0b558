//! A pack is many objects, compressed each, and some of them told as deltas of others (gitformat-pack).

use std::collections::HashMap;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use sha1::{Digest, Sha1};

use super::{GitError, Most, ObjectId, delta};

/// Objects of one pack: more than the files of a checkout and their folders come to.
const OBJECTS: u32 = 200_000;
/// Deltas of deltas: git itself makes 50 at the most unless it is told otherwise.
const DEPTH: usize = 4_096;
/// Bytes of the hash at the end.
const TRAILER: usize = 20;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

/// The objects of a pack, by their ids.
#[derive(Debug, Default)]
pub(super) struct Objects(HashMap<ObjectId, (Kind, Vec<u8>)>);

impl Objects {
    /// What an object has in it, if it is of this kind.
    pub(super) fn get(&self, id: &ObjectId, kind: Kind) -> Option<&[u8]> {
        let (found, bytes) = self.0.get(id)?;
        (*found == kind).then_some(bytes.as_slice())
    }

    fn add(&mut self, kind: Kind, bytes: Vec<u8>) {
        self.0.insert(id(kind, &bytes), (kind, bytes));
    }
}

/// An entry as it stands in the pack.
enum Entry {
    Whole(Kind, Vec<u8>),
    /// Of the entry that begins there.
    OfOffset(usize, Vec<u8>),
    /// Of the object of this id.
    OfObject(ObjectId, Vec<u8>),
}

/// Reads a whole pack.
pub(super) fn read(pack: &[u8], most: &Most) -> Result<Objects, GitError> {
    let broken = |what| GitError::Protocol(what);
    let body = pack.len().checked_sub(TRAILER);
    let (body, trailer) = body
        .and_then(|length| pack.split_at_checked(length))
        .ok_or(broken("its pack is cut off"))?;
    if Sha1::digest(body).as_slice() != trailer {
        return Err(broken("its pack is cut off"));
    }
    let (head, _) = body
        .split_at_checked(12)
        .ok_or(broken("its pack has no head"))?;
    let number = |at: usize| {
        head.get(at..at + 4)?
            .try_into()
            .ok()
            .map(u32::from_be_bytes)
    };
    if !head.starts_with(b"PACK") || number(4) != Some(2) {
        return Err(broken("its pack is of another version"));
    }
    let count = number(8).unwrap_or(u32::MAX);
    if count > OBJECTS {
        return Err(GitError::TooLarge {
            what: "objects",
            most: OBJECTS.into(),
        });
    }
    let mut reader = Reader {
        body,
        at: 12,
        // Trees and commits come beside the files.
        left: most.bytes.saturating_mul(2).saturating_add(16 << 20),
        most: *most,
    };
    let mut entries = HashMap::new();
    for _ in 0..count {
        let at = reader.at;
        entries.insert(at, reader.entry()?);
    }
    resolve(entries, &mut reader)
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    /// Bytes that may still be unpacked.
    left: u64,
    most: Most,
}

impl Reader<'_> {
    fn entry(&mut self) -> Result<Entry, GitError> {
        let at = self.at;
        let first = self.byte()?;
        let mut size = u64::from(first & 0x0f);
        let mut shift = 4;
        let mut byte = first;
        while byte & 0x80 != 0 {
            byte = self.byte()?;
            if shift > 53 {
                return Err(cut());
            }
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        match (first >> 4) & 7 {
            1 => Ok(Entry::Whole(Kind::Commit, self.inflate(size)?)),
            2 => Ok(Entry::Whole(Kind::Tree, self.inflate(size)?)),
            3 => Ok(Entry::Whole(Kind::Blob, self.inflate(size)?)),
            4 => Ok(Entry::Whole(Kind::Tag, self.inflate(size)?)),
            6 => {
                let back = self.offset()?;
                let base = at
                    .checked_sub(back)
                    .filter(|base| *base < at)
                    .ok_or_else(cut)?;
                Ok(Entry::OfOffset(base, self.inflate(size)?))
            }
            7 => {
                let id = self.body.get(self.at..self.at + 20);
                let id = id.and_then(ObjectId::of_bytes).ok_or_else(cut)?;
                self.at += 20;
                Ok(Entry::OfObject(id, self.inflate(size)?))
            }
            _ => Err(GitError::Protocol(
                "its pack has an entry of an unknown kind",
            )),
        }
    }

    fn byte(&mut self) -> Result<u8, GitError> {
        let byte = *self.body.get(self.at).ok_or_else(cut)?;
        self.at += 1;
        Ok(byte)
    }

    /// How far back a base is: seven bits a byte, the highest first, and one more for each further byte.
    fn offset(&mut self) -> Result<usize, GitError> {
        let mut byte = self.byte()?;
        let mut offset = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.byte()?;
            let next = offset
                .checked_add(1)
                .and_then(|offset| offset.checked_mul(128));
            offset = next.ok_or_else(cut)? | usize::from(byte & 0x7f);
        }
        Ok(offset)
    }

    /// Unpacks so many bytes, neither more nor fewer.
    fn inflate(&mut self, size: u64) -> Result<Vec<u8>, GitError> {
        let size = self.take(size)?;
        let input = self.body.get(self.at..).ok_or_else(cut)?;
        // A byte more than is told shows that there is more.
        let mut out = vec![0; size + 1];
        let flags = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
            | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
            | inflate_flags::TINFL_FLAG_COMPUTE_ADLER32;
        let mut state = Box::new(DecompressorOxide::new());
        let (status, read, written) = decompress(&mut state, input, &mut out, 0, flags);
        if status != TINFLStatus::Done || written != size {
            return Err(GitError::Protocol("an object of its pack does not unpack"));
        }
        self.at += read;
        out.truncate(size);
        Ok(out)
    }

    /// Takes bytes from what may be unpacked.
    fn take(&mut self, size: u64) -> Result<usize, GitError> {
        if size > self.most.file.max(4 << 20) {
            return Err(GitError::TooLarge {
                what: "bytes in one object",
                most: self.most.file,
            });
        }
        self.left = self.left.checked_sub(size).ok_or(GitError::TooLarge {
            what: "bytes",
            most: self.most.bytes,
        })?;
        usize::try_from(size).map_err(|_| cut())
    }
}

/// Makes objects of entries: whole ones first, then deltas whose bases are there, until there are no more.
fn resolve(entries: HashMap<usize, Entry>, reader: &mut Reader<'_>) -> Result<Objects, GitError> {
    let mut objects = Objects::default();
    // What the object that begins at an offset is.
    let mut at: HashMap<usize, ObjectId> = HashMap::new();
    let mut waiting: HashMap<usize, Vec<(usize, Vec<u8>)>> = HashMap::new();
    let mut thin: HashMap<ObjectId, Vec<(usize, Vec<u8>)>> = HashMap::new();
    let mut ready = Vec::new();
    for (offset, entry) in entries {
        match entry {
            Entry::Whole(kind, bytes) => {
                let name = id(kind, &bytes);
                at.insert(offset, name);
                objects.add(kind, bytes);
                ready.push((offset, name, 0));
            }
            Entry::OfOffset(base, delta) => waiting.entry(base).or_default().push((offset, delta)),
            Entry::OfObject(base, delta) => thin.entry(base).or_default().push((offset, delta)),
        }
    }
    while let Some((offset, base, depth)) = ready.pop() {
        let deltas = waiting.remove(&offset).into_iter().flatten();
        let deltas: Vec<_> = deltas
            .chain(thin.remove(&base).into_iter().flatten())
            .collect();
        if !deltas.is_empty() && depth == DEPTH {
            return Err(GitError::Protocol(
                "its pack has too long a chain of deltas",
            ));
        }
        for (place, delta) in deltas {
            let (kind, bytes) = objects.0.get(&base).ok_or_else(cut)?;
            let (kind, made) = (
                *kind,
                delta::apply(bytes, &delta, reader.most.file.max(4 << 20))?,
            );
            reader.take(made.len() as u64)?;
            let name = id(kind, &made);
            at.insert(place, name);
            objects.add(kind, made);
            ready.push((place, name, depth + 1));
        }
    }
    match waiting.is_empty() && thin.is_empty() {
        true => Ok(objects),
        false => Err(GitError::Protocol(
            "its pack has deltas without their bases",
        )),
    }
}

fn id(kind: Kind, bytes: &[u8]) -> ObjectId {
    let kind = match kind {
        Kind::Commit => "commit",
        Kind::Tree => "tree",
        Kind::Blob => "blob",
        Kind::Tag => "tag",
    };
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", bytes.len()));
    hash.update(bytes);
    ObjectId(hash.finalize().into())
}

fn cut() -> GitError {
    GitError::Protocol("its pack is cut off")
}
