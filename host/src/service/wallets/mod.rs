//! Wallets: a Solana address of each user and of each agent, to which SOL and USDC can be sent. It is made when it is first
//! asked for. What it was made of is sealed in the vault and opened for nothing but sealing it anew: no function of this host
//! moves what is in a wallet, and none gives its secret away.

mod keypair;
mod rpc;

use std::collections::HashMap;

use store::ids::{AgentId, OrganizationId, UserId, WalletId};
use store::wallets::{self, Holder, NewWallet, Wallet as Row};
use store::{Store, users};

use self::keypair::Keypair;
use super::placed::Within;
use super::{agents, projects};
use crate::auth::{Caller, Operation, Reach};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::solana::{Address, Lamports, PaymentRequest, Usdc};
use crate::vault::{Aad, Vault};

/// What is to be said of balances where the operator has named no endpoint that tells them.
pub const NO_ENDPOINT: &str = "Balances are not shown here: this host has no Solana JSON-RPC endpoint. Whoever runs it sets \
    CLOISTER_SOLANA_RPC_URL.";

/// A wallet, for those who may see it.
#[derive(Clone, Debug)]
pub struct Wallet {
    /// Who holds it, for people: an agent's name, or a person's.
    pub holder: String,
    /// Whether that is whoever asked.
    pub is_own: bool,
    /// Where to send something.
    pub address: Address,
}

/// Whose wallet is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Held {
    /// A person's.
    User(UserId),
    /// An agent's, in its project; and whose it is, where someone made it for themselves.
    Agent(Within<AgentId>, Option<UserId>),
}

impl Held {
    fn holder(self) -> Holder {
        match self {
            Held::User(id) => Holder::User(id),
            Held::Agent(place, _) => Holder::Agent(place.id()),
        }
    }
}

/// What is in a wallet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Of the network's own currency.
    pub sol: Lamports,
    /// Of US dollars.
    pub usdc: Usdc,
}

/// How to fund a wallet.
#[derive(Clone, Debug)]
pub struct Funding {
    /// How much, if that was said.
    pub amount: Option<Usdc>,
    /// Where to send it.
    pub address: Address,
    /// A link that opens in a wallet, filled in (Solana Pay).
    pub link: String,
    /// The same in words.
    pub instructions: String,
}

/// Where a wallet's secret is sealed.
pub(super) fn secret_place(wallet: &WalletId) -> Aad<'static> {
    Aad {
        table: "wallets",
        row: wallet.uuid(),
        field: "secret",
    }
}

