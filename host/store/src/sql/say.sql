-- A person's message, and its way to the platform, both numbered under the lock of the conversation's row, as an
-- agent's are: what both say goes out in the order of the log.
WITH locked AS MATERIALIZED (
    SELECT c.organization_id, c.id, c.channel_id
    FROM conversations c
    WHERE c.organization_id = $1 AND c.id = $2
    FOR UPDATE
), moved AS (
    UPDATE conversations c
    SET last_message_at = now()
    FROM locked l
    WHERE c.organization_id = l.organization_id AND c.id = l.id
), said AS (
    INSERT INTO messages (organization_id, conversation_id, id, direction, user_id, text, content, chat_id)
    SELECT l.organization_id, l.id, $3, 'outbound', $4, $5, $6, s.active_chat_id
    FROM locked l
    LEFT JOIN sessions s ON s.organization_id = l.organization_id AND s.conversation_id = l.id
    RETURNING *
), delivery AS (
    INSERT INTO deliveries (organization_id, id, conversation_id, channel_id, message_id)
    SELECT l.organization_id, $7, l.id, l.channel_id, $3
    FROM locked l
    WHERE $7 IS NOT NULL
)
SELECT * FROM said
