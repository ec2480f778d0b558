//! What callers send, for the description: it is read field by field, see [`super::wire`], so that what is wrong is told by
//! its name.
#![expect(dead_code, reason = "these are described and never made")]

use utoipa::ToSchema;

/// A project to make.
#[derive(ToSchema)]
#[schema(as = projects::NewProject)]
pub(super) struct NewProject {
    #[schema(min_length = 1, max_length = 100, example = "Support")]
    name: String,
    /// Its name in addresses; left out, it is made of the name.
    #[schema(example = "support")]
    slug: Option<String>,
}

/// What to change; what is left out stays.
#[derive(ToSchema)]
#[schema(as = projects::ProjectChanges)]
pub(super) struct ProjectChanges {
    #[schema(max_length = 100, example = "Support")]
    name: Option<String>,
    #[schema(example = "support")]
    slug: Option<String>,
    /// The agent that answers where no channel says it; null for none.
    #[schema(format = "uuid")]
    primary_agent_id: Option<String>,
}

/// An agent to work in the project.
#[derive(ToSchema)]
#[schema(as = projects::NewMember)]
pub(super) struct NewMember {
    #[schema(format = "uuid")]
    agent_id: String,
    /// `lead`, of which a project has at most one, or `member`.
    #[schema(example = "member")]
    role: Option<String>,
}

/// Another role for someone.
#[derive(ToSchema)]
#[schema(as = projects::HumanChanges)]
pub(super) struct HumanChanges {
    /// `owner`, `admin`, `member` or `viewer`.
    #[schema(example = "admin")]
    role: String,
}

/// An invite to make.
#[derive(ToSchema)]
#[schema(as = projects::NewInvite)]
pub(super) struct NewInvite {
    #[schema(example = "ada@example.org")]
    email: String,
    /// `owner`, `admin`, `member` or `viewer`; left out, `member`.
    #[schema(example = "member")]
    role: Option<String>,
    /// 1 to 720; left out, a week.
    expires_in_hours: Option<u32>,
}

/// A key to make.
#[derive(ToSchema)]
#[schema(as = projects::NewKey)]
pub(super) struct NewKey {
    #[schema(min_length = 1, max_length = 100, example = "Deployment")]
    name: String,
    /// What a key of the project may do: `viewer`, `member` or `admin`; left out, `member`.
    #[schema(example = "member")]
    role: Option<String>,
    /// The agent that the key is for, rather than the project.
    #[schema(format = "uuid")]
    agent_id: Option<String>,
    /// 1 to 3650; left out, it has no end.
    expires_in_days: Option<u32>,
}

/// What to change of the settings; what is left out stays.
#[derive(ToSchema)]
#[schema(as = projects::SettingsChanges)]
pub(super) struct SettingsChanges {
    /// Where what becomes of the project's channels is told; null for nowhere.
    #[schema(example = "https://hooks.example.org/cloister")]
    webhook_url: Option<String>,
    /// Requests a minute that the project's keys, and those of its agents, may make together; null for no limit of the
    /// project's own.
    #[schema(example = 600)]
    rate_limit_rpm: Option<u32>,
}

/// A conversation to begin with an agent of the project.
#[derive(ToSchema)]
#[schema(as = projects::NewConversation)]
pub(super) struct NewConversation {
    /// The agent; left out, the project's lead.
    #[schema(format = "uuid")]
    agent_id: Option<String>,
    #[schema(max_length = 100, example = "Opening hours")]
    title: Option<String>,
}

/// What to change of a conversation.
#[derive(ToSchema)]
#[schema(as = projects::ConversationChanges)]
pub(super) struct ConversationChanges {
    /// Null for none.
    #[schema(max_length = 100, example = "Opening hours")]
    title: Option<String>,
}
