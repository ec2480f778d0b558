//! Bootstrap: what an empty database gets, so that there is someone to sign in, an agent to talk to, and a place to do it.
//! It may stop at any point and be run again; of several hosts at once, one does it.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use channels::{Kind, Secret};
use serde_json::{Value, json};
use store::channels::{self as rows, Access};
use store::ids::{ChannelId, OrganizationId, ProjectId, UserId};
use store::organizations::{self, Founding, NewOrganization, Organization};
use store::page::{Page, Stretch};
use store::projects::{self, NewProject, Project};
use store::tokens::TokenKind;
use store::users::{self, NewUser, OrganizationRole, User};
use store::{agents, leases, members, tokens};

use super::channels::{NewChannel, Place};
use super::{agents as agent_service, channels as channel_service, keys, modules, sign_in};
use crate::builtin::BUILTIN;
use crate::context::Context;
use crate::error::{Error, Result};

/// The owner's personal token, in the data folder.
pub const OWNER_TOKEN: &str = "owner-token";
/// The host's own address, in the data folder, for commands on the same machine.
pub const ADDRESS: &str = "address";
/// The first webhook channel with its key and secret, in the data folder.
pub const FIRST_CHANNEL: &str = "first-channel.json";

const LEASE: &str = "bootstrap";
const TERM: Duration = Duration::from_secs(120);
/// The built-in agent that answers on the first channels.
const FIRST_AGENT: &str = "echo";
/// The one that does where there is a language model to ask.
const FIRST_WITH_A_MODEL: &str = "assistant";
/// What that one is granted beside the usual.
const ALSO_GRANTED: [&str; 2] = ["model", "tools"];
const PLACEHOLDER_EMAIL: &str = "owner@localhost";

/// What is in the database to start with.
#[derive(Debug)]
pub struct Home {
    /// The owner of the first organization.
    pub owner: User,
    /// The owner's default project.
    pub project: Project,
    /// A link that signs the owner in, as long as they have neither a session nor a password.
    pub sign_in_link: Option<String>,
    /// The first web channel, whose chat page anyone can open.
    pub web_channel: Option<ChannelId>,
    /// Whether this start made it.
    pub is_new: bool,
}

/// Makes what is missing of the first organization, and tells what there is. `folder` is the data folder.
pub async fn home(cx: &Context, folder: &Path) -> Result<Home> {
    let fence = lease(cx).await?;
    let made = make(cx, folder).await;
    leases::release(&cx.store, LEASE, cx.host_id, fence).await?;
    made
}

