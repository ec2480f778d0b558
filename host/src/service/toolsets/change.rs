//! Enabling toolsets, and changing them.

use std::str::FromStr;

use chrono::{SubsecRound, Utc};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderName,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use sandbox::{Exports, Inspection};
use serde::Deserialize;
use serde_json::json;
use store::StoreError;
use store::ids::{OrganizationId, ToolsetId};
use store::modules::ModuleDigest;
use store::toolsets::{self as rows, Changed, Toolset, ToolsetKind};
use url::Url;

use super::{MOST, asked, find_for, header_place, project_for};
use crate::auth::{Caller, Operation};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::outgoing::Refused;
use crate::service::audit::{self, Change};
use crate::tools::{TOOLSET, is_toolset};
use crate::vault::Secret;

const NAME_KEY: &str = "toolsets_name_key";
/// The module of the host's own that can be enabled.
const NAVIGATOR: &str = "navigator";
/// What a module may share with the agent that calls it: what changes nothing that belongs to the agent's turn.
const SHARED: [&str; 4] = ["log", "history", "http", "secrets"];
/// Tools that may be named for approval.
const APPROVALS: usize = 100;
/// Bytes of an address.
const ADDRESS: usize = 2_048;
/// Bytes of a header.
const HEADER: usize = 4_096;
/// Bytes of what is secret in a header, at least: fewer would be hidden where nobody wrote them.
const SECRET: usize = 8;
/// What is the client's own to say.
const OWN: [HeaderName; 11] = [
    ACCEPT,
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    HOST,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// A module whose tools agents are to have.
#[derive(Clone, Debug)]
pub struct NewToolset {
    /// The project, by slug or id; else the caller's default one.
    pub project: Option<String>,
    /// Its name.
    pub name: String,
    /// The module's digest, or `navigator`.
    pub module: String,
    /// What it shares with the agent that calls it.
    pub capabilities: Vec<String>,
    /// Its tools before whose calls a person is asked.
    pub approvals: Vec<String>,
}

/// A server whose tools agents are to have.
#[derive(Clone, Debug)]
pub struct NewServer {
    /// The project, by slug or id; else the caller's default one.
    pub project: Option<String>,
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The header that it is asked with.
    pub header: Option<Header>,
    /// Its tools before whose calls a person is asked.
    pub approvals: Vec<String>,
}

/// A header with what is secret in it.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret<String>,
}

/// What to change of a toolset; what is none stays, and an inner none takes away.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Another module, of a toolset that is one.
    pub module: Option<String>,
    /// Another address, of a server: the header has to be given with it.
    pub url: Option<String>,
    /// Another header, of a server.
    pub header: Option<Option<Header>>,
    /// What a module shares with the agent that calls it.
    pub capabilities: Option<Vec<String>>,
    /// Its tools before whose calls a person is asked.
    pub approvals: Option<Vec<String>>,
}

/// Lets the agents of a project that were granted `tools` use those of a module.
pub async fn enable(cx: &Context, caller: &Caller, new: NewToolset) -> Result<Toolset> {
    let project = project_for(
        cx,
        caller,
        new.project.as_deref(),
        Operation::ManageToolsets,
    )
    .await?;
    let mut row = Toolset {
        project_id: project,
        capabilities: checked_capabilities(new.capabilities)?,
        ..blank(caller, &new.name, new.approvals)?
    };
    if new.module == NAVIGATOR {
        row.kind = ToolsetKind::Builtin;
        if !row.capabilities.is_empty() {
            return Err(Error::invalid("capabilities", "the navigator needs none"));
        }
    } else {
        row.module_digest = Some(checked_module(cx, row.organization_id, &new.module).await?);
    }
    tells(cx, &row).await?;
    create(cx, caller, "enableToolset", row).await
}

/// Lets the agents of a project that were granted `tools` use those of a server.
pub async fn connect(cx: &Context, caller: &Caller, new: NewServer) -> Result<Toolset> {
    let project = project_for(
        cx,
        caller,
        new.project.as_deref(),
        Operation::ManageToolsets,
    )
    .await?;
    let blank = blank(caller, &new.name, new.approvals)?;
    let (header, header_value) = sealed(cx, &blank.id, new.header.as_ref())?;
    let row = Toolset {
        project_id: project,
        kind: ToolsetKind::Server,
        url: Some(checked_url(cx, &new.url).await?),
        header,
        header_value,
        ..blank
    };
    create(cx, caller, "connectToolServer", row).await
}

