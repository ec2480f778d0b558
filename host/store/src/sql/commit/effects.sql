), state_change AS MATERIALIZED (
    -- The nil conversation is the agent's own state. A null value is a deletion.
    SELECT a.organization_id, a.agent_id, s.conversation_id, s.key, s.value
    FROM unnest($27::bigint[], $28::uuid[], $29::text[], $30::bytea[])
        AS s (turn_ordinal, conversation_id, key, value)
    JOIN advanced a ON a.ordinal = s.turn_ordinal
), state_set AS (
    INSERT INTO state (organization_id, agent_id, conversation_id, key, value)
    SELECT organization_id, agent_id, conversation_id, key, value
    FROM state_change
    WHERE value IS NOT NULL
    ON CONFLICT (organization_id, agent_id, conversation_id, key) DO UPDATE SET value = EXCLUDED.value
), state_deleted AS (
    DELETE FROM state s
    USING state_change d
    WHERE d.value IS NULL AND s.organization_id = d.organization_id AND s.agent_id = d.agent_id
        AND s.conversation_id = d.conversation_id AND s.key = d.key
), schedule_change AS MATERIALIZED (
    -- Neither a time nor a span is a cancellation. With an expression, the time is its first slot.
    SELECT a.organization_id, a.conversation_id, a.agent_id, s.name, s.id, s.payload, s.chat_id, s.cron, s.time_zone,
        COALESCE(s.due_at, now() + s.after_millis * interval '1 millisecond') AS due_at
    FROM unnest($31::bigint[], $32::text[], $33::uuid[], $34::timestamptz[], $35::bigint[], $36::bytea[], $37::uuid[],
            $38::text[], $39::text[])
        AS s (turn_ordinal, name, id, due_at, after_millis, payload, chat_id, cron, time_zone)
    JOIN advanced a ON a.ordinal = s.turn_ordinal
), schedule_set AS (
    INSERT INTO schedules (organization_id, conversation_id, agent_id, name, id, due_at, payload, chat_id, cron, time_zone)
    SELECT organization_id, conversation_id, agent_id, name, id, due_at, payload, chat_id, cron, time_zone
    FROM schedule_change
    WHERE due_at IS NOT NULL
    ON CONFLICT (organization_id, conversation_id, agent_id, name)
        DO UPDATE SET id = EXCLUDED.id, payload = EXCLUDED.payload,
            chat_id = EXCLUDED.chat_id, cron = EXCLUDED.cron, time_zone = EXCLUDED.time_zone, created_at = now(),
            -- The same recurrence set anew goes on where it was: no slot is lost, and none comes twice.
            due_at = CASE
                WHEN schedules.cron = EXCLUDED.cron AND schedules.time_zone = EXCLUDED.time_zone THEN schedules.due_at
                ELSE EXCLUDED.due_at
            END
), schedule_cancelled AS (
    DELETE FROM schedules s
    USING schedule_change d
    WHERE d.due_at IS NULL AND s.organization_id = d.organization_id AND s.conversation_id = d.conversation_id
        AND s.agent_id = d.agent_id AND s.name = d.name
