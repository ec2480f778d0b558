//! What a test stands on: an engine in a directory of its own, events, and capabilities that remember.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sandbox::types::*;
use sandbox::{
    Capabilities, Digest, Engine, EngineConfig, Limits, LoadError, Log, Module, Progress, Projects,
    Run, State, Stop,
};
use tempfile::TempDir;

pub(crate) struct Host {
    pub(crate) engine: Engine,
    pub(crate) directory: TempDir,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut EngineConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut config = settings(&directory);
        change(&mut config);
        Self {
            engine: Engine::new(config).unwrap(),
            directory,
        }
    }

    pub(crate) async fn load(&self, module: &[u8]) -> Arc<Module> {
        self.try_load(module).await.unwrap()
    }

    pub(crate) async fn try_load(&self, module: &[u8]) -> Result<Arc<Module>, LoadError> {
        let bytes = module.to_vec();
        self.engine
            .load(Digest::of(module), async || Ok::<_, std::io::Error>(bytes))
            .await
    }

    /// Loads an agent and has it handle an event.
    pub(crate) async fn run(
        &self,
        module: &[u8],
        capabilities: Capabilities,
        limits: &Limits,
    ) -> Run<Vec<Reply>> {
        self.load(module)
            .await
            .handle(event("e1"), capabilities, limits)
            .await
    }

    /// The same, where it must be stopped.
    pub(crate) async fn stopped(&self, module: &[u8], limits: &Limits) -> Stop {
        self.run(module, Capabilities::default(), limits)
            .await
            .outcome
            .unwrap_err()
    }
}

pub(crate) fn settings(directory: &TempDir) -> EngineConfig {
    EngineConfig {
        cache_dir: directory.path().join("code"),
        cache_key: [7; 32],
        compiler: vec![env!("CARGO_BIN_EXE_sandbox-compiler").into()],
        code_cache_bytes: 64 * 1024 * 1024,
        max_instances: 16,
        compile_memory: 1024 * 1024 * 1024,
        compile_time: Duration::from_secs(60),
    }
}

/// An event with this id.
pub(crate) fn event(id: &str) -> Event {
    Event {
        id: id.to_owned(),
        received_at: 1_000,
        conversation: Conversation {
            id: "c1".to_owned(),
            channel_id: "ch1".to_owned(),
            channel_kind: "web".to_owned(),
            is_group: false,
            title: None,
            metadata: Vec::new(),
        },
        body: EventBody::Notice(Notice {
            kind: "test".to_owned(),
            data: "{}".to_owned(),
        }),
        configuration: "{}".to_owned(),
        metadata: Vec::new(),
    }
}

pub(crate) fn texts(run: Run<Vec<Reply>>) -> Vec<String> {
    run.outcome
        .unwrap()
        .into_iter()
        .map(|reply| reply.text)
        .collect()
}

/// A log that keeps its lines.
#[derive(Default)]
pub(crate) struct Lines(pub(crate) Mutex<Vec<String>>);

impl Log for Lines {
    fn write(&self, _: Level, message: String, _: Vec<(String, String)>) {
        self.0.lock().unwrap().push(message);
    }
}

/// A capability that answers after a while, or never.
#[derive(Default)]
pub(crate) struct Slow {
    pub(crate) takes: Option<Duration>,
    pub(crate) calls: AtomicU32,
}

impl Slow {
    async fn wait(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        match self.takes {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    }
}

#[async_trait::async_trait]
impl Progress for Slow {
    async fn typing(&self) -> Result<(), Error> {
        self.wait().await;
        Ok(())
    }

    async fn partial(&self, _: String) -> Result<(), Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// State that holds one value under every key.
pub(crate) struct Value(pub(crate) Option<Vec<u8>>);

#[async_trait::async_trait]
impl State for Value {
    async fn get(&self, _: Scope, _: String) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.clone())
    }

    async fn set(&self, _: Scope, _: String, _: Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    async fn delete(&self, _: Scope, _: String) -> Result<bool, Error> {
        Ok(self.0.is_some())
    }

    async fn keys(
        &self,
        _: Scope,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        Ok(vec![prefix, after.unwrap_or_default(), limit.to_string()])
    }
}

/// Projects, of which there is one by every id.
pub(crate) struct Garden;

impl Garden {
    fn called(id: String) -> Project {
        Project {
            name: format!("The garden {id}"),
            slug: "garden".to_owned(),
            id,
        }
    }
}

#[async_trait::async_trait]
impl Projects for Garden {
    async fn entries(&self) -> Result<Vec<Project>, Error> {
        Ok(vec![Garden::called("1".to_owned())])
    }

    async fn current(&self) -> Result<Option<Project>, Error> {
        Ok(None)
    }

    async fn switch_to(&self, id: String) -> Result<Project, Error> {
        Ok(Garden::called(id))
    }

    async fn create(&self, name: String) -> Result<Project, Error> {
        Ok(Garden::called(name))
    }
}
