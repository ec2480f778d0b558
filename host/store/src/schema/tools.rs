//! Tools: which there are, and what was asked of them.

diesel::table! {
    toolsets (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        project_id -> Uuid,
        name -> Text,
        kind -> Text,
        module_digest -> Nullable<Binary>,
        url -> Nullable<Text>,
        header -> Nullable<Text>,
        header_value -> Nullable<Binary>,
        capabilities -> Array<Text>,
        approvals -> Array<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    tool_calls (organization_id, turn_id, call) {
        organization_id -> Uuid,
        turn_id -> Uuid,
        call -> Integer,
        id -> Uuid,
        conversation_id -> Uuid,
        project_id -> Uuid,
        agent_id -> Uuid,
        name -> Nullable<Text>,
        arguments -> Nullable<Text>,
        request -> Binary,
        status -> Text,
        answer -> Nullable<Binary>,
        expires_at -> Nullable<Timestamptz>,
        decided_at -> Nullable<Timestamptz>,
        decided_by -> Nullable<Uuid>,
        decided_by_contact -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}
