), turn AS (
    INSERT INTO turns (
        organization_id, conversation_id, position, id, agent_id, message_id, status, attempts, module_digest, queued_at,
        ready_at, started_at, finished_at, guest_micros, host_calls, memory_peak
    )
    SELECT organization_id, conversation_id, position, turn_id, agent_id, message_id, 'done', 1, module_digest, sent_at,
        sent_at, started_at, now(), guest_micros, host_calls, memory_peak
    FROM advanced
), message AS (
    -- What was said, and what was answered, in this order.
    INSERT INTO messages (
        organization_id, conversation_id, id, direction, contact_id, agent_id, turn_id, text, content, created_at
    )
    SELECT organization_id, conversation_id, id, direction, contact_id, agent_id, turn_id, text, content, created_at
    FROM (
        SELECT a.ordinal, 0 AS place, a.organization_id, a.conversation_id, a.message_id AS id, 'inbound' AS direction,
            a.contact_id, NULL::uuid AS agent_id, a.turn_id, a.text, NULL::jsonb AS content, a.sent_at AS created_at
        FROM advanced a
        UNION ALL
        SELECT a.ordinal, s.ordinal, a.organization_id, a.conversation_id, s.id, 'outbound',
            NULL, a.agent_id, a.turn_id, s.text, s.content, now()
        FROM unnest($22::bigint[], $23::uuid[], $24::text[], $25::jsonb[])
            WITH ORDINALITY AS s (turn_ordinal, id, text, content, ordinal)
        JOIN advanced a ON a.ordinal = s.turn_ordinal
    ) said
    ORDER BY ordinal, place
