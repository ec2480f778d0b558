//! What channels have of their connections to platforms.

diesel::table! {
    channel_cursors (organization_id, channel_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        cursor -> Text,
        moved_at -> Timestamptz,
    }
}

diesel::table! {
    set_aside (organization_id, channel_id, id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        id -> Uuid,
        platform_event_id -> Nullable<Text>,
        why -> Text,
        raw -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    scans (organization_id, channel_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        id -> Uuid,
        phase -> Text,
        payload -> Text,
        handle -> Nullable<Binary>,
        needs_digits -> Bool,
        digits -> Nullable<Text>,
        reason -> Nullable<Text>,
        account -> Nullable<Text>,
        started_at -> Timestamptz,
        expires_at -> Timestamptz,
        bound_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    reply_windows (organization_id, channel_id, platform_chat_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_chat_id -> Text,
        token -> Nullable<Binary>,
        opened_at -> Timestamptz,
        opening -> BigInt,
        sent -> Integer,
        is_closed -> Bool,
    }
}
