//! What a project's owners set: how much its keys may ask, and where the status of its channels is told.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use store::project_settings::ProjectSettings;

use super::resolve::library;
use super::{asked_by, failure, read_id};
use crate::service::project_settings::{self, Changes};

/// Settings of a project.
pub(super) struct ProjectSettingsNode(ProjectSettings);

/// Settings of a project. What its calls are signed with is shown where it is made anew, and never again.
#[Object(name = "ProjectSettings", crate = "library")]
impl ProjectSettingsNode {
    /// Where the status of the project's channels is told.
    async fn webhook_url(&self) -> Option<&str> {
        self.0.webhook_url.as_deref()
    }

    /// Whether there is a secret that these calls are signed with.
    async fn has_webhook_secret(&self) -> bool {
        self.0.webhook_secret.is_some()
    }

    /// Requests a minute that the keys of the project, and those of its agents, may make; none for no limit.
    async fn rate_limit_rpm(&self) -> Option<i32> {
        self.0.rate_limit_rpm
    }
}

/// Settings to change. What is left out stays.
#[derive(InputObject)]
struct ChangeProjectSettingsInput {
    /// The project.
    project_id: ID,
    /// Where the status of its channels is told, an https address; null for nowhere.
    webhook_url: MaybeUndefined<String>,
    /// Requests a minute that its keys may make; null for no limit.
    rate_limit_rpm: MaybeUndefined<u32>,
}

/// Settings whose secret was just made anew.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct ProjectWebhookSecretPayload {
    /// The settings.
    settings: ProjectSettingsNode,
    /// The secret, `whsec_…`. It is shown now and never again.
    secret: String,
}

#[derive(Default)]
pub(super) struct ProjectSettingsQuery;

#[Object]
impl ProjectSettingsQuery {
    /// The settings of a project, for those who may change them.
    async fn project_settings(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
    ) -> Result<ProjectSettingsNode> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &project_id)?;
        let found = project_settings::find(cx, caller, project).await;
        found.map(ProjectSettingsNode).map_err(failure::told)
    }
}

#[derive(Default)]
pub(super) struct ProjectSettingsMutation;

#[Object]
impl ProjectSettingsMutation {
    /// Changes the settings of a project. With its first address a secret is made: `rotateProjectWebhookSecret` shows one.
    async fn change_project_settings(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, and what.")] input: ChangeProjectSettingsInput,
    ) -> Result<ProjectSettingsNode> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &input.project_id)?;
        let changes = Changes {
            webhook_url: wanted(input.webhook_url),
            rate_limit_rpm: wanted(input.rate_limit_rpm),
        };
        let changed = project_settings::change(cx, caller, project, changes).await;
        changed
            .map(ProjectSettingsNode)
            .map_err(failure::told_of_input)
    }

    /// Makes the secret anew that calls to a project's address are signed with; the one before it signs nothing any more.
    async fn rotate_project_webhook_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The project.")] project_id: ID,
    ) -> Result<ProjectWebhookSecretPayload> {
        let (cx, caller) = asked_by(context)?;
        let project = read_id("projectId", &project_id)?;
        let rotated = project_settings::rotate_secret(cx, caller, project).await;
        let (settings, secret) = rotated.map_err(failure::told)?;
        Ok(ProjectWebhookSecretPayload {
            settings: ProjectSettingsNode(settings),
            secret: secret.into_inner(),
        })
    }
}

fn wanted<T>(given: MaybeUndefined<T>) -> Option<Option<T>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
