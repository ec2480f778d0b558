), locked AS MATERIALIZED (
    SELECT c.organization_id, c.id, c.channel_id, c.fence, c.lease_host, c.completed
    FROM conversations c
    -- Arrays, and no join: a row that had to be waited for is looked at again, and what a join then finds on its other side
    -- is not what it found before (under a Memoize it is the first row alone), so that a turn would be taken for lost.
    WHERE c.organization_id = ANY ($1::uuid[]) AND c.id = ANY ($2::uuid[] || $19::uuid[])
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
    SELECT s.organization_id, s.conversation_id, s.id, 'outbound', s.agent_id, s.turn_id, s.text, s.content,
        s.chat_id
    FROM speech s
    JOIN advanced a ON a.ordinal = s.turn_ordinal
    JOIN locked l ON l.organization_id = s.organization_id AND l.id = s.conversation_id
    ORDER BY s.ordinal
