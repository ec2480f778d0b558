-- Stores a batch of messages with the turns that they came to, at most one a conversation, of which nothing is in the tables yet:
-- of people who talk as usual (receive/usual.sql says what that is), each in a chat in which nothing has come to wait since their
-- turns began, to an agent that is still what it was then. The others are left alone, and have no row in the answer.
-- The order of locks is: conversation, sorted by its key, as in the statements that receive and commit, and event. Those that receive
-- lock them the other way round: where an event comes twice at once, by two hosts, the server may have to break a circle, and
-- whoever it stops asks again.
WITH input AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[],
        $9::uuid[], $10::bigint[], $11::bigint[], $12::uuid[], $13::uuid[], $14::text[], $15::bigint[],
        $16::bytea[], $17::timestamptz[], $18::bigint[], $19::int[], $20::bigint[], $21::text[]
    ) WITH ORDINALITY AS i (
        organization_id, channel_id, platform_user_id, platform_chat_id, display_name, conversation_id, contact_id, user_id,
        agent_id, agent_version, position, message_id, turn_id, text, waited_micros,
        module_digest, started_at, guest_micros, host_calls, memory_peak, platform_event_id, ordinal
    )
), locked AS MATERIALIZED (
    -- Arrays, for the reason that commit/end.sql gives.
    SELECT c.organization_id, c.id, c.channel_id, c.platform_chat_id, c.completed
    FROM conversations c
    WHERE c.organization_id = ANY ($1::uuid[]) AND c.id = ANY ($6::uuid[])
        AND c.enqueued = c.completed AND c.held_by IS NULL AND c.agent_id IS NULL AND c.title IS NULL AND c.ended_at IS NULL
    ORDER BY c.organization_id, c.channel_id, c.platform_chat_id
    FOR UPDATE OF c
), admitted AS MATERIALIZED (
    SELECT i.*
    FROM input i
    JOIN locked l ON l.organization_id = i.organization_id AND l.id = i.conversation_id
        AND l.channel_id = i.channel_id AND l.platform_chat_id = i.platform_chat_id AND l.completed + 1 = i.position
    JOIN channels c ON c.id = i.channel_id AND c.organization_id = i.organization_id
    JOIN contacts k ON k.organization_id = i.organization_id AND k.channel_id = i.channel_id
        AND k.platform_user_id = i.platform_user_id
    -- What is found by what another table says is lateral: see speakers.rs.
    CROSS JOIN LATERAL (
        SELECT o.id FROM users o WHERE o.id = k.user_id AND o.removed_at IS NULL LIMIT 1
    ) u
    JOIN agents a ON a.organization_id = i.organization_id AND a.id = i.agent_id
    WHERE c.deleted_at IS NULL AND c.status <> 'disabled' AND c.access = 'open' AND c.workflow_id IS NULL
        AND c.primary_agent_id = i.agent_id
        AND k.id = i.contact_id AND k.signed_out_at IS NULL AND NOT k.is_yolo
        AND k.display_name IS NOT DISTINCT FROM i.display_name
        AND u.id = i.user_id
        AND a.version = i.agent_version AND a.status = 'running' AND a.deleted_at IS NULL
