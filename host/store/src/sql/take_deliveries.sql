-- Takes deliveries that are due, each the first pending one of its conversation: a chat's messages go out in order,
-- one at a time, and a chat that waits holds up no other. Those of a channel that is switched off or out of order stay due:
-- they go out when it is active again.
WITH due AS MATERIALIZED (
    SELECT d.organization_id, d.id
    FROM deliveries d
    WHERE d.status = 'pending' AND d.next_attempt_at <= now()
        AND (d.lease_host IS NULL
            OR NOT EXISTS (SELECT FROM hosts h WHERE h.id = d.lease_host AND h.alive_until > now()))
        AND NOT (d.channel_id = ANY ($3::uuid[]))
        AND EXISTS (
            SELECT FROM channels ch
            WHERE ch.organization_id = d.organization_id AND ch.id = d.channel_id
                AND (ch.status = 'active' OR ch.deleted_at IS NOT NULL)
        )
        AND NOT EXISTS (
            SELECT FROM deliveries e
            WHERE e.organization_id = d.organization_id AND e.conversation_id = d.conversation_id
                AND e.status = 'pending' AND e.sequence < d.sequence
        )
    ORDER BY d.next_attempt_at
    LIMIT $2
    FOR UPDATE OF d SKIP LOCKED
), taken AS (
    UPDATE deliveries d
    SET lease_host = $1, fence = d.fence + 1, attempts = d.attempts + 1
    FROM due
    WHERE d.organization_id = due.organization_id AND d.id = due.id
    RETURNING d.organization_id, d.id, d.conversation_id, d.channel_id, d.message_id, d.attempts, d.fence, d.sequence,
        d.parts_sent
)
SELECT
    d.organization_id, d.id, d.conversation_id, d.channel_id, d.message_id, d.attempts, d.fence, d.parts_sent,
    sh.platform_message_id AS shown_in, m.turn_id,
    c.platform_chat_id, c.is_group,
    m.text, m.content,
    ch.kind AS channel_kind, ch.version AS channel_version, ch.deleted_at IS NOT NULL AS channel_deleted,
    (
        -- Whom it answers: who started the turn, else the one person of the chat, else who spoke last.
        SELECT p.platform_user_id
        FROM contacts p
        WHERE p.organization_id = d.organization_id AND p.id = COALESCE(
            asked.contact_id,
            c.contact_id,
            (
                SELECT i.contact_id
                FROM messages i
                WHERE i.organization_id = d.organization_id AND i.conversation_id = d.conversation_id
                    AND i.direction = 'inbound'
                ORDER BY i.sequence DESC
                LIMIT 1
            )
        )
    ) AS platform_user_id,
    -- What a group may be shown as what it answers.
    CASE WHEN c.is_group THEN asked.content END AS asked
FROM taken d
JOIN conversations c ON c.organization_id = d.organization_id AND c.id = d.conversation_id
JOIN messages m ON m.organization_id = d.organization_id AND m.id = d.message_id
JOIN channels ch ON ch.organization_id = d.organization_id AND ch.id = d.channel_id
LEFT JOIN shown sh ON sh.organization_id = m.organization_id AND sh.turn_id = m.turn_id
    AND NOT EXISTS (
        -- It is shown in a message of the turn's own conversation.
        SELECT FROM turns st
        WHERE st.organization_id = m.organization_id AND st.id = m.turn_id AND st.conversation_id <> d.conversation_id
    )
LEFT JOIN LATERAL (
    SELECT i.contact_id, i.content
    FROM turns t
    JOIN messages i ON i.organization_id = t.organization_id AND i.id = t.message_id
    WHERE t.organization_id = m.organization_id AND t.id = m.turn_id AND i.conversation_id = d.conversation_id
) asked ON true
ORDER BY d.sequence
