//! The front page: what there is, for those who are signed in.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use store::agents::Agent;
use store::channels::{Channel, ChannelStatus};
use store::users::{OrganizationRole, User};

use super::page::{Form, Page, answer, failed};
use super::pair;
use crate::auth::{Caller, Proof};
use crate::context::Context;
use crate::error::Result;
use crate::service::{agents, channels, own_agents, projects};

pub(super) async fn show(State(cx): State<Context>, proof: Proof) -> Response {
    let page = match proof.caller_if_any() {
        Ok(Some(caller)) => owners(&cx, &caller).await,
        Ok(None) => Ok(strangers()),
        Err(error) => Err(error),
    };
    match page {
        Ok(page) => answer(StatusCode::OK, page),
        Err(error) => failed(&error),
    }
}

fn strangers() -> Page {
    let text = "This host runs agents. Sign in with the link that it printed when it started, or at /sign-in.";
    Page {
        title: "Cloister",
        text: text.to_owned(),
        ..Page::default()
    }
}

/// Someone whom a channel brought has the agents that they made there.
async fn guests(cx: &Context, caller: &Caller, viewer: User) -> Result<Page> {
    let list = own_agents::list(cx, caller).await?;
    Ok(Page {
        title: "Cloister",
        text: format!("Signed in as {}.", viewer.email.unwrap_or(viewer.name)),
        form: Some(sign_out()),
        agents: shown(list),
        ..Page::default()
    })
}

fn sign_out() -> Form {
    Form {
        action: "/sign-out".into(),
        fields: Vec::new(),
        button: "Sign out".to_owned(),
    }
}

fn shown(list: Vec<Agent>) -> Vec<(String, &'static str)> {
    let agent = |agent: Agent| (agent.name, agent.status.as_str());
    list.into_iter().map(agent).collect()
}

/// What is wrong with a channel that its owner has not switched off.
fn trouble(channel: &Channel) -> Option<(String, &'static str, String)> {
    let is_well = matches!(
        channel.status,
        ChannelStatus::Active | ChannelStatus::Disabled
    );
    let reason = channel.status_reason.clone().unwrap_or_default();
    (!is_well).then(|| (channel.name.clone(), channel.status.as_str(), reason))
}

async fn owners(cx: &Context, caller: &Caller) -> Result<Page> {
    let viewer = projects::viewer(cx, caller).await?;
    if viewer.organization_role == OrganizationRole::Guest {
        return guests(cx, caller, viewer).await;
    }
    let list = agents::list_default(cx, caller).await?;
    let channels = channels::list(cx, caller, viewer.default_project_id).await?;
    let troubles = channels.iter().filter_map(trouble).collect();
    let web = channels.into_iter().filter(|channel| channel.kind == "web");
    Ok(Page {
        title: "Cloister",
        text: format!("Signed in as {}.", viewer.email.unwrap_or(viewer.name)),
        form: Some(sign_out()),
        other: Some(pair::form()),
        agents: shown(list),
        troubles,
        chats: web
            .map(|channel| {
                (
                    channel.name,
                    format!("/chat/{}", channels::public_id(channel.id)),
                )
            })
            .collect(),
        ..Page::default()
    })
}
