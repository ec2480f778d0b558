//! A placed row is one with the project that it was found in. What hangs on it (a message's turn, a turn's replies) is in the
//! same project, so that whoever reads on from it is checked against their [`Reach`] without asking the database again. Only
//! services place rows.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::Arc;

use store::agents::Agent;
use store::channels::Channel;
use store::contacts::Contact;
use store::conversations::Conversation;
use store::deliveries::Delivery;
use store::groups::GroupMember;
use store::ids::{
    AgentId, ChannelId, ChatId, ContactId, ConversationId, MessageId, ProjectId, TurnId, UserId,
    WorkflowId,
};
use store::members::Member;
use store::messages::Message;
use store::page::Listed;
use store::projects::Project;
use store::sessions::Chat;
use store::turns::TurnTrace;
use store::workflows::Workflow;

use crate::auth::{Operation, Reach};

/// The id of something in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Within<Id> {
    id: Id,
    project: ProjectId,
}

impl<Id: Copy> Within<Id> {
    pub(super) fn new(id: Id, project: ProjectId) -> Self {
        Self { id, project }
    }

    /// The id.
    pub fn id(&self) -> Id {
        self.id
    }

    pub(super) fn project(&self) -> ProjectId {
        self.project
    }
}

/// A row with its project.
#[derive(Clone, Debug)]
pub struct Placed<Row> {
    row: Arc<Row>,
    project: ProjectId,
}

impl<Row> Placed<Row> {
    pub(super) fn new(row: impl Into<Arc<Row>>, project: ProjectId) -> Self {
        let row = row.into();
        Self { row, project }
    }

    /// The project that it was found in.
    pub(super) fn project(&self) -> ProjectId {
        self.project
    }

    fn within<Id>(&self, id: Id) -> Within<Id> {
        Within {
            id,
            project: self.project,
        }
    }
}

impl<Row> Deref for Placed<Row> {
    type Target = Row;

    fn deref(&self) -> &Row {
        &self.row
    }
}

/// What a list can hang on.
pub trait Rooted {
    /// Its id.
    type Id;

    /// Its id in its project.
    fn place(&self) -> Within<Self::Id>;
}

impl Rooted for Project {
    type Id = ProjectId;

    fn place(&self) -> Within<ProjectId> {
        Within::new(self.id, self.id)
    }
}

impl Rooted for Agent {
    type Id = AgentId;

    fn place(&self) -> Within<AgentId> {
        Within::new(self.id, self.project_id)
    }
}

impl Rooted for Channel {
    type Id = ChannelId;

    fn place(&self) -> Within<ChannelId> {
        Within::new(self.id, self.project_id)
    }
}

impl Rooted for Workflow {
    type Id = WorkflowId;

    fn place(&self) -> Within<WorkflowId> {
        Within::new(self.id, self.project_id)
    }
}

/// A member is in a project as the person that they are.
impl Rooted for Member {
    type Id = UserId;

    fn place(&self) -> Within<UserId> {
        Within::new(self.user_id, self.project_id)
    }
}

impl Rooted for Placed<Conversation> {
    type Id = ConversationId;

    fn place(&self) -> Within<ConversationId> {
        self.within(self.id)
    }
}

impl Rooted for Placed<Chat> {
    type Id = ChatId;

    fn place(&self) -> Within<ChatId> {
        self.within(self.id)
    }
}

impl Rooted for Placed<TurnTrace> {
    type Id = TurnId;

    fn place(&self) -> Within<TurnId> {
        self.within(self.id)
    }
}

impl Placed<Conversation> {
    /// The one person of a direct chat.
    pub fn contact(&self) -> Option<Within<ContactId>> {
        self.contact_id.map(|id| self.within(id))
    }
}

impl Placed<GroupMember> {
    /// The contact that they are, where they have said something.
    pub fn contact(&self) -> Option<Within<ContactId>> {
        self.contact_id.map(|id| self.within(id))
    }
}

impl Placed<Contact> {
    /// The user that they are, where that is known.
    pub fn user(&self) -> Option<Within<UserId>> {
        self.user_id.map(|id| self.within(id))
    }
}

impl Placed<Message> {
    /// The turn that handles it or that said it.
    pub fn turn(&self) -> Option<Within<TurnId>> {
        self.turn_id.map(|id| self.within(id))
    }

    /// Who spoke, if a contact.
    pub fn contact(&self) -> Option<Within<ContactId>> {
        self.contact_id.map(|id| self.within(id))
    }

    /// Who spoke, if a user.
    pub fn user(&self) -> Option<Within<UserId>> {
        self.user_id.map(|id| self.within(id))
    }
}

impl Placed<TurnTrace> {
    /// The message that started it.
    pub fn message(&self) -> Option<Within<MessageId>> {
        self.message_id.map(|id| self.within(id))
    }
}

impl Placed<Delivery> {
    /// The message that it brings.
    pub fn message(&self) -> Within<MessageId> {
        self.within(self.message_id.into())
    }
}

/// Those in projects where the caller may do this.
pub(super) fn allowed<Id: Copy>(
    reach: &Reach,
    list: &[Within<Id>],
    operation: Operation,
) -> Vec<Within<Id>> {
    let allowed = list
        .iter()
        .filter(|place| reach.may(place.project, operation));
    allowed.copied().collect()
}

pub(super) fn ids<Id: Copy>(list: &[Within<Id>]) -> Vec<Id> {
    list.iter().map(|place| place.id).collect()
}

/// Whose agent it is, where someone made it for themselves.
pub fn maker(agent: &Agent) -> Option<Within<UserId>> {
    agent
        .owner_id
        .map(|owner| Within::new(owner, agent.project_id))
}

/// Rows that were asked for by places, in them.
pub(super) fn place_all<Id: Copy + Eq + Hash, Row>(
    list: &[Within<Id>],
    rows: Vec<impl Into<Arc<Row>>>,
    id: impl Fn(&Row) -> Id,
) -> HashMap<Within<Id>, Placed<Row>> {
    let projects: HashMap<Id, ProjectId> =
        list.iter().map(|place| (place.id, place.project)).collect();
    let place = |row: Arc<Row>| {
        let id = id(&row);
        let project = *projects.get(&id)?;
        Some((Within::new(id, project), Placed::new(row, project)))
    };
    rows.into_iter().map(Into::into).filter_map(place).collect()
}

/// The list of each parent, an empty one where it has none.
pub(super) fn lists<Id: Copy + Eq + Hash, Row, Shown>(
    parents: Vec<Within<Id>>,
    mut read: HashMap<Id, Listed<Row>>,
    show: impl Fn(Row, ProjectId) -> Shown,
) -> HashMap<Within<Id>, Listed<Shown>> {
    let list = |parent: Within<Id>| {
        let listed = read.remove(&parent.id).unwrap_or_default();
        (parent, listed.map(|row| show(row, parent.project)))
    };
    parents.into_iter().map(list).collect()
}
