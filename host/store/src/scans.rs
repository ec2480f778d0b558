//! Scans: the code that connects a channel's account, and what has become of it. Each change of a code that is not over is
//! made for that code alone and under the lease of whoever asks after it, so that an old one can do nothing to a new one;
//! the channel's status goes with it in the same transaction.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use crate::channels::ChannelStatus;
use crate::error::StoreError;
use crate::hot;
use crate::ids::{ChannelId, HostId, OrganizationId, ProjectId, ScanId};
use crate::page::Time;
use crate::pool::Store;
use crate::schema::{channels, scans};
use crate::windows;
use crate::words::words;

words! {
    /// What has become of a code.
    pub enum ScanPhase {
        /// Nobody has scanned it.
        AwaitingScan = "awaiting_scan",
        /// Someone has, and is to confirm.
        Scanning = "scanning",
        /// The account is connected.
        Bound = "bound",
        /// It is worth nothing any more.
        Expired = "expired",
    }
}

const OPEN: [ScanPhase; 2] = [ScanPhase::AwaitingScan, ScanPhase::Scanning];

/// One row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = scans, check_for_backend(diesel::pg::Pg))]
pub struct Scan {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// Names the code.
    pub id: ScanId,
    /// What has become of it.
    pub phase: ScanPhase,
    /// The text of the QR code.
    pub payload: String,
    /// What one asks after it with: sealed; none once it is over.
    pub handle: Option<Vec<u8>>,
    /// Whether the platform wants digits that its user reads on the phone.
    pub needs_digits: bool,
    /// What was typed and is not told yet.
    pub digits: Option<String>,
    /// Why it is over, or what is wrong with the digits.
    pub reason: Option<String>,
    /// The account that was connected.
    pub account: Option<String>,
    /// When it was made.
    pub started_at: Time,
    /// Until when it can be scanned and confirmed.
    pub expires_at: Time,
    /// When the account was connected.
    pub bound_at: Option<Time>,
}

/// A code to keep.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = scans)]
pub struct NewScan {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// Names the code.
    pub id: ScanId,
    /// What has become of it.
    pub phase: ScanPhase,
    /// The text of the QR code.
    pub payload: String,
    /// What one asks after it with: sealed.
    pub handle: Option<Vec<u8>>,
    /// Until when it can be scanned and confirmed.
    pub expires_at: Time,
}

/// A code that is asked after, and the lease of whoever does: its name, host and fence.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// Whose channel.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The code.
    pub id: ScanId,
    /// The lease.
    pub lease: (&'a str, HostId, i64),
}

/// What changes while a code is not over.
#[derive(Clone, Debug, AsChangeset)]
#[diesel(table_name = scans)]
pub struct Progress {
    /// What has become of it.
    pub phase: ScanPhase,
    /// Another handle, sealed.
    pub handle: Option<Vec<u8>>,
    /// Whether digits are wanted.
    pub needs_digits: bool,
    /// What is wrong with those that were typed.
    pub reason: Option<Option<String>>,
    /// Until when it can be confirmed.
    pub expires_at: Option<Time>,
}

/// An account that was got by a code.
#[derive(Clone, Debug)]
pub struct Account {
    /// What names it.
    pub name: String,
    /// The channel's configuration and credential, sealed; none where the channel keeps those that it has.
    pub settings: Option<(Value, Vec<u8>)>,
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = Bool)]
    held: bool,
}

/// Holds the lease's row until the transaction ends: whoever takes it meanwhile waits.
const HOLDS: &str = "
    SELECT true AS held FROM leases
    WHERE name = $1 AND host = $2 AND fence = $3 AND until > now()
    FOR SHARE";

