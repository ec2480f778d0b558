//! Wallets: the address of an agent's and of one's own, what is there, and how to fund one. Nothing here sends anything.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::about::free_use;
use super::call::Call;
use super::declined::Declined;
use super::outcome::{Outcome, Shape};
use super::table::{AGENT, AGENT_OR_LOADED, Argument, Command, Kind, PLAIN, Run};
use crate::error::{Error, Result};
use crate::service::wallets::{self, Wallet};
use crate::solana::Usdc;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        names: &["getwallet"],
        routes: &["getwallet"],
        actions: &["get-wallet"],
        arguments: &[Argument {
            names: NAMES,
            shown: "AGENT",
            ..AGENT_OR_LOADED
        }],
        summary: "tells the wallet address of an agent, or of the loaded one",
        run: Run::Host(getwallet),
        ..PLAIN
    },
    Command {
        names: &["balance"],
        routes: &["balance"],
        summary: "tells what is in your wallet, what of your account is free, and where to send funds",
        run: Run::Host(balance),
        ..PLAIN
    },
    Command {
        names: &["fund"],
        routes: &["fund"],
        summary: "tells how to fund your account",
        run: Run::Host(fund),
        ..PLAIN
    },
    Command {
        names: &["fund_agent", "fund-agent"],
        routes: &["fund-agent", "fund_agent"],
        arguments: &[
            Argument {
                names: NAMES,
                shown: "AGENT",
                ..AGENT
            },
            Argument {
                kind: Kind::Amount,
                names: &["amountUsd", "amount"],
                is_required: true,
                shown: "AMOUNT",
            },
        ],
        summary: "tells how to fund the wallet of an agent with so many US dollars",
        run: Run::Host(fund_agent),
        ..PLAIN
    },
];

const NAMES: &[&str] = &["agentName", "name"];

fn getwallet<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let agent = match &call.arguments.agent {
            Some(name) => call.shared_or_own(name).await?,
            None => call.named_or_loaded().await?,
        };
        let address = wallets::of_agent(call.cx, agent.organization_id, agent.id).await?;
        let text = format!("{} wallet public key: {address}", agent.name);
        Ok(Outcome::say(text).shaped(Shape::Key {
            agent: agent.name,
            status: agent.status,
            public_key: address.to_string(),
        }))
    }
    .boxed()
}

fn balance<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let wallet = wallets::find(call.cx, &call.caller, None).await?;
        let mut lines = vec![match wallets::balance(call.cx, wallet.address).await {
            Ok(Some(found)) => format!("Balance: {} USDC, {} SOL.", found.usdc, found.sol),
            Ok(None) => wallets::NO_ENDPOINT.to_owned(),
            // The address is good all the same.
            Err(error @ Error::Unavailable { .. }) => {
                error.report("commands");
                "Your balance cannot be read at the moment; try again later.".to_owned()
            }
            Err(error) => return Err(error.into()),
        }];
        lines.extend(free_use(call).await?);
        lines.push(format!(
            "Deposit address (USDC or SOL, on Solana): {}",
            wallet.address
        ));
        Ok(Outcome::say(lines.join("\n")))
    }
    .boxed()
}

fn fund<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let wallet = wallets::find(call.cx, &call.caller, None).await?;
        let funding = wallets::fund(call.cx, &wallet, None);
        Ok(Outcome::say(funding.instructions))
    }
    .boxed()
}

fn fund_agent<'a>(call: &'a Call<'a>) -> BoxFuture<'a, Result<Outcome, Declined>> {
    async move {
        let required = |what: &str| Error::invalid(what, "is required");
        let name = call.arguments.agent.as_deref();
        let name = name.ok_or_else(|| required("agentName"))?;
        let amount = call.arguments.amount.ok_or_else(|| required("amountUsd"))?;
        let agent = call.shared_or_own(name).await?;
        let wallet = Wallet {
            address: wallets::of_agent(call.cx, agent.organization_id, agent.id).await?,
            holder: agent.name,
            is_own: false,
        };
        let funding = wallets::fund(call.cx, &wallet, Some(Usdc(amount.micros())));
        Ok(Outcome::say(funding.instructions))
    }
    .boxed()
}
