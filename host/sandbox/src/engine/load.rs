//! From a digest to a module: the memory cache, then the disk, then the compiler's process. Loads of one digest at once
//! are one load.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::Component;

use super::{Engine, EngineError, Inner};
use crate::cache::{Kept, Name};
use crate::digest::Digest;
use crate::inspect::{Format, Inspection, check, describe};
use crate::module::Module;
use crate::refusal::Refusal;

/// Why a module is not there. Cheap to clone, since all who wait for one load get the same.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoadError {
    /// The module cannot run here.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its bytes could not be fetched.
    #[error("the module's bytes could not be fetched")]
    Fetch(#[source] Arc<dyn Error + Send + Sync>),
    /// The engine itself failed.
    #[error("the module could not be loaded")]
    Engine(#[source] Arc<dyn Error + Send + Sync>),
}

impl LoadError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Fetch(_) => "fetch_failed",
            Self::Engine(_) => "engine_failed",
        }
    }

    /// Whether the host's operator should look at it, rather than the agent's owner.
    pub fn is_host_fault(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.is_host_fault(),
            Self::Fetch(_) | Self::Engine(_) => true,
        }
    }
}

impl Engine {
    /// The module with this digest. `fetch` is called for its bytes, as a component or as they were uploaded, where its
    /// compiled code is on no shelf yet. A refusal is remembered for a short while, so that a bad module is not compiled
    /// over and over.
    pub async fn load<F, Fut, E>(&self, digest: Digest, fetch: F) -> Result<Arc<Module>, LoadError>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Vec<u8>, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.load_in(false, digest, fetch).await
    }

    /// The same, compiled so that [`Limits::fuel`](crate::Limits::fuel) can be set; such code runs slower.
    pub async fn load_metered<F, Fut, E>(
        &self,
        digest: Digest,
        fetch: F,
    ) -> Result<Arc<Module>, LoadError>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Vec<u8>, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.load_in(true, digest, fetch).await
    }

    async fn load_in<F, Fut, E>(
        &self,
        metered: bool,
        digest: Digest,
        fetch: F,
    ) -> Result<Arc<Module>, LoadError>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Vec<u8>, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let name = Name { digest, metered };
        if let Some(module) = self.inner.memory.get(name) {
            return Ok(module);
        }
        if let Some(refusal) = self.inner.refusals.get(name, Instant::now()) {
            return Err(refusal.into());
        }
        self.inner
            .flights
            .join(name, async || self.fly(name, fetch).await)
            .await
    }

    async fn fly<F, Fut, E>(&self, name: Name, fetch: F) -> Result<Arc<Module>, LoadError>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<Vec<u8>, E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        // Whoever flew before may have landed between the look into memory and now.
        if let Some(module) = self.inner.memory.get(name) {
            return Ok(module);
        }
        if let Some(module) = self.blocking(move |inner| inner.read(name)).await? {
            return Ok(module);
        }
        let bytes = fetch()
            .await
            .map_err(|error| LoadError::Fetch(Arc::from(error.into())))?;
        let compiled = self.compile(name, bytes).await;
        if let Err(LoadError::Refused(refusal)) = &compiled
            && !refusal.is_host_fault()
        {
            self.inner
                .refusals
                .keep(name, refusal.clone(), Instant::now());
        }
        compiled
    }

    /// Checks the compiled code of a module that will be asked for, where it is on disk and so large that a turn would wait long
    /// for that.
    pub async fn check_ahead(&self, digest: Digest) -> Result<(), LoadError> {
        let name = Name {
            digest,
            metered: false,
        };
        self.blocking(move |inner| {
            let tier = inner.tier(name.metered).map_err(failed)?;
            inner.disk.check_ahead(name, &tier.fingerprint);
            Ok(())
        })
        .await
    }

    /// Inspects an upload as [`inspect()`](crate::inspect()) does. What takes code that a stranger's bytes could bring down
    /// is done in the compiler's process.
    pub async fn inspect(&self, bytes: Vec<u8>) -> Result<Inspection, Refusal> {
        let refused = |error| match error {
            LoadError::Refused(refusal) => refusal,
            other => Refusal::CompilerFailed {
                message: other.to_string(),
            },
        };
        let checked = self.blocking(move |_| Ok((Digest::of(&bytes), check(&bytes)?, bytes)));
        let (digest, format, bytes) = checked.await.map_err(refused)?;
        let component = match format {
            Format::Component => bytes,
            Format::Module => self.inner.compiler.encode(&bytes).await?,
        };
        let described = self.blocking(move |_| Ok(describe(digest, component)?));
        described.await.map_err(refused)
    }

    async fn compile(&self, name: Name, bytes: Vec<u8>) -> Result<Arc<Module>, LoadError> {
        // A module that was stored by an older host may ask for what this one no longer has.
        let component = self.inspect(bytes).await?.component;
        let code = self
            .inner
            .compiler
            .compile(&component, name.metered)
            .await?;
        drop(component);
        self.blocking(move |inner| inner.keep(name, &code)).await
    }

    /// Does what takes a thread for a while.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, LoadError> + Send + 'static,
    ) -> Result<T, LoadError> {
        let inner = self.inner.clone();
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(done) => done,
            Err(error) => Err(LoadError::Engine(Arc::new(error))),
        }
    }
}

