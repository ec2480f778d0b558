//! Modules: a module is one immutable uploaded component, named by the SHA-256 of its bytes. It is accepted only if this
//! host can run it: inspected, then compiled, before anything is stored.

use sandbox::{Digest, Inspection, LoadError};
use store::ids::OrganizationId;
use store::modules::{self, Module, ModuleDigest, NewModule};

use crate::auth::Caller;
use crate::context::Context;
use crate::error::{Error, Result, Source};

/// Checks a module and keeps it. The same bytes twice are kept once. The caller has been authorised already.
pub(super) async fn accept(
    cx: &Context,
    owner: OrganizationId,
    bytes: Vec<u8>,
) -> Result<Inspection> {
    let limit = cx.config.limits.module_size;
    let uploaded_size = bytes.len() as u64;
    if uploaded_size > limit {
        return Err(Error::TooLarge {
            what: "the module",
            limit,
        });
    }
    let inspection = cx.engine.inspect(bytes).await.map_err(Error::Refused)?;
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

async fn compile(cx: &Context, inspection: &Inspection) -> Result<()> {
    let component = async || Ok::<_, Source>(inspection.component.clone());
    match cx.engine.load(inspection.digest, component).await {
        Ok(_) => Ok(()),
        Err(LoadError::Refused(refusal)) if !refusal.is_host_fault() => {
            Err(Error::Refused(refusal))
        }
        Err(error) => Err(Error::internal(error)),
    }
}
