//! What agents reach the outside with, and what they were answered there.

diesel::table! {
    http_answers (organization_id, turn_id, tool_call, call) {
        organization_id -> Uuid,
        turn_id -> Uuid,
        tool_call -> Integer,
        call -> Integer,
        request -> Binary,
        answer -> Binary,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    secrets (organization_id, agent_id, name) {
        organization_id -> Uuid,
        agent_id -> Uuid,
        name -> Text,
        id -> Uuid,
        value -> Binary,
        hosts -> Array<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}
