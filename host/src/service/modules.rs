//! Modules: a module is one immutable uploaded component, named by the SHA-256 of its bytes. It is accepted only if this
//! host can run it: inspected, then compiled, before anything is stored.

use std::collections::HashMap;
use std::sync::Arc;

use sandbox::{Digest, Inspection, LoadError};
use serde::Deserialize;
use store::ids::OrganizationId;
use store::modules::{self, Module, ModuleDigest, NewModule, Place};
use store::page::{Listed, Stretch};

use super::audit::{self, Change};
use super::projects;
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result, Source};

/// Bytes that came in to be a module.
#[derive(Debug)]
pub struct Upload {
    /// All of them.
    pub bytes: Vec<u8>,
    /// Their SHA-256.
    pub digest: ModuleDigest,
}

impl Upload {
    /// Bytes that were not hashed on their way in.
    pub fn of(bytes: Vec<u8>) -> Self {
        Self {
            digest: digest(&Digest::of(&bytes)),
            bytes,
        }
    }
}

/// A module to be tried.
#[derive(Debug)]
pub enum Candidate {
    /// One that comes now.
    Upload(Upload),
    /// One that was uploaded before.
    Kept(ModuleDigest),
}

impl Candidate {
    /// The SHA-256 of its bytes.
    pub fn digest(&self) -> ModuleDigest {
        match self {
            Candidate::Upload(upload) => upload.digest,
            Candidate::Kept(digest) => *digest,
        }
    }
}

/// Accepts a module, for agents to point at.
pub async fn upload(cx: &Context, caller: &Caller, module: Upload) -> Result<Module> {
    let project = projects::default_for(cx, caller, Operation::ManageAgents).await?;
    let digest = module.digest;
    let change = Change::of("uploadModule", project, "module", digest);
    audit::change(cx, caller, change, async {
        accept(cx, caller.organization_id, module).await?;
        find(cx, caller, digest).await
    })
    .await
}

/// Makes sure that the caller may upload modules, before a large body is read.
pub async fn may_upload(cx: &Context, caller: &Caller) -> Result<()> {
    projects::default_for(cx, caller, Operation::ManageAgents).await?;
    Ok(())
}

/// A stretch of the organization's modules, the newest first.
pub async fn list(
    cx: &Context,
    caller: &Caller,
    stretch: &Stretch<Place>,
) -> Result<Listed<Module>> {
    projects::default_for(cx, caller, Operation::ReadProject).await?;
    Ok(modules::list(&cx.store, caller.organization_id, stretch).await?)
}

/// The modules among these that the caller may see: those of their organization, where they may see any project.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    digests: &[ModuleDigest],
) -> Result<HashMap<ModuleDigest, Module>> {
    if reach.projects(Operation::ReadProject).is_empty() {
        return Ok(HashMap::new());
    }
    let found = modules::find_many(&cx.store, reach.organization_id(), digests).await?;
    Ok(found
        .into_iter()
        .map(|module| (module.digest, module))
        .collect())
}

/// A module that is run and not kept. The caller has been authorised already.
pub(super) async fn try_out(cx: &Context, module: Upload) -> Result<Arc<sandbox::Module>> {
    let limit = cx.config.limits.module_size;
    if module.bytes.len() as u64 > limit {
        return Err(Error::TooLarge {
            what: "the module",
            limit,
        });
    }
    let inspection = cx.engine.inspect(module.bytes).await;
    compile(cx, &inspection.map_err(Error::Refused)?).await
}

/// Checks a module and keeps it. What is kept already was checked then. The same bytes twice are kept once. The caller has been authorised already.
pub(super) async fn accept(
    cx: &Context,
    owner: OrganizationId,
    module: Upload,
) -> Result<Inspection> {
    let limit = cx.config.limits.module_size;
    let uploaded_size = module.bytes.len() as u64;
    if uploaded_size > limit {
        return Err(Error::TooLarge {
            what: "the module",
            limit,
        });
    }
    let known = modules::find(&cx.store, owner, module.digest).await?;
    if let Some(inspection) = known.and_then(|known| Inspection::deserialize(known.inspection).ok())
    {
        return Ok(inspection);
    }
    let inspection = cx.engine.inspect(module.bytes).await;
    let inspection = inspection.map_err(Error::Refused)?;
    compile(cx, &inspection).await?;
    let new = NewModule {
        organization_id: owner,
        digest: digest(&inspection.digest),
        component: inspection.component.clone(),
        uploaded_size: i64::try_from(uploaded_size).map_err(Error::internal)?,
        inspection: serde_json::to_value(&inspection).map_err(Error::internal)?,
    };
    modules::create(&cx.store, new).await?;
    Ok(inspection)
}

/// A module of the caller's organization.
pub async fn find(cx: &Context, caller: &Caller, digest: ModuleDigest) -> Result<Module> {
    modules::find(&cx.store, caller.organization_id, digest)
        .await?
        .ok_or_else(|| Error::not_found("Module", digest))
}

/// The store's name of a module that the sandbox has named.
pub(super) fn digest(digest: &Digest) -> ModuleDigest {
    ModuleDigest::from(*digest.as_bytes())
}

async fn compile(cx: &Context, inspection: &Inspection) -> Result<Arc<sandbox::Module>> {
    let component = async || Ok::<_, Source>(inspection.component.clone());
    match cx.engine.load(inspection.digest, component).await {
        Ok(module) => Ok(module),
        Err(LoadError::Refused(refusal)) if !refusal.is_host_fault() => {
            Err(Error::Refused(refusal))
        }
        Err(error) => Err(Error::internal(error)),
    }
}
