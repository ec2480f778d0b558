//! A plan says how a message is handled and what becomes of its session: everything is decided before anything is stored.

use store::ids::{AgentId, ChatId, ProjectId};
use store::inbox::Route;
use store::projects::{NewProject, Project};
use store::sessions::{self, Change, NewChat, Session};

use super::Said;
use super::context::{Active, Named, Noted};
use super::declined::{Declined, available};
use super::reference;
use crate::auth::Caller;
use crate::context::Context;
use crate::error::Result;
use crate::inbound::Directed;
use crate::service::navigation::{self, NamedProject, Talk};
use crate::service::projects::visible;
use crate::workflow::Canned;

/// Projects that are looked at.
const MOST: u32 = 1_000;

/// How a message is handled.
pub(super) struct Plan {
    /// What becomes of it.
    pub(super) directed: Directed,
    /// What it does to its session.
    pub(super) noted: Noted,
}

impl Plan {
    /// The project that is made with it.
    pub(super) fn made(&self) -> Option<&NewProject> {
        let change = self.directed.change.as_ref()?;
        change.new_project.as_ref().map(|(project, _)| project)
    }
}

/// Where a message belongs, before it moves anything.
struct Place {
    project: Option<NamedProject>,
    /// Who answers there.
    agent_id: Option<AgentId>,
    /// All there are, where they were looked at.
    all: Vec<Project>,
}

/// Plans a message: its project first, then whether it is about projects, then its chat.
pub(super) async fn of(
    cx: &Context,
    speaker: &Caller,
    session: &Session,
    said: &Said,
) -> Result<Plan, Declined> {
    let place = place(cx, speaker, session, said).await?;
    let active = place.project.as_ref().map(|project| project.id);
    let talk = talk(cx, speaker, session, said, active).await?;
    let Some(project) = &place.project else {
        let Some(talk) = talk else {
            return Err(Declined::WhichProject {
                available: available(&place.all),
            });
        };
        let here = chat(cx, speaker, session, said, None).await?;
        return plan(cx, speaker, session, said, (None, here), Handled::By(talk)).await;
    };
    let here = chat(cx, speaker, session, said, Some(project.id)).await?;
    let handled = match (talk, place.agent_id) {
        (Some(talk), _) => Handled::By(talk),
        (None, Some(agent)) => Handled::ByAgent(agent),
        (None, None) => {
            return Err(Declined::NoAgent {
                project: project.into(),
            });
        }
    };
    plan(cx, speaker, session, said, (Some(project), here), handled).await
}

/// Who handles a message.
pub(super) enum Handled {
    /// The host: this is what it says.
    By(Talk),
    /// This agent.
    ByAgent(AgentId),
    /// Whoever the channel or its workflow says.
    ByChannel,
}

impl Handled {
    /// None where the channel decides.
    fn route(&self) -> Option<Route> {
        let decided = Route {
            is_decided: true,
            ..Route::default()
        };
        match self {
            Handled::By(talk) => Some(Route {
                is_answered: false,
                canned: Canned::column(vec![talk.reply.clone()]),
                ..decided
            }),
            Handled::ByAgent(agent) => Some(Route {
                agent_id: Some(*agent),
                ..decided
            }),
            Handled::ByChannel => None,
        }
    }
}

