//! The shapes that this API answers with.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use store::conversations::Conversation;
use store::ids::ProjectId;
use store::page::Listed;
use store::project_agents::ProjectAgent;
use store::project_settings::ProjectSettings;
use store::projects::Project;
use utoipa::ToSchema;

use crate::vault::Secret;

/// A project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::Project)]
pub(super) struct ProjectShown {
    #[schema(format = "uuid")]
    id: String,
    #[schema(example = "Support")]
    name: String,
    #[schema(example = "support")]
    slug: String,
    /// The agent that leads: it answers where no channel says who does.
    #[schema(required, format = "uuid")]
    primary_agent_id: Option<String>,
    #[schema(format = "date-time")]
    created_at: String,
}

/// One project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::OneProject)]
pub(super) struct OneProject {
    project: ProjectShown,
}

impl OneProject {
    pub(super) fn of(project: Project) -> Self {
        Self {
            project: ProjectShown::of(project),
        }
    }
}

impl ProjectShown {
    fn of(project: Project) -> Self {
        Self {
            id: project.id.to_string(),
            name: project.name,
            slug: project.slug,
            primary_agent_id: project.primary_agent_id.map(|id| id.to_string()),
            created_at: time(project.created_at),
        }
    }
}

/// Projects.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::ProjectList)]
pub(super) struct ProjectList {
    projects: Vec<ProjectShown>,
    has_more: bool,
}

impl ProjectList {
    pub(super) fn of(listed: Listed<Project>) -> Self {
        Self {
            has_more: listed.has_next,
            projects: listed.rows.into_iter().map(ProjectShown::of).collect(),
        }
    }
}

/// An agent that works in a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::Member)]
struct MemberShown {
    #[schema(format = "uuid")]
    project_id: String,
    #[schema(format = "uuid")]
    agent_id: String,
    #[schema(example = "hello")]
    name: String,
    /// `lead` or `member`.
    #[schema(example = "member")]
    role: &'static str,
    /// Who added it; none where it lives in the project.
    #[schema(required, format = "uuid")]
    added_by: Option<String>,
    #[schema(format = "date-time")]
    added_at: String,
}

impl MemberShown {
    fn of(project: ProjectId, agent: ProjectAgent) -> Self {
        Self {
            project_id: project.to_string(),
            agent_id: agent.agent_id.to_string(),
            name: agent.name,
            role: if agent.is_lead { "lead" } else { "member" },
            added_by: agent.added_by.map(|id| id.to_string()),
            added_at: time(agent.added_at),
        }
    }
}

/// One agent that works in a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::OneMember)]
pub(super) struct OneMember {
    member: MemberShown,
}

impl OneMember {
    pub(super) fn of(project: ProjectId, agent: ProjectAgent) -> Self {
        Self {
            member: MemberShown::of(project, agent),
        }
    }
}

/// The agents that work in a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::MemberList)]
pub(super) struct MemberList {
    members: Vec<MemberShown>,
}

impl MemberList {
    pub(super) fn of(project: ProjectId, list: Vec<ProjectAgent>) -> Self {
        let shown = |agent| MemberShown::of(project, agent);
        Self {
            members: list.into_iter().map(shown).collect(),
        }
    }
}

/// What a project's owners set.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::Settings)]
struct SettingsShown {
    /// Where the status of the project's channels is told.
    #[schema(required)]
    webhook_url: Option<String>,
    /// Whether there is a secret that the calls are signed with.
    has_webhook_secret: bool,
    /// Requests a minute that the project's keys, and those of its agents, may make.
    #[schema(required)]
    rate_limit_rpm: Option<i32>,
}

impl SettingsShown {
    fn of(settings: ProjectSettings) -> Self {
        Self {
            webhook_url: settings.webhook_url,
            has_webhook_secret: settings.webhook_secret.is_some(),
            rate_limit_rpm: settings.rate_limit_rpm,
        }
    }
}

/// The settings of a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::OneSettings)]
pub(super) struct OneSettings {
    settings: SettingsShown,
}

impl OneSettings {
    pub(super) fn of(settings: ProjectSettings) -> Self {
        Self {
            settings: SettingsShown::of(settings),
        }
    }
}

/// The settings of a project, and the secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::SettingsRotated)]
pub(super) struct SettingsRotated {
    settings: SettingsShown,
    /// Signs what is told, as Standard Webhooks has it. It is shown now and never again.
    #[schema(example = "whsec_…")]
    secret: String,
}

impl SettingsRotated {
    pub(super) fn of(settings: ProjectSettings, secret: Secret<String>) -> Self {
        Self {
            settings: SettingsShown::of(settings),
            secret: secret.into_inner(),
        }
    }
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::Conversation)]
struct ConversationShown {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    project_id: String,
    #[schema(format = "uuid")]
    channel_id: String,
    #[schema(required, example = "Opening hours")]
    title: Option<String>,
    /// Who answers here, where it is not whoever does on all of the channel.
    #[schema(required, format = "uuid")]
    agent_id: Option<String>,
    is_group: bool,
    #[schema(format = "date-time")]
    created_at: String,
    #[schema(format = "date-time")]
    last_message_at: String,
}

impl ConversationShown {
    fn of(project: ProjectId, conversation: Conversation) -> Self {
        Self {
            id: conversation.id.to_string(),
            project_id: project.to_string(),
            channel_id: conversation.channel_id.to_string(),
            title: conversation.title,
            agent_id: conversation.agent_id.map(|id| id.to_string()),
            is_group: conversation.is_group,
            created_at: time(conversation.created_at),
            last_message_at: time(conversation.last_message_at),
        }
    }
}

/// One conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::OneConversation)]
pub(super) struct OneConversation {
    conversation: ConversationShown,
}

impl OneConversation {
    pub(super) fn of(project: ProjectId, conversation: Conversation) -> Self {
        Self {
            conversation: ConversationShown::of(project, conversation),
        }
    }
}

/// Conversations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = projects::ConversationList)]
pub(super) struct ConversationList {
    conversations: Vec<ConversationShown>,
    has_more: bool,
}

impl ConversationList {
    pub(super) fn of(project: ProjectId, listed: Listed<Conversation>) -> Self {
        let has_more = listed.has_next;
        let shown = |row| ConversationShown::of(project, row);
        Self {
            conversations: listed.rows.into_iter().map(shown).collect(),
            has_more,
        }
    }
}

pub(super) fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
