//! The port of a native test: the host's functions over the in-memory world.

use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use super::cron::Cron;
use super::world::{Repeats, Sent, SetTimer, World};
use super::{Capability, LogLine, Sign, Stream, limits};
use crate::history::Entry as HistoryEntry;
use crate::log::Level;
use crate::model::{Cause, Completion, Problem, Request};
use crate::port::Calls;
use crate::projects::Project;
use crate::schedule::{Due, Entry as TimerEntry, Recurrence};
use crate::secrets::Secret;
use crate::state::Scope;
use crate::workspace::Entry as FileEntry;
use crate::{Error, ErrorCode, Reply, http, tools};

pub(crate) struct Port(Rc<RefCell<World>>);

impl Port {
    pub(super) fn to(world: &Rc<RefCell<World>>) -> Port {
        Port(world.clone())
    }

    /// The world, if the agent was granted what it is about to do.
    fn granted(&self, capability: Capability) -> Result<RefMut<'_, World>, Error> {
        let world = self.0.borrow_mut();
        if world.denied.contains(&capability) {
            return Err(capability.denied());
        }
        Ok(world)
    }
}

impl Calls for Port {
    fn write(&self, level: Level, message: &str, fields: &[(String, String)]) -> Result<(), Error> {
        let mut world = self.granted(Capability::Log)?;
        // What is too much is dropped, as the host does it.
        if world.turn_log_lines == limits::LOG_LINES {
            return Ok(());
        }
        world.turn_log_lines += 1;
        let cut = message.floor_char_boundary(limits::LOG_LINE);
        world.log.push(LogLine {
            level,
            message: message.get(..cut).unwrap_or(message).to_owned(),
            fields: fields.to_vec(),
        });
        Ok(())
    }

    fn get(&self, scope: Scope, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let mut world = self.granted(Capability::State)?;
        limits::state_key(key)?;
        Ok(world.state_of(scope).get(key).cloned())
    }

    fn set(&self, scope: Scope, key: &str, value: &[u8]) -> Result<(), Error> {
        let mut world = self.granted(Capability::State)?;
        limits::state_key(key)?;
        limits::state_value(value)?;
        world.state_of(scope).insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn delete(&self, scope: Scope, key: &str) -> Result<bool, Error> {
        let mut world = self.granted(Capability::State)?;
        limits::state_key(key)?;
        Ok(world.state_of(scope).remove(key).is_some())
    }

    fn keys(
        &self,
        scope: Scope,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let mut world = self.granted(Capability::State)?;
        limits::state_page(limit)?;
        let keys = world.state_of(scope).keys();
        Ok(keys
            .filter(|key| key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after))
            .take(limit as usize)
            .cloned()
            .collect())
    }

    fn recent(&self, limit: u32, before: Option<&str>) -> Result<Vec<HistoryEntry>, Error> {
        let world = self.granted(Capability::History)?;
        limits::history_page(limit)?;
        let all = world.history.get(&world.current.id).into_iter().flatten();
        let earlier: Vec<_> = all
            .take_while(|entry| Some(entry.id.as_str()) != before)
            .cloned()
            .collect();
        let skipped = earlier.len().saturating_sub(limit as usize);
        Ok(earlier.into_iter().skip(skipped).collect())
    }

    fn typing(&self) -> Result<(), Error> {
        let mut world = self.granted(Capability::Progress)?;
        world.signs.push(Sign::Typing);
        Ok(())
    }

    fn partial(&self, text: &str) -> Result<(), Error> {
        let mut world = self.granted(Capability::Progress)?;
        world.signs.push(Sign::Partial(text.to_owned()));
        Ok(())
    }

