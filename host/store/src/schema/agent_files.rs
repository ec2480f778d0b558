//! The files of agents, and the repositories that they are taken from.

diesel::table! {
    workspaces (organization_id, agent_id) {
        organization_id -> Uuid,
        agent_id -> Uuid,
        bytes -> BigInt,
        files -> BigInt,
    }
}

diesel::table! {
    file_contents (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        agent_id -> Uuid,
        size -> BigInt,
        digest -> Nullable<Binary>,
        is_sent -> Bool,
        loose_since -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    file_chunks (organization_id, content_id, start) {
        organization_id -> Uuid,
        content_id -> Uuid,
        start -> BigInt,
        bytes -> Binary,
    }
}

diesel::table! {
    files (organization_id, agent_id, path) {
        organization_id -> Uuid,
        agent_id -> Uuid,
        path -> Text,
        id -> Uuid,
        content_id -> Uuid,
        content_type -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    repositories (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        user_id -> Uuid,
        full_name -> Text,
        url -> Text,
        token -> Nullable<Binary>,
        head -> Text,
        branch -> Nullable<Text>,
        refreshed_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}
