//! The shapes that this API answers with: who may come in, people and programs.

use std::collections::HashMap;

use chrono::Utc;
use serde::Serialize;
use store::ids::UserId;
use store::invites::Invite;
use store::members::Member;
use store::page::Listed;
use store::tokens::{Token, TokenKind};
use store::users::User;
use utoipa::ToSchema;

use super::shown::time;
use crate::auth::Role;
use crate::service::{api_keys, invites};

/// Someone who is in a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::Human)]
struct HumanShown {
    #[schema(format = "uuid")]
    project_id: String,
    #[schema(format = "uuid")]
    user_id: String,
    /// None where the caller may not see the organization's people.
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    email: Option<String>,
    /// `owner`, `admin`, `member` or `viewer`.
    #[schema(example = "owner")]
    role: &'static str,
    #[schema(format = "date-time")]
    joined_at: String,
}

impl HumanShown {
    fn of(member: &Member, user: Option<&User>) -> Self {
        Self {
            project_id: member.project_id.to_string(),
            user_id: member.user_id.to_string(),
            name: user.map(|user| user.name.clone()),
            email: user.and_then(|user| user.email.clone()),
            role: member.role.as_str(),
            joined_at: time(member.created_at),
        }
    }
}

/// One person who is in a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::OneHuman)]
pub(super) struct OneHuman {
    human: HumanShown,
}

impl OneHuman {
    pub(super) fn of(member: &Member, user: &User) -> Self {
        Self {
            human: HumanShown::of(member, Some(user)),
        }
    }
}

/// The people who are in a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::HumanList)]
pub(super) struct HumanList {
    humans: Vec<HumanShown>,
    has_more: bool,
}

impl HumanList {
    pub(super) fn of(listed: Listed<Member>, people: &HashMap<UserId, User>) -> Self {
        let shown = |member: &Member| HumanShown::of(member, people.get(&member.user_id));
        Self {
            humans: listed.rows.iter().map(shown).collect(),
            has_more: listed.has_next,
        }
    }
}

/// An invite.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::Invite)]
struct InviteShown {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    project_id: String,
    #[schema(example = "ada@example.org")]
    email: String,
    #[schema(example = "member")]
    role: &'static str,
    /// `open`, `accepted`, `revoked` or `expired`.
    #[schema(example = "open")]
    status: &'static str,
    #[schema(required, format = "uuid")]
    invited_by: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    expires_at: String,
}

impl InviteShown {
    fn of(invite: Invite) -> Self {
        let status = match &invite {
            invite if invite.accepted_at.is_some() => "accepted",
            invite if invite.revoked_at.is_some() => "revoked",
            invite if invite.expires_at <= Utc::now() => "expired",
            _ => "open",
        };
        Self {
            id: invite.id.to_string(),
            project_id: invite.project_id.to_string(),
            email: invite.email,
            role: invite.role.as_str(),
            status,
            invited_by: invite.invited_by.map(|id| id.to_string()),
            created_at: time(invite.created_at),
            expires_at: time(invite.expires_at),
        }
    }
}

/// An invite that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::InviteMade)]
pub(super) struct InviteMade {
    invite: InviteShown,
    /// What whoever is invited opens. It is shown now and never again.
    link: String,
    /// The secret part of the link, for programs.
    token: String,
}

impl InviteMade {
    pub(super) fn of(made: invites::Created) -> Self {
        Self {
            invite: InviteShown::of(made.invite),
            link: made.link.into_inner(),
            token: made.token.into_inner(),
        }
    }
}

/// Invites.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::InviteList)]
pub(super) struct InviteList {
    invites: Vec<InviteShown>,
    has_more: bool,
}

impl InviteList {
    pub(super) fn of(listed: Listed<Invite>) -> Self {
        Self {
            has_more: listed.has_next,
            invites: listed.rows.into_iter().map(InviteShown::of).collect(),
        }
    }
}

/// A key, without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::Key)]
struct KeyShown {
    #[schema(format = "uuid")]
    id: String,
    /// Its first characters.
    #[schema(example = "jg_p_Ab3dEf")]
    prefix: String,
    name: String,
    /// `project`, `agent` or `channel`: whose it is.
    #[schema(example = "project")]
    kind: &'static str,
    #[schema(required, format = "uuid")]
    agent_id: Option<String>,
    #[schema(required, format = "uuid")]
    channel_id: Option<String>,
    /// What a key of the project may do.
    #[schema(required, example = "member")]
    role: Option<&'static str>,
    #[schema(required, format = "uuid")]
    created_by: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(required, format = "date-time")]
    expires_at: Option<String>,
    #[schema(required, format = "date-time")]
    last_used_at: Option<String>,
    #[schema(required, format = "date-time")]
    revoked_at: Option<String>,
}

impl KeyShown {
    fn of(key: Token) -> Self {
        let of_kind = |kind| (key.kind == kind).then(|| key.subject_id.to_string());
        Self {
            agent_id: of_kind(TokenKind::Agent),
            channel_id: of_kind(TokenKind::Channel),
            id: key.id.to_string(),
            prefix: key.prefix,
            name: key.name,
            kind: key.kind.as_str(),
            role: key.role.map(Role::as_str),
            created_by: key.created_by.map(|id| id.to_string()),
            created_at: time(key.created_at),
            expires_at: key.expires_at.map(time),
            last_used_at: key.used_at.map(time),
            revoked_at: key.revoked_at.map(time),
        }
    }
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::KeyMade)]
pub(super) struct KeyMade {
    api_key: KeyShown,
    /// Its text. It is shown now and never again.
    #[schema(example = "jg_p_Ab3dEf…")]
    key: String,
}

impl KeyMade {
    pub(super) fn of(made: api_keys::Created) -> Self {
        Self {
            api_key: KeyShown::of(made.key),
            key: made.text.into_inner(),
        }
    }
}

/// Keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::KeyList)]
pub(super) struct KeyList {
    api_keys: Vec<KeyShown>,
    has_more: bool,
}

impl KeyList {
    pub(super) fn of(listed: Listed<Token>) -> Self {
        Self {
            has_more: listed.has_next,
            api_keys: listed.rows.into_iter().map(KeyShown::of).collect(),
        }
    }
}
