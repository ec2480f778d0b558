//! An endpoint of Solana's JSON-RPC as far as balances go: `getBalance` and `getTokenAccountsByOwner`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// The mint of USDC on the main network.
pub const USDC: &str = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

#[derive(Default)]
struct Inner {
    /// Lamports by address.
    sol: HashMap<String, u64>,
    /// Accounts of tokens by the address of who owns them: mint and amount.
    tokens: HashMap<String, Vec<(String, u64)>>,
    /// What every call is answered instead.
    instead: Option<(u16, String)>,
    asked: Vec<String>,
}

/// The endpoint.
pub struct Solana {
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
    server: JoinHandle<()>,
}

impl Solana {
    /// One of a network where nobody has anything.
    pub async fn start() -> Solana {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("its address");
        let inner = Arc::new(Mutex::new(Inner::default()));
        let app = Router::new()
            .route("/", post(called))
            .with_state(inner.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Solana {
            address,
            inner,
            server,
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts so many lamports, and accounts with so many millionths of USDC, at an address.
    pub fn hold(&self, address: &str, lamports: u64, usdc: &[u64]) {
        let mut inner = self.inner.lock().unwrap();
        inner.sol.insert(address.to_owned(), lamports);
        let mut accounts: Vec<_> = usdc
            .iter()
            .map(|amount| (USDC.to_owned(), *amount))
            .collect();
        // Some other token, which is not to be counted.
        accounts.push(("So11111111111111111111111111111111111111112".to_owned(), 77));
        inner.tokens.insert(address.to_owned(), accounts);
    }

    /// Answers every call with this from now on.
    pub fn answer(&self, status: u16, body: impl Into<String>) {
        self.inner.lock().unwrap().instead = Some((status, body.into()));
    }

    /// The methods that were called.
    pub fn asked(&self) -> Vec<String> {
        self.inner.lock().unwrap().asked.clone()
    }
}

impl Drop for Solana {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn called(State(inner): State<Arc<Mutex<Inner>>>, body: Bytes) -> Response {
    let call: Value = serde_json::from_slice(&body).unwrap_or_default();
    let method = call["method"].as_str().unwrap_or_default().to_owned();
    let mut inner = inner.lock().unwrap();
    inner.asked.push(method.clone());
    if let Some((status, body)) = &inner.instead {
        let status = StatusCode::from_u16(*status).unwrap();
        return (status, body.clone()).into_response();
    }
    let result = match method.as_str() {
        "getBalance" => balance(&inner, &call["params"]),
        "getTokenAccountsByOwner" => accounts(&inner, &call["params"]),
        _ => Err((-32601, "Method not found")),
    };
    let mut answer = json!({ "jsonrpc": "2.0", "id": call["id"] });
    match result {
        Ok(value) => {
            answer["result"] = json!({ "context": { "apiVersion": "2.3.6", "slot": 358_000_000 }, "value": value });
        }
        Err((code, message)) => answer["error"] = json!({ "code": code, "message": message }),
    }
    ([(CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}

type Answered = Result<Value, (i32, &'static str)>;

fn owner(params: &Value) -> Result<&str, (i32, &'static str)> {
    let owner = params[0].as_str().unwrap_or_default();
    if (32..=44).contains(&owner.len()) {
        Ok(owner)
    } else {
        Err((-32602, "Invalid param: WrongSize"))
    }
}

fn balance(inner: &Inner, params: &Value) -> Answered {
    Ok(json!(inner.sol.get(owner(params)?).copied().unwrap_or(0)))
}

fn accounts(inner: &Inner, params: &Value) -> Answered {
    let owner = owner(params)?;
    let Some(mint) = params[1]["mint"].as_str() else {
        return Err((-32602, "Invalid params: missing mint"));
    };
    if params[2]["encoding"] != "jsonParsed" {
        return Err((-32602, "this endpoint knows jsonParsed alone"));
    }
    let held = inner.tokens.get(owner).into_iter().flatten();
    let account = |(at, (mint, amount)): (usize, &(String, u64))| {
        let info = json!({
            "isNative": false, "mint": mint, "owner": owner, "state": "initialized",
            "tokenAmount": {
                "amount": amount.to_string(), "decimals": 6, "uiAmount": *amount as f64 / 1e6,
                "uiAmountString": format!("{}", *amount as f64 / 1e6)
            }
        });
        json!({
            "pubkey": format!("{:1<43}", format!("Account{}", at + 1)),
            "account": {
                "data": { "program": "spl-token", "parsed": { "info": info, "type": "account" }, "space": 165 },
                "executable": false, "lamports": 2_039_280,
                "owner": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA", "rentEpoch": 18446744073709551615_u64, "space": 165
            }
        })
    };
    let held = held.filter(|(of, _)| of == mint).enumerate();
    Ok(held.map(account).collect())
}
