-- Stores a batch of inbound messages, at most one a conversation, and queues their turns: those of channels that anyone may
-- talk on and that have no workflow. The others are left alone, and have no row in the answer: see routed.sql.
-- The order of locks is: event, contact, conversation, each sorted by its key, so that batches of any number of hosts
-- wait for each other and never in a circle.
WITH durability AS MATERIALIZED (
    -- For this transaction alone.
    SELECT set_config(
        'synchronous_commit', CASE WHEN $16 THEN current_setting('synchronous_commit') ELSE 'off' END, true
    )
), input AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::uuid[],
        $9::text[], $10::uuid[], $11::boolean[], $12::text[], $13::text[], $14::jsonb[], $17::uuid[],
        $18::uuid[]
    ) WITH ORDINALITY AS i (
        organization_id, channel_id, platform_event_id, message_id, turn_id, platform_user_id, display_name, contact_id,
        platform_chat_id, conversation_id, is_group, title, text, content, agent_id, chat_id, ordinal
    )
), admitted AS MATERIALIZED (
    SELECT i.*, c.kind, COALESCE(i.agent_id, c.primary_agent_id) AS answering_id,
        true AS is_answered, NULL::uuid AS team_id, NULL::jsonb AS canned
    FROM input i
    JOIN channels c ON c.id = i.channel_id AND c.organization_id = i.organization_id
    WHERE c.deleted_at IS NULL AND c.status <> 'disabled' AND c.access = 'open' AND c.workflow_id IS NULL
