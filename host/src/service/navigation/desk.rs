//! The desk: the host side of `projects`, for one message of one caller. It reads the projects that the caller may see
//! once, when they are asked for, and keeps what is to be changed until the message is stored.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use sandbox::Projects;
use sandbox::types::{Error as Refusal, ErrorCode, Project as Told};
use store::ids::ProjectId;
use store::projects;
use tokio::sync::OnceCell;

use super::NamedProject;
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::names;
use crate::service::projects::visible;

/// Projects that are read at most.
const MOST: u32 = 1_000;

/// Where a message may take its conversation.
pub(super) struct Desk {
    cx: Context,
    caller: Caller,
    active: Option<ProjectId>,
    seen: OnceCell<Vec<NamedProject>>,
    moves: Mutex<Moves>,
}

/// What a message has moved so far.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Where the conversation goes on, if not in what was created.
    pub(super) switched: Option<NamedProject>,
    /// What is to be made.
    pub(super) created: Option<NamedProject>,
    /// What kept the desk from answering, if that was not the guest's doing.
    failed: Option<Error>,
}

impl Desk {
    pub(super) fn new(cx: &Context, caller: &Caller, active: Option<ProjectId>) -> Self {
        Self {
            cx: cx.clone(),
            caller: caller.clone(),
            active,
            seen: OnceCell::new(),
            moves: Mutex::default(),
        }
    }

    /// What was moved, unless the desk could not do its work.
    pub(super) fn moves(&self) -> Result<Moves> {
        let moves = std::mem::take(&mut *self.so_far());
        match moves.failed {
            Some(error) => Err(error),
            None => Ok(moves),
        }
    }

    fn so_far(&self) -> MutexGuard<'_, Moves> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that the caller may see.
    async fn seen(&self) -> Result<&[NamedProject]> {
        let read = async || {
            let rows = visible(&self.cx, &self.caller, MOST).await?;
            let named = rows.into_iter().map(|row| NamedProject {
                id: row.id,
                slug: row.slug,
                name: row.name,
            });
            Ok(named.collect())
        };
        self.seen
            .get_or_try_init(read)
            .await
            .map(|seen: &Vec<_>| seen.as_slice())
    }

    async fn all(&self) -> Result<Vec<NamedProject>> {
        let mut all = self.seen().await?.to_vec();
        all.extend(self.so_far().created.clone());
        Ok(all)
    }

    async fn here(&self) -> Result<Option<NamedProject>> {
        let moved = {
            let moves = self.so_far();
            moves.switched.clone().or_else(|| moves.created.clone())
        };
        let Some(active) = self.active.filter(|_| moved.is_none()) else {
            return Ok(moved);
        };
        let seen = self.seen().await?;
        Ok(seen.iter().find(|project| project.id == active).cloned())
    }

    async fn go(&self, id: &str) -> Result<NamedProject> {
        let not_found = || Error::not_found("Project", id);
        let wanted: ProjectId = id.parse().map_err(|_| not_found())?;
        let all = self.all().await?;
        let project = all.into_iter().find(|project| project.id == wanted);
        let project = project.ok_or_else(not_found)?;
        self.so_far().switched = Some(project.clone());
        Ok(project)
    }

    /// Everything about a new project but making it.
    async fn plan(&self, name: &str) -> Result<NamedProject> {
        let (cx, caller) = (&self.cx, &self.caller);
        caller
            .require_organization(cx, Operation::CreateProjects)
            .await?;
        caller.person()?;
        let name = names::name("name", name)?;
        if self.so_far().created.is_some() {
            return Err(Error::conflict("project", "one message makes one project"));
        }
        let folded = name.to_lowercase();
        let is_taken = |project: &NamedProject| project.name.to_lowercase() == folded;
        if self.seen().await?.iter().any(is_taken) {
            let why = format!("`{name}` is another project's");
            return Err(Error::conflict("name", why));
        }
        let wanted = names::slug_of(&name, "project");
        let slug = projects::free_slug(&cx.store, caller.organization_id, &wanted).await?;
        let taken = || Error::conflict("slug", format!("`{wanted}` is another project's"));
        let project = NamedProject {
            id: ProjectId::new(),
            slug: slug.ok_or_else(taken)?,
            name,
        };
        let mut moves = self.so_far();
        moves.switched = None;
        moves.created = Some(project.clone());
        Ok(project)
    }

    /// What the guest is told of an error. What is not for it to mend is kept for whoever asked.
    fn refusal(&self, error: Error) -> Refusal {
        let (code, message) = match error {
            Error::Forbidden { .. } | Error::Unauthenticated => {
                (ErrorCode::Denied, error.to_string())
            }
            Error::NotFound { .. } => (ErrorCode::NotFound, error.to_string()),
            Error::Invalid { .. } => (ErrorCode::Invalid, error.to_string()),
            Error::Conflict { .. } => (ErrorCode::Conflict, error.to_string()),
            error => {
                self.so_far().failed.get_or_insert(error);
                let message = "The host cannot say at the moment; try again later.";
                (ErrorCode::Unavailable, message.to_owned())
            }
        };
        Refusal { code, message }
    }
}

impl From<NamedProject> for Told {
    fn from(project: NamedProject) -> Self {
        Told {
            id: project.id.to_string(),
            slug: project.slug,
            name: project.name,
        }
    }
}

#[async_trait]
impl Projects for Desk {
    async fn entries(&self) -> Result<Vec<Told>, Refusal> {
        let all = self.all().await.map_err(|error| self.refusal(error))?;
        Ok(all.into_iter().map(Told::from).collect())
    }

    async fn current(&self) -> Result<Option<Told>, Refusal> {
        let here = self.here().await.map_err(|error| self.refusal(error))?;
        Ok(here.map(Told::from))
    }

    async fn switch_to(&self, id: String) -> Result<Told, Refusal> {
        let project = self.go(&id).await.map_err(|error| self.refusal(error))?;
        Ok(project.into())
    }

    async fn create(&self, name: String) -> Result<Told, Refusal> {
        let project = self
            .plan(&name)
            .await
            .map_err(|error| self.refusal(error))?;
        Ok(project.into())
    }
}