async fn holds(
    connection: &mut AsyncPgConnection,
    asking: &Asking<'_>,
) -> Result<bool, StoreError> {
    let (name, host, fence) = asking.lease;
    let held: Option<Held> = hot::statement(HOLDS)
        .bind::<Text, _>(name)
        .bind::<SqlUuid, _>(host)
        .bind::<BigInt, _>(fence)
        .get_result(connection)
        .await
        .optional()?;
    Ok(held.is_some_and(|held| held.held))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn one_in(
    organization_id: OrganizationId,
    channel_id: ChannelId,
    id: ScanId,
    phases: [ScanPhase; 2],
) -> _ {
    scans::table
        .filter(scans::organization_id.eq(organization_id))
        .filter(scans::channel_id.eq(channel_id))
        .filter(scans::id.eq(id))
        .filter(scans::phase.eq_any(phases))
}

/// Keeps a channel's new code, which takes the place of the one before it. The channel's project; `None` where the channel
/// is gone, or has an account that is connected.
pub async fn begin(store: &Store, new: NewScan) -> Result<Option<ProjectId>, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            let (owner, channel) = (new.organization_id, new.channel_id);
            let free = channels::credential
                .is_null()
                .or(channels::status.eq_any([ChannelStatus::Expired, ChannelStatus::AwaitingScan]));
            let awaits = diesel::update(channels::table)
                .filter(channels::organization_id.eq(owner))
                .filter(channels::id.eq(channel))
                .filter(channels::deleted_at.is_null())
                .filter(free)
                .set((
                    channels::status.eq(ChannelStatus::AwaitingScan),
                    channels::status_reason.eq(None::<String>),
                    channels::version.eq(channels::version + 1),
                    channels::updated_at.eq(now),
                ))
                .returning(channels::project_id);
            let project: Option<ProjectId> = awaits.get_result(connection).await.optional()?;
            if project.is_some() {
                diesel::delete(scans::table.find((owner, channel)))
                    .execute(connection)
                    .await?;
                diesel::insert_into(scans::table)
                    .values(new)
                    .execute(connection)
                    .await?;
            }
            Ok(project)
        })
        .await
}

/// A channel's newest code.
pub async fn find(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
) -> Result<Option<Scan>, StoreError> {
    let query = scans::table
        .find((owner, channel))
        .select(Scan::as_select());
    Ok(query
        .get_result(&mut store.connection().await?)
        .await
        .optional()?)
}

/// Codes that are not over, whosever they are, in the order of their channels.
pub async fn open(store: &Store, after: ChannelId, limit: u32) -> Result<Vec<Scan>, StoreError> {
    let query = scans::table
        .filter(scans::phase.eq_any(OPEN))
        .filter(scans::channel_id.gt(after))
        .order(scans::channel_id)
        .limit(limit.into())
        .select(Scan::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Keeps digits that were typed, to be told. Whether they are wanted.
pub async fn type_digits(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
    digits: &str,
) -> Result<bool, StoreError> {
    let wanting = scans::table
        .find((owner, channel))
        .filter(scans::phase.eq_any(OPEN))
        .filter(scans::needs_digits);
    let typed =
        diesel::update(wanting).set((scans::digits.eq(digits), scans::reason.eq(None::<String>)));
    Ok(typed.execute(&mut store.connection().await?).await? == 1)
}

/// Takes note of what has become of a code that goes on; digits that were typed have been told. Whether it is still the
/// channel's code and this host's to ask after.
pub async fn advance(
    store: &Store,
    asking: &Asking<'_>,
    progress: Progress,
) -> Result<bool, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            if !holds(connection, asking).await? {
                return Ok(false);
            }
            let (owner, channel) = (asking.organization_id, asking.channel_id);
            let one = one_in(owner, channel, asking.id, OPEN);
            let advanced = diesel::update(one).set((progress, scans::digits.eq(None::<String>)));
            Ok(advanced.execute(connection).await? == 1)
        })
        .await
}

