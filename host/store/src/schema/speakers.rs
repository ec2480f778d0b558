//! What there is of people who talk over the Channel API, beside their contacts and conversations.

diesel::table! {
    allowances (organization_id, user_id) {
        organization_id -> Uuid,
        user_id -> Uuid,
        prompts -> BigInt,
        calls -> BigInt,
    }
}

diesel::table! {
    groups (organization_id, channel_id, platform_chat_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_chat_id -> Text,
        agent_id -> Nullable<Uuid>,
        members_digest -> Nullable<Binary>,
    }
}

diesel::table! {
    group_members (organization_id, channel_id, platform_chat_id, platform_user_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_chat_id -> Text,
        platform_user_id -> Text,
        is_with_host -> Bool,
        agent_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    shares (organization_id, channel_id, platform_chat_id, agent_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_chat_id -> Text,
        agent_id -> Uuid,
        shared_by -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    commands (organization_id, channel_id, platform_event_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_event_id -> Text,
        host_id -> Uuid,
        started_at -> Timestamptz,
        answer -> Nullable<Binary>,
    }
}

use super::agents;

diesel::allow_tables_to_appear_in_same_query!(agents, shares);
