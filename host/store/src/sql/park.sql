-- Has a turn wait until a person has said whether it may call a tool: the question is said, and the conversation is let go with
-- its turn still at its head, all in one step under the lease. A turn that waits for the same again asks nothing anew, and
-- goes on where it was answered meanwhile.
WITH held AS MATERIALIZED (
    SELECT c.organization_id, c.id, c.channel_id, c.completed
    FROM conversations c
    WHERE c.organization_id = $1 AND c.id = $2 AND c.lease_host = $3 AND c.fence = $4
    FOR UPDATE
), fresh AS (
    INSERT INTO tool_calls AS k (
        organization_id, conversation_id, turn_id, agent_id, project_id, call, id, name, arguments, request, status, expires_at
    )
    SELECT h.organization_id, h.id, $5, $6, $7, $8, $9, $10, $11, $12, 'asked', now() + $13 * interval '1 millisecond'
    FROM held h
    ON CONFLICT (organization_id, turn_id, call) DO UPDATE
    SET id = excluded.id, name = excluded.name, arguments = excluded.arguments, request = excluded.request, status = 'asked',
        answer = NULL, expires_at = excluded.expires_at, decided_at = NULL, decided_by = NULL, decided_by_contact = NULL
    WHERE k.request <> excluded.request
    RETURNING k.id
), released AS (
    UPDATE conversations c
    SET lease_host = NULL, last_message_at = CASE WHEN EXISTS (SELECT FROM fresh) THEN now() ELSE c.last_message_at END
    FROM held h
    WHERE c.organization_id = h.organization_id AND c.id = h.id
), parked AS (
    UPDATE turns t
    SET ready_at = CASE
        WHEN EXISTS (SELECT FROM fresh) OR EXISTS (
            SELECT FROM tool_calls k
            WHERE k.organization_id = $1 AND k.turn_id = $5 AND k.call = $8 AND k.status = 'asked'
        ) THEN 'infinity'::timestamptz
        ELSE now()
    END,
        -- It goes on with the module that asked.
        module_digest = $19
    FROM held h
    WHERE t.organization_id = h.organization_id AND t.conversation_id = h.id AND t.position = h.completed + 1
), said AS (
    INSERT INTO messages (organization_id, conversation_id, id, direction, agent_id, turn_id, text, content, chat_id)
    SELECT h.organization_id, h.id, $14, 'outbound', $6, $5, $15, $16, $17
    FROM held h
    WHERE EXISTS (SELECT FROM fresh)
), delivery AS (
    INSERT INTO deliveries (organization_id, id, conversation_id, channel_id, message_id)
    SELECT h.organization_id, $18, h.id, h.channel_id, $14
    FROM held h
    WHERE $18 IS NOT NULL AND EXISTS (SELECT FROM fresh)
)
SELECT EXISTS (SELECT FROM held) AS is_held, EXISTS (SELECT FROM fresh) AS is_fresh
