//! Tables of who is let in on channels, and of the codes that do it.

diesel::table! {
    access_codes (organization_id, channel_id, hash) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        hash -> Binary,
        created_by -> Uuid,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        used_by -> Nullable<Text>,
        id -> Uuid,
    }
}

diesel::table! {
    access_attempts (organization_id, channel_id, platform_user_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_user_id -> Text,
        failed -> Integer,
        since -> Timestamptz,
        told_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    pairing_codes (organization_id, channel_id, platform_chat_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_chat_id -> Text,
        platform_user_id -> Text,
        account -> Text,
        agent_id -> Nullable<Uuid>,
        hash -> Binary,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    pairing_attempts (organization_id, channel_id, user_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        user_id -> Uuid,
        failed -> Integer,
        since -> Timestamptz,
    }
}