/// The four rules: the project that is asked for, else the session's, else the only one there is, else none.
async fn place(
    cx: &Context,
    speaker: &Caller,
    session: &Session,
    said: &Said,
) -> Result<Place, Declined> {
    let active = active(session);
    let asked = said.project.as_deref();
    if let Some(active) = active {
        let is_asked = |text| reference::is_id(text, &active.slug, active.id);
        if asked.is_none_or(is_asked) {
            return Ok(Place {
                project: Some(active),
                agent_id: session.project.agent_id,
                all: Vec::new(),
            });
        }
    }
    let all = visible(cx, speaker, MOST).await?;
    let found = match (asked, all.as_slice()) {
        (Some(text), all) => Some(reference::project(text, all)?),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some(found) = found else {
        return Ok(Place {
            project: None,
            agent_id: None,
            all,
        });
    };
    let (owner, id) = (speaker.organization_id, found.id);
    Ok(Place {
        project: Some(NamedProject {
            id,
            slug: found.slug.clone(),
            name: found.name.clone(),
        }),
        agent_id: sessions::answering(&cx.store, owner, id).await?,
        all,
    })
}

/// The session's project, where the speaker may see it.
pub(super) fn active(session: &Session) -> Option<NamedProject> {
    let project = &session.project;
    Some(NamedProject {
        id: project.project_id?,
        slug: project.project_slug.clone()?,
        name: project.project_name.clone()?,
    })
}

/// What the navigator makes of it. Files are no talk, and while people hold the session they hear everything.
pub(super) async fn talk(
    cx: &Context,
    speaker: &Caller,
    session: &Session,
    said: &Said,
    active: Option<ProjectId>,
) -> Result<Option<Talk>> {
    if session.is_held || !said.files.is_empty() {
        return Ok(None);
    }
    navigation::talk(cx, speaker, active, &said.text).await
}

/// The chat of the session that a message is in: the one that is asked for, else the active one, else the last one of the
/// project. `None` where one is to begin.
pub(super) async fn chat(
    cx: &Context,
    speaker: &Caller,
    session: &Session,
    said: &Said,
    project: Option<ProjectId>,
) -> Result<Option<ChatId>, Declined> {
    if let Some(text) = &said.chat {
        return asked_chat(cx, speaker, session, text, project)
            .await
            .map(Some);
    }
    match project {
        Some(project) if session.project.project_id == Some(project) => Ok(session.chat_id),
        Some(project) => last_chat(cx, speaker, session, project).await,
        None => Ok(None),
    }
}

async fn last_chat(
    cx: &Context,
    speaker: &Caller,
    session: &Session,
    project: ProjectId,
) -> Result<Option<ChatId>, Declined> {
    let Some(conversation) = session.conversation_id else {
        return Ok(None);
    };
    let owner = speaker.organization_id;
    Ok(sessions::last_chat(&cx.store, owner, conversation, project).await?)
}

async fn asked_chat(
    cx: &Context,
    speaker: &Caller,
    session: &Session,
    text: &str,
    project: Option<ProjectId>,
) -> Result<ChatId, Declined> {
    let none = || Declined::NoChat {
        reference: text.to_owned(),
    };
    let id: ChatId = text.trim().parse().map_err(|_| none())?;
    if project.is_some() && session.chat_id == Some(id) && session.project.project_id == project {
        return Ok(id);
    }
    let conversation = session.conversation_id.ok_or_else(none)?;
    let owner = speaker.organization_id;
    let found = sessions::chat(&cx.store, owner, conversation, id).await?;
    let found = found.ok_or_else(none)?;
    if Some(found.project_id) == project {
        Ok(id)
    } else {
        Err(Declined::ChatElsewhere)
    }
}

/// Puts it together: where the session goes on, and what has to be written for that.
pub(super) async fn plan(
    cx: &Context,
    speaker: &Caller,
    session: &Session,
    said: &Said,
    (here, chat): (Option<&NamedProject>, Option<ChatId>),
    handled: Handled,
) -> Result<Plan, Declined> {
    let route = handled.route();
    let talk = match handled {
        Handled::By(talk) => Some(talk),
        Handled::ByAgent(_) | Handled::ByChannel => None,
    };
    let created = talk.as_ref().and_then(|talk| talk.created.as_ref());
    let switched = talk.as_ref().and_then(|talk| talk.switched.as_ref());
    let next = talk.as_ref().and_then(Talk::goes_on_in).or(here);
    let moves = next.map(|project| project.id) != here.map(|project| project.id);

    let mut new_chat = None;
    let mut begin = |project: ProjectId| {
        let id = ChatId::new();
        new_chat = Some(NewChat {
            id,
            project_id: project,
            title: said.title(),
        });
        id
    };
    // A message that leads elsewhere was said where the session was, and the session goes on elsewhere.
    let next_chat = match next {
        None => None,
        Some(project) if !moves => Some(chat.unwrap_or_else(|| begin(project.id))),
        Some(project) => {
            let last = last_chat(cx, speaker, session, project.id).await?;
            Some(last.unwrap_or_else(|| begin(project.id)))
        }
    };
    let chat_id = if moves { chat } else { next_chat };

    let stays = next.map(|project| project.id) == session.project.project_id;
    let stored_path = session.current_path.as_deref().unwrap_or_default();
    let path = match &said.path {
        _ if moves => "",
        Some(path) => path,
        None if stays => stored_path,
        None => "",
    };
    let is_same = session.version.is_some()
        && stays
        && next_chat == session.chat_id
        && path == stored_path
        && created.is_none();
    let owner = speaker.person()?;
    let new_project = created.map(|project| {
        let row = NewProject {
            organization_id: speaker.organization_id,
            id: project.id,
            slug: project.slug.clone(),
            name: project.name.clone(),
        };
        (row, owner)
    });
    let change = (!is_same).then(|| Change {
        seen: session.version,
        project_id: next.map(|project| project.id),
        chat_id: next_chat,
        current_path: path.to_owned(),
        new_chat,
        new_project,
    });
    let noted = Noted {
        active: Active {
            project: next.map(Named::from),
            chat: next_chat,
            path: path.to_owned(),
        },
        switched: switched.map(Named::from),
        created: created.map(Named::from),
    };
    Ok(Plan {
        directed: Directed {
            chat_id,
            route,
            change,
            ..Directed::default()
        },
        noted,
    })
}
