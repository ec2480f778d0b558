//! The port: the host's functions, as this build reaches them. In a component they are its imports, natively the in-memory
//! host of a test. The type is concrete, so that a component imports only what its agent uses.

use crate::history::Entry as HistoryEntry;
use crate::log::Level;
use crate::model::{Completion, Problem, Request};
use crate::projects::Project;
use crate::schedule::{Due, Entry as TimerEntry, Recurrence};
use crate::secrets::Secret;
use crate::state::Scope;
use crate::workspace::Entry as FileEntry;
use crate::{Error, Reply, http, tools};

#[cfg(target_arch = "wasm32")]
mod fetch;
#[cfg(target_arch = "wasm32")]
mod imports;

#[cfg(target_arch = "wasm32")]
pub(crate) use imports::{Port, Stream};

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::{Port, Stream};

/// What both ports offer: the contract's imports, under names that tell them apart.
pub(crate) trait Calls {
    fn write(&self, level: Level, message: &str, fields: &[(String, String)]) -> Result<(), Error>;

    fn get(&self, scope: Scope, key: &str) -> Result<Option<Vec<u8>>, Error>;
    fn set(&self, scope: Scope, key: &str, value: &[u8]) -> Result<(), Error>;
    fn delete(&self, scope: Scope, key: &str) -> Result<bool, Error>;
    fn keys(
        &self,
        scope: Scope,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error>;

    fn recent(&self, limit: u32, before: Option<&str>) -> Result<Vec<HistoryEntry>, Error>;

    fn typing(&self) -> Result<(), Error>;
    fn partial(&self, text: &str) -> Result<(), Error>;

    fn set_timer(&self, name: &str, due: Due, payload: &[u8]) -> Result<(), Error>;
    fn cancel_timer(&self, name: &str) -> Result<bool, Error>;
    fn timers(&self) -> Result<Vec<TimerEntry>, Error>;
    fn repeat_timer(
        &self,
        name: &str,
        cron: &str,
        time_zone: &str,
        payload: &[u8],
    ) -> Result<u64, Error>;
    fn recurrences(&self) -> Result<Vec<Recurrence>, Error>;

    fn send(&self, conversation_id: &str, reply: &Reply) -> Result<String, Error>;

    fn files(&self, prefix: &str, after: Option<&str>, limit: u32)
    -> Result<Vec<FileEntry>, Error>;
    fn stat_file(&self, path: &str) -> Result<FileEntry, Error>;
    fn read_file(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error>;
    fn write_file(&self, path: &str, bytes: &[u8], content_type: Option<&str>)
    -> Result<(), Error>;
    fn append_file(&self, path: &str, bytes: &[u8]) -> Result<(), Error>;
    fn delete_file(&self, path: &str) -> Result<bool, Error>;

    fn projects(&self) -> Result<Vec<Project>, Error>;
    fn current_project(&self) -> Result<Option<Project>, Error>;
    fn switch_to_project(&self, id: &str) -> Result<Project, Error>;
    fn create_project(&self, name: &str) -> Result<Project, Error>;

    fn complete(&self, request: &Request) -> Result<Completion, Problem>;
    fn open_stream(&self, request: &Request) -> Result<Stream, Problem>;

    fn secrets(&self) -> Result<Vec<Secret>, Error>;
    fn fetch(&self, request: &http::Request) -> Result<http::Response, http::Problem>;

    fn tools(&self) -> Result<tools::Catalogue, tools::Problem>;
    fn call_tool(&self, name: &str, arguments: &str) -> Result<tools::Outcome, tools::Problem>;
}
