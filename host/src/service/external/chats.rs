//! A chat of a messaging platform as a session. It is about the project where its channel lives, until someone goes to
//! another one by talking, with the rights of whoever made the channel. That is for those alone whom the channel's owner has
//! let in, each in a chat of their own, and on a channel whose owner wants it: what strangers could say, or the people of a
//! group, leads nowhere.

use store::channels::{Access, Channel};
use store::ids::{ChatId, MessageId, TurnId};
use store::reading::Step;
use store::sessions::{self, Asked, Change, OnChannel};

use super::Said;
use super::declined::Declined;
use super::founding::Founding;
use super::plan::{self, Handled};
use crate::auth::{Caller, Client, Entrance, Way, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inbound::{Directed, Inbound};
use crate::service::navigation::{NamedProject, Talk};

/// A message with what its session makes of it.
pub struct Entering {
    /// The message.
    pub inbound: Inbound,
    /// Where it goes, and what changes with it.
    pub directed: Directed,
    speaker: Caller,
}

impl Entering {
    /// The project that it makes.
    pub(crate) fn founding(&self) -> Option<Founding> {
        let change = self.directed.change.as_ref()?;
        let (project, _) = change.new_project.as_ref()?;
        let session = &self.inbound.platform_chat_id;
        Some(Founding::of(self.speaker.clone(), project, session))
    }

    /// The message as steps of what was read of its platform.
    pub(crate) fn into_steps(mut self) -> Vec<Step> {
        let shown_in = self.inbound.shown_in.take();
        let mut receive = self.inbound.into_receive(MessageId::new(), TurnId::new());
        receive.chat_id = self.directed.chat_id;
        receive.route = self.directed.route.unwrap_or_default();
        let shown = shown_in.map(|shown_in| Step::Shown(receive.turn_id, shown_in));
        let said = match self.directed.change {
            Some(change) => Step::Enter(receive, change),
            None => Step::Receive(receive),
        };
        std::iter::once(said).chain(shown).collect()
    }
}

/// Where a chat is.
pub(crate) struct Here {
    /// The project that it is about.
    pub(crate) project: NamedProject,
    /// The thread that goes on.
    pub(crate) chat: Option<ChatId>,
    /// Whether people answer in it.
    pub(crate) is_held: bool,
    /// Whether talking may lead to another project.
    pub(crate) may_go: bool,
    path: String,
    version: Option<i64>,
}

impl Here {
    /// What has to change for the next message to begin another thread.
    pub(crate) fn anew(self) -> Change {
        Change {
            seen: self.version,
            project_id: Some(self.project.id),
            chat_id: None,
            current_path: self.path,
            new_chat: None,
            new_project: None,
        }
    }
}

/// Decides about a message of a chat. `is_talk`: it was written now, and not changed or pressed.
pub(crate) async fn enter(
    cx: &Context,
    channel: &Channel,
    mut inbound: Inbound,
    is_talk: bool,
) -> Result<Entering> {
    let speaker = speaker(channel);
    let event = inbound.platform_event_id.clone();
    let found = find(cx, channel, &inbound.platform_chat_id, event.as_deref()).await?;
    // What was said before changes nothing, and what no channel hears is for the inbox to refuse.
    let new = found.filter(|found| found.session.known_message_id.is_none());
    let Some(found) = new else {
        return Ok(Entering {
            inbound,
            directed: Directed::default(),
            speaker,
        });
    };
    let said = Said {
        session: inbound.platform_chat_id.clone(),
        text: inbound.text.clone(),
        files: inbound.attachments.clone(),
        ..Said::default()
    };
    let may_go = may_go(channel, inbound.is_group);
    let planned = plan(cx, &speaker, &found, &said, (may_go, is_talk)).await;
    let planned = planned.map_err(ours)?;
    inbound.metadata = planned.noted.metadata().chain(inbound.metadata).collect();
    Ok(Entering {
        inbound,
        directed: planned.directed,
        speaker,
    })
}

/// Where a chat is. None: its channel is gone.
pub(crate) async fn here(
    cx: &Context,
    channel: &Channel,
    chat: &str,
    is_group: bool,
) -> Result<Option<Here>> {
    let found = find(cx, channel, chat, None).await?;
    let may_go = may_go(channel, is_group);
    Ok(found.map(|found| {
        let project = place(&found, may_go);
        let session = found.session;
        let is_there = session.project.project_id == Some(project.id);
        Here {
            project,
            chat: session.chat_id.filter(|_| is_there),
            is_held: session.is_held,
            may_go,
            path: session
                .current_path
                .filter(|_| is_there)
                .unwrap_or_default(),
            version: session.version,
        }
    }))
}

async fn plan(
    cx: &Context,
    speaker: &Caller,
    found: &OnChannel,
    said: &Said,
    (may_go, is_talk): (bool, bool),
) -> Result<plan::Plan, Declined> {
    let session = &found.session;
    let project = place(found, may_go);
    let talk = if may_go && is_talk {
        plan::talk(cx, speaker, session, said, Some(project.id)).await?
    } else {
        None
    };
    let handled = match (talk, project.id == found.home_id) {
        (Some(talk), _) => Handled::By(talk),
        (None, true) => match found.home_agent_id {
            Some(agent) => Handled::ByAgent(agent),
            None => Handled::ByChannel,
        },
        (None, false) => match session.project.agent_id {
            Some(agent) => Handled::ByAgent(agent),
            None => Handled::By(nobody(&project)),
        },
    };
    let chat = plan::chat(cx, speaker, session, said, Some(project.id)).await?;
    plan::plan(cx, speaker, session, said, (Some(&project), chat), handled).await
}

async fn find(
    cx: &Context,
    channel: &Channel,
    chat: &str,
    event: Option<&str>,
) -> Result<Option<OnChannel>> {
    let asked = Asked {
        organization_id: channel.organization_id,
        user_id: channel.created_by,
        session: chat,
        platform_event_id: event,
    };
    Ok(sessions::find_on_channel(&cx.store, channel.id, asked).await?)
}

/// Whether talking may lead to another project.
fn may_go(channel: &Channel, is_group: bool) -> bool {
    channel.navigates && channel.access != Access::Open && !is_group
}

/// The project that the chat is about: the channel's own, where it has not gone to one that it may still be in.
fn place(found: &OnChannel, may_go: bool) -> NamedProject {
    let active = plan::active(&found.session);
    let active = active.filter(|project| may_go || project.id == found.home_id);
    active.unwrap_or_else(|| NamedProject {
        id: found.home_id,
        slug: found.home_slug.clone(),
        name: found.home_name.clone(),
    })
}

/// What a chat is told in a project where no one could answer.
fn nobody(project: &NamedProject) -> Talk {
    let name = &project.name;
    Talk {
        reply: format!(
            "No agent answers in the project {name} yet. Say “switch to the … project” to go on in another one."
        ),
        switched: None,
        created: None,
    }
}

/// Whoever made the channel: their rights are behind what is said on it, as far as it is about projects.
fn speaker(channel: &Channel) -> Caller {
    Caller {
        organization_id: channel.organization_id,
        who: Who::User(channel.created_by),
        way: Way::Chat,
        token: None,
        client: Client {
            address: None,
            entrance: Entrance::Platform,
        },
    }
}

/// A chat names neither a project nor a thread, so that nothing else can be declined.
fn ours(declined: Declined) -> Error {
    match declined {
        Declined::Error(error) => error,
        other => Error::internal(format!("a chat's message was declined: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use store::channels::ChannelStatus;
    use store::ids::{ChannelId, OrganizationId, ProjectId, UserId};

    use super::*;

    #[test]
    fn talking_leads_elsewhere_for_those_alone_whom_the_owner_let_in_and_wants_to() {
        let channel = |access, navigates| Channel {
            organization_id: OrganizationId::new(),
            id: ChannelId::new(),
            project_id: ProjectId::new(),
            kind: "telegram".to_owned(),
            name: String::new(),
            primary_agent_id: None,
            workflow_id: None,
            access,
            status: ChannelStatus::Active,
            status_reason: None,
            configuration: serde_json::json!({}),
            credential: None,
            version: 1,
            navigates,
            created_by: UserId::new(),
            created_at: Utc::now(),
            updated_at: Utc::now(),
        };
        for access in [Access::Open, Access::AllowList, Access::Paired] {
            for (navigates, is_group) in
                [(true, true), (true, false), (false, true), (false, false)]
            {
                let expected = access != Access::Open && navigates && !is_group;
                let may = may_go(&channel(access, navigates), is_group);
                assert_eq!(may, expected, "{access:?} {navigates} {is_group}");
            }
        }
    }
}
