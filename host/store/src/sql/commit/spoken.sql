-- Ends a batch of turns as the other parts do together, for those that only speak in their own conversations and whose words
-- no one has to carry: most of them. Making a plan's parts ready costs the server more than running them, so what such a batch
-- has no use for is not there. A turn that this host no longer holds has no row in the answer.
WITH input AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[], $7::timestamptz[],
        $8::bigint[], $9::int[], $10::bigint[], $11::text[], $12::text[], $13::uuid[], $14::uuid[]
    ) WITH ORDINALITY AS i (
        organization_id, conversation_id, position, fence, status, module_digest, started_at,
        guest_micros, host_calls, memory_peak, error_code, error, turn_id, agent_id, ordinal
    )
), locked AS MATERIALIZED (
    -- Arrays, for the reason that end.sql gives.
    SELECT c.organization_id, c.id, c.fence, c.lease_host, c.completed
    FROM conversations c
    WHERE c.organization_id = ANY ($1::uuid[]) AND c.id = ANY ($2::uuid[])
    ORDER BY c.organization_id, c.channel_id, c.platform_chat_id
    FOR UPDATE OF c
), advanced AS (
    UPDATE conversations c
    SET completed = c.completed + 1,
        lease_host = CASE WHEN c.enqueued > c.completed + 1 THEN c.lease_host END,
        last_message_at = now()
    FROM input i
    JOIN locked l ON l.organization_id = i.organization_id AND l.id = i.conversation_id
        AND l.fence = i.fence AND l.lease_host = $15::uuid AND l.completed + 1 = i.position
    WHERE c.organization_id = l.organization_id AND c.id = l.id
    RETURNING i.*, c.enqueued > c.completed AS more
), ended AS (
    UPDATE turns t
    SET status = i.status, module_digest = i.module_digest, started_at = i.started_at, finished_at = now(),
        guest_micros = i.guest_micros, host_calls = i.host_calls, memory_peak = i.memory_peak,
        error_code = i.error_code, error = i.error, attempts = t.attempts + 1
    FROM advanced i
    WHERE t.organization_id = i.organization_id AND t.conversation_id = i.conversation_id AND t.position = i.position
), said AS (
    INSERT INTO messages (organization_id, conversation_id, id, direction, agent_id, turn_id, text, content, chat_id)
    SELECT a.organization_id, a.conversation_id, s.id, 'outbound', a.agent_id, a.turn_id, s.text, s.content, s.chat_id
    FROM unnest($18::bigint[], $20::uuid[], $21::text[], $22::jsonb[], $24::uuid[])
        WITH ORDINALITY AS s (turn_ordinal, id, text, content, chat_id, ordinal)
    JOIN advanced a ON a.ordinal = s.turn_ordinal
    ORDER BY s.ordinal
