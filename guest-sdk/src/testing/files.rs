//! The files of the in-memory host.

use std::collections::BTreeMap;

use super::limits::{self, invalid};
use crate::workspace::Entry;
use crate::{Error, ErrorCode};

/// A file.
#[derive(Clone, Debug)]
pub(super) struct StoredFile {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: String,
    pub(super) modified_at: u64,
}

/// Files by their paths, and what they may amount to.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) all: BTreeMap<String, StoredFile>,
    /// Bytes of all of them together.
    pub(super) quota: usize,
}

impl Default for Files {
    fn default() -> Files {
        Files {
            all: BTreeMap::new(),
            quota: limits::FILES,
        }
    }
}

impl Files {
    pub(super) fn entries(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Entry>, Error> {
        limits::file_page(limit)?;
        let files = self.all.iter();
        let wanted = files.filter(|(path, _)| {
            path.starts_with(prefix) && after.is_none_or(|after| path.as_str() > after)
        });
        let entry = |(path, file): (&String, &StoredFile)| entry(path, file);
        Ok(wanted.map(entry).take(limit as usize).collect())
    }

    pub(super) fn stat(&self, path: &str) -> Result<Entry, Error> {
        Ok(entry(path, self.find(path)?))
    }

    pub(super) fn read(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        limits::file_length(length)?;
        let bytes = self.find(path)?.bytes.as_slice();
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let end = start.saturating_add(length as usize).min(bytes.len());
        Ok(bytes.get(start..end).unwrap_or_default().to_vec())
    }

    pub(super) fn write(
        &mut self,
        path: &str,
        bytes: &[u8],
        content_type: Option<&str>,
        now: u64,
    ) -> Result<(), Error> {
        limits::file_path(path)?;
        limits::file_bytes(bytes)?;
        let old = self.all.get(path);
        let content_type = match (content_type, old) {
            (Some(given), _) => limits::content_type(given)?.to_owned(),
            (None, Some(old)) => old.content_type.clone(),
            (None, None) => by_ending(path).to_owned(),
        };
        let replaced = old.map_or(0, |old| old.bytes.len());
        self.check(replaced, bytes.len())?;
        let file = StoredFile {
            bytes: bytes.to_vec(),
            content_type,
            modified_at: now,
        };
        self.all.insert(path.to_owned(), file);
        Ok(())
    }

    pub(super) fn append(&mut self, path: &str, bytes: &[u8], now: u64) -> Result<(), Error> {
        limits::file_path(path)?;
        limits::file_bytes(bytes)?;
        self.check(0, bytes.len())?;
        let Some(file) = self.all.get_mut(path) else {
            return self.write(path, bytes, None, now);
        };
        let size = file.bytes.len() + bytes.len();
        limits::file_size(size)?;
        file.bytes.extend_from_slice(bytes);
        file.modified_at = now;
        Ok(())
    }

    pub(super) fn delete(&mut self, path: &str) -> Result<bool, Error> {
        limits::file_path(path)?;
        Ok(self.all.remove(path).is_some())
    }

    fn find(&self, path: &str) -> Result<&StoredFile, Error> {
        limits::file_path(path)?;
        self.all.get(path).ok_or_else(|| Error {
            code: ErrorCode::NotFound,
            message: format!("there is no file `{path}`"),
        })
    }

    fn check(&self, replaced: usize, added: usize) -> Result<(), Error> {
        let used: usize = self.all.values().map(|file| file.bytes.len()).sum();
        let then = used.saturating_sub(replaced) + added;
        if then <= self.quota || added <= replaced {
            return Ok(());
        }
        Err(Error {
            code: ErrorCode::Limit,
            ..invalid(format!("the workspace may have {} bytes", self.quota))
        })
    }
}

fn entry(path: &str, file: &StoredFile) -> Entry {
    Entry {
        path: path.to_owned(),
        size: file.bytes.len() as u64,
        content_type: file.content_type.clone(),
        modified_at: file.modified_at,
    }
}

/// The media types of files that agents write most; the host knows more.
fn by_ending(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "txt" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "html" => "text/html",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Capability, Host};
    use crate::{Agent, Attachment, Context, ErrorCode, Event, Failure, FailureCode, Replies};

