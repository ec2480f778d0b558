-- Turns schedules that came due into queued turns, each in one step with its removal, or with its move to the next slot:
-- none fires twice.
WITH once AS MATERIALIZED (
    SELECT organization_id, conversation_id, agent_id, name, due_at, payload, chat_id
    FROM schedules
    WHERE due_at <= now() AND cron IS NULL
    ORDER BY due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
), again AS MATERIALIZED (
    -- Only where the slot is still the one that was seen: another host may have fired it, or a turn set another one.
    SELECT s.organization_id, s.conversation_id, s.agent_id, s.name, s.due_at, s.payload, s.chat_id, m.next_at, m.fires
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::boolean[])
        AS m (organization_id, conversation_id, agent_id, name, due_at, next_at, fires)
    JOIN schedules s ON s.organization_id = m.organization_id AND s.conversation_id = m.conversation_id
        AND s.agent_id = m.agent_id AND s.name = m.name AND s.due_at = m.due_at
    WHERE s.cron IS NOT NULL
    FOR UPDATE OF s SKIP LOCKED
), due AS MATERIALIZED (
    SELECT organization_id, conversation_id, agent_id, name, due_at, payload, chat_id FROM once
    UNION ALL
    SELECT organization_id, conversation_id, agent_id, name, due_at, payload, chat_id FROM again WHERE fires
), numbered AS (
    SELECT d.*, row_number() OVER w AS number, count(*) OVER (PARTITION BY organization_id, conversation_id) AS many
    FROM due d
    WINDOW w AS (PARTITION BY organization_id, conversation_id ORDER BY due_at, name)
), locked AS MATERIALIZED (
    SELECT c.organization_id, c.id
    FROM conversations c
    -- Arrays, and no join, for the reason that commit/end.sql gives.
    WHERE c.organization_id = ANY (ARRAY(SELECT organization_id FROM due))
        AND c.id = ANY (ARRAY(SELECT conversation_id FROM due))
    ORDER BY c.organization_id, c.channel_id, c.platform_chat_id
    FOR UPDATE OF c
), conversation AS (
    UPDATE conversations c
    SET enqueued = c.enqueued + n.many
    FROM locked l
    JOIN numbered n ON n.organization_id = l.organization_id AND n.conversation_id = l.id AND n.number = 1
    WHERE c.organization_id = l.organization_id AND c.id = l.id
    RETURNING c.organization_id, c.id, c.enqueued, n.many
), queued AS (
    INSERT INTO turns (organization_id, conversation_id, position, id, agent_id, event)
    SELECT n.organization_id, n.conversation_id, c.enqueued - c.many + n.number, gen_random_uuid(), n.agent_id,
        jsonb_build_object('timer', jsonb_build_object(
            'name', n.name,
            'payload', encode(n.payload, 'base64'),
            'due_at', (extract(epoch FROM n.due_at) * 1000)::bigint,
            'chat_id', n.chat_id
        ))
    FROM numbered n
    JOIN conversation c ON c.organization_id = n.organization_id AND c.id = n.conversation_id
    RETURNING organization_id
), removed AS (
    DELETE FROM schedules s
    USING (
        SELECT organization_id, conversation_id, agent_id, name FROM once
        UNION ALL
        SELECT organization_id, conversation_id, agent_id, name FROM again WHERE next_at IS NULL
    ) d
    WHERE s.organization_id = d.organization_id AND s.conversation_id = d.conversation_id
        AND s.agent_id = d.agent_id AND s.name = d.name
), moved AS (
    UPDATE schedules s
    SET due_at = d.next_at
    FROM again d
    WHERE d.next_at IS NOT NULL AND s.organization_id = d.organization_id AND s.conversation_id = d.conversation_id
        AND s.agent_id = d.agent_id AND s.name = d.name
)
SELECT count(*) AS fired FROM queued
