//! The port of a component: its imports.

use super::{Calls, FileEntry, HistoryEntry, TimerEntry};
use crate::bindings::capabilities::cloister::agent::{
    history, log, model, outbox, progress, projects, schedule, secrets, state, toolbox, workspace,
};
use crate::log::Level;
use crate::model::{Completion, Piece, Problem, Request};
use crate::projects::Project;
use crate::schedule::{Due, Recurrence};
use crate::secrets::Secret;
use crate::state::Scope;
use crate::{Error, Reply, http, tools};

pub(crate) struct Port(());

/// An answer of a model that is still on its way.
pub(crate) struct Stream(model::CompletionStream);

impl Stream {
    pub(crate) fn next(&self) -> Result<Option<Piece>, Problem> {
        self.0.next()
    }
}

impl Port {
    pub(crate) fn of_this_call() -> Port {
        // A panic ends as a trap, which carries no message: the log does.
        std::panic::set_hook(Box::new(|panic| {
            let _refused = log::write(Level::Error, &panic.to_string(), &[]);
        }));
        Port(())
    }
}

impl Calls for Port {
    fn write(&self, level: Level, message: &str, fields: &[(String, String)]) -> Result<(), Error> {
        log::write(level, message, fields)
    }

    fn get(&self, scope: Scope, key: &str) -> Result<Option<Vec<u8>>, Error> {
        state::get(scope, key)
    }

    fn set(&self, scope: Scope, key: &str, value: &[u8]) -> Result<(), Error> {
        state::set(scope, key, value)
    }

    fn delete(&self, scope: Scope, key: &str) -> Result<bool, Error> {
        state::delete(scope, key)
    }

    fn keys(
        &self,
        scope: Scope,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        state::keys(scope, prefix, after, limit)
    }

    fn recent(&self, limit: u32, before: Option<&str>) -> Result<Vec<HistoryEntry>, Error> {
        history::recent(limit, before)
    }

    fn typing(&self) -> Result<(), Error> {
        progress::typing()
    }

    fn partial(&self, text: &str) -> Result<(), Error> {
        progress::partial(text)
    }

    fn set_timer(&self, name: &str, due: Due, payload: &[u8]) -> Result<(), Error> {
        schedule::set(name, due, payload)
    }

    fn cancel_timer(&self, name: &str) -> Result<bool, Error> {
        schedule::cancel(name)
    }

    fn timers(&self) -> Result<Vec<TimerEntry>, Error> {
        schedule::entries()
    }

    fn repeat_timer(
        &self,
        name: &str,
        cron: &str,
        time_zone: &str,
        payload: &[u8],
    ) -> Result<u64, Error> {
        schedule::repeat(name, cron, time_zone, payload)
    }

    fn recurrences(&self) -> Result<Vec<Recurrence>, Error> {
        schedule::recurrences()
    }

    fn send(&self, conversation_id: &str, reply: &Reply) -> Result<String, Error> {
        outbox::send(conversation_id, reply)
    }

    fn files(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<FileEntry>, Error> {
        workspace::entries(prefix, after, limit)
    }

    fn stat_file(&self, path: &str) -> Result<FileEntry, Error> {
        workspace::stat(path)
    }

    fn read_file(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        workspace::read(path, offset, length)
    }

    fn write_file(
        &self,
        path: &str,
        bytes: &[u8],
        content_type: Option<&str>,
    ) -> Result<(), Error> {
        workspace::write(path, bytes, content_type)
    }

    fn append_file(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        workspace::append(path, bytes)
    }

    fn delete_file(&self, path: &str) -> Result<bool, Error> {
        workspace::delete(path)
    }

    fn projects(&self) -> Result<Vec<Project>, Error> {
        projects::entries()
    }

    fn current_project(&self) -> Result<Option<Project>, Error> {
        projects::current()
    }

    fn switch_to_project(&self, id: &str) -> Result<Project, Error> {
        projects::switch_to(id)
    }

    fn create_project(&self, name: &str) -> Result<Project, Error> {
        projects::create(name)
    }

    fn complete(&self, request: &Request) -> Result<Completion, Problem> {
        model::complete(request)
    }

    fn open_stream(&self, request: &Request) -> Result<Stream, Problem> {
        model::open_stream(request).map(Stream)
    }

    fn secrets(&self) -> Result<Vec<Secret>, Error> {
        secrets::entries()
    }

    fn fetch(&self, request: &http::Request) -> Result<http::Response, http::Problem> {
        super::fetch::fetch(request)
    }

    fn tools(&self) -> Result<tools::Catalogue, tools::Problem> {
        toolbox::tools()
    }

    fn call_tool(&self, name: &str, arguments: &str) -> Result<tools::Outcome, tools::Problem> {
        toolbox::call(name, arguments)
    }
}