    /// Keeps a diary, a line a message.
    struct Diary;

    impl Agent for Diary {
        fn handle(cx: &Context, event: &Event) -> Result<Replies, Failure> {
            let files = cx.workspace();
            if let [attached] = &event
                .message()
                .map_or(&[][..], |message| &message.attachments)
            {
                return Ok(format!("{} bytes", files.attached(attached)?.len()).into());
            }
            match event.text() {
                "" => Ok(files.text("diary.txt")?.into()),
                "big" => {
                    files.write("big.bin", vec![7; 2_500_000])?;
                    Ok(format!("{}", files.read("big.bin")?.len()).into())
                }
                "burn" => Ok(format!("{}", files.delete("diary.txt")?).into()),
                path if path.contains('/') => {
                    files.write(path, "x")?;
                    let entries = files.entries("a/")?;
                    Ok(entries
                        .into_iter()
                        .map(|entry| entry.path)
                        .collect::<Vec<_>>()
                        .join(" ")
                        .into())
                }
                line => {
                    files.append("diary.txt", format!("{line}\n"))?;
                    if line == "oops" {
                        return Err(Failure::invalid("as asked"));
                    }
                    Ok(files.stat("diary.txt")?.content_type.into())
                }
            }
        }
    }

    fn said(host: &mut Host<Diary>, text: &str) -> Result<String, Failure> {
        Ok(host.say(text)?.texts().concat())
    }

    #[test]
    fn files_are_kept_with_the_turn_or_not_at_all() {
        let mut host = Host::<Diary>::new();
        assert_eq!(said(&mut host, "one").unwrap(), "text/plain");
        assert!(said(&mut host, "oops").is_err());
        said(&mut host, "two").unwrap();
        assert_eq!(said(&mut host, "").unwrap(), "one\ntwo\n");
        assert_eq!(said(&mut host, "burn").unwrap(), "true");
        assert_eq!(host.file("diary.txt"), None);
        assert_eq!(said(&mut host, "").unwrap_err().code, FailureCode::NotFound);
    }

    #[test]
    fn large_files_go_in_pieces_and_a_quota_holds() {
        let mut host = Host::<Diary>::new();
        assert_eq!(said(&mut host, "big").unwrap(), "2500000");
        let mut host = Host::<Diary>::new().with_quota(2_000_000);
        assert_eq!(said(&mut host, "big").unwrap_err().code, FailureCode::Limit);
        assert_eq!(host.file("big.bin"), None);
        let full = host.set_file("full", vec![0; 1_048_577]).unwrap_err();
        assert_eq!(full.code, ErrorCode::Limit);
    }

    #[test]
    fn paths_have_one_spelling_and_an_order() {
        let mut host = Host::<Diary>::new();
        said(&mut host, "a/2").unwrap();
        said(&mut host, "b/1").unwrap();
        assert_eq!(said(&mut host, "a/1").unwrap(), "a/1 a/2");
        for bad in ["/a", "a//b", "../a", "a/./b", "a/b/"] {
            assert!(said(&mut host, bad).is_err(), "{bad}");
        }
        let mut host = Host::<Diary>::new().without(Capability::Workspace);
        assert_eq!(
            said(&mut host, "a/1").unwrap_err().code,
            FailureCode::Denied
        );
    }

    #[test]
    fn an_attached_file_is_read_wherever_it_is() {
        let mut host = Host::<Diary>::new();
        host.set_file("inbox/a.txt", "12345").unwrap();
        let stored = Attachment::workspace("a.txt", "text/plain", "inbox/a.txt");
        assert_eq!(host.send("", vec![stored]).unwrap().texts(), ["5 bytes"]);
        let inline = Attachment::inline("a.txt", "text/plain", "123");
        assert_eq!(host.send("", vec![inline]).unwrap().texts(), ["3 bytes"]);
        let mut gone = Attachment::url("a.txt", "text/plain", "https://gone.example/a.txt");
        gone.metadata
            .push(("not_fetched".to_owned(), "status 404".to_owned()));
        let failure = host.send("", vec![gone]).unwrap_err();
        assert!(failure.message.contains("status 404"), "{failure}");
    }
}
