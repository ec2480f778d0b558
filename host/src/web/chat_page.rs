//! The chat page of a web channel, also what the widget shows in its frame. It carries no data: its script gets that
//! from the widget's API.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};

use super::assets::{self, Paths};
use super::failure::status;
use crate::context::Context;
use crate::error::Error;
use crate::service::channels::public_id;
use crate::service::web_chat::{self, Origin, Visit};

#[derive(Template)]
#[template(path = "chat.html")]
struct ChatPage<'a> {
    name: &'a str,
    channel: String,
    is_identified_only: bool,
    longest: usize,
    paths: Paths,
}

#[derive(Template)]
#[template(path = "no_chat.html")]
struct NoChatPage {
    title: &'static str,
    why: String,
    paths: Paths,
}

/// `GET /chat/{channel}`
pub(super) async fn show(State(cx): State<Context>, Path(channel): Path<String>) -> Response {
    // A page that is opened is not sent by another page; who may frame it is in its policy.
    match web_chat::enter(&cx, &channel, &Origin::Own, None).await {
        Ok(visit) => chat(&visit),
        Err(error) => no_chat(&error),
    }
}

fn chat(visit: &Visit) -> Response {
    let page = ChatPage {
        name: &visit.channel.name,
        channel: public_id(visit.channel.id),
        is_identified_only: visit.configuration.identified_only,
        longest: channels::web::TEXT_LIMIT,
        paths: assets::paths(),
    };
    respond(
        StatusCode::OK,
        page.render(),
        &visit.configuration.allowed_origins,
    )
}

fn no_chat(error: &Error) -> Response {
    error.report("web");
    let (title, why) = match error {
        Error::NotFound { .. } => (
            "No chat here",
            "There is no chat at this address.".to_owned(),
        ),
        Error::Conflict { .. } => ("Closed", "This chat is closed at the moment.".to_owned()),
        error => ("Not now", error.to_string()),
    };
    respond(
        status(error),
        NoChatPage {
            title,
            why,
            paths: assets::paths(),
        }
        .render(),
        &[],
    )
}

fn respond(status: StatusCode, page: askama::Result<String>, framed_by: &[String]) -> Response {
    let Ok(page) = page else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, policy(framed_by)),
        (CACHE_CONTROL, "no-cache".to_owned()),
        // The address may have a visitor's proof of identity behind its #, which is never sent; the rest stays here.
        (REFERRER_POLICY, "no-referrer".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (status, headers, page).into_response()
}

/// Everything from this host and nothing inline; framed by the sites that the owner allows. Origins have been parsed
/// when they were saved, so none can end the directive.
fn policy(framed_by: &[String]) -> String {
    let frames = framed_by.iter().fold("'self'".to_owned(), |list, origin| {
        format!("{list} {origin}")
    });
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channels_name_cannot_become_markup() {
        let page = ChatPage {
            name: "<script>alert(1)</script>\" onload=\"",
            channel: "ch_1".to_owned(),
            is_identified_only: true,
            longest: 8_000,
            paths: assets::paths(),
        };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(!html.contains("\" onload"), "{html}");
    }

    #[test]
    fn only_allowed_sites_frame_the_page() {
        let policy = policy(&["https://shop.example".to_owned()]);
        assert!(policy.ends_with("frame-ancestors 'self' https://shop.example"));
        assert!(!policy.contains("unsafe"));
    }
}