/// Changes a toolset. What agents ask from then on is asked as it is then.
pub async fn update(
    cx: &Context,
    caller: &Caller,
    id: ToolsetId,
    changes: Changes,
) -> Result<Toolset> {
    let found = find_for(cx, caller, id, Operation::ManageToolsets).await?;
    let mut row = found.clone();
    let has_not = |field: &str| Error::invalid(field, format!("`{}` has none", found.name));
    if let Some(module) = &changes.module {
        if found.kind != ToolsetKind::Module {
            return Err(has_not("module"));
        }
        row.module_digest = Some(checked_module(cx, row.organization_id, module).await?);
    }
    if let Some(capabilities) = changes.capabilities {
        if found.kind != ToolsetKind::Module {
            return Err(has_not("capabilities"));
        }
        row.capabilities = checked_capabilities(capabilities)?;
    }
    if changes.url.is_some() || changes.header.is_some() {
        if found.kind != ToolsetKind::Server {
            let field = if changes.url.is_some() {
                "url"
            } else {
                "header"
            };
            return Err(has_not(field));
        }
        if let Some(url) = &changes.url {
            row.url = Some(checked_url(cx, url).await?);
        }
        // Whoever changes the address need not know the header, and shall not have it sent to themselves.
        if row.url != found.url && found.header.is_some() && changes.header.is_none() {
            let why = "has to be given anew with another `url`, or taken away with null";
            return Err(Error::invalid("header", why));
        }
        if let Some(header) = &changes.header {
            (row.header, row.header_value) = sealed(cx, &id, header.as_ref())?;
        }
    }
    if let Some(approvals) = changes.approvals {
        row.approvals = checked_approvals(approvals)?;
    }
    row.updated_at = now();
    if changes.module.is_some() {
        tells(cx, &row).await?;
    }
    let changed = Changed {
        module_digest: row.module_digest,
        url: row.url.clone(),
        header: row.header.clone(),
        header_value: row.header_value.clone(),
        capabilities: row.capabilities.clone(),
        approvals: row.approvals.clone(),
        updated_at: row.updated_at,
    };
    let change = Change::of("updateToolset", row.project_id, "toolset", id).with(detail(&row));
    audit::change(cx, caller, change, async {
        let updated = rows::update(&cx.store, row.organization_id, id, &changed).await;
        updated.map_err(told)
    })
    .await
}

/// Takes a toolset away from the agents of its project, with what its server is asked with. It is returned as it was.
pub async fn remove(cx: &Context, caller: &Caller, id: ToolsetId) -> Result<Toolset> {
    let found = find_for(cx, caller, id, Operation::ManageToolsets).await?;
    let change = Change::of("removeToolset", found.project_id, "toolset", id);
    let change = change.with(json!({ "name": found.name }));
    audit::change(cx, caller, change, async {
        let deleted = rows::delete(&cx.store, found.organization_id, id).await;
        deleted.map_err(told)
    })
    .await?;
    Ok(found)
}

async fn create(
    cx: &Context,
    caller: &Caller,
    action: &'static str,
    row: Toolset,
) -> Result<Toolset> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let there = rows::of_project(&cx.store, row.organization_id, row.project_id, most).await?;
    if there.len() >= MOST && !there.iter().any(|toolset| toolset.name == row.name) {
        let why = format!("has {MOST} toolsets already: remove one that its agents do not need");
        return Err(Error::conflict("this project", why));
    }
    let change = Change::of(action, row.project_id, "toolset", row.id).with(detail(&row));
    audit::change(cx, caller, change, async {
        rows::create(&cx.store, &row).await.map_err(told)
    })
    .await
}

fn blank(caller: &Caller, name: &str, approvals: Vec<String>) -> Result<Toolset> {
    let now = now();
    if !is_toolset(name) {
        let why = format!(
            "must be 1 to {TOOLSET} small letters and digits, with single underscores between them: the names of its tools \
             begin with it"
        );
        return Err(Error::invalid("name", why));
    }
    Ok(Toolset {
        organization_id: caller.organization_id,
        id: ToolsetId::new(),
        project_id: store::ids::ProjectId::nil(),
        name: name.to_owned(),
        kind: ToolsetKind::Module,
        module_digest: None,
        url: None,
        header: None,
        header_value: None,
        capabilities: Vec::new(),
        approvals: checked_approvals(approvals)?,
        created_at: now,
        updated_at: now,
    })
}

/// As the database keeps it.
fn now() -> chrono::DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// What the audit log keeps: all but what is secret.
fn detail(row: &Toolset) -> serde_json::Value {
    json!({
        "name": row.name, "kind": row.kind, "module": row.module_digest.map(|digest| digest.to_string()), "url": row.url,
        "header": row.header, "capabilities": row.capabilities, "approvals": row.approvals
    })
}

