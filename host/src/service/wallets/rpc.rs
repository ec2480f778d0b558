//! Balances, as a JSON-RPC endpoint of Solana tells them (`getBalance`, `getTokenAccountsByOwner`).

use std::time::Duration;

use bytes::Bytes;
use channels::{Headers, Http, Method, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Balance;
use crate::config::RpcUrl;
use crate::error::{Error, Result, Source};
use crate::outgoing::Outgoing;
use crate::solana::{Address, Lamports, Usdc};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer: of someone with hundreds of accounts of one token.
const ANSWER: usize = 256 << 10;
/// Decimal places of USDC.
const PLACES: u8 = 6;

#[derive(Deserialize)]
struct Answer<T> {
    result: Option<Valued<T>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Valued<T> {
    value: T,
}

/// An account of a token, as `jsonParsed` has it, down to its amount.
#[derive(Deserialize)]
struct Held {
    account: Account,
}

#[derive(Deserialize)]
struct Account {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    parsed: Parsed,
}

#[derive(Deserialize)]
struct Parsed {
    info: Info,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    token_amount: TokenAmount,
}

#[derive(Deserialize)]
struct TokenAmount {
    /// In the token's smallest unit: a number that may be too large for JSON's.
    amount: String,
    decimals: u8,
}

/// What is at an address, of SOL and of the token with this mint.
pub(super) async fn balance(
    outgoing: &Outgoing,
    url: &RpcUrl,
    address: Address,
    mint: Address,
) -> Result<Balance> {
    let of = json!(address.to_string());
    let seen = json!({ "commitment": "confirmed" });
    let parsed = json!({ "commitment": "confirmed", "encoding": "jsonParsed" });
    let mint = json!({ "mint": mint.to_string() });
    let (lamports, held) = tokio::try_join!(
        ask::<u64>(outgoing, url, "getBalance", json!([of, seen])),
        ask::<Vec<Held>>(
            outgoing,
            url,
            "getTokenAccountsByOwner",
            json!([of, mint, parsed])
        ),
    )?;
    Ok(Balance {
        sol: Lamports(lamports),
        usdc: Usdc(sum(&held)?),
    })
}

async fn ask<T: DeserializeOwned>(
    outgoing: &Outgoing,
    url: &RpcUrl,
    method: &'static str,
    params: Value,
) -> Result<T> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let request = Request {
        method: Method::Post,
        url: url.expose().clone(),
        headers: Headers::from_iter([("content-type", "application/json".to_owned())]),
        body: Bytes::from(body.to_string()),
        timeout: TIMEOUT,
        most: ANSWER,
    };
    let response = outgoing.send(request).await.map_err(no_answer)?;
    if !response.is_success() {
        return Err(no_answer(format!("{method}: status {}", response.status)));
    }
    let answer: Answer<T> = serde_json::from_slice(&response.body)
        .map_err(|error| no_answer(format!("{method}: {error}")))?;
    match (answer.result, answer.error) {
        (Some(result), None) => Ok(result.value),
        (_, error) => Err(no_answer(format!(
            "{method}: {}",
            error.unwrap_or_default()
        ))),
    }
}

fn sum(held: &[Held]) -> Result<u64> {
    let amount = |held: &Held| {
        let TokenAmount { amount, decimals } = &held.account.data.parsed.info.token_amount;
        (*decimals == PLACES).then_some(())?;
        amount.parse::<u64>().ok()
    };
    let mut accounts = held.iter();
    let sum = accounts.try_fold(0_u64, |sum, held| sum.checked_add(amount(held)?));
    sum.ok_or_else(|| {
        let why = "an amount that is none of USDC: is CLOISTER_SOLANA_USDC_MINT its mint?";
        no_answer(format!("getTokenAccountsByOwner: {why}"))
    })
}

/// Whatever went wrong with the endpoint: the caller learns that it does not answer, and the log why.
fn no_answer(why: impl Into<Source>) -> Error {
    Error::Unavailable {
        what: "the Solana network's answer",
        source: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(amounts: &[(&str, u8)]) -> Vec<Held> {
        let account = |(amount, decimals): &(&str, u8)| {
            let amount = json!({ "amount": amount, "decimals": decimals, "uiAmountString": "?" });
            let info = json!({ "isNative": false, "tokenAmount": amount });
            json!({ "pubkey": "?", "account": { "data": { "program": "spl-token", "parsed": { "info": info } } } })
        };
        let list: Vec<Value> = amounts.iter().map(account).collect();
        serde_json::from_value(list.into()).unwrap()
    }

    #[test]
    fn all_accounts_of_the_token_count() {
        assert_eq!(sum(&held(&[])).unwrap(), 0);
        assert_eq!(
            sum(&held(&[("5", 6), ("18446744073709551610", 6)])).unwrap(),
            u64::MAX
        );
    }

    #[test]
    fn an_amount_that_cannot_be_is_no_balance() {
        for amounts in [
            &[("1", 9)][..],
            &[("-1", 6)],
            &[("18446744073709551615", 6), ("1", 6)],
        ] {
            assert_eq!(sum(&held(amounts)).unwrap_err().code(), "unavailable");
        }
    }
}
