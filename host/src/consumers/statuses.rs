//! Statuses: tells each project's address what becomes of the project's channels, one host at a time. What is told is the
//! status that a channel has, until the address takes it; one that a channel had for a moment in between may be left out.

use std::time::Duration;

use channels::http::{Headers, Method, Request};
use channels::signature::{self, StandardSecret};
use channels::{ANSWER, Http};
use chrono::{SecondsFormat, Utc};
use futures_util::StreamExt;
use serde_json::{Value, json};
use store::project_settings::{self as rows, Untold};
use url::Url;

use super::PAUSE;
use super::held::Held;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::service::project_settings::secret_place;

/// Statuses of one look.
const PAGE: u32 = 200;
/// How many are told at once.
const AT_ONCE: usize = 16;
/// How long an address may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Starts looking for what is to be told; ends with the context's supervisor.
pub(super) fn start(cx: &Context) {
    let context = cx.clone();
    cx.tasks.spawn("statuses", async move {
        while !context.tasks.is_stopping() {
            if let Err(error) = look(&context).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "statuses of channels could not be looked for");
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = context.tasks.stopping() => {}
            }
        }
    });
}

async fn look(cx: &Context) -> Result<(), store::StoreError> {
    // Nearly always there is nothing, for which no lease is taken.
    if rows::untold(&cx.store, 1).await?.is_empty() {
        return Ok(());
    }
    let Some(held) = Held::named(cx, "statuses".to_owned()).await? else {
        return Ok(());
    };
    // Another host may have told them since.
    let told = tokio::select! {
        told = tell_all(cx) => told,
        () = held.lost(cx) => Ok(()),
        () = cx.tasks.stopping() => Ok(()),
    };
    held.give_back(cx).await;
    told
}

async fn tell_all(cx: &Context) -> Result<(), store::StoreError> {
    let untold = rows::untold(&cx.store, PAGE).await?;
    let tell = |untold: Untold| async move { tell(cx, &untold).await };
    let all = futures_util::stream::iter(untold);
    all.for_each_concurrent(AT_ONCE, tell).await;
    Ok(())
}

/// Tells one, and takes note of what came of it.
async fn tell(cx: &Context, untold: &Untold) {
    let noted = match post(cx, untold).await {
        Ok(()) => rows::told(&cx.store, untold).await,
        Err(error) => {
            tracing::info!(
                project = %untold.project_id,
                channel = %untold.channel_id,
                %error,
                "a status could not be told; it is tried again"
            );
            rows::not_told(&cx.store, untold).await
        }
    };
    if let Err(error) = noted {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "what became of telling a status was not noted");
    }
}

async fn post(cx: &Context, untold: &Untold) -> Result<()> {
    let secret = cx
        .vault
        .open(&untold.webhook_secret, &secret_place(&untold.project_id));
    let secret = String::from_utf8(secret.map_err(Error::internal)?.into_inner());
    let secret = secret.map_err(Error::internal)?;
    let standard = StandardSecret::parse(&secret).map_err(Error::internal)?;
    let url = Url::parse(&untold.webhook_url).map_err(Error::internal)?;
    let body = body(untold).to_string();
    let id = format!("{}-{}", untold.channel_id, untold.version);
    let timestamp = Utc::now().timestamp();
    let headers: Headers = [
        ("Content-Type", "application/json".to_owned()),
        (
            "X-Webhook-Signature",
            signature::hex(&secret, body.as_bytes()),
        ),
        (
            "webhook-signature",
            standard.sign(&id, timestamp, body.as_bytes()),
        ),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-id", id),
    ]
    .into_iter()
    .collect();
    let request = Request {
        method: Method::Post,
        url,
        headers,
        body: body.into(),
        timeout: TIMEOUT,
        most: ANSWER,
    };
    let unavailable = |source| Error::Unavailable {
        what: "the project's webhook",
        source,
    };
    let answer = cx.outgoing.send(request).await;
    let answer = answer.map_err(|error| unavailable(Box::new(error)))?;
    match answer.is_success() {
        true => Ok(()),
        false => Err(unavailable(
            format!("it answered with status {}", answer.status).into(),
        )),
    }
}

fn body(untold: &Untold) -> Value {
    json!({
        "event": "channel.status",
        "project_id": untold.project_id,
        "channel_id": untold.channel_id,
        "channel_type": untold.kind,
        "display_name": untold.name,
        "status": untold.status.as_str(),
        "status_reason": untold.status_reason,
        "previous_status": untold.told,
        "occurred_at": untold.updated_at.to_rfc3339_opts(SecondsFormat::Millis, true),
    })
}
