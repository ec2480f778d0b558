        -- An event that was a command is no message.
        AND NOT EXISTS (
            SELECT FROM commands x
            WHERE x.organization_id = i.organization_id AND x.channel_id = i.channel_id
                AND x.platform_event_id = i.platform_event_id
        )
), first_event AS (
    INSERT INTO inbound_events (organization_id, channel_id, platform_event_id, message_id, turn_id)
    SELECT i.organization_id, i.channel_id, i.platform_event_id, i.message_id, i.turn_id
    FROM admitted i
    WHERE i.platform_event_id IS NOT NULL
    ORDER BY i.organization_id, i.channel_id, i.platform_event_id
    ON CONFLICT DO NOTHING
    RETURNING message_id
), spoken AS MATERIALIZED (
    SELECT i.ordinal, i.organization_id, i.channel_id, i.platform_chat_id, i.conversation_id, i.message_id, i.turn_id,
        false AS is_group, i.title, i.text, i.content, NULL::uuid AS chat_id, i.primary_agent_id AS answering_id,
        true AS is_answered, NULL::uuid AS team_id, NULL::jsonb AS canned, true AS has_turn,
        i.contact_id, i.display_name, i.user_id
    FROM admitted i
    WHERE i.platform_event_id IS NULL OR i.message_id IN (SELECT message_id FROM first_event)
