-- Stores what was heard and what the host says to it, with its delivery, where the event is a new one.
-- The order of locks is that of receive/store.sql: event, contact, conversation.
WITH channel AS MATERIALIZED (
    SELECT organization_id, id
    FROM channels
    WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL
), event AS (
    INSERT INTO inbound_events (organization_id, channel_id, platform_event_id, message_id, turn_id)
    SELECT organization_id, id, $3, $4, $5
    FROM channel
    WHERE $3 IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING message_id
), fresh AS MATERIALIZED (
    SELECT organization_id, id AS channel_id
    FROM channel
    WHERE $3 IS NULL OR EXISTS (SELECT FROM event)
), contact AS (
    INSERT INTO contacts AS c (organization_id, channel_id, platform_user_id, id, display_name)
    SELECT organization_id, channel_id, $6, $8, $7
    FROM fresh
    ON CONFLICT (organization_id, channel_id, platform_user_id)
        DO UPDATE SET display_name = COALESCE(EXCLUDED.display_name, c.display_name)
    RETURNING c.id
), conversation AS (
    INSERT INTO conversations AS c (
        organization_id, id, channel_id, platform_chat_id, contact_id, is_group, title
    )
    SELECT f.organization_id, $10, f.channel_id, $9, CASE WHEN $11 THEN NULL ELSE p.id END, $11, $12
    FROM fresh f, contact p
    ON CONFLICT (organization_id, channel_id, platform_chat_id) WHERE ended_at IS NULL
        DO UPDATE SET title = COALESCE(EXCLUDED.title, c.title), last_message_at = now()
    RETURNING c.organization_id, c.id, c.channel_id
), message AS (
    INSERT INTO messages (organization_id, conversation_id, id, direction, contact_id, text, chat_id)
    SELECT c.organization_id, c.id, m.id, m.direction, m.contact_id, m.text, $18
    FROM conversation c, (
        SELECT 1 AS place, $4::uuid AS id, 'inbound' AS direction, p.id AS contact_id, $13::text AS text
        FROM contact p
        WHERE $14
        UNION ALL
        SELECT 2, $15::uuid, 'outbound', NULL, $16::text
    ) m
    ORDER BY m.place
), delivery AS (
    INSERT INTO deliveries (organization_id, id, conversation_id, channel_id, message_id)
    SELECT organization_id, $17, id, channel_id, $15
    FROM conversation
)
SELECT id AS conversation_id FROM conversation
