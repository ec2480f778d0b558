//! Every sealed value of the database, for when the master key changes: what the vault sealed is read page by page and
//! written back sealed anew. A column that is added to those that hold sealed values is added here.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{
    AgentId, ChannelId, OrganizationId, ProjectId, ProviderId, RepositoryId, SecretId, ToolsetId,
    WalletId,
};
use crate::page::Page;
use crate::pool::Store;
use crate::schema::{
    channels, commands, project_settings, providers, reply_windows, repositories, scans, secrets,
    toolsets, wallets,
};

/// A channel's sealed credential.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = channels, check_for_backend(diesel::pg::Pg))]
pub struct SealedCredential {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The channel.
    pub id: ChannelId,
    /// The credential.
    pub credential: Option<Vec<u8>>,
}

/// The channels that have a credential, of every organization, in the order of their ids.
pub async fn credentials(
    store: &Store,
    page: Page<ChannelId>,
) -> Result<Vec<SealedCredential>, StoreError> {
    let query = channels::table
        .filter(channels::credential.is_not_null())
        .filter(channels::id.gt(page.after.unwrap_or(ChannelId::nil())))
        .order(channels::id)
        .limit(page.limit.into())
        .select(SealedCredential::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a credential in the place of another. False says that it has changed in between, and nothing was written.
pub async fn replace_credential(
    store: &Store,
    old: &SealedCredential,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = channels::table
        .find((old.organization_id, old.id))
        .filter(channels::credential.eq(&old.credential));
    let update = diesel::update(row).set(channels::credential.eq(Some(new)));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// A wallet's sealed seed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = wallets, check_for_backend(diesel::pg::Pg))]
pub struct SealedWallet {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The wallet.
    pub id: WalletId,
    /// The seed.
    pub secret: Vec<u8>,
}

/// The wallets of every organization, in the order of their ids.
pub async fn wallets(store: &Store, page: Page<WalletId>) -> Result<Vec<SealedWallet>, StoreError> {
    let query = wallets::table
        .filter(wallets::id.gt(page.after.unwrap_or(WalletId::nil())))
        .order(wallets::id)
        .limit(page.limit.into())
        .select(SealedWallet::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a seed in the place of the same one, sealed otherwise. False says that it has changed in between, and nothing was
/// written.
pub async fn replace_wallet(
    store: &Store,
    old: &SealedWallet,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = wallets::table
        .find((old.organization_id, old.id))
        .filter(wallets::secret.eq(&old.secret));
    let update = diesel::update(row).set(wallets::secret.eq(new));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// A provider's sealed key.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = providers, check_for_backend(diesel::pg::Pg))]
pub struct SealedProvider {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The provider.
    pub id: ProviderId,
    /// The key.
    pub key: Option<Vec<u8>>,
}

/// The providers that have a key, of every organization, in the order of their ids.
pub async fn providers(
    store: &Store,
    page: Page<ProviderId>,
) -> Result<Vec<SealedProvider>, StoreError> {
    let query = providers::table
        .filter(providers::key.is_not_null())
        .filter(providers::id.gt(page.after.unwrap_or(ProviderId::nil())))
        .order(providers::id)
        .limit(page.limit.into())
        .select(SealedProvider::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a key in the place of the same one, sealed otherwise. False says that it has changed in between, and nothing was
/// written.
pub async fn replace_provider(
    store: &Store,
    old: &SealedProvider,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = providers::table
        .find((old.organization_id, old.id))
        .filter(providers::key.eq(&old.key));
    let update = diesel::update(row).set(providers::key.eq(Some(new)));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// What a server of tools is asked with.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = toolsets, check_for_backend(diesel::pg::Pg))]
pub struct SealedToolset {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The toolset.
    pub id: ToolsetId,
    /// The value of its header.
    pub header_value: Option<Vec<u8>>,
}

/// The toolsets that are asked with something sealed, of every organization, in the order of their ids.
pub async fn toolsets(
    store: &Store,
    page: Page<ToolsetId>,
) -> Result<Vec<SealedToolset>, StoreError> {
    let query = toolsets::table
        .filter(toolsets::header_value.is_not_null())
        .filter(toolsets::id.gt(page.after.unwrap_or(ToolsetId::nil())))
        .order(toolsets::id)
        .limit(page.limit.into())
        .select(SealedToolset::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a value in the place of the same one, sealed otherwise. False says that it has changed in between, and nothing was
/// written.
pub async fn replace_toolset(
    store: &Store,
    old: &SealedToolset,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = toolsets::table
        .find((old.organization_id, old.id))
        .filter(toolsets::header_value.eq(&old.header_value));
    let update = diesel::update(row).set(toolsets::header_value.eq(Some(new)));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// A secret of an agent.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = secrets, check_for_backend(diesel::pg::Pg))]
pub struct SealedAgentSecret {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The agent's.
    pub agent_id: AgentId,
    /// Its id.
    pub id: SecretId,
    /// The value.
    pub value: Vec<u8>,
}

/// The secrets of every organization's agents, in the order of their ids.
pub async fn agent_secrets(
    store: &Store,
    page: Page<SecretId>,
) -> Result<Vec<SealedAgentSecret>, StoreError> {
    let query = secrets::table
        .filter(secrets::id.gt(page.after.unwrap_or(SecretId::nil())))
        .order(secrets::id)
        .limit(page.limit.into())
        .select(SealedAgentSecret::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a secret in the place of the same one, sealed otherwise. False says that it has changed in between, and nothing was
/// written.
pub async fn replace_agent_secret(
    store: &Store,
    old: &SealedAgentSecret,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = secrets::table
        .filter(secrets::organization_id.eq(old.organization_id))
        .filter(secrets::id.eq(old.id))
        .filter(secrets::value.eq(&old.value));
    let update = diesel::update(row).set(secrets::value.eq(new));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// What a platform wants back with an answer in a chat, sealed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = reply_windows, check_for_backend(diesel::pg::Pg))]
pub struct SealedToken {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The chat.
    pub platform_chat_id: String,
    /// The token.
    pub token: Option<Vec<u8>>,
}

/// The chats of every organization that may be answered, in the order of their channels and names.
pub async fn tokens(
    store: &Store,
    after: Option<&SealedToken>,
    limit: u32,
) -> Result<Vec<SealedToken>, StoreError> {
    let (channel, chat) = after.map_or((ChannelId::nil(), ""), |last| {
        (last.channel_id, last.platform_chat_id.as_str())
    });
    let behind = reply_windows::channel_id
        .gt(channel)
        .or(reply_windows::channel_id
            .eq(channel)
            .and(reply_windows::platform_chat_id.gt(chat)));
    let query = reply_windows::table
        .filter(reply_windows::token.is_not_null())
        .filter(behind)
        .order((reply_windows::channel_id, reply_windows::platform_chat_id))
        .limit(limit.into())
        .select(SealedToken::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a token in the place of another. False says that it has changed in between, and nothing was written.
pub async fn replace_token(
    store: &Store,
    old: &SealedToken,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = reply_windows::table
        .find((old.organization_id, old.channel_id, &old.platform_chat_id))
        .filter(reply_windows::token.eq(&old.token));
    let update = diesel::update(row).set(reply_windows::token.eq(Some(new)));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// What one asks after a code with, sealed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = scans, check_for_backend(diesel::pg::Pg))]
pub struct SealedHandle {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The handle.
    pub handle: Option<Vec<u8>>,
}

/// The codes of every organization that are not over, in the order of their channels.
pub async fn handles(
    store: &Store,
    page: Page<ChannelId>,
) -> Result<Vec<SealedHandle>, StoreError> {
    let query = scans::table
        .filter(scans::handle.is_not_null())
        .filter(scans::channel_id.gt(page.after.unwrap_or(ChannelId::nil())))
        .order(scans::channel_id)
        .limit(page.limit.into())
        .select(SealedHandle::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a handle in the place of another. False says that it has changed in between, and nothing was written.
pub async fn replace_handle(
    store: &Store,
    old: &SealedHandle,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = scans::table
        .find((old.organization_id, old.channel_id))
        .filter(scans::handle.eq(&old.handle));
    let update = diesel::update(row).set(scans::handle.eq(Some(new)));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// A repository's sealed token.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = repositories, check_for_backend(diesel::pg::Pg))]
pub struct SealedRepositoryToken {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The repository.
    pub id: RepositoryId,
    /// The token.
    pub token: Option<Vec<u8>>,
}

/// The repositories that have a token, of every organization, in the order of their ids.
pub async fn repository_tokens(
    store: &Store,
    page: Page<RepositoryId>,
) -> Result<Vec<SealedRepositoryToken>, StoreError> {
    let query = repositories::table
        .filter(repositories::token.is_not_null())
        .filter(repositories::id.gt(page.after.unwrap_or(RepositoryId::nil())))
        .order(repositories::id)
        .limit(page.limit.into())
        .select(SealedRepositoryToken::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a token in the place of another. False says that it has changed in between, and nothing was written.
pub async fn replace_repository_token(
    store: &Store,
    old: &SealedRepositoryToken,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = repositories::table
        .find((old.organization_id, old.id))
        .filter(repositories::token.eq(&old.token));
    let update = diesel::update(row).set(repositories::token.eq(Some(new)));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// What the calls of a project are signed with, sealed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = project_settings, check_for_backend(diesel::pg::Pg))]
pub struct SealedSecret {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The project.
    pub project_id: ProjectId,
    /// The secret.
    pub webhook_secret: Option<Vec<u8>>,
}

/// The projects of every organization that have one, in their order.
pub async fn secrets(
    store: &Store,
    page: Page<ProjectId>,
) -> Result<Vec<SealedSecret>, StoreError> {
    let query = project_settings::table
        .filter(project_settings::webhook_secret.is_not_null())
        .filter(project_settings::project_id.gt(page.after.unwrap_or(ProjectId::nil())))
        .order(project_settings::project_id)
        .limit(page.limit.into())
        .select(SealedSecret::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts a secret in the place of another. False says that it has changed in between, and nothing was written.
pub async fn replace_secret(
    store: &Store,
    old: &SealedSecret,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = project_settings::table
        .find((old.organization_id, old.project_id))
        .filter(project_settings::webhook_secret.eq(&old.webhook_secret));
    let update = diesel::update(row).set(project_settings::webhook_secret.eq(Some(new)));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}

/// What a command answered, sealed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = commands, check_for_backend(diesel::pg::Pg))]
pub struct SealedAnswer {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The channel.
    pub channel_id: ChannelId,
    /// The command's id on it.
    pub platform_event_id: String,
    /// The answer.
    pub answer: Option<Vec<u8>>,
}

/// The answers of every organization's commands, in the order of their channels and ids.
pub async fn answers(
    store: &Store,
    after: Option<&SealedAnswer>,
    limit: u32,
) -> Result<Vec<SealedAnswer>, StoreError> {
    let (channel, event) = after.map_or((ChannelId::nil(), ""), |last| {
        (last.channel_id, last.platform_event_id.as_str())
    });
    let behind = commands::channel_id.gt(channel).or(commands::channel_id
        .eq(channel)
        .and(commands::platform_event_id.gt(event)));
    let query = commands::table
        .filter(commands::answer.is_not_null())
        .filter(behind)
        .order((commands::channel_id, commands::platform_event_id))
        .limit(limit.into())
        .select(SealedAnswer::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Puts an answer in the place of the same one, sealed otherwise. False says that it has changed in between, and nothing was
/// written.
pub async fn replace_answer(
    store: &Store,
    old: &SealedAnswer,
    new: &[u8],
) -> Result<bool, StoreError> {
    let row = commands::table
        .find((old.organization_id, old.channel_id, &old.platform_event_id))
        .filter(commands::answer.eq(&old.answer));
    let update = diesel::update(row).set(commands::answer.eq(Some(new)));
    Ok(update.execute(&mut store.connection().await?).await? == 1)
}