/// Takes note that a code is over, for this reason, and its channel with it. The channel's project.
pub async fn end(
    store: &Store,
    asking: &Asking<'_>,
    reason: &str,
) -> Result<Option<ProjectId>, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            if !holds(connection, asking).await? {
                return Ok(None);
            }
            let (owner, channel) = (asking.organization_id, asking.channel_id);
            let one = one_in(owner, channel, asking.id, OPEN);
            let ended = diesel::update(one).set((
                scans::phase.eq(ScanPhase::Expired),
                scans::handle.eq(None::<Vec<u8>>),
                scans::needs_digits.eq(false),
                scans::digits.eq(None::<String>),
                scans::reason.eq(reason),
            ));
            if ended.execute(connection).await? == 0 {
                return Ok(None);
            }
            let awaits = diesel::update(channels::table)
                .filter(channels::organization_id.eq(asking.organization_id))
                .filter(channels::id.eq(asking.channel_id))
                .filter(channels::status.eq(ChannelStatus::AwaitingScan))
                .set((
                    channels::status.eq(ChannelStatus::Expired),
                    channels::status_reason.eq(reason),
                    channels::version.eq(channels::version + 1),
                    channels::updated_at.eq(now),
                ))
                .returning(channels::project_id);
            Ok(awaits.get_result(connection).await.optional()?)
        })
        .await
}

/// Connects the account that a code has given: the code is bound and the channel active, or neither. The channel's project;
/// `None` where it is not its code any more, or not this host's to ask after.
pub async fn bind(
    store: &Store,
    asking: &Asking<'_>,
    account: Account,
) -> Result<Option<ProjectId>, StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            if !holds(connection, asking).await? {
                return Ok(None);
            }
            let (owner, channel) = (asking.organization_id, asking.channel_id);
            let bound = diesel::update(one_in(owner, channel, asking.id, OPEN)).set((
                scans::phase.eq(ScanPhase::Bound),
                scans::handle.eq(None::<Vec<u8>>),
                scans::needs_digits.eq(false),
                scans::digits.eq(None::<String>),
                scans::reason.eq(None::<String>),
                scans::account.eq(account.name),
                scans::bound_at.eq(now.into_sql::<Timestamptz>().nullable()),
            ));
            if bound.execute(connection).await? == 0 {
                return Ok(None);
            }
            let works = (
                channels::status.eq(ChannelStatus::Active),
                channels::status_reason.eq(None::<String>),
                channels::version.eq(channels::version + 1),
                channels::updated_at.eq(now),
            );
            let row = diesel::update(channels::table)
                .filter(channels::organization_id.eq(owner))
                .filter(channels::id.eq(channel))
                .filter(channels::deleted_at.is_null());
            let before: Option<Value> = channels::table
                .find((owner, channel))
                .select(channels::configuration)
                .get_result(connection)
                .await
                .optional()?;
            let project = match account.settings {
                Some((configuration, credential)) => {
                    let is_same = before
                        .is_some_and(|before| before.get("bot_id") == configuration.get("bot_id"));
                    // Another account cannot answer what was said to the one before.
                    if !is_same {
                        windows::forget_on(connection, owner, channel).await?;
                    }
                    let settings = (
                        channels::configuration.eq(configuration),
                        channels::credential.eq(credential),
                    );
                    let row = row.set((works, settings)).returning(channels::project_id);
                    row.get_result(connection).await.optional()?
                }
                None => {
                    let row = row.set(works).returning(channels::project_id);
                    row.get_result(connection).await.optional()?
                }
            };
            Ok(project)
        })
        .await
}

/// Forgets a channel's code, and how far its chats may be answered.
pub async fn forget(
    store: &Store,
    owner: OrganizationId,
    channel: ChannelId,
) -> Result<(), StoreError> {
    let mut connection = store.connection().await?;
    connection
        .transaction(async |connection| {
            diesel::delete(scans::table.find((owner, channel)))
                .execute(connection)
                .await?;
            windows::forget_on(connection, owner, channel).await
        })
        .await
}
