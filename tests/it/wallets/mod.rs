//! Wallets: addresses that are made once and can be sent to, and nothing that can send.

mod addresses;
mod balances;
mod secrets;

use serde_json::{Value, json};
use tests::owner::Owner;

/// The caller's own wallet, or an agent's.
async fn wallet(who: &Owner, agent: Option<&str>) -> Value {
    let query = "query($agent: String) { wallet(agent: $agent) { address } }";
    who.graphql(query, json!({ "agent": agent })).await
}

/// Its address, which has to be told.
async fn address(who: &Owner, agent: Option<&str>) -> String {
    let answer = wallet(who, agent).await;
    let address = answer["data"]["wallet"]["address"].as_str();
    address.unwrap_or_else(|| panic!("{answer}")).to_owned()
}
