//! The tables as diesel sees them. A test holds them against what the migrations make.

mod access;
mod agent_files;
mod connections;
mod models;
mod outside;
mod people;
mod speakers;
mod staff;
mod tools;

pub use self::access::*;
pub use self::agent_files::*;
pub use self::connections::*;
pub use self::models::*;
pub use self::outside::*;
pub use self::people::*;
pub use self::speakers::*;
pub use self::staff::*;
pub use self::tools::*;

diesel::table! {
    organizations (id) {
        id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        organization_id -> Uuid,
        email -> Nullable<Text>,
        name -> Text,
        password_hash -> Nullable<Text>,
        default_project_id -> Uuid,
        created_at -> Timestamptz,
        organization_role -> Text,
        removed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tokens (hash) {
        hash -> Binary,
        kind -> Text,
        organization_id -> Uuid,
        subject_id -> Uuid,
        prefix -> Text,
        created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        used_at -> Nullable<Timestamptz>,
        id -> Uuid,
        name -> Text,
        role -> Nullable<Text>,
        created_by -> Nullable<Uuid>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    projects (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        slug -> Text,
        name -> Text,
        created_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        primary_agent_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    members (organization_id, project_id, user_id) {
        organization_id -> Uuid,
        project_id -> Uuid,
        user_id -> Uuid,
        role -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    invites (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        project_id -> Uuid,
        email -> Text,
        role -> Text,
        hash -> Binary,
        invited_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        accepted_at -> Nullable<Timestamptz>,
        accepted_by -> Nullable<Uuid>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    audit (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        project_id -> Nullable<Uuid>,
        at -> Timestamptz,
        user_id -> Nullable<Uuid>,
        token_id -> Nullable<Uuid>,
        way -> Text,
        entrance -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        detail -> Jsonb,
        outcome -> Text,
        error_code -> Nullable<Text>,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    modules (organization_id, digest) {
        organization_id -> Uuid,
        digest -> Binary,
        component -> Binary,
        uploaded_size -> BigInt,
        inspection -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    agents (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        project_id -> Uuid,
        name -> Text,
        module_digest -> Nullable<Binary>,
        configuration -> Jsonb,
        limits -> Jsonb,
        status -> Text,
        status_reason -> Nullable<Text>,
        version -> BigInt,
        state_version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        owner_id -> Nullable<Uuid>,
        started_at -> Nullable<Timestamptz>,
        trial_digest -> Nullable<Binary>,
        trial_share -> Nullable<SmallInt>,
        trial_since -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    agent_modules (organization_id, agent_id, sequence) {
        organization_id -> Uuid,
        agent_id -> Uuid,
        sequence -> BigInt,
        module_digest -> Binary,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    grants (organization_id, agent_id, capability) {
        organization_id -> Uuid,
        agent_id -> Uuid,
        capability -> Text,
        terms -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    channels (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        project_id -> Uuid,
        kind -> Text,
        name -> Text,
        primary_agent_id -> Nullable<Uuid>,
        access -> Text,
        status -> Text,
        status_reason -> Nullable<Text>,
        configuration -> Jsonb,
        credential -> Nullable<Binary>,
        version -> BigInt,
        created_by -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        workflow_id -> Nullable<Uuid>,
        navigates -> Bool,
    }
}

diesel::table! {
    workflows (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        project_id -> Uuid,
        name -> Text,
        rules -> Jsonb,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    installation (is_only) {
        is_only -> Bool,
        id -> Uuid,
    }
}

diesel::table! {
    hosts (id) {
        id -> Uuid,
        instance -> Uuid,
        started_at -> Timestamptz,
        alive_until -> Timestamptz,
    }
}

diesel::table! {
    contacts (organization_id, channel_id, platform_user_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_user_id -> Text,
        id -> Uuid,
        display_name -> Nullable<Text>,
        user_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        allowed_at -> Nullable<Timestamptz>,
        signed_out_at -> Nullable<Timestamptz>,
        is_yolo -> Bool,
    }
}

diesel::table! {
    conversations (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        channel_id -> Uuid,
        platform_chat_id -> Text,
        agent_id -> Nullable<Uuid>,
        contact_id -> Nullable<Uuid>,
        is_group -> Bool,
        title -> Nullable<Text>,
        held_by -> Nullable<Uuid>,
        enqueued -> BigInt,
        completed -> BigInt,
        lease_host -> Nullable<Uuid>,
        fence -> BigInt,
        created_at -> Timestamptz,
        last_message_at -> Timestamptz,
        held_kind -> Nullable<Text>,
        held_since -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        muted_up_to -> BigInt,
    }
}

diesel::table! {
    inbound_events (organization_id, channel_id, platform_event_id) {
        organization_id -> Uuid,
        channel_id -> Uuid,
        platform_event_id -> Text,
        message_id -> Uuid,
        turn_id -> Uuid,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    messages (organization_id, conversation_id, sequence) {
        organization_id -> Uuid,
        conversation_id -> Uuid,
        sequence -> BigInt,
        id -> Uuid,
        direction -> Text,
        contact_id -> Nullable<Uuid>,
        agent_id -> Nullable<Uuid>,
        user_id -> Nullable<Uuid>,
        turn_id -> Nullable<Uuid>,
        text -> Text,
        content -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        chat_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    turns (organization_id, conversation_id, position) {
        organization_id -> Uuid,
        conversation_id -> Uuid,
        position -> BigInt,
        id -> Uuid,
        agent_id -> Nullable<Uuid>,
        message_id -> Nullable<Uuid>,
        event -> Nullable<Jsonb>,
        status -> Text,
        attempts -> SmallInt,
        module_digest -> Nullable<Binary>,
        queued_at -> Timestamptz,
        ready_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        guest_micros -> Nullable<BigInt>,
        host_calls -> Nullable<Integer>,
        memory_peak -> Nullable<BigInt>,
        error_code -> Nullable<Text>,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    state (organization_id, agent_id, conversation_id, key) {
        organization_id -> Uuid,
        agent_id -> Uuid,
        conversation_id -> Uuid,
        key -> Text,
        value -> Binary,
    }
}

diesel::table! {
    schedules (organization_id, conversation_id, agent_id, name) {
        organization_id -> Uuid,
        conversation_id -> Uuid,
        agent_id -> Uuid,
        name -> Text,
        id -> Uuid,
        due_at -> Timestamptz,
        payload -> Binary,
        created_at -> Timestamptz,
        chat_id -> Nullable<Uuid>,
        cron -> Nullable<Text>,
        time_zone -> Nullable<Text>,
    }
}

diesel::table! {
    deliveries (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        sequence -> BigInt,
        conversation_id -> Uuid,
        channel_id -> Uuid,
        message_id -> Uuid,
        status -> Text,
        attempts -> SmallInt,
        next_attempt_at -> Timestamptz,
        lease_host -> Nullable<Uuid>,
        fence -> BigInt,
        platform_status -> Nullable<Integer>,
        error -> Nullable<Text>,
        platform_message_id -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        parts_sent -> Integer,
        waits -> Bool,
    }
}

diesel::table! {
    agent_log (organization_id, agent_id, id) {
        organization_id -> Uuid,
        agent_id -> Uuid,
        id -> Uuid,
        turn_id -> Nullable<Uuid>,
        level -> Text,
        message -> Text,
        fields -> Nullable<Jsonb>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        host -> Uuid,
        fence -> BigInt,
        until -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    organizations,
    users,
    tokens,
    projects,
    members,
    invites,
    business_units,
    teams,
    team_members,
    audit,
    modules,
    agents,
    agent_modules,
    grants,
    channels,
    workflows,
    hosts,
    contacts,
    conversations,
    inbound_events,
    messages,
    turns,
    state,
    schedules,
    deliveries,
    agent_log,
    leases,
);

diesel::table! {
    shown (organization_id, turn_id) {
        organization_id -> Uuid,
        turn_id -> Uuid,
        platform_message_id -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (organization_id, conversation_id) {
        organization_id -> Uuid,
        conversation_id -> Uuid,
        active_project_id -> Nullable<Uuid>,
        active_chat_id -> Nullable<Uuid>,
        current_path -> Text,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    chats (organization_id, id) {
        organization_id -> Uuid,
        id -> Uuid,
        conversation_id -> Uuid,
        project_id -> Uuid,
        title -> Text,
        created_at -> Timestamptz,
    }
}
