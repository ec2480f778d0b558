-- Takes the oldest queued turns whose conversation is idle or whose host is dead. While people hold a conversation, no
-- agent runs; what a workflow says without one still goes out.
WITH candidate AS MATERIALIZED (
    SELECT c.organization_id, c.id, t.position, t.ready_at
    FROM turns t
    JOIN conversations c ON c.organization_id = t.organization_id AND c.id = t.conversation_id
    WHERE t.status = 'queued' AND t.ready_at <= now() AND t.position = c.completed + 1 AND (c.held_by IS NULL OR t.agent_id IS NULL)
        AND (c.lease_host IS NULL
            OR NOT EXISTS (SELECT FROM hosts h WHERE h.id = c.lease_host AND h.alive_until > now()))
        AND (t.agent_id IS NULL OR NOT (t.agent_id = ANY ($3::uuid[])))
    ORDER BY t.ready_at
    LIMIT $2
    FOR UPDATE OF c SKIP LOCKED
)
UPDATE conversations c
SET lease_host = $1, fence = c.fence + 1
FROM candidate d
WHERE c.organization_id = d.organization_id AND c.id = d.id AND c.completed + 1 = d.position
RETURNING c.organization_id, c.id AS conversation_id
