//! A remote repository over HTTP: what it has to offer, its refs and a pack (gitprotocol-http, gitprotocol-v2).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use channels::{Headers, Http, HttpError, Method, Request, Response};
use url::Url;

use super::packet::{Packet, Packets, command};
use super::{GitError, Most, ObjectId, Snapshot, pack, tree};

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of an answer that is no pack.
const ANSWER: usize = 1 << 20;
/// Characters of what a server says that are told on.
const TOLD: usize = 200;

/// What is at the head of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The commit.
    pub commit: ObjectId,
    /// The branch that it is of, where the server tells.
    pub branch: Option<String>,
}

/// Asks what is at the head.
pub async fn head(http: &dyn Http, url: &Url, token: Option<&str>) -> Result<Head, GitError> {
    Remote { http, url, token }.head().await
}

/// Fetches the files at the head, and no history.
pub async fn snapshot(
    http: &dyn Http,
    url: &Url,
    token: Option<&str>,
    most: Most,
) -> Result<Snapshot, GitError> {
    let remote = Remote { http, url, token };
    let head = remote.head().await?;
    let arguments = [
        "no-progress".to_owned(),
        "ofs-delta".to_owned(),
        format!("want {}", head.commit),
        "deepen 1".to_owned(),
        "done".to_owned(),
    ];
    let answer = remote.ask("fetch", &arguments, most.transferred).await?;
    // Unpacking is work, and not this thread's.
    let read = tokio::task::spawn_blocking(move || {
        let objects = pack::read(&packed(&answer)?, &most)?;
        tree::files(&objects, head.commit, &most)
    });
    let broken = |_| GitError::Protocol("its pack cannot be read");
    read.await.map_err(broken)?
}

struct Remote<'a> {
    http: &'a dyn Http,
    url: &'a Url,
    token: Option<&'a str>,
}

impl Remote<'_> {
    async fn head(&self) -> Result<Head, GitError> {
        self.greet().await?;
        let arguments = ["symrefs", "ref-prefix HEAD"].map(str::to_owned);
        let answer = self.ask("ls-refs", &arguments, ANSWER).await?;
        for packet in Packets(&answer) {
            let Some(line) = packet?.line() else { continue };
            refused(line)?;
            let mut words = line.split(' ');
            let (Some(id), Some("HEAD")) = (words.next(), words.next()) else {
                continue;
            };
            let wrong = GitError::Protocol("its head is no commit of SHA-1");
            let branch = words.find_map(|word| word.strip_prefix("symref-target:refs/heads/"));
            return Ok(Head {
                commit: ObjectId::parse(id).ok_or(wrong)?,
                branch: branch.map(str::to_owned),
            });
        }
        Err(GitError::Empty)
    }

    /// Makes sure that a server of the protocol's second version answers.
    async fn greet(&self) -> Result<(), GitError> {
        let mut url = self.at("info/refs")?;
        url.set_query(Some("service=git-upload-pack"));
        let answer = self.send(Method::Get, url, Bytes::new(), ANSWER).await?;
        let kind = answer.headers.get("content-type").unwrap_or_default();
        if kind != "application/x-git-upload-pack-advertisement" {
            return Err(GitError::Protocol("no git answers there"));
        }
        let mut is_second = false;
        for packet in Packets(&answer.body) {
            let Some(line) = packet?.line() else { continue };
            refused(line)?;
            is_second |= line == "version 2";
            if line.starts_with("object-format=") && line != "object-format=sha1" {
                return Err(GitError::Protocol("its objects are not named by SHA-1"));
            }
        }
        match is_second {
            true => Ok(()),
            false => Err(GitError::Protocol(
                "its server does not speak version 2 of the protocol",
            )),
        }
    }

    async fn ask(&self, name: &str, arguments: &[String], most: usize) -> Result<Bytes, GitError> {
        let url = self.at("git-upload-pack")?;
        let said = command(name, arguments).into();
        let answer = self
            .send(Method::Post, url, said, most.saturating_add(1))
            .await?;
        match answer.body.len() > most {
            true => Err(GitError::TooLarge {
                what: "bytes on the way",
                most: most as u64,
            }),
            false => Ok(answer.body),
        }
    }

    fn at(&self, path: &str) -> Result<Url, GitError> {
        let base = self.url.as_str().trim_end_matches('/');
        let wrong = |_| GitError::Protocol("its address cannot be read");
        format!("{base}/{path}").parse().map_err(wrong)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        body: Bytes,
        most: usize,
    ) -> Result<Response, GitError> {
        let mut headers: Headers = [("Git-Protocol", "version=2")].into_iter().collect();
        if method == Method::Post {
            headers.push("Content-Type", "application/x-git-upload-pack-request");
            headers.push("Accept", "application/x-git-upload-pack-result");
        }
        if let Some(token) = self.token {
            // The name is that of GitHub's apps; servers that take a token do not look at it.
            let basic = BASE64.encode(format!("x-access-token:{token}"));
            headers.push("Authorization", format!("Basic {basic}"));
        }
        let request = Request {
            method,
            url,
            headers,
            body,
            timeout: TIMEOUT,
            most,
        };
        let answer = self.http.send(request).await.map_err(|error| match error {
            HttpError::Refused(why) => GitError::Refused(why),
            error => GitError::Unavailable(error.to_string()),
        })?;
        match answer.status {
            200 => Ok(answer),
            status @ (401 | 403 | 404) => Err(GitError::Denied { status }),
            300..=399 => Err(GitError::Protocol(
                "it leads elsewhere, which is not followed: connect the final address, often one with `.git` at its end",
            )),
            status @ (408 | 429 | 500..) => Err(GitError::Unavailable(format!("status {status}"))),
            _ => Err(GitError::Protocol("its server does not take our request")),
        }
    }
}

/// The pack in the answer to a fetch: it comes in one of three bands.
fn packed(answer: &[u8]) -> Result<Vec<u8>, GitError> {
    let mut packets = Packets(answer);
    for packet in packets.by_ref() {
        let line = packet?.line().unwrap_or_default();
        refused(line)?;
        if line == "packfile" {
            break;
        }
    }
    let mut pack = Vec::new();
    for packet in packets {
        match packet? {
            Packet::Data([1, data @ ..]) => pack.extend_from_slice(data),
            Packet::Data([2, ..]) | Packet::Flush | Packet::Delimiter | Packet::End => {}
            Packet::Data([3, told @ ..]) => {
                return Err(GitError::Told(shown(&String::from_utf8_lossy(told))));
            }
            Packet::Data(_) => return Err(GitError::Protocol("its pack comes in no band")),
        }
    }
    Ok(pack)
}

/// Whether a line says that the server refuses.
fn refused(line: &str) -> Result<(), GitError> {
    match line.strip_prefix("ERR ") {
        Some(told) => Err(GitError::Told(shown(told))),
        None => Ok(()),
    }
}

fn shown(told: &str) -> String {
    let line = told.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(TOLD).collect::<String>().trim().to_owned()
}
