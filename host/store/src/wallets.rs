//! A wallet is a Solana key pair of a user or of an agent. Its public key is its address; what it was made of is sealed in
//! the vault before it comes here. There is one a holder, and it is never changed or removed.

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use crate::error::StoreError;
use crate::ids::{AgentId, OrganizationId, UserId, WalletId};
use crate::pool::Store;
use crate::schema::wallets;

/// Whose wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// A person's.
    User(UserId),
    /// An agent's.
    Agent(AgentId),
}

impl Holder {
    fn columns(self) -> (Option<UserId>, Option<AgentId>) {
        match self {
            Holder::User(user) => (Some(user), None),
            Holder::Agent(agent) => (None, Some(agent)),
        }
    }
}

/// The public part of a row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = wallets, check_for_backend(diesel::pg::Pg))]
pub struct Wallet {
    /// The person, if it is a person's.
    pub user_id: Option<UserId>,
    /// The agent, if it is an agent's.
    pub agent_id: Option<AgentId>,
    /// An Ed25519 public key: 32 bytes.
    pub public_key: Vec<u8>,
}

impl Wallet {
    /// Whose it is.
    pub fn holder(&self) -> Option<Holder> {
        let user = self.user_id.map(Holder::User);
        user.or(self.agent_id.map(Holder::Agent))
    }
}

/// A wallet to make.
#[derive(Clone, Debug)]
pub struct NewWallet {
    /// Its id, which its secret is bound to.
    pub id: WalletId,
    /// Whose.
    pub holder: Holder,
    /// An Ed25519 public key.
    pub public_key: [u8; 32],
    /// The seed of the key pair, sealed.
    pub secret: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = wallets)]
struct Row {
    organization_id: OrganizationId,
    id: WalletId,
    user_id: Option<UserId>,
    agent_id: Option<AgentId>,
    public_key: Vec<u8>,
    secret: Vec<u8>,
}

/// Those of some people and agents that have been made, in any order.
pub async fn find_many(
    store: &Store,
    owner: OrganizationId,
    holders: &[Holder],
) -> Result<Vec<Wallet>, StoreError> {
    let (users, agents): (Vec<_>, Vec<_>) = holders.iter().map(|holder| holder.columns()).unzip();
    let users: Vec<UserId> = users.into_iter().flatten().collect();
    let agents: Vec<AgentId> = agents.into_iter().flatten().collect();
    let query = wallets::table
        .filter(wallets::organization_id.eq(owner))
        .filter(
            wallets::user_id
                .eq_any(users)
                .or(wallets::agent_id.eq_any(agents)),
        )
        .select(Wallet::as_select());
    Ok(query.load(&mut store.connection().await?).await?)
}

/// Makes wallets, and gives each holder's: the one that was there already where another was first, so that of two who make
/// one at once both get the same. One statement for people and one for agents, each of which always sees the row that stood
/// in its way: it updates it with what it has.
pub async fn make(
    store: &Store,
    owner: OrganizationId,
    mut new: Vec<NewWallet>,
) -> Result<Vec<Wallet>, StoreError> {
    // In one order, so that no two of these statements wait for each other.
    new.sort_by_key(|wallet| wallet.holder);
    let rows = new.into_iter().map(|wallet| Row::of(owner, wallet));
    let (people, agents): (Vec<Row>, Vec<Row>) = rows.partition(|row| row.user_id.is_some());
    let mut connection = store.connection().await?;
    let mut made = Vec::new();
    if !people.is_empty() {
        let insert = diesel::insert_into(wallets::table)
            .values(people)
            .on_conflict((wallets::organization_id, wallets::user_id))
            .do_update()
            .set(wallets::user_id.eq(excluded(wallets::user_id)))
            .returning(Wallet::as_returning());
        made.extend(insert.load(&mut connection).await?);
    }
    if !agents.is_empty() {
        let insert = diesel::insert_into(wallets::table)
            .values(agents)
            .on_conflict((wallets::organization_id, wallets::agent_id))
            .do_update()
            .set(wallets::agent_id.eq(excluded(wallets::agent_id)))
            .returning(Wallet::as_returning());
        made.extend(insert.load(&mut connection).await?);
    }
    Ok(made)
}

impl Row {
    fn of(organization_id: OrganizationId, wallet: NewWallet) -> Self {
        let (user_id, agent_id) = wallet.holder.columns();
        Self {
            organization_id,
            id: wallet.id,
            user_id,
            agent_id,
            public_key: wallet.public_key.into(),
            secret: wallet.secret,
        }
    }
}
