//! Balances, as an endpoint of Solana tells them, and how to fund a wallet.

use serde_json::{Value, json};
use tests::App;
use tests::fakes::solana::{Solana, USDC};

use super::address;

const BALANCE: &str = "{ wallet { balance { sol usdc } } }";

async fn with_endpoint(solana: &Solana) -> App {
    let app = App::build().set("CLOISTER_SOLANA_RPC_URL", solana.url());
    app.start().await
}

async fn balance(app: &App) -> Value {
    app.owner().graphql(BALANCE, json!({})).await
}

#[tokio::test]
async fn a_balance_is_what_the_network_says() {
    let solana = Solana::start().await;
    let app = with_endpoint(&solana).await;
    let own = address(&app.owner(), None).await;

    let none = json!({ "sol": "0", "usdc": "0" });
    assert_eq!(balance(&app).await["data"]["wallet"]["balance"], none);
    solana.hold(&own, 1_500_000_001, &[25_000_000, 500_000]);
    let some = json!({ "sol": "1.500000001", "usdc": "25.5" });
    assert_eq!(balance(&app).await["data"]["wallet"]["balance"], some);
    // It reads, and asks for nothing else.
    let mut asked = solana.asked();
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ["getBalance", "getTokenAccountsByOwner"]);
    app.finish().await;
}

#[tokio::test]
async fn an_endpoint_that_does_not_tell_is_no_defect_and_shows_nothing_of_itself() {
    let solana = Solana::start().await;
    let app = with_endpoint(&solana).await;
    let error = json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32005, "message": "node is behind" } });
    let huge = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{{\"value\":{}1}}}}",
        " ".repeat(1 << 20)
    );
    for (status, body) in [
        (200, error.to_string()),
        (500, "a secret of the endpoint".to_owned()),
        (429, String::new()),
        (302, String::new()),
        (200, "no JSON".to_owned()),
        (
            200,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"value\":-1}}".to_owned(),
        ),
        (200, huge),
    ] {
        solana.answer(status, body);
        let answer = balance(&app).await;
        let told = &answer["errors"][0];
        assert_eq!(
            told["extensions"]["code"], "unavailable",
            "{status}: {answer}"
        );
        let text = told["message"].as_str().unwrap();
        assert_eq!(
            text,
            "the Solana network's answer is not available at the moment; try again later"
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn without_an_endpoint_there_is_an_address_and_no_balance() {
    let app = App::start().await;
    let answer = balance(&app).await;
    assert_eq!(answer["data"]["wallet"]["balance"], Value::Null);
    assert_eq!(answer["errors"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn the_guard_stands_before_the_endpoint() {
    let solana = Solana::start().await;
    let app = App::build()
        .set("CLOISTER_SOLANA_RPC_URL", solana.url())
        .unset("CLOISTER_ALLOW_PRIVATE_HOSTS");
    let app = app.start().await;
    let answer = balance(&app).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "unavailable",
        "{answer}"
    );
    assert_eq!(solana.asked(), [""; 0]);
    app.finish().await;
}

#[tokio::test]
async fn funding_is_a_link_that_a_wallet_opens() {
    let app = App::start().await;
    let agents = address(&app.owner(), Some("echo")).await;
    let query = "query($amount: String) { wallet(agent: \"echo\") {
        funding(amountUsd: $amount) { amountUsdc address link instructions } } }";
    let ask = async |amount: Value| {
        app.owner()
            .graphql(query, json!({ "amount": amount }))
            .await
    };

    let funding = ask(json!("$25.50")).await["data"]["wallet"]["funding"].clone();
    let link = format!("solana:{agents}?amount=25.5&spl-token={USDC}&label=echo");
    assert_eq!(funding["link"], json!(link));
    assert_eq!(funding["amountUsdc"], "25.5");
    assert_eq!(funding["address"], json!(agents));
    let words = funding["instructions"].as_str().unwrap();
    for part in ["echo", "25.5 USDC", &agents, &link] {
        assert!(words.contains(part), "{words}");
    }
    let open = ask(Value::Null).await["data"]["wallet"]["funding"].clone();
    assert_eq!(
        open["link"],
        json!(format!("solana:{agents}?spl-token={USDC}&label=echo"))
    );

    for wrong in ["0", "-5", "many", "0.0000001"] {
        let answer = ask(json!(wrong)).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "invalid", "{answer}");
        assert_eq!(extensions["field"], "amountUsd", "{answer}");
    }
    app.finish().await;
}
