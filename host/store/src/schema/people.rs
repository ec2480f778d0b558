//! What people have beside their accounts, and where they belong.

diesel::table! {
    business_units (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    teams (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        business_unit_id -> Nullable<Uuid>,
        name -> Text,
        created_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    team_members (organization_id, team_id, user_id) {
        organization_id -> Uuid,
        team_id -> Uuid,
        user_id -> Uuid,
        role -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    live_links (hash) {
        organization_id -> Uuid,
        hash -> Binary,
        user_id -> Uuid,
        agent_id -> Uuid,
        conversation_id -> Nullable<Uuid>,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    wallets (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        user_id -> Nullable<Uuid>,
        agent_id -> Nullable<Uuid>,
        public_key -> Binary,
        secret -> Binary,
        created_at -> Timestamptz,
    }
}
