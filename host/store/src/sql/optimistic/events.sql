        -- An event that was a command is no message.
        AND NOT EXISTS (
            SELECT FROM commands x
            WHERE x.organization_id = i.organization_id AND x.channel_id = i.channel_id
                AND x.platform_event_id = i.platform_event_id
        )
), first_event AS (
    -- Of those alone that are stored if they are the first.
    INSERT INTO inbound_events (organization_id, channel_id, platform_event_id, message_id, turn_id)
    SELECT i.organization_id, i.channel_id, i.platform_event_id, i.message_id, i.turn_id
    FROM admitted i
    WHERE i.platform_event_id IS NOT NULL
    ORDER BY i.organization_id, i.channel_id, i.platform_event_id
    ON CONFLICT DO NOTHING
    RETURNING message_id
), advanced AS (
    UPDATE conversations c
    SET enqueued = c.enqueued + 1, completed = c.completed + 1, last_message_at = now()
    FROM admitted i
    WHERE c.organization_id = i.organization_id AND c.id = i.conversation_id
        AND (i.platform_event_id IS NULL OR i.message_id IN (SELECT message_id FROM first_event))
    RETURNING i.*, now() - i.waited_micros * interval '1 microsecond' AS sent_at
