), conversation AS (
    -- A row that is new here has this turn at its head; one that was idle is taken by this host.
    INSERT INTO conversations AS c (
        organization_id, id, channel_id, platform_chat_id, contact_id, is_group, title, enqueued, lease_host, fence,
        held_by, held_kind, held_since
    )
    SELECT
        s.organization_id, s.conversation_id, s.channel_id, s.platform_chat_id,
        CASE WHEN s.is_group THEN NULL ELSE s.contact_id END, s.is_group, s.title,
        CASE WHEN s.has_turn THEN 1 ELSE 0 END,
        CASE WHEN s.has_turn THEN $15::uuid END,
        -- Tells below whether the chat's own agent may answer: a message that is for no agent starts no turn of it.
        CASE WHEN s.has_turn OR s.is_answered THEN 1 ELSE 0 END,
        s.team_id, CASE WHEN s.team_id IS NOT NULL THEN 'team' END, CASE WHEN s.team_id IS NOT NULL THEN now() END
    FROM spoken s
    ORDER BY s.organization_id, s.channel_id, s.platform_chat_id
    ON CONFLICT (organization_id, channel_id, platform_chat_id) WHERE ended_at IS NULL DO UPDATE SET
        title = COALESCE(EXCLUDED.title, c.title),
        last_message_at = now(),
        enqueued = c.enqueued
            + CASE
                WHEN c.held_by IS NULL
                    AND (EXCLUDED.enqueued = 1 OR (c.agent_id IS NOT NULL AND EXCLUDED.fence = 1 AND EXCLUDED.held_by IS NULL))
                THEN 1 ELSE 0 END,
        lease_host = CASE
            WHEN c.held_by IS NULL
                AND (EXCLUDED.enqueued = 1 OR (c.agent_id IS NOT NULL AND EXCLUDED.fence = 1 AND EXCLUDED.held_by IS NULL))
                AND c.enqueued = c.completed AND $15::uuid IS NOT NULL
            THEN $15::uuid ELSE c.lease_host END,
        fence = CASE
            WHEN c.held_by IS NULL
                AND (EXCLUDED.enqueued = 1 OR (c.agent_id IS NOT NULL AND EXCLUDED.fence = 1 AND EXCLUDED.held_by IS NULL))
                AND c.enqueued = c.completed AND $15::uuid IS NOT NULL
            THEN c.fence + 1 ELSE c.fence END,
        held_by = COALESCE(c.held_by, EXCLUDED.held_by),
        held_kind = COALESCE(c.held_kind, EXCLUDED.held_kind),
        held_since = COALESCE(c.held_since, EXCLUDED.held_since)
    RETURNING c.organization_id, c.id, c.channel_id, c.platform_chat_id, c.agent_id, c.title,
        c.enqueued, c.completed, c.lease_host, c.fence,
        -- Held before this message came: what this statement holds, it holds since now.
        c.held_by IS NOT NULL AND c.held_since <> now() AS was_held
), stored AS (
    SELECT r.*, r.has_turn AND r.position = r.completed + 1 AND r.lease_host = $15::uuid AS claimed
    FROM (
        SELECT
            s.ordinal, s.organization_id, s.message_id, s.turn_id, s.text, s.content, s.chat_id, s.canned,
            c.id AS conversation_id, c.title, c.enqueued AS position, c.completed, c.lease_host, c.fence,
            s.contact_id, s.display_name, s.user_id,
            CASE WHEN s.is_answered AND NOT c.was_held THEN COALESCE(c.agent_id, s.answering_id) END AS agent_id,
            NOT c.was_held AND (s.has_turn OR (s.is_answered AND c.agent_id IS NOT NULL)) AS has_turn
        FROM spoken s
        JOIN conversation c ON c.platform_chat_id = s.platform_chat_id AND c.channel_id = s.channel_id
            AND c.organization_id = s.organization_id
    ) r
), message AS (
    INSERT INTO messages (organization_id, conversation_id, id, direction, contact_id, turn_id, text, content, chat_id)
    SELECT organization_id, conversation_id, message_id, 'inbound', contact_id,
        CASE WHEN has_turn THEN turn_id END, text, content, chat_id
    FROM stored
), turn AS (
    INSERT INTO turns (organization_id, conversation_id, position, id, agent_id, message_id, event)
    SELECT organization_id, conversation_id, position, turn_id, agent_id, message_id, canned
    FROM stored
    WHERE has_turn
