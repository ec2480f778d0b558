//! Business units.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use store::business_units::BusinessUnit;

use super::connection::{self, Nodes, Paging};
use super::resolve::library;
use super::scalars::Time;
use super::{asked_by, failure, read_id};
use crate::service::business_units;

/// A part of the organization that teams belong to.
pub(super) struct BusinessUnitNode(pub(super) Arc<BusinessUnit>);

/// A part of the organization that teams belong to.
#[Object(name = "BusinessUnit", crate = "library")]
impl BusinessUnitNode {
    /// Names it everywhere: `bun_` and 32 hexadecimal digits.
    pub(super) async fn id(&self) -> ID {
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
    #[graphql(complexity = "connection::cost(first, last, child_complexity)")]
    async fn business_units(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many: 50 unless said, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, at most 200.")] last: Option<i32>,
        #[graphql(desc = "Those before this cursor.")] before: Option<String>,
    ) -> Result<Nodes<BusinessUnitNode>> {
        let (cx, caller) = asked_by(context)?;
        let stretch = Paging {
            first,
            after,
            last,
            before,
        }
        .stretch()?;
        let listed = business_units::stretch(cx, caller, &stretch).await;
        let listed = listed.map_err(failure::told)?.map(Arc::new);
        Ok(connection::nodes(listed, |unit| unit.id, BusinessUnitNode))
    }

    /// A business unit.
    async fn business_unit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The business unit.")] id: ID,
    ) -> Result<BusinessUnitNode> {
        let (cx, caller) = asked_by(context)?;
        let found = business_units::find(cx, caller, read_id("id", &id)?).await;
        found
            .map(Arc::new)
            .map(BusinessUnitNode)
            .map_err(failure::told)
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
        made.map(Arc::new)
            .map(BusinessUnitNode)
            .map_err(failure::told)
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
        renamed
            .map(Arc::new)
            .map(BusinessUnitNode)
            .map_err(failure::told)
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
