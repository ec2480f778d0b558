//! Language models: who is asked, what was answered, what it took; and what agents heard during their turns.

diesel::table! {
    providers (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        project_id -> Uuid,
        name -> Text,
        kind -> Text,
        url -> Text,
        model -> Text,
        key -> Nullable<Binary>,
        is_default -> Bool,
        agent_tokens -> Nullable<BigInt>,
        project_tokens -> Nullable<BigInt>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    journal (organization_id, turn_id, call) {
        organization_id -> Uuid,
        turn_id -> Uuid,
        call -> Integer,
        request -> Binary,
        answer -> Binary,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    recordings (organization_id, turn_id) {
        organization_id -> Uuid,
        turn_id -> Uuid,
        bytes -> Binary,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    model_usage (organization_id, agent_id, day) {
        organization_id -> Uuid,
        agent_id -> Uuid,
        day -> Date,
        project_id -> Uuid,
        calls -> BigInt,
        input_tokens -> BigInt,
        output_tokens -> BigInt,
    }
}
