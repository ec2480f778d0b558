-- Takes a conversation over from its agent. From here on no agent answers: what waited is skipped, and the turn that
-- runs has lost its lease, so that nothing of it counts.
WITH locked AS MATERIALIZED (
    SELECT c.organization_id, c.id, c.completed
    FROM conversations c
    WHERE c.organization_id = $1 AND c.id = $2 AND c.held_by IS NOT DISTINCT FROM $3
    FOR UPDATE
), held AS (
    UPDATE conversations c
    SET held_by = $4, held_kind = $5, held_since = now(),
        completed = CASE WHEN c.held_by IS NULL THEN c.enqueued ELSE c.completed END,
        lease_host = NULL, fence = c.fence + 1
    FROM locked l
    WHERE c.organization_id = l.organization_id AND c.id = l.id
    RETURNING c.id
), skipped AS (
    UPDATE turns t
    SET status = 'skipped', finished_at = now(), error_code = 'held', error = 'people took the conversation over'
    FROM locked l
    WHERE t.organization_id = l.organization_id AND t.conversation_id = l.id AND t.position > l.completed
        AND t.status = 'queued' AND $3 IS NULL
    RETURNING t.agent_id
)
SELECT ARRAY(SELECT DISTINCT agent_id FROM skipped WHERE agent_id IS NOT NULL) AS agents
FROM held