/// Waits for another host that is doing the same.
async fn lease(cx: &Context) -> Result<i64> {
    loop {
        if let Some(fence) = leases::acquire(&cx.store, LEASE, cx.host_id, TERM).await? {
            return Ok(fence);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn make(cx: &Context, folder: &Path) -> Result<Home> {
    keys::check(&cx.store, &cx.vault).await?;
    let first = organizations::first(&cx.store).await?;
    let is_new = first.is_none();
    let (organization, owner, project) = match first {
        Some(organization) => of(cx, organization).await?,
        None => found(cx).await?,
    };
    if !has(cx, &owner, TokenKind::Personal).await? {
        let token = sign_in::new_personal_token(cx, organization.id, owner.id).await?;
        keep(&folder.join(OWNER_TOKEN), token.expose())?;
    }
    if is_bare(cx, organization.id, project.id).await? {
        furnish(cx, folder, organization.id, project.id, owner.id).await?;
    }
    Ok(Home {
        sign_in_link: sign_in_link(cx, &owner).await?,
        web_channel: web_channel(cx, organization.id, project.id).await?,
        owner,
        project,
        is_new,
    })
}

async fn found(cx: &Context) -> Result<(Organization, User, Project)> {
    let identity = &cx.config.identity;
    let password_hash = match &identity.admin_password {
        Some(password) => Some(cx.vault.passwords.hash(password.clone()).await?),
        None => None,
    };
    let (organization_id, project_id) = (OrganizationId::new(), ProjectId::new());
    let email = identity.admin_email.clone();
    let founding = Founding {
        organization: NewOrganization {
            id: organization_id,
            name: "Home".to_owned(),
        },
        owner: NewUser {
            id: UserId::new(),
            organization_id,
            email: Some(email.unwrap_or_else(|| PLACEHOLDER_EMAIL.to_owned())),
            name: "Owner".to_owned(),
            password_hash,
            default_project_id: project_id,
            organization_role: OrganizationRole::Owner,
        },
        project: NewProject {
            organization_id,
            id: project_id,
            slug: "home".to_owned(),
            name: "Home".to_owned(),
        },
    };
    let founded = organizations::found(&cx.store, founding).await?;
    Ok((founded.organization, founded.owner, founded.project))
}

/// The first organization with its owner and the owner's default project.
async fn of(cx: &Context, organization: Organization) -> Result<(Organization, User, Project)> {
    let missing = |what: &str| Error::internal(format!("the first organization has no {what}"));
    let list = projects::list(&cx.store, organization.id, Page::first(1)).await?;
    let project = list.into_iter().next().ok_or_else(|| missing("project"))?;
    let list = members::list(&cx.store, organization.id, project.id).await?;
    let owner = list
        .iter()
        .find(|member| member.role == members::Role::Owner);
    let owner = owner.ok_or_else(|| missing("owner"))?.user_id;
    let owner = users::find(&cx.store, owner)
        .await?
        .ok_or_else(|| missing("owner"))?;
    Ok((organization, owner, project))
}

/// Whether a project has nothing to talk to and nowhere to do it.
async fn is_bare(cx: &Context, owner: OrganizationId, project: ProjectId) -> Result<bool> {
    let agents = agents::list(&cx.store, owner, project, Page::first(1)).await?;
    let channels = rows::list(&cx.store, owner, project, Page::first(1)).await?;
    Ok(agents.is_empty() || channels.is_empty())
}

/// The built-in modules, the first agent, and a channel for people and one for programs that it answers on.
async fn furnish(
    cx: &Context,
    folder: &Path,
    organization_id: OrganizationId,
    project_id: ProjectId,
    created_by: UserId,
) -> Result<()> {
    let mut first = None;
    let first_name = match cx.config.models.is_set() {
        true => FIRST_WITH_A_MODEL,
        false => FIRST_AGENT,
    };
    for (name, module) in BUILTIN {
        if *name == first_name {
            let pushed = agent_service::install(
                cx,
                organization_id,
                project_id,
                name,
                modules::Upload::of(module.to_vec()),
            )
            .await?;
            if first_name == FIRST_WITH_A_MODEL {
                for capability in ALSO_GRANTED {
                    let (agent, terms) = (pushed.agent.id, json!({}));
                    agents::grant(&cx.store, organization_id, agent, capability, terms).await?;
                }
            }
            first = Some(pushed.agent);
        } else {
            modules::accept(cx, organization_id, modules::Upload::of(module.to_vec())).await?;
        }
    }
    let channel = |kind, name: &str, configuration| NewChannel {
        kind,
        name: name.to_owned(),
        configuration,
        credential: None,
        agent: None,
    };
    let place = Place {
        organization_id,
        project_id,
        created_by,
        access: Access::Open,
    };
    let webhook = channel(
        Kind::Webhook,
        "First webhook channel",
        channel_service::nowhere(),
    );
    let (webhook, secret) =
        channel_service::install(cx, place, ChannelId::new(), webhook, first.clone()).await?;
    let key = channel_service::new_key(cx, organization_id, webhook.id, created_by).await?;
    keep(
        &folder.join(FIRST_CHANNEL),
        &first_channel(webhook.id, &key, secret.as_ref()),
    )?;
    let web = channel(Kind::Web, "Chat", json!({}));
    channel_service::install(cx, place, ChannelId::new(), web, first).await?;
    Ok(())
}

fn first_channel(id: ChannelId, key: &Secret<String>, secret: Option<&Secret<Value>>) -> String {
    let secret = secret.and_then(|secret| secret.expose().get("webhook_secret"));
    let text = json!({
        "id": channel_service::public_id(id),
        "apiKey": key.expose(),
        "webhookSecret": secret,
    });
    format!("{text:#}")
}

/// Writes what only the owner may read.
fn keep(path: &Path, text: &str) -> Result<()> {
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        file.write_all(format!("{text}\n").as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error: std::io::Error| Error::internal(format!("{}: {error}", path.display())))
}

async fn sign_in_link(cx: &Context, owner: &User) -> Result<Option<String>> {
    let has_session = has(cx, owner, TokenKind::Session).await?;
    let login = match &owner.email {
        Some(email) => users::login(&cx.store, email).await?,
        None => None,
    };
    let has_password = login.is_some_and(|login| login.password_hash.is_some());
    if has_session || has_password {
        return Ok(None);
    }
    sign_in::new_link(cx, owner.organization_id, owner.id)
        .await
        .map(Some)
}

/// Whether someone has a living token of a kind.
async fn has(cx: &Context, user: &User, kind: TokenKind) -> Result<bool> {
    let one = Stretch::first(1);
    let found = tokens::list(&cx.store, user.id.uuid(), kind, &one).await?;
    Ok(!found.rows.is_empty())
}

async fn web_channel(
    cx: &Context,
    owner: OrganizationId,
    project: ProjectId,
) -> Result<Option<ChannelId>> {
    let channels = rows::list(&cx.store, owner, project, Page::first(500)).await?;
    let web = channels
        .iter()
        .find(|channel| channel.kind == Kind::Web.as_str());
    Ok(web.map(|channel| channel.id))
}
