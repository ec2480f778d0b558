//! The leanest client that will do: it shares the machine with what it measures. One connection that is kept, one request
//! at a time, no more of HTTP/1.1 than this host answers with.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection.
pub(crate) struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: &str) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            request: Vec::new(),
            answer: Vec::new(),
        })
    }

    /// Sends a request and reads its answer: the status and the body.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &[u8],
    ) -> Result<(u16, Vec<u8>)> {
        let proof = format!("authorization: Bearer {token}");
        self.send_with(method, path, &proof, body).await
    }

    /// The same with another header in the token's place.
    pub(crate) async fn send_with(
        &mut self,
        method: &str,
        path: &str,
        header: &str,
        body: &[u8],
    ) -> Result<(u16, Vec<u8>)> {
        self.request.clear();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\n{header}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.request.extend_from_slice(head.as_bytes());
        self.request.extend_from_slice(body);
        self.stream.write_all(&self.request).await?;
        self.answer.clear();
        let (status, start, length) = loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the host closed the connection");
            }
            if let Some(head) = head_of(&self.answer)? {
                break head;
            }
        };
        while self.answer.len() < start + length {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the host closed the connection in the middle of an answer");
            }
        }
        Ok((status, self.answer.split_off(start)))
    }
}

/// The status, where the body starts and how long it is; nothing where the head is not whole yet.
fn head_of(answer: &[u8]) -> Result<Option<(u16, usize, usize)>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(answer.get(..end).unwrap_or_default())?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .context("no status")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    Ok(Some((
        status,
        end + 4,
        length.context("an answer without a length")?,
    )))
}
