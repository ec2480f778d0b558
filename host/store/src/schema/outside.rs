//! What agents reach the outside with.

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
