), spoken AS MATERIALIZED (
    SELECT i.ordinal, i.organization_id, i.channel_id, i.platform_chat_id, i.conversation_id, i.message_id, i.turn_id,
        false AS is_group, i.title, i.text, i.content, NULL::uuid AS chat_id, i.primary_agent_id AS answering_id,
        true AS is_answered, NULL::uuid AS team_id, NULL::jsonb AS canned, true AS has_turn,
        i.contact_id, i.display_name, i.user_id
    FROM admitted i
