//! What people have beside their accounts.

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
