), first_event AS (
    INSERT INTO inbound_events (organization_id, channel_id, platform_event_id, message_id, turn_id)
    SELECT i.organization_id, i.channel_id, i.platform_event_id, i.message_id, i.turn_id
    FROM admitted i
    WHERE i.platform_event_id IS NOT NULL
    ORDER BY i.organization_id, i.channel_id, i.platform_event_id
    ON CONFLICT DO NOTHING
    RETURNING message_id
), fresh AS MATERIALIZED (
    SELECT i.*, k.id AS known_id, k.display_name AS known_name, k.user_id AS known_user_id
    FROM admitted i
    LEFT JOIN contacts k ON k.organization_id = i.organization_id AND k.channel_id = i.channel_id
        AND k.platform_user_id = i.platform_user_id
    WHERE i.platform_event_id IS NULL OR i.message_id IN (SELECT message_id FROM first_event)
