//! An upload on its way in: written to a file that has no name, counted and hashed as it comes, so that a large one takes
//! no memory before it is known to be whole.

use std::path::Path;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use store::modules::ModuleDigest;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::error::{Error, Result};
use crate::service::modules::Upload;

/// A whole upload.
#[derive(Debug)]
pub struct Spooled {
    file: File,
    size: u64,
    digest: ModuleDigest,
}

/// Takes a request's body of at most `limit` bytes; one that says that it is longer is not read at all.
pub async fn body(folder: &Path, body: Body, limit: u64) -> Result<Spooled> {
    if body.size_hint().lower() > limit {
        return Err(too_large(limit));
    }
    stream(folder, body.into_data_stream(), limit).await
}

/// Takes a stream of at most `limit` bytes.
pub async fn stream<E>(
    folder: &Path,
    stream: impl Stream<Item = Result<Bytes, E>>,
    limit: u64,
) -> Result<Spooled> {
    let file = tempfile::tempfile_in(folder).map_err(Error::internal)?;
    let mut file = File::from_std(file);
    let (mut size, mut hash) = (0_u64, Sha256::new());
    let mut stream = std::pin::pin!(stream);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Error::invalid("body", "ended before it was whole"))?;
        size += chunk.len() as u64;
        if size > limit {
            return Err(too_large(limit));
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(Error::internal)?;
    }
    file.flush().await.map_err(Error::internal)?;
    Ok(Spooled {
        file,
        size,
        digest: ModuleDigest::from(<[u8; 32]>::from(hash.finalize())),
    })
}

impl Spooled {
    /// Reads it back, as a module.
    pub async fn module(self) -> Result<Upload> {
        let digest = self.digest;
        let bytes = self.bytes().await?;
        Ok(Upload { bytes, digest })
    }

    /// Reads it back.
    pub async fn bytes(mut self) -> Result<Vec<u8>> {
        self.file.rewind().await.map_err(Error::internal)?;
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        let read = self.file.read_to_end(&mut bytes).await;
        read.map_err(Error::internal)?;
        Ok(bytes)
    }
}

fn too_large(limit: u64) -> Error {
    Error::TooLarge {
        what: "the upload",
        limit,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures_util::stream::iter;

    use super::*;

    fn chunks(sizes: &[usize]) -> impl Stream<Item = io::Result<Bytes>> + use<> {
        let chunks: Vec<_> = sizes
            .iter()
            .map(|size| Ok(vec![b'x'; *size].into()))
            .collect();
        iter(chunks)
    }

    #[tokio::test]
    async fn what_comes_in_parts_is_whole_and_named_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let spooled = stream(folder.path(), chunks(&[3, 0, 4]), 7).await.unwrap();
        let module = spooled.module().await.unwrap();
        assert_eq!(module.bytes, b"xxxxxxx");
        assert_eq!(module.digest, Upload::of(b"xxxxxxx".to_vec()).digest);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn more_than_the_limit_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let error = stream(folder.path(), chunks(&[3, 5]), 7).await.unwrap_err();
        assert_eq!(error.code(), "too_large");
        let broken = iter([Err::<Bytes, _>(io::Error::other("cut"))]);
        let error = stream(folder.path(), broken, 7).await.unwrap_err();
        assert_eq!(error.code(), "invalid");
    }
}
