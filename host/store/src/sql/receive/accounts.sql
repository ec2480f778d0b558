), asked AS MATERIALIZED (
    -- Accounts for those who speak for the first time.
    SELECT *
    FROM unnest($24::uuid[], $25::uuid[], $26::text[], $27::boolean[])
        WITH ORDINALITY AS a (account_id, project_id, account_name, is_welcomed, ordinal)
), new_contact AS (
    -- Whose account it is, is decided by the contact's row: of several that come at once, the first.
    INSERT INTO contacts AS c (organization_id, channel_id, platform_user_id, id, display_name, user_id)
    SELECT DISTINCT ON (f.organization_id, f.channel_id, f.platform_user_id)
        f.organization_id, f.channel_id, f.platform_user_id, f.contact_id, f.display_name, a.account_id
    FROM fresh f
    JOIN asked a ON a.ordinal = f.ordinal
    WHERE f.known_id IS NULL
        OR (f.display_name IS NOT NULL AND f.known_name IS DISTINCT FROM f.display_name)
        OR (f.known_user_id IS NULL AND a.account_id IS NOT NULL)
    ORDER BY f.organization_id, f.channel_id, f.platform_user_id, a.account_id IS NULL, f.ordinal DESC
    ON CONFLICT (organization_id, channel_id, platform_user_id) DO UPDATE SET
        display_name = COALESCE(EXCLUDED.display_name, c.display_name),
        user_id = COALESCE(c.user_id, EXCLUDED.user_id)
    RETURNING c.organization_id, c.channel_id, c.platform_user_id, c.id, c.display_name, c.user_id
), account AS (
    INSERT INTO users (id, organization_id, name, default_project_id, organization_role)
    SELECT a.account_id, n.organization_id, a.account_name, a.project_id, 'guest'
    FROM new_contact n
    JOIN asked a ON a.account_id = n.user_id
), welcomed AS MATERIALIZED (
    SELECT f.*, n.id AS new_id, n.display_name AS new_name, n.user_id AS new_user_id,
        CASE
            WHEN a.is_welcomed AND a.account_id = n.user_id
            THEN COALESCE(f.canned, '{"canned": []}') || '{"welcome": true}'
            ELSE f.canned
        END AS said
    FROM fresh f
    JOIN asked a ON a.ordinal = f.ordinal
    LEFT JOIN new_contact n ON n.platform_user_id = f.platform_user_id AND n.channel_id = f.channel_id
        AND n.organization_id = f.organization_id
), spoken AS MATERIALIZED (
    SELECT f.ordinal, f.organization_id, f.channel_id, f.platform_chat_id, f.conversation_id, f.message_id, f.turn_id,
        f.is_group, f.title, f.text, f.content, f.chat_id, f.answering_id, f.is_answered, f.team_id, f.said AS canned,
        f.said IS NOT NULL OR f.answering_id IS NOT NULL AS has_turn,
        COALESCE(f.new_id, f.known_id) AS contact_id,
        COALESCE(f.new_name, f.known_name) AS display_name,
        COALESCE(f.new_user_id, f.known_user_id) AS user_id
    FROM welcomed f
