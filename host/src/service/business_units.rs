//! Business units: a business unit is a part of an organization that teams belong to.

use std::collections::HashMap;

use serde_json::json;
use store::StoreError;
use store::business_units::{self, BusinessUnit, NewBusinessUnit};
use store::ids::BusinessUnitId;
use store::page::{Listed, Stretch};

use super::audit::{self, Change};
use super::names;
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};

const NAME_KEY: &str = "business_units_name_key";

/// A stretch of those of the caller's organization, oldest first.
pub async fn stretch(
    cx: &Context,
    caller: &Caller,
    stretch: &Stretch<BusinessUnitId>,
) -> Result<Listed<BusinessUnit>> {
    caller
        .require_organization(cx, Operation::ReadOrganization)
        .await?;
    Ok(business_units::list(&cx.store, caller.organization_id, stretch).await?)
}

/// Those that the caller may see among these.
pub async fn find_many(
    cx: &Context,
    reach: &Reach,
    ids: &[BusinessUnitId],
) -> Result<HashMap<BusinessUnitId, BusinessUnit>> {
    if !reach.may_at_large(Operation::ReadOrganization) {
        return Ok(HashMap::new());
    }
    let found = business_units::find_many(&cx.store, reach.organization_id(), ids).await?;
    Ok(found.into_iter().map(|unit| (unit.id, unit)).collect())
}

/// One of them.
pub async fn find(cx: &Context, caller: &Caller, id: BusinessUnitId) -> Result<BusinessUnit> {
    caller
        .require_organization(cx, Operation::ReadOrganization)
        .await?;
    business_units::find(&cx.store, caller.organization_id, id)
        .await?
        .ok_or_else(|| Error::not_found("Business unit", id))
}

/// Makes one.
pub async fn create(cx: &Context, caller: &Caller, name: &str) -> Result<BusinessUnit> {
    manage(cx, caller).await?;
    let new = NewBusinessUnit {
        organization_id: caller.organization_id,
        id: BusinessUnitId::new(),
        name: names::name("name", name)?,
    };
    let change = change_of("createBusinessUnit", new.id).with(json!({ "name": new.name }));
    audit::change(cx, caller, change, async {
        let id = new.id;
        business_units::create(&cx.store, new)
            .await
            .map_err(|error| told(error, id))
    })
    .await
}

/// Gives one another name.
pub async fn rename(
    cx: &Context,
    caller: &Caller,
    id: BusinessUnitId,
    name: &str,
) -> Result<BusinessUnit> {
    manage(cx, caller).await?;
    let name = names::name("name", name)?;
    let change = change_of("updateBusinessUnit", id).with(json!({ "name": name }));
    audit::change(cx, caller, change, async {
        business_units::rename(&cx.store, caller.organization_id, id, &name)
            .await
            .map_err(|error| told(error, id))
    })
    .await
}

/// Deletes one; its teams stay, and belong to none.
pub async fn delete(cx: &Context, caller: &Caller, id: BusinessUnitId) -> Result<()> {
    manage(cx, caller).await?;
    audit::change(cx, caller, change_of("deleteBusinessUnit", id), async {
        business_units::delete(&cx.store, caller.organization_id, id)
            .await
            .map_err(|error| told(error, id))
    })
    .await
}

async fn manage(cx: &Context, caller: &Caller) -> Result<()> {
    caller
        .require_organization(cx, Operation::ManageBusinessUnits)
        .await
}

fn change_of(action: &'static str, id: BusinessUnitId) -> Change {
    Change::at_large(action, "business_unit", id)
}

fn told(error: StoreError, id: BusinessUnitId) -> Error {
    match error {
        error if error.is_conflict_of(NAME_KEY) => {
            Error::conflict("name", "another business unit is called so")
        }
        StoreError::NotFound => Error::not_found("Business unit", id),
        error => error.into(),
    }
}
