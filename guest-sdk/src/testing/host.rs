//! The in-memory host itself: what a test does with it, and what it can look at afterwards.

use std::cell::{Ref, RefCell, RefMut};
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

use super::world::{SetTimer, World};
use super::{Capability, Fired, LogLine, Port, Sent, Sign, turn};
use crate::history::Speaker;
use crate::projects::Project;
use crate::state::Scope;
use crate::{
    Action, Agent, Attachment, Call, Context, Error, EventBody, Failure, Message, Notice, Outcome,
    Replies, Timer, Toolset,
};

/// How many timers one [`Host::advance`] fires at most: a timer that sets itself anew at once would never end.
const MOST_FIRED: usize = 10_000;

/// A host with one agent or toolset `G`, one contact ("Ada") and one conversation, every capability granted.
pub struct Host<G> {
    world: Rc<RefCell<World>>,
    guest: PhantomData<fn() -> G>,
}

impl<G> Default for Host<G> {
    fn default() -> Host<G> {
        Host::new()
    }
}

impl<G> Host<G> {
    /// The host before anything has happened: at 2026-01-01T00:00:00Z.
    pub fn new() -> Host<G> {
        Host {
            world: Rc::new(RefCell::new(World::new())),
            guest: PhantomData,
        }
    }

    /// Takes a capability away: what the agent asks of it answers `Denied`.
    pub fn without(self, capability: Capability) -> Host<G> {
        self.edit().denied.insert(capability);
        self
    }

    /// The agent's settings, JSON, as its owner would write them.
    pub fn configured(self, configuration: impl Into<String>) -> Host<G> {
        self.edit().configuration = configuration.into();
        self
    }

    /// Adds a project that whoever speaks may see.
    pub fn with_project(self, name: &str) -> Host<G> {
        self.edit().add_project(name);
        self
    }

    /// Lets whoever speaks make no projects.
    pub fn without_new_projects(self) -> Host<G> {
        self.edit().may_not_create = true;
        self
    }

    /// The projects that there are.
    pub fn projects(&self) -> Vec<Project> {
        self.look().kept.projects.clone()
    }

    /// The id of the project that the conversation goes on in.
    pub fn current_project(&self) -> Option<String> {
        self.look().kept.current_project.clone()
    }

    /// The id of the conversation that the test speaks in.
    pub fn conversation(&self) -> String {
        self.look().current.id.clone()
    }

    /// Opens another conversation and speaks there from now on. Returns its id.
    pub fn open_conversation(&mut self) -> String {
        let mut world = self.edit();
        world.open_conversation();
        world.current.id.clone()
    }

    /// Speaks in a conversation that was opened before, from now on. Returns whether there is one of this id.
    pub fn enter(&mut self, conversation_id: &str) -> bool {
        let mut world = self.edit();
        let found = world.conversations.get(conversation_id).cloned();
        let exists = found.is_some();
        if let Some(conversation) = found {
            world.current = conversation;
        }
        exists
    }

    /// Adds a message to the history of the current conversation, without a turn.
    pub fn remember(&mut self, speaker: Speaker, text: &str) {
        let mut world = self.edit();
        let (id, current) = (world.new_id(), world.current.id.clone());
        world.remember(&current, speaker, id, text);
    }

    /// Milliseconds since the Unix epoch, by the test's clock.
    pub fn now(&self) -> u64 {
        self.look().now
    }

    /// A value of the agent's state, or of the current conversation's.
    pub fn state(&self, scope: Scope, key: &str) -> Option<Vec<u8>> {
        self.edit().state_of(scope).get(key).cloned()
    }

    /// Sets such a value.
    pub fn set_state(&mut self, scope: Scope, key: &str, value: impl Into<Vec<u8>>) {
        let mut world = self.edit();
        world.state_of(scope).insert(key.to_owned(), value.into());
    }