    fn set_timer(&self, name: &str, due: Due, payload: &[u8]) -> Result<(), Error> {
        let mut world = self.granted(Capability::Schedule)?;
        limits::timer_name(name)?;
        limits::timer_payload(payload)?;
        let due_at = match due {
            Due::At(time) => time,
            Due::After(milliseconds) => world.now.saturating_add(milliseconds),
        };
        if due_at > world.now.saturating_add(limits::FURTHEST_TIMER) {
            return Err(limits::invalid("a timer is at most 366 days ahead"));
        }
        let place = (world.current.id.clone(), name.to_owned());
        let payload = payload.to_vec();
        world.kept.timers.insert(
            place,
            SetTimer {
                due_at,
                payload,
                repeats: None,
            },
        );
        Ok(())
    }

    fn repeat_timer(
        &self,
        name: &str,
        cron: &str,
        time_zone: &str,
        payload: &[u8],
    ) -> Result<u64, Error> {
        let mut world = self.granted(Capability::Schedule)?;
        limits::timer_name(name)?;
        limits::timer_payload(payload)?;
        limits::time_zone(time_zone)?;
        let text = cron.trim().to_owned();
        let cron = Cron::parse(&text)?;
        let place = (world.current.id.clone(), name.to_owned());
        let never = || limits::invalid(format!("`{text}` never comes: there is no such day"));
        let there = world.kept.timers.get(&place);
        let goes_on = there.filter(|timer| {
            let same = |repeats: &Repeats| repeats.text == text && repeats.time_zone == time_zone;
            timer.repeats.as_ref().is_some_and(same)
        });
        let due_at = match goes_on {
            Some(timer) => timer.due_at,
            None => cron.after(world.now).ok_or_else(never)?,
        };
        let repeats = Repeats {
            cron,
            text,
            time_zone: time_zone.to_owned(),
        };
        let timer = SetTimer {
            due_at,
            payload: payload.to_vec(),
            repeats: Some(repeats),
        };
        world.kept.timers.insert(place, timer);
        Ok(due_at)
    }

    fn recurrences(&self) -> Result<Vec<Recurrence>, Error> {
        let world = self.granted(Capability::Schedule)?;
        let here = world.kept.timers.iter();
        let here = here.filter(|((conversation, _), _)| *conversation == world.current.id);
        let repeating = here.filter_map(|((_, name), timer)| {
            let repeats = timer.repeats.as_ref()?;
            Some(Recurrence {
                name: name.clone(),
                cron: repeats.text.clone(),
                time_zone: repeats.time_zone.clone(),
                due_at: timer.due_at,
            })
        });
        Ok(repeating.collect())
    }

    fn cancel_timer(&self, name: &str) -> Result<bool, Error> {
        let mut world = self.granted(Capability::Schedule)?;
        let place = (world.current.id.clone(), name.to_owned());
        Ok(world.kept.timers.remove(&place).is_some())
    }

    fn timers(&self) -> Result<Vec<TimerEntry>, Error> {
        let world = self.granted(Capability::Schedule)?;
        let all = world.kept.timers.iter();
        Ok(all
            .filter(|((conversation, _), _)| *conversation == world.current.id)
            .map(|((_, name), timer)| TimerEntry {
                name: name.clone(),
                due_at: timer.due_at,
            })
            .collect())
    }

    fn send(&self, conversation_id: &str, reply: &Reply) -> Result<String, Error> {
        let mut world = self.granted(Capability::Outbox)?;
        if !world.conversations.contains_key(conversation_id) {
            return Err(Error {
                code: ErrorCode::NotFound,
                message: format!("this agent serves no conversation `{conversation_id}`"),
            });
        }
        let id = world.new_id();
        world.kept.outbox.push(Sent {
            conversation_id: conversation_id.to_owned(),
            reply: reply.clone(),
        });
        Ok(id)
    }

