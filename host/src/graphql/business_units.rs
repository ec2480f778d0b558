//! Business units.

use async_graphql::{Context, ID, Object, Result};
use store::business_units::BusinessUnit;

use super::scalars::Time;
use super::{asked_by, failure, page, read_id};
use crate::service::business_units;

/// A part of the organization that teams belong to.
pub(super) struct BusinessUnitNode(BusinessUnit);

/// A part of the organization that teams belong to.
#[Object(name = "BusinessUnit")]
impl BusinessUnitNode {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.public().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Since when.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }
}

#[derive(Default)]
pub(super) struct BusinessUnitsQuery;

#[Object]
impl BusinessUnitsQuery {
    /// The business units of the caller's organization, oldest first.
    async fn business_units(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "At most so many.", default = 50)] first: u32,
        #[graphql(desc = "Those after this one.")] after: Option<ID>,
    ) -> Result<Vec<BusinessUnitNode>> {
        let (cx, caller) = asked_by(context)?;
        let list = business_units::list(cx, caller, page(first, after.as_ref())?).await;
        Ok(list
            .map_err(failure::told)?
            .into_iter()
            .map(BusinessUnitNode)
            .collect())
    }

    /// A business unit.
    async fn business_unit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The business unit.")] id: ID,
    ) -> Result<BusinessUnitNode> {
        let (cx, caller) = asked_by(context)?;
        let found = business_units::find(cx, caller, read_id("id", &id)?).await;
        found.map(BusinessUnitNode).map_err(failure::told)
    }
}

#[derive(Default)]
pub(super) struct BusinessUnitsMutation;

#[Object]
impl BusinessUnitsMutation {
    /// Makes a business unit.
    async fn create_business_unit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What people call it.")] name: String,
    ) -> Result<BusinessUnitNode> {
        let (cx, caller) = asked_by(context)?;
        let made = business_units::create(cx, caller, &name).await;
        made.map(BusinessUnitNode).map_err(failure::told)
    }

    /// Gives a business unit another name.
    async fn update_business_unit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The business unit.")] id: ID,
        #[graphql(desc = "The new name.")] name: String,
    ) -> Result<BusinessUnitNode> {
        let (cx, caller) = asked_by(context)?;
        let renamed = business_units::rename(cx, caller, read_id("id", &id)?, &name).await;
        renamed.map(BusinessUnitNode).map_err(failure::told)
    }

    /// Deletes a business unit and gives its id back; its teams stay, and belong to none.
    async fn delete_business_unit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The business unit.")] id: ID,
    ) -> Result<ID> {
        let (cx, caller) = asked_by(context)?;
        let unit = read_id("id", &id)?;
        business_units::delete(cx, caller, unit)
            .await
            .map_err(failure::told)?;
        Ok(id)
    }
}
