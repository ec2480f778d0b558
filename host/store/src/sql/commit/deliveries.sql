), delivery AS (
    INSERT INTO deliveries (organization_id, id, conversation_id, channel_id, message_id)
    SELECT s.organization_id, s.delivery_id, s.conversation_id, l.channel_id, s.id
    FROM speech s
    JOIN advanced a ON a.ordinal = s.turn_ordinal
    JOIN locked l ON l.organization_id = s.organization_id AND l.id = s.conversation_id
    WHERE s.delivery_id IS NOT NULL
    ORDER BY s.ordinal
