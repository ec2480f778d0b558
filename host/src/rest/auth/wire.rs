//! The shapes of sign-in.

use chrono::SecondsFormat;
use serde::Serialize;
use store::users::User;
use utoipa::ToSchema;

use crate::service::sessions::SignedIn;

/// A person, to themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::User)]
struct UserShown {
    id: String,
    /// None before an account that a channel made is set up.
    #[schema(required)]
    email: Option<String>,
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Session)]
pub(super) struct SessionShown {
    /// As `Authorization: Bearer …` it proves who one is for seven days.
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Status)]
pub(super) struct StatusShown {
    authenticated: bool,
    /// The person; none where it is a program's key.
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = auth::Done)]
pub(super) struct Done {
    /// Always true.
    ok: bool,
}

impl Default for Done {
    fn default() -> Self {
        Self { ok: true }
    }
}