impl Inner {
    /// The module whose compiled code is on disk and signed. What is there but cannot be used is removed.
    fn read(&self, name: Name) -> Result<Option<Arc<Module>>, LoadError> {
        let tier = self.tier(name.metered).map_err(failed)?;
        let Some(kept) = self.disk.read(name, &tier.fingerprint) else {
            return Ok(None);
        };
        let linked = match kept {
            Kept::Code(code) => self.link(name, &code),
            Kept::File(path, bytes) => self.link_file(name, &path, bytes),
        };
        match linked {
            Ok(module) => Ok(Some(module)),
            Err(error) => {
                tracing::warn!(digest = %name.digest, error = &error as &dyn Error, "compiled code on disk is not usable");
                self.disk.remove(name, &tier.fingerprint);
                Ok(None)
            }
        }
    }

    /// The module that was just compiled, kept on disk for the next time.
    fn keep(&self, name: Name, code: &[u8]) -> Result<Arc<Module>, LoadError> {
        let tier = self.tier(name.metered).map_err(failed)?;
        let large = self
            .disk
            .write(name, &tier.fingerprint, code)
            .unwrap_or_else(|error| {
                // It works without; it is just slower the next time.
                tracing::warn!(digest = %name.digest, error = &error as &dyn Error, "compiled code could not be kept on disk");
                None
            });
        let linked = match large {
            Some(path) => self.link_file(name, &path, code.len() as u64),
            None => self.link(name, code),
        };
        if linked.is_err() {
            self.disk.remove(name, &tier.fingerprint);
        }
        linked
    }

    fn link(&self, name: Name, code: &[u8]) -> Result<Arc<Module>, LoadError> {
        let tier = self.tier(name.metered).map_err(failed)?;
        #[expect(
            unsafe_code,
            reason = "compiled code is run as it is, so it must be what wasmtime made: these bytes come from our compiler's \
                      process, or from a file that the cache's key signed"
        )]
        let component = unsafe { Component::deserialize(&tier.engine, code) }.map_err(|error| {
            Refusal::TooDemanding {
                message: format!("{error:#}"),
            }
        })?;
        self.shelve(name, &component, code.len() as u64)
    }

    /// The same of code that is mapped.
    fn link_file(&self, name: Name, path: &Path, bytes: u64) -> Result<Arc<Module>, LoadError> {
        let tier = self.tier(name.metered).map_err(failed)?;
        #[expect(
            unsafe_code,
            reason = "as above; the file is in a directory of ours alone, and none there is written once it has its name"
        )]
        let component =
            unsafe { Component::deserialize_file(&tier.engine, path) }.map_err(|error| {
                Refusal::TooDemanding {
                    message: format!("{error:#}"),
                }
            })?;
        self.shelve(name, &component, bytes)
    }

    fn shelve(
        &self,
        name: Name,
        component: &Component,
        bytes: u64,
    ) -> Result<Arc<Module>, LoadError> {
        let tier = self.tier(name.metered).map_err(failed)?;
        let module = Arc::new(tier.module(name.digest, component)?);
        self.memory.put(name, module.clone(), bytes);
        Ok(module)
    }
}

fn failed(error: EngineError) -> LoadError {
    LoadError::Engine(Arc::new(error))
}
