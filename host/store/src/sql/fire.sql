-- Turns schedules that came due into queued turns, each in one step with its removal: none fires twice.
WITH due AS MATERIALIZED (
    SELECT organization_id, conversation_id, agent_id, name, due_at, payload, chat_id
    FROM schedules
    WHERE due_at <= now()
    ORDER BY due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
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
    USING due d
    WHERE s.organization_id = d.organization_id AND s.conversation_id = d.conversation_id
        AND s.agent_id = d.agent_id AND s.name = d.name
)
SELECT count(*) AS fired FROM queued
