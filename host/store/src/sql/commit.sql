-- Ends a batch of turns, at most one a conversation and at most one that touched its agent's own state an agent:
-- each that this host still holds, with all that came of it, or nothing of it at all.
-- The order of locks is: agent, conversation, each sorted, as in receive.sql and fire.sql.
WITH input AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[], $7::timestamptz[],
        $8::bigint[], $9::int[], $10::bigint[], $11::text[], $12::text[], $13::uuid[], $14::uuid[],
        $16::bigint[], $17::boolean[]
    ) WITH ORDINALITY AS i (
        organization_id, conversation_id, position, fence, status, module_digest, started_at,
        guest_micros, host_calls, memory_peak, error_code, error, turn_id, agent_id,
        agent_state_version, agent_state_written, ordinal
    )
), speech AS MATERIALIZED (
    -- What the turns say: replies in their own conversations, and messages of the outbox in others.
    SELECT m.*, i.organization_id, i.agent_id, i.turn_id
    FROM unnest($18::bigint[], $19::uuid[], $20::uuid[], $21::text[], $22::jsonb[], $23::uuid[])
        WITH ORDINALITY AS m (turn_ordinal, conversation_id, id, text, content, delivery_id, ordinal)
    JOIN input i ON i.ordinal = m.turn_ordinal
), locked_agent AS MATERIALIZED (
    SELECT a.organization_id, a.id, i.ordinal
    FROM agents a
    JOIN input i ON i.organization_id = a.organization_id AND i.agent_id = a.id
    WHERE i.agent_state_written AND a.state_version = i.agent_state_version
    ORDER BY a.organization_id, a.id
    FOR UPDATE OF a
), agent_advanced AS (
    UPDATE agents a
    SET state_version = a.state_version + 1
    FROM locked_agent l
    WHERE a.organization_id = l.organization_id AND a.id = l.id
    RETURNING l.ordinal
), unconflicted AS MATERIALIZED (
    -- Whose reads of its agent's own state still hold.
    SELECT i.*
    FROM input i
    WHERE i.agent_state_version IS NULL
        OR i.ordinal IN (SELECT ordinal FROM agent_advanced)
        OR (NOT i.agent_state_written AND EXISTS (
            SELECT FROM agents a
            WHERE a.organization_id = i.organization_id AND a.id = i.agent_id
                AND a.state_version = i.agent_state_version
        ))
), locked AS MATERIALIZED (
    SELECT c.organization_id, c.id, c.channel_id, c.fence, c.lease_host, c.completed
    FROM conversations c
    WHERE (c.organization_id, c.id) IN (
        SELECT organization_id, conversation_id FROM unconflicted
        UNION ALL
        SELECT organization_id, conversation_id FROM speech
    )
    ORDER BY c.organization_id, c.channel_id, c.platform_chat_id
    FOR UPDATE OF c
), advanced AS (
    UPDATE conversations c
    SET completed = c.completed + 1,
        lease_host = CASE WHEN c.enqueued > c.completed + 1 THEN c.lease_host END,
        last_message_at = now()
    FROM unconflicted i
    JOIN locked l ON l.organization_id = i.organization_id AND l.id = i.conversation_id
        AND l.fence = i.fence AND l.lease_host = $15::uuid AND l.completed + 1 = i.position
    WHERE c.organization_id = l.organization_id AND c.id = l.id
    RETURNING i.ordinal, i.organization_id, i.conversation_id, i.agent_id, c.enqueued > c.completed AS more
), ended AS (
    UPDATE turns t
    SET status = i.status, module_digest = i.module_digest, started_at = i.started_at, finished_at = now(),
        guest_micros = i.guest_micros, host_calls = i.host_calls, memory_peak = i.memory_peak,
        error_code = i.error_code, error = i.error, attempts = t.attempts + 1
    FROM input i
    JOIN advanced a ON a.ordinal = i.ordinal
    WHERE t.organization_id = i.organization_id AND t.conversation_id = i.conversation_id AND t.position = i.position
), said AS (
    INSERT INTO messages (organization_id, conversation_id, id, direction, agent_id, turn_id, text, content)
    SELECT s.organization_id, s.conversation_id, s.id, 'outbound', s.agent_id, s.turn_id, s.text, s.content
    FROM speech s
    JOIN advanced a ON a.ordinal = s.turn_ordinal
    JOIN locked l ON l.organization_id = s.organization_id AND l.id = s.conversation_id
    ORDER BY s.ordinal
), delivery AS (
    INSERT INTO deliveries (organization_id, id, conversation_id, channel_id, message_id)
    SELECT s.organization_id, s.delivery_id, s.conversation_id, l.channel_id, s.id
    FROM speech s
    JOIN advanced a ON a.ordinal = s.turn_ordinal
    JOIN locked l ON l.organization_id = s.organization_id AND l.id = s.conversation_id
    WHERE s.delivery_id IS NOT NULL
    ORDER BY s.ordinal