    /// What is in a file of the workspace.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        let world = self.look();
        let file = world.kept.files.all.get(path);
        file.map(|file| file.bytes.clone())
    }

    /// Puts a file into the workspace, as its owner could.
    pub fn set_file(&mut self, path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        let mut world = self.edit();
        let now = world.now;
        world.kept.files.write(path, bytes.as_ref(), None, now)
    }

    /// Lets the files of the workspace amount to so many bytes.
    pub fn with_quota(self, bytes: usize) -> Host<G> {
        self.edit().kept.files.quota = bytes;
        self
    }

    /// All that was logged.
    pub fn log(&self) -> Vec<LogLine> {
        self.look().log.clone()
    }

    /// All that the agent spoke first.
    pub fn outbox(&self) -> Vec<Sent> {
        self.look().kept.outbox.clone()
    }

    /// All signs of life.
    pub fn signs(&self) -> Vec<Sign> {
        self.look().signs.clone()
    }

    pub(super) fn look(&self) -> Ref<'_, World> {
        self.world.borrow()
    }

    pub(super) fn edit(&self) -> RefMut<'_, World> {
        self.world.borrow_mut()
    }
}

impl<A: Agent> Host<A> {
    /// The contact says something.
    pub fn say(&mut self, text: &str) -> Result<Replies, Failure> {
        self.send(text, Vec::new())
    }

    /// The contact says something and sends files along.
    pub fn send(&mut self, text: &str, attachments: Vec<Attachment>) -> Result<Replies, Failure> {
        let message = {
            let mut world = self.edit();
            Message {
                id: world.new_id(),
                from: world.contact.clone(),
                text: text.to_owned(),
                attachments,
                reply_to: None,
                sent_at: world.now,
                metadata: Vec::new(),
            }
        };
        self.deliver(EventBody::Message(message))
    }

    /// The contact presses the button with this value.
    pub fn press(&mut self, value: &str) -> Result<Replies, Failure> {
        let action = {
            let mut world = self.edit();
            Action {
                id: world.new_id(),
                from: world.contact.clone(),
                value: value.to_owned(),
                message_id: None,
                metadata: Vec::new(),
            }
        };
        self.deliver(EventBody::Action(action))
    }

    /// Something else happens, that `kind` names and JSON `data` describes.
    pub fn notify(&mut self, kind: &str, data: &str) -> Result<Replies, Failure> {
        self.deliver(EventBody::Notice(Notice {
            kind: kind.to_owned(),
            data: data.to_owned(),
        }))
    }

    /// Whatever happens, in the current conversation.
    pub fn deliver(&mut self, body: EventBody) -> Result<Replies, Failure> {
        turn::run::<A>(&self.world, body)
    }

    /// Lets time pass: the timers that come due fire one after the other, each in its conversation.
    pub fn advance(&mut self, time: Duration) -> Vec<Fired> {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let until = self.now().saturating_add(milliseconds);
        let spoken_in = self.conversation();
        let mut fired = Vec::new();
        while fired.len() < MOST_FIRED
            && let Some((conversation_id, timer)) = self.take_due_timer(until)
        {
            self.enter(&conversation_id);
            let name = timer.name.clone();
            let outcome = self.deliver(EventBody::Timer(timer));
            fired.push(Fired {
                conversation_id,
                name,
                outcome,
            });
        }
        self.enter(&spoken_in);
        self.edit().now = until;
        fired
    }

    /// Takes the next timer that is due by then, and moves the clock to its time.
    fn take_due_timer(&self, until: u64) -> Option<(String, Timer)> {
        let mut world = self.edit();
        let timers = world.kept.timers.iter();
        let (place, _) = timers
            .filter(|(_, timer)| timer.due_at <= until)
            .min_by_key(|(_, timer)| timer.due_at)?;
        let place = place.clone();
        let timer = world.kept.timers.remove(&place)?;
        world.now = world.now.max(timer.due_at);
        let next = timer
            .repeats
            .as_ref()
            .and_then(|repeats| repeats.cron.after(timer.due_at));
        if let Some(due_at) = next {
            let timer = SetTimer {
                due_at,
                ..timer.clone()
            };
            world.kept.timers.insert(place.clone(), timer);
        }
        let (conversation_id, name) = place;
        Some((
            conversation_id,
            Timer {
                name,
                payload: timer.payload,
                due_at: timer.due_at,
            },
        ))
    }
}

impl<T: Toolset> Host<T> {
    /// Calls a tool with arguments, JSON.
    pub fn call(&mut self, name: &str, arguments: &str) -> Result<Outcome, Failure> {
        let call = Call {
            id: self.edit().new_id(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            metadata: Vec::new(),
        };
        let before = self.look().kept.clone();
        let context = Context {
            port: Port::to(&self.world),
        };
        let outcome = T::run(&context, &call);
        if outcome.is_err() {
            self.edit().kept = before;
        }
        outcome
    }
}
