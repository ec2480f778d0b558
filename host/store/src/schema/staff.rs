//! Who works in a project beside those that live there, and what its owners set.

diesel::table! {
    project_agents (organization_id, project_id, agent_id) {
        organization_id -> Uuid,
        project_id -> Uuid,
        agent_id -> Uuid,
        added_by -> Uuid,
        added_at -> Timestamptz,
    }
}

diesel::table! {
    project_settings (organization_id, project_id) {
        organization_id -> Uuid,
        project_id -> Uuid,
        webhook_url -> Nullable<Text>,
        webhook_secret -> Nullable<Binary>,
        rate_limit_rpm -> Nullable<Integer>,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    told_statuses (organization_id, channel_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        status -> Nullable<Text>,
        failed -> Integer,
        next_attempt_at -> Timestamptz,
    }
}
