-- Stores a batch of inbound messages, at most one a conversation, and queues their turns: those of people who talk as usual,
-- each in a chat of their own, to whoever answers everyone on a channel that anyone may talk on and that has no workflow. They
-- are known, under the name that they have, and have an account; they are not signed out, have loaded no agent, and mean no
-- commands by what they say. The others are left alone, and have no row in the answer.
-- Its parameters are those of plain.sql.
-- The order of locks is: event, conversation, each sorted by its key, so that batches of any number of hosts
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
    -- What is found by what another table says is lateral: see speakers.rs.
    SELECT i.ordinal, i.organization_id, i.channel_id, i.platform_event_id, i.message_id, i.turn_id, i.platform_chat_id,
        i.conversation_id, i.title, i.text, i.content, c.kind, c.primary_agent_id, k.id AS contact_id, k.display_name, u.id AS user_id
    FROM input i
    JOIN channels c ON c.id = i.channel_id AND c.organization_id = i.organization_id
    JOIN contacts k ON k.organization_id = i.organization_id AND k.channel_id = i.channel_id
        AND k.platform_user_id = i.platform_user_id
    CROSS JOIN LATERAL (
        SELECT o.id FROM users o WHERE o.id = k.user_id AND o.removed_at IS NULL LIMIT 1
    ) u
    LEFT JOIN conversations t ON t.channel_id = i.channel_id AND t.platform_chat_id = i.platform_chat_id
        AND t.organization_id = i.organization_id AND t.ended_at IS NULL
    WHERE c.deleted_at IS NULL AND c.status <> 'disabled' AND c.access = 'open' AND c.workflow_id IS NULL
        AND c.primary_agent_id IS NOT NULL
        AND k.signed_out_at IS NULL AND NOT k.is_yolo
        AND (i.display_name IS NULL OR i.display_name = k.display_name)
        AND t.agent_id IS NULL
