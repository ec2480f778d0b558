//! Setting providers up.

use serde_json::json;
use store::StoreError;
use store::ids::{OrganizationId, ProviderId};
use store::providers::{self as rows, Provider, ProviderKind, Written};
use url::Url;

use super::{find_for, key_place, project_for};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::outgoing::Refused;
use crate::service::audit::{self, Change};
use crate::service::names;
use crate::vault::Secret;

const NAME_KEY: &str = "providers_name_key";
const DEFAULT_KEY: &str = "providers_default_key";
/// Characters of a model's name.
const MODEL: usize = 200;
/// Bytes of an address, and of a key.
const TEXT: usize = 2_048;

/// A provider to set up.
#[derive(Clone, Debug)]
pub struct NewProviderInput {
    /// The project, by slug or id; else the caller's default one.
    pub project: Option<String>,
    /// Its name.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its address; without it, that of who made the kind.
    pub url: Option<String>,
    /// The model.
    pub model: String,
    /// Its key.
    pub key: Option<Secret<String>>,
    /// Whether agents of the project ask it where nothing else is said.
    pub is_default: bool,
    /// Tokens that each agent may use a day.
    pub agent_tokens: Option<i64>,
    /// Tokens that the project may use a day.
    pub project_tokens: Option<i64>,
}

/// What to change of a provider; what is none stays, and an inner none takes away.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Another name.
    pub name: Option<String>,
    /// Another address: the key has to be given with it.
    pub url: Option<String>,
    /// Another model.
    pub model: Option<String>,
    /// Another key.
    pub key: Option<Option<Secret<String>>>,
    /// Whether it is the project's default.
    pub is_default: Option<bool>,
    /// Tokens that each agent may use a day.
    pub agent_tokens: Option<Option<i64>>,
    /// Tokens that the project may use a day.
    pub project_tokens: Option<Option<i64>>,
}

/// Sets a provider up, in the project that is named or in the caller's default one.
pub async fn create(cx: &Context, caller: &Caller, new: NewProviderInput) -> Result<Provider> {
    let operation = Operation::ManageProviders;
    let project = project_for(cx, caller, new.project.as_deref(), operation).await?;
    let id = ProviderId::new();
    let url = match new.url {
        Some(url) => checked_url(cx, &url).await?,
        None => usual_url(new.kind).to_owned(),
    };
    let row = Written {
        organization_id: caller.organization_id,
        id,
        project_id: project,
        name: names::name("name", &new.name)?,
        kind: new.kind,
        url,
        model: checked_model(&new.model)?,
        key: sealed(cx, &id, new.key.as_ref())?,
        is_default: new.is_default,
        agent_tokens: checked_tokens("agentTokensPerDay", new.agent_tokens)?,
        project_tokens: checked_tokens("projectTokensPerDay", new.project_tokens)?,
    };
    let change = Change::of("createProvider", project, "provider", id).with(detail(&row));
    audit::change(cx, caller, change, async {
        rows::write(&cx.store, row).await.map_err(told)
    })
    .await
}

/// Changes a provider. What agents ask from then on is asked as it is now.
pub async fn update(
    cx: &Context,
    caller: &Caller,
    id: ProviderId,
    changes: Changes,
) -> Result<Provider> {
    let found = find_for(cx, caller, id, Operation::ManageProviders).await?;
    let url = match &changes.url {
        Some(url) => checked_url(cx, url).await?,
        None => found.url.clone(),
    };
    // Whoever changes the address need not know the key, and shall not have it sent to themselves.
    if url != found.url && found.key.is_some() && changes.key.is_none() {
        let why = "has to be given anew with another `url`, or taken away with null";
        return Err(Error::invalid("key", why));
    }
    let row = Written {
        organization_id: found.organization_id,
        id,
        project_id: found.project_id,
        name: match &changes.name {
            Some(name) => names::name("name", name)?,
            None => found.name,
        },
        kind: found.kind,
        url,
        model: match &changes.model {
            Some(model) => checked_model(model)?,
            None => found.model,
        },
        key: match &changes.key {
            Some(key) => sealed(cx, &id, key.as_ref())?,
            None => found.key,
        },
        is_default: changes.is_default.unwrap_or(found.is_default),
        agent_tokens: match changes.agent_tokens {
            Some(tokens) => checked_tokens("agentTokensPerDay", tokens)?,
            None => found.agent_tokens,
        },
        project_tokens: match changes.project_tokens {
            Some(tokens) => checked_tokens("projectTokensPerDay", tokens)?,
            None => found.project_tokens,
        },
    };
    let change = Change::of("updateProvider", row.project_id, "provider", id).with(detail(&row));
    audit::change(cx, caller, change, async {
        rows::write(&cx.store, row).await.map_err(told)
    })
    .await
}

