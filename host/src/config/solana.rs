//! Where wallets' balances are asked for.

use std::fmt;

use clap::Args;
use url::Url;

use crate::solana::{Address, USDC_MINT};

/// Where wallets' balances are asked for.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Wallets")]
pub struct Solana {
    /// A Solana JSON-RPC endpoint, which tells balances; without one none is shown
    #[arg(long = "solana-rpc-url", env = "CLOISTER_SOLANA_RPC_URL", value_name = "URL", hide_env_values = true, value_parser = rpc_url)]
    pub rpc_url: Option<RpcUrl>,
    /// The mint of the USDC that wallets are funded with
    #[arg(
        long = "solana-usdc-mint",
        env = "CLOISTER_SOLANA_USDC_MINT",
        value_name = "ADDRESS",
        default_value = USDC_MINT
    )]
    pub usdc_mint: Address,
}

/// The address of an endpoint. Providers put a customer's key into it, so that it does not show itself.
#[derive(Clone)]
pub struct RpcUrl(Url);

impl RpcUrl {
    /// The address with its key.
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for RpcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RpcUrl({})", self.0.host_str().unwrap_or_default())
    }
}

fn rpc_url(text: &str) -> Result<RpcUrl, String> {
    // What is wrong is told without the text: it may hold a key.
    let url: Url = text
        .parse()
        .map_err(|error| format!("not an address ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("it must begin with http:// or https:// and name a host".to_owned());
    }
    if !url.username().is_empty() || url.fragment().is_some() {
        return Err("it must have no user and no fragment".to_owned());
    }
    Ok(RpcUrl(url))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn an_endpoint_hides_its_key() {
        let url = "https://rpc.example/k3y?api-key=hunter2";
        let config = Config::from_flags(["--solana-rpc-url", url]).unwrap();
        let shown = format!("{config:?}");
        assert!(shown.contains("rpc.example"), "{shown}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("k3y"),
            "{shown}"
        );
    }

    #[test]
    fn a_wrong_endpoint_is_told_without_its_key() {
        for url in ["ftp://rpc.example/?api-key=hunter2", "rpc.example/hunter2"] {
            let mistake = Config::from_flags(["--solana-rpc-url", url]).unwrap_err();
            assert!(!mistake.to_string().contains("hunter2"), "{mistake}");
        }
        let mistake = Config::from_flags(["--solana-usdc-mint", "dollar"]).unwrap_err();
        assert!(mistake.to_string().contains("base58"), "{mistake}");
    }
}