/// A user's address. No caller's right is asked: it is for the host's own words to that user.
pub async fn of_user(
    cx: &Context,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<Address> {
    one(cx, organization_id, Holder::User(user)).await
}

/// An agent's address. No caller's right is asked: whoever calls has found the agent for someone who may see it.
pub async fn of_agent(
    cx: &Context,
    organization_id: OrganizationId,
    agent: AgentId,
) -> Result<Address> {
    one(cx, organization_id, Holder::Agent(agent)).await
}

/// The caller's own wallet, or that of an agent, by name or id, that they may see.
pub async fn find(cx: &Context, caller: &Caller, agent: Option<&str>) -> Result<Wallet> {
    let owner = caller.organization_id;
    match agent {
        Some(name) => {
            let agent = agents::find(cx, caller, name).await?;
            Ok(Wallet {
                address: of_agent(cx, owner, agent.id).await?,
                holder: agent.name,
                is_own: false,
            })
        }
        None => {
            let user = projects::viewer(cx, caller).await?;
            Ok(Wallet {
                address: of_user(cx, owner, user.id).await?,
                holder: user.name,
                is_own: true,
            })
        }
    }
}

/// The addresses of those among these whose wallet the caller may see: of agents in their projects; of people their own, and,
/// for an owner of the organization, everyone's in it.
pub async fn addresses(
    cx: &Context,
    reach: &Reach,
    asked: &[Held],
) -> Result<HashMap<Held, Address>> {
    let sees_all = reach.may_at_large(Operation::ManageOrganization);
    let mut seen = asked.to_vec();
    seen.retain(|held| match held {
        Held::User(id) => sees_all || reach.is_person(*id),
        Held::Agent(place, maker) => {
            reach.may(place.project(), Operation::ReadProject)
                || maker.is_some_and(|maker| reach.is_person(maker))
        }
    });
    let people = seen.iter().filter_map(|held| match held {
        Held::User(id) => Some(*id),
        Held::Agent(..) => None,
    });
    let people = people.collect::<Vec<_>>();
    if !people.is_empty() {
        let known = users::find_all(&cx.store, reach.organization_id(), &people).await?;
        seen.retain(|held| match held {
            Held::User(id) => known.iter().any(|user| user.id == *id),
            Held::Agent(..) => true,
        });
    }
    let holders = seen.iter().map(|held| held.holder()).collect();
    let found = all(cx, reach.organization_id(), holders).await?;
    let address = |held: Held| Some((held, *found.get(&held.holder())?));
    Ok(seen.into_iter().filter_map(address).collect())
}

/// What is in a wallet; none where the operator has named no endpoint that tells it: then [`NO_ENDPOINT`] is to be said.
pub async fn balance(cx: &Context, address: Address) -> Result<Option<Balance>> {
    let solana = &cx.config.solana;
    let Some(url) = &solana.rpc_url else {
        return Ok(None);
    };
    let balance = rpc::balance(&cx.outgoing, url, address, solana.usdc_mint);
    balance.await.map(Some)
}

/// An amount of US dollars in a field, as a person or a program writes it.
pub fn amount(field: &str, text: &str) -> Result<Usdc> {
    text.parse()
        .map_err(|why: String| Error::invalid(field, why))
}

/// How to fund a wallet, with so much or with what whoever pays decides.
pub fn fund(cx: &Context, wallet: &Wallet, amount: Option<Usdc>) -> Funding {
    let request = PaymentRequest {
        recipient: wallet.address,
        amount,
        mint: cx.config.solana.usdc_mint,
        label: wallet.holder.clone(),
    };
    let holder = if wallet.is_own {
        "your account"
    } else {
        &wallet.holder
    };
    let (address, link) = (wallet.address, request.to_string());
    let what = match amount {
        Some(amount) => format!("{amount} USDC"),
        None => "USDC".to_owned(),
    };
    Funding {
        amount,
        address,
        instructions: format!(
            "To fund {holder}, send {what} on Solana to {address}, or open this link in a Solana wallet: {link}"
        ),
        link,
    }
}

async fn one(cx: &Context, owner: OrganizationId, holder: Holder) -> Result<Address> {
    let found = all(cx, owner, vec![holder]).await?;
    let address = found.get(&holder).copied();
    address.ok_or_else(|| Error::internal("a wallet that was made is not there"))
}

/// The addresses of these holders: found in one statement, and where some have none yet, made in another.
async fn all(
    cx: &Context,
    owner: OrganizationId,
    holders: Vec<Holder>,
) -> Result<HashMap<Holder, Address>> {
    if holders.is_empty() {
        return Ok(HashMap::new());
    }
    let mut found = read(wallets::find_many(&cx.store, owner, &holders).await?)?;
    let mut missing = holders;
    missing.retain(|holder| !found.contains_key(holder));
    if !missing.is_empty() {
        found.extend(make(&cx.store, &cx.vault, owner, missing).await?);
    }
    Ok(found)
}

async fn make(
    store: &Store,
    vault: &Vault,
    owner: OrganizationId,
    holders: Vec<Holder>,
) -> Result<HashMap<Holder, Address>> {
    let new = holders.into_iter().map(|holder| sealed(vault, holder));
    let new = new.collect::<Result<Vec<NewWallet>>>()?;
    // Of two that are made at once for one holder, one is kept, and both callers get that one.
    read(wallets::make(store, owner, new).await?)
}

fn sealed(vault: &Vault, holder: Holder) -> Result<NewWallet> {
    let (id, pair) = (WalletId::new(), Keypair::generate()?);
    let secret = vault.seal(pair.seed.expose(), &secret_place(&id));
    Ok(NewWallet {
        id,
        holder,
        public_key: *pair.address.as_bytes(),
        secret: secret.map_err(Error::internal)?,
    })
}

fn read(rows: Vec<Row>) -> Result<HashMap<Holder, Address>> {
    let address = |row: Row| {
        let address = Address::try_from(row.public_key.as_slice()).map_err(Error::internal)?;
        let holder = row
            .holder()
            .ok_or_else(|| Error::internal("a wallet of nobody"))?;
        Ok((holder, address))
    };
    rows.into_iter().map(address).collect()
}
