//! Wallets: where users and agents can be sent SOL and USDC. Nothing here sends anything.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::resolve::library;
use super::{asked_by, failure, loaders};
use crate::service::wallets::{self, Held, Wallet};

/// The address of a wallet, for those who may see it.
pub(super) async fn address(context: &Context<'_>, held: Held) -> Result<Option<String>> {
    let address = loaders::one(context, held).await?;
    Ok(address.map(|address| address.to_string()))
}

/// Where a user or an agent can be sent SOL and USDC.
struct WalletNode(Wallet);

/// Where a user or an agent can be sent SOL and USDC, on Solana. What is in it cannot be moved from here.
#[Object(name = "Wallet", crate = "library")]
impl WalletNode {
    /// Its address, in base58.
    async fn address(&self) -> String {
        self.0.address.to_string()
    }

    /// What is in it, as the host's Solana endpoint tells; null where the operator has named none (`CLOISTER_SOLANA_RPC_URL`).
    #[graphql(complexity = "50 + child_complexity")]
    async fn balance(&self, context: &Context<'_>) -> Result<Option<WalletBalance>> {
        let (cx, _) = asked_by(context)?;
        let balance = wallets::balance(cx, self.0.address).await;
        Ok(balance
            .map_err(failure::told)?
            .map(|balance| WalletBalance {
                sol: balance.sol.to_string(),
                usdc: balance.usdc.to_string(),
            }))
    }

    /// How to fund it.
    async fn funding(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "US dollars, such as 25 or 2.50; else whoever pays says how much.")]
        amount_usd: Option<String>,
    ) -> Result<WalletFunding> {
        let (cx, _) = asked_by(context)?;
        let amount = amount_usd.map(|text| wallets::amount("amountUsd", &text));
        let amount = amount.transpose().map_err(failure::told)?;
        let funding = wallets::fund(cx, &self.0, amount);
        Ok(WalletFunding {
            amount_usdc: funding.amount.map(|amount| amount.to_string()),
            address: funding.address.to_string(),
            link: funding.link,
            instructions: funding.instructions,
        })
    }
}

/// What is in a wallet: decimal numbers, as exact as the network has them.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct WalletBalance {
    /// SOL.
    sol: String,
    /// USDC, of which one is worth one US dollar.
    usdc: String,
}

/// How to fund a wallet.
#[derive(SimpleObject)]
#[graphql(crate = "library")]
struct WalletFunding {
    /// How many USDC, if that was said.
    amount_usdc: Option<String>,
    /// Where to send them.
    address: String,
    /// A link that opens in a Solana wallet with all of it filled in (Solana Pay).
    link: String,
    /// The same in words.
    instructions: String,
}

#[derive(Default)]
pub(super) struct WalletsQuery;

#[Object]
impl WalletsQuery {
    /// A wallet: the caller's own, or an agent's. It is made when it is first asked for.
    async fn wallet(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agent: its name in the caller's default project, or its id.")]
        agent: Option<String>,
    ) -> Result<WalletNode> {
        let (cx, caller) = asked_by(context)?;
        let wallet = wallets::find(cx, caller, agent.as_deref()).await;
        wallet.map(WalletNode).map_err(failure::told)
    }
}
