), new_contact AS (
    -- A contact is written when it is new or has another name, not with every message.
    INSERT INTO contacts AS c (organization_id, channel_id, platform_user_id, id, display_name)
    SELECT DISTINCT ON (f.organization_id, f.channel_id, f.platform_user_id)
        f.organization_id, f.channel_id, f.platform_user_id, f.contact_id, f.display_name
    FROM fresh f
    WHERE f.known_id IS NULL OR (f.display_name IS NOT NULL AND f.known_name IS DISTINCT FROM f.display_name)
    ORDER BY f.organization_id, f.channel_id, f.platform_user_id, f.ordinal DESC
    ON CONFLICT (organization_id, channel_id, platform_user_id)
        DO UPDATE SET display_name = COALESCE(EXCLUDED.display_name, c.display_name)
    RETURNING c.organization_id, c.channel_id, c.platform_user_id, c.id, c.display_name, c.user_id
), spoken AS MATERIALIZED (
    SELECT f.ordinal, f.organization_id, f.channel_id, f.platform_chat_id, f.conversation_id, f.message_id, f.turn_id,
        f.is_group, f.title, f.text, f.content, f.chat_id, f.answering_id, f.is_answered, f.team_id, f.canned,
        f.canned IS NOT NULL OR f.answering_id IS NOT NULL AS has_turn,
        COALESCE(n.id, f.known_id) AS contact_id,
        COALESCE(n.display_name, f.known_name) AS display_name,
        COALESCE(n.user_id, f.known_user_id) AS user_id
    FROM fresh f
    LEFT JOIN new_contact n ON n.platform_user_id = f.platform_user_id AND n.channel_id = f.channel_id
        AND n.organization_id = f.organization_id
