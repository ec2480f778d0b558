//! The shapes of sign-in.

use chrono::SecondsFormat;
use serde::Serialize;
use store::users::User;

use crate::service::sessions::SignedIn;

/// A person, to themselves.
#[derive(Debug, Serialize)]
struct UserShown {
    id: String,
    email: String,
    name: String,
    organization_id: String,
    organization_role: &'static str,
    default_project_id: String,
    created_at: String,
}

impl UserShown {
    fn of(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            name: user.name,
            organization_id: user.organization_id.to_string(),
            organization_role: user.organization_role.as_str(),
            default_project_id: user.default_project_id.to_string(),
            created_at: user.created_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        }
    }
}

/// A session that was just made: `{token, user}`.
#[derive(Debug, Serialize)]
pub(super) struct SessionShown {
    token: String,
    user: UserShown,
}

impl SessionShown {
    pub(super) fn of(session: SignedIn) -> Self {
        Self {
            token: session.token.into_inner(),
            user: UserShown::of(session.user),
        }
    }
}

/// Whether someone is signed in, or a key is good, and the person if it is one.
#[derive(Debug, Serialize)]
pub(super) struct StatusShown {
    authenticated: bool,
    user: Option<UserShown>,
}

impl StatusShown {
    pub(super) fn of(authenticated: bool, viewer: Option<User>) -> Self {
        Self {
            authenticated,
            user: viewer.map(UserShown::of),
        }
    }
}

/// That it is done.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    ok: bool,
}

impl Default for Done {
    fn default() -> Self {
        Self { ok: true }
    }
}
