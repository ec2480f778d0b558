//! What a message did to its session, noted with the message: its agent is told, and whoever sends it again.

use store::ids::{ChatId, OrganizationId};
use store::projects::Project;

use crate::content::Content;
use crate::context::Context;
use crate::error::Result;
use crate::inbound::Accepted;
use crate::service::navigation::NamedProject;

/// A project as programs outside name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its slug.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

impl Named {
    pub(super) fn of(project: &Project) -> Self {
        Self {
            id: project.slug.clone(),
            name: project.name.clone(),
        }
    }
}

impl From<&NamedProject> for Named {
    fn from(project: &NamedProject) -> Self {
        Self {
            id: project.slug.clone(),
            name: project.name.clone(),
        }
    }
}

/// Where a session goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Active {
    /// Its project, if it has one.
    pub project: Option<Named>,
    /// Its chat, if it has one.
    pub chat: Option<ChatId>,
    /// Where in the project it is.
    pub path: String,
}

/// What a message did to its session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Noted {
    pub(super) active: Active,
    pub(super) switched: Option<Named>,
    pub(super) created: Option<Named>,
}

const PROJECT: [&str; 2] = ["project_id", "project_name"];
const SWITCHED: [&str; 2] = ["switched_project_id", "switched_project_name"];
const CREATED: [&str; 2] = ["created_project_id", "created_project_name"];
const CHAT: &str = "chat_id";
const PATH: &str = "current_path";

impl Noted {
    /// As it goes with the message.
    pub(super) fn metadata(&self) -> impl Iterator<Item = (String, String)> + use<> {
        let mut pairs = Vec::new();
        let mut note = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
        let projects = [
            (PROJECT, &self.active.project),
            (SWITCHED, &self.switched),
            (CREATED, &self.created),
        ];
        for ([id, name], project) in projects {
            if let Some(project) = project {
                note(id, &project.id);
                note(name, &project.name);
            }
        }
        if let Some(chat) = self.active.chat {
            note(CHAT, &chat.to_string());
        }
        if !self.active.path.is_empty() {
            note(PATH, &self.active.path);
        }
        pairs.into_iter()
    }

    fn read(metadata: &[(String, String)]) -> Self {
        // What a program sends along comes after what is noted here.
        let value = |name: &str| {
            let mut found = metadata.iter().filter(|(known, _)| known == name);
            found.next().map(|(_, value)| value.clone())
        };
        let project = |[id, name]: [&str; 2]| {
            Some(Named {
                id: value(id)?,
                name: value(name)?,
            })
        };
        Self {
            active: Active {
                project: project(PROJECT),
                chat: value(CHAT).and_then(|text| text.parse().ok()),
                path: value(PATH).unwrap_or_default(),
            },
            switched: project(SWITCHED),
            created: project(CREATED),
        }
    }
}

/// What a message that was stored before had done.
pub(super) async fn of_message(
    cx: &Context,
    owner: OrganizationId,
    accepted: &Accepted,
) -> Result<Noted> {
    let (conversation, id) = (accepted.conversation_id, accepted.message_id);
    let message = store::messages::find(&cx.store, owner, conversation, id).await?;
    let content = message.and_then(|message| message.content);
    Ok(Noted::read(&Content::read(content.as_ref()).metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read_back() {
        let named = |id: &str| Named {
            id: id.to_owned(),
            name: id.to_uppercase(),
        };
        let noted = Noted {
            active: Active {
                project: Some(named("backend")),
                chat: Some(ChatId::new()),
                path: "src/main".to_owned(),
            },
            switched: Some(named("backend")),
            created: None,
        };
        let mut pairs: Vec<_> = noted.metadata().collect();
        pairs.push(("created_project".to_owned(), "x".to_owned()));
        assert_eq!(Noted::read(&pairs), noted);
        assert_eq!(Noted::default().metadata().count(), 0);
    }
}