    fn files(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<FileEntry>, Error> {
        let world = self.granted(Capability::Workspace)?;
        world.kept.files.entries(prefix, after, limit)
    }

    fn stat_file(&self, path: &str) -> Result<FileEntry, Error> {
        let world = self.granted(Capability::Workspace)?;
        world.kept.files.stat(path)
    }

    fn read_file(&self, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        let world = self.granted(Capability::Workspace)?;
        world.kept.files.read(path, offset, length)
    }

    fn write_file(
        &self,
        path: &str,
        bytes: &[u8],
        content_type: Option<&str>,
    ) -> Result<(), Error> {
        let mut world = self.granted(Capability::Workspace)?;
        let now = world.now;
        world.kept.files.write(path, bytes, content_type, now)
    }

    fn append_file(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut world = self.granted(Capability::Workspace)?;
        let now = world.now;
        world.kept.files.append(path, bytes, now)
    }

    fn delete_file(&self, path: &str) -> Result<bool, Error> {
        let mut world = self.granted(Capability::Workspace)?;
        world.kept.files.delete(path)
    }

    fn projects(&self) -> Result<Vec<Project>, Error> {
        let world = self.granted(Capability::Projects)?;
        Ok(world.kept.projects.clone())
    }

    fn current_project(&self) -> Result<Option<Project>, Error> {
        let world = self.granted(Capability::Projects)?;
        let id = world.kept.current_project.as_deref();
        let mut all = world.kept.projects.iter();
        Ok(all.find(|project| Some(project.id.as_str()) == id).cloned())
    }

    fn switch_to_project(&self, id: &str) -> Result<Project, Error> {
        let mut world = self.granted(Capability::Projects)?;
        let mut all = world.kept.projects.iter();
        let found = all.find(|project| project.id == id).cloned();
        let project = found.ok_or_else(|| Error {
            code: ErrorCode::NotFound,
            message: format!("there is no project `{id}`"),
        })?;
        world.kept.current_project = Some(project.id.clone());
        Ok(project)
    }

    fn create_project(&self, name: &str) -> Result<Project, Error> {
        let mut world = self.granted(Capability::Projects)?;
        if world.may_not_create {
            return Err(Error {
                code: ErrorCode::Denied,
                message: "you may not make projects".to_owned(),
            });
        }
        let name = limits::project_name(name)?;
        let mut all = world.kept.projects.iter();
        if all.any(|project| project.name.to_lowercase() == name.to_lowercase()) {
            return Err(Error {
                code: ErrorCode::Conflict,
                message: format!("`{name}` is another project's"),
            });
        }
        let project = world.add_project(name);
        world.kept.current_project = Some(project.id.clone());
        Ok(project)
    }

    fn complete(&self, request: &Request) -> Result<Completion, Problem> {
        let granted = self.granted(Capability::Model);
        let mut world = granted.map_err(|error| Problem::of(Cause::Denied, error.message))?;
        world.complete(request)
    }

    fn open_stream(&self, request: &Request) -> Result<Stream, Problem> {
        self.complete(request).map(Stream::of)
    }

    fn secrets(&self) -> Result<Vec<Secret>, Error> {
        let world = self.granted(Capability::Secrets)?;
        Ok(world.secrets.clone())
    }

    fn fetch(&self, request: &http::Request) -> Result<http::Response, http::Problem> {
        let granted = self.granted(Capability::Http);
        let denied = |error: Error| http::Problem::of(http::Cause::Denied, error.message);
        granted.map_err(denied)?.fetch(request)
    }

    fn tools(&self) -> Result<tools::Catalogue, tools::Problem> {
        let granted = self.granted(Capability::Tools);
        let denied = |error: Error| tools::Problem::of(tools::Cause::Denied, error.message);
        Ok(granted.map_err(denied)?.toolbox.catalogue())
    }

    fn call_tool(&self, name: &str, arguments: &str) -> Result<tools::Outcome, tools::Problem> {
        let granted = self.granted(Capability::Tools);
        let denied = |error: Error| tools::Problem::of(tools::Cause::Denied, error.message);
        granted.map_err(denied)?.toolbox.call(name, arguments)
    }
}