/// Removes a provider with its key. Agents whose grants name it have none to ask until their grants name another. It is
/// returned as it was.
pub async fn delete(cx: &Context, caller: &Caller, id: ProviderId) -> Result<Provider> {
    let found = find_for(cx, caller, id, Operation::ManageProviders).await?;
    let change = Change::of("deleteProvider", found.project_id, "provider", id);
    let change = change.with(json!({ "name": found.name }));
    audit::change(cx, caller, change, async {
        rows::delete(&cx.store, &found).await.map_err(told)
    })
    .await?;
    Ok(found)
}

/// What the audit log keeps: all but the key.
fn detail(row: &Written) -> serde_json::Value {
    json!({
        "name": row.name, "kind": row.kind, "url": row.url, "model": row.model, "hasKey": row.key.is_some(),
        "isDefault": row.is_default
    })
}

fn usual_url(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Openai => "https://api.openai.com/v1",
        ProviderKind::Anthropic => "https://api.anthropic.com",
        ProviderKind::Google => "https://generativelanguage.googleapis.com",
    }
}

/// An address that requests may go to, as it is now.
async fn checked_url(cx: &Context, text: &str) -> Result<String> {
    let wrong = |why: String| Error::invalid("url", why);
    let url: Url = match text.len() {
        1..=TEXT => text
            .parse()
            .map_err(|error| wrong(format!("is no address: {error}")))?,
        _ => return Err(wrong(format!("must have 1 to {TEXT} bytes"))),
    };
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("must have no query and no fragment".to_owned()));
    }
    match cx.outgoing.check(&url).await {
        Ok(()) => Ok(url.into()),
        // It may be there tomorrow.
        Err(Refused::Unresolved { .. }) => Ok(url.into()),
        Err(refused) => Err(wrong(format!("cannot be asked: {refused}"))),
    }
}

fn checked_model(model: &str) -> Result<String> {
    let model = model.trim();
    let shows = !model.is_empty() && !model.chars().any(char::is_control);
    match shows && model.chars().count() <= MODEL {
        true => Ok(model.to_owned()),
        false => {
            let why = format!("must have 1 to {MODEL} characters, as the provider names the model");
            Err(Error::invalid("model", why))
        }
    }
}

fn checked_tokens(field: &str, tokens: Option<i64>) -> Result<Option<i64>> {
    match tokens {
        Some(tokens) if tokens < 0 => Err(Error::invalid(field, "must be 0 or more")),
        tokens => Ok(tokens),
    }
}

fn sealed(cx: &Context, id: &ProviderId, key: Option<&Secret<String>>) -> Result<Option<Vec<u8>>> {
    let Some(key) = key else { return Ok(None) };
    let text = key.expose();
    if !(1..=TEXT).contains(&text.len()) || !text.chars().all(|c| c.is_ascii_graphic()) {
        let why = format!("must be 1 to {TEXT} visible ASCII characters without spaces");
        return Err(Error::invalid("key", why));
    }
    let sealed = cx.vault.seal(text.as_bytes(), &key_place(id));
    sealed.map(Some).map_err(Error::internal)
}

fn told(error: StoreError) -> Error {
    if error.is_conflict_of(NAME_KEY) {
        return Error::conflict("this name", "another provider of the project has it");
    }
    if error.is_conflict_of(DEFAULT_KEY) {
        let why = "another one was made it this moment; try again";
        return Error::conflict("the project's default provider", why);
    }
    match error {
        StoreError::NotFound => Error::not_found("Provider", "it was deleted just now"),
        error => error.into(),
    }
}

/// The id of a project's provider by its name or id.
pub(super) async fn named(
    cx: &Context,
    owner: OrganizationId,
    project: store::ids::ProjectId,
    name: &str,
) -> Result<Option<ProviderId>> {
    if let Ok(id) = name.parse::<ProviderId>() {
        let found = rows::find(&cx.store, owner, id).await?;
        return Ok(found
            .filter(|row| row.project_id == project)
            .map(|row| row.id));
    }
    Ok(rows::find_by_name(&cx.store, owner, project, name).await?)
}
