//! Settings of a project: how much its keys may ask, and an address where the status of its channels is told (see
//! `consumers/statuses.rs`). The secret that these calls are signed with is shown once, where it is made anew.

use channels::signature::StandardSecret;
use serde_json::json;
use store::ids::ProjectId;
use store::project_settings::{self, ProjectSettings, SettingsChanges};
use url::Url;

use super::audit::{self, Change};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::vault::{Aad, Secret};

/// Characters of an address.
const ADDRESS: usize = 2_000;
/// Requests a minute at most: what is more is no limit.
const MOST: u32 = 1_000_000;

/// What to change; what is none stays. `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Where the status of the project's channels is told.
    pub webhook_url: Option<Option<String>>,
    /// Requests a minute that the project's keys, and those of its agents, may make.
    pub rate_limit_rpm: Option<Option<u32>>,
}

/// Where the secret of a project's calls is sealed.
pub fn secret_place(project: &ProjectId) -> Aad<'static> {
    Aad {
        table: "project_settings",
        row: project.uuid(),
        field: "webhook_secret",
    }
}

/// The settings of a project.
pub async fn find(cx: &Context, caller: &Caller, project: ProjectId) -> Result<ProjectSettings> {
    caller
        .require(cx, project, Operation::ManageProject)
        .await?;
    Ok(project_settings::find(&cx.store, caller.organization_id, project).await?)
}

/// Changes them.
pub async fn change(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
    wanted: Changes,
) -> Result<ProjectSettings> {
    caller
        .require(cx, project, Operation::ManageProject)
        .await?;
    let owner = caller.organization_id;
    let rpm = match wanted.rate_limit_rpm {
        Some(Some(rpm)) if !(1..=MOST).contains(&rpm) => {
            let why = format!("must be 1 to {MOST}, or null for no limit");
            return Err(Error::invalid("rate_limit_rpm", why));
        }
        rpm => rpm.map(|rpm| rpm.and_then(|rpm| i32::try_from(rpm).ok())),
    };
    let url = match wanted.webhook_url {
        Some(Some(text)) => Some(Some(address(cx, &text).await?)),
        url => url,
    };
    let before = project_settings::find(&cx.store, owner, project).await?;
    let is_first = matches!(url, Some(Some(_))) && before.webhook_secret.is_none();
    let webhook_secret = match is_first {
        true => Some(fresh(cx, project)?.1),
        false => None,
    };
    let change = Change::of("changeProjectSettings", project, "project", project)
        .with(json!({ "webhookUrl": url, "rateLimitRpm": rpm }));
    let changed = audit::change(cx, caller, change, async {
        let changes = SettingsChanges {
            webhook_url: url,
            webhook_secret,
            rate_limit_rpm: rpm,
        };
        Ok(project_settings::change(&cx.store, owner, project, changes).await?)
    })
    .await?;
    cx.budgets.forget(project);
    Ok(changed)
}

/// Makes the secret of the calls anew; the one before it signs nothing any more.
pub async fn rotate_secret(
    cx: &Context,
    caller: &Caller,
    project: ProjectId,
) -> Result<(ProjectSettings, Secret<String>)> {
    caller
        .require(cx, project, Operation::ManageProject)
        .await?;
    let (text, sealed) = fresh(cx, project)?;
    let change = Change::of("rotateProjectWebhookSecret", project, "project", project);
    let changed = audit::change(cx, caller, change, async {
        let changes = SettingsChanges {
            webhook_secret: Some(sealed),
            ..SettingsChanges::default()
        };
        let owner = caller.organization_id;
        Ok(project_settings::change(&cx.store, owner, project, changes).await?)
    })
    .await?;
    Ok((changed, text))
}

/// A new secret, and as it is kept.
fn fresh(cx: &Context, project: ProjectId) -> Result<(Secret<String>, Vec<u8>)> {
    let text = StandardSecret::generate();
    let text = text.ok_or_else(|| Error::internal("the machine gives no random numbers"))?;
    let sealed = cx.vault.seal(text.as_bytes(), &secret_place(&project));
    Ok((Secret::new(text), sealed.map_err(Error::internal)?))
}

/// An address that the guard lets calls go to.
async fn address(cx: &Context, text: &str) -> Result<String> {
    let wrong = |why: String| Error::invalid("webhook_url", why);
    if text.chars().count() > ADDRESS {
        return Err(wrong(format!("has more than {ADDRESS} characters")));
    }
    let url = Url::parse(text.trim()).map_err(|error| wrong(format!("is no address: {error}")))?;
    let checked = cx.outgoing.check(&url).await;
    checked.map_err(|error| wrong(error.to_string()))?;
    Ok(url.to_string())
}
