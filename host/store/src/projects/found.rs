//! Founding a project: with a slug of its own and its first owner, in one statement.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{NewProject, Project};
use crate::error::StoreError;
use crate::hot;
use crate::ids::{OrganizationId, UserId};
use crate::pool::Store;

/// How often the next free slug is looked for, where another project takes it in between.
const TRIES: usize = 5;

/// The slug as it is wanted, or with the lowest number that makes it free.
const FREE: &str = "
    SELECT wanted.slug FROM (
        SELECT n, CASE n WHEN 1 THEN $2 ELSE rtrim(left($2, 58), '-') || '-' || n END AS slug
        FROM generate_series(1, 999) AS n
    ) AS wanted
    WHERE NOT EXISTS (
        SELECT FROM projects
        WHERE organization_id = $1 AND projects.slug = wanted.slug AND deleted_at IS NULL
    )
    ORDER BY n LIMIT 1";

#[derive(QueryableByName)]
struct Free {
    #[diesel(sql_type = Text)]
    slug: String,
}

/// The slug that [`found`] would give now to a project whose slug may be numbered. `None` where none is free.
pub async fn free_slug(
    store: &Store,
    owner: OrganizationId,
    wanted: &str,
) -> Result<Option<String>, StoreError> {
    let statement = hot::statement(FREE)
        .bind::<Uuid, _>(owner)
        .bind::<Text, _>(wanted);
    let free: Option<Free> = statement
        .get_result(&mut store.connection().await?)
        .await
        .optional()?;
    Ok(free.map(|free| free.slug))
}

/// The slug as it was asked for, or with the lowest number that makes it free. Nothing where none was free.
const FOUND: &str = "
    WITH free AS (
        SELECT wanted.slug FROM (
            SELECT n, CASE n WHEN 1 THEN $3 ELSE rtrim(left($3, 58), '-') || '-' || n END AS slug
            FROM generate_series(1, CASE WHEN $6 THEN 999 ELSE 1 END) AS n
        ) AS wanted
        WHERE NOT EXISTS (
            SELECT FROM projects
            WHERE organization_id = $1 AND projects.slug = wanted.slug AND deleted_at IS NULL
        )
        ORDER BY n LIMIT 1
    ), made AS (
        INSERT INTO projects (organization_id, id, slug, name)
        SELECT $1, $2, slug, $4 FROM free
        ON CONFLICT DO NOTHING
        RETURNING *
    ), joined AS (
        INSERT INTO members (organization_id, project_id, user_id, role)
        SELECT organization_id, id, $5, 'owner' FROM made
    )
    SELECT * FROM made";

/// Makes a project that belongs to `owner`. A slug that is taken gets a number if `is_numbered`, and is else a conflict
/// of `projects_slug_key`.
pub async fn found(
    store: &Store,
    new: NewProject,
    owner: UserId,
    is_numbered: bool,
) -> Result<Project, StoreError> {
    found_on(&mut *store.connection().await?, new, owner, is_numbered).await
}

pub(crate) async fn found_on(
    connection: &mut AsyncPgConnection,
    new: NewProject,
    owner: UserId,
    is_numbered: bool,
) -> Result<Project, StoreError> {
    for _ in 0..TRIES {
        let statement = hot::statement(FOUND)
            .bind::<Uuid, _>(new.organization_id)
            .bind::<Uuid, _>(new.id)
            .bind::<Text, _>(&new.slug)
            .bind::<Text, _>(&new.name)
            .bind::<Uuid, _>(owner)
            .bind::<Bool, _>(is_numbered);
        let made: Option<Project> = statement.get_result(connection).await.optional()?;
        match made {
            Some(project) => return Ok(project),
            None if is_numbered => {}
            None => break,
        }
    }
    Err(StoreError::Conflict {
        constraint: "projects_slug_key".to_owned(),
    })
}
