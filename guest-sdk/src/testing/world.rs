//! The world of a test: what the in-memory host knows.

use std::collections::{BTreeMap, BTreeSet};

use super::Capability;
use super::cron::Cron;
use super::files::Files;
use super::http::Servers;
use super::model::Script;
use super::tools::Toolbox;
use crate::history::{Entry, Speaker};
use crate::log::Level;
use crate::model::Request;
use crate::projects::Project;
use crate::secrets::Secret;
use crate::{Contact, Conversation, Reply, http};

/// One line that the agent logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// What it can be found by.
    pub fields: Vec<(String, String)>,
}

/// One message that the agent spoke first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Where it was said.
    pub conversation_id: String,
    /// What was said.
    pub reply: Reply,
}

/// One sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The agent is typing.
    Typing,
    /// The reply as far as it had come.
    Partial(String),
}

pub(super) type Values = BTreeMap<String, Vec<u8>>;

#[derive(Clone)]
pub(super) struct SetTimer {
    pub(super) due_at: u64,
    pub(super) payload: Vec<u8>,
    /// What it goes by where it repeats.
    pub(super) repeats: Option<Repeats>,
}

#[derive(Clone)]
pub(super) struct Repeats {
    pub(super) cron: Cron,
    /// As the agent wrote it.
    pub(super) text: String,
    pub(super) time_zone: String,
}

/// What a turn changes: kept when it ends well, put back when it fails.
#[derive(Clone, Default)]
pub(super) struct Kept {
    pub(super) agent_state: Values,
    pub(super) conversation_state: BTreeMap<String, Values>,
    /// By conversation and name.
    pub(super) timers: BTreeMap<(String, String), SetTimer>,
    pub(super) outbox: Vec<Sent>,
    pub(super) files: Files,
    pub(super) projects: Vec<Project>,
    /// The id of the one that the conversation goes on in.
    pub(super) current_project: Option<String>,
}

pub(super) struct World {
    /// Milliseconds since the Unix epoch.
    pub(super) now: u64,
    pub(super) configuration: String,
    pub(super) denied: BTreeSet<Capability>,
    pub(super) contact: Contact,
    pub(super) conversations: BTreeMap<String, Conversation>,
    /// The conversation that the test speaks in, and a turn runs in.
    pub(super) current: Conversation,
    pub(super) history: BTreeMap<String, Vec<Entry>>,
    pub(super) kept: Kept,
    pub(super) toolbox: Toolbox,
    pub(super) log: Vec<LogLine>,
    /// Log lines that the running turn has written.
    pub(super) turn_log_lines: usize,
    pub(super) signs: Vec<Sign>,
    /// Whether whoever speaks may make no projects.
    pub(super) may_not_create: bool,
    /// What the model answers; without it there is none.
    pub(super) script: Option<Script>,
    /// What the model was asked.
    pub(super) asked: Vec<Request>,
    /// What answers requests; without it no host is allowed.
    pub(super) servers: Option<Servers>,
    /// What they were asked.
    pub(super) requests: Vec<http::Request>,
    pub(super) secrets: Vec<Secret>,
    ids: u64,
}

impl World {
    pub(super) fn new() -> World {
        let first = conversation(
            "00000000-0000-7000-8000-000000000001",
            "00000000-0000-7000-8000-000000000002",
        );
        World {
            // 2026-01-01T00:00:00Z
            now: 1_767_225_600_000,
            configuration: "{}".to_owned(),
            denied: BTreeSet::new(),
            contact: Contact {
                id: "00000000-0000-7000-8000-000000000003".to_owned(),
                platform_user_id: "ada".to_owned(),
                display_name: Some("Ada".to_owned()),
                user_id: None,
                metadata: Vec::new(),
            },
            conversations: BTreeMap::from([(first.id.clone(), first.clone())]),
            current: first,
            history: BTreeMap::new(),
            kept: Kept::default(),
            toolbox: Toolbox::default(),
            log: Vec::new(),
            turn_log_lines: 0,
            signs: Vec::new(),
            may_not_create: false,
            script: None,
            asked: Vec::new(),
            servers: None,
            requests: Vec::new(),
            secrets: Vec::new(),
            ids: 3,
        }
    }

    /// Ids count up in the form that the host's have.
    pub(super) fn new_id(&mut self) -> String {
        self.ids += 1;
        format!("00000000-0000-7000-8000-{:012x}", self.ids)
    }

    pub(super) fn open_conversation(&mut self) {
        let id = self.new_id();
        let opened = conversation(&id, &self.current.channel_id);
        self.conversations.insert(id, opened.clone());
        self.current = opened;
    }

    /// Adds a project; its slug is made of its name.
    pub(super) fn add_project(&mut self, name: &str) -> Project {
        let slug = name.to_lowercase();
        let words = slug.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let id = self.new_id();
        let project = Project {
            slug: match words.is_empty() {
                true => format!("project-{}", self.ids),
                false => words.join("-"),
            },
            id,
            name: name.to_owned(),
        };
        self.kept.projects.push(project.clone());
        project
    }

    pub(super) fn state_of(&mut self, scope: crate::state::Scope) -> &mut Values {
        match scope {
            crate::state::Scope::Agent => &mut self.kept.agent_state,
            crate::state::Scope::Conversation => self
                .kept
                .conversation_state
                .entry(self.current.id.clone())
                .or_default(),
        }
    }

    pub(super) fn remember(
        &mut self,
        conversation_id: &str,
        speaker: Speaker,
        id: String,
        text: &str,
    ) {
        let entry = Entry {
            id,
            speaker,
            name: (speaker == Speaker::Contact)
                .then(|| self.contact.display_name.clone())
                .flatten(),
            text: text.to_owned(),
            attachments: Vec::new(),
            at: self.now,
        };
        self.history
            .entry(conversation_id.to_owned())
            .or_default()
            .push(entry);
    }
}

fn conversation(id: &str, channel_id: &str) -> Conversation {
    Conversation {
        id: id.to_owned(),
        channel_id: channel_id.to_owned(),
        channel_kind: "web".to_owned(),
        is_group: false,
        title: None,
        metadata: Vec::new(),
    }
}