async fn checked_module(cx: &Context, owner: OrganizationId, text: &str) -> Result<ModuleDigest> {
    let wrong = |why: &str| Error::invalid("module", why);
    let digest = ModuleDigest::from_str(text.strip_prefix("mod_").unwrap_or(text));
    let digest = digest.map_err(|_| {
        wrong("must be the digest of a module that was uploaded (64 hexadecimal digits), or `navigator`")
    })?;
    let row = store::modules::find(&cx.store, owner, digest).await?;
    let row = row.ok_or_else(|| Error::not_found("Module", digest))?;
    let inspection = Inspection::deserialize(row.inspection).map_err(Error::internal)?;
    match inspection.exports {
        Exports { toolset: true, .. } => Ok(digest),
        _ => Err(wrong(
            "has no tools: it exports no `cloister:agent/toolset`",
        )),
    }
}

/// Makes sure that a module tells what it has.
async fn tells(cx: &Context, row: &Toolset) -> Result<()> {
    let sessions = asked::Sessions::default();
    match asked::listing(cx, row, &sessions, cx.config.tools.time).await {
        Ok(_) => Ok(()),
        Err(problem) => Err(Error::invalid("module", problem.message)),
    }
}

/// An address that requests may go to, as it is now.
async fn checked_url(cx: &Context, text: &str) -> Result<String> {
    let wrong = |why: String| Error::invalid("url", why);
    let url: Url = match text.len() {
        1..=ADDRESS => text
            .parse()
            .map_err(|error| wrong(format!("is no address: {error}")))?,
        _ => return Err(wrong(format!("must have 1 to {ADDRESS} bytes"))),
    };
    if url.query().is_some() || url.fragment().is_some() {
        let why = "must have no query and no fragment: it is shown, and what is secret goes into `header`";
        return Err(wrong(why.to_owned()));
    }
    match cx.outgoing.check(&url).await {
        Ok(()) => Ok(url.into()),
        // It may be there tomorrow.
        Err(Refused::Unresolved { .. }) => Ok(url.into()),
        Err(refused) => Err(wrong(format!("cannot be asked: {refused}"))),
    }
}

fn checked_capabilities(names: Vec<String>) -> Result<Vec<String>> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !SHARED.contains(&name.as_str()) {
            let why = format!(
                "`{name}` is none that a toolset can share: {}",
                SHARED.join(", ")
            );
            return Err(Error::invalid("capabilities", why));
        }
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    Ok(kept)
}

fn checked_approvals(names: Vec<String>) -> Result<Vec<String>> {
    let wrong = |why: String| Error::invalid("approvals", why);
    if names.len() > APPROVALS {
        return Err(wrong(format!("may name {APPROVALS} tools; `*` is all")));
    }
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if name.is_empty() || name.chars().count() > 128 || name.chars().any(char::is_control) {
            return Err(wrong(
                "are names of tools, as their toolset has them, or `*`".to_owned(),
            ));
        }
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    Ok(kept)
}

fn sealed(
    cx: &Context,
    id: &ToolsetId,
    header: Option<&Header>,
) -> Result<(Option<String>, Option<Vec<u8>>)> {
    let Some(Header { name, value }) = header else {
        return Ok((None, None));
    };
    let wrong = |why: String| Error::invalid("header", why);
    let parsed = HeaderName::from_str(name.trim());
    let parsed = parsed.map_err(|_| wrong("`name` is no name of a header".to_owned()))?;
    if OWN.contains(&parsed) || parsed.as_str().starts_with("mcp-") || parsed == "last-event-id" {
        return Err(wrong(format!("`{parsed}` is the host's own to say")));
    }
    let text = value.expose();
    let is_sent = text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    let secret = text.rsplit(' ').next().unwrap_or_default();
    if !is_sent || text.len() > HEADER || secret.len() < SECRET {
        let why = format!(
            "`value` must have at most {HEADER} visible ASCII characters, such as `Bearer …`, and its last word at least {SECRET}"
        );
        return Err(wrong(why));
    }
    let sealed = cx.vault.seal(text.as_bytes(), &header_place(id));
    let sealed = sealed.map_err(Error::internal)?;
    Ok((Some(parsed.to_string()), Some(sealed)))
}

fn told(error: StoreError) -> Error {
    if error.is_conflict_of(NAME_KEY) {
        return Error::conflict("this name", "another toolset of the project has it");
    }
    match error {
        StoreError::NotFound => Error::not_found("Toolset", "it was removed just now"),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_shares_what_changes_nothing_of_the_turn() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(
            checked_capabilities(names(&["http", "http", "log"])).unwrap(),
            ["http", "log"]
        );
        for none in [
            "state",
            "workspace",
            "model",
            "tools",
            "schedule",
            "outbox",
            "x",
        ] {
            assert!(checked_capabilities(names(&[none])).is_err(), "{none}");
        }
    }
}
