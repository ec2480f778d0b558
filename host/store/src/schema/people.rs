//! What people have beside their accounts.

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
